"""Charts in notebooks: the chart of any result, shown without a network."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from lambdaplan.analysis.books.book_history import BookHistory
from lambdaplan.analysis.cold_start_curve import ColdCurve
from lambdaplan.analysis.difference import Diff
from lambdaplan.analysis.memory_size import MemoryCurve
from lambdaplan.analysis.payback import Moving
from lambdaplan.analysis.sensitivity import Flips
from lambdaplan.analysis.winner_map import Atlas
from lambdaplan.charts import cost, difference, sensitivity
from lambdaplan.charts.bill import bill_chart
from lambdaplan.charts.books.book_history import book_history_chart
from lambdaplan.charts.cold_starts import cold_chart
from lambdaplan.charts.doubt.chances import chances_chart
from lambdaplan.charts.doubt.months import months_chart
from lambdaplan.charts.fleets.answer_times import answer_times_chart
from lambdaplan.charts.fleets.architecture import architecture_chart
from lambdaplan.charts.fleets.week import week_chart
from lambdaplan.charts.load_curve import load_chart
from lambdaplan.charts.memory_size import memory_chart
from lambdaplan.charts.payback import savings_chart
from lambdaplan.charts.rendering import spec_title, still
from lambdaplan.charts.theme import Layer
from lambdaplan.charts.winner_map import atlas_chart
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.doubt.commitments import Commit
from lambdaplan.doubt.risk import Risk
from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.workload.traffic import Traffic

OF_A_COMPARISON: dict[str, Callable[..., Layer]] = {
    "cost": cost.chart,
    "bill": bill_chart,
    "answer_time": answer_times_chart,
    "week": week_chart,
    "architecture": architecture_chart,
}
"""Pictures of a comparison, by the names that `lambdaplan export --chart` has for them."""


def chart(
    result: Comparison | Atlas | BookHistory | ColdCurve | Diff | Flips | MemoryCurve | Moving | Risk | Traffic,
    *,
    width: int | None = None,
    height: int | None = None,
    of: str | None = None,
) -> Layer:
    """The picture of a comparison, an atlas, a difference, distances, chances, a memory curve, savings, or a traffic.

    It is a chart of altair. As the last line of a cell it shows as a still picture with alternative text, in any
    notebook and without a network.

    Parameters:
    result : Comparison, Atlas, BookHistory, ColdCurve, Commit, Flips, Diff, MemoryCurve, Moving, Risk or
        Traffic - what is drawn.
    width, height : int or None - size of the plot without its labels; None is the usual one of its kind. Bars have a
        height of their own. The costs of a comparison are drawn along the whole axis and, beside that, around the
        scenario's own number; with a width, along the whole axis alone. [px]
    of : str or None - of a comparison: `cost`, `bill`, `answer_time`, `week` or `architecture`; None is its costs.

    Raises: InputError where there is no picture of that name, or nothing to draw on it.
    """
    if of is not None and not (isinstance(result, Comparison) and of in OF_A_COMPARISON):
        fix = "They are pictures of a comparison."
        raise InputError(Problem("choice", "of", f'"{shorten(str(of))}"', ", ".join(OF_A_COMPARISON), fix))
    size = {name: px for name, px in (("width", width), ("height", height)) if px is not None}
    draw: dict[type, Callable[..., Layer]] = {
        Atlas: atlas_chart,
        BookHistory: book_history_chart,
        Commit: months_chart,
        Comparison: cost.both_charts if width is None else cost.chart,
        Diff: difference.diff_chart,
        Flips: sensitivity.flip_chart,
        MemoryCurve: memory_chart,
        ColdCurve: cold_chart,
        Moving: savings_chart,
        Risk: chances_chart,
        Traffic: load_chart,
    }
    drawn = (draw[type(result)] if of is None else OF_A_COMPARISON[of])(result, **size)
    object.__setattr__(drawn, "__class__", _still_kind(type(drawn)))  # type: ignore[arg-type]
    return drawn


@functools.cache
def _still_kind(kind: type) -> type:
    """A kind of chart that shows as a still picture; altair's own is drawn by scripts that it loads from a network."""
    return type(kind.__name__, (kind,), {"_repr_mimebundle_": _still_bundle, "__module__": kind.__module__})


def _still_bundle(drawn: Any, *_: Any, **__: Any) -> dict[str, str]:
    spec = drawn.to_dict(validate=False)  # the tests validate
    svg, description = still(spec), spec.get("description") or spec_title(spec)
    source = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    image = Markup('<img alt="{}" src="{}" style="max-width: 100%">').format(description, source)
    return {"text/html": image, "image/svg+xml": svg, "text/plain": description}
