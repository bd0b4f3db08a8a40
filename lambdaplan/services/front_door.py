"""What surrounds the compute: front doors, volumes, addresses, gateways, data transfer.

One usage type a service: the fields of a usage document, and the priced quantities they make.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from lambdaplan.capacity.fleet import Limit
from lambdaplan.capacity.limits import check, used
from lambdaplan.errors import Problem
from lambdaplan.formatting import decimal_text
from lambdaplan.numbers import Number, apart, larger, on_sweep, whole_up
from lambdaplan.pricing.bill import Charge, NoCharge, OwnLine, Usage
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.schema.fields import HUGE, choice, flag, number, shown
from lambdaplan.units import DAYS_PER_WEEK, HOURS_PER_WEEK, KB_PER_GB, KB_PER_MB, MS_PER_SECOND, SECONDS_PER_HOUR
from lambdaplan.workload.workload import Workload, in_flight

CACHE_SIZES_GB = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")


@dataclass(frozen=True)
class EbsUsage(Usage):
    """Volumes that stand for some hours of the month.

    References: Amazon EBS pricing, Amazon Web Services, stored copy read 2026-11-23: provisioned
    GB, and for gp3 IOPS above 3,000 and MB/s above 125, each for the share of the month.
    """

    volume: str = choice("kind of volume", "gp3", "gp2", default="gp3")
    gb: Number = number("provisioned size, all volumes together", unit="GB", high=HUGE)
    iops: Number = number("provisioned IOPS of a gp3 volume; 3,000 are included", unit="IOPS", high=HUGE, default=None)
    throughput_mbps: Number = number(
        "provisioned throughput of a gp3 volume; 125 is included", unit="MB/s", high=HUGE, default=None
    )
    hours: Number = number("hours the volumes stood; default: the whole month", unit="h", high=HUGE, default=None)

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """GB-months, IOPS-months and MB/s-months."""
        months = 1 if self.hours is None else self.hours / hours_per_month
        found = [Charge("ebs", f"{self.volume}_storage", self.gb * months, f"EBS {self.volume} storage")]
        for asked, included, item, label in (
            (self.iops, "ebs.gp3_iops_included", "gp3_iops_over_3000", "EBS gp3 IOPS above 3,000"),
            (self.throughput_mbps, "ebs.gp3_throughput_included", "gp3_throughput_over_125", "EBS gp3 MB/s above 125"),
        ):
            if asked is not None:
                found.append(Charge("ebs", item, larger(asked - book.rule(included), 0) * months, label))
        return found

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """IOPS and throughput are bought with gp3 only."""
        return [
            Problem(
                "conflict", f"{path}.{name}", str(value), "gp2 has no provisioned IOPS or throughput", "Use volume gp3."
            )
            for name, value in (("iops", self.iops), ("throughput_mbps", self.throughput_mbps))
            if self.volume == "gp2" and value is not None
        ]


@dataclass(frozen=True)
class AlbUsage(Usage):
    """An Application Load Balancer: its hours, and load balancer capacity units (LCU).

    References: Elastic Load Balancing pricing, Amazon Web Services, stored copy read 2026-11-23:
    an LCU is 25 new connections a second, 3,000 active connections a minute, 1 GB an hour
    (0.4 GB for Lambda targets) or 1,000 rule evaluations a second; only the largest of the four is
    charged; the first 10 rules are free.

    Examples:
        >>> book = PriceBook.load()  # one connection a second with 60 requests, 300 KB/s, 20 rules
        >>> AlbUsage(new_connections_per_s=Fraction(1), active_connections=Fraction(120),
        ...          gb_per_hour=Fraction(108, 100)).mean_lcus(book)
        Fraction(27, 25)
    """

    hours: Number = number("hours the load balancer stood; default: the whole month", unit="h", high=HUGE, default=None)
    lcus: Number = number("mean LCUs, instead of what they are made of", unit="LCU", high=HUGE, default=None)
    new_connections_per_s: Number = number("new connections", unit="1/s", high=HUGE, default=None)
    active_connections: Number = number("connections open at once", unit="connections", high=HUGE, default=None)
    gb_per_hour: Number = number(
        "bytes processed for instance, IP and container targets", unit="GB/h", high=HUGE, default=None
    )
    requests_per_s: Number = number("requests, for rule evaluations", unit="1/s", high=HUGE, default=None)
    rules: Number = number("rules each request meets", unit="rules", high=HUGE, default=None)

    PARTS = ("new_connections_per_s", "active_connections", "gb_per_hour", "requests_per_s", "rules")

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Load balancer hours and LCU-hours."""
        hours = hours_per_month if self.hours is None else self.hours
        return [
            Charge("alb", "load_balancer_hour", hours, "ALB hours"),
            Charge("alb", "lcu_hour", hours * self.mean_lcus(book), "ALB capacity units (LCU)"),
        ]

    def mean_lcus(self, book: PriceBook) -> Number:
        """The largest of the four measures an LCU has. [LCU]"""
        return functools.reduce(larger, self._measures(book), Fraction(0))

    def bends(self, book: PriceBook) -> Sequence[Number]:
        """Where another of the measures becomes the largest: a hybrid's do not all grow alike."""
        return [apart(one, other) for one, other in itertools.combinations(self._measures(book), 2)]

    def _measures(self, book: PriceBook) -> list[Number]:
        """What of the four measures is known. [LCU]"""
        if self.lcus is not None:
            return [self.lcus]
        given = (
            (self.new_connections_per_s, "alb.lcu_new_connections"),
            (self.active_connections, "alb.lcu_active_connections"),
            (self.gb_per_hour, "alb.lcu_gb_per_hour"),
        )
        found: list[Number] = [value / book.rule(measure) for value, measure in given if value is not None]
        if self.requests_per_s is not None and self.rules is not None:
            paid = larger(self.rules - book.rule("alb.rules_free"), 0)
            found.append(self.requests_per_s * paid / book.rule("alb.lcu_rule_evaluations"))
        return found

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """Either the LCUs are given or what they are made of."""
        given = [name for name in self.PARTS if getattr(self, name) is not None]
        if self.lcus is not None and given:
            return [
                Problem(
                    "conflict", f"{path}.lcus", shown(self.lcus), f"{given[0]} is given too", "Give lcus or its parts."
                )
            ]
        if self.lcus is None and not given:
            parts = ", ".join(self.PARTS)
            return [Problem("missing", f"{path}.lcus", "", f"mean LCUs, or some of {parts}")]
        if given in (["requests_per_s"], ["rules"]):
            other = "rules" if given == ["requests_per_s"] else "requests_per_s"
            words = "rule evaluations are requests_per_s times rules"
            return [Problem("missing", f"{path}.{other}", "", words, "Give both, or another measure.")]
        return []


@dataclass(frozen=True)
class ApiGatewayHttpUsage(Usage):
    """Requests to HTTP APIs, metered in steps of 512 KB.

    References: Amazon API Gateway pricing, Amazon Web Services, copy of 2025-11-02.
    """

    requests: Number = number("requests", unit="requests", high=HUGE)
    request_kb: Number = number("size of a request", unit="KB", high=10**9, default=Fraction(0))
    response_kb: Number = number("size of a response", unit="KB", high=10**9, default=Fraction(0))

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Metered requests."""
        step = book.rule("api_gateway_http.increment_kb")
        steps = larger(whole_up(self.request_kb / step), 1)
        return [Charge("api_gateway_http", "requests", self.requests * steps, "API Gateway HTTP API requests")]


@dataclass(frozen=True)
class ApiGatewayRestUsage(Usage):
    """Requests to REST APIs, and the hours of a cache.

    References: Amazon API Gateway pricing, Amazon Web Services, copy of 2025-11-02.
    """

    requests: Number = number("requests", unit="requests", high=HUGE)
    cache_gb: str = choice("size of the cache, as text [GB]", *CACHE_SIZES_GB, default=None)
    cache_hours: Number = number("hours the cache stood; default: the whole month", unit="h", high=HUGE, default=None)

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Requests and cache hours."""
        found = [Charge("api_gateway_rest", "requests", self.requests, "API Gateway REST API requests")]
        if self.cache_gb is not None:
            hours = hours_per_month if self.cache_hours is None else self.cache_hours
            label = f"API Gateway cache, {self.cache_gb} GB"
            found.append(Charge("api_gateway_rest", f"cache_{self.cache_gb}GB", hours, label))
        return found


@dataclass(frozen=True)
class PublicIpv4Usage(Usage):
    """Hours of public IPv4 addresses in use.

    References: Amazon VPC pricing, Amazon Web Services, price map of 2025-11-04.
    """

    hours: Number = number("address hours, all addresses together", unit="h", high=HUGE)

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Address hours."""
        return [Charge("public_ipv4", "in_use_hour", self.hours, "Public IPv4 addresses")]


@dataclass(frozen=True)
class NatGatewayUsage(Usage):
    """Hours of NAT gateways, a part of an hour as a whole one, and the data they process.

    References: Amazon VPC pricing, Amazon Web Services, price map of 2025-10-28.
    """

    hours: Number = number("gateway hours, all gateways together", unit="h", high=HUGE)
    gb: Number = number("data processed", unit="GB", high=HUGE, default=Fraction(0))

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Gateway hours and GB."""
        return [
            Charge("nat_gateway", "gateway_hour", whole_up(self.hours), "NAT gateway hours"),
            Charge("nat_gateway", "data_processed", self.gb, "NAT gateway data"),
        ]


@dataclass(frozen=True)
class DataTransferUsage(Usage):
    """Data out to the internet, between zones and to other regions.

    References: Amazon EC2 on-demand pricing, data transfer, Amazon Web Services; price list rows
    of 2024-09-25 and 2026-09-06. Between zones each side is charged.
    """

    internet_gb: Number = number("data out to the internet", unit="GB", high=HUGE, default=Fraction(0))
    inter_az_gb: Number = number("data that crosses between zones", unit="GB", high=HUGE, default=Fraction(0))
    inter_region_gb: Number = number("data to other regions", unit="GB", high=HUGE, default=Fraction(0))

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """GB by where they go."""
        sides = book.rule("data_transfer.sides_of_inter_az")
        return [
            Charge(
                "data_transfer", "internet_out", self.internet_gb, "Data out to the internet", "internet_out_free_tier"
            ),
            Charge(
                "data_transfer", "inter_az_each_direction", self.inter_az_gb * sides, "Data between zones, both sides"
            ),
            Charge("data_transfer", "inter_region_out", self.inter_region_gb, "Data to other regions"),
        ]


@dataclass(frozen=True)
class CloudWatchUsage(Usage):
    """Logs that are taken in, kept and scanned, metrics and alarms.

    References: Amazon CloudWatch pricing, Amazon Web Services, copies of 2022 to 2025 read 2026-11-25. Logs
    that AWS services write by themselves (Lambda's among them, since 2025) are vended: their price falls in
    tiers. The free 5 GB are taken off what comes in, what is kept and what is scanned, each by itself: so the
    lines of bills, and the page's example of 30 GB.

    Examples
    --------
        >>> from lambdaplan import UsageDocument, bill
        >>> row = {"service": "cloudwatch", "logs_vended_gb": 72 * 1024, "logs_stored_gb": 30 * 1024}
        >>> bill(UsageDocument.from_dict({"version": 1, "usage": [row]})).total_usd
        Decimal('14336.00')
    """

    logs_ingest_gb: Number = number("logs of applications taken in", unit="GB", high=HUGE, default=Fraction(0))
    logs_vended_gb: Number = number(
        "logs taken in that AWS services write, such as Lambda's", unit="GB", high=HUGE, default=Fraction(0)
    )
    logs_stored_gb: Number = number(
        "compressed logs kept, as a mean over the month", unit="GB", high=HUGE, default=Fraction(0)
    )
    insights_gb: Number = number("logs scanned by Logs Insights", unit="GB", high=HUGE, default=Fraction(0))
    metrics: Number = number("metrics of one's own", unit="metrics", high=HUGE, default=Fraction(0))
    alarms: Number = number("alarms of standard resolution", unit="alarms", high=HUGE, default=Fraction(0))
    composite_alarms: Number = number("composite alarms", unit="alarms", high=HUGE, default=Fraction(0))

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """GB of logs, metrics and alarms."""
        taken_in = "free_tier_logs_ingest"
        return [
            Charge("cloudwatch", "logs_ingest", self.logs_ingest_gb, "CloudWatch Logs taken in", taken_in),
            Charge("cloudwatch", "logs_vended", self.logs_vended_gb, "CloudWatch Logs taken in, vended", taken_in),
            Charge("cloudwatch", "logs_stored", self.logs_stored_gb, "CloudWatch Logs kept", "free_tier_logs_stored"),
            Charge("cloudwatch", "insights", self.insights_gb, "CloudWatch Logs Insights", "free_tier_insights"),
            Charge("cloudwatch", "metrics", self.metrics, "CloudWatch metrics", "free_tier_metrics"),
            Charge("cloudwatch", "alarms", self.alarms, "CloudWatch alarms", "free_tier_alarms"),
            Charge("cloudwatch", "composite_alarms", self.composite_alarms, "CloudWatch composite alarms"),
        ]


@dataclass(frozen=True)
class Noted(Usage):
    """A usage with something to say on the lines of some of its items."""

    usage: Usage
    notes: Mapping[str, str]

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge | NoCharge | OwnLine]:
        """The same charges, with the notes."""
        return [
            replace(entry, note=self.notes[entry.item])
            if isinstance(entry, Charge) and entry.item in self.notes
            else entry
            for entry in self.usage.charges(book, hours_per_month)
        ]


@dataclass(frozen=True)
class FunctionUrlUsage(Usage):
    """Requests to a function URL, which are free: the bill says so with a line of its own.

    References: AWS Lambda pricing, Amazon Web Services, copy read 2026-09-20.
    """

    requests: Number

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """One line at a price of zero."""
        note = "no charge: AWS bills only the function's requests and duration"
        return [Charge("function_url", "requests", self.requests, "Function URL requests", note=note)]


@dataclass(frozen=True)
class NotBilled(Usage):
    """Something that every bill is asked for and this one has not, with the reason."""

    label: str
    why: str

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[NoCharge]:
        """One line that says why there is no charge."""
        return [NoCharge(self.label, self.why)]


@dataclass(frozen=True)
class Operations(Usage):
    """People's hours for an option, at the reader's wage; those on call have a line of their own, if there are any."""

    hours: Number
    on_call_hours: Number
    wage_usd_per_hour: Fraction

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[OwnLine]:
        """Hours x wage."""
        wage, note = self.wage_usd_per_hour, "people's hours a month at the wage given"
        found = [OwnLine("Operations", self.hours, "hour", wage, note)]
        if on_sweep(self.on_call_hours) or self.on_call_hours:
            note = "paid hours on call a month at the wage given"
            found.append(OwnLine("On call", self.on_call_hours, "hour", wage, note))
        return found


USAGES: dict[str, type[Usage]] = {
    "ebs": EbsUsage,
    "alb": AlbUsage,
    "api_gateway_http": ApiGatewayHttpUsage,
    "api_gateway_rest": ApiGatewayRestUsage,
    "public_ipv4": PublicIpv4Usage,
    "nat_gateway": NatGatewayUsage,
    "data_transfer": DataTransferUsage,
    "cloudwatch": CloudWatchUsage,
}

FRONT_DOORS = ("none", "function_url", "http_api", "rest_api", "alb")


def front_door(
    door: str, workload: Workload, hours_per_month: Number, book: PriceBook, wall_ms: Number, lambda_share: Number
) -> Usage:
    """The usage of a front door that carries the workload's requests.

    Parameters
    ----------
    door : str - one of FRONT_DOORS.
    wall_ms : Number - how long a request is open at the door. [ms]
    lambda_share : Number - share of the requests that go to Lambda: 1 for a function, 0 for a fleet. A load
        balancer counts bytes to Lambda targets 2.5 times.

    Notes: the load balancer has one rule, and a connection counts as active while a request on it
    is in flight; idle keep-alive connections are not counted.
    """
    if door == "none":
        return NotBilled("Front door: none", "the scenario asks for none")
    if door == "function_url" and not on_sweep(lambda_share) and not lambda_share:
        return NotBilled("Front door: none", "only Lambda has function URLs: nothing stands before this option")
    if door == "function_url":
        return FunctionUrlUsage(workload.requests_per_month * lambda_share)
    if door == "http_api":
        return ApiGatewayHttpUsage(
            requests=workload.requests_per_month, request_kb=workload.request_kb, response_kb=workload.response_kb
        )
    if door == "rest_api":
        return ApiGatewayRestUsage(requests=workload.requests_per_month)
    rps = workload.mean_rps(hours_per_month)
    times = book.rule("alb.lcu_gb_per_hour") / book.rule("alb.lcu_gb_per_hour_lambda")
    gb_per_hour = rps * SECONDS_PER_HOUR * (workload.request_kb + workload.response_kb) / KB_PER_GB
    return AlbUsage(
        new_connections_per_s=rps / workload.requests_per_connection,
        active_connections=in_flight(rps, wall_ms),
        gb_per_hour=gb_per_hour * (1 + lambda_share * (times - 1)),
    )


def door_limits(
    door: str, workload: Workload, *, peak_rps: Number, longest_ms: Number, to_lambda: bool, region: str
) -> tuple[Limit, ...]:
    """The limits of a front door that the workload must keep to (M11).

    Parameters
    ----------
    door : str - one of FRONT_DOORS; `none` has no limits.
    peak_rps : Number - requests per second at the busiest moment. [1/s]
    longest_ms : Number - how long a request may take: its mean wall time or its time-out. [ms]
    to_lambda : bool - whether a load balancer passes requests to Lambda, which takes 1 MB.
    region : str - API Gateway's requests per second depend on it.

    Notes: a request is taken to send nothing until its answer is there, so that the idle time-out of a load
    balancer is its time-out. Sizes are those on the wire; binary bodies, which are a third larger as text, are not
    told apart. A function URL has Lambda's own requests per second.
    """
    if door == "none" or (door == "function_url" and not to_lambda):
        return ()

    def lasts(id: str) -> Limit:
        return check(id, longest_ms, times=MS_PER_SECOND, unit="ms")

    def fits(name: str) -> list[Limit]:
        sizes = (("request_mb", workload.request_kb), ("response_mb", workload.response_kb))
        return [check(f"{name}{part}", size_kb / Fraction(KB_PER_MB)) for part, size_kb in sizes]

    if door == "alb":
        found = [lasts("alb.idle_timeout_s"), lasts("alb.idle_timeout_max_s")]
        return tuple(found + fits("alb.lambda_")) if to_lambda else tuple(found)
    found = [lasts(f"{door}.timeout_s"), *fits(f"{door}.")]
    if door != "function_url":
        here = f"api_gateway.requests_per_s/{region}"
        found.append(check(here if here in used() else "api_gateway.requests_per_s", peak_rps))
    return tuple(found)


@dataclass(frozen=True)
class Network:
    """What of the network every option's bill counts, and where its units stand."""

    subnets: str = choice(
        "where units stand: public, each with an address, or private, behind NAT gateways",
        "public",
        "private",
        default="public",
    )
    public_ipv4: bool = flag("whether public IPv4 addresses are counted", default=True)
    nat: bool = flag("whether NAT gateways are counted", default=True)
    data_transfer: bool = flag("whether data out to the internet is counted", default=True)


FUNCTION_ZONES = 2  # zones in which a function inside a VPC has subnets, as for the zones of a fleet by default


def network_usage(
    network: Network,
    workload: Workload,
    hours_per_month: Number,
    *,
    door: str,
    zones: Number,
    unit_hours: Number,
    lambda_share: Number,
    has_units: bool,
    has_function: bool,
    function_vpc: bool,
) -> list[Usage]:
    """Addresses, NAT gateways and data out of one option, with a line for what it does without.

    Parameters
    ----------
    door : str - one of FRONT_DOORS; a load balancer has an address in each zone.
    zones : Number - zones with a load balancer's address or a NAT gateway each.
    unit_hours : Number - hours of all units; in public subnets each has an address. [h]
    lambda_share : Number - share of the requests that go to Lambda.
    has_units, has_function : bool - whether the option has a fleet, a function, or both.
    function_vpc : bool - whether the function runs inside a VPC; there it has no address of its own.

    Notes: data between a load balancer and its targets in another zone is free, so no data is charged between
    zones. A unit has its address as long as it runs.
    References: prices of addresses, NAT gateways and data: the price book, each line with its source.
    """
    units_behind = has_units and network.subnets == "private"
    function_behind = has_function and function_vpc
    nat = network.nat and (units_behind or function_behind)
    gateways = zones if units_behind else FUNCTION_ZONES
    found: list[Usage] = []
    if not network.public_ipv4:
        found.append(NotBilled("Public IPv4 addresses: not counted", "the scenario leaves them out"))
    else:
        held = [
            (door == "alb", zones * hours_per_month, "the load balancer in each zone"),
            (has_units and not units_behind, unit_hours, "each unit in a public subnet"),
            (nat, gateways * hours_per_month, "each NAT gateway"),
        ]
        hours: Number = Fraction(0)
        for here, theirs, _ in held:
            hours = hours + theirs if here else hours
        whose = ", ".join(words for here, _, words in held if here)
        found.append(
            Noted(PublicIpv4Usage(hours=hours), {"in_use_hour": f"one for {whose}"})
            if whose
            else NotBilled("Public IPv4 addresses: none", "nothing here has an address that is charged")
        )
    if nat:
        share: Number = Fraction(0)
        share = share + (1 - lambda_share) if units_behind else share
        share = share + lambda_share if function_behind else share
        gb = _gb(workload.requests_per_month, workload.outbound_kb) * share
        found.append(NatGatewayUsage(hours=gateways * whole_up(hours_per_month), gb=gb))  # each gateway by itself
    elif not network.nat:
        found.append(NotBilled("NAT gateways: not counted", "the scenario leaves them out"))
    else:
        units = ["units in public subnets have addresses of their own"] if has_units else []
        function = ["a function outside a VPC reaches the internet without one"] if has_function else []
        found.append(NotBilled("NAT gateways: none", "; ".join(units + function)))
    if not network.data_transfer:
        return [*found, NotBilled("Data transfer: not counted", "the scenario leaves it out")]
    out_kb = workload.response_kb + workload.outbound_kb
    found.append(DataTransferUsage(internet_gb=_gb(workload.requests_per_month, out_kb)))
    if door == "alb" and has_units:
        why = "between a load balancer and its targets it is free"
        found.append(NotBilled("Data between zones: no charge", why))
    return found


def logs_usage(workload: Workload, hours_per_month: Number, lambda_share: Number, book: PriceBook) -> Usage:
    """The logs that the workload's requests write, and those that are kept.

    GB taken in = requests x log_kb: Lambda's share is vended, the fleet's is not. GB kept = GB taken in a month x
    the months they are kept x the size that compression leaves of them.

    Parameters
    ----------
    lambda_share : Number - share of the requests that go to Lambda: 1 for a function, 0 for a fleet.

    Notes: the retention has run long enough for the oldest logs to leave as new ones come in.
    """
    if not on_sweep(workload.log_kb) and not workload.log_kb:
        return NotBilled("Logs: none", "requests write none: log_kb is 0")
    left = book.rule("cloudwatch.log_compression")
    all_gb = _gb(workload.requests_per_month, workload.log_kb)
    months = workload.log_retention_days * Fraction(HOURS_PER_WEEK, DAYS_PER_WEEK) / hours_per_month
    usage = CloudWatchUsage(
        logs_ingest_gb=all_gb * (1 - lambda_share),
        logs_vended_gb=all_gb * lambda_share,
        logs_stored_gb=all_gb * months * left,
    )
    return Noted(
        usage, {"logs_stored": f"compressed to {decimal_text(left)} of what is taken in, an assumption of AWS"}
    )


def _gb(requests: Number, size_kb: Number) -> Number:
    return requests * size_kb / Fraction(KB_PER_GB)
