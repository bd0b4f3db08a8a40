"""The explorer's view: a comparison as answer, chart, map, crossovers, fleets and bills."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets
from altair.utils.schemapi import debug_mode

from lambdaplan.atlases import atlas, is_quick
from lambdaplan.billing import LineItem
from lambdaplan.capacity import FleetRules, Limit
from lambdaplan.comparison import PERCENTILES, Comparison, Result
from lambdaplan.costs import live
from lambdaplan.drawing import footer, specification_of
from lambdaplan.errors import InputError
from lambdaplan.live import LiveChart, parted, whole
from lambdaplan.maps import atlas_chart, table_rows
from lambdaplan.units import count, decimal_text, figure, money, share_text
from lambdaplan.words import answer, crossover_words
from lambdaplan.workload import REQUESTS

PLOT_WIDTH, PLOT_HEIGHT = 530, 230
MAP = (REQUESTS, "workload.duration_ms")
MAP_POINTS, ROUGH_POINTS = (160, 40), (24, 12)
BINDS = {"cpu": "CPU", "slots": "requests in flight", "memory": "memory"}
_FLEET_HINT = (
    "A unit is an execution environment, a task or an instance. Used: the share of it at work, over the month. "
    "p95: 95 % of warm requests answer within so many ms at the busiest moment of the week, waiting included."
)
STALE = "A control asks for what can’t be answered: see the message beside it. The answer leaves that out."


class _Page(anywidget.AnyWidget):
    """HTML that changes in place: what the reader has opened stays open, what has the focus keeps it."""

    _esm = """
    function render({ model, el }) {
      if (model.get("live")) el.setAttribute("role", "status");
      const draw = () => {
        const open = new Set([...el.querySelectorAll("details[open]")].map((d) => d.dataset.key));
        const focus = el.contains(document.activeElement) && document.activeElement.parentElement?.dataset.key;
        el.innerHTML = model.get("html");
        for (const d of el.querySelectorAll("details")) {
          if (open.has(d.dataset.key)) d.open = true;
          if (focus && d.dataset.key === focus) d.querySelector("summary").focus();
        }
      };
      model.on("change:html", draw);
      draw();
      return () => model.off("change:html", draw);
    }
    export default { render };
    """
    _css = """
    .lp-explorer { width: 100%; overflow: visible; font-size: 13px; font-family: var(--jp-ui-font-family, sans-serif);
      color: var(--jp-ui-font-color1, #1d2733); --lp-quiet: var(--jp-ui-font-color2, #5a6672);
      --lp-line: var(--jp-border-color2, #dde3e9); --lp-wrong: var(--jp-error-color0, #a11); }
    .lp-explorer .lp-grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(212px, 1fr));
      gap: 8px 18px; width: 100%; padding-right: 4px; box-sizing: border-box; overflow: visible; }
    .lp-explorer .lp-control.lp-preset .widget-label { min-width: 48px; width: 48px; }
    .lp-explorer .lp-control { overflow: visible; min-width: 0; }
    .lp-explorer .lp-control > .widget-inline-hbox, .lp-explorer .lp-control > .widget-hbox {
      width: 100%; margin: 2px 0; }
    .lp-explorer .lp-control .widget-label { font-weight: 600; min-width: 112px; text-align: left; }
    .lp-explorer .lp-control .widget-text input { min-width: 60px; }
    .lp-explorer .lp-control .widget-hslider { flex: 1 1 80px; width: auto; min-width: 80px; margin: 0 2px; }
    .lp-explorer .lp-hold { width: auto; flex: 0 0 auto; }
    .lp-explorer .lp-hold .widget-checkbox { width: auto; margin: 0; }
    .lp-explorer .lp-hold .lp-note { display: none; }
    .lp-explorer .lp-note { position: relative; width: 100%; min-height: 46px; margin: 0; overflow: visible; }
    .lp-explorer .lp-note .widget-html-content { width: 100%; line-height: 14px; font-size: 11.5px; }
    .lp-explorer .lp-panel .lp-note { min-height: 14px; }
    .lp-explorer .lp-panel .lp-message { position: static; }
    .lp-explorer .lp-region, .lp-explorer .lp-ec2_type, .lp-explorer .lp-min_units, .lp-explorer .lp-slo,
    .lp-explorer .lp-fargate_size { grid-column: span 2; }
    .lp-explorer .lp-region .lp-note, .lp-explorer .lp-min_units .lp-note { min-height: 46px; }
    .lp-explorer .lp-hint { color: var(--lp-quiet); }
    .lp-explorer .lp-scale { display: flex; justify-content: space-between; }
    .lp-explorer .lp-message { position: absolute; left: 0; right: 0; z-index: 5; padding: 0 4px 2px;
      border-left: 3px solid var(--lp-wrong); color: var(--lp-wrong); background: var(--jp-layout-color1, #fff);
      overflow-wrap: anywhere; }
    .lp-explorer .lp-wrong input, .lp-explorer .lp-wrong select { border-color: var(--lp-wrong); }
    .lp-explorer .lp-folds { flex-wrap: wrap; margin: 2px 0 4px; }
    .lp-explorer .lp-fold { width: auto; }
    .lp-explorer .lp-panel { padding: 6px 8px; border: 1px solid var(--lp-line); box-sizing: border-box; }
    .lp-explorer .lp-view { width: 100%; overflow: visible; }
    .lp-explorer .lp-answer { min-height: 60px; }
    .lp-explorer .lp-sentence { font-size: 15px; line-height: 20px; min-height: 40px; font-weight: 600;
      margin: 4px 0 0; }
    .lp-explorer .lp-stale { min-height: 16px; line-height: 16px; color: var(--lp-wrong); }
    .lp-explorer .lp-below { display: flex; flex-wrap: wrap; gap: 4px 28px; width: 100%; overflow: visible; }
    .lp-explorer .lp-charts { flex: 0 0 848px; align-self: flex-start; max-width: 100%; overflow: visible; }
    .lp-explorer .lp-chart { min-height: 380px; width: 100%; overflow: auto hidden; background: #fff; }
    .lp-explorer .lp-map { width: 100%; overflow: visible; }
    .lp-explorer .lp-map .jupyter-button { align-self: flex-start; width: auto; }
    .lp-explorer .lp-map .lp-chart { min-height: 0; }
    .lp-explorer .lp-details { flex: 1 1 480px; min-width: 0; overflow-x: auto; }
    .lp-explorer h2 { font-size: 14px; margin: 12px 0 4px; }
    .lp-explorer ul { margin: 0; padding-left: 18px; }
    .lp-explorer table.lp-table { border-collapse: collapse; width: 100%; font-size: 12.5px; margin: 0; }
    .lp-explorer .lp-table th, .lp-explorer .lp-table td { padding: 3px 0 3px 7px; max-width: none;
      border-bottom: 1px solid var(--lp-line); text-align: right; white-space: normal; vertical-align: bottom; }
    .lp-explorer .lp-table td { white-space: nowrap; font-variant-numeric: tabular-nums; }
    .lp-explorer .lp-details li, .lp-explorer .lp-details p, .lp-explorer .lp-row { overflow-wrap: anywhere; }
    .lp-explorer .lp-table tr > :first-child { text-align: left; padding-left: 0; }
    .lp-explorer .lp-table tr > :first-child, .lp-explorer .lp-table tr > :last-child {
      white-space: normal; overflow-wrap: break-word; }
    .lp-explorer .lp-table tr > :last-child { text-align: left; }
    .lp-explorer .lp-bill { margin: 0 0 10px; max-width: 760px; }
    .lp-explorer .lp-row, .lp-explorer .lp-bill summary { display: flex; justify-content: space-between;
      gap: 12px; padding: 2px 0; }
    .lp-explorer .lp-row { font-weight: 600; border-bottom: 1px solid var(--lp-line); }
    .lp-explorer .lp-bill summary { cursor: pointer; }
    .lp-explorer .lp-bill summary > :first-child::before { content: "▸ "; }
    .lp-explorer .lp-bill details[open] summary > :first-child::before { content: "▾ "; }
    .lp-explorer .lp-row > :last-child, .lp-explorer summary > :last-child { font-variant-numeric: tabular-nums; }
    .lp-explorer .lp-line { padding: 0 0 6px 14px; color: var(--lp-quiet); overflow-wrap: anywhere; }
    """
    html = traitlets.Unicode().tag(sync=True)
    live = traitlets.Bool(default_value=False).tag(sync=True)


class View:
    """What a comparison looks like. The widgets stay; what they hold changes.

    Parameters
    ----------
    comparison : Comparison - what is shown first.
    sliders : dict - by name: a slider and its number box.
    hand : function - is told the name of the slider that somebody is about to move.
    go : function - is told the values, by path, of the place of the map that was clicked.
    """

    def __init__(
        self,
        comparison: Comparison,
        sliders: Mapping[str, Any],
        hand: Callable[[str], None],
        go: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self.answer = _Page(live=True)
        self.answer.add_class("lp-answer")
        moved = {name: [*pair, self.answer] for name, pair in sliders.items()}
        self.chart = LiveChart(picture(comparison), sliders=moved, hand=hand)
        self.details = _Page()
        self.details.add_class("lp-details")
        self.map = _Map(comparison, go)
        charts = widgets.VBox([self.chart, self.map.widget]).add_class("lp-charts")
        below = widgets.Box([charts, self.details]).add_class("lp-below")
        self.widget = widgets.VBox([self.answer, below]).add_class("lp-view")
        self._drawn = comparison

    def show(self, comparison: Comparison, *, stale: bool, **place: Any) -> None:
        """Show another comparison; its `place` is that of `LiveChart.show`."""
        if comparison is not self._drawn:
            self.chart.show(picture(comparison), **place)
            self._drawn = comparison
            self.map.show(comparison)
        self.mark_stale(stale)
        self.details.html = _details_html(comparison)

    def mark_stale(self, stale: bool) -> None:
        """Say, or no longer, that a control asks for something that could not be answered."""
        self.answer.html = _answer_html(self._drawn, STALE if stale else "")


class _Map:
    """A fold with the map of the cheapest option over requests and duration, drawn only while it is open.

    Where it takes seconds, it is drawn when asked for.
    """

    def __init__(self, comparison: Comparison, go: Callable[[Mapping[str, Any]], None]) -> None:
        self._comparison, self._go = comparison, go
        self.fold = widgets.ToggleButton(description=f"▸ {_MAP_NAME}", tooltip=f"show or hide: {_MAP_NAME}")
        self.fold.add_class("lp-fold").observe(lambda _: self._show(), "value")
        self.draw = widgets.Button(description="Draw the map: it takes some seconds")
        self.draw.on_click(lambda _: self._draw())
        self.page = _Page()
        self.chart: Any = None  # made when it is first drawn
        self._inside = widgets.VBox([])
        self.widget = widgets.VBox([self.fold, self._inside]).add_class("lp-map")

    def show(self, comparison: Comparison) -> None:
        """Follow another comparison."""
        self._comparison = comparison
        self._show()

    def _show(self) -> None:
        self.fold.description = f"{'▾' if self.fold.value else '▸'} {_MAP_NAME}"
        if not self.fold.value:
            self._inside.children = ()
        elif is_quick(self._comparison.scenario):
            self._draw()
        else:
            self._inside.children = (self.draw,)

    def _draw(self) -> None:
        exact = is_quick(self._comparison.scenario)
        try:
            found = atlas(self._comparison.scenario, over=MAP, points=MAP_POINTS if exact else ROUGH_POINTS)
        except InputError as error:
            self.page.html = f'<p class="lp-hint">There is no map: {escape(str(error))}</p>'
            self._inside.children = (self.page,)
            return
        with debug_mode(False):
            drawn = whole(specification_of(atlas_chart(found, width=PLOT_WIDTH, exact=False)))
        if self.chart is None:
            self.chart = LiveChart(drawn, pick=self._picked)
        else:
            self.chart.show(drawn)
        self._found = found
        rows = table_rows(found, exact=False)
        hint = '<p class="lp-hint">Click a place of the map to go there.</p>'
        self.page.html = hint + _folded("map", "The map as a table", _table(rows))
        self._inside.children = (self.chart, self.page)

    def _picked(self, across: float, up: float) -> None:
        """Go to a place of the map, given as shares of it from the left and from below."""
        shares = zip(self._found.sides, (across, up), strict=True)
        self._go({side.path: side.nearby(share) for side, share in shares})


_MAP_NAME = "Map: the cheapest over requests and duration"


def picture(comparison: Comparison) -> dict[str, Any]:
    """The cost chart of a comparison as the explorer draws it, with the answer that goes with it."""
    return parted(live(comparison, width=PLOT_WIDTH, height=PLOT_HEIGHT), _answer_html(comparison, ""))


def _answer_html(comparison: Comparison, note: str) -> str:
    return f'<p class="lp-sentence">{escape(answer(comparison))}.</p><div class="lp-stale">{note}</div>'


def _details_html(comparison: Comparison) -> str:
    parts = [
        "<h2>Where the answer changes</h2>",
        _list(crossover_words(comparison)),
        "<h2>Fleets, and how soon they answer</h2>",
        _fleet_table(comparison.options),
        f'<p class="lp-hint">{_FLEET_HINT}</p>',
        _folded("limits", "Limits that were held against it, and how fleets are sized", _limits(comparison)),
    ]
    if comparison.warnings:
        parts += ["<h2>Before you rely on it</h2>", _list(comparison.warnings)]
    parts.append("<h2>Bills, USD a month</h2>")
    parts += [_bill(result, n) for n, result in enumerate(comparison.options)]
    parts.append(f'<p class="lp-hint">{escape(footer(comparison))}.</p>')
    return "".join(parts)


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _folded(key: str, summary: str, inside: str) -> str:
    return _opens(key, escape(summary), inside)


def _opens(key: str, summary: str, inside: str) -> str:
    found = f'<summary>{summary}</summary><div class="lp-line">{inside}</div>'
    return f'<details data-key="{escape(key)}">{found}</details>'


def _fleet_table(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        fleet, total = result.fleet, result.bill.total_usd
        binds = "one request each" if result.kind == "lambda" else BINDS.get(fleet.bound_by, fleet.bound_by)
        times = {percent: result.answer_ms(percent) for percent in PERCENTILES}
        rows.append(
            {
                "Option": result.label,
                "USD a month": "unknown" if total is None else money(total),
                "Units, mean": figure(fleet.units_mean),
                "peak": figure(fleet.units_peak),
                "Used": share_text(fleet.utilisation_mean).replace(" ", "\u00a0"),
                "In flight, peak": figure(fleet.in_flight_peak),
                **{f"p{p}, ms": "unknown" if ms is None else count(ms, 3) for p, ms in times.items()},
                "What binds": binds if result.feasible else "a limit: see below",
            }
        )
    return _table(rows)


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in rows[0])
    lines = ["".join(f"<td>{escape(cell)}</td>" for cell in row.values()) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table class="lp-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _limits(comparison: Comparison) -> str:
    lines = []
    for result in comparison.options:
        near = [limit for limit in result.fleet.limits if limit.broken or 10 * limit.value > limit.allowed]
        lines += [f"{result.label}: {_limit_words(limit)}" for limit in near]
        option = result.option
        if isinstance(option, FleetRules):
            target, zones = share_text(option.target_utilisation), option.zones
            safe = "survives the loss of one" if option.survive_zone_loss else "does not survive the loss of one"
            sized = f"filled to {target} at its peaks; {zones} zones, {safe}; {option.scaling} scaling"
            lines.append(f"{result.label}: {sized}")
        reserved = getattr(option, "reserved_mb", None)
        if reserved is not None:
            lines.append(f"{result.label}: {figure(reserved)} MB of each instance for the system, an assumption")
    return _list(lines)


def _limit_words(limit: Limit) -> str:
    asked = "broken" if limit.ask_for is None else f"ask AWS for {limit.ask_for:,}"
    verdict = asked if limit.broken else "kept"
    said = f"{limit.limit}: {figure(limit.value)} of {figure(limit.allowed)} {limit.unit}, {verdict}"
    return f"{said} ({limit.source})"


def _bill(result: Result, place: int) -> str:
    """One option's lines, each of which opens into quantity, price, source and date."""
    bill = result.bill
    total = f"unknown; {money(bill.known_usd)} is known" if bill.total_usd is None else money(bill.total_usd)
    lines = "".join(_bill_line(line, f"{place}:{line.item}:{n}") for n, line in enumerate(bill.lines))
    unable = "" if result.feasible else " (breaks a limit, can’t win)"
    name, cost = f"<span>{escape(result.label)}{unable}</span>", f'<span class="lp-total">{escape(total)}</span>'
    head = f'<div class="lp-row">{name}{cost}</div>'
    oldest = f'<div class="lp-hint">Oldest price: {escape(bill.oldest_price)}</div>' if bill.oldest_price else ""
    return f'<section class="lp-bill">{head}{lines}{oldest}</section>'


def _bill_line(line: LineItem, key: str) -> str:
    amount = "unknown" if line.amount_usd is None else money(line.amount_usd)
    said = []
    if line.unit:
        price = "no price in the book" if line.price_usd is None else f"${decimal_text(line.price_usd, 20)}"
        exact = "" if line.exact_usd is None else f" = ${figure(line.exact_usd, 6)}"
        said.append(f"{figure(line.quantity, 6)} {line.unit} × {price}{exact}")
    source = line.source if line.unit else ""
    dated = f"price of {line.as_of}: {source}" if line.as_of else source
    said += [text for text in (dated, line.note) if text]
    if line.price_usd is None:
        own = f'{{"service": "{line.service}", "item": "{line.price_item}", "price_usd": "…"}}'
        said.append(f"Give your own price in the scenario’s prices: {own}")
    inside = "".join(f"<div>{escape(text)}</div>" for text in said)
    summary = f"<span>{escape(line.item)}</span><span>{escape(amount)}</span>"
    return _opens(key, summary, inside)
