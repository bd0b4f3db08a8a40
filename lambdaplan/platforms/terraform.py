"""What a platform gives for Terraform: the values of its templates, the metrics of its requests, and its alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.formatting import decimal_text
from lambdaplan.units import MS_PER_SECOND

if TYPE_CHECKING:
    from lambdaplan.platforms.fleet_option import FleetOption

FULL_PERCENT = 80  # of CPU, over an hour, at which a fleet is looked at: an assumption
HOUR: dict[str, Any] = {"period_s": 300, "periods": 12, "datapoints": 12}


@dataclass(frozen=True)
class Metric:
    """A metric of CloudWatch; its dimensions are expressions of Terraform, by name."""

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Alarm:
    """A CloudWatch alarm: what is watched, over what time, and from which value on."""

    key: str
    words: str
    metric: Metric
    statistic: str
    threshold: str
    operator: str = "GreaterThanOrEqualToThreshold"
    period_s: int = 300
    periods: int = 1
    datapoints: int = 1


@dataclass(frozen=True)
class Terraform:
    """An option as Terraform writes it, but for its templates, which the platform names.

    Parameters:
    values : mapping - what its templates say, by name.
    alarms : tuple of Alarm - what tells that it fails, or that its capacity is near its end.
    requests, duration : Metric or None - their number, and the time of each; None where nothing counts them.
    durations_per_ms : Fraction - a millisecond in the unit of `duration`.
    """

    values: Mapping[str, Any]
    alarms: tuple[Alarm, ...]
    requests: Metric | None = None
    duration: Metric | None = None
    durations_per_ms: Fraction = Fraction(1)


def fleet_terraform(option: FleetOption, fleet: Fleet, cpu: Metric, values: Mapping[str, Any]) -> Terraform:
    """A fleet as Terraform: its size by the fleet fields, and its load balancer, which counts its requests.

    Without a load balancer of its own a fleet's requests are counted nowhere.

    Parameters:
    cpu : Metric - how busy its units are. [percent]
    values : mapping - what the platform's own template says.
    """
    most = int(-(-Fraction(fleet.units_peak) // 1))
    fixed = option.units is not None or option.scaling == "fixed"
    sized = {
        "zones": int(option.zones),
        "least": most if fixed else min(int(option.min_units), most),
        "most": most,
        "scales": not fixed,
        "target_percent": decimal_text(option.target_utilisation * 100, 2),
        "idle_timeout_s": max(60, int(-(-Fraction(fleet.slowest_ms or fleet.wall_ms) // MS_PER_SECOND))),
    }
    words = f"the fleet is {FULL_PERCENT} % busy for an hour: it was sized for less"
    busy = Alarm("cpu", words, cpu, "Average", str(FULL_PERCENT), **HOUR)
    if option.front_door != "alb":
        return Terraform(sized | dict(values), (busy,))
    door, balancer = "AWS/ApplicationELB", {"LoadBalancer": "aws_lb.door.arn_suffix"}
    ill = Metric(door, "UnHealthyHostCount", {**balancer, "TargetGroup": "aws_lb_target_group.units.arn_suffix"})
    return Terraform(
        values=sized | dict(values),
        alarms=(busy, Alarm("unhealthy", "a unit is not well", ill, "Maximum", "1")),
        requests=Metric(door, "RequestCount", balancer),
        duration=Metric(door, "TargetResponseTime", balancer),
        durations_per_ms=Fraction(1, MS_PER_SECOND),
    )
