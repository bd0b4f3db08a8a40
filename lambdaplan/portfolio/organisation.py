"""An organisation's services at once: which should move, what that is worth, and what their accounts then pay."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from lambdaplan.analysis.account import AccountBill
from lambdaplan.analysis.services_table import Failure
from lambdaplan.errors import InputError
from lambdaplan.formatting import cents, decimal_text
from lambdaplan.portfolio.column_bills import Billed, Unit, billed, units
from lambdaplan.portfolio.organisation_table import Table
from lambdaplan.portfolio.pooled_sums import Sums, added_up, sums_of
from lambdaplan.portfolio.pooled_use import PooledUse, QuotaUse, sorted_failures
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.scenario.scenario import Scenario

Run: TypeAlias = Callable[[Table, Sequence[Sequence[Unit]], Callable[[Billed], None]], Sums]
"""Bills partitions of a table, hands each unit on, and gives what all use together."""

MICRO = 10**6  # parts of a dollar in which a service's share is told


@dataclass(frozen=True)
class PayerBill:
    """The bills of one payer account.

    Parameters:
    payer : str - its name; empty where the table names none.
    services : int - how many it pays for.
    baseline, chosen : AccountBill - with every service on its first option, and on its chosen one.
    certain : bool - whether every cent is certain; else amounts may be a cent off, as floats were added up.
    """

    payer: str
    services: int
    baseline: AccountBill
    chosen: AccountBill
    certain: bool

    def document(self) -> dict[str, Any]:
        """The bills as ``portfolio.json`` has them."""
        return {
            "payer": self.payer or None,
            "services": self.services,
            "certain_to_the_cent": self.certain,
            "baseline": self.baseline.document(),
            "chosen": self.chosen.document(),
        }


@dataclass(frozen=True)
class Group:
    """The services of one account, team or region together. [USD a month]"""

    value: str
    services: int
    moved: int
    baseline_usd: Decimal
    chosen_usd: Decimal

    @property
    def saving_usd(self) -> Decimal:
        """What its share falls by."""
        return self.baseline_usd - self.chosen_usd


@dataclass(frozen=True)
class Organisation:
    """An organisation's services: their choices, their accounts' bills, and each one's share.

    Parameters:
    table : Table
    use : PooledUse - what each uses.
    payers : tuple of PayerBill
    baseline_micro, chosen_micro : arrays of int - every service's share of its payer's bill, in millionths of a
        dollar.
    quotas : tuple of QuotaUse - of each account and region; the fullest first.
    failures : tuple of Failure - rows that are on no bill.
    """

    table: Table
    use: PooledUse
    payers: tuple[PayerBill, ...]
    baseline_micro: np.ndarray
    chosen_micro: np.ndarray
    quotas: tuple[QuotaUse, ...]
    failures: tuple[Failure, ...] = field(default=())

    @property
    def scenario(self) -> Scenario:
        """The base of every service, of which the account's prices and currency are."""
        return self.table.whole

    @property
    def book(self) -> PriceBook:
        """The price book of every bill."""
        return self.table.whole.book

    @property
    def baseline_usd(self) -> Decimal:
        """What all accounts pay with every service on its first option, to the cent. [USD a month]"""
        return sum((_total(one.baseline) for one in self.payers), Decimal("0.00"))

    @property
    def chosen_usd(self) -> Decimal:
        """What all accounts pay with every service on its chosen option, to the cent. [USD a month]"""
        return sum((_total(one.chosen) for one in self.payers), Decimal("0.00"))

    def bill_with(self, chosen: np.ndarray) -> Decimal:
        """What all accounts pay with other options. [USD a month]

        Parameters:
        chosen : array of int8 - each service's option.
        """
        bills = (self.use.account_bill(payer, chosen)[0] for payer in self.use.payer_codes)
        return sum((_total(bill) for bill in bills), Decimal("0.00"))

    @property
    def is_whole(self) -> bool:
        """Whether no price is missing."""
        return all(one.baseline.total_usd is not None and one.chosen.total_usd is not None for one in self.payers)

    @property
    def rows(self) -> np.ndarray:
        """The rows that are billed, in their order."""
        return np.flatnonzero(self.use.here)

    @functools.cached_property
    def saving_micro(self) -> np.ndarray:
        """What each share falls by, in millionths of a dollar."""
        saving: np.ndarray = self.baseline_micro - self.chosen_micro
        return saving

    @property
    def ranking(self) -> np.ndarray:
        """The rows by what they save, the largest saving first; of equal ones in their order."""
        rows = self.rows
        ranked: np.ndarray = rows[np.argsort(-self.saving_micro[rows], kind="stable")]
        return ranked

    def value(self, name: str, row: int) -> str:
        """What a row has in a column that groups services."""
        return self.table.tags[name].of(row) if name in self.table.tags else self._region_names[self.use.region[row]]

    @functools.cached_property
    def _region_names(self) -> list[str]:
        return list(self.use.regions)

    def groups(self, name: str) -> list[Group]:
        """The services by account, team, region or another column, the largest saving first.

        Shares are added up in millionths of a dollar, so that it does not matter in which order.
        """
        rows = self.rows
        if name in self.table.tags:
            codes, words = self.table.tags[name].codes[rows], self.table.tags[name].words
        else:
            codes, words = self.use.region[rows].astype(np.int64), self._region_names
        size = len(words)
        sums = [np.zeros(size, dtype=np.int64) for _ in range(4)]
        for total, values in zip(
            sums, (1, self.use.choice[rows] > 0, self.baseline_micro[rows], self.chosen_micro[rows]), strict=True
        ):
            np.add.at(total, codes, values)
        count, moved, before, after = (total.tolist() for total in sums)
        groups = [
            Group(words[code], count[code], moved[code], _usd(before[code]), _usd(after[code]))
            for code in np.flatnonzero(sums[0]).tolist()
        ]
        return sorted(groups, key=lambda one: (-one.saving_usd, one.value))

    def service(self, row: int) -> dict[str, Any]:
        """One service as ``portfolio.json`` has it."""
        labels, choice = self.use.labels[row], int(self.use.choice[row])
        least = int(self.use.least[row])
        return {
            "line": int(self.table.lines[row]),
            "name": self.table.name(row),
            **{name: self.table.tags[name].of(row) for name in self.table.tags},
            "region": self._region_names[self.use.region[row]],
            "baseline": labels[0],
            "baseline_usd": usd_text(int(self.baseline_micro[row])),
            "chosen": labels[choice],
            "chosen_usd": usd_text(int(self.chosen_micro[row])),
            "saving_usd": usd_text(int(self.saving_micro[row])),
            "alone": labels[least] if least >= 0 else None,
            "note": self.use.why.get(row, ""),
        }

    def services(self, rows: Iterable[int]) -> Iterator[dict[str, Any]]:
        """Services as ``portfolio.json`` has them."""
        return (self.service(int(row)) for row in rows)


def organisation(
    table: Table, *, partitions: int = 1, run: Run | None = None, progress: Callable[[int], object] = lambda _: None
) -> Organisation:
    """Bill every service of a table with every option, pool what they use by payer account, and let each choose.

    Rows are billed in units of the same numbers, whatever the number of partitions, and what all use of an item is
    added up without rounding: so the result does not depend on how the table is parted, or who bills which part.

    Parameters:
    table : Table
    partitions : int - parts of the table that are billed one after another, each in bounded memory.
    run : function or None - bills partitions elsewhere: hands each of their units on, in any order, and gives what all
        use together, added up where they are.
    progress : function - called with the number of rows after each unit.

    Raises: InputError when no row can be billed.
    """
    parts = partitioned(units(table), partitions)
    use = PooledUse(table)

    def take(done: Billed) -> None:
        use.add(done)
        progress(len(done.rows) + len(done.failures))

    use.sums = (run or _here)(table, parts, take)
    failures = sorted_failures([*table.failures, *use.failures])
    if not use.here.any():
        raise InputError([failure.problem for failure in failures])
    use.settle()
    first = np.zeros(len(table), dtype=np.int8)
    shares = [np.zeros(len(table)), np.zeros(len(table))]
    payers = []
    for payer in use.payer_codes:
        bills = []
        certain = True
        for chosen, into in zip((first, use.choice), shares, strict=True):
            bill, each, sure = use.account_bill(payer, chosen)
            use.shares(payer, chosen, each, into)
            bills.append(bill)
            certain &= sure
        payers.append(PayerBill(use.payer_name(payer), len(use.rows_of(payer)), bills[0], bills[1], certain))
    before, after = (np.rint(share * MICRO).astype(np.int64) for share in shares)
    return Organisation(table, use, tuple(payers), before, after, tuple(use.quotas(use.choice)), tuple(failures))


def _here(table: Table, parts: Sequence[Sequence[Unit]], take: Callable[[Billed], None]) -> Sums:
    """Bill partitions one after another on this machine."""
    total = Sums()
    for part in parts:
        sums = []
        for unit in part:
            done = billed(table, unit)
            take(done)
            sums.append(sums_of(done, table.payers[done.rows], table.accounts[done.rows]))
        total = added_up([total, *sums])
    return total


def partitioned(all_units: Sequence[Unit], partitions: int) -> list[list[Unit]]:
    """Units in so many parts, one after another, each with about as many."""
    edges = [len(all_units) * n // partitions for n in range(partitions + 1)]
    return [list(all_units[start:stop]) for start, stop in itertools.pairwise(edges) if stop > start]


def _total(bill: AccountBill) -> Decimal:
    total = bill.total_usd
    return cents(bill.known_usd) if total is None else total


def _usd(micro: int) -> Decimal:
    return Decimal(micro).scaleb(-6)


def usd_text(micro: int) -> str:
    """Millionths of a dollar as dollars, with six decimals."""
    whole, part = divmod(abs(micro), MICRO)
    return f"{'-' if micro < 0 else ''}{whole}.{part:06}"


def document(
    result: Organisation, by: Sequence[str], version: str, *, more: Mapping[str, Any] | None = None, shown: int = 100
) -> dict[str, Any]:
    """The portfolio as ``portfolio.json`` has it; the services that save most among it, the rest in its tables.

    Parameters:
    by : names of the columns that group services.
    version : str - of the package.
    more : mapping or None - what else was worked out from the result.
    shown : int - services.
    """
    ranking = result.ranking
    return {
        "version": 1,
        "lambdaplan": version,
        "book": result.book.origin,
        "free_tier": result.table.whole.free_tier,
        "services": len(ranking),
        "moved": int((result.use.choice[ranking] > 0).sum()),
        "billed_one_by_one": result.use.one_by_one,
        "baseline_usd": str(result.baseline_usd),
        "chosen_usd": str(result.chosen_usd),
        "saving_usd": str(result.baseline_usd - result.chosen_usd),
        **(more or {}),
        "payers": [one.document() for one in result.payers],
        "by": {name: [group_document(one) for one in result.groups(name)] for name in by},
        "quotas": [quota_document(one) for one in result.quotas],
        "first": list(result.services(ranking[:shown])),
        "failed": [failure.document() for failure in result.failures],
    }


def group_document(group: Group) -> dict[str, Any]:
    """A group as ``portfolio.json`` has it."""
    return {
        "value": group.value,
        "services": group.services,
        "moved": group.moved,
        "baseline_usd": f"{group.baseline_usd:.6f}",
        "chosen_usd": f"{group.chosen_usd:.6f}",
        "saving_usd": f"{group.saving_usd:.6f}",
    }


def quota_document(quota: QuotaUse) -> Mapping[str, Any]:
    """A quota as ``portfolio.json`` has it."""
    return {
        "account": quota.account or None,
        "region": quota.region,
        "limit": quota.limit,
        "unit": quota.unit,
        "allowed": decimal_text(Fraction(quota.allowed)),
        "baseline_at_most": float(f"{quota.baseline:.6g}"),
        "chosen_at_most": float(f"{quota.chosen:.6g}"),
        "broken": quota.broken,
        "source": quota.source,
    }
