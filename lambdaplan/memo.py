"""What the report's notebook calls: its parameters, and each part of the memo.

A part is HTML for the page, and text for whoever reads the notebook elsewhere.
"""

from __future__ import annotations

import dataclasses
import html
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambdaplan._paths import data_dir
from lambdaplan.comparison import PERCENTILES, Comparison, Result
from lambdaplan.errors import InputError, Problem, nearest
from lambdaplan.fields import Rule, plain, rules, shown
from lambdaplan.ladders import Ladder, RungResult, ladder, load_rungs
from lambdaplan.pages import figure_html
from lambdaplan.platforms import Lambda, Option
from lambdaplan.scenario import Scenario, read_scenario
from lambdaplan.units import count, decimal_text, money, requests_per_month, share_text
from lambdaplan.words import answer, crossover_words
from lambdaplan.workload import MB_PER_VCPU, REQUESTS

# Parameters of the notebook


PARAMETERS = ("scenario", "requests_per_month", "duration_ms", "memory_mb", "region")


class ParameterError(InputError):
    """A parameter of the notebook can't be used: told in its lines, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython prints in place of a traceback."""
        return [f"error: {problem.line}" for problem in self.problems]


def parameters(names: Mapping[str, Any]) -> Scenario:
    """The scenario that the notebook's parameters ask for.

    Parameters
    ----------
    names : mapping - the notebook's variables, ``globals()``, before anything but its parameters
        has been set.

    Raises: ParameterError with every problem, unknown parameters among them.
    """
    try:
        _no_others(names)
        return changed(open_scenario(names["scenario"]), **{name: names[name] for name in PARAMETERS[1:]})
    except InputError as error:
        raise ParameterError(error.problems) from None


def _no_others(names: Mapping[str, Any]) -> None:
    """Papermill sets a parameter of any name with no more than a line in its log."""
    hidden: Iterable[str] = ()
    if "get_ipython" in names:
        hidden = names["get_ipython"]().user_ns_hidden
    given = [name for name in names if not name.startswith("_") and name not in (*PARAMETERS, *hidden)]
    given = [name for name in given if not isinstance(names[name], type(sys)) and not callable(names[name])]
    if given:
        allowed = f"the parameters are {', '.join(PARAMETERS)}"
        raise InputError([Problem("unknown_field", name, "", allowed, nearest(name, PARAMETERS)) for name in given])


def open_scenario(path: Any) -> Scenario:
    """Read a scenario from its file, or from a report's comparison.json; empty is the packaged one.

    Raises: InputError with every problem of the document.
    """
    if not isinstance(path, str):
        raise InputError(Problem("type", "scenario", shown(path), "the path of a scenario document"))
    document = read_scenario(path or data_dir() / "scenarios" / "node_api.json")
    if isinstance(document, Mapping) and "scenario" in document and "winner" in document:
        document = document["scenario"]
    return Scenario.from_dict(document)


def changed(
    scenario: Scenario,
    *,
    requests_per_month: Any = None,
    duration_ms: Any = None,
    memory_mb: Any = None,
    region: Any = None,
) -> Scenario:
    """The scenario with other numbers where they are given.

    `memory_mb` sets the size of the first Lambda option and the memory the duration was measured
    with, together; requests are a number, or text such as 10M, 500k/day, 120/s.

    Raises: InputError with every problem.
    """
    values: dict[str, Any] = {}
    if requests_per_month is not None:
        values[REQUESTS] = _requests(requests_per_month, scenario)
    if duration_ms is not None:
        values["workload.duration_ms"] = duration_ms
    if memory_mb is not None:
        lambdas = [n for n, option in enumerate(scenario.options) if option.kind == "lambda"]
        if not lambdas:
            raise InputError(Problem("conflict", "memory_mb", shown(memory_mb), "the scenario has no Lambda option"))
        values[f"options.{lambdas[0]}.memory_mb"] = memory_mb
        values["workload.measured_memory_mb"] = memory_mb
    if region is not None:
        values["region"] = region
    try:
        return scenario.with_values(values) if values else scenario
    except InputError as error:
        raise InputError(list(_as_parameters(error.problems))) from None


def _as_parameters(problems: Iterable[Problem]) -> Iterable[Problem]:
    """Problems of fields that a parameter has set, each told once and by the parameter's name."""
    told = set()
    for problem in problems:
        name = problem.field.rsplit(".", 1)[-1].replace("measured_memory_mb", "memory_mb")
        known = name if name in PARAMETERS else problem.field
        if known not in told:
            yield dataclasses.replace(problem, field=known, fix=problem.fix.replace("measured_memory_mb", "memory_mb"))
        told.add(known)


def _requests(value: Any, scenario: Scenario) -> Any:
    if isinstance(value, str):
        return requests_per_month(value, scenario.hours_per_month, "requests_per_month")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


# Parts of the memo


@dataclass(frozen=True)
class Part:
    """One part of the memo: HTML where it can be shown, text everywhere else."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def _e(words: Any) -> str:
    return html.escape(str(words))


def _joined(*parts: Part) -> Part:
    return Part("\n".join(part.html for part in parts), "\n\n".join(part.text for part in parts))


def _paragraph(words: str, kind: str = "") -> Part:
    return Part(f'<p class="{kind}">{_e(words)}</p>' if kind else f"<p>{_e(words)}</p>", words)


def _bullets(lines: Sequence[str]) -> Part:
    return Part(
        "<ul>" + "".join(f"<li>{_e(line)}</li>" for line in lines) + "</ul>", "\n".join(f"- {line}" for line in lines)
    )


SMALL = 16  # rows of a table that is not parted between printed pages
LONG = 26  # letters of a word that may be broken, so that a table fits
_DATE = re.compile(r"\d{4}-\d\d-\d\d|undated|")
_NUMBER = re.compile(r"-?\$?[\d,]+(\.\d+)?( %| \(here\))?|—|unknown")


Rows = list[dict[str, str]]


def tabled(rows: Rows, caption: str, total: bool = False) -> Part:
    """Rows as a table with a caption, numbers to the right.

    `total` says that the last row is a sum.
    """
    columns = list(rows[0])
    values = {name: [row[name] for row in rows] for name in columns}
    kinds = [_kind(values[name]) for name in columns]
    head = "".join(f'<th scope="col"{kind}>{_e(name)}</th>' for name, kind in zip(columns, kinds, strict=True))
    lines = []
    for n, row in enumerate(rows):
        mark = ' class="lp-total"' if total and n == len(rows) - 1 else ""
        lines.append(
            f"<tr{mark}>"
            + "".join(f"<td{kind}>{_e(row[name])}</td>" for name, kind in zip(columns, kinds, strict=True))
            + "</tr>"
        )
    small = ' class="lp-small"' if len(rows) <= SMALL else ""
    top = f"<caption>{_e(caption)}</caption><thead><tr>{head}</tr></thead>"
    body = f"<table{small}>{top}<tbody>{''.join(lines)}</tbody></table>"
    text = [caption, " | ".join(columns), *(" | ".join(row.values()) for row in rows)]
    return Part(body, "\n".join(text))


def _kind(values: Sequence[str]) -> str:
    """How a column is set: numbers to the right, dates unbroken, long words broken anywhere."""
    if all(_DATE.fullmatch(value) for value in values):
        return ' class="d"'
    if all(_NUMBER.fullmatch(value) or not value for value in values):
        return ' class="n"'
    return ' class="w"' if any(len(word) > LONG for value in values for word in value.split()) else ""


def figure(chart: Any, name: str) -> Part:
    """A chart that shows anywhere: a still picture, with its specification for pages that run scripts.

    Parameters
    ----------
    chart : altair chart - what is shown.
    name : str - name of the chart's files in the report's folder.
    """
    spec = chart.to_dict(validate=False)  # the tests validate
    return Part(figure_html(spec, name), spec.get("description") or name)


def heading(comparison: Comparison) -> Part:
    """What the report is about: the service and the region."""
    scenario = comparison.scenario
    return _paragraph(f"{scenario.name}. Region {scenario.region}, prices of {scenario.book.as_of}.", "lp-quiet")


def said(comparison: Comparison) -> Part:
    """The answer in a sentence, and what a reader must know before relying on it."""
    parts = [_paragraph(f"{answer(comparison)}.", "lp-answer")]
    asked = decimal_text(comparison.scenario.workload.requests_per_month)
    parts.append(_paragraph(f"A month with {int(asked):,} requests, in USD, {counted_words(comparison)}."))
    if comparison.warnings:
        parts += [_paragraph("Before relying on it:"), _bullets(comparison.warnings)]
    return _joined(*parts)


def crossovers(comparison: Comparison) -> Part:
    """Where the cheapest option changes, in words."""
    lines = crossover_words(comparison)
    shown_lines = lines if len(lines) <= 20 else [*lines[:20], f"… and {len(lines) - 20} more, all in comparison.json."]
    return _bullets(shown_lines)


def costs(comparison: Comparison) -> Part:
    """The chart as a table."""
    from lambdaplan.charts import table_rows

    return tabled(table_rows(comparison), "Bills along the axis, USD a month")


def numbered(comparison: Comparison) -> dict[str, int]:
    """The sources of the prices on the bills, each with the number that lines refer to."""
    used = dict.fromkeys(line.source for result in comparison.options for line in result.bill.lines if line.as_of)
    return {title: n for n, title in enumerate(used, 1)}


def bill_rows(comparison: Comparison, result: Result) -> Rows:
    """The lines of one option's bill: quantity x price, with the source and date of the price."""
    numbers = numbered(comparison)
    rows = [
        {
            "line": line.item + (f" ({_grouped(line.note)})" if line.note else ""),
            "quantity": f"{float(line.quantity):,.2f}".removesuffix(".00") if line.unit else "",
            "unit": line.unit,
            "price": "unknown" if line.price_usd is None else f"${decimal_text(line.price_usd, 20)}",
            "amount": "unknown" if line.amount_usd is None else money(line.amount_usd),
            "source": f"[{numbers[line.source]}]" if line.source in numbers else line.source if line.unit else "",
            "price of": line.as_of,
        }
        for line in result.bill.lines
    ]
    total = result.bill.total_usd
    whole = f"at least {money(result.bill.known_usd)}" if total is None else money(total)
    rows.append(
        {"line": "Total", "quantity": "", "unit": "", "price": "", "amount": whole, "source": "", "price of": ""}
    )
    return rows


def _grouped(words: str) -> str:
    return re.sub(r"\b\d{5,}\b", lambda match: f"{int(match[0]):,}", words)


def bills(comparison: Comparison) -> Part:
    """Every option's bill as a table, in the order of the scenario."""
    parts = []
    for result in comparison.options:
        limit = "" if result.feasible else " (breaks a limit: it can't win)"
        oldest = f", oldest price of {result.bill.oldest_price}" if result.bill.oldest_price else ""
        parts.append(tabled(bill_rows(comparison, result), f"{result.label}{limit}{oldest}", total=True))
    return _joined(*parts)


BINDS = {"cpu": "CPU", "slots": "requests in flight", "memory": "memory"}


def fleet_rows(comparison: Comparison) -> Rows:
    """Each option's capacity: units, what binds, how busy they are, limits broken."""
    rows: Rows = []
    for result in comparison.options:
        fleet = result.fleet
        rows.append(
            {
                "option": result.label,
                "size": result.option.size_label,
                "unit": fleet.unit,
                "units, mean": _short(fleet.units_mean),
                "units, busiest hour": _short(fleet.units_peak),
                "requests in flight, mean": _short(fleet.in_flight_mean),
                "requests a second of one unit": _short(fleet.unit_rps),
                "what binds": "one request each"
                if result.kind == "lambda"
                else BINDS.get(fleet.bound_by, fleet.bound_by),
                "mean utilisation": share_text(fleet.utilisation_mean),
                "time of a request": f"{_short(fleet.wall_ms)} ms"
                + (f", billed {_short(fleet.billed_ms)} ms" if fleet.billed_ms is not None else ""),
                "answers at the busiest moment": _answers(result),
                "limits broken": "; ".join(limit.limit for limit in result.violations) or "none",
            }
        )
    return rows


def _answers(result: Result) -> str:
    """Percentiles of the answer time, in words."""
    times = [(percent, result.answer_ms(percent)) for percent in PERCENTILES]
    said = [f"{percent} % within {count(ms, 3)} ms" for percent, ms in times if ms is not None]
    return "; ".join(said) or "not worked out, or overloaded"


def fleets(comparison: Comparison) -> Part:
    """The fleets as a table, an option a column."""
    rows = fleet_rows(comparison)
    turned = [{"what": name, **{row["option"]: row[name] for row in rows}} for name in rows[0] if name != "option"]
    near = limit_rows(comparison)
    far = sum(len(result.fleet.limits) for result in comparison.options) - len(near)
    others = _paragraph(f"{far} other limits, such as sizes and time-outs, are kept with room for ten times as much.")
    return _joined(
        tabled(turned, "Capacity of each option"),
        *([tabled(near, "Limits it was held against")] if near else []),
        *([others] if far else []),
    )


def limit_rows(comparison: Comparison) -> Rows:
    """The limits that each option was held against, with their source; those it keeps by ten times are left out."""
    return [
        {
            "option": result.label,
            "limit": limit.limit,
            "asked for": f"{_short(limit.value)} {limit.unit}",
            "allowed": f"{_short(limit.allowed)} {limit.unit}" + (" (adjustable)" if limit.adjustable else ""),
            "kept": "no" if limit.broken else "yes",
            "source": limit.source,
        }
        for result in comparison.options
        for limit in result.fleet.limits
        if limit.broken or 10 * limit.value > limit.allowed
    ]


def _short(value: Any) -> str:
    return (
        f"{float(value):,.2f}".rstrip("0").rstrip(".") if float(value) >= 0.01 or not value else f"{float(value):.2g}"
    )


def ladder_part(scenario: Scenario) -> Part:
    """The same service under other people's assumptions, beside what they have published."""
    found, skipped = usable_ladder(scenario)
    parts = []
    if scenario.sweep.over != REQUESTS:
        parts.append(
            _paragraph("Published break-evens are requests a month, so this ladder is too, whatever the axis above.")
        )
    if found.rungs:
        from lambdaplan.charts import ladder_chart

        parts += [
            figure(ladder_chart(found), "ladder"),
            tabled(ladder_rows(found), "Break-even of each set of assumptions"),
        ]
        if found.claims:
            parts.append(tabled(claim_rows(found), "Published break-evens"))
    if skipped:
        several = f"{len(skipped)} sets of assumptions do" if len(skipped) > 1 else "One set of assumptions does"
        parts += [_paragraph(f"{several} not fit this scenario and stand aside:"), _bullets(skipped)]
    return _joined(*parts)


def usable_ladder(scenario: Scenario) -> tuple[Ladder, list[str]]:
    """The packaged ladder on a scenario: the rungs that fit it, and why the others do not."""
    over_requests = scenario if scenario.sweep.over == REQUESTS else scenario.with_values({"sweep": {}})
    whole = ladder(over_requests, [])
    results: list[RungResult] = []
    skipped: list[str] = []
    for rung in load_rungs():
        try:
            results += ladder(over_requests, [rung]).rungs
        except InputError as error:
            skipped.append(f"{rung.name}: {error.problems[0].line}")
    results.sort(key=lambda r: (r.break_even is None, r.break_even or 0))
    return dataclasses.replace(whole, rungs=tuple(results)), skipped


def ladder_rows(found: Ladder) -> Rows:
    """The rungs: break-even, what is cheaper above it, and what the set leaves out or adds."""
    return [
        {
            "assumptions": r.rung.name,
            "break-even, requests a month": "—" if r.break_even is None else f"{r.break_even:,}",
            "then": r.note if r.break_even is None else r.cheaper or "nobody",
            "why": r.rung.why or "",
        }
        for r in found.rungs
    ]


def claim_rows(found: Ladder) -> Rows:
    """The published break-evens, as their sources put them."""
    return [
        {
            "requests a month": f"{c.low:,.0f}" if c.low == c.high else f"{c.low:,.0f} to {c.high:,.0f}",
            "what is said": c.said,
            "source": c.source,
            "published": c.published or "undated",
        }
        for c in sorted(found.claims, key=lambda c: c.low)
    ]


def assumption_rows(given: Any, **filled_in: Any) -> Rows:
    """The fields of a workload, an option or a scenario: value, unit, meaning, and whether it is the default.

    `filled_in` are the defaults that depend on other fields.
    """
    defaults = {f.name: f.default for f in dataclasses.fields(given)} | filled_in
    rows = []
    for name, rule in rules(type(given)).items():
        value = getattr(given, name)
        if value is None or rule.kind == "own" or name in ("label", "version", "name"):
            continue
        rows.append(
            {
                "field": rule.name or name,
                "value": _value_words(value, rule),
                "meaning": rule.meaning,
                "the default?": "yes" if value == defaults[name] else "no",
            }
        )
    return rows


def _value_words(value: Any, rule: Rule) -> str:
    if isinstance(value, Option):
        return value.size_label
    if dataclasses.is_dataclass(value):
        return ", ".join(f"{name} {item}" for name, item in plain(value).items())
    if rule.kind == "flag":
        return "yes" if value else "no"
    if rule.kind == "choices":
        return ", ".join(value)
    if rule.kind == "number" and not isinstance(value, str):
        number = plain(value)
        return f"{number:,} {'' if rule.unit in ('share', 'requests a month') else rule.unit}".strip()
    return str(value)


def assumptions(comparison: Comparison) -> Part:
    """Every number the answer rests on, defaults named as such."""
    scenario = comparison.scenario
    measured = next((option.memory_mb for option in scenario.options if isinstance(option, Lambda)), MB_PER_VCPU)
    parts = [
        tabled(assumption_rows(scenario.workload, measured_memory_mb=measured), "The service"),
        _paragraph(f"{traffic_words(scenario)}."),
        tabled(assumption_rows(scenario), "What every bill counts alike"),
    ]
    for option in scenario.options:
        rows = assumption_rows(option, front_door=option.default_front_door)
        parts.append(tabled(rows, f"{option.label} ({option.kind})"))
    return _joined(*parts)


def traffic_words(scenario: Scenario) -> str:
    """When the requests come, in a sentence without its full stop."""
    traffic = scenario.workload.traffic
    shape = "168 hourly weights of a week" if traffic.hourly else "flat, every hour of the week alike"
    if traffic.from_trace:
        shape = f"a week read from a trace ({traffic.from_trace})"
    elif traffic.shape != "flat":
        shape = f"the named shape {traffic.shape}"
    busiest = f"; the busiest hour has {_short(traffic.peak_to_mean)} times the mean" if traffic.hourly else ""
    return f"Traffic: {shape}{busiest}; the peak within an hour is {_short(traffic.burst)} times that hour's mean"


COUNTED = {
    "compute": "compute (with the volumes of EC2 instances)",
    "front_door": "the front door (API Gateway, load balancer or function URL)",
    "network": "the network (public addresses, NAT gateways, data sent to the internet)",
    "logs": "logs (taken in, and kept for their days)",
    "operations": "people's hours at the wage given",
}


def counted_words(comparison: Comparison) -> str:
    """What the bills count, in a phrase."""
    return "counting " + " and ".join(COUNTED[name].split(" (")[0] for name in comparison.scenario.include)


def counted(comparison: Comparison) -> Part:
    """What is on every bill, and what is on none."""
    scenario = comparison.scenario
    on = [COUNTED[name] for name in scenario.include]
    off = [words for name, words in COUNTED.items() if name not in scenario.include]
    free = (
        "Always-free quantities are taken off." if scenario.free_tier else "Always-free quantities are not taken off."
    )
    never = [
        "metrics, traces and alarms",
        "databases, queues, storage and other services behind the application",
        "cold starts: their time and what they are billed",
        "reserved instances, private discounts, taxes and support plans",
        "deployment, patching and on-call work, unless given as people's hours",
    ]
    return _joined(
        _paragraph("On every bill:"),
        _bullets(on),
        _paragraph(free),
        _paragraph("On none of them:"),
        _bullets([*off, *never]),
    )


def sources(comparison: Comparison) -> Part:
    """The price book, the oldest price, and the sources of the prices used."""
    book = comparison.scenario.book
    by_title = {row["title"]: row for row in book.sources().values()}
    rows = [
        {
            "number": f"[{n}]",
            "source": title,
            "publisher": by_title.get(title, {}).get("publisher", ""),
            "address": by_title.get(title, {}).get("address", ""),
            "published": by_title.get(title, {}).get("published", "") or "undated",
            "read": by_title.get(title, {}).get("read", ""),
        }
        for title, n in numbered(comparison).items()
    ]
    oldest = min((r.bill.oldest_price for r in comparison.options if r.bill.oldest_price), default="")
    words = f"{book.title} ({book.id}), made on {book.as_of}."
    parts = [_paragraph(f"{words} The oldest price on these bills is of {oldest}." if oldest else words)]
    if scenario_prices := comparison.scenario.prices:
        mine = [
            f"{p.service} {p.item}: ${decimal_text(p.price_usd, 20)}" + (f" ({p.note})" if p.note else "")
            for p in scenario_prices
        ]
        parts += [_paragraph("The reader's own prices:"), _bullets(mine)]
    return _joined(*parts, tabled(rows, "Sources of the prices used")) if rows else _joined(*parts)


def rerun(comparison: Comparison) -> Part:
    """How to make this report again, with the scenario in full."""
    document = json.dumps(comparison.scenario.document(), indent=2, ensure_ascii=False)
    document = re.sub(r"\[\s+([\d.,\s]+?)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m[1]) + "]", document)
    words = (
        "Save the scenario below as scenario.json and run: lambdaplan report scenario.json. "
        "The same scenario and price book give the same files, byte for byte. "
        "The figures of this page stand in comparison.json beside it."
    )
    text = _paragraph(words)
    return _joined(
        text,
        Part(
            f"<details><summary>The scenario, every default filled in</summary><pre>{_e(document)}</pre></details>",
            document,
        ),
    )
