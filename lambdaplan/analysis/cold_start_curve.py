"""Cold-start curve: share, number and cost of cold starts of a Lambda option over its traffic."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdaplan.analysis.memory_size import function_place
from lambdaplan.capacity.service_level import function_ms
from lambdaplan.coldstart.knots import NODES
from lambdaplan.coldstart.month import MOST_IN_FLIGHT
from lambdaplan.comparison.comparison import compare
from lambdaplan.comparison.month import settle
from lambdaplan.comparison.result import PERCENTILES as USUAL
from lambdaplan.comparison.result import Result
from lambdaplan.errors import InputError, Problem
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.workload.workload import REQUESTS

PERCENTILES = (*USUAL, 99.9)


@dataclass(frozen=True)
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
