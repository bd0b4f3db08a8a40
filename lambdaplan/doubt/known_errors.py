"""Known errors as ranges: what measurements say of the durations, CPU speed and initialisations of a scenario."""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from fractions import Fraction

import numpy as np

from lambdaplan.coldstart.initialisation import Init, init_ms
from lambdaplan.comparison.month import settle
from lambdaplan.formatting import figure
from lambdaplan.resources import data_table
from lambdaplan.scenario.doubt import MEASURED, UncertainNumber
from lambdaplan.scenario.scenario import GROWTH, Scenario
from lambdaplan.schema.fields import changed
from lambdaplan.schema.ranges import Range
from lambdaplan.workload.duration_accuracy import band, known_sizes

DIGITS = 4  # of a known error
INSIDE = 0.001  # of the way between its bounds that likely is kept off them
RATIO = "workload.lambda_ratio"
INIT = "workload.init_ms"


def with_known_errors(scenario: Scenario) -> Scenario:
    """A scenario whose `risk` is measured with its known errors as ranges; any other as it is.

    A number that has a range of the reader's own keeps that.

    Notes: durations on Lambda at sizes that were not measured are off as measured functions were; a CPU speed that is
    not given is off as much as that of one type of instance was from one load to another; an initialisation that is
    looked up by its runtime lies where the measured ones did. Prices have no range: those of AWS's own lists did not
    move between the books that there are.
    """
    if scenario.risk != MEASURED:
        return scenario
    own = {one.path for one in scenario.ranges}
    known = (_of_durations(scenario), *_of_speeds(scenario), _of_initialisation(scenario))
    added = tuple(one for one in known if one is not None and one.path not in own)
    scenario_with: Scenario = changed(scenario, ranges=(*scenario.ranges, *added))
    return scenario_with


def ranges_of_a_month(scenario: Scenario) -> Scenario:
    """A scenario with what of it is drawn for one month: its ranges and known errors, without that of its growth."""
    drawn: Scenario = with_known_errors(scenario).without_range(GROWTH)
    return drawn


def _of_durations(scenario: Scenario) -> UncertainNumber | None:
    """How far durations are off at the sizes of the functions that were not measured: the widest of the sizes."""
    work = scenario.workload
    functions = (settle(scenario, option) for option in scenario.options if option.starts_cold or option.function_mb)
    chosen = {option.function_mb for option in functions}
    measured_mb = known_sizes(work)
    sizes = sorted(size for size in chosen if size is not None and size not in measured_mb)
    if not sizes:
        return None
    error = band(work, np.array(sizes, dtype=float))
    known = ~np.isnan(error.low)
    if not known.any():
        return None
    widest = int(np.argmax(np.where(known, np.log(error.high / error.low), -1)))
    low, likely, high = (float(ends[widest]) for ends in (error.low, error.middle, error.high))
    functions_measured = int(error.functions[widest])
    away = " and ".join(figure(size) for size in measured_mb)
    return UncertainNumber(
        RATIO,
        _range(low, likely, high),
        source=f"{functions_measured} functions measured near {away} and {sizes[widest]:,} MB (data/durations)",
        title=f"duration on Lambda at {', '.join(f'{size:,}' for size in sizes)} MB over what is worked out",
        given_in="workload.durations",
        unit="ratio",
    )


def _of_speeds(scenario: Scenario) -> list[UncertainNumber]:
    """How far the speed of a vCPU is off that is taken to be the one the workload was measured on."""
    axes = scenario.axes()
    low, high, types = speed_spread()
    paths = [f"options.{index}.cpu_speed" for index in range(len(scenario.options))]
    source = f"{types} types of instance and task, each measured with two loads (data/cpu_speed*.csv)"
    return [
        UncertainNumber(path, _range(low, 1.0, high), source=source, unit="ratio")
        for path in paths
        if path in axes and scenario.value_at(path) == 1
    ]


@functools.cache
def speed_spread() -> tuple[float, float, int]:
    """How far the speed of one type is off from one load to another: 1 in 10 is below, 1 in 10 above.

    Each type was measured with two loads against the same other type. The ratio of the two is taken both ways, as
    neither load is the reader's.

    Returns: the two ends, and how many types there are.
    """
    speeds = defaultdict(list)
    for row in (*data_table("cpu_speed_sparecores.csv"), *data_table("cpu_speed.csv")):
        speeds[row["type"], row["against"]].append(float(row["ratio"]))
    pairs = [(one, other) for one, other in (each for each in speeds.values() if len(each) == 2)]
    ratios = [ratio for one, other in pairs for ratio in (one / other, other / one)]
    low, high = np.percentile(ratios, [10, 90]).tolist()
    return low, high, len(pairs)


def _of_initialisation(scenario: Scenario) -> UncertainNumber | None:
    """Where the initialisations lie that were measured for the runtime, where no time of one's own is given."""
    work = scenario.workload
    if work.init_ms is not None or work.runtime is None:
        return None
    architectures = dict.fromkeys(
        name for option in scenario.options if option.starts_cold for name in option.init_architectures or ()
    )
    measured = [_init(scenario, name) for name in architectures]
    ends = [_percentiles(one) for one in measured if one.low_ms is not None and one.high_ms is not None]
    if not ends:
        return None
    low, likely, high = (float(np.median(each)) for each in zip(*ends, strict=True))
    low, high = min(each[0] for each in ends), max(each[2] for each in ends)
    source = f"{sum(one.samples for one in measured):,} initialisations of {work.runtime} (data/cold_starts.csv)"
    return UncertainNumber(
        INIT, _range(low, likely, high), source=source, title=f"initialisation of {work.runtime}", unit="ms"
    )


def _init(scenario: Scenario, architecture: str) -> Init:
    work = scenario.workload
    size = None if work.package_mb is None else float(work.package_mb)
    packed, sdk = work.package or "zip", bool(work.aws_sdk)
    return init_ms(runtime=work.runtime or "", architecture=architecture, package=packed, code_mb=size, sdk=sdk)


def _percentiles(one: Init) -> tuple[float, float, float]:
    """The 10th, 50th and 90th percentile of what has such a 5th, 50th and 95th: a metalog on the logarithm. [ms]"""
    assert one.low_ms is not None
    assert one.high_ms is not None
    low, middle, high = (math.log(ms) for ms in (one.low_ms, one.init_ms, one.high_ms))
    outer, inner = math.log(19), math.log(9)  # odds of 95 and of 90 in 100
    spread, skew = (high - low) / (2 * outer), (high + low - 2 * middle) / (2 * 0.45 * outer)
    ends = (middle - inner * spread + inner * 0.4 * skew, middle + inner * spread + inner * 0.4 * skew)
    return math.exp(ends[0]), one.init_ms, math.exp(ends[1])


def _range(low: float, likely: float, high: float) -> Range:
    """A range of measured percentiles; a middle that no such distribution has is moved to the nearest that one has."""
    ends = Fraction(f"{low:.{DIGITS}g}"), Fraction(f"{high:.{DIGITS}g}")
    least, most = Range(ends[0], ends[0], ends[1]).likely_bounds
    margin = (most - least) * INSIDE
    middle = min(max(likely, least + margin), most - margin)
    return Range(ends[0], Fraction(f"{middle:.{DIGITS}g}"), ends[1])
