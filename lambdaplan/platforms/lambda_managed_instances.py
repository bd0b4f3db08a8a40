"""AWS Lambda Managed Instances: a function on EC2 instances of one's own account, many requests in an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.capacity.limits import Limit, check
from lambdaplan.capacity.unit import Unit
from lambdaplan.errors import Problem
from lambdaplan.formatting import decimal_text
from lambdaplan.kept import kept_last
from lambdaplan.numbers import Number, larger
from lambdaplan.platforms.fleet_option import STEADY_OF_FLEETS, purchase_selection
from lambdaplan.platforms.instances import FEE, Ec2Usage, InstanceFleet, ManagementFee, instance_selection, type_unknown
from lambdaplan.platforms.lambda_calls import (
    call_problems,
    gathering_limits,
    invocation_field,
    payload_limits,
    sends_events,
    steps_field,
    steps_usage,
)
from lambdaplan.platforms.lambda_usage import requests_of_event
from lambdaplan.platforms.option import AUTO, Option
from lambdaplan.pricing.plans import PLANS
from lambdaplan.pricing.price_book import InstanceType, PriceBook
from lambdaplan.pricing.usage import Charge, OwnLine, Usage, sum_or_parts
from lambdaplan.schema.fields import HUGE, changed, choice, choices, number, text
from lambdaplan.services.front_door import FRONT_DOORS
from lambdaplan.units import MB_PER_GB, MS_PER_SECOND
from lambdaplan.workload.workload import Workload

TYPES = "a type of size large or larger that is not burstable: Lambda Managed Instances run on no other"
SMALL = ("nano", "micro", "small", "medium")
MOST_AT_ONCE = 1600


def _takes(size: InstanceType) -> bool:
    """Whether Lambda runs on a type: no burstable one, none below large, no bare metal.

    References: "Lambda Managed Instances" (AWS Lambda Developer Guide), Amazon Web Services, stored copy read
    2026-11-23.
    """
    name = size.name.split(".", 1)[-1]
    return size.baseline is None and name not in SMALL and "metal" not in name


def _fee(instance_type: str, instance_hours: Number) -> ManagementFee:
    return ManagementFee("lambda", instance_type, instance_hours, "Lambda Managed Instances fee")


@dataclass(frozen=True)
class _Requests(Usage):
    """Requests to functions on Managed Instances: their time is paid with the instances."""

    requests: Number

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Requests; those that are always free are of Lambda's own compute."""
        return [Charge("lambda", "managed_instances_requests", self.requests, "Lambda requests, Managed Instances")]


@dataclass(frozen=True)
class LambdaManagedInstancesUsage(Usage):
    """What a month of Lambda Managed Instances used: requests, instance-hours, and the fee on their on-demand price.

    References: AWS Lambda pricing, Lambda Managed Instances, Amazon Web Services, as transcribed 2026-09-20: $0.20 per
    million requests, EC2's price for the instances, and a fee of 15 % of their on-demand price.
    """

    other_names = "managed instances, lmi"

    requests: Number = number("requests", unit="requests", high=HUGE)
    instance_type: str | None = text("instance type", max_length=40, default=None)
    instance_hours: Number = number("hours of all instances", unit="h", high=HUGE)
    purchase: str = choice("how it is bought", "on_demand", *PLANS, default="on_demand")
    on_demand_hour_usd: Number = number(
        "on-demand price of an instance-hour, instead of instance_type", unit="USD", high=10**6, default=None
    )
    paid_hour_usd: Number = number(
        "what is paid for an instance-hour, with on_demand_hour_usd", unit="USD", high=10**6, default=None
    )

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge | OwnLine]:
        """Instance-hours, the fee and requests."""
        requests = _Requests(self.requests).charges(book, hours_per_month)
        if self.instance_type is not None:
            bought = Ec2Usage(
                instance_type=self.instance_type, instance_hours=self.instance_hours, purchase=self.purchase
            )
            fee = _fee(self.instance_type, self.instance_hours).charges(book, hours_per_month)
            return [*bought.charges(book, hours_per_month), *fee, *requests]
        paid = OwnLine("EC2 instances", self.instance_hours, "instance-hour", self.paid_hour_usd, "paid_hour_usd")
        listed_usd = self.instance_hours * self.on_demand_hour_usd
        return [paid, Charge("lambda", FEE, listed_usd, "Lambda Managed Instances fee"), *requests]

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """A type on which Lambda runs, or what its hours cost."""
        own = ("on_demand_hour_usd", "paid_hour_usd")
        problems = sum_or_parts(self, path, "instance_type", own)
        if not problems and self.instance_type is not None:
            problems += type_unknown(self.instance_type, path, book)
            problems = problems or LambdaManagedInstances.type_problems(self.instance_type, path, book)
        return problems


@dataclass(frozen=True)
class LambdaManagedInstances(InstanceFleet):
    """Run the service as a function on EC2 instances that Lambda manages.

    An environment takes `requests_at_once`, in `memory_gb`, and stands where another fleet has a process: `processes`
    is the number of environments on an instance. Unless given, an instance holds as many as its memory allows, and at
    most one a whole vCPU, which is the least that an environment has. Nothing starts cold: environments stand.

    References: "Lambda Managed Instances" (AWS Lambda Developer Guide), Amazon Web Services, stored copy read
    2026-11-23: environments of 2 to 32 GB, 1,600 requests at once in one, three instances in as many zones.
    """

    kind = "lambda_managed_instances"
    platform = "Lambda Managed Instances"
    other_names = LambdaManagedInstancesUsage.other_names
    default_front_door = "http_api"
    front_doors = FRONT_DOORS
    can_share = False  # each function has environments of its own, of which one fleet for several does not know
    unit_words = "an instance"
    starts = MappingProxyType({"Lambda Managed Instances": {"instance_type": AUTO}})
    types_in_words = TYPES
    unit_fields = ("memory_gb", "requests_at_once", "reserved_mb", "reserved_vcpu")
    selections = (
        instance_selection("lambda_managed_type", "Lambda Managed type"),
        purchase_selection("lambda_managed_bought", "Lambda Managed", PLANS, "purchases"),
    )
    steady_fields = STEADY_OF_FLEETS
    colours = ("#a33b1f", "#7d2e3f", "#8f5a2a", "#6e4a1e")
    dark_colours = ("#ffb08f", "#f2a8b4", "#e9bf94", "#d9b98c")

    min_units: Number = number("smallest fleet", unit="units", high=10**9, whole=True, default=3)
    zones: Number = number(
        "availability zones the fleet is spread over", unit="zones", low=1, high=16, whole=True, default=3
    )
    purchase: str = choice("how it is bought", "on_demand", *PLANS, default="on_demand")
    purchases: tuple[str, ...] | None = choices(
        "with instance_type auto: ways of buying to choose from; default: purchase alone",
        "on_demand",
        *PLANS,
        default=None,
    )
    memory_gb: Number = number(
        "memory of an execution environment", unit="GB", low=2, high=32, grain=Fraction(1, 1024), default=Fraction(2)
    )
    requests_at_once: Number = number(
        "requests that an environment takes at once; concurrency_per_process unless given, at most 1,600",
        unit="requests",
        low=1,
        high=MOST_AT_ONCE,
        whole=True,
        default=None,
    )
    reserved_mb: Number = number(
        "memory of each instance that environments can't have; AWS's calculator takes 1024",
        unit="MB",
        high=10**6,
        default=Fraction(0),
    )
    reserved_vcpu: Number = number(
        "vCPUs of each instance that environments can't have; AWS's calculator takes 1",
        unit="vCPU",
        high=64,
        default=Fraction(0),
    )
    invocation: str = invocation_field()
    steps_by: str = steps_field()

    @classmethod
    def defaults_of(cls, kind: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Those of any fleet, but for the three instances in three zones that Lambda starts."""
        own = super().defaults_of(kind, document)
        return {name: value for name, value in own.items() if name not in ("min_units", "zones")}

    @property
    def usual_front_door(self) -> str:
        """None for events, else the HTTP API."""
        return "none" if self.is_async else self.default_front_door

    @property
    def is_async(self) -> bool:
        """Whether it is called with events that nobody waits for."""
        return self.invocation == "async"

    @property
    def size_label(self) -> str:
        """The size in words, for a label."""
        return super().size_label + ", asynchronous" * self.is_async

    @classmethod
    def takes(cls, size: InstanceType) -> bool:
        """Whether Lambda runs on a type."""
        return _takes(size)

    @property
    def calls_lambda(self) -> bool:
        """Requests come in as those of any function."""
        return True

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """A type on which Lambda runs, with room for an environment."""
        problems = super().problems(path, book, region) + call_problems(self, path)
        if self.is_mixed:
            words = "Lambda Managed Instances run on demand or under a plan, not on Spot"
            problems.append(self.conflict(path, "spot_fraction", words, "Leave it out."))
        if problems or self.is_choice:
            return problems
        size = book.instance_type(self.instance_type, f"{path}.instance_type")
        if self.reserved_vcpu >= size.vcpu:
            words = f"{size.name} has {decimal_text(size.vcpu)} vCPU"
            problems.append(self.conflict(path, "reserved_vcpu", words))
        if self.memory_gb * MB_PER_GB > size.memory_mb - self.reserved_mb:
            left_gb = decimal_text(larger(size.memory_mb - self.reserved_mb, 0) / MB_PER_GB)
            words = f"{size.name} has {left_gb} GB for environments"
            problems.append(self.conflict(path, "memory_gb", words))
        return problems

    def as_it_comes(self, workload: Workload) -> Workload:
        """The workload as instances get it: once messages have been gathered for a call."""
        return super().as_it_comes(workload.sooner(workload.batch_window_s))

    @kept_last
    def unit(self, book: PriceBook) -> Unit:
        """What one instance has for environments, and how many requests one of them takes."""
        size = book.instance_type(self.instance_type, "instance_type")
        return Unit(
            "instance",
            larger(size.vcpu - self.reserved_vcpu, Fraction(1, 1000)),
            size.memory_mb,
            self.reserved_mb,
            speed=self.cpu_speed,
            environment_mb=self.memory_gb * MB_PER_GB,
            requests_at_once=self.requests_at_once,
            most_at_once=MOST_AT_ONCE,
            given_processes=self.processes,
            headroom=self.headroom,
        )

    def fleet(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Fleet:
        """The fleet of M6, within Lambda's limits for a request."""
        fleet = super().fleet(workload, book, hours_per_month)
        limits = (*fleet.limits, *_limits(self, workload, fleet.wall_ms))
        return changed(fleet, lambda_share=Fraction(1), limits=limits)

    def compute(
        self, fleet: Fleet, workload: Workload, book: PriceBook, region: str, hours_per_month: Number
    ) -> Sequence[Usage]:
        """Instance-hours as they are bought, the fee for the hours that instances run, and requests."""
        bought = self.bought(fleet, workload, book, region, hours_per_month)
        charged = requests_of_event(workload.request_kb) if sends_events(self, workload) else Fraction(1)
        rows = [
            Ec2Usage(instance_type=self.instance_type, instance_hours=hours, purchase=purchase)
            for purchase, hours in bought
        ]
        calls = _Requests(workload.calls_per_month * charged)
        return [*rows, _fee(self.instance_type, fleet.unit_hours), calls, *steps_usage(self.steps_by, workload)]


def _limits(option: Option, workload: Workload, wall_ms: Number) -> tuple[Limit, ...]:
    """What Lambda allows a request: 15 minutes where somebody waits for the answer, 90 for an event (M11).

    References: "Lambda quotas" (AWS Lambda Developer Guide), Amazon Web Services, stored copy: 5,400 s for asynchronous
    calls and event sources on Managed Instances since 2026-09-10.
    """
    longest = larger(workload.called_ms(wall_ms), workload.longest_ms)
    events = option.is_async or workload.waits
    most = "lambda_managed.async_timeout_s" if events else "lambda.timeout_s"
    duration = check(most, longest, times=MS_PER_SECOND, words="Lambda duration", unit="ms")
    return (duration, *payload_limits(option, workload), *gathering_limits(workload))
