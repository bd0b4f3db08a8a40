"""The picture of the load: how much of it is there for how many hours of the week."""

from __future__ import annotations

import altair as alt

from lambdaplan.comparison import Comparison
from lambdaplan.drawing import QUIET, WIDTH, Layer, Scale, footer, rows_of, small_print, title_of
from lambdaplan.units import HOURS_PER_WEEK, count, figure
from lambdaplan.words import short_count

HEIGHT = 180


def load_chart(comparison: Comparison, *, width: int = WIDTH) -> Layer:
    """The load-duration curve of a comparison's week: requests a second against the hours that have as many or more.

    Read from the right it is the base load, from the left the peaks; the burst within an hour is in the words only.

    Returns: altair.LayerChart.
    """
    workload = comparison.scenario.workload
    levels = [(hours, float(rps)) for hours, rps in workload.load_duration(comparison.scenario.hours_per_month)]
    starts = [0, *(hours for hours, _ in levels[:-1])]
    rows = [
        {
            "from": start,
            "hours": hours,
            "rps": rps,
            "said": f"{hours} of 168 hours have {count(rps, 3)} a second or more",
        }
        for start, (hours, rps) in zip(starts, levels, strict=True)
    ]
    most, least = levels[0][1], levels[-1][1]
    finding = f"{count(most, 3)} requests a second in the busiest hour, {count(least, 3)} in every hour"
    if len(levels) == 1:
        finding = f"{count(most, 3)} requests a second in every hour"
    burst = f"mean of each hour; within an hour up to {figure(workload.traffic.burst)} times as many (burst)"
    x = Scale(0, HOURS_PER_WEEK, width, log=False)
    y = Scale(0, most * 1.05 or 1.0, HEIGHT, log=False)
    steps = (
        alt.Chart(rows_of(rows))
        .mark_rect(color=QUIET, opacity=0.45)
        .encode(
            x=alt.X(
                "from:Q", scale=x.encoding(), axis=x.axis("hours of the week that have this load or more", short_count)
            ),
            x2="hours:Q",
            y=alt.Y("rps:Q", scale=y.encoding(), axis=y.axis("requests a second", short_count)),
            y2=alt.datum(0),
            tooltip=[alt.Tooltip("said:N", title="load")],
        )
    )
    said = "; ".join(str(row["said"]) for row in rows[:12])
    more = f"; and {len(rows) - 12} more levels" if len(rows) > 12 else ""
    return alt.layer(steps, small_print(footer(comparison), HEIGHT + 46)).properties(
        width=width,
        height=HEIGHT,
        title=title_of(finding, [burst], width),
        description=f"Load-duration curve. {finding}. {burst}. {said}{more}. {footer(comparison)}.",
    )
