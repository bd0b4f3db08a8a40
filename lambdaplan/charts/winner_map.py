"""Map chart: the cheapest option over two numbers."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np

from lambdaplan.analysis.winner_map import UNPRICED, Atlas, Run
from lambdaplan.charts.theme import (
    INK,
    LETTER,
    PALE,
    WIDTH,
    Layer,
    Scale,
    drawing,
    footer,
    layered,
    small_print,
    styles,
    tip,
    title_of,
)
from lambdaplan.comparison.bills_along import NumberRange
from lambdaplan.comparison.envelope import NOBODY
from lambdaplan.comparison.wording import answer, axis_title, names
from lambdaplan.currency import in_its_currency
from lambdaplan.doubt.chance_map import ChanceMap
from lambdaplan.formatting import count, exact_value, share_text, short_count
from lambdaplan.numbers import as_number
from lambdaplan.workload.workload import REQUESTS

if TYPE_CHECKING:
    import pandas as pd

MAP_HEIGHT = 380
NOBODY_WORDS = {NOBODY: "no option: each breaks a limit", UNPRICED: "no option: a price is missing"}
GREYS = {NOBODY: PALE, UNPRICED: "#b9c2cb"}
PALER = (0, 0.6)  # how much of a colour is white: of a clear winner, and of one that is too close to call
CHANCES = (0.9, 0.7, 0.5)  # of being the cheapest, below which a colour is paler
PALER_CHANCES = (0, 0.4, 0.64, 0.82)  # how much of it then is white
OVERLAP = 0.7  # by how much a row reaches under the next, so that no hairline shows between them [px]
NAMED = 3  # winners that the title names
MANY = 5  # changes of a row that its words hold
TABLE_ROWS = 9
CHANCE_WORDS = "The deeper a colour, the likelier that option is the cheapest: from 90, 70, 50 of 100 cases, or fewer"


@in_its_currency
def atlas_chart(atlas: Atlas, *, width: int = WIDTH, height: int = MAP_HEIGHT, exact: bool = True) -> Layer:
    """A map of the cheapest option: a stretch of each row in one colour.

    Paler stretches are too close to call, or, where chances were counted, those whose winner is less likely the
    cheapest; the cross is the scenario. Stretches have exact ends, or, where these
    are not asked for, ends as fine as the grid.
    """
    runs = atlas.runs if exact else atlas.cells
    x, y = (_scale(side, size) for side, size in zip(atlas.sides, (width, height), strict=True))
    titles = [axis_title(atlas.along(side)) for side in (0, 1)]
    number_words = [short_count if side.path == REQUESTS else _exact for side in atlas.sides]
    # without clip: in a notebook the clips of two charts have the same id, and the first one counts for both
    pieces = _pieces(atlas, runs)
    base = drawing(_rows(atlas, pieces, y, height)).mark_rect(stroke=None)
    tips = [
        alt.Tooltip("cheapest:N"),
        alt.Tooltip("row:N", title=tip(titles[1])),
        alt.Tooltip("from:N", title=tip(f"from ({titles[0]})")),
        alt.Tooltip("below:N", title="to"),
    ]
    area = base.encode(
        x=alt.X("x:Q", scale=x.encoding(), axis=x.axis(titles[0], number_words[0], grid=False)),
        x2="x2:Q",
        y=alt.Y("top:Q", scale=None, axis=None),
        y2="bottom:Q",
        color=_colour(atlas, pieces),
        tooltip=tips,
    )
    ticks = drawing([{"y": y.low}]).mark_point(opacity=0, aria=False)
    scale = ticks.encode(y=alt.Y("y:Q", scale=y.encoding(), axis=y.axis(titles[1], number_words[1], grid=False)))
    layers = [area, scale, *_here(atlas, x, y), small_print(footer(atlas.here), height + 46)]
    return layered(
        layers,
        independent="y",
        width=width,
        height=height,
        title=title_of(finding(atlas), [f"{atlas.scenario.name}. {map_words(atlas, exact=exact)}"], width),
        description=_description(atlas, titles, exact=exact),
    )


@in_its_currency
def finding(atlas: Atlas) -> str:
    """What the map shows, in a sentence."""
    short = names(atlas.here)
    parts = [("no option" if label is None else short[label], share) for label, share in atlas.share.items()]
    (first, most), rest = parts[0], parts[1:]
    first = first[:1].upper() + first[1:]
    if not rest:
        return f"{first} is cheapest all over this map"
    sentences = [f"{first} is cheapest in {_percent(most)} of this map"]
    sentences += [f"{name} in {_percent(share)}" for name, share in rest[: NAMED - 1]]
    others = sum(share for _, share in rest[NAMED - 1 :])
    return ", ".join(sentences + ([f"others in {_percent(others)}"] if others else []))


@in_its_currency
def close_words(atlas: Atlas) -> str:
    """How much of the map is too close to call."""
    below = share_text(atlas.scenario.close_fraction)
    if not atlas.close_share:
        return f"No point is too close to call (a lead below {below})"
    return f"{_percent(atlas.close_share)} of the map is too close to call (a lead below {below})"


@in_its_currency
def map_words(atlas: Atlas, *, exact: bool) -> str:
    """How far the map's colours can be relied on."""
    grey = "".join(f" {words}." for words in nobody_words(atlas))
    grey += f" {CHANCE_WORDS}." if isinstance(atlas, ChanceMap) else ""
    points = f"Drawn from {len(atlas.x)} × {len(atlas.y)} points: boundaries are as fine as these."
    return f"{close_words(atlas)}.{grey}" if exact else f"{close_words(atlas)}.{grey} {points}"


@in_its_currency
def nobody_words(atlas: Atlas) -> list[str]:
    """Why nobody wins where the map is grey: a sentence for each cause, with the reason in its middle."""
    sentences = []
    for cause in (NOBODY, UNPRICED):
        there = atlas.nobody_at(cause)
        if there is None:
            continue
        titles = [axis_title(atlas.along(side)) for side in (0, 1)]
        values = [count(there.scenario.value_at(path), 3) for path in atlas.over]
        where = "in its middle, at " + " and ".join(f"{v} {t}" for v, t in zip(values, titles, strict=True))
        if cause == NOBODY:
            limits = dict.fromkeys(v.limit for r in there.options for v in r.violations if not v.adjustable)
            sentences.append(f"Grey where each option breaks a limit; {where}: {'; '.join(limits)}")
        else:
            lines = [(result.label, line) for result in there.blocked_by for line in result.bill.lines]
            missing = [f"{label}, {line.item}" for label, line in lines if line.price_usd is None]
            sentences.append(f"Grey where a price is missing; {where}: {'; '.join(missing)}")
    return sentences


@in_its_currency
def atlas_table(atlas: Atlas) -> pd.DataFrame:
    """Some rows of the map in words, as a pandas data frame to stand beside it."""
    import pandas as pd

    return pd.DataFrame(table_rows(atlas))


@in_its_currency
def table_rows(atlas: Atlas, *, exact: bool = True) -> list[dict[str, str]]:
    """From the first row of the map to the last: which option is cheapest where.

    Boundaries are exact, or, where that is not asked for, about as fine as the grid.
    """
    titles = [axis_title(atlas.along(side)) for side in (0, 1)]
    last = len(atlas.y) - 1
    wanted = sorted({round(last * n / (TABLE_ROWS - 1)) for n in range(TABLE_ROWS)})
    texts: dict[int, list[str]] = {row: [] for row in wanted}
    for row, runs in itertools.groupby(atlas.runs if exact else atlas.cells, key=lambda run: run.row):
        if row not in texts:
            continue
        for winner, same in itertools.groupby(runs, key=lambda run: run.winner):
            start = next(same).start
            at = _exact(start) if exact else f"about {count(Fraction(start))}"
            name = _name(atlas, winner) if not texts[row] or winner >= 0 else "no option"
            texts[row].append(f"{name} from {at}" if texts[row] else name)
    for row, parts in texts.items():
        if len(parts) > MANY:  # an alternation, whose ends matter
            left_out = parts[MANY - 2 : -1]
            texts[row] = [*parts[: MANY - 2], f"{len(left_out)} more changes", parts[-1]]
    return [
        {titles[1]: _exact(atlas.y[row].item()), f"cheapest, by {titles[0]}": ", ".join(texts[row])} for row in wanted
    ]


# its parts


# A stretch of a row with one look, and how pale it is: the place among `PALER`, or among `PALER_CHANCES`.
Piece = tuple[Run, int]


def _pieces(atlas: Atlas, runs: Sequence[Run]) -> list[Piece]:
    """Runs with how pale they are; where chances were counted, cut where these pass a step of `CHANCES`."""
    if not isinstance(atlas, ChanceMap):
        return [(run, int(run.close)) for run in runs]
    return [piece for run in runs for piece in _by_chance(atlas, run)]


def _by_chance(atlas: ChanceMap, run: Run) -> list[Piece]:
    if run.winner < 0:
        return [(run, 0)]
    values = atlas.x.astype(float)
    depth = (atlas.chances[run.winner, run.row][None] < np.array(CHANCES)[:, None]).sum(axis=0)
    log = atlas.sides[0].scale == "log"
    edges = np.sqrt(values[:-1] * values[1:]) if log else (values[:-1] + values[1:]) / 2
    cuts = [float(edges[n]) for n in np.flatnonzero(depth[1:] != depth[:-1]) if run.start < edges[n] < run.stop]
    ends = [run.start, *cuts, run.stop]
    places = [int(np.searchsorted(edges, (a + b) / 2)) for a, b in itertools.pairwise(ends)]
    parts = zip(itertools.pairwise(ends), places, strict=True)
    return [(dataclasses.replace(run, start=a, stop=b), int(depth[place])) for (a, b), place in parts]


def _rows(atlas: Atlas, pieces: Sequence[Piece], y: Scale, height: int) -> list[dict[str, Any]]:
    """A rectangle a piece: its ends on the axis, its row in pixels from the top."""
    edges = _edges([y.px(float(value)) for value in atlas.y], height)
    ends = [_exact(value) for value in atlas.y.tolist()]
    return [
        {
            "x": float(run.start),
            "x2": float(run.stop),
            "top": max(height - edges[run.row + 1] - OVERLAP, 0),
            "bottom": height - edges[run.row],
            "look": _look(atlas, run.winner, pale),
            "cheapest": f"{_name(atlas, run.winner)}{_how_sure(atlas, run, pale)}",
            "row": ends[run.row],
            "from": _exact(run.start),
            "below": _exact(run.stop),
        }
        for run, pale in pieces
    ]


def _how_sure(atlas: Atlas, run: Run, pale: int) -> str:
    """How sure the winner of a piece is, after its name."""
    words = " (too close to call)" if run.close else ""
    if not isinstance(atlas, ChanceMap) or run.winner < 0:
        return words
    steps = [round(step * 100) for step in CHANCES]
    if pale == len(steps):
        return f", cheapest in fewer than {steps[-1]} of 100 cases{words}"
    return f", cheapest in {steps[pale]} or more of 100 cases{words}"


def _colour(atlas: Atlas, pieces: Sequence[Piece]) -> alt.Color:
    """A colour an option, paler ones where it is less sure; the legend has one paler entry for all."""
    colours = {label: colour for label, (colour, _) in styles(atlas.here.options).items()}
    order = [*range(len(atlas.labels)), NOBODY, UNPRICED]
    white = PALER_CHANCES if isinstance(atlas, ChanceMap) else PALER
    won = {(run.winner, pale) for run, pale in pieces}
    seen = [(shown, pale) for shown in order for pale in range(len(white)) if (shown, pale) in won]
    domain = [_look(atlas, shown, pale) for shown, pale in seen]
    plain = [GREYS[shown] if shown < 0 else colours[atlas.labels[shown]] for shown, _ in seen]
    fill = [_paler(colour, white[pale]) for colour, (_, pale) in zip(plain, seen, strict=True)]
    first = dict(reversed(seen))
    winners = dict.fromkeys(shown for shown, _ in seen)
    wanted = [_look(atlas, shown, first[shown]) for shown in winners]
    words = {look: _name(atlas, shown) for look, shown in zip(wanted, winners, strict=True)}
    paler = [look for look, (_, pale) in zip(domain, seen, strict=True) if pale and look not in wanted][:1]
    words |= dict.fromkeys(paler, "paler: less sure" if isinstance(atlas, ChanceMap) else "paler: too close to call")
    label_words = f"({words!r})[datum.label] || datum.label"
    columns = max(1, int((WIDTH + 60) / (max(map(len, words.values())) * LETTER + 24)))
    place: dict[str, Any] = {"orient": "top", "direction": "horizontal", "columns": columns, "offset": 6}
    legend = alt.Legend(title=None, values=list(words), labelExpr=label_words, **place)
    return alt.Color("look:N", scale=alt.Scale(domain=domain, range=fill), legend=legend)


def _look(atlas: Atlas, option_index: int, pale: int) -> str:
    name = _name(atlas, option_index)
    return f"{name}, close" if pale == 1 and not isinstance(atlas, ChanceMap) else f"{name}, {pale}" if pale else name


def _name(atlas: Atlas, option_index: int) -> str:
    return NOBODY_WORDS[option_index] if option_index < 0 else atlas.labels[option_index]


def _paler(colour: str, white: float) -> str:
    """A colour mixed with white: opaque, so that rows that overlap do not show."""
    parts = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * white):02x}" for part in parts) if white else colour


def _here(atlas: Atlas, x: Scale, y: Scale) -> list[Layer]:
    """A cross where the scenario stands, if that is on the map."""
    at = [float(atlas.scenario.value_at(side.path)) for side in atlas.sides]
    if not (x.low <= at[0] <= x.high and y.low <= at[1] <= y.high):
        return []
    px, py = x.px(at[0]), y.size - y.px(at[1])
    places: dict[str, Any] = {"x": alt.value(round(px, 2)), "y": alt.value(round(py, 2))}
    left = px > x.size - len("you are here") * LETTER - 20
    turned: dict[str, Any] = {"align": "right" if left else "left", "dx": -12 if left else 12, "baseline": "middle"}
    base = drawing([{"words": "you are here"}])
    crosses = [
        base.mark_point(shape="cross", size=size, color=colour, filled=True, opacity=1, aria=False).encode(**places)
        for size, colour in ((220, "white"), (110, INK))
    ]
    # white around the letters, on whatever colour they stand
    halo = base.mark_text(**turned, color="white", stroke="white", strokeWidth=3, aria=False)
    words = base.mark_text(**turned, color=INK)
    return [*crosses, halo.encode(text="words:N", **places), words.encode(text="words:N", **places)]


def _description(atlas: Atlas, titles: list[str], *, exact: bool) -> str:
    spans = [
        f"{title} from {_exact(values[0].item())} to {_exact(values[-1].item())}"
        for title, values in zip(titles, (atlas.x, atlas.y), strict=True)
    ]
    sides = f"across, {spans[0]}; upwards, {spans[1]}. {map_words(atlas, exact=exact)}"
    here = f"At the scenario's own numbers: {answer(atlas.here)}. {footer(atlas.here)}."
    return f"{finding(atlas)}. A map of the cheapest option: {sides} {here}"


# numbers


def _scale(side: NumberRange, size: int) -> Scale:
    low, high = (float(side.document_value(place)) for place in (side.low, side.high))
    scale = Scale(low, high, size, log=side.scale == "log")
    if scale.log and len(scale.ticks) < 4:  # a range of few decades: their doubles and fives too
        steps = [m * 10.0**k for k in range(-6, 17) for m in (1, 2, 5)]
        scale.ticks = [float(f"{tick:.3g}") for tick in steps if low * 0.999 <= tick <= high * 1.001]
    return scale


def _edges(middles: list[float], height: int) -> list[float]:
    """The lines between rows: halfway from one to the next. [px]"""
    return [0.0, *((a + b) / 2 for a, b in itertools.pairwise(middles)), float(height)]


def _exact(value: float) -> str:
    return exact_value(as_number(value))


def _percent(share: float) -> str:
    if share < 0.0005:
        return "less than 0.1 %"
    return share_text(share) if share < 0.01 or share > 0.99 else f"{share * 100:.0f} %"
