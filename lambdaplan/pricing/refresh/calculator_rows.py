"""Which rows of the maps of AWS's calculator are which items of the price book, and where the maps are.

A row is named in words. Names, and the quantities from which tiers hold, were read from maps in public copies; those
of data out and of SQS are the names under which public programs read the live maps. AWS does not document them: what
is not told here is not read, as the map of load balancers, of whose rows no name was found.

References: maps of the AWS Pricing Calculator: lambda (2025-10-30), ecs (2025-10-27), cloudwatch (2025-09-23),
apigateway (2025-10-20), natgateway (2025-10-28), vpc (2025-11-04), dynamodb and sns (2025-08-28), s3 (2025-10-22), EC2
on demand and reserved (2024-06-27), ebs (2024-07-18), in copies; datatransfer (2026-09-16), queueservice (2026-09-11)
and computesavingsplan (2026-09-24), as programs read them; read 2026-12-01.
"""

from __future__ import annotations

from dataclasses import dataclass

Row = tuple[str, str]
"""A row's name, and the quantity from which its price holds; empty: as the tier of the former book in its place."""


@dataclass(frozen=True)
class Told:
    """An item that rows of a map tell: one row, or one for each of its tiers in ascending order.

    Parameters:
    unit : str - AWS's, where the book counts in another one.
    """

    service: str
    item: str
    rows: tuple[Row, ...]
    unit: str = ""


def _lambda(item: str, row: str, *, tiers: bool = False) -> list[Told]:
    """An item of Lambda on both processors, whose rows differ by their ending."""
    told = []
    for suffix, processor in (("", "x86_64"), ("-ARM", "arm64")):
        names = [f"{row}{suffix}", *([f"{row}{suffix} Tier2", f"{row}{suffix} Tier3"] if tiers else ())]
        edges = ["", "", ""] if tiers else ["0"]
        told.append(Told("lambda", f"{item}/{processor}", tuple(zip(names, edges, strict=True))))
    return told


def _one(service: str, item: str, row: str, unit: str = "") -> Told:
    return Told(service, item, ((row, "0"),), unit)


_REST = (
    ("API Calls Number of up to 333 million", "0"),
    ("API Calls Number of Request Next 667 million", "333000000"),
    ("API Calls Number of Request Next 19 billion", "1000000000"),
    ("API Calls Number of Request Over 20 billion", "20000000000"),
)
_HTTP = (("ApiGatewayHttpApi First 300 million", "0"), ("ApiGatewayHttpApi more than 300 million", "300000000"))
_ENDPOINT = "Charge for per GB data processed by VPC Endpoints per GB from {}"
_ENDPOINT_GB = (
    (_ENDPOINT.format("0 to 1048576"), "0"),
    (_ENDPOINT.format("1048576 to 5242880"), "1048576"),
    (_ENDPOINT.format("5242880 to Inf"), "5242880"),
)
_OUT_GB = (
    ("DataTransfer External Outbound Next 10 TB", "0"),
    ("DataTransfer External Outbound Next 40 TB", "10240"),
    ("DataTransfer External Outbound Next 100 TB", "51200"),
    ("DataTransfer External Outbound Greater than 150 TB", "153600"),
)
_VENDED_GB = (
    ("Vended Logs First 10TB", "0"),
    ("Vended Logs Next 20TB", "10240"),
    ("Vended Logs Next Next 20TB", "30720"),
    ("Vended Logs over 50TB", "51200"),
)
_METRICS = (
    ("Metric for the first 10000", "0"),
    ("Metric for the next 240000", "10000"),
    ("Metric for the next 750000", "250000"),
    ("Metric for over 1000000", "1000000"),
)
_STORED_GB = (
    ("Standard Storage First 50 TB per GB Mo", "0"),
    ("Standard Storage Next 450 TB per GB Mo", "51200"),
    ("Standard Storage Over 500 TB per GB Mo", "512000"),
)


def _queue(item: str, row: str) -> Told:
    """Requests of a queue in tiers, whose edges are those that AWS's price page has."""
    rows = ((row, "0"), (f"{row} Tier2", "100000000000"), (f"{row} Tier3", "200000000000"))
    return Told("sqs", item, rows)


_SOCKET = (
    ("WebSocket Messages Messages first 1 billion", "0"),
    ("WebSocket Messages Messages over 1 billion", "1000000000"),
)

REGIONS_TOGETHER: dict[str, tuple[Told, ...]] = {
    "lambda/USD/current/lambda.json": (
        *_lambda("duration", "Lambda Duration", tiers=True),
        *_lambda("requests", "Lambda Requests"),
        *_lambda("provisioned_requests", "Lambda Requests"),
        *_lambda("provisioned_concurrency", "Lambda Provisioned-Concurrency"),
        *_lambda("provisioned_duration", "Lambda Duration-Provisioned"),
        *_lambda("ephemeral_storage", "Lambda Storage-Duration"),
        *_lambda("response_streaming", "Lambda Processed-Bytes"),
    ),
    "ecs/USD/current/ecs.json": (
        _one("fargate", "vcpu_hour/x86_64/linux/on_demand", "perCPU per hour"),
        _one("fargate", "gb_hour/x86_64/linux/on_demand", "perGB per hour"),
        _one("fargate", "vcpu_hour/arm64/linux/on_demand", "ARM perCPU per hour"),
        _one("fargate", "gb_hour/arm64/linux/on_demand", "ARM perGB per hour"),
        _one("fargate", "vcpu_hour/x86_64/windows/on_demand", "perCPU per hour Windows"),
        _one("fargate", "gb_hour/x86_64/windows/on_demand", "perGB per hour Windows"),
        _one("fargate", "licence_vcpu_hour/windows", "perCPU OS License Fee per hour Windows"),
        _one("fargate", "ephemeral_gb_hour", "Storage per GB-Hours"),
    ),
    "cloudwatch/USD/current/cloudwatch.json": (
        _one("cloudwatch", "logs_ingest", "Logs Collected Data Ingestion"),
        Told("cloudwatch", "logs_vended", _VENDED_GB),
        _one("cloudwatch", "logs_stored", "Stored Data"),
        _one("cloudwatch", "insights", "Queried Logs Insights"),
        Told("cloudwatch", "metrics", _METRICS),
        _one("cloudwatch", "alarms", "Alarm Standard"),
        _one("cloudwatch", "high_resolution_alarms", "Alarm High Resolution"),
        _one("cloudwatch", "composite_alarms", "Alarm Composite"),
        _one("cloudwatch", "canary_runs", "Canaries per Runs"),
    ),
    "dynamodb/USD/current/dynamodb.json": (
        _one("dynamodb", "read_request_units", "PayPerRequest Read Request Units"),
        _one("dynamodb", "write_request_units", "PayPerRequest Write Request Units"),
        _one("dynamodb", "rcu_hours", "Provisioned Read Units"),
        _one("dynamodb", "wcu_hours", "Provisioned Write Units"),
        _one("dynamodb", "storage_gb", "Data Storage Indexed GB-Mo"),
        _one("dynamodb", "streams_reads", "Streams Read Requests"),
        _one("dynamodb", "backup_gb", "On-Demand Backup Storage GB-Month"),
        _one("dynamodb", "pitr_gb", "PITR Backup Storage GB-Mo"),
        _one("dynamodb", "restored_gb", "Restore Data Size"),
    ),
    "sns/USD/current/sns.json": (
        _one("sns", "publishes", "Amazon SNS API Requests"),
        _one("sns", "http_notifications", "HTTP Notifications"),
        _one("sns", "email_notifications", "SNS Email and Email JSON Notifications"),
        _one("sns", "fifo_publishes", "Amazon SNS FIFO API Requests per Requests"),
        _one("sns", "fifo_publish_gb", "SNS FIFO Publish Payload per GB"),
        _one("sns", "fifo_deliveries", "Amazon SNS FIFO Subscription Messages per Messages"),
        _one("sns", "fifo_delivery_gb", "Amazon SNS FIFO Subscription Messages Payload per GB"),
    ),
    "s3/USD/current/s3.json": (
        Told("s3", "stored", _STORED_GB),
        _one("s3", "puts", "PUT COPY/POST or LIST requests per Requests"),
        _one("s3", "gets", "GET and all other requests per Requests"),
    ),
    "queueservice/USD/current/queueservice.json": (
        _queue("standard_requests", "Standard per Requests"),
        _queue("fifo_requests", "FIFO first-in first-out per Requests"),
    ),
    "datatransfer/USD/current/datatransfer.json": (Told("data_transfer", "internet_out", _OUT_GB),),
    "apigateway/USD/current/apigateway.json": (
        Told("api_gateway_http", "requests", _HTTP),
        Told("api_gateway_rest", "requests", _REST),
        Told("api_gateway_websocket", "messages", _SOCKET),
        _one("api_gateway_websocket", "connection_minutes", "WebSocket Connection Minutes"),
        *(
            _one("api_gateway_rest", f"cache_{size}GB", f"Caching Memory Size {size.replace('.', ' ')}")
            for size in ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
        ),
    ),
    "ec2/USD/current/ebs.json": (
        _one("ebs", "gp2_storage", "Storage General Purpose gp2 GB Mo"),
        _one("ebs", "gp3_storage", "Storage General Purpose gp3 GB Mo"),
        _one("ebs", "gp3_iops_over_3000", "Provisioned EBS IOPS gp3 Volumes per IOPS Mo"),
        _one("ebs", "gp3_throughput_over_125", "Provisioned Throughput gp3 per GiBps mo", "GiBps-mo"),
    ),
    "ec2/USD/current/natgateway.json": (
        _one("nat_gateway", "gateway_hour", "Hourly charge for NAT Gateways"),
        _one("nat_gateway", "data_processed", "Charge for per GB data processed by NatGateways"),
    ),
    "vpc/USD/current/vpc.json": (
        _one("public_ipv4", "in_use_hour", "Hourly charge for In use Public IPv4 Addresses per Hrs"),
        _one("vpc_endpoint", "endpoint_hour", "Hourly charge for VPC Endpoints per Hrs"),
        Told("vpc_endpoint", "data_processed", _ENDPOINT_GB),
    ),
}
"""Maps of all regions, and the items that their rows tell."""

_PLAN = "computesavingsplan/USD/current/compute-savings-plan-"
_RESERVED = "ec2/USD/current/ec2-reservedinstance/{term}/{place}/Linux/Shared/index.json"
_COMPUTE = f"{_PLAN}ec2/{{term}}/{{place}}/Linux/Shared/index.json"
_TASKS = f"{_PLAN}fargate-with-arm/{{term}}/{{place}}/Linux/{{processor}}/index.json"
TERMS = {
    f"{years}y_{paid}_upfront": f"{years} year/{paid.title()} Upfront"
    for years in "13"
    for paid in ("no", "partial", "all")
}


@dataclass(frozen=True)
class RegionMap:
    """A map of one region: of EC2's types, or of Fargate's vCPUs and GB, by the way of buying.

    Parameters:
    path : str - with the name of the region left open.
    terms : str - the way of buying, as items of the book have it at their end.
    processor : str - of Fargate; empty: EC2.
    """

    service: str
    path: str
    terms: str
    processor: str = ""


BY_REGION = (
    RegionMap("ec2", "ec2/USD/current/ec2-ondemand-without-sec-sel/{place}/Linux/index.json", "on_demand"),
    *(
        RegionMap("ec2", _RESERVED.replace("{term}", TERMS[term]), f"instance_savings_plan_{term}")
        for term in ("1y_no_upfront", "3y_no_upfront")
    ),
    *(
        RegionMap("ec2", _COMPUTE.replace("{term}", words), f"compute_savings_plan_{term}")
        for term, words in TERMS.items()
    ),
    *(
        RegionMap(
            "fargate",
            _TASKS.replace("{term}", words).replace("{processor}", name),
            f"compute_savings_plan_{term}",
            processor,
        )
        for term, words in TERMS.items()
        for processor, name in (("x86_64", "X86"), ("arm64", "ARM"))
    ),
)
"""Maps of one region. An EC2 Instance plan without upfront payment has the rate of a Standard Reserved Instance."""

SERVICES = frozenset({told.service for of in REGIONS_TOGETHER.values() for told in of} | {"ec2"})
"""The services of the book of which maps tell prices."""

NOT_TOLD = {
    "alb": "the names of their rows are not known",
    "nlb": "the names of their rows are not known",
    "kms": "the book has one price for all regions",
}
"""Why no price is taken of a service of which AWS's calculator has a map."""
