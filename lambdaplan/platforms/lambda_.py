"""AWS Lambda: one environment a request, billed by the millisecond."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from lambdaplan.capacity.fleet import Fleet, base_load
from lambdaplan.capacity.limits import Limit, check, kept_free_words, used
from lambdaplan.capacity.service_level import function_ms
from lambdaplan.coldstart.month import (
    KEEP_ALIVE_S,
    MOST_IN_FLIGHT,
    ColdMonth,
    Week,
    cold_month,
    initialisation_ms,
    lambda_billing,
    standby,
)
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import decimal_text, figure
from lambdaplan.numbers import Number, either, larger
from lambdaplan.platforms.fleet_option import bought_words, purchase_selection
from lambdaplan.platforms.lambda_calls import (
    answer_limits,
    call_problems,
    gathering_limits,
    held_rps,
    invocation_field,
    payload_limits,
    sends_events,
    steps_field,
    steps_usage,
    streamed_answers,
)
from lambdaplan.platforms.lambda_usage import (
    RATE,
    Initialisation,
    LambdaUsage,
    PlannedDuration,
    Provisioned,
    Restored,
    SnapStart,
    billed_ms,
    requests_of_event,
    snapstart_problems,
)
from lambdaplan.platforms.memory_choice import sized_as, tuned, with_room, worth_billing
from lambdaplan.platforms.option import AUTO, Ask, Option, headroom_field, processor_selection
from lambdaplan.platforms.processor import EitherProcessor, architecture_field
from lambdaplan.platforms.provisioned_schedule import (
    MOST_CHOSEN,
    READY_SCHEMA,
    Billed,
    ColdAsk,
    Rates,
    Ready,
    Schedules,
    read_ready,
    ready_at,
)
from lambdaplan.platforms.terraform import Alarm, Metric, Terraform
from lambdaplan.pricing.plans import COMPUTE_PLANS
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Usage
from lambdaplan.schema.fields import changed, choice, flag, number, own, shown
from lambdaplan.schema.reading import part
from lambdaplan.services.front_door import FRONT_DOORS
from lambdaplan.units import HOURS_PER_WEEK, MB_PER_GB, MS_PER_SECOND, SECONDS_PER_DAY, SECONDS_PER_HOUR
from lambdaplan.workload.workload import MB_PER_VCPU, Workload, in_flight

CONCURRENCY = "Lambda concurrent executions"
NEAR_QUOTA = Fraction(4, 5)  # share of a quota at which an alarm tells: an assumption
AT_ONCE = "Lambda environments asked for at once, 1,000 in 10 seconds"


@dataclass(frozen=True)
class Lambda(EitherProcessor, Option):
    """Run the service as an AWS Lambda function."""

    kind = "lambda"
    platform = "Lambda"
    other_names = LambdaUsage.other_names
    has_memory_size = True
    starts_cold = True
    cold_axes = ("memory_mb", "keep_alive_s")
    has_function = True
    default_front_door = "http_api"
    front_doors = FRONT_DOORS
    unit_words = "an execution environment"
    binds = "one request each"
    starts = MappingProxyType({"Lambda": {"memory_mb": AUTO}})
    selections = (processor_selection("lambda", "Lambda"), purchase_selection("lambda_bought", "Lambda", COMPUTE_PLANS))
    terraform_templates = ("lambda",)
    # of memory: time falls with it, GB-seconds grow while as many milliseconds are billed
    steady_fields = ("ephemeral_mb", "memory_mb")
    colours = ("#c2500a", "#8a3a08", "#8a5a00", "#7a2e2e")
    dark_colours = ("#ff9a5c", "#ffc39a", "#e8b94a", "#ff9c9c")

    memory_mb: Number = number(
        "memory of the function; auto is the cheapest that serves",
        unit="MB",
        low=128,
        high=10_240,
        whole=True,
        words=(AUTO,),
    )
    max_duration_ms: Number = number(
        "with memory_mb auto: the longest mean wall time", unit="ms", above=True, high=900_000, default=None
    )
    architecture: str = architecture_field("processor")
    ephemeral_mb: Number = number(
        "ephemeral storage; 512 MB are included", unit="MB", low=512, high=10_240, whole=True, default=512
    )
    purchase: str = choice("how duration is bought", "on_demand", *COMPUTE_PLANS, default="on_demand")
    keep_alive_s: Number = number(
        "idle time that environments survive, where cold starts are counted; 320 unless given",
        unit="s",
        above=True,
        high=SECONDS_PER_DAY,
        default=None,
    )
    vpc: bool = flag("whether the function runs inside a VPC, with NAT gateways to the internet", default=False)
    provisioned: Ready | str | None = own(
        "provisioned concurrency: environments kept ready, as one number, those of each hour of a day or of a week, or "
        "auto, the cheapest schedule for the requests of the scenario",
        read_ready,
        READY_SCHEMA,
        default=None,
    )
    snapstart: Restored | None = part(
        "SnapStart, where cold starts are counted: restores take the place of initialisations", Restored
    )
    max_cold_fraction: Number = number(
        "with provisioned auto: the largest share of requests that may be cold",
        unit="share",
        above=True,
        high=1,
        grain=Fraction(1, 10**6),
        default=None,
    )
    streamed: bool = flag(
        "whether answers are streamed: up to 200 MB; goes with front_door rest_api, function_url or none", default=False
    )
    invocation: str = invocation_field()
    steps_by: str = steps_field()
    headroom: Number = headroom_field()

    @property
    def usual_front_door(self) -> str:
        """None for events, else the HTTP API."""
        return "none" if self.is_async else self.default_front_door

    @property
    def streams(self) -> bool:
        """Whether its answers are streamed."""
        return self.streamed

    @property
    def is_async(self) -> bool:
        """Whether it is called with events that nobody waits for."""
        return self.invocation == "async"

    @property
    def size_label(self) -> str:
        """The size in words, for a label."""
        size = AUTO if self.is_choice else f"{self.memory_mb} MB"
        ready = self.provisioned.words if isinstance(self.provisioned, Ready) else "auto provisioned"
        if self.max_cold_fraction is not None:
            ready += f" for {figure(self.max_cold_fraction * 100, 6)} % cold"
        kept = "" if self.provisioned is None else f", {ready}"
        how = ", streamed" * self.streamed + ", asynchronous" * self.is_async
        return f"Lambda {size}{self.processor_words}{bought_words(self.purchase)}{kept}{how}"

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """What auto may choose goes with auto; provisioned concurrency with a given size, on demand."""
        problems = call_problems(self, path)
        if self.max_duration_ms is not None and not self.is_choice:
            words = f"it goes with memory_mb auto, and that is {self.memory_mb}"
            problems.append(self.conflict(path, "max_duration_ms", words))
        if self.max_cold_fraction is not None and not self.is_scheduled:
            words, fix = "it goes with provisioned auto", f"Set {path}.provisioned=auto."
            problems.append(self.conflict(path, "max_cold_fraction", words, fix))
        if self.provisioned is None:
            return problems
        given = shown(AUTO) if self.is_scheduled else "a number or a list"
        if self.purchase != "on_demand":
            words = f"it goes with purchase on_demand, and that is {self.purchase}"
            problems.append(Problem("conflict", f"{path}.provisioned", given, words))
        if self.is_scheduled and not self._has_rates(book, region):
            words = f"auto needs the prices of provisioned concurrency, and the book lacks one for {region}"
            problems.append(Problem("conflict", f"{path}.provisioned", given, words, "Give a number of environments."))
        return problems

    def cold_start_problems(self, path: str, workload: Workload) -> list[Problem]:
        """What keeps its cold starts from being counted, or from being counted so."""
        problems: list[Problem] = []
        if self.is_scheduled and self.max_cold_fraction is not None and not workload.counts_cold_starts:
            words = "workload.init_ms or workload.runtime, so that cold starts can be counted"
            problems.append(Problem("missing", "workload.init_ms", "", words, "Try workload.runtime=nodejs22.x."))
        if self.max_cold_fraction is not None and workload.cold_fraction is not None:
            words = "a measured share does not say how many cold starts a schedule leaves"
            fix = f"Leave out workload.cold_fraction or {path}.max_cold_fraction."
            problems.append(Problem("conflict", "workload.cold_fraction", shown(workload.cold_fraction), words, fix))
        if self.snapstart is not None:
            field, ready = f"{path}.snapstart", self.is_provisioned
            problems += snapstart_problems(field, workload, is_provisioned=ready, ephemeral_mb=self.ephemeral_mb)
        if self.is_provisioned and workload.canary_fraction is not None:
            words = "canaries are not worked out with provisioned concurrency"
            given = shown(workload.canary_fraction)
            problems.append(Problem("conflict", "workload.canary_fraction", given, words, "Leave out one of the two."))
        return problems

    def environment_ms(self, workload: Workload) -> Number:
        """How long a warm request takes. [ms]"""
        return workload.call_ms(self.memory_mb)

    @property
    def init_architectures(self) -> Sequence[str]:
        """Its processors; none is looked up where snapshots are restored."""
        return () if self.snapstart is not None else [one.architecture for one in self.one_processor_each()]

    def schedule_problems(self, path: str, workload: Workload, hours_per_month: Number) -> list[Problem]:
        """What keeps a schedule from being chosen for a workload."""
        if not self.is_scheduled or self.is_choice:
            return []
        peak_rps = workload.call_rps(hours_per_month) * workload.traffic.peak_of_mean
        busiest = in_flight(peak_rps, workload.call_ms(self.memory_mb))
        bound = self.max_cold_fraction is not None and workload.models_cold_starts
        most = MOST_IN_FLIGHT if bound else MOST_CHOSEN  # beyond, the share of cold requests is not known exactly
        if busiest <= most:
            return []
        words = f"auto is worked out up to {most:,} requests at once, here {int(busiest):,}"
        return [Problem("conflict", f"{path}.provisioned", shown(AUTO), words, "Give a number or a list.")]

    @property
    def is_provisioned(self) -> bool:
        """Whether environments are kept ready."""
        return self.provisioned is not None

    @property
    def is_scheduled(self) -> bool:
        """Whether the schedule of what is kept ready is left to be chosen."""
        return isinstance(self.provisioned, str)

    @property
    def _ready(self) -> Week | None:
        """What stands ready in each hour of the week; None without provisioned concurrency."""
        if self.provisioned is None:
            return None
        if isinstance(self.provisioned, str):
            raise TypeError("the schedule of what is kept ready is still to be chosen")
        return self.provisioned.hours

    @property
    def function_vpc(self) -> bool:
        """Whether the function runs inside a VPC."""
        return self.vpc

    @property
    def function_mb(self) -> int | None:
        """Memory of the function; None where it is left to be chosen. [MB]"""
        return None if self.is_choice else int(self.memory_mb)

    @property
    def takes_provisioned(self) -> bool:
        """Whether environments may be kept ready: on demand, and without snapshots."""
        return self.snapstart is None and self.purchase == "on_demand"

    @property
    def is_choice(self) -> bool:
        """Whether the memory is left to be chosen."""
        return isinstance(self.memory_mb, str)

    def can_start(self, workload: Workload) -> bool:
        """Whether its initialisation is known, where cold starts are counted."""
        if not workload.counts_cold_starts or self.snapstart is not None:
            return True
        try:
            initialisation_ms(workload, self.architecture)
        except InputError:
            return False
        return True

    def has_hours_priced(self, book: PriceBook, region: str) -> bool:
        """Whether there is a price for its duration."""
        item = f"duration/{self.architecture}" + f"/{self.purchase}" * (self.purchase != "on_demand")
        return book.price("lambda", item, region) is not None

    def sizes(self, ask: Ask) -> Sequence[Lambda] | None:
        """The memory sizes worth billing, of those that break no fixed limit."""
        if self.is_choice and (ask.low is None or ask.high is None):
            return None
        sizes = worth_billing(self, ask) if self.is_choice else (self,)
        if not self.is_scheduled:
            return sizes
        each = [(size, size.schedule_problems("options", ask.workload, ask.hours_per_month)) for size in sizes]
        able = [size for size, problems in each if not problems]
        if not able:
            raise InputError(each[0][1])
        return [size._scheduled(ask) for size in able]  # noqa: SLF001  # its own

    def _has_rates(self, book: PriceBook, region: str) -> bool:
        """Whether there are the prices that a schedule is chosen by, for each processor that it may have."""
        return all(Rates.of(book, region, one.architecture, free_tier=False) for one in self.one_processor_each())

    def _scheduled(self, ask: Ask) -> Lambda:
        """The function with the schedule that costs least within the share of cold starts that is allowed."""
        work, hours = ask.workload, ask.hours_per_month
        rates = Rates.of(ask.book, ask.region, self.architecture, free_tier=ask.free_tier)
        assert rates is not None  # a scenario without one is refused
        wall, cold = work.call_ms(self.memory_mb), None
        billed = Billed(billed_ms(wall, ask.book), float(self.memory_mb) / MB_PER_GB, float(self._charged_as(work)))
        if work.models_cold_starts:
            later = initialisation_ms(work, self.architecture) + work.first_run_more_ms(self.memory_mb)
            cold = ColdAsk(later, Fraction(self._kept_s))
        several, most = Schedules(work, hours, wall, billed, rates, cold), self.max_cold_fraction

        def share(week: Week) -> float:
            month = self._cold(work, hours, wall, week)
            exact = None if month is None else month.fraction
            # a share that keeps to the bound exactly does so as a float, and the other way round
            return 0.0 if exact is None or exact <= most else max(float(exact), math.nextafter(float(most), math.inf))

        week = several.cheapest() if most is None else several.within(float(most), share)
        if week is None:
            words = "no schedule was found that keeps so few requests cold"
            given = shown(self.max_cold_fraction)
            raise InputError(Problem("conflict", "options.max_cold_fraction", given, words, "Allow more."))
        return dataclasses.replace(self, provisioned=Ready(week), max_cold_fraction=None)

    @property
    def _kept_s(self) -> Number:
        """Idle time that environments survive. [s]"""
        return KEEP_ALIVE_S if self.keep_alive_s is None else self.keep_alive_s

    def _cold(self, workload: Workload, hours_per_month: Number, wall: Number, ready: Week | None) -> ColdMonth | None:
        """Its cold starts in a month, where they are counted."""
        if not workload.counts_cold_starts:
            return None
        init_ms = None if self.snapstart is None else Fraction(self.snapstart.restore_ms)
        return cold_month(
            workload,
            hours_per_month,
            wall_ms=wall,
            init_ms=initialisation_ms(workload, self.architecture) if init_ms is None else init_ms,
            keep_alive_s=self._kept_s,
            more_ms=workload.first_run_more_ms(self.memory_mb),
            ready=ready,
        )

    def alike_while_steady(self, field: str, fleet: Fleet, workload: Workload, book: PriceBook) -> Sequence[Number]:
        """Billed milliseconds, along its memory."""
        return (fleet.billed_ms,) if field == "memory_mb" else ()

    def request_vcpu(self, book: PriceBook) -> Number:
        """The vCPUs that go with its memory. [vCPU]"""
        return self.memory_mb / Fraction(MB_PER_VCPU)

    @property
    def sizes_vary(self) -> bool:
        """Whether the cheapest memory depends on the number of requests."""
        return self.front_door == "alb" or self.ephemeral_mb > 512

    @property
    def sizes_follow_workload(self) -> bool:
        """The cheapest memory follows from the time of a request."""
        return True

    @property
    def on_demand(self) -> Lambda:
        """The function with nothing kept ready."""
        return dataclasses.replace(self, provisioned=None, max_cold_fraction=None)

    def with_memory(self, memory_mb: Number) -> Lambda:
        """The function with a given memory. [MB]"""
        return dataclasses.replace(self, memory_mb=memory_mb, max_duration_ms=None)

    def with_room(self, workload: Workload, headroom: Number) -> Lambda:
        """The function with as much more memory as columns of a workload need; itself where no memory varies."""
        return with_room(self, workload, headroom)

    def sized_as(self, size: Option, ask: Ask) -> Option | None:
        """With the same memory, where no duration is to be kept to."""
        return self if self.is_choice is self.is_open is self.is_scheduled is False else sized_as(self, size, ask)

    def smallest(self, ask: Ask, door: str) -> Lambda:
        """With the memory that costs least in duration alone, of those that this front door allows."""
        door = "none" if door == "alb" else door  # a load balancer allows longer than Lambda itself
        without = ask.workload.without_cold_starts()  # none are counted of a part
        warm = dataclasses.replace(ask, workload=without, cost=ask.warm)
        sizes = dataclasses.replace(self, front_door=door, ephemeral_mb=512).sizes(warm)
        size = sizes[0] if sizes else self
        return changed(self.with_memory(size.memory_mb), headroom=size.headroom) if self.is_choice else self

    def tuned(self, ask: Ask) -> Mapping[str, Lambda]:
        """The cheapest of its memory sizes, the fastest and the balanced one, where its memory is left to be chosen."""
        return tuned(self, ask) if self.is_choice else {}

    def fleet(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Fleet:
        """Environments: as many as there are requests in flight (M4), within Lambda's limits (M7)."""
        wall = workload.call_ms(self.memory_mb)
        rps = workload.call_rps(hours_per_month)
        peak_rps = rps * workload.traffic.peak_of_mean
        busy, busiest, ready = in_flight(rps, wall), in_flight(peak_rps, wall), self._ready
        stands, units, most, used = None, busy, busiest, Fraction(1)
        if ready is not None:
            stands = standby(workload, hours_per_month, wall_ms=wall, ready=ready)
            units = stands.mean + in_flight(stands.spilled / (SECONDS_PER_HOUR * hours_per_month), wall)
            most, used = larger(larger(busiest, stands.most), units), busy / either(units > 0, units, 1)
        return Fleet(
            unit="execution environment",
            unit_hours=units * hours_per_month,
            units_mean=units,
            units_peak=most,
            in_flight_mean=busy,
            in_flight_peak=busiest,
            unit_rps=MS_PER_SECOND / wall,
            utilisation_mean=used,
            bound_by="slots",
            wall_ms=wall,
            billed_ms=billed_ms(wall, book),
            limits=self.limits(workload, wall, held_rps(workload, rps, peak_rps), book),
            lambda_share=Fraction(1),
            peak_rps=peak_rps,
            cold=self._cold(workload, hours_per_month, wall, ready),
            standby=stands,
        )

    def cold_usd(self, fleet: Fleet, book: PriceBook, region: str) -> Number:
        """The most that its cold starts can cost: every GB-second at the dearest tier. [USD]"""
        price = book.price("lambda", f"duration/{self.architecture}", region)
        if fleet.cold is None or price is None:
            return 0
        billed, restored = fleet.cold.gb_seconds(self.memory_mb, fleet.cold.more_ms), Fraction(0)
        if self.snapstart is not None:
            restore = book.price("lambda", "snapstart_restore", region)
            usd = Fraction(0) if restore is None else restore.first_usd
            restored = fleet.cold.starts * (self.memory_mb / Fraction(MB_PER_GB)) * usd
        elif book.as_of >= lambda_billing("init_billed_since"):
            billed = billed + fleet.cold.gb_seconds(self.memory_mb, fleet.cold.init_ms)
        return billed * max(tier.price_usd for tier in price.tiers) + restored

    def answer_ms(self, fleet: Fleet, workload: Workload, book: PriceBook, percent: float) -> float | None:
        """A percentile of a request's time: of warm ones, and of cold ones where these are counted. [ms]"""
        if fleet.cold is not None:
            return fleet.cold.answer_ms(fleet.wall_ms, workload, percent)
        return function_ms(fleet.wall_ms, workload, percent)

    def wait_s(self, fleet: Fleet, workload: Workload) -> Number | None:
        """The time for which messages are gathered; a call itself waits for nothing. [s]"""
        return workload.batch_window_s if workload.waits else None

    def billed(self, workload: Workload, book: PriceBook) -> Number:
        """The billed duration of a request. [ms]"""
        return billed_ms(workload.call_ms(self.memory_mb), book)

    def limits(self, workload: Workload, wall: Number, peak_rps: Number, book: PriceBook) -> tuple[Limit, ...]:
        """Lambda's own limits, at a peak of so many requests per second (M11).

        Notes: the peak within an hour may come at once, and so does a burst of its own; then the environments above the
        hour's mean, or above those of the quietest hour, are asked for in one moment, and Lambda adds 1,000 in 10
        seconds. Requests a second are no quota of their own: they rise with that of concurrent executions, so that is
        what to ask for.
        """
        busiest, need_mb = in_flight(peak_rps, wall), workload.working_set_mb + workload.request_mb
        ready, base = self._ready, busiest * (1 - workload.traffic.sudden)
        claimed = busiest if ready is None else larger(busiest, max(ready))
        at_once = larger(busiest - (base if ready is None else larger(base, ready_at(ready, workload))), 0)
        sudden = changed(check("lambda.scaling_10s", at_once, words=AT_ONCE), advisory=True)
        first = wall + workload.first_run_more_ms(self.memory_mb)
        longest = larger(larger(wall, first), workload.longest_ms)
        memory = f"Lambda memory for the working set and one request{kept_free_words(self.headroom)}"
        return (
            check("lambda.timeout_s", longest, times=MS_PER_SECOND, words="Lambda duration", unit="ms"),
            Limit(memory, need_mb, self.memory_mb * (1 - self.headroom), "MB", False, "the scenario"),
            *payload_limits(self, workload),
            check("lambda.concurrency", claimed, words=CONCURRENCY),
            check("lambda.concurrency", peak_rps / used()["lambda.requests_per_s"].value, words=RATE),
            *answer_limits(workload, wall),
            *(gathering_limits(workload) if workload.waits else (sudden,)),
        )

    def _snapshots(self, fleet: Fleet, workload: Workload, hours_per_month: Number) -> SnapStart | None:
        """Snapshots kept for the month, and restored at each cold start; None where they are free of charge."""
        if self.snapstart is None or fleet.cold is None or (workload.runtime or "").startswith("java"):
            return None
        return SnapStart(
            memory_mb=self.memory_mb,
            versions=self.snapstart.versions,
            active_seconds=hours_per_month * SECONDS_PER_HOUR,
            restores=fleet.cold.starts,
        )

    def _charged_as(self, workload: Workload) -> Number:
        """How many requests each is charged as."""
        return requests_of_event(workload.request_kb) if sends_events(self, workload) else Fraction(1)

    def compute(
        self, fleet: Fleet, workload: Workload, book: PriceBook, region: str, hours_per_month: Number
    ) -> Sequence[Usage]:
        """The month's Lambda usage; a savings plan covers the base of the load."""
        kept, provisioned = fleet.standby, None
        if kept is not None:
            provisioned = Provisioned(
                concurrency=kept.mean,
                hours=hours_per_month,
                memory_mb=self.memory_mb,
                duration_ms=fleet.wall_ms,
                requests=kept.served,
            )
        used = LambdaUsage(
            architecture=self.architecture,
            requests=workload.calls_per_month if kept is None else kept.spilled,
            duration_ms=fleet.wall_ms,
            memory_mb=self.memory_mb,
            ephemeral_mb=self.ephemeral_mb,
            provisioned=provisioned,
            snapstart=self._snapshots(fleet, workload, hours_per_month),
            streamed=streamed_answers(workload) if self.streamed else None,
            charged_as=self._charged_as(workload),
        )
        beside: list[Usage] = steps_usage(self.steps_by, workload)
        if fleet.cold is not None:
            beside = [
                Initialisation(self.architecture, fleet.cold, self.memory_mb, self.snapstart is not None),
                *beside,
            ]
        if self.purchase == "on_demand":
            return [used, *beside]
        plan = book.price("lambda", f"duration/{self.architecture}/{self.purchase}", region)
        listed = book.price("lambda", f"duration/{self.architecture}", region)
        paid = covered = used.on_demand_gb_seconds(book)
        if plan is not None and listed is not None:
            traffic = workload.traffic
            place = base_load(traffic.weights, traffic.hours, plan.first_usd / listed.first_usd)
            base = 0 if place is None else int(traffic.weights[place])
            reached = sum(
                min(weight, base) * hours for weight, hours in zip(traffic.weights, traffic.hours, strict=True)
            )
            paid = paid * (base / traffic.mean_weight)
            covered = covered * (reached / (traffic.mean_weight * HOURS_PER_WEEK))
        return [
            dataclasses.replace(used, planned=covered),
            PlannedDuration(self.architecture, self.purchase, paid),
            *beside,
        ]

    def terraform(self, fleet: Fleet, workload: Workload, book: PriceBook) -> Terraform:
        """The function, its alias, and what is kept ready."""
        longest_ms = fleet.wall_ms + workload.first_run_more_ms(self.memory_mb)
        timeout_ms = workload.timeout_ms if workload.timeout_ms is not None else 10 * longest_ms
        ready = self.provisioned.terraform() if isinstance(self.provisioned, Ready) else {"ready": None, "changes": []}
        values = {
            "memory_mb": int(self.memory_mb),
            "architecture": self.architecture,
            "ephemeral_mb": int(self.ephemeral_mb),
            "timeout_given": workload.timeout_ms is not None,
            "first_run": "" if workload.first_run_ms is None else " of a first run",
            "timeout_s": min(max(-(-timeout_ms // MS_PER_SECOND), 1), 900),
            "runtime": workload.runtime,
            "vpc": self.vpc,
            "snapstart": self.snapstart is not None,
            **ready,
        }
        quota = Fraction(next(limit.allowed for limit in fleet.limits if limit.limit == CONCURRENCY))
        near = decimal_text(quota * NEAR_QUOTA)
        several = f"{near} of the {decimal_text(quota)} executions that a new account may have at once"
        alarms = (
            Alarm("throttles", "requests were turned away", _metric("Throttles"), "Sum", "1"),
            Alarm("errors", "requests failed", _metric("Errors"), "Sum", "1"),
            Alarm("concurrency", several, Metric("AWS/Lambda", "ConcurrentExecutions"), "Maximum", near),
        )
        return Terraform(values, alarms, requests=_metric("Invocations"), duration=_metric("Duration"))


def _metric(name: str) -> Metric:
    """A metric of the function."""
    return Metric("AWS/Lambda", name, {"FunctionName": "aws_lambda_function.function.function_name"})
