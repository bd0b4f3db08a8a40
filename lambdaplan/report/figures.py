"""Figures of a document: a chart that fits the page, with alternative text and caption."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.charts.rendering import spec_title, specification_of, still
from lambdaplan.charts.theme import Layer, footer
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import a_month, count, decimal_text, share_text
from lambdaplan.report import assumptions_section, brief

PAGE_WIDTH = 604  # 6.3 inches of 96 px: the text of an A4 or Letter page with margins of an inch [px]
FIRST_WIDTH = 380  # of the plot without its labels [px]


@dataclass(frozen=True)
class PageFigure:
    """A chart for a page: specification, picture, how far it had to be reduced, and its words.

    `said` is its alternative text; `share` is 1 where narrowing the plot was enough.
    """

    spec: dict[str, Any]
    svg: str
    share: float
    title: str
    said: str
    caption: str


@in_its_currency
def figure_for_page(comparison: Comparison, draw: Callable[[int], Layer], narrowest: int = 200) -> PageFigure:
    """A chart in the width of a page: narrowed first, and reduced where that is not enough.

    Parameters:
    comparison : Comparison - what the chart is of.
    draw : function - makes the chart or its specification; it is given the width of the plot without its labels. [px]
    narrowest : int - of that plot: what is wider than the page then is reduced. [px]
    """
    width = max(FIRST_WIDTH, narrowest)
    for _ in range(3):
        spec = specification_of(draw(width))
        svg = still(spec)
        across, down = (float(value) for value in _SIZE.match(svg).group("width", "height"))  # type: ignore[union-attr]
        spare = int(PAGE_WIDTH - across)
        if 0 <= spare < 8 or (spare < 0 and width == narrowest):
            break
        width = max(width + spare, narrowest)
    share = min(1.0, PAGE_WIDTH / across)
    size = f'width="{across * share:.2f}" height="{down * share:.2f}"'
    title = spec_title(spec)
    description = spec.get("description") or title
    fitted = _SIZE.sub(lambda found: f"{found['start']}{size}", svg, count=1)
    return PageFigure(spec, fitted, share, title, description, caption_of(comparison, title))


_SIZE = re.compile(r'(?P<start><svg [^>]*?)width="(?P<width>[\d.]+)" height="(?P<height>[\d.]+)"')


@in_its_currency
def caption_of(comparison: Comparison, title: str) -> str:
    """What a chart shows, of which service, where, by which prices, and on which assumptions."""
    scenario = comparison.scenario
    work, requests = scenario.workload, scenario.workload.requests_per_month
    computing = decimal_text(Fraction(work.cpu_per_request_ms), 3)
    size = f"{decimal_text(work.duration_ms, 3)} ms ({computing} ms of it computing)"
    measured = f"{size} at {decimal_text(work.measured_memory_mb)} MB"
    free = "taken off" if scenario.free_tier else "not taken off"
    parts = [
        f"{title}.",
        f"{scenario.name}: {count(requests, 4)} requests a month of {measured}.",
        f"{assumptions_section.traffic_words(scenario)}.",
        *_fleets(comparison),
        f"{brief.counted_words(comparison).capitalize()}; always-free quantities {free}.",
        f"{footer(comparison)}. {a_month()} before tax.",
    ]
    return " ".join(parts)


def _fleets(comparison: Comparison) -> list[str]:
    """How safe the fleets are, each way of being so with the options that are."""
    ways: dict[str, list[str]] = {}
    for result in comparison.options:
        for fleet in (part.as_fleet for part in result.option.parts.values() or (result.option,)):
            if fleet is None:
                continue
            each = (
                "" if fleet.processes is None else f" of {fleet.processes} process{'es' if fleet.processes > 1 else ''}"
            )
            plural = "s" if fleet.min_units != 1 else ""
            units = f"at least {fleet.min_units} unit{plural}" if fleet.units is None else f"{fleet.units} units"
            units += each if fleet.units is None else f"{each}, fixed,"
            zones = f"{fleet.zones} zone{'s' if fleet.zones > 1 else ''}"
            loss = "; the loss of one is survived" if fleet.survive_zone_loss else ""
            used = share_text(fleet.target_utilisation)
            busy = (
                f"drained at {used} of full use"
                if comparison.scenario.workload.drains
                else f"at most {used} busy at the peak"
            )
            words = f"{units} in {zones}{loss}; {busy}"
            ways.setdefault(words, []).append(result.label)
    if len(ways) == 1:
        return [f"Fleets: {next(iter(ways))}."]
    return [f"{' and '.join(labels)}: {words}." for words, labels in ways.items()]
