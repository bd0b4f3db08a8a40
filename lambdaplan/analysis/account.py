"""One account with many services: its bill, each service's share of it, and the cheapest option of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lambdaplan.analysis.shared_fleet import FixedUsage, Use, alone, sharing_problems, together
from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.comparison.first_lines import first_lines
from lambdaplan.comparison.month import Month
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import decimal_text
from lambdaplan.numbers import Number, on_sweep
from lambdaplan.pricing.bill import Bill, Left, LineItem, amounts, bill
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, Entry, NoCharge, OwnLine
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Documented

ACCOUNT = ("book_id", "hours_per_month", "free_tier", "prices", "rates")
"""Fields of a scenario that belong to the account: alike in all of its services."""


@dataclass(frozen=True)
class Service:
    """One service of the account.

    Parameters:
    line : int - where it stands in its table.
    scenario : Scenario - its first option is the baseline.
    shared : bool - whether it shares a load balancer and a fleet with the others that do.
    """

    line: int
    scenario: Scenario
    shared: bool = False


@dataclass(frozen=True)
class Standing:
    """How one service stands in the account.

    Parameters:
    service : Service
    baseline, choice : str - labels of its first option and of the one chosen.
    baseline_usd, choice_usd : Fraction - its share of the account's bill with every service on its first option, and
        with every service on its chosen one. Where prices are missing, of what is known. [USD a month]
    alone : str or None - what is cheapest by itself, as in its report; None where no option can be named.
    alone_usd : Fraction or None - what the chosen option costs by itself, nothing shared; None without one. [USD]
    note : str - what a reader must know; empty when there is nothing.
    first_lines : tuple of str - what goes with its answer by itself, a sentence each, as in its report.
    """

    service: Service
    baseline: str
    choice: str
    baseline_usd: Fraction
    choice_usd: Fraction
    alone: str | None
    alone_usd: Fraction | None
    note: str = ""
    first_lines: tuple[str, ...] = ()

    @property
    def saving_usd(self) -> Fraction:
        """What its share falls by. [USD a month]"""
        return self.baseline_usd - self.choice_usd


@dataclass(frozen=True)
class AccountBill(Documented):
    """The bill of an account: one bill for each region, all after the same free quantities.

    `shares` are the parts of its services, in their order: exact, and they add up to `known_usd`.
    """

    bills: Mapping[str, Bill]
    shares: tuple[Fraction, ...]

    @property
    def known_usd(self) -> Fraction:
        """The exact sum of the lines whose price is known. [USD a month]"""
        return sum((one.known_usd for one in self.bills.values()), Fraction(0))

    @property
    def total_usd(self) -> Decimal | None:
        """The sum of the lines as shown, each rounded to the cent; None while a price is missing."""
        totals = [one.total_usd for one in self.bills.values()]
        known = [total for total in totals if total is not None]
        return sum(known, Decimal("0.00")) if len(known) == len(totals) else None

    @property
    def unknown(self) -> tuple[str, ...]:
        """The lines without a price."""
        return tuple(dict.fromkeys(words for one in self.bills.values() for words in one.unknown))

    @property
    def lines(self) -> Iterator[tuple[str, LineItem]]:
        """Every line with its region."""
        return ((region, line) for region, one in self.bills.items() for line in one.lines)

    def document(self) -> dict[str, Any]:
        total = self.total_usd
        return {
            "total_usd": None if total is None else str(total),
            "exact_usd": None if total is None else decimal_text(self.known_usd),
            "known_usd": decimal_text(self.known_usd),
            "regions": {region: one.totals() for region, one in self.bills.items()},
        }


@dataclass(frozen=True)
class Portfolio:
    """Services of one account, ranked by what each saves; the largest saving first."""

    services: tuple[Service, ...]
    standings: tuple[Standing, ...]
    baseline: AccountBill
    cheapest: AccountBill
    book: PriceBook

    @property
    def saving_usd(self) -> Fraction:
        """What the account saves with every service on its chosen option: the sum of the savings. [USD a month]"""
        return self.baseline.known_usd - self.cheapest.known_usd

    @property
    def free_tier(self) -> bool:
        """Whether always-free quantities are taken off."""
        return self.services[0].scenario.free_tier


def portfolio(services: Sequence[Service], *, progress: Callable[[], object] = lambda: None) -> Portfolio:
    """Bill many services as one account: with each on its first option, and with each on its cheapest.

    The usage of all services is added up item by item and then billed once, so that a free quantity is given once
    and a tier is reached together. A service's share of an item is its share of the item's quantity, before
    anything free is taken off.

    Each begins with the option that is cheapest by itself. Then, one after another in their order, each takes the
    option with which the account's bill is least while the others keep theirs, until none can lower it. So no single
    change lowers the bill; two at once might. What shares a load balancer and a fleet changes together. Only options
    that break no fixed limit and have every price are chosen; where none can be named, the first one stays.

    Parameters:
    services : one or more, with the same book, hours, prices and free tier.
    progress : function - called after each service.

    Raises: InputError when `misfits` finds something against one.
    """
    problems = [problem for place, service in enumerate(services) for problem in misfits(services[:place], service)]
    if problems:
        raise InputError(problems)
    comparisons = []
    for service in services:
        comparisons.append(compare(service.scenario))
        progress()
    players = _players(services, comparisons)
    account = _Account(services[0].scenario, services)
    baseline = [0] * len(players)
    chosen = account.settled(players, [player.first for player in players])
    before, after = account.bill(players, baseline), account.bill(players, chosen)
    standings = [
        _standing(services[row], comparisons[row], player, option_index, before.shares[row], after.shares[row])
        for player, option_index in zip(players, chosen, strict=True)
        for row in player.rows
    ]
    standings.sort(key=lambda standing: (-standing.saving_usd, standing.service.line))
    return Portfolio(tuple(services), tuple(standings), before, after, services[0].scenario.book)


def misfits(before: Sequence[Service], service: Service) -> list[Problem]:
    """What keeps a service from the account of those before it."""
    problems = []
    if before:
        for name in ACCOUNT:
            if getattr(before[0].scenario, name) != getattr(service.scenario, name):
                words = "it differs from the other services of the account"
                problems.append(Problem("conflict", name.removesuffix("_id"), "", words, "Give all the same."))
    if service.scenario.rates is not None and service.scenario.rates.commitments:
        words = "all services of an account use them up in the same hours, and here each item is billed apart"
        fix = "Leave them out here, and compare services one by one with them."
        problems.append(Problem("conflict", "rates.commitments", "a list", words, fix))
    if service.shared:
        first = next((other.scenario for other in before if other.shared), service.scenario)
        problems += sharing_problems(first, service.scenario)
        sharing = [*(other for other in before if other.shared), service]
        if sum(load.time_share for one in sharing for load in one.scenario.workload.traffic.loads) >= 1:
            words = (
                "bursts of the services that share take the whole month together: no more than one is billed at a time"
            )
            problems.append(Problem("conflict", "shared", "true", words, "Set shared to false."))
    return problems


@dataclass(frozen=True)
class _Player:
    """A service, or all that share, with what may be chosen: `able` are the places that may be named cheapest."""

    rows: tuple[int, ...]
    uses: tuple[Use, ...]
    able: tuple[int, ...]
    first: int
    note: str = ""


def _players(services: Sequence[Service], comparisons: Sequence[Comparison]) -> list[_Player]:
    players = []
    sharing = tuple(row for row, service in enumerate(services) if service.shared)
    for row, (service, comparison) in enumerate(zip(services, comparisons, strict=True)):
        if not service.shared:
            uses = tuple(alone(result) for result in comparison.options)
            best = comparison.best
            able = () if best is None else tuple(comparison.options.index(result) for result in comparison.ranked)
            players.append(_player((row,), uses, able))
        elif row == sharing[0]:
            scenarios = [services[other].scenario for other in sharing]
            uses = tuple(together(scenarios, place) for place in range(len(service.scenario.options)))
            unsure = any(use.feasible and use.missing for use in uses)
            able = () if unsure else tuple(place for place, use in enumerate(uses) if use.able)
            fleets = [use for use, option in zip(uses, service.scenario.options, strict=True) if option.has_units]
            unusable = [use for use in fleets if not use.able and len(sharing) > 1]
            players.append(_player(sharing, uses, able, unusable))
    return players


def _player(
    rows: tuple[int, ...], uses: tuple[Use, ...], able: tuple[int, ...], unusable: Sequence[Use] = ()
) -> _Player:
    """Who chooses, with what a reader must know of it: among that why a shared fleet can't be used."""
    notes = []
    if not able:
        reason = "a price is missing" if any(use.missing for use in uses) else "every option breaks a limit"
        notes.append(f"no option can be named cheapest ({reason}), so the first one stays")
    elif not uses[0].feasible:
        notes.append(f"the baseline breaks a limit: {uses[0].why}")
        unusable = [use for use in unusable if use is not uses[0]]
    notes += [f"no shared fleet of {use.label}: {use.why or 'a price is missing'}" for use in unusable]
    return _Player(rows, uses, able, able[0] if able else 0, "; ".join(notes))


def _standing(
    service: Service, comparison: Comparison, player: _Player, option_index: int, before: Fraction, after: Fraction
) -> Standing:
    options = comparison.options
    return Standing(
        service,
        baseline=options[0].label,
        choice=options[option_index].label,
        baseline_usd=before,
        choice_usd=after,
        alone=comparison.winner,
        alone_usd=options[option_index].cost_usd,
        note=player.note,
        first_lines=tuple(first_lines(comparison)),
    )


# Region, service and item, the words of a charge that has lines of its own, and of what its price is a fraction;
# of a line with the reader's own price its words and price.
Key = tuple[str, str, str, str, tuple[str, str] | None]


class Pool:
    """What an account uses, item by item and region by region, and what that costs, billed once.

    Parameters:
    scenario : Scenario - any of the account, for its book, its hours and whether always-free quantities are taken off.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.book, self.hours, self.free_tier = scenario.book, scenario.hours_per_month, scenario.free_tier
        self.samples: dict[Key, Charge | OwnLine] = {}  # one entry of each item, in the order in which items are billed

    def named(self, key: Key, entry: Charge | OwnLine) -> None:
        """Keep an entry as the words of its item; without a note where two of them differ."""
        before = self.samples.setdefault(key, entry)
        if before.note != entry.note:
            self.samples[key] = dataclasses.replace(before, note="")

    def entries(self, totals: Mapping[Key, Number], keys: Iterable[Key]) -> dict[str, list[Entry]]:
        """Items with their quantities, by region."""
        entries: dict[str, list[Entry]] = {}
        for key in keys:
            quantity = totals.get(key, 0)
            if on_sweep(quantity) or quantity:
                entries.setdefault(key[0], []).append(dataclasses.replace(self.samples[key], quantity=quantity))
        return entries

    def _month(self, region: str, entries: Sequence[Entry]) -> Month:
        return Month((FixedUsage(tuple(entries)),), self.book, region, self.hours, self.free_tier)

    def cost(self, totals: Mapping[Key, Number], keys: Iterable[Key]) -> Number:
        """What items cost that no others share a free quantity with."""
        left: Left = {}
        entries = self.entries(totals, keys).items()
        return sum((amounts(self._month(region, some), left).known_usd for region, some in entries), Fraction(0))

    def group(self, key: Key) -> Any:
        """Items with the same name share tiers or a free quantity, and so their cost is worked out together."""
        sample = self.samples[key]
        free = isinstance(sample, Charge) and self.free_tier and sample.free
        return (sample.service, sample.free) if free and isinstance(sample, Charge) else key[:3]

    def bills(
        self, totals: Mapping[Key, Fraction], regions: Iterable[str]
    ) -> tuple[dict[str, Bill], dict[Key, Fraction]]:
        """The bill of each region, all after the same free quantities, and what each item costs."""
        left: Left = {}
        entries = self.entries(totals, self.samples)
        bills = {region: bill(self._month(region, entries.get(region, [])), left) for region in dict.fromkeys(regions)}
        usd: dict[Key, Fraction] = {}
        for region, one in bills.items():
            for line in one.lines:
                key: Key = (region, line.service, line.price_item, line.item, line.part_of)
                if not line.service:
                    key = (region, line.item, decimal_text(line.price_usd or Fraction(0), 20), "", None)
                elif key not in totals:  # not a line apart
                    key = (*key[:3], "", line.part_of)
                usd[key] = usd.get(key, Fraction(0)) + (line.exact_usd or Fraction(0))
        return bills, usd


def key_of(region: str, entry: Entry) -> Key | None:
    """The item of an account that an entry counts for; None of what is free of charge."""
    if isinstance(entry, Charge):
        part = None if entry.part_of is None else (entry.part_of.service, entry.part_of.item)
        return (region, entry.service, entry.item, entry.label if entry.apart else "", part)
    if isinstance(entry, OwnLine):
        return (region, entry.label, decimal_text(entry.price_usd, 20), "", None)
    return None


class _Account(Pool):
    """The quantities of the services of an account, and what they cost."""

    def __init__(self, scenario: Scenario, services: Sequence[Service]) -> None:
        super().__init__(scenario)
        self.regions = [service.scenario.region for service in services]

    def _use(self, player: _Player, option_index: int) -> dict[Key, Fraction]:
        """What a choice uses of each item."""
        used: dict[Key, Fraction] = {}
        for row, part in zip(player.rows, player.uses[option_index].parts, strict=True):
            _add(used, self._quantities(row, part))
        return used

    def _quantities(self, row: int, entries: Iterable[Entry]) -> Iterator[tuple[Key, Fraction]]:
        for entry in entries:
            key = key_of(self.regions[row], entry)
            if key is not None and not isinstance(entry, NoCharge):
                self.named(key, entry)
                yield key, Fraction(entry.quantity)

    def settled(self, players: Sequence[_Player], chosen: Sequence[int]) -> list[int]:
        """The choices from which no single change lowers the account's bill."""
        chosen = list(chosen)
        uses = [[self._use(player, option_index) for option_index in range(len(player.uses))] for player in players]
        groups: dict[Any, list[Key]] = {}
        for key in self.samples:
            groups.setdefault(self.group(key), []).append(key)
        of = {key: name for name, keys in groups.items() for key in keys}
        totals: dict[Key, Fraction] = {}
        for use, option_index in zip(uses, chosen, strict=True):
            _add(totals, use[option_index].items())
        costs = {name: self.cost(totals, keys) for name, keys in groups.items()}
        moved = True
        while moved:
            moved = False
            for place, player in enumerate(players):
                best: tuple[Fraction, int, dict[Any, Fraction]] | None = None
                now = uses[place][chosen[place]]
                _add(totals, now.items(), -1)
                for option_index in player.able:
                    if option_index == chosen[place]:
                        continue
                    there = uses[place][option_index]
                    _add(totals, there.items())
                    touched = dict.fromkeys(of[key] for key in (*now, *there))
                    new = {name: self.cost(totals, groups[name]) for name in touched}
                    _add(totals, there.items(), -1)
                    more = sum((new[name] - costs[name] for name in touched), Fraction(0))
                    if more < (best[0] if best else 0):
                        best = (more, option_index, new)
                if best:
                    chosen[place], moved = best[1], True
                    costs |= best[2]
                _add(totals, uses[place][chosen[place]].items())
        return chosen

    def bill(self, players: Sequence[_Player], chosen: Sequence[int]) -> AccountBill:
        """The account's bill with these choices, and every service's share of it."""
        parts: list[list[tuple[Key, Fraction]]] = [[] for _ in self.regions]
        for player, option_index in zip(players, chosen, strict=True):
            for row, used in zip(player.rows, player.uses[option_index].parts, strict=True):
                parts[row] = list(self._quantities(row, used))
        totals: dict[Key, Fraction] = {}
        for part in parts:
            _add(totals, part)
        bills, usd = self.bills(totals, self.regions)
        shares = tuple(
            sum((usd.get(key, Fraction(0)) * quantity / totals[key] for key, quantity in part if quantity), Fraction(0))
            for part in parts
        )
        return AccountBill(bills, shares)


def _add(totals: dict[Key, Fraction], quantities: Iterable[tuple[Key, Fraction]], sign: int = 1) -> None:
    for key, quantity in quantities:
        totals[key] = totals.get(key, Fraction(0)) + sign * quantity


def in_cents(parts: Sequence[Fraction], total: Decimal) -> list[Decimal]:
    """Parts in whole cents that add up to a total, each within a cent of its share of it.

    Every part gets the whole cents of its share; the cents left over go to the largest remainders, of equal ones to
    the first.

    Examples:
        >>> in_cents([Fraction(1), Fraction(1), Fraction(1)], Decimal("1.00"))
        [Decimal('0.34'), Decimal('0.33'), Decimal('0.33')]
    """
    whole = sum(parts, Fraction(0))
    target = int(total * 100)
    ideal = [part * target / whole if whole else Fraction(target, len(parts)) for part in parts]
    floors = [int(share // 1) for share in ideal]
    left = target - sum(floors)
    order = sorted(range(len(parts)), key=lambda place: (floors[place] - ideal[place], place))
    for place in order[:left]:
        floors[place] += 1
    return [Decimal(cents).scaleb(-2) for cents in floors]
