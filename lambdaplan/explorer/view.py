"""View of a comparison: answer, chart, crossovers, fleets and bills."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
from markupsafe import Markup

from lambdaplan.capacity.limits import Limit
from lambdaplan.charts.cost import live, phone_width
from lambdaplan.charts.theme import footer, styles
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.duration_band import places_in_words
from lambdaplan.comparison.first_lines import first_lines
from lambdaplan.comparison.result import Result
from lambdaplan.comparison.spread_judgement import spread_words
from lambdaplan.comparison.waiting_words import late_columns
from lambdaplan.comparison.wording import answer, binds_words, cold_words, memory_words, unit_words
from lambdaplan.currency import in_its_currency
from lambdaplan.doubt.risk import Risk, risk_at_a_glance
from lambdaplan.doubt.wording import of_100, risk_words, sentence
from lambdaplan.explorer.details import PLOT_WIDTH, all_folds, filled, table_of
from lambdaplan.explorer.live_chart import MIDDLE, NARROW, WIDE, LiveChart, Page, parted
from lambdaplan.formatting import a_month, count, decimal_text, figure, money, share_text
from lambdaplan.pricing.bill import LineItem

PLOT_HEIGHT = 230
MIDDLE_WIDTH = 400  # of the plot on a page that is not wide [px]
NARROW_HEIGHT = 160  # of the plot on a phone: half of the chart is on its first screen [px]
_FLEET_HINT = (
    f"A unit is {unit_words()}. Used: the share of it at work, over the month. "
    "p95: 95 % of warm requests answer within so many ms at the busiest moment of the week, waiting included."
)
STALE = "A control asks for what can’t be answered; this answer leaves that out."


class View:
    """What a comparison looks like. The widgets stay; what they hold changes.

    Parameters:
    comparison : Comparison - what is shown first.
    sliders : dict - by name: a slider and its number box.
    hand : function - is told the name of the slider that somebody is about to move.
    go : function - is told the values, by path, of the place of the map that was clicked.
    buys : function - gives the plan that may be bought, and the chance of leaving, as `commit` takes them.
    """

    def __init__(
        self,
        comparison: Comparison,
        sliders: Mapping[str, Any],
        hand: Callable[[str], None],
        go: Callable[[Mapping[str, Any]], None],
        buys: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self.answer = Page(live=True)
        self.answer.add_class("lp-answer")
        moved = {name: [*pair, self.answer] for name, pair in sliders.items()}
        self.chart = LiveChart(picture(comparison), sliders=moved, hand=hand)
        self.details = Page()
        self.details.add_class("lp-details")
        self.folds = all_folds(go, buys)
        charts = widgets.VBox([self.chart, *(fold.widget for fold in self.folds.values())]).add_class("lp-charts")
        self._follow(comparison)
        below = widgets.Box([charts, self.details]).add_class("lp-below")
        self.widget = widgets.VBox([self.answer, below]).add_class("lp-view")
        self._drawn, self._doubted, self._buys, self._bought = comparison, False, buys, buys()
        self._doubt: Risk | None = None

    def show(self, comparison: Comparison, *, stale: bool, doubted: bool = False, **place: Any) -> None:
        """Show another comparison, with chances where these are asked for; its `place` is that of `LiveChart.show`."""
        if comparison is not self._drawn or doubted != self._doubted:
            self._doubt = risk_at_a_glance(comparison.scenario) if doubted else None
            self.chart.show(_picture(comparison, self.chart.room, self._doubt), **place)
            self._drawn, self._doubted = comparison, doubted
            self._follow(comparison)
        elif self._buys() != self._bought:
            self.folds["plan"].show(comparison)
        self._bought = self._buys()
        self.mark_stale(stale)
        self.details.html = _details_html(comparison)

    def redraw(self, **place: Any) -> None:
        """Draw the chart anew, for the room that it has now; its `place` is that of `LiveChart.show`."""
        self.chart.show(_picture(self._drawn, self.chart.room, self._doubt), **place)

    def picture(self, comparison: Comparison) -> dict[str, Any]:
        """The cost chart of a comparison in the room that it has."""
        return picture(comparison, self.chart.room, doubted=self._doubted)

    def _follow(self, comparison: Comparison) -> None:
        for fold in self.folds.values():
            fold.show(comparison)

    def mark_stale(self, stale: bool) -> None:
        """Say, or no longer, that a control asks for something that could not be answered."""
        self.answer.html = _answer_html(self._drawn, STALE if stale else "", self._doubt)


def picture(comparison: Comparison, room: str = WIDE, *, doubted: bool = False) -> dict[str, Any]:
    """The cost chart of a comparison as the explorer draws it in the room it has, with the answer that goes with it.

    Parameters:
    doubted : bool - whether chances are asked for.
    """
    return _picture(comparison, room, risk_at_a_glance(comparison.scenario) if doubted else None)


@in_its_currency
def _picture(comparison: Comparison, room: str, doubt: Risk | None) -> dict[str, Any]:
    width, height = {
        WIDE: (PLOT_WIDTH, PLOT_HEIGHT),
        MIDDLE: (MIDDLE_WIDTH, PLOT_HEIGHT),
        NARROW: (phone_width(comparison), NARROW_HEIGHT),
    }[room]
    drawn = live(comparison, width=width, height=height, doubt=doubt)
    return parted(drawn, _answer_html(comparison, "", doubt))


@in_its_currency
def _answer_html(comparison: Comparison, note: str, doubt: Risk | None = None) -> Markup:
    lines = Markup("").join(Markup("<li>{}.</li>").format(words) for words in first_lines(comparison))
    said = Markup('<p class="lp-sentence">{}.</p>').format(answer(comparison))
    said += Markup("") if doubt is None else Markup('<p class="lp-sure">{}</p>').format(sentence(risk_words(doubt)))
    said += Markup('<ul class="lp-first">{}</ul>').format(lines)
    return _cards(comparison, doubt) + said + Markup('<div class="lp-stale">{}</div>').format(note)


@in_its_currency
def _cards(comparison: Comparison, doubt: Risk | None) -> Markup:
    """What each option costs, as figures to be read from afar, in the order of the scenario."""
    light, dark = styles(comparison.options), styles(comparison.options, dark=True)
    card = Markup(
        '<div class="lp-card{}" style="--lp-light:{};--lp-dark:{}"><span class="lp-name">{}</span>'
        '<span class="lp-usd">{}</span><span class="lp-than">{}</span>{}</div>'
    )
    chance = Markup('<span class="lp-chance">cheapest in {} of 100</span>')
    wins = {} if doubt is None else {one.label: chance.format(of_100(one.wins.value)) for one in doubt.options}
    cards = []
    for result in comparison.options:
        usd = "unknown" if result.bill.total_usd is None else money(result.bill.total_usd)
        best = " lp-best" if result is comparison.best else ""
        colours = light[result.label][0], dark[result.label][0]
        beside = _beside_the_best(result, comparison), wins.get(result.label, "")
        cards.append(card.format(best, *colours, result.label, usd, *beside))
    return Markup('<div class="lp-cards" aria-hidden="true">{}</div>').format(
        Markup("").join(cards)
    )  # said in words too


@in_its_currency
def _beside_the_best(result: Result, comparison: Comparison) -> str:
    """What an option costs beside the cheapest, or why it is no answer."""
    if not result.feasible:
        return "breaks a limit"
    if result.bill.total_usd is None:
        return "a price is missing"
    if comparison.best is None or comparison.best.bill.total_usd is None:
        return a_month()
    if result is comparison.best:
        return "cheapest, too close to call" if comparison.close else "cheapest"
    return f"{money(result.bill.total_usd - comparison.best.bill.total_usd)} more"


@in_its_currency
def _details_html(comparison: Comparison) -> str:
    return filled(
        "details.html.j2",
        a_month=a_month(),
        crossovers=places_in_words(comparison),
        fleets=table_of(_fleet_rows(comparison.options)),
        fleet_hint=_FLEET_HINT,
        limits=_limits(comparison),
        warnings=comparison.warnings,
        bills=[_bill(result, n) for n, result in enumerate(comparison.options)],
        footer=footer(comparison),
    )


def _fleet_rows(results: Sequence[Result]) -> list[dict[str, str]]:
    rows = []
    for result in results:
        fleet, total = result.fleet, result.bill.total_usd
        rows.append(
            {
                "Option": result.label,
                a_month(): "unknown" if total is None else money(total),
                "Units, mean": count(fleet.units_mean, 3),
                "peak": count(fleet.units_peak, 3),
                "Used": share_text(fleet.utilisation_mean).replace(" ", "\u00a0"),
                "In flight, peak": count(fleet.in_flight_peak, 3),
                **late_columns(result, "p{}, ms"),
                "What binds": binds_words(result) if result.feasible else "a limit: see below",
            }
        )
    return rows


@in_its_currency
def _limits(comparison: Comparison) -> list[str]:
    lines = []
    for result in comparison.options:
        near = [limit for limit in result.fleet.limits if limit.broken or 10 * limit.value > limit.allowed]
        lines += [f"{result.label}: {_limit_words(limit)}" for limit in near]
        option = result.option.as_fleet
        if option is not None:
            target, zones = share_text(option.target_utilisation), option.zones
            how = "drained at" if comparison.scenario.workload.drains else "filled at its peaks to"
            safe = "survives the loss of one" if option.survive_zone_loss else "does not survive the loss of one"
            sized = f"{how} {target} of full use; {zones} zone{'s' * (zones != 1)}, {safe}; {option.scaling} scaling"
            sized += "" if option.processes is None else f"; processes of a unit: {option.processes}"
            lines.append(f"{result.label}: {sized}")
        reserved = getattr(result.option, "reserved_mb", None)
        if reserved is not None:
            lines.append(f"{result.label}: {figure(reserved)} MB of each instance for the system, an assumption")
    lines += [words for words in map(memory_words, comparison.options) if words]
    lines.append(spread_words(comparison.scenario))
    return lines + [line for result in comparison.options for line in cold_words(result)]


def _limit_words(limit: Limit) -> str:
    asked = "broken" if limit.ask_for is None else f"ask AWS for {limit.ask_for:,}"
    verdict = asked if limit.broken else "kept"
    words = f"{limit.limit}: {figure(limit.value)} of {figure(limit.allowed)} {limit.unit}, {verdict}"
    return f"{words} ({limit.source})"


@in_its_currency
def _bill(result: Result, place: int) -> dict[str, Any]:
    """One option's lines, each of which opens into quantity, price, source and date."""
    bill = result.bill
    total = f"unknown; {money(bill.known_usd)} is known" if bill.total_usd is None else money(bill.total_usd)
    lines = [
        {
            "key": f"{place}:{line.item}:{n}",
            "item": line.item,
            "amount": "unknown" if line.amount_usd is None else money(line.amount_usd),
            "notes": _notes(line),
        }
        for n, line in enumerate(bill.lines)
    ]
    label = result.label if result.feasible else f"{result.label} (breaks a limit, can’t win)"
    return {"label": label, "total": total, "lines": lines, "oldest": bill.oldest_price}


def _notes(line: LineItem) -> list[str]:
    """What a line of a bill comes from: quantity, price, source and date."""
    notes = []
    if line.unit:
        price = "no price in the book" if line.price_usd is None else f"${decimal_text(line.price_usd, 20)}"
        exact = "" if line.exact_usd is None else f" = ${figure(line.exact_usd, 6)}"
        notes.append(f"{figure(line.quantity, 6)} {line.unit} × {price}{exact}")
    source = line.source if line.unit else ""
    dated = f"price of {line.as_of}: {source}" if line.as_of else source
    notes += [text for text in (dated, line.note) if text]
    if line.price_usd is None:
        own = f'{{"service": "{line.service}", "item": "{line.price_item}", "price_usd": "…"}}'
        notes.append(f"Give your own price in the scenario’s prices: {own}")
    return notes
