"""What-if page: sliders over a table of comparisons, without Python."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from lambdaplan.analysis.slider_grid import ABLE, Slider, Stops, stops
from lambdaplan.charts.cost import specification
from lambdaplan.charts.rendering import in_page, still
from lambdaplan.charts.theme import footer, styles
from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.comparison.waiting_words import retry_words
from lambdaplan.comparison.wording import names, verdict
from lambdaplan.currency import decimals, in_its_currency
from lambdaplan.errors import Problem, ReportError, shorten
from lambdaplan.formatting import a_month, count, decimal_text, figure, money_sign, unit_text
from lambdaplan.report import assumptions_section, brief
from lambdaplan.report.blocks import Part, bullets, joined, paragraph
from lambdaplan.report.html_page import TEMPLATES, page, template
from lambdaplan.scenario.scenario import Scenario

LARGEST = 2_000_000  # of the page: what a mail or a wiki takes [bytes]
SHORT = 24  # letters of a label at the end of a line


@in_its_currency
def what_if_page(scenario: Scenario) -> str:
    """A page with sliders for the traffic, the duration and the memory of a scenario.

    Its script computes no bill: the page holds a table of every bill and every answer at every stop, worked out
    here. With scripts off it shows the scenario as it came.

    Returns: HTML, in one file that asks nobody for anything.
    Raises: ReportError when the page would be larger than `LARGEST`.
    """
    comparison, grid = compare(scenario), stops(scenario)
    script, style = ((TEMPLATES / f"what_if.{kind}").read_text("utf-8") for kind in ("js", "css"))
    made = page(f"What if: {scenario.name}", _body(comparison, grid), script, style)
    size = len(made.encode("utf-8"))
    if size > LARGEST:
        words = ("a page is below 2,000,000 bytes", "Compare fewer options, or give them shorter labels.")
        raise ReportError(Problem("storage", "what-if.html", f"{size:,} bytes", *words))
    return made


# what stands on it


def _body(comparison: Comparison, grid: Stops) -> Markup:
    scenario, sliders = comparison.scenario, _sliders(grid)
    here = ", ".join(one["stops"][one["here"]]["text"] for one in sliders)
    scope = f"{footer(comparison)}. {a_month()} before tax, {brief.counted_words(comparison)}."
    from_files = assumptions_section.provenance(comparison)
    told = () if from_files is None else (from_files,)
    every = joined(assumptions_section.counted(comparison), assumptions_section.assumptions(comparison), *told)
    picture = still(specification(comparison, width=560, height=300))
    return Markup(  # noqa: S704 - made by a template that escapes
        template("what_if.html.j2").render(
            name=scenario.name,
            a_month=a_month(),
            scope=paragraph(scope, "lp-quiet").html,
            sliders=sliders,
            hints=_hints(grid),
            answer=f"At {here}: {verdict(comparison)}.",
            bills=_bills(comparison, grid),
            picture=Markup(picture),  # noqa: S704 - checked, shapes and words only
            basis=_basis(comparison, grid).html,
            assumptions=every.html,
            scenario=json.dumps(_rerun(grid), indent=2, ensure_ascii=False),
            table=in_page(_table(comparison, grid, sliders)),
        )
    )


def _sliders(grid: Stops) -> list[dict[str, Any]]:
    """Every slider with its stops, in words and exactly."""
    given: list[tuple[str, str, Slider | None, str]] = [
        ("requests", "Requests a month", grid.requests, "{} requests a month"),
        ("duration", "Duration of a request", grid.duration, "{} ms"),
        ("memory", "Lambda memory", grid.memory, "{} MB"),
    ]
    return [
        {
            "name": name,
            "title": title,
            "path": slider.path,
            "here": slider.here,
            "stops": [
                {
                    "exact": decimal_text(value),
                    "text": words.format(count(value, 4) if name == "requests" else figure(value, 3)),
                }
                for value in slider.values
            ],
        }
        for name, title, slider, words in given
        if slider is not None
    ]


def _hints(grid: Stops) -> dict[str, str]:
    """What stands beneath each slider."""
    work = grid.scenario.workload
    hints = {
        "requests": "the shape of the week stays as it is",
        "duration": f"mean of a warm request, measured on a {figure(work.measured_memory_mb)} MB Lambda",
    }
    if work.durations:
        hints["duration"] += "; Lambda keeps to the durations that were measured at each size"
    if grid.memory is not None and grid.place is not None:
        option = grid.scenario.options[grid.place]
        label = "the first Lambda option" if option.label == option.size_label else option.label
        words = Markup('of {}; at this size a request takes it <span id="wall">{}</span>')
        hints["memory"] = words.format(label, _wall(grid)[grid.memory.here][grid.duration.here])
    return hints


def _wall(grid: Stops) -> list[list[str]]:
    """How long Lambda takes at each stop of memory and duration."""
    return [[f"{figure(ms, 1)} ms" for ms in row] for row in grid.wall_ms]


def _bills(comparison: Comparison, grid: Stops) -> list[dict[str, Any]]:
    """The bills as they stand with scripts off; the script makes the same rows for other stops."""
    m = 0 if grid.memory is None else grid.memory.here
    d, r = grid.duration.here, grid.requests.here
    most = max([1, *(float(usd[m if n == grid.place else 0, d, r]) for n, usd in enumerate(grid.usd_cents))])
    rows = []
    for n, (label, (colour, _)) in enumerate(styles(comparison.options).items()):
        at = (m if n == grid.place else 0, d, r)
        usd, (state, words) = int(grid.usd_cents[n][at]), grid.notes[grid.note[n][at]]
        best = grid.winner[m, d, r] == n
        verdict = ("cheapest, but too close to call" if grid.close[m, d, r] else "cheapest") if best else ""
        rows.append(
            {
                "label": label,
                "usd": unit_text(usd),
                "share": f"{usd / most * 100:.2f}%",
                "colour": colour,
                "best": best,
                "pale": state != ABLE,
                "note": "; ".join(part for part in (verdict, words) if part),
            }
        )
    return rows


def _basis(comparison: Comparison, grid: Stops) -> Part:
    """What the page rests on, and what to know before relying on it."""
    words = (
        "Every bill on this page was worked out exactly by lambdaplan at these stops, as lambdaplan compare does it, "
        "and is looked up here; between two stops nothing is known. Everything but the sliders' numbers is as the "
        "scenario has it. "
    )
    words += (
        "The memory slider changes the size of the function, not what the duration was measured with: at another size "
        "the part of a request that computes takes longer or shorter in proportion, and the part that waits stays."
        if grid.memory is not None
        else "No option is a Lambda function of a given size, so there is no slider for it."
    )
    if any(option.is_scheduled for option in comparison.scenario.options):
        words += " The schedule of provisioned concurrency is at every stop that of the scenario's own numbers."
    parts = [paragraph(words)]
    if said := retry_words(comparison, of_all=True):
        parts.append(paragraph(f"{said}."))
    if comparison.warnings:
        parts += [paragraph("At the scenario's own numbers, before relying on it:"), bullets(comparison.warnings)]
    return joined(*parts)


def _rerun(grid: Stops) -> dict[str, Any]:
    """The scenario; labels that are made from a size are left out, so that they follow the size."""
    document = grid.scenario.document()
    for given, option in zip(document["options"], grid.scenario.options, strict=True):
        if option.label == option.size_label:
            del given["label"]
    return document


# the table


def _table(comparison: Comparison, grid: Stops, sliders: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the script looks things up in."""
    light, dark = styles(comparison.options), styles(comparison.options, dark=True)
    short = names(comparison)
    options = []
    for n, result in enumerate(comparison.options):
        colour, dash = light[result.label]
        labels = [at[n] for at in grid.labels]
        labels = labels if n == grid.place else labels[:1]
        named = short[result.label]
        options.append(
            {
                "labels": labels,
                "shorts": [shorten(label if named == result.label else named, SHORT) for label in labels],
                "sized": n == grid.place,
                "light": colour,
                "dark": dark[result.label][0],
                "dash": " ".join(map(str, dash)),
                "cents": _packed(grid.usd_cents[n], "<f8"),
                "note": _packed(grid.note[n], "<u2"),
            }
        )
    return {
        "money": {"sign": money_sign(), "decimals": decimals(), "a_month": a_month()},
        "sliders": [{key: value for key, value in one.items() if key != "title"} for one in sliders],
        "requests": len(grid.requests.values),
        "durations": len(grid.duration.values),
        "options": options,
        "notes": [list(note) for note in grid.notes],
        "winner": _packed(grid.winner, "u1"),
        "close": _packed(grid.close, "u1"),
        "said": _packed(grid.said, "<u2"),
        "phrases": [list(phrase) for phrase in grid.phrases],
        "apart": _packed(grid.apart_cents, "<f8"),
        "share": _packed(grid.share, "<u2"),
        "wall": _wall(grid),
        "chart": "Cost against requests a month, one line an option; the table beneath has its figures",
    }


def _packed(values: np.ndarray, kind: str) -> str:
    """Numbers as the bytes of a typed array, in base64."""
    return base64.b64encode(np.ascontiguousarray(values).astype(kind).tobytes()).decode()
