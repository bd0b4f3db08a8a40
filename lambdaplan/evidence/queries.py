"""What to run where the data is: queries whose results `lambdaplan import` reads."""

from __future__ import annotations

import calendar
import datetime as dt
import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from lambdaplan.errors import InputError, Problem, shorten

WEEKS = 4
PERIOD_S = 300
_LONGEST_NAME = 170
_MOST_NAMES = 50
_PRODUCTS = (
    "AWSLambda", "AmazonApiGateway", "AWSELB", "AmazonECS", "AmazonEC2", "AmazonVPC", "AmazonCloudWatch",
    "ComputeSavingsPlans",
)  # fmt: skip
_LEVELS = (1, 2, 4, 8, 16, 32, 64)
_LEVEL_S = 60


@dataclass(frozen=True)
class Query:
    """A text to run.

    Parameters:
    name : short name, for --only.
    words : what it gives.
    run : where and how to run it.
    text : itself.
    ending : ending of a file with it.
    """

    name: str
    words: str
    run: str
    text: str
    ending: str

    def document(self) -> dict[str, str]:
        """It as --json has it."""
        return {"name": self.name, "words": self.words, "run": self.run, "text": self.text}


def queries(
    functions: Sequence[str] = (),
    services: Sequence[str] = (),
    *,
    balancer: str = "",
    url: str = "https://service.example/path",
    today: dt.date,
    month: str | None = None,
) -> list[Query]:
    """Give what to run for functions and services: logs, metrics, bill, capacity of one unit.

    Parameters:
    functions, services : names; a service may be CLUSTER/NAME. With neither, texts for all functions of a region.
    balancer : name of an Application Load Balancer, as app/web/50dc6c495c0c9188.
    url : what the load test loads.
    today : the day after the last one of the metrics.
    month : billing month, YYYY-MM; the last that is closed unless given.

    Raises: InputError for names with signs that no name of AWS has, and for what is no month.
    """
    for field, names in (
        ("--function", functions),
        ("--service", services),
        ("--load-balancer", [balancer] if balancer else []),
    ):
        for name in names:
            _named(field, name)
    if len(functions) + len(services) > _MOST_NAMES:
        words = f"at most {_MOST_NAMES} names"
        raise InputError(Problem("range", "--function", f"{len(functions) + len(services)} names", words))
    first = _month(month, today)
    given = [*_logs(functions), *_metrics(functions, services, balancer, today)]
    return [*given, *_bills(functions, first), Query("k6", "capacity of one unit: throughput at seven levels of load",
            "k6 run capacity.js, against one task or instance, from another machine; then lambdaplan import levels.csv",
            k6_script(url), "js")]  # fmt: skip


def _named(field: str, name: str) -> None:
    if not re.fullmatch(rf"[\w./:$-]{{1,{_LONGEST_NAME}}}", name, re.ASCII):
        words = f"a name of letters, digits and . _ - / : $, of at most {_LONGEST_NAME} signs"
        raise InputError(Problem("type", field, f'"{shorten(name)}"', words))


def _month(month: str | None, today: dt.date) -> dt.date:
    """The first day of a month; of the last that is closed unless given."""
    if month is None:
        return (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    match = re.fullmatch(r"(\d{4})-(\d\d)", month)
    if match is None or not 1 <= int(match[2]) <= 12 or not 2015 <= int(match[1]) <= 2100:
        raise InputError(Problem("type", "--month", f'"{shorten(month)}"', "a month as YYYY-MM, such as 2026-10"))
    return dt.date(int(match[1]), int(match[2]), 1)


# ---- logs

_MB = "1000000"  # of memory fields of Logs Insights, which are MB x 10^6


def _logs(functions: Sequence[str]) -> list[Query]:
    groups = (
        " ".join(shlex.quote(f"/aws/lambda/{function_name(name)}") for name in functions) or "all groups /aws/lambda/*"
    )
    run = f"CloudWatch, Logs Insights, the last {WEEKS} weeks; log groups: {groups}; export the results as CSV or JSON"
    one = [
        'filter @type = "REPORT"',
        "| stats count(*) as requests,",
        "    count(@initDuration) as cold_starts,",
        "    avg(@duration) as duration_ms, stddev(@duration) as duration_sd_ms,",
        "    pct(@duration, 50) as p50_ms, pct(@duration, 95) as p95_ms, pct(@duration, 99) as p99_ms,",
        "    max(@duration) as max_ms,",
        "    sum(@billedDuration) as billed_ms,",
        "    avg(@initDuration) as init_ms,",
        f"    max(@memorySize / {_MB}) as memory_mb,",
        f"    max(@maxMemoryUsed / {_MB}) as max_memory_mb",
        "  by @log",
    ]
    hourly = [
        'filter @type = "REPORT"',
        "| stats count(*) as requests,",
        "    count(@initDuration) as cold_starts,",
        "    sum(@duration) as sum_ms, sum(@duration * @duration) as sum_sq,",
        "    sum(@billedDuration) as billed_ms,",
        "    sum(@initDuration) as init_sum_ms,",
        f"    max(@maxMemoryUsed / {_MB}) as max_memory_mb",
        f"  by @log, @memorySize / {_MB} as memory_mb, bin(1h) as hour",
        "| sort hour asc",
        "| limit 10000",
    ]
    metric = "record.metrics"
    as_json = [
        'filter type = "platform.report"',
        "| stats count(*) as requests,",
        f"    count({metric}.initDurationMs) as cold_starts,",
        f"    avg({metric}.durationMs) as duration_ms, stddev({metric}.durationMs) as duration_sd_ms,",
        f"    pct({metric}.durationMs, 50) as p50_ms, pct({metric}.durationMs, 95) as p95_ms,",
        f"    pct({metric}.durationMs, 99) as p99_ms, max({metric}.durationMs) as max_ms,",
        f"    sum({metric}.billedDurationMs) as billed_ms,",
        f"    avg({metric}.initDurationMs) as init_ms,",
        f"    max({metric}.memorySizeMB) as memory_mb,",
        f"    max({metric}.maxMemoryUsedMB) as max_memory_mb",
        "  by @log",
    ]
    cpu = [
        'filter event_type = "performance" and cold_start = 0',
        "| stats count(*) as requests,",
        "    avg(cpu_total_time) as avg_cpu_ms,",
        "    avg(duration) as avg_ms,",
        "    max(total_memory) as memory_mb,",
        "    max(used_memory_max) as max_memory_mb,",
        "    avg(total_network) / 1000 as avg_network_kb",
        "  by function_name",
    ]
    insights = f"as above, log group /aws/lambda-insights (only functions with Lambda Insights), the last {WEEKS} weeks"
    return [
        Query("logs", "requests, durations with spread, cold starts, memory, of logs as text", run, _text(one), "txt"),
        Query("logs-json", "the same of functions whose logs are JSON", run, _text(as_json), "txt"),
        Query("logs-hourly", "the same by hour, for the week's shape; 14 functions at most", run, _text(hourly), "txt"),
        Query("lambda-insights", "CPU time of a request", insights, _text(cpu), "txt"),
    ]


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines)


def function_name(name: str) -> str:
    """The name of a function within its ARN, or as it is."""
    parts = name.split(":")
    return parts[6] if len(parts) > 6 and parts[0] == "arn" else name


# ---- metrics


def _metrics(functions: Sequence[str], services: Sequence[str], balancer: str, today: dt.date) -> list[Query]:
    given = []
    for name in functions or ([] if services else ["FUNCTION"]):
        place = "metrics" if len(functions) < 2 else f"metrics-{function_name(name)}"
        given.append(
            _document(
                place, f"invocations, durations and concurrency of {function_name(name)}", _of_function(name), today
            )
        )
    for name in services:
        place = "metrics" if len(services) == 1 and not functions else f"metrics-{name.rpartition('/')[2]}"
        given.append(_document(place, f"requests, CPU, memory and tasks of {name}", _of_service(name, balancer), today))
    return given


def _document(name: str, words: str, metrics: list[dict[str, object]], today: dt.date) -> Query:
    start = today - dt.timedelta(weeks=WEEKS)
    document = {
        "StartTime": f"{start.isoformat()}T00:00:00Z",
        "EndTime": f"{today.isoformat()}T00:00:00Z",
        "ScanBy": "TimestampAscending",
        "MetricDataQueries": metrics,
    }
    run = f"aws cloudwatch get-metric-data --cli-input-json file://{name}.json > {name}-values.json"
    return Query(name, words, run, json.dumps(document, indent=2), "json")


def _metric(identity: str, space: str, metric: str, statistic: str, **dimensions: str) -> dict[str, object]:
    by = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    inner = {"Namespace": space, "MetricName": metric, "Dimensions": by}
    return {"Id": identity, "MetricStat": {"Metric": inner, "Period": PERIOD_S, "Stat": statistic}}


def _of_function(name: str) -> list[dict[str, object]]:
    wanted = (
        ("invocations", "Invocations", "Sum"),
        ("dur_avg", "Duration", "Average"),
        ("dur_p50", "Duration", "p50"),
        ("dur_p95", "Duration", "p95"),
        ("dur_p99", "Duration", "p99"),
        ("concurrency", "ConcurrentExecutions", "Maximum"),
        ("errors", "Errors", "Sum"),
        ("throttles", "Throttles", "Sum"),
    )
    return [_metric(*one[:1], "AWS/Lambda", *one[1:], FunctionName=function_name(name)) for one in wanted]


def _of_service(name: str, balancer: str) -> list[dict[str, object]]:
    cluster, _, service = name.rpartition("/")
    where = {"ClusterName": cluster or "default", "ServiceName": service}
    door = {"LoadBalancer": balancer or "app/NAME/ID"}
    space = "AWS/ApplicationELB"
    return [
        _metric("requests", space, "RequestCount", "Sum", **door),
        _metric("response", space, "TargetResponseTime", "Average", **door),
        _metric("bytes", space, "ProcessedBytes", "Sum", **door),
        _metric("lcu", space, "ConsumedLCUs", "Average", **door),
        _metric("cpu", "AWS/ECS", "CPUUtilization", "Average", **where),
        _metric("memory", "AWS/ECS", "MemoryUtilization", "Maximum", **where),
        _metric("tasks", "ECS/ContainerInsights", "RunningTaskCount", "Average", **where),
    ]


# ---- bills


def sql_text(text: str) -> str:
    """Text as SQL has it, quotes doubled.

    Examples:
        >>> sql_text("o'rders")
        "'o''rders'"
    """
    return "'" + text.replace("'", "''") + "'"


def _products(column: str) -> str:
    names = [sql_text(name) for name in _PRODUCTS]
    return f"{column} IN ({', '.join(names[:4])},\n    {', '.join(names[4:])})"


def _only(functions: Sequence[str], product: str, resource: str) -> str:
    """The condition that keeps rows of some functions among those of Lambda, and all of other products."""
    if not functions:
        return ""
    names = [function_name(name).replace("!", "!!").replace("_", "!_") for name in functions]
    ends = " OR ".join(
        f"{resource} LIKE {sql_text(pattern)} ESCAPE '!'"
        for name in names
        for pattern in (f"%:function:{name}", f"%:function:{name}:%")
    )
    return f"  AND ({product} <> 'AWSLambda' OR {ends})\n"


def _bills(functions: Sequence[str], first: dt.date) -> list[Query]:
    run = "Athena; write your table for {table}; download the result as CSV, then lambdaplan import it"
    label = f"{first:%B %Y}"
    return [
        Query("cur2", f"the bill of {label} by usage type, from CUR 2.0", run.format(table="cur2"),
              _cur2(functions, first, net=False), "sql"),
        Query("cur2-net", "the same where the account has private rates: with net costs", run.format(table="cur2"),
              _cur2(functions, first, net=True), "sql"),
        Query("focus", f"the bill of {label} by usage type, from FOCUS 1.2", run.format(table="focus"),
              _focus(functions, first), "sql"),
    ]  # fmt: skip


def _cur2(functions: Sequence[str], first: dt.date, *, net: bool) -> str:
    more = ""
    if net:
        more = (
            "  SUM(line_item_net_unblended_cost) AS net_usd,\n"
            "  SUM(line_item_net_unblended_cost) / NULLIF(SUM(pricing_public_on_demand_cost), 0) AS private_factor,\n"
        )
    return (
        "-- A commitment counts where it is used: covered usage at its effective cost; what of a plan is idle, apart.\n"
        "SELECT\n"
        "  line_item_product_code AS product,\n"
        "  product_region_code AS region,\n"
        "  line_item_usage_type AS usage_type,\n"
        "  line_item_operation AS operation,\n"
        "  pricing_unit AS unit,\n"
        "  line_item_line_item_type AS line_type,\n"
        "  MIN(line_item_usage_start_date) AS first_use,\n"
        "  MAX(line_item_usage_end_date) AS last_use,\n"
        "  SUM(line_item_usage_amount) AS quantity,\n"
        "  SUM(line_item_unblended_cost) AS unblended_usd,\n"
        f"{more}"
        "  SUM(pricing_public_on_demand_cost) AS list_usd,\n"
        "  SUM(CASE\n"
        "    WHEN line_item_line_item_type = 'SavingsPlanCoveredUsage' THEN savings_plan_savings_plan_effective_cost\n"
        "    WHEN line_item_line_item_type = 'DiscountedUsage' THEN reservation_effective_cost\n"
        "    WHEN line_item_line_item_type IN ('SavingsPlanNegation', 'SavingsPlanUpfrontFee') THEN 0\n"
        "    WHEN line_item_line_item_type = 'SavingsPlanRecurringFee'\n"
        "      THEN savings_plan_total_commitment_to_date - savings_plan_used_commitment\n"
        "    ELSE line_item_unblended_cost\n"
        "  END) AS amortized_usd\n"
        "FROM cur2\n"
        f"WHERE bill_billing_period_start_date = TIMESTAMP '{first.isoformat()} 00:00:00'\n"
        "  AND line_item_line_item_type NOT IN ('Credit', 'Refund', 'Tax')\n"
        f"  AND {_products('line_item_product_code')}\n"
        f"{_only(functions, 'line_item_product_code', 'line_item_resource_id')}"
        "GROUP BY 1, 2, 3, 4, 5, 6\n"
        "ORDER BY amortized_usd DESC"
    )


def _focus(functions: Sequence[str], first: dt.date) -> str:
    days = calendar.monthrange(first.year, first.month)[1]
    after = first + dt.timedelta(days=days)

    def total(column: str) -> str:
        return f"SUM(CAST({column} AS DOUBLE))"

    return (
        "-- For FOCUS 1.0 write x_UsageType for SkuMeter.\n"
        "SELECT\n"
        "  x_ServiceCode AS product,\n"
        "  RegionId AS region,\n"
        "  SkuMeter AS usage_type,\n"
        "  x_Operation AS operation,\n"
        "  PricingUnit AS unit,\n"
        "  PricingCategory AS line_type,\n"
        "  MIN(ChargePeriodStart) AS first_use,\n"
        "  MAX(ChargePeriodEnd) AS last_use,\n"
        f"  {total('PricingQuantity')} AS quantity,\n"
        f"  {total('BilledCost')} AS billed_usd,\n"
        f"  {total('ListCost')} AS list_usd,\n"
        f"  {total('ContractedCost')} AS contracted_usd,\n"
        f"  {total('EffectiveCost')} AS amortized_usd,\n"
        f"  {total('ContractedCost')} / NULLIF({total('ListCost')}, 0) AS private_factor\n"
        "FROM focus\n"
        f"WHERE CAST(ChargePeriodStart AS TIMESTAMP) >= TIMESTAMP '{first.isoformat()} 00:00:00'\n"
        f"  AND CAST(ChargePeriodStart AS TIMESTAMP) < TIMESTAMP '{after.isoformat()} 00:00:00'\n"
        "  AND ChargeCategory IN ('Purchase', 'Usage')\n"
        f"  AND {_products('x_ServiceCode')}\n"
        f"{_only(functions, 'x_ServiceCode', 'ResourceId')}"
        "GROUP BY 1, 2, 3, 4, 5, 6\n"
        "ORDER BY amortized_usd DESC"
    )


# ---- load test


def k6_script(url: str) -> str:
    """A script of k6 that holds seven numbers of users for a minute each, and writes a table with a row a level."""
    return "\n".join((
        "// One unit (a task, an instance) under 1 to 64 users, a minute each. Log its CPU beside it: add the columns",
        "// busy_vcpu (or cpu_percent and vcpu) to levels.csv, and import tells the CPU time of a request too.",
        "import http from 'k6/http';",
        "",
        f"const target = {_js(url)};",
        f"const users = [{', '.join(str(n) for n in _LEVELS)}];",
        f"const seconds = {_LEVEL_S};",
        "const level = (n) => `users_${n}`;",
        "",
        "const scenarios = {};",
        "const thresholds = {}; // a metric of one level is in the summary only where it has a threshold",
        "users.forEach((n, place) => {",
        "  scenarios[level(n)] = {",
        "    executor: 'constant-vus', vus: n, duration: `${seconds}s`, startTime: `${place * (seconds + 10)}s`,",
        "    gracefulStop: '10s',",
        "  };",
        "  thresholds[`http_reqs{scenario:${level(n)}}`] = ['count>=0'];",
        "  thresholds[`http_req_duration{scenario:${level(n)}}`] = ['max>=0'];",
        "  thresholds[`http_req_failed{scenario:${level(n)}}`] = ['rate>=0'];",
        "});",
        "export const options = { scenarios, thresholds, summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max'] };",
        "",
        "export default function () {",
        "  http.get(target);",
        "}",
        "",
        "export function handleSummary(data) {",
        "  const rows = ['users,throughput_rps,p50_ms,p95_ms,failed_share'];",
        "  for (const n of users) {",
        "    const of = (name) => (data.metrics[`${name}{scenario:${level(n)}}`] || { values: {} }).values;",
        "    const took = of('http_req_duration');",
        "    const rate = (of('http_reqs').count || 0) / seconds;",
        "    rows.push([n, rate, took.med, took['p(95)'], of('http_req_failed').rate].join(','));",
        "  }",
        "  const table = `${rows.join('\\n')}\\n`;",
        "  return { 'levels.csv': table, stdout: table };",
        "}",
    ))  # fmt: skip


def _js(text: str) -> str:
    """Text as a script has it, safe in one line and in a page."""
    return json.dumps(text).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
