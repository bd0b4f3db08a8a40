"""CloudWatch: logs, metrics and alarms, and the logs that requests write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.errors import Problem
from lambdaplan.formatting import decimal_text
from lambdaplan.numbers import Number, on_sweep
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, NotBilled, Noted, Usage
from lambdaplan.schema.fields import HUGE, number
from lambdaplan.services.service import Served, Service
from lambdaplan.units import DAYS_PER_WEEK, HOURS_PER_WEEK, gb_of
from lambdaplan.workload.workload import Workload


@dataclass(frozen=True)
class CloudWatchUsage(Usage):
    """Logs that are taken in, kept and scanned, metrics and alarms.

    References: Amazon CloudWatch pricing, Amazon Web Services, copies of 2022 to 2025 read 2026-11-25. Logs
    that AWS services write by themselves (Lambda's among them, since 2025) are vended: their price falls in
    tiers. Metrics that requests write into their logs (EMF) are paid as logs and as metrics. The free 5 GB are
    taken off what comes in, what is kept and what is scanned, each by itself: so the lines of bills, and the
    page's example of 30 GB.

    Examples:
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
    high_resolution_alarms: Number = number(
        "alarms that look every 10 or 30 seconds", unit="alarms", high=HUGE, default=Fraction(0)
    )
    composite_alarms: Number = number("composite alarms", unit="alarms", high=HUGE, default=Fraction(0))
    canary_runs: Number = number(
        "runs of canaries, without the function, the logs and the storage of each",
        unit="runs",
        high=HUGE,
        default=Fraction(0),
    )

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
            Charge(
                "cloudwatch", "high_resolution_alarms", self.high_resolution_alarms, "CloudWatch high-resolution alarms"
            ),
            Charge("cloudwatch", "composite_alarms", self.composite_alarms, "CloudWatch composite alarms"),
            Charge("cloudwatch", "canary_runs", self.canary_runs, "CloudWatch canary runs", "free_tier_canary_runs"),
        ]


def logs_usage(workload: Workload, hours_per_month: Number, lambda_share: Number, book: PriceBook) -> Usage:
    """The logs that the workload's requests write, and those that are kept.

    GB taken in = requests x log_kb: Lambda's share is vended, the fleet's is not. GB kept = GB taken in a month x
    the months they are kept x the size that compression leaves of them.

    Parameters:
    lambda_share : Number - share of the requests that go to Lambda: 1 for a function, 0 for a fleet.

    Notes: the retention has run long enough for the oldest logs to leave as new ones come in.
    """
    if not on_sweep(workload.log_kb) and not workload.log_kb:
        return NotBilled("Logs: none", "requests write none: log_kb is 0")
    left = book.rule("cloudwatch.log_compression")
    all_gb = gb_of(workload.attempts_per_month, workload.log_kb)
    months = workload.log_retention_days * Fraction(HOURS_PER_WEEK, DAYS_PER_WEEK) / hours_per_month
    usage = CloudWatchUsage(
        logs_ingest_gb=all_gb * (1 - lambda_share),
        logs_vended_gb=all_gb * lambda_share,
        logs_stored_gb=all_gb * months * left,
    )
    return Noted(
        usage, {"logs_stored": f"compressed to {decimal_text(left)} of what is taken in, an assumption of AWS"}
    )


def _usage(served: Served) -> Sequence[Usage]:
    scenario = served.scenario
    return [logs_usage(served.workload, scenario.hours_per_month, served.fleet.lambda_share, scenario.book)]


def _problems(workload: Workload) -> Sequence[Problem]:
    if workload.log_kb is not None:
        return ()
    words = "logs that one request writes (KB), as include names logs"
    return [Problem("missing", "workload.log_kb", "", words, "Try workload.log_kb=1.")]


LOGS = Service(
    "logs",
    "logs (taken in, and kept for their days)",
    _usage,
    problems=_problems,
    fields=("log_kb", "log_retention_days"),
)
