"""Network: public addresses, NAT gateways and data transfer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from lambdaplan.numbers import Number, whole_up
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, NotBilled, Noted, Usage
from lambdaplan.schema.fields import HUGE, choice, flag, number
from lambdaplan.services.service import Parts, Served, Service, shares_of, split
from lambdaplan.units import gb_of
from lambdaplan.workload.workload import Workload


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


NAT_GATEWAYS = ("zonal", "regional", "single")
"""How NAT gateways may stand. A regional one is paid for in each zone that it serves, as one in each zone is.

References: Amazon VPC pricing, Amazon Web Services, read 2026-11-29: regional NAT gateways since 2025-11-19.
"""


@dataclass(frozen=True)
class Network:
    """What of the network every option's bill counts, and where its units stand."""

    subnets: str = choice(
        "where units stand: public, each with an address, or private, behind NAT gateways",
        "public",
        "private",
        default="public",
    )
    nat_gateways: str = choice(
        "zonal: a gateway in each zone; regional: one that is paid for in each zone; single: one for all zones, to "
        "which data of the others crosses",
        *NAT_GATEWAYS,
        default="zonal",
    )
    public_ipv4: bool = flag("whether public IPv4 addresses are counted", default=True)
    nat: bool = flag("whether NAT gateways are counted", default=True)
    data_transfer: bool = flag("whether data out to the internet is counted", default=True)


CROSSING = "to the one NAT gateway from the other zones"
FUNCTION_ZONES = 2  # zones in which a function inside a VPC has subnets, as for the zones of a fleet by default


def network_usage(served: Served, workload: Workload, *, function_vpc: bool) -> list[Usage]:
    """Addresses, NAT gateways and data out of one option, with a line for what it does without.

    Parameters:
    workload : Workload - what is sent: that of the month, or of all services that share the option.
    function_vpc : bool - whether the function runs inside a VPC; there it has no address of its own.

    Notes: a load balancer has an address in each zone. Data between it and its targets in another zone is free, so
    no data is charged between zones. A unit in a public subnet has an address as long as it runs.
    References: prices of addresses, NAT gateways and data: the price book, each line with its source.
    """
    option, network, hours_per_month = served.option, served.scenario.network, served.scenario.hours_per_month
    has_units, zones, lambda_share = option.has_units, option.network_zones, served.fleet.lambda_share
    units_behind = has_units and network.subnets == "private"
    function_behind = option.has_function and function_vpc
    nat = network.nat and (units_behind or function_behind)
    reached = zones if units_behind else Fraction(FUNCTION_ZONES)  # zones from which gateways are reached
    single = network.nat_gateways == "single"
    gateways = Fraction(1) if single else reached
    crossing: Number = Fraction(0)
    usage: list[Usage] = []
    if not network.public_ipv4:
        usage.append(NotBilled("Public IPv4 addresses: not counted", "the scenario leaves them out"))
    else:
        held = [
            (option.front_door == "alb", zones * hours_per_month, "the load balancer in each zone"),
            (has_units and not units_behind, served.unit_hours, "each unit in a public subnet"),
            (nat, gateways * hours_per_month, "each NAT gateway"),
        ]
        hours: Number = Fraction(0)
        for here, theirs, _ in held:
            hours = hours + theirs if here else hours
        whose = ", ".join(words for here, _, words in held if here)
        usage.append(
            Noted(PublicIpv4Usage(hours=hours), {"in_use_hour": f"one for {whose}"})
            if whose
            else NotBilled("Public IPv4 addresses: none", "nothing here has an address that is charged")
        )
    if nat:
        share: Number = Fraction(0)
        on_units = 1 - lambda_share if option.has_function else Fraction(1)  # Lambda may run on units of its own
        share = share + on_units if units_behind else share
        share = share + lambda_share if function_behind else share
        through_kb = workload.outbound_kb + workload.fetched_kb
        gb = gb_of(workload.attempts_per_month, through_kb) * share
        usage.append(NatGatewayUsage(hours=gateways * whole_up(hours_per_month), gb=gb))  # each gateway by itself
        if single:  # the gateway's zone has its share of the units
            crossing = gb * (reached - 1) / (reached * Fraction(1))
    elif not network.nat:
        usage.append(NotBilled("NAT gateways: not counted", "the scenario leaves them out"))
    else:
        units = ["units in public subnets have addresses of their own"] if has_units else []
        function = ["a function outside a VPC reaches the internet without one"] if option.has_function else []
        usage.append(NotBilled("NAT gateways: none", "; ".join(units + function)))
    if not network.data_transfer:
        return [*usage, NotBilled("Data transfer: not counted", "the scenario leaves it out")]
    if served.has_delivery:
        why = "from here to CloudFront it is free, and CloudFront bills what it sends"
        usage.append(NotBilled("Answers: no charge for data out", why))
    out_kb = workload.outbound_kb if served.has_delivery else workload.response_kb + workload.outbound_kb
    transfer = DataTransferUsage(internet_gb=gb_of(workload.attempts_per_month, out_kb), inter_az_gb=crossing)
    usage.append(Noted(transfer, {"inter_az_each_direction": CROSSING}) if nat and single else transfer)
    if option.front_door == "alb" and has_units:
        why = "between a load balancer and its targets it is free"
        usage.append(NotBilled("Data between zones: no charge", why))
    return usage


def _usage(served: Served) -> Sequence[Usage]:
    return network_usage(served, served.workload, function_vpc=served.option.function_vpc)


def _shared(served: Sequence[Served], shares: Sequence[Fraction]) -> Parts:
    """What exists once is split by the parts of the fleet; data is each service's own."""
    workloads = [one.workload for one in served]
    function_vpc = any(one.option.function_vpc for one in served)
    sent = [
        (work.requests_per_month, work.outbound_kb + work.fetched_kb, work.response_kb + work.outbound_kb)
        for work in workloads
    ]
    own = {
        "data_processed": shares_of([Fraction(requests * out_kb) for requests, out_kb, _ in sent]),
        "inter_az_each_direction": shares_of([Fraction(requests * out_kb) for requests, out_kb, _ in sent]),
        "internet_out": shares_of([Fraction(requests * all_kb) for requests, _, all_kb in sent]),
    }
    parts: Parts = [[] for _ in served]
    for entry in served[0].entries(network_usage(served[0], _together(workloads), function_vpc=function_vpc)):
        for part, entries in zip(parts, split([entry], own.get(getattr(entry, "item", ""), shares)), strict=True):
            part.extend(entries)
    return parts


def _together(workloads: Sequence[Workload]) -> Workload:
    """A workload that sends what several do, each attempt as one of its requests."""
    requests = sum(work.attempts_per_month for work in workloads)
    answered = sum((work.response_kb * work.attempts_per_month for work in workloads), Fraction(0)) / (requests or 1)
    sent = sum((work.outbound_kb * work.attempts_per_month for work in workloads), Fraction(0)) / (requests or 1)
    given = [work.fetched_kb * work.attempts_per_month for work in workloads]
    fetched = sum(given, Fraction(0)) / (requests or 1)
    return replace(
        workloads[0],
        requests_per_month=requests,
        retries=None,
        retry_fraction=Fraction(0),
        response_kb=answered,
        outbound_kb=sent,
        inbound_kb=fetched,
    )


NETWORK = Service(
    "network",
    "the network (public addresses, NAT gateways, data sent to the internet)",
    _usage,
    shared=_shared,
    fields=("outbound_kb", "inbound_kb"),
)
