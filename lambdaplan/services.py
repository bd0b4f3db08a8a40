"""What surrounds the compute: front doors, volumes, addresses, gateways, data transfer.

One usage type a service: the fields of a usage document, and the priced quantities they make.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.billing import Charge, NoCharge, OwnLine, Usage
from lambdaplan.errors import Problem
from lambdaplan.fields import HUGE, choice, number, shown
from lambdaplan.pricebook import PriceBook
from lambdaplan.units import KB_PER_GB, SECONDS_PER_HOUR, Number, larger, whole_up
from lambdaplan.workload import Workload, in_flight

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
        if self.lcus is not None:
            return self.lcus
        found: Number = Fraction(0)
        for value, measure in (
            (self.new_connections_per_s, "alb.lcu_new_connections"),
            (self.active_connections, "alb.lcu_active_connections"),
            (self.gb_per_hour, "alb.lcu_gb_per_hour"),
        ):
            if value is not None:
                found = larger(found, value / book.rule(measure))
        if self.requests_per_s is not None and self.rules is not None:
            paid = larger(self.rules - book.rule("alb.rules_free"), 0)
            found = larger(found, self.requests_per_s * paid / book.rule("alb.lcu_rule_evaluations"))
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
class NoFrontDoor(Usage):
    """No front door, with the reason, so that the bill says so."""

    why: str

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[NoCharge]:
        """One line that says why there is no charge."""
        return [NoCharge("Front door: none", self.why)]


@dataclass(frozen=True)
class Operations(Usage):
    """People's hours for an option, at the reader's wage."""

    hours: Fraction
    wage_usd_per_hour: Fraction

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[OwnLine]:
        """One line: hours x wage."""
        return [
            OwnLine(
                "Operations", self.hours, "hour", self.wage_usd_per_hour, "people's hours a month at the wage given"
            )
        ]


USAGES: dict[str, type[Usage]] = {
    "ebs": EbsUsage,
    "alb": AlbUsage,
    "api_gateway_http": ApiGatewayHttpUsage,
    "api_gateway_rest": ApiGatewayRestUsage,
    "public_ipv4": PublicIpv4Usage,
    "nat_gateway": NatGatewayUsage,
    "data_transfer": DataTransferUsage,
}

FRONT_DOORS = ("none", "function_url", "http_api", "rest_api", "alb")


def front_door(
    door: str, workload: Workload, hours_per_month: Number, book: PriceBook, wall_ms: Number, to_lambda: bool
) -> Usage:
    """The usage of a front door that carries the workload's requests.

    Parameters
    ----------
    door : str - one of FRONT_DOORS.
    wall_ms : Number - how long a request is open at the door. [ms]
    to_lambda : bool - a load balancer counts bytes to Lambda targets 2.5 times.

    Notes: the load balancer has one rule, and a connection counts as active while a request on it
    is in flight; idle keep-alive connections are not counted.
    """
    if door == "none":
        return NoFrontDoor("the scenario asks for none")
    if door == "function_url" and not to_lambda:
        return NoFrontDoor("only Lambda has function URLs: nothing stands before this option")
    if door == "function_url":
        return FunctionUrlUsage(workload.requests_per_month)
    if door == "http_api":
        return ApiGatewayHttpUsage(
            requests=workload.requests_per_month, request_kb=workload.request_kb, response_kb=workload.response_kb
        )
    if door == "rest_api":
        return ApiGatewayRestUsage(requests=workload.requests_per_month)
    rps = workload.mean_rps(hours_per_month)
    gb_per_hour = rps * SECONDS_PER_HOUR * (workload.request_kb + workload.response_kb) / KB_PER_GB
    if to_lambda:
        gb_per_hour = gb_per_hour * (book.rule("alb.lcu_gb_per_hour") / book.rule("alb.lcu_gb_per_hour_lambda"))
    return AlbUsage(
        new_connections_per_s=rps / workload.requests_per_connection,
        active_connections=in_flight(rps, wall_ms),
        gb_per_hour=gb_per_hour,
    )
