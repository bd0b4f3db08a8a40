"""Risk: how likely each option is the cheapest, what a wrong choice costs, and what to measure next."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.comparison.bills_along import swept_range
from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.comparison.month import answers_in_time, settle
from lambdaplan.currency import in_its_currency
from lambdaplan.doubt.known_errors import ranges_of_a_month, with_known_errors
from lambdaplan.doubt.sampled_bills import Found, SampledBills, winners
from lambdaplan.doubt.sampling import Samples, draw, fitted_along, spread_over_bins
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import decimal_text
from lambdaplan.html_table import html_table
from lambdaplan.scenario.doubt import UncertainNumber
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Documented, Rule, changed
from lambdaplan.schema.reading import read_number

SAMPLES, SLOW_SAMPLES = 4096, 256  # usual ones; where an option's samples are each billed by themselves
LEAST_SAMPLES, MOST_SAMPLES = 8, 1_000_000
PARTS = 12  # into which the way to a crossover is cut, again and again
CROSSED, PLACES = 256, 40  # samples of which the first crossover is looked for, and places of the axis looked at
GLANCED, FEW_CROSSED = 128, 64  # of these at a glance; where sizes are left open, which each place chooses anew


@dataclass(frozen=True)
class Estimate:
    """A figure of samples with its standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class OptionRisk(Documented):
    """One option over all samples.

    Parameters:
    label : str
    wins : Estimate - share of samples in which it is the cheapest.
    p10_usd, p50_usd, p90_usd : Estimate or None - its bill, where it is feasible; None while a price is missing. [USD]
    regret_mean_usd : Estimate or None - what it costs above the cheapest, on average where it is feasible. [USD]
    regret_p95_usd : Estimate or None - what it costs above the cheapest in the worst of 20 samples, at least. [USD]
    infeasible : Estimate - share of samples in which it breaks a limit.
    late : Estimate or None - share of samples in which it answers too late; None where no answer time is to be held.
    """

    label: str
    wins: Estimate
    p10_usd: Estimate | None
    p50_usd: Estimate | None
    p90_usd: Estimate | None
    regret_mean_usd: Estimate | None
    regret_p95_usd: Estimate | None
    infeasible: Estimate
    late: Estimate | None = None

    def document(self) -> dict[str, Any]:
        money_of = ("p10_usd", "p50_usd", "p90_usd", "regret_mean_usd", "regret_p95_usd")
        figures: dict[str, Any] = {name: usd_text(getattr(self, name)) for name in money_of}
        errors = {name: usd_error(getattr(self, name)) for name in money_of}
        shares = {"wins": self.wins.value, "infeasible": self.infeasible.value}
        share_errors = {"wins": self.wins.error, "infeasible": self.infeasible.error}
        if self.late is not None:
            shares["late"], share_errors["late"] = self.late.value, self.late.error
        return {"label": self.label, **shares, **figures, "standard_errors": {**share_errors, **errors}}


@dataclass(frozen=True)
class InputRisk(Documented):
    """What an uncertain number does to the answer.

    Parameters:
    path : str - of the number; of a known error where one's own measurement of it is written.
    evppi_usd : Estimate - what knowing it is worth a month: how much less the best choice costs on average. [USD]
    share : Estimate - share that it explains by itself of the spread of the lead: what the recommended option costs
        less than the cheapest of the others.
    number : UncertainNumber or None - its range, and of a known error the source.
    """

    path: str
    evppi_usd: Estimate
    share: Estimate
    number: UncertainNumber | None = None

    def document(self) -> dict[str, Any]:
        errors = {"evppi_usd": usd_error(self.evppi_usd), "share": self.share.error}
        drawn = self.number
        return {
            "path": self.path if drawn is None else drawn.given_in or self.path,
            "range": None if drawn is None else drawn.range.document(),
            "source": None if drawn is None else drawn.source or None,
            "evppi_usd": usd_text(self.evppi_usd),
            "share": self.share.value,
            "standard_errors": errors,
        }


@dataclass(frozen=True)
class CrossoverRisk(Documented):
    """Where the first crossover of the axis lies over samples.

    Parameters:
    over : str - the number of the axis.
    samples : int - of which it was looked for; 0 where each would take too long.
    p10, p50, p90 : Estimate or None - percentiles of the first place at which the winner at the low end loses, over
        the samples that have one. [unit of the axis]
    none : Estimate or None - share of samples without one.
    places : tuple of float - the place in each sample that has one. [unit of the axis]
    """

    over: str
    samples: int
    p10: Estimate | None
    p50: Estimate | None
    p90: Estimate | None
    none: Estimate | None
    places: tuple[float, ...] = ()

    def document(self) -> dict[str, Any]:
        names = ("p10", "p50", "p90", "none")
        figures = {name: None if getattr(self, name) is None else getattr(self, name).value for name in names}
        errors = {name: None if getattr(self, name) is None else getattr(self, name).error for name in names}
        return {"over": self.over, "samples": self.samples, **figures, "standard_errors": errors}


@dataclass(frozen=True, eq=False)
class Bands:
    """Bills along the axis over samples.

    Parameters:
    values : list of float - the number of the axis at each place.
    usd : dict - by label an array, three rows by places: what 1 in 10 lies below, even chances, what 1 in 10 lies
        above; NaN where that is infeasible or a price is missing. [USD]
    """

    values: list[float]
    usd: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Risk(Documented):
    """How sure the answer is.

    Parameters:
    scenario : Scenario
    samples : int - how many were drawn; `left_out` of them do not fit together and count for nothing.
    seed : int
    options : tuple of OptionRisk - in the order of the scenario.
    inputs : tuple of InputRisk - what to measure next first.
    crossover : CrossoverRisk
    nobody : Estimate - share of samples in which nobody can be named the cheapest.
    evpi_usd : Estimate - what knowing every number would be worth a month. [USD]
    recommended : int or None - the option with the least mean regret among those that break limits least.
    bands : Bands or None - bills along the axis; None where each sample is billed by itself.
    cold_error : float or None - relative error of cold starts that are read from a surface, in the last months that
        judged it; None where none was needed, or every sample was counted.
    """

    scenario: Scenario
    samples: int
    left_out: int
    seed: int
    options: tuple[OptionRisk, ...]
    inputs: tuple[InputRisk, ...]
    crossover: CrossoverRisk
    nobody: Estimate
    evpi_usd: Estimate | None
    recommended: int | None
    bands: Bands | None = None
    cold_error: float | None = None

    @functools.cached_property
    def likely(self) -> Comparison:
        """The comparison with every number at its likely value."""
        return compare(self.scenario)

    def document(self) -> dict[str, Any]:
        return {
            "version": 1,
            "samples": self.samples,
            "seed": self.seed,
            "left_out": self.left_out,
            "options": [one.document() for one in self.options],
            "nobody": self.nobody.value,
            "cold_error": self.cold_error,
            "crossover": self.crossover.document(),
            "inputs": [one.document() for one in self.inputs],
            "evpi_usd": None if self.evpi_usd is None else usd_text(self.evpi_usd),
            "standard_errors": {
                "evpi_usd": None if self.evpi_usd is None else usd_error(self.evpi_usd),
                "nobody": self.nobody.error,
            },
            "recommended": None if self.recommended is None else self.options[self.recommended].label,
            "book": self.scenario.book.origin,
            "scenario": self.scenario.document(),
        }

    @in_its_currency
    def _repr_html_(self) -> str:
        """The options as notebooks show them."""
        from lambdaplan.doubt.wording import option_columns, option_rows, risk_words

        return html_table(option_columns(self), option_rows(self), risk_words(self), styled=True)

    def __repr__(self) -> str:
        best = "nobody" if self.recommended is None else self.options[self.recommended].label
        return f"Risk({self.scenario.name!r}, {self.samples:,} samples: {best})"


def risk(
    scenario: Scenario,
    *,
    samples: int | None = None,
    seed: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> Risk:
    """Draw the uncertain numbers of a scenario and bill every option in every sample.

    Parameters:
    samples : int - 4,096 unless given; 256 where cold starts or answer times have each sample billed by itself.
    seed : int - the same seed gives the same figures.
    progress : callable - told how many bills are done, and of how many.

    Notes: figures have standard errors, from eight or more lattices that were shifted at random. What knowing one
    number is worth comes from the mean difference of bills given that number, fitted in straight pieces.

    Returns: Risk - chances, bills, regret, the first crossover, and what to measure next.
    Raises: InputError where no number has a range, and no known error counts as one.
    """
    return _risk(scenario, samples, seed, progress)


def risk_at_a_glance(scenario: Scenario) -> Risk | None:
    """The same for a picture that follows a slider: crossovers of fewer samples, to about a pixel.

    Returns: Risk; None where no number has a range, or each sample is billed by itself, which takes seconds.
    """
    if not ranges_of_a_month(scenario).ranges or _is_slow(scenario):
        return None
    try:
        found = _risk(scenario, None, 1, None, glance=True)
    except InputError:
        return None
    return found if found.bands is not None else None


def _risk(
    scenario: Scenario,
    samples: int | None,
    seed: int,
    progress: Callable[[int, int], object] | None,
    *,
    glance: bool = False,
) -> Risk:
    problems: list[Problem] = []
    count = read_count(samples, "samples", LEAST_SAMPLES, MOST_SAMPLES, problems)
    seeded = read_count(seed, "seed", 0, 2**63 - 1, problems)
    asked, scenario = with_known_errors(scenario), ranges_of_a_month(scenario)
    if not scenario.ranges:
        words = "a scenario in which a number has a range"
        if asked.ranges:
            words += " (growth has no part in one month: lambdaplan commit follows it)"
        if scenario.risk:
            words += ", or one of which an error is known"
        fix = 'Write one as {"low": 120, "likely": 200, "high": 400}, such as workload.duration_ms'
        fix += "." if scenario.risk else ", or set risk=measured for the known errors."
        problems.append(Problem("missing", "ranges", "", words, fix))
    if problems:
        raise InputError(problems)
    found = Found()
    planned = (settle(scenario, option) if option.is_scheduled else option for option in scenario.options)
    scenario = changed(scenario, options=tuple(planned))
    probe = SampledBills(scenario, draw(scenario, 8, 0), np.arange(8), found=found)
    slow = any(probe.is_slow(n) for n in range(len(scenario.options))) or _is_slow(scenario)
    if slow and glance:
        raise InputError([])
    count = count or (SLOW_SAMPLES if slow else SAMPLES)
    drawn = draw(scenario, count, seeded or 0)
    every = np.arange(count)
    total, done = len(scenario.options) * count, 0

    def told(number: int) -> None:
        nonlocal done
        done += number
        if progress is not None:
            progress(done, total)

    bills = SampledBills(scenario, drawn, every)
    fitting = np.flatnonzero(~bills.misfits())
    if not len(fitting):
        words = "ranges of which some samples fit together"
        raise InputError(Problem("conflict", "ranges", f"{count:,} samples", words))
    cost, lost = SampledBills(scenario, drawn, fitting, found=found).costs(told)
    crossed = 0 if slow else GLANCED if glance else CROSSED
    crossed = min(crossed, FEW_CROSSED) if any(option.is_open for option in scenario.options) else crossed
    crossovers, bands = _crossovers(scenario, drawn, fitting[:crossed], found, 1 if glance else None)
    summary = _summary(scenario, drawn, fitting, cost, lost, seeded or 0, crossovers)
    bills = SampledBills(scenario, drawn, fitting[:SLOW_SAMPLES], found=found)
    options = tuple(_with_late(bills, n, one) for n, one in enumerate(summary.options))
    off = found.surfaces.off
    told_of = {"scenario": asked, "options": options, "bands": bands}
    timed: Risk = changed(summary, **told_of, cold_error=off if 0 < off < np.inf else None)
    return timed


def _with_late(bills: SampledBills, option_index: int, option: OptionRisk) -> OptionRisk:
    """An option with the share of samples in which it answers too late, where an answer time is to be held."""
    if bills.scenario.workload.slo is None:
        return option
    late = np.zeros(len(bills.sample_of), dtype=bool)
    cold = bills.cold_months(option_index)
    for place in range(len(late)):
        there = bills.at(place)
        if cold is None:
            late[place] = not answers_in_time(there, settle(there, there.options[option_index]))
        else:
            own, wall_ms = cold(place)
            answer_ms = own.answer_ms(wall_ms, there.workload, float(bills.scenario.workload.slo.percentile))
            late[place] = answer_ms > float(bills.scenario.workload.slo.response_ms)
    figures = Figures(bills.samples.lattice_of[bills.sample_of])
    with_late: OptionRisk = changed(option, late=figures.of(lambda some: float(late[some].mean()), len(late)))
    return with_late


def _is_slow(scenario: Scenario) -> bool:
    """Whether fleets are sized for an answer time in each sample, one by one."""
    return scenario.workload.slo is not None


def read_count(value: Any, name: str, low: int, high: int, problems: list[Problem]) -> int | None:
    """Read a whole number of an argument; None where it is not given, or wrong."""
    if value is None:
        return None
    rule = Rule(name, "number", name, Fraction(low), Fraction(high), whole=True)
    number: int | None = read_number(value, rule, name, problems)
    return number


class Figures:
    """Figures of samples, with errors from how shifted lattices differ."""

    def __init__(self, lattice_of: np.ndarray) -> None:
        self.groups = [np.flatnonzero(lattice_of == n) for n in np.unique(lattice_of)]

    def of(self, figure: Callable[[np.ndarray], float], count: int) -> Estimate:
        """A figure of all samples, by their indices, with its standard error."""
        each = np.array([figure(group) for group in self.groups])
        each = each[np.isfinite(each)]
        error = float(each.std(ddof=1) / np.sqrt(len(each))) if len(each) > 1 else float("nan")
        return Estimate(float(figure(np.arange(count))), error)


def _summary(
    scenario: Scenario,
    drawn: Samples,
    fitting: np.ndarray,
    cost: np.ndarray,
    lost: np.ndarray,
    seed: int,
    crossover: CrossoverRisk,
) -> Risk:
    count, figures = len(fitting), Figures(drawn.lattice_of[fitting])
    won = winners(cost, lost)
    whole = np.where(lost, np.inf, cost)
    least = whole.min(axis=0)
    with np.errstate(invalid="ignore"):
        regret = np.where(np.isfinite(whole), whole - least, np.nan)
    options = tuple(
        _option_risk(option.label or option.size_label, n, won, cost, lost, regret, figures)
        for n, option in enumerate(scenario.options)
    )
    recommended = _recommended(cost, lost, regret)
    evpi = None if recommended is None else options[recommended].regret_mean_usd
    inputs: tuple[InputRisk, ...] = ()
    if recommended is not None:
        columns = drawn.columns[:, fitting]
        inputs = tuple(
            changed(measured_next(one.path, columns[n], whole, recommended, drawn.lattice_of[fitting]), number=one)
            for n, one in enumerate(drawn.numbers)
        )
    order = sorted(inputs, key=lambda one: (-one.evppi_usd.value, -one.share.value))
    nobody = figures.of(lambda ids: float((won[ids] < 0).mean()), count)
    return Risk(
        scenario=scenario,
        samples=len(drawn),
        left_out=len(drawn) - count,
        seed=seed,
        options=options,
        inputs=tuple(order),
        crossover=crossover,
        nobody=nobody,
        evpi_usd=evpi,
        recommended=recommended,
    )


def _option_risk(
    label: str,
    option_index: int,
    won: np.ndarray,
    cost: np.ndarray,
    lost: np.ndarray,
    regret: np.ndarray,
    figures: Figures,
) -> OptionRisk:
    count = len(won)
    own, behind, feasible = cost[option_index], regret[option_index], np.isfinite(cost[option_index])
    priced = not lost[option_index].any()

    def money_figure(of: Callable[[np.ndarray], float]) -> Estimate | None:
        if not priced or not feasible.any():
            return None
        return figures.of(lambda ids: of(ids[feasible[ids]]) if feasible[ids].any() else float("nan"), count)

    def percentile(percent: float, values: np.ndarray) -> Estimate | None:
        return money_figure(lambda ids: float(np.percentile(values[ids], percent)))

    return OptionRisk(
        label=label,
        wins=figures.of(lambda ids: float((won[ids] == option_index).mean()), count),
        p10_usd=percentile(10, own),
        p50_usd=percentile(50, own),
        p90_usd=percentile(90, own),
        regret_mean_usd=money_figure(lambda ids: float(behind[ids].mean())),
        regret_p95_usd=percentile(95, behind),
        infeasible=figures.of(lambda ids: float((~feasible[ids]).mean()), count),
    )


def _recommended(cost: np.ndarray, lost: np.ndarray, regret: np.ndarray) -> int | None:
    """The option with the least mean regret among those that break limits in the fewest samples."""
    broken = np.where(lost.any(axis=1), np.inf, np.isinf(cost).mean(axis=1))
    if not np.isfinite(broken).any() or broken.min() == 1:
        return None
    able = np.flatnonzero(broken == broken.min())
    return int(able[np.argmin([np.nanmean(regret[n]) for n in able])])


def measured_next(
    path: str, column: np.ndarray, whole: np.ndarray, recommended: int, lattice_of: np.ndarray
) -> InputRisk:
    """What knowing one number is worth, and what share of the spread of the lead it explains.

    Parameters:
    column : array of samples - the number.
    whole : array, one row an option - bills, infinite where infeasible or a price is missing. [USD]
    recommended : int - the option that is chosen without knowing it.
    lattice_of : array of samples - which lattice each is of.

    Notes: with the same samples to choose and to judge the worth comes out too high, with one half to choose and the
    other to judge too low; the figure is between the two, and half their distance is part of its error.
    """
    usable = np.isfinite(whole[recommended])
    rivals = [n for n in range(len(whole)) if n != recommended and np.isfinite(whole[n][usable]).all()]
    x, own, groups = column[usable], whole[recommended][usable], Figures(lattice_of[usable])
    if not rivals or not len(x):
        return InputRisk(path, Estimate(0.0, 0.0), _share(x, own, groups) if len(x) else Estimate(0.0, 0.0))
    saved = own - whole[rivals][:, usable]
    every = np.arange(len(x))
    halves = every[::2], every[1::2]
    above = _worth(x, saved, None, every)
    below = (_worth(x, saved, halves[0], halves[1]) + _worth(x, saved, halves[1], halves[0])) / 2
    each = [_worth(x[group], saved[:, group], None, np.arange(len(group))) for group in groups.groups]
    noise = float(np.std(each, ddof=1) / np.sqrt(len(each))) if len(each) > 1 else float("nan")
    most = float(np.maximum(saved.max(axis=0), 0).mean())  # of knowing every number
    value = min(max((above + below) / 2, 0.0), most)
    error = float(np.hypot(noise, abs(above - below) / 2))
    return InputRisk(path, Estimate(value, error), _share(x, own - whole[rivals][:, usable].min(axis=0), groups))


def _worth(x: np.ndarray, saved: np.ndarray, train: np.ndarray | None, test: np.ndarray) -> float:
    """What is saved by choosing anew with a number known: chosen by some samples, judged by others. [USD]"""
    expected = fitted_along(x, saved, train)
    best = np.argmax(expected, axis=0)[None]
    chosen = np.take_along_axis(expected, best, 0)[0]
    gained = chosen if train is None else np.take_along_axis(saved, best, 0)[0]
    return float(np.where(chosen > 0, gained, 0.0)[test].mean())


def _share(x: np.ndarray, lead: np.ndarray, groups: Figures) -> Estimate:
    """The share of the variance of the lead that one number explains."""

    def of(ids: np.ndarray) -> float:
        y = lead[ids]
        variance = y.var()
        if variance <= (1e-9 * max(abs(y.mean()), 1e-9)) ** 2:
            return 0.0
        rest = y - fitted_along(x[ids], y[None])[0]
        free = max(len(ids) - 2 * spread_over_bins(len(ids)), 1)
        return float(np.clip(1 - (rest**2).sum() / free / variance, 0, 1))

    return groups.of(of, len(x))


def _crossovers(
    scenario: Scenario, drawn: Samples, ids: np.ndarray, found: Found, rounds: int | None = None
) -> tuple[CrossoverRisk, Bands | None]:
    """The first place of the axis at which the winner at its low end loses, in some samples, and bills along it.

    It is followed to the step of the axis, or for so many rounds, each to a twelfth of what was left.
    """
    axis, count = swept_range(scenario), len(ids)
    if not count:
        return CrossoverRisk(axis.path, 0, None, None, None, None), None
    grid = axis.places(PLACES)
    sample_of, places = np.repeat(np.arange(count), len(grid)), np.tile(grid, count)

    def costs_at(sample_of: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return SampledBills(scenario, drawn, ids[sample_of], axis, places, found).costs()

    def won_at(sample_of: np.ndarray, places: np.ndarray) -> np.ndarray:
        return winners(*costs_at(sample_of, places))

    cost, lost = costs_at(sample_of, places)
    won = winners(cost, lost).reshape(count, -1)
    bands = _bands(scenario, axis.document_values(grid), np.where(lost, np.inf, cost).reshape(len(cost), count, -1))
    differs = won != won[:, :1]
    first = np.argmax(differs, axis=1)
    having = np.flatnonzero(differs.any(axis=1) & (won[:, 0] >= 0))
    low, high = grid[first[having] - 1], grid[first[having]]
    while (high - low > 1).any() and rounds != 0:
        rounds = None if rounds is None else rounds - 1
        cuts = low[:, None] + (high - low)[:, None] * np.arange(1, PARTS) // PARTS
        inner = won_at(np.repeat(having, PARTS - 1), cuts.ravel()).reshape(cuts.shape)
        beyond = np.hstack([inner != won[having, :1], np.ones((len(having), 1), dtype=bool)])
        part, every = np.argmax(beyond, axis=1), np.arange(len(having))
        edges = np.hstack([low[:, None], cuts, high[:, None]])
        low, high = edges[every, part], edges[every, part + 1]
    figures = Figures(drawn.lattice_of[ids])
    if len(figures.groups) < 2:
        figures = Figures(np.arange(count) * 8 // count)
    at = np.full(count, np.nan)
    at[having] = axis.document_values(high)

    def percentile(percent: float) -> Estimate | None:
        if not len(having):
            return None

        def of(ids: np.ndarray) -> float:
            known = at[ids][np.isfinite(at[ids])]
            return float(np.percentile(known, percent)) if len(known) else float("nan")

        return figures.of(of, count)

    none = figures.of(lambda ids: float(np.isnan(at[ids]).mean()), count)
    known = tuple(float(place) for place in at[having])
    return CrossoverRisk(axis.path, count, percentile(10), percentile(50), percentile(90), none, known), bands


def _bands(scenario: Scenario, values: np.ndarray, whole: np.ndarray) -> Bands:
    """Percentiles of bills, options by samples by places, infinite where infeasible or a price is missing."""
    usd = np.percentile(whole, (10, 50, 90), axis=1, method="nearest")
    labels = [option.label or option.size_label for option in scenario.options]
    rows = {label: np.where(np.isfinite(usd[:, n]), usd[:, n], np.nan) for n, label in enumerate(labels)}
    return Bands([float(value) for value in values], rows)


def usd_text(estimate: Estimate | None) -> str | None:
    """The value of an estimate as documents have money. [USD]"""
    return None if estimate is None or not np.isfinite(estimate.value) else decimal_text(_cents(estimate.value))


def usd_error(estimate: Estimate | None) -> str | None:
    """Its standard error as documents have money; None where it is not known. [USD]"""
    return None if estimate is None or not np.isfinite(estimate.error) else decimal_text(_cents(estimate.error))


def _cents(value: float) -> Fraction:
    """Dollars to a hundredth of a cent."""
    return Fraction(round(value * 10_000), 10_000)
