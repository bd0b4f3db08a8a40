"""Spread of request times: which one answer times rest on, how well measured percentiles fit, what another changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lambdaplan.comparison.result import billed
from lambdaplan.comparison.waiting_words import flow_words
from lambdaplan.formatting import count, figure, share_text
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.workload.spread import Spread

if TYPE_CHECKING:
    from lambdaplan.comparison.comparison import Comparison

POOR = 0.1  # share that a fitted percentile, or the mean, may be off before a warning says so
MOST_UNITS = 500  # fleets beyond which other spreads are not judged: it takes long, and waits hardly matter there
_AT_P = {"p50_ms": "p50", "p95_ms": "p95", "p99_ms": "p99"}


def spread_words(scenario: Scenario) -> str:
    """Which spread the percentiles of answer times rest on, in a sentence without its full stop."""
    workload = scenario.workload
    spread = workload.spread
    if workload.waits:
        return flow_words(workload)
    if spread.measured is not None:
        given = ", ".join(f"{_AT_P[name]} {figure(ms)} ms" for name, ms in spread.measured.given.items())
        off = max(abs(share) for share in spread.misfits.values())
        fit = "which it meets" if off < 0.005 else f"which it misses by at most {share_text(off)}"
        return (
            f"Answer times follow the {spread.words} distribution (standard deviation {count(spread.cv, 3)} times the "
            f"mean) that was fitted to the measured {given}, {fit}"
        )
    whose = ", an assumption: give workload.percentiles or service_cv" if workload.assumes_spread else ""
    return f"Answer times take the times of requests as {spread.words} (service_cv {figure(spread.cv)}{whose})"


def spread_document(scenario: Scenario) -> dict[str, Any]:
    """The spread as ``--json`` prints it."""
    workload, spread = scenario.workload, scenario.workload.spread
    fit: dict[str, Any] = {}
    if spread.measured is not None and spread.fitted_ms is not None:
        fit = {"fitted_ms": dict(spread.fitted_ms), "misfit": spread.misfits, "mean_ms": spread.mean_ms}
    source = "percentiles" if fit else "assumed" if workload.assumes_spread else "service_cv"
    return {"from": source, "family": spread.words, "service_cv": float(spread.cv), **fit}


def spread_warnings(comparison: Comparison) -> Iterator[str]:
    """Measured percentiles that fit badly, or not with the mean; verdicts that hang on a spread nobody gave."""
    workload = comparison.scenario.workload
    spread = workload.spread
    yield from _fit_warnings(spread, float(workload.duration_ms))
    if workload.slo is None or not workload.assumes_spread:
        return
    if any(result.fleet.units_peak > MOST_UNITS for result in comparison.options if result.option.has_units):
        return
    changes = []
    for cv in (Fraction(1, 2), Fraction(2)):
        words = _changes(comparison, cv)
        changes += [f"with {figure(cv)} {' and '.join(words)}"] if words else []
    if changes:
        yield (
            "answer times assume service_cv = 1 (exponential), and the verdict hangs on it: "
            f"{'; '.join(changes)}. Give workload.percentiles or service_cv"
        )


def _fit_warnings(spread: Spread, duration_ms: float) -> Iterator[str]:
    if spread.measured is None or spread.fitted_ms is None:
        return
    misfits = spread.misfits
    if max(abs(share) for share in misfits.values()) > POOR:
        rows = (
            f"{_AT_P[name]} {count(spread.fitted_ms[name], 3)} ms, measured {figure(spread.measured.given[name])}"
            for name in misfits
        )
        yield (
            f"workload.percentiles: neither a gamma nor a lognormal distribution fits; the nearer, {spread.words}, has "
            f"{'; '.join(rows)}. Answer times are as far off"
        )
    off = duration_ms / spread.mean_ms - 1
    if abs(off) > POOR:
        more = "above" if off > 0 else "below"
        yield (
            f"workload.percentiles go with a mean of {count(spread.mean_ms, 3)} ms, and duration_ms is "
            f"{figure(Fraction(duration_ms))}: answer times follow duration_ms, so they are {share_text(abs(off))} "
            f"{more} those measured. Give all of the same requests"
        )


def _changes(comparison: Comparison, cv: Fraction) -> list[str]:
    """What another spread changes: who holds the answer time, how many units it takes, who is cheapest."""
    here = comparison.scenario
    options = tuple(dataclasses.replace(result.option, label=result.label) for result in comparison.options)
    there = dataclasses.replace(here, options=options).at("workload.service_cv", cv)
    other = type(comparison)(there, tuple(billed(there, option) for option in options))
    words = []
    lost = [label for label in comparison.held_by if label not in other.held_by]
    won = [label for label in other.held_by if label not in comparison.held_by]
    words += [f"{', '.join(lost)} no longer hold{'s' * (len(lost) == 1)} it"] if lost else []
    words += [f"{', '.join(won)} hold{'s' * (len(won) == 1)} it too"] if won else []
    for before, after in zip(comparison.options, other.options, strict=True):
        units = before.fleet.units_peak, after.fleet.units_peak
        if before.option.has_units and before.label not in lost and units[0] != units[1]:
            words.append(f"{before.label} has {figure(units[1])} units at its peak, not {figure(units[0])}")
    if other.winner != comparison.winner:
        words.append(f"{other.winner or 'nobody'} is cheapest")
    return words
