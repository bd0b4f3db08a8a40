"""AWS Lambda Web Functions: a Node.js server in environments that scale to zero, billed by requests, CPU and memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

import numpy as np

from lambdaplan.capacity.fleet import Fleet, count_edges, rps_by_weight, size_fleet, step_edges
from lambdaplan.capacity.fleet_rules import FleetRules
from lambdaplan.capacity.limits import Limit, check
from lambdaplan.capacity.service_level import answer_ms
from lambdaplan.capacity.unit import Unit, carrying
from lambdaplan.coldstart.month import KEEP_ALIVE_S, ColdMonth, cold_month, initialisation_ms
from lambdaplan.errors import Problem
from lambdaplan.numbers import Number, either, larger, on_sweep, smaller, whole_down
from lambdaplan.platforms.option import Option
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, Usage
from lambdaplan.schema.fields import HUGE, changed, number, shown
from lambdaplan.units import HOURS_PER_WEEK, MB_PER_GB, MS_PER_SECOND, SECONDS_PER_DAY, SECONDS_PER_HOUR
from lambdaplan.workload.workload import MB_PER_VCPU, Workload

SERVICE = "lambda_web"
VCPU, MEMORY_GB = Fraction(2), Fraction(2)  # of every environment: there is no other size
ARCHITECTURE = "arm64"
ITEMS = {"requests": "request", "active_cpu": "vCPU-second", "memory": "GB-second"}  # what is billed, and its unit


@dataclass(frozen=True)
class LambdaWebUsage(Usage):
    """What a month of Lambda Web Functions used: requests, CPU time while it computes, memory while environments live.

    References: "Lambda Web Functions" (AWS Lambda Developer Guide) and AWS's skill for them, 2026-10, stored
    copies read 2026-11-29. The rates are on AWS's pricing page, which could not be read: they are the reader's.
    """

    other_names = "web functions, lambda web functions"

    title = "web functions"
    colour = "#d08a3e"

    requests: Number = number("requests", unit="requests", high=HUGE)
    active_cpu_vcpu_s: Number = number("CPU time in use; waiting is free", unit="vCPU-s", high=HUGE)
    memory_gb_s: Number = number("memory of environments, busy or kept", unit="GB-s", high=HUGE)

    @classmethod
    def further_items(cls, book: PriceBook, priced: Collection[str]) -> Iterable[str]:
        """The three rates, which no book has."""
        return ITEMS

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Requests, active CPU and memory."""
        used = (
            ("requests", self.requests, "Web Functions requests"),
            ("active_cpu", self.active_cpu_vcpu_s, "Web Functions active CPU"),
            ("memory", self.memory_gb_s, "Web Functions memory of living environments"),
        )
        return [Charge(SERVICE, item, quantity, label, unit=ITEMS[item]) for item, quantity, label in used]


@dataclass(frozen=True)
class LambdaWeb(Option):
    """Run the service as a Lambda Web Function: many requests in an environment of 2 vCPU and 2 GB, none when idle.

    Environments of an hour are sized for its peak as a fleet's units are (M5, M6), with none kept where nothing comes.
    The first of an hour lives while it serves and `keep_alive_s` after each request: so a share of the hour of at most
    requests a second x (keep-alive + time of a request). The others live for the hour.

    Notes: the share is exact where requests come further apart than the keep-alive, and 1 where they come closer; with
    random arrivals in between it is at most 58 % too much, where one comes per keep-alive.
    """

    kind = "lambda_web"
    platform = "Lambda Web Functions"
    other_names = LambdaWebUsage.other_names
    has_function = True
    starts_cold = True
    cold_axes = ("requests_at_once", "keep_alive_s", "target_utilisation")
    cold_workload_axes = ("working_set_mb", "request_mb", "concurrency_per_process")  # how many requests it has at once
    default_front_door = "none"
    front_doors = ("none",)
    own_door = "requests come in at its own endpoint, which the price of a request covers"
    unit_words = "an environment"
    starts = MappingProxyType({"Lambda Web Functions": {}})
    steady_fields = ("requests_at_once", "keep_alive_s", "target_utilisation")
    colours = ("#8f4d06", "#7a4410", "#85591f", "#994e2b")
    dark_colours = ("#ffb25e", "#f0c08a", "#e6c79c", "#f2a97a")

    requests_at_once: Number = number(
        "requests that an environment takes at once", unit="requests", low=1, high=128, whole=True, default=64
    )
    keep_alive_s: Number = number(
        "idle time that environments survive, an assumption",
        unit="s",
        above=True,
        high=SECONDS_PER_DAY,
        default=KEEP_ALIVE_S,
    )
    target_utilisation: Number = number(
        "share of an environment used at the busiest moment of an hour, an assumption",
        unit="share",
        above=True,
        high=1,
        grain=Fraction(1, 100),
        default=Fraction(3, 5),
    )

    @property
    def size_label(self) -> str:
        """The size in words, for a label."""
        return "Lambda Web Function"

    @property
    def _rules(self) -> FleetRules:
        return FleetRules(min_units=0, survive_zone_loss=False, target_utilisation=self.target_utilisation)

    def _unit(self) -> Unit:
        memory_mb = MEMORY_GB * MB_PER_GB
        return Unit("environment", VCPU, memory_mb, environment_mb=memory_mb, requests_at_once=self.requests_at_once)

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """Nothing stands before it."""
        if self.front_door in (None, "none"):
            return []
        words = "none: a web function has an endpoint of its own"
        return [Problem("choice", f"{path}.front_door", shown(self.front_door), words, f"Leave out {path}.front_door.")]

    def kind_problems(self, path: str, workload: Workload) -> list[Problem]:
        """A web function is called by those who wait for its answer."""
        words = f"a web function answers web requests, and no {workload.kind} calls it"
        return [Problem("conflict", f"{path}.kind", shown(self.kind), words, "Take kind=lambda.")]

    def cold_start_problems(self, path: str, workload: Workload) -> list[Problem]:
        """A runtime that it does not run, or a canary, for which one request an environment is counted."""
        problems, fix = [], f"Leave it out, or leave out {path}."
        if workload.runtime is not None and not workload.runtime.startswith("nodejs"):
            words = "Lambda Web Functions run Node.js alone"
            problems.append(Problem("conflict", "workload.runtime", shown(workload.runtime), words, fix))
        if workload.canary_fraction is not None:
            words = "canaries are not worked out where an environment takes several requests"
            problems.append(
                Problem("conflict", "workload.canary_fraction", shown(workload.canary_fraction), words, fix)
            )
        return problems

    def environment_ms(self, workload: Workload) -> Number:
        """How long a warm request keeps its place in an environment. [ms]"""
        return workload.wall_ms(VCPU)

    @property
    def init_architectures(self) -> Sequence[str]:
        """The processor for which initialisations are looked up."""
        return (ARCHITECTURE,)

    def processors(self, book: PriceBook) -> frozenset[str]:
        """Arm: there is no other."""
        return frozenset({ARCHITECTURE})

    def at_once(self, workload: Workload) -> int:
        """Requests that an environment has at once when it is used as far as it may be; at least one."""
        needs = carrying(self._unit(), workload).at(self.target_utilisation)
        held = self.environment_ms(workload) / MS_PER_SECOND / needs.units_per_rps
        return int(larger(whole_down(held), 1))

    def fleet(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Fleet:
        """Environments hour by hour, the first of an hour for as long as requests keep it."""
        kept_s = self.keep_alive_s  # environments that bursts start live for as long once they are over
        sized = size_fleet(workload, self._unit(), self._rules, hours_per_month, lambda seconds: seconds + kept_s)
        lingering = sized.unit_hours - sized.units_mean * hours_per_month
        wall = sized.wall_ms
        each = rps_by_weight(workload, hours_per_month)
        kept_s = self.keep_alive_s + wall / Fraction(MS_PER_SECOND)
        alive = each * (kept_s[..., None] if on_sweep(kept_s) else kept_s)
        idle = larger(smaller(sized.by_weight, 1) - alive, 0)
        gone = (idle * workload.traffic.hours).sum(axis=-1) / Fraction(HOURS_PER_WEEK)
        units_mean = sized.units_mean - gone
        busy = sized.utilisation_mean * sized.units_mean
        limits = (*sized.limits, *_limits(sized, workload))
        return changed(
            sized,
            unit_hours=units_mean * hours_per_month + lingering,
            units_mean=units_mean,
            utilisation_mean=busy / either(units_mean > 0, units_mean, 1),
            limits=limits,
            bends=tuple(1 - alive[..., place] for place in range(alive.shape[-1])),
            lambda_share=Fraction(1),
            cold=self._cold(workload, hours_per_month, wall),
        )

    def _cold(self, workload: Workload, hours_per_month: Number, wall_ms: Number) -> ColdMonth | None:
        """Its cold starts in a month, where they are counted."""
        if not workload.counts_cold_starts:
            return None
        return cold_month(
            workload,
            hours_per_month,
            wall_ms=wall_ms,
            init_ms=initialisation_ms(workload, ARCHITECTURE),
            keep_alive_s=self.keep_alive_s,
            more_ms=workload.first_run_more_ms(VCPU * MB_PER_VCPU),
            at_once=self.at_once(workload) if workload.models_cold_starts else 1,
        )

    def compute(
        self, fleet: Fleet, workload: Workload, book: PriceBook, region: str, hours_per_month: Number
    ) -> Sequence[Usage]:
        """Requests, the CPU time that they and initialisations take, and the memory of environments while they live.

        Notes: an initialisation is taken to compute for its whole time, on one vCPU.
        """
        cpu_s = workload.attempts_per_month * workload.cpu_per_request_ms / Fraction(MS_PER_SECOND)
        living_s = fleet.unit_hours * SECONDS_PER_HOUR
        if fleet.cold is not None:
            later_s = fleet.cold.starts * fleet.cold.init_ms / Fraction(MS_PER_SECOND)
            cpu_s, living_s = cpu_s + later_s, living_s + later_s
        requests = workload.attempts_per_month
        return [LambdaWebUsage(requests=requests, active_cpu_vcpu_s=cpu_s, memory_gb_s=living_s * MEMORY_GB)]

    def cold_usd(self, fleet: Fleet, book: PriceBook, region: str) -> Number:
        """What its cold starts cost, which may fall as requests grow. [USD]"""
        if fleet.cold is None:
            return 0
        prices = [book.price(SERVICE, item, region) for item in ("active_cpu", "memory")]
        cpu_usd, memory_usd = (Fraction(0) if price is None else price.first_usd for price in prices)
        return fleet.cold.starts * fleet.cold.init_ms / Fraction(MS_PER_SECOND) * (cpu_usd + MEMORY_GB * memory_usd)

    def request_vcpu(self, book: PriceBook) -> Number:
        """The vCPUs of an environment. [vCPU]"""
        return VCPU

    def answer_ms(self, fleet: Fleet, workload: Workload, book: PriceBook, percent: float) -> float | None:
        """A percentile of the answer time: waiting for a place, and its service, or a start. [ms]"""
        if fleet.cold is not None:
            return fleet.cold.answer_ms(fleet.wall_ms, workload, percent)
        return answer_ms(self._unit(), workload, fleet.units_peak, fleet.peak_rps, percent)

    def step_edges(
        self, workload: Workload, book: PriceBook, hours_per_month: Number, low: int, high: int
    ) -> np.ndarray:
        """Request counts at which an hour of the week needs one environment more."""
        return step_edges(workload, self._unit(), self._rules, hours_per_month, low, high)

    def edges_per_request(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Number:
        """About how many step edges there are for each request a month of a range."""
        return count_edges(workload, self._unit(), self._rules, hours_per_month)


def _limits(sized: Fleet, workload: Workload) -> tuple[Limit, ...]:
    """What AWS allows a web function (M11)."""
    longest = larger(sized.wall_ms, workload.longest_ms)
    return (
        check("lambda_web.timeout_s", longest, times=MS_PER_SECOND, words="Web Functions duration", unit="ms"),
        check("lambda_web.requests_per_s", sized.peak_rps),
        check("lambda_web.endpoint_requests_per_s", sized.peak_rps),
        check("lambda_web.vcpu", sized.units_peak * VCPU),
    )
