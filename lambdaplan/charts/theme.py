"""Theme of all charts: colours, titles, scales, and ticks in plain words."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import numpy as np

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.result import Result
from lambdaplan.currency import in_its_currency, per_usd, rate_words
from lambdaplan.formatting import short_money
from lambdaplan.numbers import as_number, decades_of

# cost along the axis


def styles(options: Sequence[Result], *, dark: bool = False) -> dict[str, tuple[str, list[int]]]:
    """Colour and dash of each label: one colour a platform, shades and dashes within it; `dark` is for a dark page."""
    by_label: dict[str, tuple[str, list[int]]] = {}
    seen: dict[str, int] = {}
    for result in options:
        n = seen[result.kind] = seen.get(result.kind, -1) + 1
        shades = result.option.dark_colours if dark else result.option.colours
        by_label[result.label] = (shades[n % len(shades)], list(DASHES[n % len(DASHES)]))
    return by_label


BAR, GAP = 14, 24  # height of a bar, and from one row to the next [px]
SHOWN = 15  # numbers of the picture, lines of a bill
BARS_WIDTH = 420

Layer = Any  # a chart of altair, whose methods carry no types

CLAIM = "#7a3b8f"
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 1])
INK, QUIET, PALE = "#1d2733", "#5a6672", "#dde3e9"
LINE_HEIGHT = 15
SPAN = 4  # decades of cost that a log axis shows at least
LABELLED, MAX_RULES = 6, 60  # crossovers that have a label; that have a rule
MAX_STEPS = 80  # fleet steps that are drawn to the request; later ones are thinner than the line
WIDTH, HEIGHT = 520, 320
UNSEEN = 0.05  # how far a line may be from where it belongs [px]
LONG_PRINT = 96  # letters of a line of small print
LETTER = 6.8  # width of a letter of 12 px, on the safe side [px]


@alt.theme.register("lambdaplan", enable=True)
def theme() -> alt.theme.ThemeConfig:
    """The one look of every chart."""
    return {
        "config": {
            "font": "Arial, Helvetica, Liberation Sans, sans-serif",
            "padding": {"left": 16, "right": 20, "top": 6, "bottom": 6},  # room for wider fonts
            "background": "white",
            "view": {"stroke": None},
            "axis": {
                "labelFontSize": 12,
                "titleFontSize": 12,
                "titleFontWeight": "normal",
                "titleColor": QUIET,
                "labelColor": INK,
                "gridColor": PALE,
                "domainColor": QUIET,
                "tickColor": QUIET,
                "labelLimit": 0,
                "titlePadding": 8,
            },
            "legend": {"labelFontSize": 12, "titleFontSize": 12, "labelLimit": 0, "labelColor": INK},
            "title": {
                "anchor": "start",
                "frame": "group",
                "fontSize": 16,
                "fontWeight": "bold",
                "color": INK,
                "subtitleFontSize": 12,
                "subtitleColor": QUIET,
                "subtitlePadding": 6,
                "lineHeight": 20,
            },
            "text": {"fontSize": 12, "color": INK},
        }
    }


# what every chart says about itself


@in_its_currency
def footer(comparison: Comparison) -> str:
    """Book, its date, the region, the oldest price on the bills, and the rate of another currency."""
    book = comparison.scenario.book
    oldest = min((r.bill.oldest_price for r in comparison.options if r.bill.oldest_price), default="")
    words = f"Prices: {book.id} ({book.as_of}), {comparison.scenario.region}"
    words += f"; the oldest of them is of {oldest}" if oldest else ""
    return f"{words}; {rate_words()}" if rate_words() else words


def wrapped(words: str, length: int = 88) -> list[str]:
    """A sentence in lines that fit beside each other."""
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + len(word) < length:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def title_lines(title: str, subtitle: Iterable[str], width: int) -> tuple[list[str], list[str]]:
    """Title and subtitle in lines that fit the width of a chart."""
    # A bold 16 px letter is about 8.7 px wide, a plain 12 px one about 6.2 px.
    lines = [line for words in subtitle for line in wrapped(words, int((width + 160) / 6.2))]
    return wrapped(title, int((width + 160) / 8.7)), lines


def title_of(title: str, subtitle: Iterable[str], width: int, frame: str = "group") -> alt.TitleParams:
    """The title of a chart, in lines that fit its width."""
    text, lines = title_lines(title, subtitle, width)
    return alt.TitleParams(text=text, subtitle=lines, offset=10, frame=frame)


def small_print(words: str | Layer, below: float) -> Layer:
    """A line of small print under the axis: words, or data whose rows have a `note`."""
    if isinstance(words, str):
        base = drawing([{"note": words if len(words) <= LONG_PRINT else wrapped(words, LONG_PRINT)}])
    else:
        base = words
    mark = base.mark_text(align="left", baseline="top", fontSize=11, color=QUIET, aria=False)
    return mark.encode(text="note:N", x=alt.value(0), y=alt.value(below))


class _Rows(alt.Data):
    """Rows that stay as they are when a chart is copied: altair copies every value of every row, time and again."""

    def __deepcopy__(self, _: Any) -> _Rows:
        return self


class _Drawing(alt.Chart):
    """Data to draw with marks, whose channels may be given as a field's name or a value.

    Altair would find the class of each by hashing the schemas of all of them, which takes longer than to draw.
    """

    def encode(self, *_: Any, **channels: Any) -> Any:
        return super().encode(**{name: _channel(name, given) for name, given in channels.items()})


def _channel(name: str, given: Any) -> Any:
    field = name[:1].upper() + name[1:]
    if isinstance(given, str):
        return getattr(alt, field)(given)
    if isinstance(given, dict) and set(given) == {"value"}:
        return getattr(alt, f"{field}Value")(given["value"])
    return given


def drawing(rows: Sequence[dict[str, Any]] | str, **named: Any) -> Layer:
    """A layer of rows, or of the data that has a name; a method of altair gives it its marks."""
    data = alt.NamedData(name=rows) if isinstance(rows, str) else _Rows(values=list(rows))  # type: ignore[no-untyped-call]
    return _Drawing(data, **named)


def by_option(labels: Any, looks: Sequence[tuple[str, Sequence[int]]]) -> dict[str, Any]:
    """The channels by which each option's line has its colour and dash."""
    colours, dashes = [colour for colour, _ in looks], [list(dash) for _, dash in looks]
    return {
        "color": alt.Color("option:N", scale=alt.Scale(domain=labels, range=colours), legend=None),
        "strokeDash": alt.StrokeDash("option:N", scale=alt.Scale(domain=labels, range=dashes), legend=None),
    }


def rows_down(height: float, field: str = "y:Q") -> alt.Y:
    """Places in pixels from the top, for charts whose rows are no values of an axis."""
    return alt.Y(field, scale=alt.Scale(domain=[0, height], reverse=True, nice=False, zero=False), axis=None)


def layered(layers: Sequence[Layer], *, independent: str | None = None, **properties: Any) -> Layer:
    """Layers as one chart with its size, title and description, which altair would copy anew for each of these.

    Parameters:
    independent : str or None - the channel, x or y, of which each layer has a scale of its own.
    """
    if independent:
        properties["resolve"] = {"scale": {independent: "independent"}}
    return alt.layer(*layers, **properties)


def tip(words: str) -> str:
    """Words as the title of a tooltip: Vega-Lite puts them into an expression and escapes their quotes only."""
    return words.replace("\\", "\\\\")


def labels(ticks: Iterable[float], texts: Any) -> str:
    """An expression that labels each tick with words of ours."""
    keys = [(repr(tick) if tick >= 0 else f"'{tick!r}'", tick) for tick in map(as_number, ticks)]
    return f"({{{', '.join(f'{key}: {texts(tick)!r}' for key, tick in keys)}}})[datum.value]"


# ticks


def log_ticks(low: float, high: float) -> list[float]:
    """Whole decades; where there are few of them also their doubles and fives."""
    decades = decades_of(low, high)
    if len(decades) > 3:
        every = -(-len(decades) // 9)
        return [d for d in decades[::every] if low * 0.999 <= d <= high * 1.001]
    return [float(f"{m * d:.3g}") for d in decades for m in (1, 2, 5) if low * 0.999 <= m * d <= high * 1.001]


def linear_ticks(low: float, high: float) -> list[float]:
    """Round ticks of a range, about seven."""
    step = 10.0 ** math.floor(math.log10((high - low) or 1))
    step = next(s for s in (step / 5, step / 2, step, step * 2) if (high - low) / s <= 7)
    return [float(f"{k * step:.6g}") for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


class Scale:
    """The range of one axis, its ticks, and where a value falls on it in pixels."""

    def __init__(self, low: float, high: float, size: int, *, log: bool) -> None:
        self.low, self.high, self.size, self.log = low, high, size, log
        self.ticks = log_ticks(low, high) if log else linear_ticks(low, high)

    def px(self, value: float) -> float:
        """Where a value falls. [px]"""
        if self.log:
            value, low, high = (math.log10(max(v, 1e-12)) for v in (value, self.low, self.high))
        else:
            low, high = self.low, self.high
        return (value - low) / (high - low) * self.size

    def pixels(self, values: np.ndarray) -> np.ndarray:
        """Where values fall; NaN where there is none, or a log axis has no place for it. [px]"""
        values, low, high = np.asarray(values, dtype=float), self.low, self.high
        if self.log:
            values, low, high = np.log10(np.where(values > 0, values, np.nan)), math.log10(low), math.log10(high)
        return (values - low) / (high - low) * self.size

    def value(self, px: float) -> float:
        """The value at a place in pixels."""
        share = px / self.size
        return self.low * (self.high / self.low) ** share if self.log else self.low + (self.high - self.low) * share

    @property
    def money_ticks(self) -> list[float]:
        """Round ticks of the currency that money is shown in, as dollars."""
        rate = float(per_usd())
        ticks = (log_ticks if self.log else linear_ticks)(self.low * rate, self.high * rate)
        return self.ticks if rate == 1 else [tick / rate for tick in ticks]

    def encoding(self) -> alt.Scale:
        """The scale as altair takes it."""
        domain = [self.low, self.high]
        return alt.Scale(type="log", domain=domain, nice=False) if self.log else alt.Scale(domain=domain, nice=False)

    def axis(self, title: str, texts: Any, **more: Any) -> alt.Axis:
        """The axis with its ticks in words."""
        ticks = [as_number(tick) for tick in (self.money_ticks if texts is short_money else self.ticks)]
        return alt.Axis(title=title, values=ticks, labelExpr=labels(ticks, texts), **more)


def bends(x: np.ndarray, y: np.ndarray) -> list[int]:
    """The points of a line that it can be drawn from: every other one is within `UNSEEN` of the line between them.

    Parameters:
    x, y : arrays (points) - rising, and NaN where the line stops: of a stop its first and last point stay. [px]
    """
    gone = np.isnan(y)
    ends = [0, *(np.flatnonzero(gone[1:] != gone[:-1]) + 1).tolist(), len(y)]
    kept = {at for start, stop in itertools.pairwise(ends) for at in (start, stop - 1)}
    stretches = [(start, stop - 1) for start, stop in itertools.pairwise(ends) if not gone[start]]
    while stretches:
        start, stop = stretches.pop()
        if stop - start < 2:
            continue
        share = (x[start + 1 : stop] - x[start]) / (x[stop] - x[start])
        off = np.abs(y[start] + (y[stop] - y[start]) * share - y[start + 1 : stop])
        furthest = int(off.argmax())
        if off[furthest] > UNSEEN:
            middle = start + 1 + furthest
            kept.add(middle)
            stretches += [(start, middle), (middle, stop)]
    return sorted(kept)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near those wanted, at least a gap apart, within a range where there is room."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = list(wanted)
    least = low
    for n in order:
        placed[n] = max(placed[n], least)
        least = placed[n] + gap
    most = max(high, low + gap * (len(placed) - 1))
    for n in reversed(order):
        placed[n] = min(placed[n], most)
        most = placed[n] - gap
    return placed
