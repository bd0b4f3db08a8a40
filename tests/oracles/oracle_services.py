"""What services around the compute are billed, by the words of their pages; shares no code with the package."""

from fractions import Fraction
from math import ceil


def exact(value):
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def given(row, name, usual=0):
    return exact(row.get(name, usual))


def begun(size, step):
    """How many steps are begun; something without a size is one."""
    return max(1, ceil(size / step))


def month(document):
    return exact(document.get("hours_per_month", 730))


def plain(*pairs):
    """Charges of services whose fields are each a quantity of one item."""
    return lambda row, document: [(item, given(row, field)) for field, item in pairs]


def same(*names):
    return plain(*((name, name) for name in names))


def nlb(row, document):
    hours = given(row, "hours", month(document))
    return [("load_balancer_hour", hours), ("nlcu_hour", hours * given(row, "lcus"))]


def vpc_endpoint(row, document):
    # PrivateLink: per endpoint, zone and hour; each partial hour is a full one. Then each GB.
    hours = ceil(given(row, "hours", month(document)))
    return [("endpoint_hour", Fraction(hours * int(row.get("zones", 1)))), ("data_processed", given(row, "gb"))]


def lambda_edge(row, document):
    ms = ceil(exact(row["duration_ms"]))
    gb = Fraction(int(row.get("memory_mb", 128)), 1024)
    requests = exact(row["requests"])
    return [("edge_requests/x86_64", requests), ("edge_duration/x86_64", requests * ms * gb / 1000)]


def websocket(row, document):
    # API Gateway: messages in 32 KB increments.
    return [
        ("messages", given(row, "messages") * begun(given(row, "message_kb"), 32)),
        ("connection_minutes", given(row, "connection_minutes")),
    ]


def cloudfront(row, document):
    place = row.get("price_class", "United States")
    names = ("gb_out", "gb_to_origin", "https_requests", "http_requests")
    return [(f"{name}/{place}", given(row, name)) for name in names]


def sqs(row, document):
    # Each 64 KB chunk of a payload is one request.
    many = begun(given(row, "payload_kb"), 64)
    return [(name, given(row, name) * many) for name in ("standard_requests", "fifo_requests")]


def sns(row, document):
    names = ("fifo_publishes", "fifo_publish_gb", "fifo_deliveries", "fifo_delivery_gb")
    names += ("http_notifications", "email_notifications")
    publishes = given(row, "publishes") * begun(given(row, "publish_kb"), 64)
    return [("publishes", publishes)] + [(name, given(row, name)) for name in names]


def eventbridge(row, document):
    size = given(row, "event_kb")
    return [
        ("custom_events", given(row, "custom_events") * begun(size, 64)),
        ("partner_events", given(row, "partner_events") * begun(size, 64)),
        ("archive_processed_gb", given(row, "archive_processed_gb")),
        ("archive_stored_gb", given(row, "archive_stored_gb")),
        ("schema_discovery_events", given(row, "schema_discovery_events") * begun(size, 8)),
        ("scheduler_invocations", given(row, "scheduler_invocations")),
        ("pipes_requests", given(row, "pipes_requests") * begun(size, 64)),
        ("api_destinations", given(row, "api_destinations") * begun(size, 64)),
    ]


def step_functions(row, document):
    return [
        ("standard_transitions", given(row, "standard_transitions")),
        ("express_requests", given(row, "express_requests")),
        ("express_gb_hours", given(row, "express_gb_seconds") / 3600),
    ]


def aurora(row, document):
    kind = "_io_optimized" if row.get("io_optimized") else ""
    charges = [(f"acu_hour{kind}", given(row, "acu_hours")), (f"storage{kind}", given(row, "storage_gb"))]
    return charges if kind else [*charges, ("io_requests", given(row, "io_requests"))]


def elasticache(row, document):
    engine = row.get("engine", "redis")
    charges = [(f"serverless_gb_hour/{engine}", given(row, "serverless_gb_hours"))]
    charges.append((f"ecpus/{engine}", given(row, "ecpus")))
    if "node_type" in row:
        charges.append((f"node_hour/{row['node_type']}/{engine}", exact(row["node_hours"])))
    return charges


def cloudwatch(row, document):
    # Logs, metrics and alarms each by their own field; a canary's run is its run alone.
    gb = [(name, given(row, f"{name}_gb")) for name in ("logs_ingest", "logs_vended", "logs_stored", "insights")]
    names = ("metrics", "alarms", "high_resolution_alarms", "composite_alarms", "canary_runs")
    return gb + [(name, given(row, name)) for name in names]


DYNAMODB = ("write_request_units", "read_request_units", "wcu_hours", "rcu_hours", "storage_gb")
DYNAMODB += ("pitr_gb", "backup_gb", "restored_gb", "streams_reads")

CHARGES = {
    "nlb": nlb,
    "vpc_endpoint": vpc_endpoint,
    "lambda_edge": lambda_edge,
    "api_gateway_websocket": websocket,
    "cloudfront": cloudfront,
    "cloudwatch": cloudwatch,
    "xray": same("traces_recorded", "traces_retrieved", "insights_traces"),
    "sqs": sqs,
    "sns": sns,
    "eventbridge": eventbridge,
    "step_functions": step_functions,
    "dynamodb": same(*DYNAMODB),
    "aurora_serverless_v2": aurora,
    "rds_proxy": plain(("vcpu_hours", "vcpu_hour"), ("acu_hours", "acu_hour")),
    "elasticache": elasticache,
    "s3": plain(("stored_gb", "stored"), ("puts", "puts"), ("gets", "gets")),
    "ecr": plain(("stored_gb", "stored")),
    "secrets_manager": plain(("secrets", "secret_month"), ("api_calls", "api_calls")),
    "kms": plain(("keys", "key_month"), ("requests", "requests")),
}

# (service, free item, starts of the items that use it up together, in the order of the document)
FREE = (
    ("sqs", "free_tier_requests", ("",)),
    ("cloudfront", "free_tier_gb_out", ("gb_out/",)),
    ("cloudfront", "free_tier_requests", (("https_requests/", "http_requests/"),)),
    ("cloudwatch", "free_tier_logs_ingest", (("logs_ingest", "logs_vended"),)),
    ("cloudwatch", "free_tier_logs_stored", ("logs_stored",)),
    ("cloudwatch", "free_tier_insights", ("insights",)),
    ("cloudwatch", "free_tier_metrics", ("metrics",)),
    ("cloudwatch", "free_tier_alarms", ("alarms",)),
    ("cloudwatch", "free_tier_canary_runs", ("canary_runs",)),
    ("xray", "free_tier_traces_recorded", ("traces_recorded",)),
    ("xray", "free_tier_traces_retrieved", ("traces_retrieved",)),
    ("sns", "free_tier_publishes", ("publishes",)),
    ("sns", "free_tier_http_notifications", ("http_notifications",)),
    ("sns", "free_tier_email_notifications", ("email_notifications",)),
    ("eventbridge", "free_tier_schema_discovery_events", ("schema_discovery_events",)),
    ("eventbridge", "free_tier_scheduler_invocations", ("scheduler_invocations",)),
    ("step_functions", "free_tier_standard_transitions", ("standard_transitions",)),
    ("dynamodb", "free_tier_wcu_hours", ("wcu_hours",)),
    ("dynamodb", "free_tier_rcu_hours", ("rcu_hours",)),
    ("dynamodb", "free_tier_storage_gb", ("storage_gb",)),
    ("dynamodb", "free_tier_streams_reads", ("streams_reads",)),
    ("kms", "free_tier_requests", ("requests",)),
)
