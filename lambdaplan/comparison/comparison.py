"""Comparison of all options of a scenario: bills, the cheapest, crossovers and warnings."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.coldstart.initialisation import support_warning
from lambdaplan.coldstart.month import MOST_IN_FLIGHT
from lambdaplan.comparison.bills_along import Axis
from lambdaplan.comparison.crossovers import Changes, alternations
from lambdaplan.comparison.envelope import NOBODY, Change
from lambdaplan.comparison.option_warnings import (
    COLD_WARNINGS,
    OPTION_WARNINGS,
    duration_unit_warning,
    median_warning,
    one_request_warning,
)
from lambdaplan.comparison.result import Result, billed
from lambdaplan.comparison.spread_judgement import spread_document, spread_warnings
from lambdaplan.currency import in_its_currency
from lambdaplan.errors import InputError
from lambdaplan.formatting import a_month, a_unit, before_tax, cents, count, decimal_or_none, money, rounded
from lambdaplan.html_table import html_table
from lambdaplan.platforms import PROCESSORS, Option
from lambdaplan.pricing.bill import without_use
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Documented, plain
from lambdaplan.units import SECONDS_PER_HOUR
from lambdaplan.workload.workload import REQUESTS, in_flight

OWN_SHARE = "cold starts are the share of requests that the scenario gives (cold_fraction), whatever the traffic"
REGULAR_SCOPE = (
    "requests are taken to come equally spaced (arrivals: regular): cold starts and what spills over follow from that; "
    "waits for a unit are those of random arrivals, the safe side"
)
READY_SCOPE = (
    "provisioned concurrency: the schedule that was chosen is that of the scenario’s own numbers, and stands along the "
    "axis, in maps and wherever else a number varies"
)


@dataclass(frozen=True)
class Crossover:
    """A place where the cheapest option changes: `at` is the first value at which `above` is it.

    `below` or `above` is None where nobody wins: no option is feasible, or a price is missing.
    """

    over: str
    at: int | float
    below: str | None
    above: str | None
    kind: str

    def document(self) -> dict[str, Any]:
        """The crossover as ``--json`` prints it."""
        return {"over": self.over, "at": self.at, "below": self.below, "above": self.above, "kind": self.kind}

    def _repr_html_(self) -> str:
        """The crossover as notebooks show it."""
        return crossover_table([self])


def _of_option(result: Result, words: str) -> str:
    """What a bill says of a line, with its option, unless the line is named like it."""
    return words if words.startswith(f"{result.label}: ") else f"{result.label}: {words}"


def _crossover(axis: Axis, labels: Sequence[str], change: Change) -> Crossover:
    below, above = (
        None if option_index == NOBODY else labels[option_index] for option_index in (change.below, change.above)
    )
    return Crossover(axis.over, axis.document_value(change.place), below, above, change.kind)


def first_crossover(scenario: Scenario, above: Collection[str | None]) -> tuple[str | None, Crossover | None]:
    """Who is cheapest at the first place of the axis, and the first crossover above which one of these is.

    The axis is looked through no further than that.

    Parameters:
    above : collection - labels of options, and None for nobody.

    Returns: label or None for nobody; Crossover, None where none of these comes to be cheapest or one of them
    is from the start.
    """
    axis, labels = Axis(scenario), [option.label or option.size_label for option in scenario.options]
    wanted = {option_index for option_index, label in enumerate(labels) if label in above}
    wanted |= {NOBODY} if None in above else set()
    start, change = Changes(axis).first(range(len(labels)), wanted)
    return None if start == NOBODY else labels[start], None if change is None else _crossover(axis, labels, change)


def crossover_table(crossovers: Sequence[Crossover]) -> str:
    """Crossovers as a table in HTML."""
    rows = [[f"{c.at:,}", c.below or "nobody", c.above or "nobody", c.kind] for c in crossovers]
    over = crossovers[0].over if crossovers else ""
    caption = f"Where the cheapest option changes, along {over}"
    return html_table(["from", "below", "above", "kind"], rows, caption, styled=True)


@dataclass(frozen=True)
class Curves:
    """Every option's bill along the axis, for charts: places, and dollars by label (float64).

    NaN where an option is infeasible or a price is missing.
    """

    over: str
    values: np.ndarray
    usd: dict[str, np.ndarray]


@dataclass(frozen=True, repr=False)
class Comparison(Documented):
    """Bills over the same service, the cheapest of them, and where along an axis that changes."""

    scenario: Scenario
    options: tuple[Result, ...]

    # at the point

    @functools.cached_property
    def ranked(self) -> tuple[Result, ...]:
        """Feasible options with a whole bill, cheapest first; ties in the document's order (M9)."""
        able = [r for r in self.options if r.feasible and r.cost_usd is not None]
        return tuple(sorted(able, key=lambda r: r.cost_usd or Fraction(0)))

    @functools.cached_property
    def blocked_by(self) -> tuple[Result, ...]:
        """Feasible options with a missing price whose known part alone is not dearer than the rest."""
        unknown = [r for r in self.options if r.feasible and r.cost_usd is None]
        if not self.ranked:
            return tuple(unknown)
        least = self.ranked[0].cost_usd or Fraction(0)
        return tuple(r for r in unknown if r.bill.known_usd <= least)

    def needs_above(self, result: Result) -> dict[int, Fraction | None]:
        """For each line of an option without a price, by its place on the bill, the price that it would have to have.

        At that price of this line alone, the other missing ones at zero, the option's total reaches the cheapest whole
        bill; None where what is known of it is above that already, or it breaks a limit, or no bill is whole. [USD]
        """
        missing = {place: line for place, line in enumerate(result.bill.lines) if line.price_usd is None}
        least = self.ranked[0].cost_usd if self.ranked and result.feasible else None
        if least is None or result.bill.known_usd > least:
            return dict.fromkeys(missing)
        lacking: dict[tuple[str, str], Fraction] = {}  # how much of each price is missing, fees in proportion to it
        for line in missing.values():
            price = (line.service, line.price_item)
            lacking[price] = lacking.get(price, Fraction(0)) + line.quantity * line.fraction
        left = least - result.bill.known_usd
        return {place: left / lacking[line.service, line.price_item] for place, line in missing.items()}

    def wins_at_any_price(self, result: Result) -> bool:
        """Whether a size of an option whose bill is whole is no dearer than the other options, whatever is missing."""
        least = self.ranked[0].cost_usd if self.ranked else None
        return result.at_most_usd is not None and (least is None or result.at_most_usd <= least)

    @functools.cached_property
    def best(self) -> Result | None:
        """The cheapest option's result, or None when nobody wins."""
        return None if self.blocked_by or not self.ranked else self.ranked[0]

    @property
    def winner(self) -> str | None:
        """Label of the cheapest feasible option; None when nobody wins, and `warnings` says why."""
        return self.best.label if self.best else None

    @property
    def second(self) -> Result | None:
        """The next cheapest option's result."""
        return self.ranked[1] if self.best and len(self.ranked) > 1 else None

    @property
    def runner_up(self) -> str | None:
        """Label of the next cheapest option."""
        return self.second.label if self.second else None

    @property
    def lead_usd(self) -> Fraction | None:
        """What the winner saves against the runner-up. [USD a month]"""
        if self.best is None or self.second is None:
            return None
        return (self.second.cost_usd or Fraction(0)) - (self.best.cost_usd or Fraction(0))

    @functools.cached_property
    def lead_fraction(self) -> Fraction | None:
        """That saving as a share of the runner-up's bill; 0 where both are free."""
        if self.lead_usd is None or self.second is None:
            return None
        return self.lead_usd / self.second.cost_usd if self.second.cost_usd else Fraction(0)

    @property
    def close(self) -> bool:
        """Whether the lead is below the scenario's close_fraction: too close to call.

        The known part of an option whose bill is not whole counts as well: the option may cost no more.
        """
        best = self.best
        if best is None or best.cost_usd is None:
            return False
        parts = [r.bill.known_usd for r in self.options if r.feasible and r.cost_usd is None]
        leads = [(part - best.cost_usd) / part for part in parts]
        leads += [] if self.lead_fraction is None else [self.lead_fraction]
        return any(lead < self.scenario.close_fraction for lead in leads)

    @property
    def ties(self) -> tuple[str, ...]:
        """Labels of the options that cost exactly what the winner costs."""
        best = self.best
        if best is None:
            return ()
        return tuple(r.label for r in self.ranked if r is not best and r.cost_usd == best.cost_usd)

    # on one processor

    @functools.cached_property
    def processors(self) -> frozenset[str]:
        """The processors on which the options run."""
        return frozenset().union(*(result.processors for result in self.options))

    @functools.cached_property
    def on_processors(self) -> dict[str, Comparison]:
        """The comparison with every option on one processor, for each of them.

        An option that does not run on it, or whose initialisation is unknown there, is left out.
        """
        return {name: self._all_on(name) for name in PROCESSORS}

    def _all_on(self, architecture: str) -> Comparison:
        scenario = self.scenario
        options, results = [], []
        for option, result in zip(scenario.options, self.options, strict=True):
            there = option.on_processor(architecture, scenario.book, scenario.region)
            if there is None:
                continue
            try:
                results.append(result if there == option else billed(scenario, there))
            except InputError:  # an initialisation that was not measured there
                continue
            options.append(there)
        if len(options) == len(self.options) and tuple(options) == scenario.options:
            return self
        return Comparison(dataclasses.replace(scenario, options=tuple(options)), tuple(results))

    # the answer time asked for

    @functools.cached_property
    def answer_times(self) -> dict[str, float | None]:
        """What the options answer within at the percentile that `workload.slo` asks for, by label; empty without it.

        Cold requests are among these where they are counted; None where there is none to give. [ms]
        """
        slo = self.scenario.workload.slo
        return {} if slo is None else {r.label: r.answer_ms(float(slo.percentile)) for r in self.options}

    @property
    def held_by(self) -> tuple[str, ...]:
        """Labels of the options that hold the answer time asked for and break no limit."""
        slo, times = self.scenario.workload.slo, self.answer_times
        limit_ms = 0.0 if slo is None else float(slo.response_ms)
        held = [(r, times[r.label]) for r in self.options if r.feasible and r.label in times]
        return tuple(r.label for r, answer_ms in held if answer_ms is not None and answer_ms <= limit_ms)

    @functools.cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know before relying on the answer."""
        lines = [
            *self._verdict_warnings(),
            *duration_unit_warning(self.options),
            *(line for result in self.options for warn in OPTION_WARNINGS for line in warn(result)),
            *one_request_warning(self.options),
            *median_warning(self.options),
            *spread_warnings(self),
            *self._equal_to_the_cent(),
            *(f"{option.label}: {words}" for option in self.scenario.options for words in self._not_weighed(option)),
            *(_of_option(r, words) for r in self.options for words in (*r.bill.unknown, *r.bill.warnings)),
            *self._cold_warnings(),
            *filter(None, [self.rough_beyond]),
            *self.scenario.workload.traffic.notes,
            *without_use(self.scenario.book, [line for result in self.options for line in result.bill.lines]),
        ]
        return tuple(dict.fromkeys(lines))

    def _verdict_warnings(self) -> Iterator[str]:
        """Why nobody wins, and what the lead leaves open."""
        if not self.ranked and not self.blocked_by:
            yield "nobody wins: every option breaks a limit"
        for result in self.blocked_by:
            yield (
                f"nobody wins: {result.label} has a line without a price, and what is known of it "
                f"({money(result.bill.known_usd)}) is not dearer than the rest"
            )
            for place, usd in self.needs_above(result).items():
                line = result.bill.lines[place]
                if usd is not None and line.fraction == 1 and not self.wins_at_any_price(result):
                    price = f"{a_unit(line.unit)} of {line.item} costs more than ${rounded(usd)}"
                    yield f"{result.label}: not the cheapest where {price}"
        second = self.second.cost_usd if self.second else None
        nearer = [r for r in self.options if r.feasible and r.cost_usd is None and r.bill.known_usd < (second or 0)]
        for result in nearer:
            yield (
                f"{result.label} has a line without a price; what is known of it "
                f"({money(result.bill.known_usd)}) is less than {self.runner_up}: the lead may be smaller"
            )

    def _not_weighed(self, option: Option) -> Sequence[str]:
        """What an option of open size leaves out for want of a price."""
        where = self.scenario.book, self.scenario.region
        each, work = option.one_processor_each(), self.scenario.workload
        unknown = [one for one in each if not one.can_start(work)] if len(each) > 1 else []
        starts = [f"{one.size_label} is left out, as its initialisation was not measured" for one in unknown]
        return [*option.left_out(*where), *starts]

    @functools.cached_property
    def rough_beyond(self) -> str:
        """From which requests on cold starts are counted roughly, where the axis or the scenario goes there; or empty.

        Nothing of those whose number is the reader's own share.
        """
        scenario, work = self.scenario, self.scenario.workload
        cold = [result.option for result in self.options if result.fleet.cold is not None]
        each_rps = 1 / (SECONDS_PER_HOUR * scenario.hours_per_month) * work.traffic.peak_of_mean
        busiest = [in_flight(each_rps, option.environment_ms(work)) for option in cold]
        if not (busiest and work.models_cold_starts):
            return ""
        most = int(MOST_IN_FLIGHT / max(busiest))
        if max(work.requests_per_month, scenario.sweep.to if scenario.sweep.over == REQUESTS else 0) <= most:
            return ""
        return (
            f"beyond {count(most, 3)} requests a month more than {MOST_IN_FLIGHT:,} are in flight at once: there each "
            "further request is taken to be cold as often as those before, up to a fifth too many"
        )

    def _equal_to_the_cent(self) -> Iterator[str]:
        best, second = self.best, self.second
        if best and second and cents(best.cost_usd or Fraction(0)) == cents(second.cost_usd or Fraction(0)):
            yield f"{self.winner} and {self.runner_up} are equal to the cent"

    def _cold_warnings(self) -> Iterator[str]:
        """What cold starts are counted in, and when AWS stops supporting the runtime."""
        workload = self.scenario.workload
        if workload.is_regular:
            yield REGULAR_SCOPE
        if any(option.is_scheduled for option in self.scenario.options):
            yield READY_SCOPE
        if not workload.counts_cold_starts:
            return
        if workload.runtime is not None:
            words = support_warning(workload.runtime, on=dt.date.fromisoformat(self.scenario.book.as_of))
            if words is not None:
                yield words
        for warn in COLD_WARNINGS:
            for result in self.options:
                yield from warn(result)
        if any(result.fleet.cold for result in self.options) and not workload.models_cold_starts:
            yield OWN_SHARE

    # along the axis

    @functools.cached_property
    def axis(self) -> Axis:
        """The axis of the crossovers."""
        return Axis(self.scenario)

    @functools.cached_property
    def _changes(self) -> Changes:
        return Changes(self.axis)

    @functools.cached_property
    def _all(self) -> list[Change]:
        return self._changes.among(range(len(self.options)))

    @functools.cached_property
    def crossovers(self) -> tuple[Crossover, ...]:
        """Every place of the axis where the cheapest option changes (M10)."""
        return tuple(self._crossover(change) for change in self._all)

    @functools.cached_property
    def zones(self) -> tuple[dict[str, Any], ...]:
        """Stretches with many changes in a row, gathered."""
        return tuple(
            {
                "from": self.axis.document_value(run[0].place),
                "to": self.axis.document_value(run[-1].place),
                "winners": list(dict.fromkeys(self._label(n) for c in run for n in (c.below, c.above))),
                "changes": len(run),
            }
            for run in alternations(self._all)
        )

    @functools.cached_property
    def pairs(self) -> tuple[dict[str, Any], ...]:
        """The baseline against each other option alone, wherever a third may lie between."""
        pairs = []
        for option_index in range(1, len(self.options)):
            changes = [self._crossover(c) for c in self._changes.among((0, option_index))]
            documents = [{k: v for k, v in c.document().items() if k != "over"} for c in changes]
            pairs.append({"a": self.options[0].label, "b": self.options[option_index].label, "crossovers": documents})
        return tuple(pairs)

    @functools.cached_property
    def at_start(self) -> str | None:
        """Label of the cheapest option at the first place of the axis."""
        return self.there(self.axis.low).winner

    def there(self, place: int) -> Comparison:
        """The comparison at a place of the axis, in steps of its grain: what was chosen for the axis stands there."""
        return compare(self.axis.scenario.at(self.axis.over, self.axis.value(place)))

    def _label(self, option_index: int) -> str | None:
        return None if option_index == NOBODY else self.options[option_index].label

    def _crossover(self, change: Change) -> Crossover:
        return _crossover(self.axis, [result.label for result in self.options], change)

    @functools.cached_property
    def curves(self) -> Curves:
        """Every option's bill at the sweep's points, in float64."""
        sweep = self.scenario.sweep
        return self.along(self.axis.places(sweep.points, sweep.scale))

    def along(self, places: Sequence[int] | np.ndarray) -> Curves:
        """Every option's bill at places of the axis, in float64."""
        places = np.asarray(places, dtype=np.int64)
        usd = {}
        for option_index, result in enumerate(self.options):
            cost, missing = self.axis.bills.costs(option_index, places)
            usd[result.label] = np.where(missing | np.isinf(cost), np.nan, cost)
        return Curves(self.axis.over, self.axis.document_values(places), usd)

    # as documents

    def document(self) -> dict[str, Any]:
        """The comparison as ``lambdaplan compare --json`` prints it."""
        return {
            "version": 1,
            "book": self.scenario.book.origin,
            "scenario": self.scenario.document(),
            "options": [self._document_of(result) for result in self.options],
            "winner": self.winner,
            "runner_up": self.runner_up,
            "lead_usd": decimal_or_none(self.lead_usd),
            "lead_fraction": None if self.lead_fraction is None else float(self.lead_fraction),
            "close": self.close,
            "ties": list(self.ties),
            "processors": {
                "same": len(self.processors) == 1,
                **{name: there.winner for name, there in self.on_processors.items()},
            },
            **self._slo_document(),
            "crossovers": [c.document() for c in self.crossovers],
            "zones": list(self.zones),
            "pairs": list(self.pairs),
            "spread": spread_document(self.scenario),
            "warnings": list(self.warnings),
        }

    def _slo_document(self) -> dict[str, Any]:
        """The answer time asked for, and who holds it, as ``--json`` prints it; nothing where none is."""
        slo = self.scenario.workload.slo
        if slo is None:
            return {}
        asked = {"percentile": plain(slo.percentile), "response_ms": plain(slo.response_ms)}
        return {"slo": {**asked, "held_by": list(self.held_by), "response_ms_of": self.answer_times}}

    def _document_of(self, result: Result) -> dict[str, Any]:
        """An option as ``--json`` prints it, with the prices that its missing ones would have to be above."""
        document = result.document()
        for place, usd in self.needs_above(result).items():
            document["lines"][place]["needs_above_usd"] = decimal_or_none(usd)
        return document

    def __str__(self) -> str:
        """What `lambdaplan compare` prints, in lines that fit the terminal where there is one."""
        from lambdaplan.comparison.text import comparison_text
        from lambdaplan.text_table import window

        return comparison_text(self, window())

    def __repr__(self) -> str:
        best = "nobody" if self.winner is None else self.winner
        return f"Comparison({self.scenario.name!r}: {best} is cheapest of {len(self.options)} options)"

    @in_its_currency
    def _repr_html_(self) -> str:
        """Bills, verdict and crossovers as notebooks show them."""
        waits = self.scenario.workload.waits
        last = "longest wait, s" if waits else "p95, ms"
        columns = ["option", a_month(), "verdict", "units, mean", "units, peak", last]
        rows = []
        for result in self.options:
            total, latest = result.bill.total_usd, result.wait_s if waits else result.answer_ms(95)
            rows.append(
                [
                    result.label,
                    "unknown" if total is None else money(total),
                    self._standing(result),
                    count(Fraction(result.fleet.units_mean), 3),
                    count(Fraction(result.fleet.units_peak), 3),
                    "unknown" if latest is None else f"{float(latest):,.0f}",
                ]
            )
        scenario = self.scenario
        caption = f"{scenario.name}, {scenario.region}, {before_tax()}; prices: {scenario.book.id}"
        changes = crossover_table(self.crossovers) if self.crossovers else "<p>The cheapest option never changes.</p>"
        return f"{html_table(columns, rows, caption, styled=True)}{changes}"

    def _standing(self, result: Result) -> str:
        """What the comparison says of one option."""
        best = self.best
        if not result.feasible:
            return "breaks a limit, can’t win"
        if result.cost_usd is None:
            return "a price is missing, can’t win"
        total = result.bill.total_usd
        if best is None or best.bill.total_usd is None or total is None:
            return ""
        if result is best:
            return "cheapest, too close to call" if self.close else "cheapest"
        return f"{money(total - best.bill.total_usd)} more"

    def to_frame(self) -> Any:
        """The bills as a pandas data frame: one row a line, with its option."""
        import pandas as pd

        rows = [{"option": r.label, **line.document()} for r in self.options for line in r.bill.lines]
        return pd.DataFrame(rows)


def compare(scenario: Scenario, *, known: Comparison | None = None) -> Comparison:
    """Bill every option of a scenario at equal capacity and equal safety, and compare them.

    Parameters:
    scenario : Scenario - the service, its traffic and the ways to run it.
    known : Comparison or None - another comparison. Where it is of the same scenario at another place of the axis,
        what changes along that axis is not looked for again.

    Returns: Comparison - bills, winner, and, worked out when asked for, crossovers.
    """
    comparison = Comparison(scenario, tuple(billed(scenario, option) for option in scenario.options))
    if known is not None and _along_one_axis(known.scenario, scenario):
        comparison.__dict__.update({name: part for name, part in known.__dict__.items() if name in _OF_THE_AXIS})
    return comparison


_OF_THE_AXIS = ("axis", "_changes", "_all")


def _along_one_axis(one: Scenario, other: Scenario) -> bool:
    over = one.sweep.over
    scheduled = any(option.is_scheduled for option in one.options)
    return not scheduled and over == other.sweep.over and one.at(over, other.value_at(over)) == other
