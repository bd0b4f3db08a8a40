"""Commitments under doubt: how much of a Savings Plan to buy when traffic may grow, shrink or leave."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.comparison.comparison import compare
from lambdaplan.comparison.month import month_of, settle
from lambdaplan.doubt.known_errors import with_known_errors
from lambdaplan.doubt.newsvendor import best_commitment, paid_by
from lambdaplan.doubt.risk import Estimate, Figures, read_count, usd_error, usd_text
from lambdaplan.doubt.sampled_bills import SampledBills
from lambdaplan.doubt.sampling import Samples, draw
from lambdaplan.errors import InputError, Problem, nearest, problems_together
from lambdaplan.formatting import decimal_text
from lambdaplan.platforms import Option
from lambdaplan.pricing.bill import QUALITY_WORDS, covered
from lambdaplan.pricing.commitments import CoveredUse
from lambdaplan.pricing.plans import PLANS
from lambdaplan.pricing.usage import InHours
from lambdaplan.scenario.doubt import UncertainNumber
from lambdaplan.scenario.scenario import GROWTH, Scenario
from lambdaplan.schema.fields import Documented, Rule, changed, rules, shown
from lambdaplan.schema.ranges import Range
from lambdaplan.schema.reading import read_number
from lambdaplan.units import HOURS_PER_WEEK, MONTHS_PER_YEAR
from lambdaplan.workload.workload import REQUESTS, Workload

SAMPLES, LEAST_SAMPLES, MOST_SAMPLES = 256, 8, 20_000
FEW_SAMPLES = 64  # where it stands beside another answer
USUAL_PLAN = "compute_savings_plan_1y_no_upfront"
LEAVE = Rule("leave", "number", "share", Fraction(0), Fraction(1))
GRAIN = Fraction(1, 1000)  # of a commitment, as AWS sells it [USD an hour]
NONE, BEST, ALL = LEVELS = ("none", "best", "all")


@dataclass(frozen=True)
class Level(Documented):
    """A commitment, and what the term costs with it.

    Parameters:
    name : str - none, best (the least mean cost), or all (what is used in the busiest hour at the likely values).
    usd_per_hour : Fraction - the commitment. [USD an hour]
    mean_usd, p10_usd, p50_usd, p90_usd : Estimate - bill of a month, the mean of the term, over samples. [USD]
    coverage : Estimate - share of what the plan could cover that it pays for, by prices on demand.
    utilisation : Estimate or None - share of the commitment that is used; None for none.
    regret_usd : Estimate - what a month costs above the cheapest option on demand, known in hindsight; after the
        service has left, above nothing. [USD]
    break_even_month : int or None - the month at whose end the plan has taken off the bill as much as the whole term
        costs, on average, if the service stays; None where it never does.
    """

    name: str
    usd_per_hour: Fraction
    mean_usd: Estimate
    p10_usd: Estimate
    p50_usd: Estimate
    p90_usd: Estimate
    coverage: Estimate
    utilisation: Estimate | None
    regret_usd: Estimate
    break_even_month: int | None

    def document(self) -> dict[str, Any]:
        money = ("mean_usd", "p10_usd", "p50_usd", "p90_usd", "regret_usd")
        shares = {"coverage": self.coverage, "utilisation": self.utilisation}
        errors = {name: usd_error(getattr(self, name)) for name in money}
        return {
            "name": self.name,
            "usd_per_hour": decimal_text(self.usd_per_hour),
            **{name: usd_text(getattr(self, name)) for name in money},
            **{name: None if one is None else one.value for name, one in shares.items()},
            "break_even_month": self.break_even_month,
            "standard_errors": {**errors, **{name: None if one is None else one.error for name, one in shares.items()}},
        }


@dataclass(frozen=True)
class MonthsBill(Documented):
    """The bill of one month of the term over samples, without a commitment and with the best one: three percentiles."""

    month: int
    none_usd: tuple[Estimate, Estimate, Estimate]
    best_usd: tuple[Estimate, Estimate, Estimate]

    def document(self) -> dict[str, Any]:
        names = ("p10_usd", "p50_usd", "p90_usd")
        document: dict[str, Any] = {"month": self.month}
        for name, three in ((NONE, self.none_usd), (BEST, self.best_usd)):
            figures = {one: usd_text(estimate) for one, estimate in zip(names, three, strict=True)}
            errors = {one: usd_error(estimate) for one, estimate in zip(names, three, strict=True)}
            document[name] = {**figures, "standard_errors": errors}
        return document


@dataclass(frozen=True, eq=False)
class Commit(Documented):
    """How much of a Savings Plan to buy.

    Parameters:
    scenario : Scenario
    option : str - the option that it is bought for.
    plan : str
    months : int - of the plan's term.
    samples, seed : int - `left_out` samples do not fit together and count for nothing.
    leave : Fraction - chance that the service leaves AWS within the term, in any month alike.
    levels : tuple of Level - none, best and all.
    bills : tuple of MonthsBill - month by month.
    other_cheaper : Estimate - share of the months in which another option on demand costs less than this one with the
        best commitment, which is paid all the same.
    saving_usd : Estimate - what the best commitment saves a month against none, on average. [USD]
    warnings : tuple of str - the plan's rates that rest on less than a published price.
    """

    scenario: Scenario
    option: str
    plan: str
    months: int
    samples: int
    seed: int
    left_out: int
    leave: Fraction
    levels: tuple[Level, ...]
    bills: tuple[MonthsBill, ...]
    other_cheaper: Estimate
    saving_usd: Estimate
    warnings: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "version": 1,
            "option": self.option,
            "plan": self.plan,
            "months": self.months,
            "samples": self.samples,
            "seed": self.seed,
            "left_out": self.left_out,
            "leave": float(self.leave),
            "levels": [one.document() for one in self.levels],
            "saving_usd": usd_text(self.saving_usd),
            "other_cheaper": self.other_cheaper.value,
            "standard_errors": {"saving_usd": usd_error(self.saving_usd), "other_cheaper": self.other_cheaper.error},
            "bills": [one.document() for one in self.bills],
            "warnings": list(self.warnings),
            "book": self.scenario.book.origin,
            "scenario": self.scenario.document(),
        }

    @property
    def best(self) -> Level:
        """The commitment with the least mean cost."""
        return self.levels[LEVELS.index(BEST)]

    def __repr__(self) -> str:
        return f"Commit({self.scenario.name!r}, {self.option}: ${decimal_text(self.best.usd_per_hour)} an hour)"


def commitment_of(scenario: Scenario, *, seed: int = 1) -> Commit | None:
    """How much of the usual Savings Plan to buy; None where it covers no option, or nothing can be said of it."""
    try:
        return commit(scenario, samples=FEW_SAMPLES, seed=seed)
    except InputError:
        return None


def commit(
    scenario: Scenario,
    *,
    option: str | None = None,
    plan: str = USUAL_PLAN,
    leave: Any = 0,
    samples: int | None = None,
    seed: int = 1,
) -> Commit:
    """Work out how much of a Savings Plan to buy for an option whose demand is not sure.

    Ranges of the scenario are drawn, its `growth` is followed month by month through the term, and with the chance
    `leave` the service is gone from one of its months on. What the plan would cover of each hour of the week is used up
    as AWS does; the commitment with the least mean cost is found exactly for these hours.

    Parameters:
    option : str or None - its label; the cheapest that is bought on demand and that the plan covers, unless given.
    plan : str - plan, term and how it is paid.
    leave : share - chance that the service leaves within the term, in any month alike.

    Notes: sizes left open are those of the likely values, since that is what is bought; cold starts are left out. A
    service that moves to another platform keeps its Compute plan there; here the commitment counts as lost then.

    Returns: Commit - none, the best and all; month by month; what a wrong commitment costs.
    Raises: InputError for what does not go together.
    """
    with problems_together() as problems:
        count = read_count(samples, "samples", LEAST_SAMPLES, MOST_SAMPLES, problems) or SAMPLES
        seeded = read_count(seed, "seed", 0, 2**63 - 1, problems) or 0
        gone = read_number(leave, LEAVE, "leave", problems)
        if plan not in PLANS:
            problems.append(Problem("choice", "plan", shown(plan), ", ".join(PLANS), nearest(str(plan), PLANS)))
        if scenario.book.commitments(scenario.region):
            words = "rates.commitments are used up first, and what is bought beside them is not worked out here"
            problems.append(
                Problem("conflict", "rates.commitments", "given", words, "Leave them out for this question.")
            )
    asked = with_known_errors(scenario).without_cold_starts()
    asked = changed(asked, options=tuple(settle(asked, one) for one in asked.options))
    index = _chosen(asked, option, plan)
    term = MONTHS_PER_YEAR * (3 if "_3y_" in plan else 1)
    demand = _Demand(asked, index, plan, term, count, seeded, Fraction(gone or 0))
    return demand.answer(scenario)


def _chosen(scenario: Scenario, label: str | None, plan: str) -> int:
    """The option that a plan is bought for: the one of such a label, else the cheapest that it covers."""
    labels = [one.label or one.size_label for one in scenario.options]
    if label is not None:
        if label not in labels:
            raise InputError(Problem("choice", "option", shown(label), ", ".join(labels), nearest(label, labels)))
        index = labels.index(label)
        if not _covers(scenario, index, plan):
            raise InputError(Problem("conflict", "option", shown(label), _what_it_takes(scenario, index, plan)))
        return index
    able = [n for n in range(len(labels)) if _covers(scenario, n, plan)]
    results = compare(scenario).options
    able.sort(key=lambda n: (not results[n].feasible, bool(results[n].bill.unknown), results[n].bill.exact_usd or 0))
    if not able:
        words = "; ".join(dict.fromkeys(_what_it_takes(scenario, n, plan) for n in range(len(labels))))
        raise InputError(Problem("conflict", "options", f"{len(labels)} options", words, "Try another plan."))
    return able[0]


def _covers(scenario: Scenario, index: int, plan: str) -> bool:
    one = scenario.options[index]
    if one.is_planned or one.is_provisioned or getattr(one, "purchase", "on_demand") == "spot":
        return False
    _, uses, missing = _month_under(scenario, one, plan)
    return bool(uses) and not missing


def _what_it_takes(scenario: Scenario, index: int, plan: str) -> str:
    one = scenario.options[index]
    missing = _month_under(scenario, one, plan)[2]
    if missing:
        return f"the book {scenario.book.id} has no rate of {missing[0]}"
    return f"an option that is bought on demand, nothing of it kept ready, and that {plan} covers"


def _use(scenario: Scenario, option: Option, plan: str) -> tuple[Any, Any]:
    """What a plan would cover of an option, hour by hour, and the hours of the week by kind."""
    return _month_under(scenario, option, plan)[:2]


def _month_under(scenario: Scenario, option: Option, plan: str) -> tuple[Any, Any, list[str]]:
    given = (scenario.workload, scenario.book, scenario.hours_per_month)
    fleet = option.fleet(*given)
    compute = option.compute(fleet, scenario.workload, scenario.book, scenario.region, scenario.hours_per_month)
    hours = option.by_hour(fleet, scenario.workload)
    return covered(month_of(scenario, [InHours(one, hours) for one in compute]), plan)


def _weak_rates(uses: Sequence[CoveredUse], scenario: Scenario) -> tuple[str, ...]:
    """The rates that rest on less than a published price, each with its date and why."""
    rates = {(one.service, one.item): scenario.book.price(one.service, one.item, scenario.region) for one in uses}
    return tuple(
        f"{service} {item}: the rate of {rate.as_of} is {QUALITY_WORDS[rate.quality]}"
        for (service, item), rate in rates.items()
        if rate is not None and rate.quality in QUALITY_WORDS
    )


class _Demand:
    """What a plan would cover in each hour of each month of each sample, and what options cost on demand."""

    def __init__(
        self, scenario: Scenario, index: int, plan: str, months: int, count: int, seed: int, leave: Fraction
    ) -> None:
        self.index, self.plan, self.months, self.seed, self.leave = index, plan, months, seed, leave
        self.drawn = draw(scenario, count, seed)
        self.scenario = scenario
        fits = ~SampledBills(scenario, self._without_growth(self.drawn), np.arange(count)).misfits()
        if not fits.any():
            raise InputError(Problem("conflict", "ranges", f"{count:,} samples", "ranges of which some fit together"))
        self.fitting = np.flatnonzero(fits)
        lattice_of = self.drawn.lattice_of[self.fitting]
        self.figures = Figures(lattice_of)
        self.points = self._points()
        self.bills = SampledBills(scenario, self.points, np.arange(len(self.points)))
        self.stays = self._stays(lattice_of)

    @staticmethod
    def _without_growth(drawn: Samples) -> Samples:
        kept = [n for n, one in enumerate(drawn.numbers) if one.path != GROWTH]
        return Samples(tuple(drawn.numbers[n] for n in kept), drawn.columns[kept], drawn.lattice_of)

    def _points(self) -> Samples:
        """A sample for each month: requests grown, everything else as drawn."""
        drawn, scenario = self.drawn, self.scenario
        paths = [one.path for one in drawn.numbers]
        columns = drawn.columns[:, self.fitting]
        likely = Fraction(scenario.workload.requests_per_month)
        requests = columns[paths.index(REQUESTS)] if REQUESTS in paths else np.full(len(self.fitting), float(likely))
        growth: Any = 0 if scenario.growth is None else float(scenario.growth.percent_per_month)
        if GROWTH in paths:
            growth = columns[paths.index(GROWTH)]
        months = np.arange(self.months)[None, :]
        grown = np.rint(requests[:, None] * (1 + np.broadcast_to(growth, requests.shape)[:, None] / 100) ** months)
        grown = np.minimum(grown, float(rules(Workload)["requests_per_month"].high or 0))
        rest = [n for n, path in enumerate(paths) if path not in (REQUESTS, GROWTH)]
        one = UncertainNumber(REQUESTS, Range(likely, likely, likely), whole=True)
        rows = [np.repeat(columns[n], self.months) for n in rest]
        kept = drawn.lattice_of[self.fitting]
        return Samples(
            (*(drawn.numbers[n] for n in rest), one), np.array([*rows, grown.ravel()]), np.repeat(kept, self.months)
        )

    def _stays(self, lattice_of: np.ndarray) -> np.ndarray:
        """Whether the service is there, by sample and month: chances of a lattice are spread evenly."""
        rng = np.random.default_rng([self.seed, 1])
        chance = np.empty(len(lattice_of))
        for group in self.figures.groups:
            chance[group] = (rng.permutation(len(group)) + rng.random(len(group))) / len(group)
        leave = float(self.leave)
        last = np.where(chance < leave, np.floor(chance / (leave or 1) * self.months), self.months)
        return np.arange(self.months)[None, :] < last[:, None]

    @functools.cached_property
    def use(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Plan dollars asked for by point, kind of hour and item; their worth on demand; hours of a month by kind."""
        option = self.scenario.options[self.index]
        count = len(self.points)
        # without what varies: items, rates and hours of the week are the same everywhere
        parts = [self._covered(np.arange(start, min(start + 4096, count)), option) for start in range(0, count, 4096)]
        kinds = max(asked.shape[1] for asked, _, _ in parts)
        asked, hours = (np.concatenate([_padded(part[place], kinds) for part in parts]) for place in (0, 2))
        return asked, parts[0][1], hours * float(self.scenario.hours_per_month) / HOURS_PER_WEEK

    def _covered(self, points: np.ndarray, option: Option) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        week, uses = _use(self.bills.over(points), option, self.plan)
        kinds, count = len(week), len(points)
        asked = np.empty((count, kinds, len(uses)))
        for place, one in enumerate(uses):
            asked[..., place] = np.asarray(one.each, dtype=float) * float(one.plan_usd)
        hours = np.broadcast_to(np.asarray(week, dtype=float), (count, kinds)).copy()
        worth = np.array([float(one.listed_usd / one.plan_usd) for one in uses])
        for place in np.flatnonzero(np.isnan(asked).any(axis=(1, 2))).tolist():  # floats do not decide a step
            exactly, there = _use(self.bills.at(int(points[place])), option, self.plan)
            if len(exactly) > asked.shape[1]:
                asked, hours = _padded(asked, len(exactly)), _padded(hours, len(exactly))
            asked[place], hours[place] = 0, 0
            hours[place, : len(exactly)] = np.asarray(exactly, dtype=float)
            for item, one in enumerate(there):
                asked[place, : len(exactly), item] = np.asarray(one.each, dtype=float) * float(one.plan_usd)
        return asked, worth, hours

    def answer(self, scenario: Scenario) -> Commit:
        """The commitments and what they cost."""
        shape = (len(self.fitting), self.months)
        cost, lost = self.bills.costs()
        listed = np.where(lost, np.inf, cost).reshape(len(cost), *shape)
        own = np.where(np.isfinite(cost[self.index]), cost[self.index], np.nan).reshape(shape)
        if np.isnan(own).all():
            words = "an option that breaks no limit in some sample, and all of whose prices are known"
            raise InputError(Problem("conflict", "option", self._label, words))
        asked, worth, hours = self.use
        there = self.stays.ravel()[:, None]
        best = best_commitment(asked * there[..., None], worth, hours)
        likely, uses = _use(
            changed(self.scenario, ranges=(), correlations=()), self.scenario.options[self.index], self.plan
        )
        every = sum((np.asarray(one.each, dtype=object) * one.plan_usd for one in uses), np.zeros(len(likely), object))
        amounts = {NONE: Fraction(0), BEST: self._sold(best), ALL: -(-max(every) // GRAIN) * GRAIN}
        others = np.delete(listed, self.index, axis=0)
        rival = others.min(axis=0) if len(others) else np.full(shape, np.inf)
        paid = {name: self._paid(usd, own) for name, usd in amounts.items()}
        levels = tuple(self._level(name, amounts[name], paid[name], own, rival) for name in LEVELS)
        with_best, without = paid[BEST][0], paid[NONE][0]
        figures, count = self.figures, len(self.fitting)
        dearer = np.where(self.stays, rival < with_best - 1e-9, with_best > 1e-9)
        bills = tuple(
            MonthsBill(m + 1, self._three(without[:, m]), self._three(with_best[:, m])) for m in range(self.months)
        )
        return Commit(
            scenario=scenario,
            option=self._label,
            plan=self.plan,
            months=self.months,
            samples=len(self.drawn),
            seed=self.seed,
            left_out=len(self.drawn) - count,
            leave=self.leave,
            levels=levels,
            bills=bills,
            other_cheaper=figures.of(lambda ids: float(dearer[ids].mean()), count),
            saving_usd=figures.of(lambda ids: float(np.nanmean((without - with_best)[ids])), count),
            warnings=_weak_rates(uses, scenario),
        )

    def _sold(self, usd: Any) -> Fraction:
        """The best commitment as AWS sells it, to a tenth of a cent an hour: the one beside it with the least cost."""
        asked, worth, hours = self.use
        below = Fraction(usd) // GRAIN * GRAIN

        def cost_usd(committed: Fraction) -> float:
            saved = (paid_by(asked, worth, float(committed))[1] * hours).sum(axis=-1)
            return float(committed * self.scenario.hours_per_month) - float((saved * self.stays.ravel()).mean())

        return min((below, below + GRAIN), key=cost_usd)

    @property
    def _label(self) -> str:
        option = self.scenario.options[self.index]
        return option.label or option.size_label

    def _paid(self, usd: Fraction, own: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """By sample and month: the bill, what the plan takes off, and what of the commitment is used. [USD]"""
        asked, worth, hours = self.use
        used, saved = paid_by(asked, worth, float(usd))
        off, taken = ((part * hours).sum(axis=-1).reshape(own.shape) for part in (saved, used))
        fixed = float(usd * self.scenario.hours_per_month)
        bill = np.where(self.stays, own - off, 0) + fixed
        return bill, off, taken

    def _level(
        self,
        name: str,
        usd: Fraction,
        paid: tuple[np.ndarray, np.ndarray, np.ndarray],
        own: np.ndarray,
        rival: np.ndarray,
    ) -> Level:
        bill, off, taken = paid
        stays, count, figures = self.stays, len(self.fitting), self.figures
        asked, worth, hours = self.use
        whole = ((asked * worth).sum(axis=-1) * hours).sum(axis=-1).reshape(own.shape)
        fixed = float(usd * self.scenario.hours_per_month)
        mean_of_term = np.nanmean(bill, axis=1) if not np.isnan(bill).all(axis=1).any() else bill.mean(axis=1)
        regret = np.maximum(bill - np.where(stays, np.minimum(own, rival), 0), 0)

        def covered_share(ids: np.ndarray) -> float:
            could = (whole * stays)[ids].sum()
            return float((off * stays)[ids].sum() / could) if could else 0.0

        def used_share(ids: np.ndarray) -> float:
            return float((taken * stays)[ids].mean() / fixed)

        paid_back = np.cumsum(off.mean(axis=0)) >= fixed * self.months * (1 - 1e-12)
        three = self._three(mean_of_term)
        return Level(
            name=name,
            usd_per_hour=usd,
            mean_usd=figures.of(lambda ids: float(np.nanmean(mean_of_term[ids])), count),
            p10_usd=three[0],
            p50_usd=three[1],
            p90_usd=three[2],
            coverage=figures.of(covered_share, count),
            utilisation=figures.of(used_share, count) if usd else None,
            regret_usd=figures.of(lambda ids: float(np.nanmean(regret[ids])), count),
            break_even_month=int(np.argmax(paid_back)) + 1 if usd and paid_back.any() else None,
        )

    def _three(self, values: np.ndarray) -> tuple[Estimate, Estimate, Estimate]:
        """The 10th, 50th and 90th percentile of something by sample."""

        def at(percent: int) -> Estimate:
            return self.figures.of(lambda ids: float(np.nanpercentile(values[ids], percent)), len(values))

        return at(10), at(50), at(90)


def _padded(values: np.ndarray, kinds: int) -> np.ndarray:
    """With further kinds of hours that no hour is of, on the second axis."""
    more = [(0, kinds - values.shape[1] if axis == 1 else 0) for axis in range(values.ndim)]
    return np.pad(values, more)
