"""Cold-start curve: share, number and cost of cold starts of a Lambda option over its traffic."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdaplan.analysis.memory_size import function_place
from lambdaplan.capacity.service_level import function_ms
from lambdaplan.coldstart.knots import NODES
from lambdaplan.coldstart.month import MOST_IN_FLIGHT, span_words
from lambdaplan.comparison.comparison import compare
from lambdaplan.comparison.month import settle
from lambdaplan.comparison.result import PERCENTILES as USUAL
from lambdaplan.comparison.result import Result
from lambdaplan.comparison.wording import small_share_text
from lambdaplan.currency import in_its_currency
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import a_month, count, decimal_or_none, figure, money, share_text
from lambdaplan.html_table import columns_and_cells, html_table
from lambdaplan.numbers import decades_of, known_values
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import json_text
from lambdaplan.workload.workload import REQUESTS

PERCENTILES = (*USUAL, 99.9)
LINE = "Lambda billed initialisation"


@dataclass(frozen=True, repr=False)
class ColdCurve:
    """One Lambda option's cold starts over requests a month, everything else as it is.

    Parameters:
    scenario : Scenario - with cold starts counted, and this option alone.
    requests : array - requests a month.
    starts : array - cold starts a month.
    fraction : array - share of the requests that are cold.
    environments : array - environments alive, on average; NaN where the scenario gives its share of cold requests.
    p99_ms : array - time in which 99 % of all requests are answered. [ms]
    """

    scenario: Scenario
    requests: NDArray[np.float64]
    starts: NDArray[np.float64]
    fraction: NDArray[np.float64]
    environments: NDArray[np.float64]
    p99_ms: NDArray[np.float64]

    def document(self) -> dict[str, Any]:
        """The curve as `lambdaplan cold --json` prints it: points of the table, and every one in floats."""
        scenario = self.scenario
        columns = ("requests", "starts", "fraction", "environments", "p99_ms")
        answers = self.answers_ms().items()
        return {
            "version": 1,
            "book": scenario.book.origin,
            "scenario": {name: value for name, value in scenario.document().items() if name != "sweep"},
            "option": self.here.label,
            "points": [_point_document(place, self.at(place)) for place in places_of_table(self)],
            "answers_ms": [{"percentile": p, "warm_requests": ms[0], "all_requests": ms[1]} for p, ms in answers],
            "curve": {name: known_values(getattr(self, name)) for name in columns},
        }

    def to_json(self) -> str:
        """The document of :meth:`document` as JSON text."""
        return json_text(self)

    @in_its_currency
    def _repr_html_(self) -> str:
        """How often, how long and what it costs, and the table, as notebooks show them."""
        columns, cells = columns_and_cells(cold_rows(self))
        caption = f"{self.scenario.name}: {cold_finding(self)}. {cost_words(self)}."
        return html_table(columns, cells, caption, styled=True)

    def __repr__(self) -> str:
        return f"ColdCurve({self.scenario.name!r}, {self.here.label!r}: {cold_finding(self)})"

    def at(self, requests: int) -> Result:
        """The option at some requests a month: its fleet, bill and answer times."""
        return compare(self.scenario.at(REQUESTS, requests)).options[0]

    @property
    def here(self) -> Result:
        """The option at the scenario's own requests."""
        return compare(self.scenario).options[0]

    def answers_ms(self) -> Mapping[float, tuple[float, float]]:
        """Percentiles of the answer time at the scenario's requests: of warm ones alone, and of all. [ms]"""
        here, work = self.here, self.scenario.workload
        answers = {}
        for percent in PERCENTILES:
            every = here.answer_ms(percent)
            assert every is not None
            answers[percent] = (function_ms(here.fleet.wall_ms, work, percent), every)
        return answers


def kept_ready(curve: ColdCurve) -> tuple[Result, ...]:
    """Give the function at the scenario's requests with more and more environments kept ready, and with schedules.

    The numbers are none, 1, 2, 5, 10, 20, 50 ... up to three times the requests in flight at the busiest moment and
    five. The schedules are the cheapest one, and the cheapest that leave a half and a tenth of the share of cold
    requests; there are none beyond 2,000 requests at once, where the model ends.

    Returns: tuple of Result; none where provisioned concurrency does not go with the function, there are no
        requests, or the scenario gives its share of cold requests, which says nothing of other schedules.
    Raises: InputError where a price of provisioned concurrency is missing.
    """
    scenario, here = curve.scenario, curve.here
    cold = here.fleet.cold
    assert cold is not None
    if not (scenario.options[0].takes_provisioned and cold.fraction):
        return ()
    if scenario.workload.canary_fraction is not None or scenario.workload.cold_fraction is not None:
        return ()
    most = 3 * float(here.fleet.in_flight_peak) + 5
    numbers = [0, *(n * 10**power for power in range(5) for n in (1, 2, 5) if n * 10**power <= most)]
    some = [compare(_with(scenario, provisioned=number)).options[0] for number in numbers]
    if here.fleet.in_flight_peak > MOST_IN_FLIGHT:
        return tuple(some)
    results = [*some, compare(_with(scenario, provisioned="auto")).options[0]]
    without = results[0].fleet.cold
    share = 0.0 if without is None else float(without.fraction or 0)
    bounds = [float(f"{share / part:.2g}") for part in (2, 10)]
    asked = [_with(scenario, provisioned="auto", max_cold_fraction=bound) for bound in bounds]
    return (*results, *(compare(one).options[0] for one in asked))


def _with(scenario: Scenario, **fields: Any) -> Scenario:
    """The scenario with its function kept ready otherwise."""
    document: Any = scenario.document()
    kept = {k: v for k, v in document["options"][0].items() if k not in ("label", "provisioned", "max_cold_fraction")}
    document["options"] = [{**kept, **fields}]
    return Scenario.from_dict(document)


def cold_curve(scenario: Scenario, *, option: int | None = None, runtime: str | None = None) -> ColdCurve:
    """Count the cold starts of one Lambda option of a scenario along its traffic.

    Parameters:
    scenario : Scenario - the service, and the ways to run it.
    option : int - which of its options, from 0; the first Lambda option by default.
    runtime : str - a measured runtime, where the scenario names neither init_ms nor runtime.

    Returns: ColdCurve, over the scenario's axis where that is requests a month, else from 10,000 to a billion.
    Raises: InputError where there is no such option, or its initialisation is not known.

    Examples:
        >>> work = {"requests_per_month": 10**6, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 180}
        >>> options = [{"kind": "lambda", "memory_mb": 1024}]
        >>> asked = Scenario.from_dict({"version": 1, "name": "API", "workload": work, "options": options})
        >>> curve = cold_curve(asked, runtime="nodejs22.x")
        >>> round(float(curve.here.fleet.cold.fraction), 4)
        0.003
    """
    place = function_place(scenario, option)
    document: Any = scenario.document()
    document["options"] = [document["options"][place]]
    document["sweep"] = {"from": 1, "to": 2}  # the axis is that of NODES
    if not scenario.workload.counts_cold_starts and runtime is not None:
        document["workload"]["runtime"] = runtime
    alone = Scenario.from_dict(document)
    alone = dataclasses.replace(alone, options=(settle(alone, alone.options[0]),))
    if not alone.workload.counts_cold_starts:
        words = "workload.init_ms or workload.runtime, so that cold starts can be counted"
        raise InputError(Problem("missing", "workload.init_ms", "", words, "Try workload.runtime=nodejs22.x."))
    low, high = scenario.sweep.requests
    places = [knot for knot in NODES if max(low, 1) <= knot <= high] or [max(low, 1)]
    results = [compare(alone.at(REQUESTS, knot)).options[0] for knot in places]
    rows = []
    for result in results:
        cold = result.fleet.cold
        assert cold is not None
        rows.append((cold.starts, cold.fraction, cold.environments, result.answer_ms(99)))
    starts, fraction, environments, p99_ms = np.array(rows, dtype=np.float64).T
    return ColdCurve(alone, np.array(places, dtype=np.float64), starts, fraction, environments, p99_ms)


# in words


def cold_finding(curve: ColdCurve) -> str:
    """How often, how long and what it costs at the scenario's requests, in a sentence."""
    here, requests = curve.here, curve.scenario.workload.requests_per_month
    cold = here.fleet.cold
    assert cold is not None
    if cold.fraction is None:
        return "No requests, so no cold starts"
    share = small_share_text(float(cold.fraction))
    often = f"{count(cold.starts)} of {count(requests)} requests a month are cold ({share})"
    return f"{often}; each waits {count(cold.later_ms, 3)} ms more"


@in_its_currency
def cost_words(curve: ColdCurve) -> str:
    """What the cold starts are billed at the scenario's requests."""
    here = curve.here
    usd = init_usd(here)
    if here.cost_usd is None or usd is None:
        return "What they cost is not known: a price is missing"
    share = share_text(usd / here.cost_usd, 2) if here.cost_usd else "0 %"
    return f"Their initialisation is billed {money(usd)} of {money(here.cost_usd)} a month ({share})"


def init_usd(result: Result) -> Fraction | None:
    """What a bill has for initialisation; None where its price is missing. [USD]"""
    lines = [line.exact_usd for line in result.bill.lines if line.item.startswith(LINE)]
    known = [usd for usd in lines if usd is not None]
    return sum(known, Fraction(0)) if len(known) == len(lines) else None


@in_its_currency
def cold_rows(curve: ColdCurve) -> list[dict[str, str]]:
    """Powers of ten of requests a month, and the scenario's own: the figures behind the chart."""
    own, rows = int(curve.scenario.workload.requests_per_month), []
    for place in places_of_table(curve):
        result = curve.at(place)
        cold, usd = result.fleet.cold, init_usd(result)
        assert cold is not None
        rows.append(
            {
                "requests a month": f"{place:,}" + (" (here)" if place == own else ""),
                "cold starts a month": count(cold.starts, 3),
                "share": small_share_text(float(cold.fraction or 0)),
                **({} if cold.environments is None else {"environments": count(cold.environments, 3)}),
                f"initialisation, {a_month()}": "unknown" if usd is None else money(usd),
                "99 % within (ms)": count(Fraction(result.answer_ms(99) or 0), 3),
            }
        )
    return rows


def places_of_table(curve: ColdCurve) -> list[int]:
    """Powers of ten along the curve, and the scenario's own requests. [requests a month]"""
    low, high = curve.requests[0].item(), curve.requests[-1].item()
    own = int(curve.scenario.workload.requests_per_month)
    return sorted({int(tick) for tick in decades_of(low, high) if low <= tick <= high} | ({own} if own else set()))


def _point_document(requests: int, result: Result) -> dict[str, Any]:
    """One point of the table as documents print it."""
    cold = result.fleet.cold
    assert cold is not None
    return {
        "requests_per_month": requests,
        "cold_starts": float(cold.starts),
        "cold_fraction": None if cold.fraction is None else float(cold.fraction),
        "environments": None if cold.environments is None else float(cold.environments),
        "later_ms": float(cold.later_ms),
        "initialisation_usd": decimal_or_none(init_usd(result)),
        "total_usd": result.bill.totals()["total_usd"],
        "p99_ms": result.answer_ms(99),
    }


@in_its_currency
def ready_rows(curve: ColdCurve) -> list[dict[str, str]]:
    """What environments kept ready change at the scenario's requests: numbers of them, then schedules."""
    if curve.scenario.workload.waits:  # nobody waits for an answer, so none is kept ready
        return []
    rows = []
    for result in kept_ready(curve):
        cold, kept = result.fleet.cold, result.fleet.standby
        assert cold is not None
        assert kept is not None
        words = span_words(kept.ready) if any(kept.ready) else "none"
        if result.scenario.options[0].is_scheduled:
            bound = result.scenario.value_at("options.0.max_cold_fraction")
            kind = "the cheapest" if bound is None else f"at most {small_share_text(float(bound))} cold"
            words = f"{kind}: {words}"
        total = result.bill.total_usd
        rows.append(
            {
                "kept ready": words,
                a_month(): "unknown" if total is None else money(total),
                "cold": small_share_text(float(cold.fraction or 0)),
                "in use": "" if kept.used_fraction is None else share_text(kept.used_fraction),
                "run on demand": small_share_text(float(kept.spilled_fraction or 0)),
                "99.9 % within (ms)": count(Fraction(result.answer_ms(99.9) or 0), 3),
            }
        )
    return rows


def answer_rows(curve: ColdCurve) -> list[dict[str, str]]:
    """Answer times at the scenario's requests, of warm requests alone and of all."""
    return [
        {
            "share answered": f"{figure(Fraction(str(percent)), 1)} %",
            "warm requests (ms)": count(Fraction(warm), 3),
            "all requests (ms)": count(Fraction(every), 3),
        }
        for percent, (warm, every) in curve.answers_ms().items()
    ]


def cold_footer(curve: ColdCurve) -> str:
    """What the figures rest on."""
    work = curve.scenario.workload
    cold = curve.here.fleet.cold
    assert cold is not None
    often = work.deployments_per_month
    deployed = f"{figure(often)} deployments a month" if often else "no deployments"
    if often and work.canary_fraction is not None:
        deployed += f", {share_text(work.canary_fraction)} for {figure(work.canary_minutes)} minutes first"
    whose = "the reader's own figure" if work.init_ms is not None else f"measured for {work.runtime}"
    whose += f", and first runs {figure(cold.more_ms, 2)} ms longer" if cold.more_ms else ""
    words = f"Initialisation {figure(cold.init_ms, 2)} ms, {whose}"
    if work.cold_fraction is not None:
        return f"{words}; the share of cold requests is the reader's own, whatever the traffic"
    kept = curve.scenario.value_at("options.0.keep_alive_s")
    spaced = "; requests equally spaced" if work.is_regular else ""
    return f"{words}; environments kept {figure(kept)} s; {deployed}{spaced}"
