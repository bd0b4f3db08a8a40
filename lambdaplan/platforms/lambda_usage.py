"""Lambda's bill (M7): requests, GB-seconds, provisioned capacity, SnapStart, billed initialisation."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.coldstart.month import ColdMonth, lambda_billing
from lambdaplan.errors import Problem
from lambdaplan.formatting import figure
from lambdaplan.numbers import Number, larger, on_sweep, smaller, whole_up
from lambdaplan.platforms.fleet_option import bought_words
from lambdaplan.platforms.processor import PROCESSORS
from lambdaplan.pricing.plans import ABOVE_FIRST_TIER, COMPUTE_PLANS, PLANNED
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, NoCharge, Usage, sum_or_parts
from lambdaplan.schema.fields import HUGE, choice, number, own, schema, shown
from lambdaplan.schema.reading import part, read
from lambdaplan.units import MB_PER_GB, MS_PER_SECOND, SECONDS_PER_HOUR
from lambdaplan.workload.workload import Workload

RATE = "Lambda concurrent executions that allow its requests a second, 10 each"


@dataclass(frozen=True)
class Provisioned:
    """Provisioned concurrency: environments that stand for some hours, and what they served."""

    concurrency: Number = number("environments kept ready", unit="environments", high=10**9, default=None)
    hours: Number = number("hours of the month for which they stood", unit="h", high=744, default=None)
    memory_mb: Number = number("memory of each", unit="MB", low=128, high=10_240, whole=True, default=None)
    duration_ms: Number = number("mean duration of a request they served", unit="ms", high=900_000, default=None)
    gb_seconds: Number = number(
        "GB-seconds provisioned, instead of concurrency x hours x memory", unit="GB-s", high=HUGE, default=None
    )
    duration_gb_seconds: Number = number("GB-seconds of the requests they served", unit="GB-s", high=HUGE, default=None)
    requests: Number = number("requests they served", unit="requests", high=HUGE, default=Fraction(0))


def _read_provisioned(value: object, path: str, problems: list[Problem]) -> Provisioned | None:
    before = len(problems)
    provisioned = read(Provisioned, value, path, problems)
    if provisioned is None or len(problems) > before:
        return None
    parts = ("concurrency", "hours", "memory_mb", "duration_ms")
    sums = ("gb_seconds", "duration_gb_seconds")
    given_parts = [name for name in parts if getattr(provisioned, name) is not None]
    given_sums = [name for name in sums if getattr(provisioned, name) is not None]
    if given_parts and given_sums:
        words = f"{given_parts[0]} and {given_sums[0]}"
        problems.append(Problem("conflict", path, words, f"give {', '.join(parts)} or {', '.join(sums)}"))
        return None
    wanted = sums if given_sums else parts
    for name in wanted:
        if getattr(provisioned, name) is None and not (name == "duration_ms" and not provisioned.requests):
            problems.append(Problem("missing", f"{path}.{name}", "", f"it goes with {', '.join(wanted)}"))
    return provisioned if len(problems) == before else None


@dataclass(frozen=True)
class SnapStart:
    """SnapStart on a runtime that is charged for it: Python and .NET; Java is not."""

    memory_mb: Number = number("memory of the function", unit="MB", low=128, high=10_240, whole=True)
    versions: Number = number("published versions with SnapStart", unit="versions", high=10**6, whole=True, default=1)
    active_seconds: Number = number(
        "seconds of the month for which each version stood; at least three hours are charged",
        unit="s",
        high=744 * SECONDS_PER_HOUR,
    )
    restores: Number = number(
        "environments started from a snapshot: the cold starts", unit="restores", high=HUGE, default=Fraction(0)
    )


@dataclass(frozen=True)
class Restored:
    """SnapStart of a function: new environments are restored from a snapshot instead of being initialised."""

    restore_ms: Number = number("mean time of a restore", unit="ms", above=True, high=900_000)
    versions: Number = number(
        "published versions with a snapshot", unit="versions", low=1, high=10**6, whole=True, default=1
    )


def snapstart_problems(field: str, workload: Workload, *, is_provisioned: bool, ephemeral_mb: Number) -> list[Problem]:
    """What keeps SnapStart from a function, or from being counted."""
    known = lambda_billing("snapstart_runtimes").split()
    if workload.runtime is None:
        words = f"a runtime that SnapStart supports: {', '.join(known)}"
        return [Problem("missing", "workload.runtime", "", words, "Try workload.runtime=java21.")]
    if workload.runtime not in known:
        words = f"SnapStart supports {', '.join(known)}"
        return [Problem("conflict", "workload.runtime", shown(workload.runtime), words, f"Leave out {field}.")]
    largest = int(lambda_billing("snapstart_ephemeral_mb"))
    rules = {
        "it does not go with package image": workload.package == "image",
        "it does not go with provisioned concurrency": is_provisioned,
        f"it goes with ephemeral_mb up to {largest}": ephemeral_mb > largest,
    }
    return [Problem("conflict", field, "an object", words) for words, broken in rules.items() if broken]


@dataclass(frozen=True)
class StreamedAnswers:
    """Answers of one size that a function streamed."""

    requests: Number = number("requests whose answers were streamed", unit="requests", high=HUGE)
    mb_each: Number = number("size of each answer", unit="MB", high=200)


def _read_streamed(value: Any, path: str, problems: list[Problem]) -> tuple[StreamedAnswers, ...] | None:
    if not isinstance(value, (list, tuple)) or len(value) > 1000:
        problems.append(Problem("type", path, shown(value), "a list of up to 1,000 objects with requests and mb_each"))
        return None
    rows = [read(StreamedAnswers, one, f"{path}.{place}", problems) for place, one in enumerate(value)]
    return tuple(row for row in rows if row is not None)


def streamed_gb(answers: Iterable[StreamedAnswers]) -> Number:
    """What is charged of streamed answers: all but the first 6 MB of each. [GB]

    References: AWS Lambda pricing, Amazon Web Services, copy of 2026.

    Examples:
        >>> streamed_gb([StreamedAnswers(requests=Fraction(1024), mb_each=Fraction(16))])
        Fraction(10, 1)
    """
    free_mb = Fraction(lambda_billing("streamed_free_mb"))
    each = [one.requests * larger(one.mb_each - free_mb, 0) / Fraction(MB_PER_GB) for one in answers]
    return sum(each, Fraction(0))


def requests_of_event(event_kb: Number) -> Number:
    """How many requests an asynchronous event is charged as: one, and one more for each 64 KB begun above 256 KB.

    References: AWS Lambda pricing; AWS Compute Blog, "More room to build: serverless services now support payloads up
    to 1 MB", Amazon Web Services, 2026-01-29.

    Examples:
        >>> [int(requests_of_event(Fraction(kb))) for kb in (1, 256, 257, 320, 321, 1024)]
        [1, 1, 2, 2, 3, 13]
    """
    included, step = (Fraction(lambda_billing(f"async_{name}_kb")) for name in ("included", "step"))
    return 1 + whole_up(larger(event_kb - included, 0) / step)


@dataclass(frozen=True)
class PollerHours:
    """Hours of event poller units that are kept ready for sources of events: Kafka, or SQS.

    References: AWS Lambda pricing, provisioned mode for event source mapping, Amazon Web Services, copy of 2026.
    """

    kafka: Number = number("units for Kafka", unit="h", high=HUGE, default=Fraction(0))
    sqs: Number = number("units for SQS", unit="h", high=HUGE, default=Fraction(0))

    def charges(self) -> list[Charge]:
        """Poller hours."""
        return [
            Charge("lambda", "event_poller_unit", self.kafka, "Lambda event pollers, Kafka"),
            Charge("lambda", "event_poller_unit_sqs", self.sqs, "Lambda event pollers, SQS"),
        ]


@dataclass(frozen=True)
class LambdaUsage(Usage):
    """What a month of Lambda used, in its billing units (M7).

    GB-seconds are requests x duration x memory, with the mean duration rounded up to 1 ms as
    AWS's calculator does; the mean of durations rounded up one by one is up to 0.5 ms more.
    Ephemeral storage is billed above 512 MB for the time of execution; provisioned capacity in
    steps of five minutes.

    References: AWS Lambda pricing, Amazon Web Services, copy of 2026 read 2026-11-23.
    """

    other_names = "function, functions, serverless, faas, aws lambda"

    architecture: str = choice("processor", "x86_64", "arm64", default="x86_64")
    requests: Number = number("requests on demand", unit="requests", high=HUGE)
    duration_ms: Number = number("mean duration", unit="ms", high=900_000, default=None)
    memory_mb: Number = number("memory", unit="MB", low=128, high=10_240, whole=True, default=None)
    gb_seconds: Number = number(
        "GB-seconds, instead of duration_ms and memory_mb", unit="GB-s", high=HUGE, default=None
    )
    ephemeral_mb: Number = number(
        "ephemeral storage; 512 MB are included", unit="MB", low=512, high=10_240, whole=True, default=512
    )
    provisioned: Provisioned | None = own(
        "provisioned concurrency", _read_provisioned, schema(Provisioned), default=None
    )
    snapstart: SnapStart | None = part("SnapStart of Python and .NET functions", SnapStart)
    init_ms: Number = number(
        "initialisation of one environment; goes with cold_starts or cold_fraction",
        unit="ms",
        high=900_000,
        default=None,
    )
    cold_starts: Number = number(
        "requests on demand for which an environment was initialised", unit="requests", high=HUGE, default=None
    )
    cold_fraction: Number = number(
        "share of the requests on demand that were cold, instead of cold_starts", unit="share", high=1, default=None
    )
    streamed: tuple[StreamedAnswers, ...] | None = own(
        "answers that were streamed: requests and mb_each; the first 6 MB of each are free",
        _read_streamed,
        {"type": "array", "maxItems": 1000, "items": schema(StreamedAnswers)},
        default=None,
    )
    streaming_free_gb_left: Number = number(
        "what is left of the month's free streamed data, in place of free_tier's 100 GB",
        unit="GB",
        high=HUGE,
        default=None,
    )
    poller_hours: PollerHours | None = part("hours of provisioned event pollers", PollerHours)
    tenant_environments: Number = number(
        "environments started for single tenants, where tenants are isolated",
        unit="environments",
        high=HUGE,
        default=None,
    )
    planned: Number = dataclasses.field(default=Fraction(0), kw_only=True)  # GB-seconds under a savings plan
    charged_as: Number = dataclasses.field(default=Fraction(1), kw_only=True)  # requests that each is charged as

    @classmethod
    def further_items(cls, book: PriceBook, priced: Collection[str]) -> Iterable[str]:
        """What a plan discounts under every plan, and durations above the first tier."""
        items = [f"{i}/{plan}" for i in priced if i.count("/") == 1 and i.startswith(PLANNED) for plan in COMPUTE_PLANS]
        return [*items, *(f"{item}/{ABOVE_FIRST_TIER}" for item in items if item.startswith("duration/"))]

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge | NoCharge]:
        """Requests, duration, storage, what is provisioned, and initialisations."""
        arch, on_demand = self.architecture, self.on_demand_gb_seconds(book) - self.planned
        charges: list[Charge | NoCharge] = [
            _charge("requests", arch, self.requests * self.charged_as, "requests", "free_tier_requests"),
            _charge("duration", arch, on_demand, "duration", "free_tier_duration"),
        ]
        storage_gb = (self.ephemeral_mb - book.rule("lambda.ephemeral_included_mb")) / MB_PER_GB
        if self.duration_ms is not None:
            seconds = self._seconds(self.requests, self.duration_ms, book)
            if self.provisioned is not None:
                seconds = seconds + self._provisioned_seconds(self.provisioned, book)
            charges.append(_charge("ephemeral_storage", arch, storage_gb * seconds, "storage above 512 MB"))
        if self.streamed is not None:
            gb, note = streamed_gb(self.streamed), "the first 6 MB of each answer are free"
            free = "free_tier_response_streaming"
            if self.streaming_free_gb_left is not None:
                gb, free = larger(gb - self.streaming_free_gb_left, 0), ""
            charges.append(_charge("response_streaming", arch, gb, "streamed answers", free, note=note))
        charges += [] if self.provisioned is None else self._provisioned(self.provisioned, book)
        charges += [] if self.snapstart is None else self._snapstart(self.snapstart)
        charges += [] if self.poller_hours is None else self.poller_hours.charges()
        if self.tenant_environments is not None:
            started_gb = self.tenant_environments * self.memory_mb / Fraction(MB_PER_GB)
            charges.append(_charge("tenant_isolation_environment", arch, started_gb, "environments of tenants"))
        return [*charges, *self._initialisation(book, hours_per_month)]

    def _initialisation(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge | NoCharge]:
        """What its cold starts are billed, where their number and their time are given."""
        if self.init_ms is None:
            return []
        starts = self.requests * self.cold_fraction if self.cold_starts is None else self.cold_starts
        cold = ColdMonth(self.requests, starts, None, self.init_ms)
        return Initialisation(self.architecture, cold, self.memory_mb).charges(book, hours_per_month)

    def _snapstart(self, s: SnapStart) -> list[Charge]:
        """Snapshots kept and restored; GB are those of the function's memory."""
        memory_gb = s.memory_mb / Fraction(MB_PER_GB)
        seconds = larger(s.active_seconds, Fraction(lambda_billing("snapstart_minimum_s")))
        kept, restored, note = memory_gb * s.versions * seconds, memory_gb * s.restores, "Java runtimes are not charged"
        return [
            Charge("lambda", "snapstart_cache", kept, "Lambda SnapStart cache", note=note),
            Charge("lambda", "snapstart_restore", restored, "Lambda SnapStart restores", note=note, may_fall=True),
        ]

    def _seconds(self, requests: Number, duration_ms: Number, book: PriceBook) -> Number:
        return requests * billed_ms(duration_ms, book) / Fraction(MS_PER_SECOND)

    def _provisioned_seconds(self, p: Provisioned, book: PriceBook) -> Number:
        if p.duration_gb_seconds is not None:
            return p.duration_gb_seconds * Fraction(MB_PER_GB) / self.memory_mb
        return self._seconds(p.requests, p.duration_ms or 0, book)

    def on_demand_gb_seconds(self, book: PriceBook) -> Number:
        """GB-seconds of the requests on demand, those under a savings plan among them."""
        if self.gb_seconds is not None:
            return self.gb_seconds
        return self._seconds(self.requests, self.duration_ms, book) * (self.memory_mb / Fraction(MB_PER_GB))

    def _provisioned(self, p: Provisioned, book: PriceBook) -> list[Charge]:
        arch, many = self.architecture, ""
        standing, served, free = p.gb_seconds, p.duration_gb_seconds, "free_tier_requests"
        if standing is None:
            step = book.rule("lambda.provisioned_step_s")
            seconds = whole_up(p.hours * SECONDS_PER_HOUR / step) * step
            memory_gb = p.memory_mb / Fraction(MB_PER_GB)
            standing = p.concurrency * seconds * memory_gb
            many = f"{figure(p.concurrency, 2)} environments x {figure(p.hours, 2)} h x {figure(memory_gb, 3)} GB"
            served = self._seconds(p.requests, p.duration_ms or 0, book) * memory_gb
        return [
            _charge("provisioned_concurrency", arch, standing, "provisioned concurrency", note=many),
            _charge("provisioned_duration", arch, served, "provisioned duration"),
            _charge(
                "provisioned_requests", arch, p.requests * self.charged_as, "provisioned requests", free, free_last=True
            ),
        ]

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """Either GB-seconds are given or what they are made of; storage needs a duration."""
        problems = sum_or_parts(self, path, "gb_seconds", ("duration_ms", "memory_mb"))
        if not problems and self.gb_seconds is not None and self.ephemeral_mb > 512:
            problems.append(Problem("missing", f"{path}.duration_ms", "", "storage above 512 MB is billed by duration"))
        if not problems and self.tenant_environments is not None and self.memory_mb is None:
            words = "environments of tenants are billed by it"
            problems.append(Problem("missing", f"{path}.memory_mb", "", words))
        if not problems and self.streaming_free_gb_left is not None and self.streamed is None:
            words = "streaming_free_gb_left goes with it"
            problems.append(Problem("missing", f"{path}.streamed", "", words))
        return problems or self._cold_problems(path)

    def _cold_problems(self, path: str) -> list[Problem]:
        """Initialisations: their time and their number or share, of a function whose memory is given."""
        numbers = ("cold_starts", "cold_fraction")
        given = [name for name in numbers if getattr(self, name) is not None]
        if self.init_ms is None:
            words = "time of one initialisation (ms), for"
            return [Problem("missing", f"{path}.init_ms", "", f"{words} {name}") for name in given[:1]]
        if not given:
            return [Problem("missing", f"{path}.cold_starts", "", "init_ms goes with cold_starts or cold_fraction")]
        if len(given) > 1:
            words = "cold_starts or cold_fraction, not both"
            return [Problem("conflict", f"{path}.cold_fraction", shown(self.cold_fraction), words)]
        if self.gb_seconds is not None:
            words = "it goes with duration_ms and memory_mb; billed GB-seconds have initialisations among them"
            return [Problem("conflict", f"{path}.init_ms", shown(self.init_ms), words, "Leave one of the two out.")]
        if self.snapstart is not None:
            words = "with snapstart environments are restored, not initialised: its restores are their number"
            return [Problem("conflict", f"{path}.init_ms", shown(self.init_ms), words, "Leave it out.")]
        if self.cold_starts is not None and self.cold_starts > self.requests:
            words = f"at most the requests on demand, {figure(self.requests)}"
            return [Problem("conflict", f"{path}.cold_starts", figure(self.cold_starts), words)]
        return []


@dataclass(frozen=True)
class PlannedDuration(Usage):
    """GB-seconds paid under a compute savings plan in every hour, used or not.

    References: AWSComputeSavingsPlan price list, Amazon Web Services, published 2026-09-25: rates are known for
    the first tier of duration; above it the line has no price.
    """

    architecture: str
    purchase: str
    gb_seconds: Number

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """What is paid within the first tier, and what is beyond it."""
        words = f"Lambda duration, {PROCESSORS[self.architecture]},{bought_words(self.purchase)}"
        tier = book.rule(f"lambda.plan_tier_gb_seconds_{self.architecture}")
        item, beyond = f"duration/{self.architecture}/{self.purchase}", larger(self.gb_seconds - tier, 0)
        return [
            Charge("lambda", item, smaller(self.gb_seconds, tier), words),
            Charge("lambda", f"{item}/{ABOVE_FIRST_TIER}", beyond, f"{words}, above the first tier"),
        ]

    def bends(self, book: PriceBook) -> Sequence[Number]:
        """Where the first tier ends."""
        return [self.gb_seconds - book.rule(f"lambda.plan_tier_gb_seconds_{self.architecture}")]


@dataclass(frozen=True)
class Initialisation(Usage):
    """What cold starts are billed: their time of initialisation, as duration of the function.

    References: AWS Compute Blog, "AWS Lambda standardizes billing for INIT phase", Amazon Web Services, read
    2026-11-23: since 1 August 2025 for zip packages on managed runtimes too. A price book made before that bills none.
    """

    architecture: str
    cold: ColdMonth
    memory_mb: Number
    restored: bool = False

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge | NoCharge]:
        """GB-seconds, at the price of duration; of first runs alone where environments are restored."""
        since, more_ms = lambda_billing("init_billed_since"), self.cold.more_ms
        longer = on_sweep(more_ms) or more_ms
        first_runs = [self._charge(more_ms, "longer first runs")] if longer else []
        if self.restored:
            return first_runs
        if book.as_of < since:
            return [NoCharge("Lambda billed initialisation", f"not billed before {since}"), *first_runs]
        return [self._charge(self.cold.init_ms, "billed initialisation"), *first_runs]

    def _charge(self, each_ms: Number, label: str) -> Charge:
        """What cold starts are billed for so long, each of them."""
        starts, used = self.cold.starts, self.cold.gb_seconds(self.memory_mb, each_ms)
        note = (
            ""
            if on_sweep(starts) or on_sweep(each_ms)
            else f"{figure(starts, 1)} cold starts x {figure(each_ms, 2)} ms"
        )
        free = "free_tier_duration"
        return _charge("duration", self.architecture, used, label, free, note=note, may_fall=True, apart=True)


def _charge(item: str, architecture: str, quantity: Number, label: str, free: str = "", **more: Any) -> Charge:
    """A charge of Lambda for an item that has a price for each processor."""
    return Charge(
        "lambda", f"{item}/{architecture}", quantity, f"Lambda {label}, {PROCESSORS[architecture]}", free, **more
    )


def billed_ms(duration_ms: Number, book: PriceBook) -> Number:
    """The duration a request is billed for: up to the next whole step, 1 ms. [ms]

    References: AWS Lambda pricing, Amazon Web Services, copy of 2026 read 2026-11-23: rounded up
    to the nearest 1 ms. With a book of before December 2020 it is 100 ms: "New for AWS Lambda: 1ms Billing Granularity
    Adds Cost Savings", AWS News Blog, Amazon Web Services, 2020-12-01.

    Examples:
        >>> billed_ms(Fraction("200.001"), PriceBook.load())
        Fraction(201, 1)
    """
    step = book.rule("lambda.duration_step_ms")
    if book.as_of < lambda_billing("duration_1ms_since"):
        step = Fraction(lambda_billing("duration_step_before_ms"))
    return whole_up(duration_ms / step) * step


def provisioned_pays_from(book: PriceBook, region: str, architecture: str) -> Fraction | float | None:
    """The share of the time in use from which provisioned concurrency costs less than the same requests on demand.

    What is provisioned is paid for every second, used or not; requests that it serves pay a lower price of duration.
    In use for a share u of the time, a GB costs standing + u x provisioned duration against u x duration on demand,
    so the two are equal at u = standing / (duration on demand - provisioned duration). The price of a request is the
    same either way. Free quantities and lower tiers of duration, which are for on demand alone, would raise the share.

    Parameters:
    region : str - such as "us-east-1".
    architecture : str - "x86_64" or "arm64".

    Returns: Fraction, exact; infinite where the price of duration is not lower. Above 1 it never costs less. None where
    one of the prices is missing.

    References: AWS Lambda pricing, Amazon Web Services, as in the price book.

    Examples:
        >>> float(provisioned_pays_from(PriceBook.load(), "us-east-1", "x86_64"))
        0.6
    """
    items = ("provisioned_concurrency", "duration", "provisioned_duration")
    prices = [book.price("lambda", f"{item}/{architecture}", region) for item in items]
    standing, on_demand, served = (None if price is None else price.first_usd for price in prices)
    if standing is None or on_demand is None or served is None:
        return None
    return standing / (on_demand - served) if on_demand > served else math.inf
