"""The cold starts of a Lambda option over its traffic: how often, how long, and what they cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdaplan.capacity import function_ms
from lambdaplan.coldmonths import MOST_IN_FLIGHT
from lambdaplan.comparison import Result, compare
from lambdaplan.crossovers import settle
from lambdaplan.errors import InputError, Problem
from lambdaplan.knots import NODES
from lambdaplan.memory import function_place
from lambdaplan.scenario import Scenario
from lambdaplan.workload import REQUESTS

PERCENTILES = (50, 95, 99, 99.9)
USUAL = (10**4, 10**9)  # requests a month, where a scenario's axis is another number


@dataclass(frozen=True)
class ColdCurve:
    """One Lambda option's cold starts over requests a month, everything else as it is.

    Parameters
    ----------
    scenario : Scenario - with cold starts counted, and this option alone.
    requests : array - requests a month.
    starts : array - cold starts a month.
    fraction : array - share of the requests that are cold.
    environments : array - environments alive, on average.
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
        found = {}
        for percent in PERCENTILES:
            every = here.answer_ms(percent)
            assert every is not None
            found[percent] = (function_ms(here.fleet.wall_ms, work, percent), every)
        return found


def cold_curve(scenario: Scenario, *, option: int | None = None, runtime: str | None = None) -> ColdCurve:
    """Count the cold starts of one Lambda option of a scenario along its traffic.

    Parameters
    ----------
    scenario : Scenario - the service, and the ways to run it.
    option : int - which of its options, from 0; the first Lambda option by default.
    runtime : str - a measured runtime, where the scenario names neither init_ms nor runtime.

    Returns: ColdCurve, over the scenario's axis where that is requests a month, else from 10,000 to a billion, up to
        2,000 requests at once.
    Raises: InputError where there is no such option, or its initialisation is not known.

    Examples
    --------
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
    along = scenario.sweep.over == REQUESTS
    low, high = (int(scenario.sweep.start), int(scenario.sweep.to)) if along else USUAL
    one = compare(alone.at(REQUESTS, 1)).options[0].fleet
    high = min(high, int(MOST_IN_FLIGHT / Fraction(one.in_flight_peak)))
    places = [knot for knot in NODES if max(low, 1) <= knot <= high]
    if not places:
        words = f"at most {MOST_IN_FLIGHT:,} requests at once, here {high:,} a month"
        raise InputError(Problem("range", "sweep.from", str(low), words))
    results = [compare(alone.at(REQUESTS, knot)).options[0] for knot in places]
    rows = []
    for result in results:
        cold = result.fleet.cold
        assert cold is not None
        rows.append((cold.starts, cold.fraction, cold.environments, result.answer_ms(99)))
    starts, fraction, environments, p99_ms = np.array(rows, dtype=np.float64).T
    return ColdCurve(alone, np.array(places, dtype=np.float64), starts, fraction, environments, p99_ms)
