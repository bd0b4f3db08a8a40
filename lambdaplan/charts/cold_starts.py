"""Cold-start chart: number, share and delay of cold starts over traffic."""

from __future__ import annotations

import altair as alt

from lambdaplan.analysis.cold_start_curve import ColdCurve, cold_finding, cold_footer
from lambdaplan.charts.marks import mark_layers
from lambdaplan.charts.theme import WIDTH, Layer, Scale, drawing, layered, small_print, title_of
from lambdaplan.comparison.wording import small_share_text
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import exact_value, short_count
from lambdaplan.numbers import decades_of

HEIGHTS = 170, 120, 120  # of the panels of number, share and answer time [px]


@in_its_currency
def cold_chart(curve: ColdCurve, *, width: int = WIDTH, height: int = HEIGHTS[0]) -> Layer:
    """Cold starts a month above, their share of the requests below, and the 99th percentile of the answer time.

    Parameters:
    curve : ColdCurve - what is drawn.
    width, height : int - size of the upper plot without its labels. [px]

    Returns: altair.VConcatChart.
    """
    requests = curve.requests.tolist()
    columns = {"requests": curve.requests, "starts": curve.starts, "share": curve.fraction, "p99": curve.p99_ms}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*(c.tolist() for c in columns.values()), strict=True)]
    x = Scale(requests[0], max(requests[-1], requests[0] * 10), width, log=True)
    tips = [
        alt.Tooltip("requests:Q", title="requests a month", format=","),
        alt.Tooltip("starts:Q", title="cold starts a month", format=",.1f"),
        alt.Tooltip("share:Q", title="share of the requests", format=".4%"),
        alt.Tooltip("p99:Q", title="99 % answered within (ms)", format=",.1f"),
    ]
    own = float(curve.scenario.workload.requests_per_month)
    here = {"px": x.px(own), "text": "you are here", "kind": "here", "align": "left", "row": 0}
    marks = [here] if x.low <= own <= x.high else []
    colour, panels = curve.scenario.options[0].colours[0], []
    for name, title, small, high in (
        ("starts", "cold starts a month", short_count, height),
        ("share", "share of the requests", small_share_text, HEIGHTS[1]),
        ("p99", "99 % within (ms)", exact_value, HEIGHTS[2]),
    ):
        values = [row[name] for row in rows]
        logarithmic = name != "p99"
        y = Scale(min(values) * 0.8 if logarithmic else 0, max(values) * 1.2, high, log=logarithmic)
        if logarithmic:
            y.ticks = [tick for tick in decades_of(y.low, y.high) if y.low <= tick <= y.high]
        axis = x.axis("", lambda _: "") if logarithmic else x.axis("requests a month", short_count)
        place = alt.X("requests:Q", scale=x.encoding(), axis=axis)
        up = alt.Y(f"{name}:Q", scale=y.encoding(), axis=y.axis(title, small))
        layers = [drawing(rows).mark_line(color=colour, strokeWidth=2.2).encode(x=place, y=up, tooltip=tips)]
        layers += mark_layers(marks if name == "starts" else [{**mark, "text": ""} for mark in marks], high)
        if not logarithmic:
            layers.append(small_print(cold_footer(curve), high + 46))
        panels.append(layered(layers, width=width, height=high))
    chart = alt.vconcat(*panels, spacing=12).properties(
        title=title_of(cold_finding(curve), [f"{curve.scenario.name}: {curve.here.label}"], width),
        description=f"{cold_finding(curve)}. Against requests a month: cold starts a month, their share, and the time "
        f"in which 99 % are answered. {cold_footer(curve)}.",
    )
    return chart.resolve_scale(y="independent")
