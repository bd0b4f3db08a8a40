"""Workload: requests a month, duration, CPU time, memory and traffic."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.formatting import decimal_text
from lambdaplan.numbers import Number, either, larger, on_sweep, smaller
from lambdaplan.schema.fields import changed, choice, flag, number, own, schema, text
from lambdaplan.schema.reading import part
from lambdaplan.units import MS_PER_SECOND, SECONDS_PER_HOUR
from lambdaplan.workload.durations import DURATIONS_SCHEMA, Measured, read_durations
from lambdaplan.workload.retries import Retries
from lambdaplan.workload.spread import Percentiles, Spread, read_percentiles
from lambdaplan.workload.traffic import Traffic
from lambdaplan.workload.traffic_reading import TRAFFIC_SCHEMA, read_traffic

REQUESTS = "workload.requests_per_month"
"""Path of the traffic in a scenario: the usual axis."""
DURATION = "workload.duration_ms"

MB_PER_VCPU = 1769
"""Lambda memory that comes with the time of one vCPU. [MB]

References: AWS Lambda Developer Guide, "Configure Lambda function memory", Amazon Web Services,
read 2026-11-23: at 1,769 MB a function has the equivalent of one vCPU.
"""


@dataclass(frozen=True)
class Slo:
    """An answer time to hold at the busiest moment of each hour."""

    percentile: Number = number(
        "share of the requests that are answered in time",
        unit="percent",
        low=50,
        high=Fraction("99.9"),
        grain=Fraction(1, 10),
    )
    response_ms: Number = number("answer time", unit="ms", above=True, high=604_800_000)


REGULAR = "regular"
ARRIVALS = ("random", REGULAR)
"""How requests may come."""

SERVICE, QUEUE, JOB = KINDS = ("service", "queue", "job")
"""What a workload may be: answers that somebody waits for, messages of a queue, or runs of a job."""

MOST_WAIT_S = 1_209_600
"""The longest that a message may stay in a queue: 14 days. [s]

References: "Amazon SQS message quotas" (Amazon SQS Developer Guide), Amazon Web Services: retention up to 14 days.
"""

WAITING_FIELDS = (
    "max_wait_s",
    "batch_size",
    "batch_window_s",
    "call_overhead_ms",
    "retry_fraction",
    "visibility_timeout_s",
    "steps",
)
"""The fields of a workload that are about work that may wait alone."""

COLD_FIELDS = (
    "init_ms",
    "runtime",
    "package_mb",
    "package",
    "aws_sdk",
    "first_run_ms",
    "deployments_per_month",
    "canary_fraction",
    "canary_minutes",
    "cold_fraction",
)
"""The fields of a workload that are about cold starts alone."""


@dataclass(frozen=True)
class Workload:
    """What must be served. `duration_ms` is measured on Lambda with `measured_memory_mb`."""

    requests_per_month: Number = number(
        "requests a month; with a trace it may be left out, and is the trace's own level",
        unit="requests a month",
        high=10**15,
        whole=True,
    )
    duration_ms: Number = number(
        "mean wall time of a warm request on Lambda with measured_memory_mb", unit="ms", above=True, high=604_800_000
    )
    measured_memory_mb: Number = number(
        "Lambda memory with which duration_ms was measured; 1769 is one vCPU, so of a duration measured on a task or "
        "an instance give 1769 x its vCPU (at most 10240: vCPU beyond cpu_threads change nothing)",
        unit="MB",
        low=128,
        high=10_240,
        default=None,
    )
    busy_share: Number = number(
        "share of the wall time spent computing: 0.05 waits, 0.3 mixed, 1 computes",
        unit="share",
        high=1,
        grain=Fraction(1, 1000),
        default=None,
    )
    cpu_ms: Number = number(
        "CPU time of one request, instead of busy_share; of a load test 1000 x vCPU of the box / the requests a second "
        "at which its CPU is full",
        unit="ms",
        high=10**12,
        default=None,
    )
    cpu_threads: Number = number(
        "vCPUs that one request can use at once", unit="vCPU", low=1, high=256, default=Fraction(1)
    )
    working_set_mb: Number = number(
        "memory the application needs with nothing to do; start from Lambda's Max Memory Used",
        unit="MB",
        above=True,
        high=10**9,
    )
    request_mb: Number = number("extra memory of each request in flight", unit="MB", high=10**9, default=Fraction(0))
    concurrency_per_process: Number = number(
        "requests one process can have in flight; 1 for a blocking server",
        unit="requests",
        low=1,
        high=10**9,
        default=Fraction(1000),
    )
    request_kb: Number = number("size of a request on the wire", unit="KB", high=10**9, default=Fraction(1))
    response_kb: Number = number("size of a response on the wire", unit="KB", high=10**9, default=Fraction(4))
    requests_per_connection: Number = number(
        "requests sent over one connection", unit="requests", low=1, high=10**9, default=Fraction(1)
    )
    inbound_kb: Number = number(
        "data one request fetches from outside, which NAT gateways process: answers of others",
        unit="KB",
        high=10**9,
        default=None,
    )
    outbound_kb: Number = number(
        "data one request sends to the internet beside its answer", unit="KB", high=10**9, default=Fraction(0)
    )
    log_kb: Number = number("logs that one request writes", unit="KB", high=10**6, default=None)
    log_retention_days: Number = number(
        "days for which logs are kept", unit="days", low=1, high=3653, default=Fraction(30)
    )
    timeout_ms: Number = number(
        "longest time a request may take; platform and front door must allow it",
        unit="ms",
        above=True,
        high=604_800_000,
        default=None,
    )
    service_cv: Number = number(
        "standard deviation over mean of a request's wall time; 1 is exponential, 0 constant",
        unit="ratio",
        high=20,
        grain=Fraction(1, 100),
        default=Fraction(1),
    )
    percentiles: Percentiles | None = own(
        "measured times of warm requests, on the memory of duration_ms, instead of service_cv",
        read_percentiles,
        schema(Percentiles),
        default=None,
    )
    fitted: Spread | None = dataclasses.field(default=None, kw_only=True, metadata={"inner": True})  # to percentiles
    lambda_ratio: Number = dataclasses.field(default=1, kw_only=True, metadata={"inner": True})
    """Measured over worked-out duration at memory sizes of Lambda that were not measured: 1 unless risk draws it."""
    slo: Slo | None = part(
        "answer time to hold at the busiest moment of each hour; it sizes fleets instead of target_utilisation", Slo
    )
    retries: Retries | None = part(
        "who tries again what failed, and how often; beside retry_fraction it can't be", Retries
    )
    durations: tuple[Measured, ...] = own(
        "durations measured on Lambda at some memory sizes; between two of them linear in 1 / memory_mb",
        read_durations,
        DURATIONS_SCHEMA,
        default=(),
    )
    init_ms: Number = number(
        "initialisation of one environment, your own figure; with it or runtime cold starts are counted",
        unit="ms",
        high=900_000,
        default=None,
    )
    runtime: str | None = text(
        "runtime whose measured initialisation is used where init_ms is not given, such as nodejs22.x",
        max_length=40,
        default=None,
    )
    package_mb: Number = number(
        "code that a Node.js function loads at its start; goes with runtime",
        unit="MB",
        above=True,
        high=250,
        default=None,
    )
    package: str | None = choice(
        "how a function of that runtime is packed, zip unless given; goes with runtime", "zip", "image", default=None
    )
    aws_sdk: bool | None = flag("whether it imports the AWS SDK, no unless given; goes with runtime", default=None)
    first_run_ms: Number = number(
        "mean time of the first run of a new environment, where it is longer; on the memory of duration_ms, and goes "
        "with init_ms or runtime",
        unit="ms",
        high=900_000,
        default=None,
    )
    deployments_per_month: Number = number(
        "deployments, each of which makes every environment cold; none unless given; goes with init_ms or runtime",
        unit="deployments",
        high=100_000,
        default=None,
    )
    canary_fraction: Number = number(
        "share of the requests that the new version gets at first in a deployment; goes with canary_minutes",
        unit="share",
        above=True,
        high=1,
        grain=Fraction(1, 100),
        default=None,
    )
    canary_minutes: Number = number(
        "for how long the new version gets that share, before it gets all requests; goes with deployments_per_month",
        unit="min",
        above=True,
        high=10_080,
        default=None,
    )
    arrivals: str = choice(
        "how requests come: at random, or equally spaced at each hour's rate, as from a schedule, a poller or a warmer",
        *ARRIVALS,
        default="random",
    )
    cold_fraction: Number = number(
        "your own measured share of cold requests, instead of the model; goes with init_ms or runtime",
        unit="share",
        high=1,
        grain=Fraction(1, 10**5),
        default=None,
    )
    kind: str = choice(
        "service: requests that somebody waits for; queue: messages that may wait up to max_wait_s; job: runs that "
        "each start a task, a function or an instance",
        *KINDS,
        default=SERVICE,
    )
    max_wait_s: Number = number(
        "longest time until work on a message, or a run, begins; of a queue it sizes fleets",
        unit="s",
        high=MOST_WAIT_S,
        default=None,
    )
    batch_size: Number = number(
        "messages that one call of a function takes; batches are taken to be full",
        unit="messages",
        low=1,
        high=10_000,
        whole=True,
        default=1,
    )
    batch_window_s: Number = number(
        "longest time for which messages are gathered before a function is called",
        unit="s",
        high=300,
        default=Fraction(0),
    )
    call_overhead_ms: Number = number(
        "time of each call of a function beside that of its messages", unit="ms", high=900_000, default=Fraction(0)
    )
    retry_fraction: Number = number(
        "further attempts for each message or run, as a share: 0.1 is one attempt more for ten; each is billed as the "
        "first one is",
        unit="share",
        high=1,
        grain=Fraction(1, 1000),
        default=Fraction(0),
    )
    visibility_timeout_s: Number = number(
        "time for which a message that is worked on stays hidden; work that takes longer is done twice",
        unit="s",
        above=True,
        high=43_200,
        default=None,
    )
    steps: Number = number(
        "parts of a run, alike long, that functions work on one after another; of a job",
        unit="steps",
        low=1,
        high=10_000,
        whole=True,
        default=1,
    )
    traffic: Traffic = own(
        "the shape of demand over a week: a named shape, 168 hourly weights from Monday 00:00, or a trace",
        read_traffic,
        TRAFFIC_SCHEMA,
        default=Traffic(),
    )
    surfaces: Any = dataclasses.field(default=None, compare=False, repr=False, kw_only=True)
    """What cold starts of many samples are read from, in place of counting each month; None elsewhere."""

    @property
    def fetched_kb(self) -> Number:
        """What one request fetches from outside; 0 where it is not given. [KB]"""
        return Fraction(0) if self.inbound_kb is None else self.inbound_kb

    @property
    def waits(self) -> bool:
        """Whether nobody waits for an answer: messages of a queue, or runs of a job."""
        return self.kind != SERVICE

    @property
    def idle_fields(self) -> tuple[str, ...]:
        """The fields that say nothing of a workload of its kind: those of work that may wait, where somebody waits."""
        return () if self.waits else ("kind", *WAITING_FIELDS)

    @property
    def noun(self) -> str:
        """What its requests are called."""
        return {SERVICE: "requests", QUEUE: "messages", JOB: "runs"}[self.kind]

    @property
    def drains(self) -> bool:
        """Whether fleets are sized by the longest wait: of a queue, and of a job that gives one."""
        return self.waits and (on_sweep(self.max_wait_s) or self.max_wait_s is not None)

    @property
    def is_job(self) -> bool:
        """Whether its requests are runs of a job."""
        return self.kind == JOB

    @property
    def attempts_per_month(self) -> Number:
        """Requests a month with further attempts at those that failed, and what comes twice."""
        if self.retries is not None:
            return self.requests_per_month * self.retries.attempts_each
        if not (on_sweep(self.retry_fraction) or self.retry_fraction):
            return self.requests_per_month
        return self.requests_per_month * (1 + self.retry_fraction)

    @property
    def asked_per_month(self) -> Number:
        """Requests a month that come through a front door: attempts, unless Lambda makes them behind it."""
        retries = self.retries
        return self.attempts_per_month if retries is None or retries.passes_the_door else self.requests_per_month

    @property
    def begun_per_month(self) -> Number:
        """Requests a month from their beginning: attempts where callers make them, else each request once."""
        retries = self.retries
        return self.attempts_per_month if retries is not None and retries.begins_anew else self.requests_per_month

    @property
    def calls_per_month(self) -> Number:
        """Calls of a function a month: attempts over the messages of a call, each step of a run by itself."""
        attempts, each = self.attempts_per_month * self.steps, self.batch_size
        return attempts if not on_sweep(each) and each == 1 else attempts / (each * Fraction(1))

    def call_ms(self, memory_mb: Number) -> Number:
        """Wall time of a call of a function with some memory: its messages one after another, or its step. [ms]"""
        return self.called_ms(self.lambda_ms(memory_mb))

    def called_ms(self, wall_ms: Number) -> Number:
        """Wall time of a call, of messages or a run that take so long each. [ms]"""
        return wall_ms * self.batch_size / (self.steps * Fraction(1)) + self.call_overhead_ms

    def sooner(self, by_s: Number) -> Workload:
        """The workload with what is left of the longest wait after some time. [s]"""
        if not self.drains or (not on_sweep(by_s) and not by_s):
            return self
        return changed(self, max_wait_s=larger(self.max_wait_s - by_s, 0))

    @property
    def counts_cold_starts(self) -> bool:
        """Whether cold starts are counted: an initialisation is given, or a runtime whose was measured."""
        return self.init_ms is not None or self.runtime is not None

    @property
    def models_cold_starts(self) -> bool:
        """Whether the number of cold starts follows from the traffic: they are counted, and no share is given."""
        return self.counts_cold_starts and self.cold_fraction is None

    @property
    def is_regular(self) -> bool:
        """Whether requests come equally spaced."""
        return self.arrivals == REGULAR

    def without_cold_starts(self) -> Workload:
        """The workload with no initialisation, so that no cold starts are counted."""
        return dataclasses.replace(self, **dict.fromkeys(COLD_FIELDS))  # type: ignore[arg-type]  # all of them may be None

    @property
    def spread(self) -> Spread:
        """How the times of requests spread: as fitted to measured percentiles, or as service_cv says."""
        return Spread(self.service_cv) if self.fitted is None else self.fitted

    @property
    def assumes_spread(self) -> bool:
        """Whether nothing is given of how the times of requests spread, so that they are taken as exponential."""
        return self.fitted is None and self.service_cv == 1

    @functools.cached_property
    def vcpu_measured(self) -> Number:
        """vCPU of the Lambda on which `duration_ms` was measured. [vCPU] (M3)"""
        return self.measured_memory_mb / Fraction(MB_PER_VCPU)

    @functools.cached_property
    def cpu_per_request_ms(self) -> Number:
        """CPU time of one request. [ms]

        cpu_ms, or busy_share x duration_ms x min(measured vCPU, cpu_threads).
        """
        if self.cpu_ms is not None:
            return self.cpu_ms
        return self.busy_share * self.duration_ms * smaller(self.vcpu_measured, self.cpu_threads)

    def wall_ms(self, vcpu: Number, speed: Number = 1) -> Number:
        """Wall time of a warm request on some vCPU. [ms] (M3)

        The part that waits stays as long as it was; the part that computes scales with the vCPU
        a request can use, and with its speed: io_ms + cpu_ms / (speed x min(vcpu, cpu_threads)), with
        io_ms = duration_ms - cpu_ms / min(measured vCPU, cpu_threads).

        Notes: fitted to 109 measured functions this rule is 7 % off at the median and more than
        20 % off for one in ten; it is worse at 128 MB.
        References: vCPU in proportion to memory: "Configure Lambda function memory", AWS Lambda
        Developer Guide, Amazon Web Services, read 2026-11-23. The error: 109 functions of
        cebert/aws-lambda-performance-benchmarks, ubc-cirrus-lab and power-tuning links, read 2026-11-23.

        Examples:
            >>> work = Workload(requests_per_month=1, duration_ms=Fraction(200), working_set_mb=1,
            ...                 measured_memory_mb=Fraction(1024), busy_share=Fraction(1))
            >>> round(float(work.wall_ms(Fraction(512, 1769))), 6)  # all CPU: half the memory, twice the time
            400.0
        """
        if on_sweep(vcpu) or on_sweep(speed):
            return self._wall_ms(vcpu, speed)
        if (vcpu, speed) not in self._walls_ms:
            self._walls_ms[vcpu, speed] = self._wall_ms(vcpu, speed)
        return self._walls_ms[vcpu, speed]

    @functools.cached_property
    def _walls_ms(self) -> dict[tuple[Number, Number], Number]:
        return {}

    def _wall_ms(self, vcpu: Number, speed: Number) -> Number:
        here = smaller(vcpu, self.cpu_threads) * speed
        slower = Fraction(1) / here - self._per_vcpu_measured
        if not on_sweep(slower) and not slower:
            return self.duration_ms
        return self.duration_ms + self.cpu_per_request_ms * slower

    @functools.cached_property
    def _per_vcpu_measured(self) -> Number:
        return Fraction(1) / smaller(self.vcpu_measured, self.cpu_threads)

    def busy_ms(self, vcpu: Number, speed: Number = 1) -> Number:
        """The computing part of the wall time on some vCPU. [ms]"""
        return self.cpu_per_request_ms / (smaller(vcpu, self.cpu_threads) * speed)

    def lambda_ms(self, memory_mb: Number) -> Number:
        """Wall time of a warm request on Lambda with some memory. [ms]

        Measured `durations` go first: at a measured size its figure, between two sizes linear in
        1 / memory_mb, outside them the nearest figure times what :meth:`wall_ms` gives for the ratio
        of the two sizes. Without any, :meth:`wall_ms`.

        Examples:
            >>> small, large = (Measured(memory_mb=m, duration_ms=Fraction(t)) for m, t in ((256, 400), (512, 200)))
            >>> work = Workload(requests_per_month=1, duration_ms=Fraction(200), working_set_mb=1,
            ...                 busy_share=Fraction(1), measured_memory_mb=Fraction(512), durations=(small, large))
            >>> work.lambda_ms(384)  # 1 / 384 is a third of the way from 1 / 512 to 1 / 256
            Fraction(800, 3)
        """
        if not self.durations:
            return self._as_drawn(self.wall_ms(memory_mb / Fraction(MB_PER_VCPU)), memory_mb, [self.measured_memory_mb])
        rows = sorted(self.durations, key=lambda row: row.memory_mb)
        ms = self._beyond(rows[-1], memory_mb)
        for small, large in reversed(list(itertools.pairwise(rows))):
            share = (Fraction(1) / memory_mb - Fraction(1, large.memory_mb)) / (
                Fraction(1, small.memory_mb) - Fraction(1, large.memory_mb)
            )
            between = large.duration_ms + (small.duration_ms - large.duration_ms) * share
            ms = either(memory_mb <= large.memory_mb, between, ms)
        ms = either(memory_mb < rows[0].memory_mb, self._beyond(rows[0], memory_mb), ms)
        return self._as_drawn(ms, memory_mb, [row.memory_mb for row in rows])

    def _as_drawn(self, ms: Number, memory_mb: Number, known_mb: Sequence[Number]) -> Number:
        """A worked-out duration times what is drawn of its error; at the sizes that were measured there is none."""
        if not on_sweep(self.lambda_ratio) and self.lambda_ratio == 1:
            return ms
        drawn = ms * self.lambda_ratio
        for size in known_mb:
            drawn = either(memory_mb == size, ms, drawn)
        return drawn

    def _beyond(self, row: Measured, memory_mb: Number) -> Number:
        rule = self.wall_ms(memory_mb / Fraction(MB_PER_VCPU)) / self.wall_ms(Fraction(row.memory_mb, MB_PER_VCPU))
        return either(memory_mb == row.memory_mb, row.duration_ms, row.duration_ms * rule)

    def first_run_more_ms(self, memory_mb: Number) -> Number:
        """How much longer than a warm one the first run of a new environment takes, with some memory. [ms]

        That is CPU work: it takes as many times less as there is more vCPU that a request can use.

        References: data/cold_starts_sdk.csv: 1,048 ms with 128 MB and 111 ms with 1,769 MB for the same function.

        Examples:
            >>> work = Workload(requests_per_month=1, duration_ms=Fraction(200), working_set_mb=1,
            ...                 measured_memory_mb=Fraction(1024), busy_share=Fraction(1), first_run_ms=Fraction(500))
            >>> work.first_run_more_ms(512)
            Fraction(600, 1)
        """
        if self.first_run_ms is None:
            return Fraction(0)
        here = smaller(memory_mb / Fraction(MB_PER_VCPU), self.cpu_threads)
        return (self.first_run_ms - self.duration_ms) * smaller(self.vcpu_measured, self.cpu_threads) / here

    @property
    def longest_ms(self) -> Number:
        """What `timeout_ms` asks of platform and front door; 0 where it is not given. [ms]"""
        return Fraction(0) if self.timeout_ms is None else self.timeout_ms

    def mean_rps(self, hours_per_month: Number) -> Number:
        """Mean requests per second over the month, further attempts at failed ones among them. [1/s] (M1)"""
        return self.attempts_per_month / (SECONDS_PER_HOUR * hours_per_month)

    def call_rps(self, hours_per_month: Number) -> Number:
        """Mean calls of a function a second over the month. [1/s]"""
        return self.calls_per_month / (SECONDS_PER_HOUR * hours_per_month)

    def peak_rps_per_weight(self, hours_per_month: Number) -> Number:
        """Peak requests per second for each unit of an hour's weight. [1/s]

        An hour's peak is its mean times the burst; its mean is its share of the week.
        """
        return self.mean_rps(hours_per_month) * self.traffic.burst / self.traffic.mean_weight


def in_flight(rps: Number, wall_ms: Number) -> Number:
    """Requests in flight: arrivals per second times wall time (M4).

    References: J. D. C. Little, "A Proof for the Queuing Formula: L = λW", Operations Research
    9(3), 1961; "Understanding Lambda function scaling", AWS Lambda Developer Guide, Amazon Web
    Services, read 2026-11-25: 100 requests a second of half a second each need 50 environments.

    Examples:
        >>> in_flight(100, 500)
        Fraction(50, 1)
    """
    return rps * wall_ms / Fraction(MS_PER_SECOND)


def cpu_limit(workload: Workload) -> tuple[Number, str]:
    """The most CPU time a request of this wall time can have used, and that rule in words. [ms]"""
    limit = workload.duration_ms * smaller(workload.vcpu_measured, workload.cpu_threads)
    words = f"0..{decimal_text(limit)} (ms: duration_ms x min(measured_memory_mb / 1769, cpu_threads))"
    return limit, words
