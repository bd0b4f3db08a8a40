"""lambdaplan: what AWS Lambda, Fargate and EC2 cost for a service, and where that changes."""

# ruff: noqa: E402  # Ctrl-C is ours before the imports, which take most of a second
import _signal  # type: ignore[import-not-found]  # all four are there since Python started: none takes time
import atexit
import os
import sys


class Ending:
    """How the command ends, from this line on: `exit_code` is set once it is known."""

    exit_code: int | None = None

    @staticmethod
    def interrupted(*_: object) -> None:
        """End at once for Ctrl-C, while the command loads and while it ends: one line, exit 130."""
        try:
            os.write(2, b"interrupted\n")
        finally:
            os._exit(130)

    @classmethod
    def leave(cls) -> None:
        """End before Python takes its modules apart: then Ctrl-C would end it by a signal, without a word."""
        if cls.exit_code is not None:
            os._exit(cls.exit_code)


# A program that imports this package keeps its own ways. "-m" stands there while `python -m lambdaplan` is looked up.
_NAME = os.path.basename(sys.argv[0])  # noqa: PTH119 - pathlib is not loaded yet
_COMMAND = _NAME.removesuffix(".exe").removesuffix("-script.py") in ("lambdaplan", "-m")
if _COMMAND and _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, Ending.interrupted)
    atexit.register(Ending.leave)  # the first that is registered is the last that is called

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lambdaplan import coldstart
    from lambdaplan.analysis.books.book_history import BookHistory, book_history
    from lambdaplan.analysis.break_even_ladder import Ladder, Rung, ladder, load_rungs
    from lambdaplan.analysis.claims import judge
    from lambdaplan.analysis.cold_start_curve import ColdCurve, cold_curve
    from lambdaplan.analysis.difference import Diff, diff
    from lambdaplan.analysis.memory_size import MemoryCurve, memory_curve
    from lambdaplan.analysis.payback import Moving, moving
    from lambdaplan.analysis.reconcile import reconcile
    from lambdaplan.analysis.sensitivity import Flips, flips
    from lambdaplan.analysis.winner_map import Atlas
    from lambdaplan.comparison.comparison import Comparison, Crossover, compare
    from lambdaplan.doubt.chance_map import atlas
    from lambdaplan.doubt.commitments import Commit, commit
    from lambdaplan.doubt.risk import Risk, risk
    from lambdaplan.errors import InputError, LambdaplanError, PriceNotFound, ReportError
    from lambdaplan.evidence.import_files import Imported, import_files
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
    "BookHistory",
    "ColdCurve",
    "Commit",
    "Comparison",
    "Crossover",
    "Diff",
    "Explorer",
    "Flips",
    "Imported",
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
    "Risk",
    "Rung",
    "Scenario",
    "Traffic",
    "UsageDocument",
    "Workload",
    "atlas",
    "bill",
    "book_history",
    "chart",
    "cold_curve",
    "coldstart",
    "commit",
    "compare",
    "diff",
    "flips",
    "import_files",
    "judge",
    "ladder",
    "load_rungs",
    "memory_curve",
    "moving",
    "reconcile",
    "risk",
]


_HOMES = {
    "lambdaplan.analysis.books.book_history": ("BookHistory", "book_history"),
    "lambdaplan.analysis.break_even_ladder": ("Ladder", "Rung", "ladder", "load_rungs"),
    "lambdaplan.analysis.claims": ("judge",),
    "lambdaplan.analysis.cold_start_curve": ("ColdCurve", "cold_curve"),
    "lambdaplan.analysis.difference": ("Diff", "diff"),
    "lambdaplan.analysis.memory_size": ("MemoryCurve", "memory_curve"),
    "lambdaplan.analysis.payback": ("Moving", "moving"),
    "lambdaplan.analysis.reconcile": ("reconcile",),
    "lambdaplan.analysis.sensitivity": ("Flips", "flips"),
    "lambdaplan.analysis.winner_map": ("Atlas",),
    "lambdaplan.doubt.chance_map": ("atlas",),
    "lambdaplan.charts.notebook": ("chart",),
    "lambdaplan.comparison.comparison": ("Comparison", "Crossover", "compare"),
    "lambdaplan.doubt.commitments": ("Commit", "commit"),
    "lambdaplan.doubt.risk": ("Risk", "risk"),
    "lambdaplan.errors": ("InputError", "LambdaplanError", "PriceNotFound", "ReportError"),
    "lambdaplan.evidence.import_files": ("Imported", "import_files"),
    "lambdaplan.explorer.explorer": ("Explorer",),
    "lambdaplan.pricing.bill": ("Bill", "LineItem", "bill"),
    "lambdaplan.pricing.price_book": ("Price", "PriceBook"),
    "lambdaplan.resources": ("__version__",),
    "lambdaplan.scenario.scenario": ("Scenario",),
    "lambdaplan.scenario.usage_document": ("UsageDocument",),
    "lambdaplan.workload.traffic": ("Traffic",),
    "lambdaplan.workload.workload": ("Workload",),
}
"""Where each part is. It is imported when it is first asked for, so that `import lambdaplan` takes no time."""


def __getattr__(name: str) -> Any:
    """A part, from its module."""
    if name == "coldstart":
        return import_module("lambdaplan.coldstart")
    for home, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(home), name)
            return value
    raise AttributeError(f"module 'lambdaplan' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The parts, loaded or not."""
    return sorted({*globals(), *__all__})
