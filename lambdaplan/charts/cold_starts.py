"""Cold-start chart: number, share and delay of cold starts over traffic."""

from __future__ import annotations

from fractions import Fraction

import altair as alt

from lambdaplan.analysis.cold_start_curve import ColdCurve, kept_ready
from lambdaplan.charts.marks import mark_layers
from lambdaplan.charts.theme import WIDTH, Layer, Scale, decades_of, drawing, layered, small_print, title_of
from lambdaplan.coldstart.month import span_words
from lambdaplan.comparison.result import Result
from lambdaplan.comparison.wording import small_share_text
from lambdaplan.formatting import count, exact_value, figure, money, share_text, short_count

HEIGHTS = 170, 120, 120  # of the panels of number, share and answer time [px]
LINE = "Lambda billed initialisation"


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
            layers.append(small_print(_footer(curve), high + 46))
        panels.append(layered(layers, width=width, height=high))
    chart = alt.vconcat(*panels, spacing=12).properties(
        title=title_of(cold_finding(curve), [f"{curve.scenario.name}: {curve.here.label}"], width),
        description=f"{cold_finding(curve)}. Against requests a month: cold starts a month, their share, and the time "
        f"in which 99 % are answered. {_footer(curve)}.",
    )
    return chart.resolve_scale(y="independent")


def cold_finding(curve: ColdCurve) -> str:
    """How often, how long and what it costs at the scenario's requests, in a sentence."""
    here, requests = curve.here, curve.scenario.workload.requests_per_month
    cold = here.fleet.cold
    assert cold is not None
    if cold.fraction is None:
        return "No requests, so no cold starts"
    share = small_share_text(float(cold.fraction))
    often = f"{count(cold.starts)} of {count(requests)} requests a month are cold ({share})"
    return f"{often}; each waits {count(cold.later_ms, 3)} ms more"


def cost_words(curve: ColdCurve) -> str:
    """What the cold starts are billed at the scenario's requests."""
    here = curve.here
    usd = init_usd(here)
    if here.cost_usd is None or usd is None:
        return "What they cost is not known: a price is missing"
    share = share_text(usd / here.cost_usd, 2) if here.cost_usd else "0 %"
    return f"Their initialisation is billed {money(usd)} of {money(here.cost_usd)} a month ({share})"


def init_usd(result: Result) -> Fraction | None:
    """What a bill has for initialisation; None where its price is missing. [USD]"""
    lines = [line.exact_usd for line in result.bill.lines if line.item.startswith(LINE)]
    known = [usd for usd in lines if usd is not None]
    return sum(known, Fraction(0)) if len(known) == len(lines) else None


def cold_rows(curve: ColdCurve) -> list[dict[str, str]]:
    """Powers of ten of requests a month, and the scenario's own: the figures behind the chart."""
    low, high = curve.requests[0].item(), curve.requests[-1].item()
    own = int(curve.scenario.workload.requests_per_month)
    places = {int(tick) for tick in decades_of(low, high) if low <= tick <= high} | ({own} if own else set())
    rows = []
    for place in sorted(places):
        result = curve.at(place)
        cold, usd = result.fleet.cold, init_usd(result)
        assert cold is not None
        rows.append(
            {
                "requests a month": f"{place:,}" + (" (here)" if place == own else ""),
                "cold starts a month": count(cold.starts, 3),
                "share": small_share_text(float(cold.fraction or 0)),
                **({} if cold.environments is None else {"environments": count(cold.environments, 3)}),
                "initialisation, USD a month": "unknown" if usd is None else money(usd),
                "99 % within (ms)": count(Fraction(result.answer_ms(99) or 0), 3),
            }
        )
    return rows


def ready_rows(curve: ColdCurve) -> list[dict[str, str]]:
    """What environments kept ready change at the scenario's requests: numbers of them, then schedules."""
    rows = []
    for result in kept_ready(curve):
        cold, kept = result.fleet.cold, result.fleet.standby
        assert cold is not None
        assert kept is not None
        words = span_words(kept.ready) if any(kept.ready) else "none"
        if result.scenario.options[0].is_scheduled:
            bound = result.scenario.value_at("options.0.max_cold_fraction")
            kind = "the cheapest" if bound is None else f"at most {small_share_text(float(bound))} cold"
            words = f"{kind}: {words}"
        total = result.bill.total_usd
        rows.append(
            {
                "kept ready": words,
                "USD a month": "unknown" if total is None else money(total),
                "cold": small_share_text(float(cold.fraction or 0)),
                "in use": "" if kept.used_fraction is None else share_text(kept.used_fraction),
                "run on demand": small_share_text(float(kept.spilled_fraction or 0)),
                "99.9 % within (ms)": count(Fraction(result.answer_ms(99.9) or 0), 3),
            }
        )
    return rows


def answer_rows(curve: ColdCurve) -> list[dict[str, str]]:
    """Answer times at the scenario's requests, of warm requests alone and of all."""
    return [
        {
            "share answered": f"{figure(Fraction(str(percent)), 1)} %",
            "warm requests (ms)": count(Fraction(warm), 3),
            "all requests (ms)": count(Fraction(every), 3),
        }
        for percent, (warm, every) in curve.answers_ms().items()
    ]


def _footer(curve: ColdCurve) -> str:
    """What the figures rest on."""
    work = curve.scenario.workload
    cold = curve.here.fleet.cold
    assert cold is not None
    often = work.deployments_per_month
    deployed = f"{figure(often)} deployments a month" if often else "no deployments"
    if often and work.canary_fraction is not None:
        deployed += f", {share_text(work.canary_fraction)} for {figure(work.canary_minutes)} minutes first"
    whose = "the reader's own figure" if work.init_ms is not None else f"measured for {work.runtime}"
    whose += f", and first runs {figure(cold.more_ms, 2)} ms longer" if cold.more_ms else ""
    words = f"Initialisation {figure(cold.init_ms, 2)} ms, {whose}"
    if work.cold_fraction is not None:
        return f"{words}; the share of cold requests is the reader's own, whatever the traffic"
    kept = curve.scenario.value_at("options.0.keep_alive_s")
    spaced = "; requests equally spaced" if work.is_regular else ""
    return f"{words}; environments kept {figure(kept)} s; {deployed}{spaced}"
