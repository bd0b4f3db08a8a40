"""Live chart: one that is kept on the screen while its values change."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from lambdaplan.charts import cost
from lambdaplan.charts.rendering import bundle
from lambdaplan.explorer.dark_theme import DARK
from lambdaplan.explorer.one_at_a_time import one_at_a_time

STATIC = Path(__file__).resolve().parent / "static"
WIDE, MIDDLE, NARROW = ROOMS = ("wide", "middle", "narrow")  # how much room a chart has, as its page tells
Pick = Callable[[float, float], None]


class Page(anywidget.AnyWidget):
    """HTML that changes in place: what the reader has opened stays open, what has the focus keeps it."""

    _esm = (STATIC / "live_page.js").read_text("utf-8")
    _css = (STATIC / "explorer.css").read_text("utf-8")
    html = traitlets.Unicode().tag(sync=True)
    live = traitlets.Bool(default_value=False).tag(sync=True)


class LiveChart(anywidget.AnyWidget):
    """A chart whose values change in place.

    Pictures of the stops of a slider can be sent before they are asked for (`ahead`): when that slider moves to one
    of them, the page draws it at once. Every picture is worked out by the kernel; the page only draws.

    Parameters:
    sliders : dict - by name: a slider, its number box, and the widget whose `html` is the answer in words.
    hand : function - is told the name of the slider that somebody is about to move.
    pick : function or None - is told the place that was clicked, as shares of the plot from its left and its bottom.
    """

    _esm = (STATIC / "live.js").read_text("utf-8")
    library = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Dict().tag(sync=True)
    stands = traitlets.Dict().tag(sync=True)
    run = traitlets.Int(0).tag(sync=True)
    picks = traitlets.Bool(default_value=False).tag(sync=True)
    busy = traitlets.Bool(default_value=False).tag(sync=True)
    room = traitlets.Enum(ROOMS, default_value=WIDE).tag(sync=True)
    dark = traitlets.Dict(DARK).tag(sync=True)
    sliders = traitlets.Dict().tag(sync=True, **widgets.widget_serialization)

    def __init__(
        self,
        picture: dict[str, Any],
        *,
        sliders: dict[str, Any] | None = None,
        hand: Callable[[str], None] = lambda _: None,
        pick: Pick | None = None,
    ) -> None:
        super().__init__(library=_library(), picture=picture, picks=pick is not None, sliders=sliders or {})
        self._hand, self._pick = hand, pick
        self.on_msg(self._asked)
        self.add_class("lp-chart")

    def show(self, picture: dict[str, Any], *, run: int = 0, stands: Mapping[str, Any] | None = None) -> None:
        """Show another picture; with `stands`, the slider and its stop that it is of."""
        with self.hold_sync():
            self.run, self.stands, self.picture = run, dict(stands or {}), picture

    @contextmanager
    def working(self) -> Iterator[None]:
        """Within: another answer is on its way, and the page dims what it shows."""
        before, self.busy = self.busy, True
        try:
            yield
        finally:
            self.busy = before

    def ahead(self, picture: dict[str, Any], run: int, slider: str, stop: int) -> None:
        """Send the picture of a stop to which a slider may move."""
        spec = None if picture["spec"] == self.picture["spec"] else picture["spec"]
        rest = {name: value for name, value in picture.items() if name not in ("lines", "spec")}
        self.send({"run": run, "slider": slider, "stop": stop, "picture": {**rest, "spec": spec}}, [picture["lines"]])

    @one_at_a_time
    def _asked(self, _: Any, message: Any, __: Any) -> None:
        if "hand" in message:
            self._hand(message["hand"])
        elif self._pick is not None:
            self._pick(*map(float, message["pick"]))


@functools.cache
def _library() -> str:
    """What draws, as a module. It is large: the page loads it after the widget, which has two seconds to be there."""
    return bundle("export { vegaEmbed };")


def whole(spec: dict[str, Any]) -> dict[str, Any]:
    """A specification that has its values in it, as a picture."""
    return {
        "spec": spec,
        "signals": {},
        "data": {},
        "lines": b"",
        "options": [],
        "said": "",
        "per_usd": 1,
        "code": "",
        "answer": "",
    }


def parted(payload: cost.Live, answer: str) -> dict[str, Any]:
    """A cost chart as a picture, with the answer in words that goes with it (HTML)."""
    return {**payload._asdict(), "lines": payload.lines.astype("<f8").tobytes(), "answer": answer}
