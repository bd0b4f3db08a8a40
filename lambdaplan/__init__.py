"""lambdaplan: what AWS Lambda, Fargate and EC2 cost for a service, and where that changes."""

from typing import Any

from lambdaplan import coldstart
from lambdaplan.analysis.break_even_ladder import Ladder, Rung, ladder, load_rungs
from lambdaplan.analysis.claims import judge
from lambdaplan.analysis.cold_start_curve import ColdCurve, cold_curve
from lambdaplan.analysis.difference import Diff, diff
from lambdaplan.analysis.memory_size import MemoryCurve, memory_curve
from lambdaplan.analysis.payback import Moving, moving
from lambdaplan.analysis.reconcile import reconcile
from lambdaplan.analysis.sensitivity import Flips, flips
from lambdaplan.analysis.winner_map import Atlas, atlas
from lambdaplan.comparison.comparison import Comparison, Crossover, compare
from lambdaplan.errors import InputError, LambdaplanError, PriceNotFound, ReportError
from lambdaplan.pricing.bill import Bill, LineItem, bill
from lambdaplan.pricing.price_book import Price, PriceBook
from lambdaplan.resources import __version__ as __version__
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.scenario.usage_document import UsageDocument
from lambdaplan.workload.traffic import Traffic
from lambdaplan.workload.workload import Workload

__all__ = [
    "Atlas",
    "Bill",
    "ColdCurve",
    "Comparison",
    "Crossover",
    "Diff",
    "Explorer",
    "Flips",
    "InputError",
    "Ladder",
    "LambdaplanError",
    "LineItem",
    "MemoryCurve",
    "Moving",
    "Price",
    "PriceBook",
    "PriceNotFound",
    "ReportError",
    "Rung",
    "Scenario",
    "Traffic",
    "UsageDocument",
    "Workload",
    "atlas",
    "bill",
    "chart",
    "cold_curve",
    "coldstart",
    "compare",
    "diff",
    "flips",
    "judge",
    "ladder",
    "load_rungs",
    "memory_curve",
    "moving",
    "reconcile",
]


def __getattr__(name: str) -> Any:
    """The parts that need heavy libraries, imported when first asked for."""
    if name == "chart":
        from lambdaplan.charts.notebook import chart

        return chart
    if name == "Explorer":
        from lambdaplan.explorer.explorer import Explorer

        return Explorer
    raise AttributeError(f"module 'lambdaplan' has no attribute {name!r}")
