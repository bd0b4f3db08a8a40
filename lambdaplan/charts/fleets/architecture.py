"""Architecture drawing: what stands between a request and its answer in each option, with what each part costs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import altair as alt

from lambdaplan.charts.theme import (
    INK,
    PALE,
    QUIET,
    WIDTH,
    Layer,
    drawing,
    footer,
    layered,
    small_print,
    styles,
    title_of,
)
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.result import Result
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import a_month, count, money, short_count
from lambdaplan.pricing.bill import LineItem
from lambdaplan.services import ALWAYS, SERVICES, USAGES
from lambdaplan.services.around import AROUND
from lambdaplan.services.around import IN_FRONT as DELIVERY
from lambdaplan.services.service import Served

GAP = 28  # between two boxes [px]
LINE, PADDING, APART = 14, 8, 22  # height of a line, around words, between two options [px]
LETTER = 6.0  # width of one in a box [px]
FEWEST = 10  # letters in a line of a box
REQUESTS, COMPUTE = "requests", "compute"


@dataclass(frozen=True)
class Box:
    """One part of an option: what it is, how much of it, and what it costs a month; None where nothing is billed."""

    part: str
    words: str
    much: str
    usd: Decimal | None
    known: bool = True

    @property
    def cost(self) -> str:
        """What it costs, in words; nothing where nothing is billed."""
        if self.usd is None:
            return ""
        return f"{money(self.usd)} a month" if self.known else "a price is missing"

    def lines(self, letters: int) -> list[str]:
        """The words in the box, in lines of so many letters; the cost is the last."""
        return [line for words in (self.words, self.much, self.cost) for line in textwrap.wrap(words, letters)]


@in_its_currency
def boxes_of(result: Result) -> list[Box]:
    """The parts of an option in the order in which a request meets them: front door, compute, then what is around.

    Their costs add up to the bill as it is shown.
    """
    served = Served(result.scenario, result.option, result.fleet)
    part_of = {
        getattr(entry, "service", ""): getattr(entry, "service", "") if service is AROUND else service.word
        for service in (*SERVICES, *ALWAYS)
        for entry in served.entries(service.usage(served))
    }
    lines: dict[str, list[LineItem]] = {}
    for line in result.bill.lines:
        lines.setdefault(part_of.get(line.service, COMPUTE), []).append(line)
    fleet, option = result.fleet, result.option
    peak = f" to {count(fleet.units_peak, 3)}" if fleet.units_peak != fleet.units_mean else ""
    unit = " and ".join(f"{one}s" for one in fleet.unit.split(" and "))
    boxes = [_box(COMPUTE, option.size_label, f"{count(fleet.units_mean, 3)}{peak} {unit}", lines.pop(COMPUTE, []))]
    front = SERVICES[0].word
    if front in lines:
        own = lines.pop(front)
        boxes.insert(0, _box(front, _titles(own) or option.front_door.replace("_", " "), "", own))
    if DELIVERY in lines:
        boxes.insert(0, _box(DELIVERY, USAGES[DELIVERY].title, "", lines.pop(DELIVERY)))
    return [*boxes, *(_box(part, _titles(own) or part.replace("_", " "), "", own) for part, own in lines.items())]


def _box(part: str, words: str, much: str, lines: Sequence[LineItem]) -> Box:
    known = all(line.amount_usd is not None for line in lines)
    billed = [line.amount_usd for line in lines if line.amount_usd is not None]
    return Box(part, words, much, sum(billed, Decimal(0)) if lines else None, known)


def _titles(lines: Sequence[LineItem]) -> str:
    titles = (USAGES[line.service].title if line.service in USAGES else "" for line in lines)
    return " and ".join(dict.fromkeys(title for title in titles if title))


@in_its_currency
def architecture_chart(comparison: Comparison, *, width: int = WIDTH) -> Layer:
    """A row of boxes for each option: requests, what stands before it, what runs it, what is around, with their costs.

    Parameters:
    width : int - of the drawing; all boxes are as wide as that leaves room for. [px]

    Returns: altair.LayerChart.
    """
    work, colours = comparison.scenario.workload, styles(comparison.options)
    asked = Box(REQUESTS, f"{short_count(float(work.requests_per_month))} requests a month", "", None)
    rows = [(result, [asked, *boxes_of(result)]) for result in comparison.options]
    many = max(len(boxes) for _, boxes in rows)
    wide = (width - GAP * (many - 1)) / many
    letters = max(int((wide - PADDING) / LETTER), FEWEST)
    rects, words, arrows, names = [], [], [], []
    top = 0.0
    for result, boxes in rows:
        names.append({"text": f"{result.label_and_size}: {_total(result)}", "x": 0.0, "y": top + LINE / 2})
        top += LINE + 4
        high = max(len(box.lines(letters)) for box in boxes) * LINE + 2 * PADDING
        middle = top + high / 2
        for n, box in enumerate(boxes):
            left, lines = n * (wide + GAP), box.lines(letters)
            fill = colours[result.label][0] if box.part == COMPUTE else QUIET
            rects.append({"x": left, "x2": left + wide, "y": top, "y2": top + high, "edge": fill})
            first = middle - (len(lines) - 1) * LINE / 2
            words += [{"text": one, "x": left + wide / 2, "y": first + k * LINE} for k, one in enumerate(lines)]
            if box.part not in (REQUESTS, COMPUTE, SERVICES[0].word, DELIVERY):
                words.append({"text": "+", "x": left - GAP / 2, "y": middle})
            elif n:
                arrows.append({"x": left - GAP + 3, "x2": left - 3, "y": middle, "y2": middle})
        top += high + APART
    height = int(top - APART)
    across = alt.X("x:Q", scale=alt.Scale(domain=[0, width], nice=False, zero=False), axis=None)
    down = alt.Y("y:Q", scale=alt.Scale(domain=[0, height], nice=False, zero=False, reverse=True), axis=None)
    ends = [{"x": arrow["x2"], "y": arrow["y"]} for arrow in arrows]
    layers = [
        drawing(rects)
        .mark_rect(fill=PALE, fillOpacity=0.35, strokeWidth=1.6, cornerRadius=4)
        .encode(x=across, x2="x2:Q", y=down, y2="y2:Q", stroke=alt.Stroke("edge:N", scale=None)),
        drawing(arrows).mark_rule(color=INK, aria=False).encode(x=across, x2="x2:Q", y=down),
        drawing(ends)
        .mark_point(shape="triangle-right", size=40, filled=True, color=INK, opacity=1, aria=False)
        .encode(x=across, y=down),
        drawing(words).mark_text(limit=0, fontSize=11, color=INK).encode(x=across, y=down, text="text:N"),
        drawing(names)
        .mark_text(align="left", fontWeight="bold", limit=0, color=INK)
        .encode(x=across, y=down, text="text:N"),
        small_print(footer(comparison), height + 18),
    ]
    finding = architecture_finding(comparison)
    return layered(
        layers,
        width=width,
        height=height,
        title=title_of(finding, [f"{comparison.scenario.name}, {comparison.scenario.region}"], width),
        description=f"{finding}. {' '.join(_said(result) for result in comparison.options)} {footer(comparison)}.",
    )


@in_its_currency
def architecture_finding(comparison: Comparison) -> str:
    """What is drawn, in a sentence without its full stop."""
    return "What stands between a request and its answer, and what each part costs a month"


@in_its_currency
def architecture_rows(comparison: Comparison) -> list[dict[str, str]]:
    """The parts of each option with their costs: the figures behind the drawing."""
    return [
        {
            "option": result.label,
            "part": box.part.replace("_", " "),
            "what": box.words,
            "how much": box.much,
            a_month(): "" if box.usd is None else money(box.usd) if box.known else "a price is missing",
        }
        for result in comparison.options
        for box in boxes_of(result)
    ]


def _total(result: Result) -> str:
    total = result.bill.total_usd
    return f"at least {money(result.bill.known_usd)}" if total is None else f"{money(total)} a month"


def _said(result: Result) -> str:
    return f"{result.label}: {'; '.join(', '.join(filter(None, (b.words, b.much, b.cost))) for b in boxes_of(result))}."
