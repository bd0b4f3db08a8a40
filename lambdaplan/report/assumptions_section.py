"""What the report counts, its assumptions, rules and sources, and how to run it again."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.first_lines import COUNTED, may_count
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import a_month, decimal_text, money
from lambdaplan.platforms import Option
from lambdaplan.pricing.rates import Rates
from lambdaplan.report.blocks import Link, Part, Place, Rows, bullets, document_part, heading, joined, paragraph, tabled
from lambdaplan.scenario.provenance import provenance_rows
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Rule, plain, rules
from lambdaplan.services import COUNTED_WITH, NEVER_COUNTED
from lambdaplan.services.around import AROUND
from lambdaplan.workload.retries import Retries
from lambdaplan.workload.workload import MB_PER_VCPU


@in_its_currency
def oldest_price_words(comparison: Comparison) -> str:
    """The date of the oldest price that a bill rests on, in words; nothing without prices."""
    dates = [result.bill.oldest_price for result in comparison.options if result.bill.oldest_price]
    return f", oldest price used: {min(dates)}" if dates else ""


def counted(comparison: Comparison) -> Part:
    """What is on every bill, and what is on none."""
    scenario = comparison.scenario
    on = [COUNTED[name] for name in scenario.include]
    off = [w for name, w in COUNTED.items() if name not in scenario.include and may_count(scenario, name)]
    free = f"Always-free quantities are {'' if scenario.free_tier else 'not '}taken off."
    never = [
        *(NEVER_COUNTED if AROUND.word not in scenario.include else ()),
        *([] if scenario.workload.counts_cold_starts else ["cold starts: their time and what they are billed"]),
        "reserved instances, private discounts, taxes and support plans",
    ]
    return joined(
        paragraph("On every bill:"),
        bullets(on),
        paragraph(free),
        paragraph("On none of them:"),
        bullets([*off, *never]),
    )


@in_its_currency
def numbered(comparison: Comparison) -> dict[str, int]:
    """The sources of the prices on the bills, each with the number that lines refer to."""
    used = dict.fromkeys(line.source for result in comparison.options for line in result.bill.lines if line.as_of)
    return {title: n for n, title in enumerate(used, 1)}


def shorter(value: Any) -> str:
    """A number in two places, or in two figures where it is small."""
    number = float(value)
    return f"{number:,.2f}".rstrip("0").rstrip(".") if number >= 0.01 or not value else f"{number:.2g}"


def assumption_rows(given: Any, include: Sequence[str], left_out: Sequence[str] = (), **filled_in: Any) -> Rows:
    """The fields of a workload, an option or a scenario: value, unit, meaning, and whose it is.

    Parameters:
    include : what bills count; fields of what they do not count are left out.
    left_out : names of fields that say nothing here.
    filled_in : the defaults that depend on other fields.
    """
    idle = set(COUNTED_WITH.values()) - set(include)
    defaults = {f.name: f.default for f in dataclasses.fields(given)} | filled_in
    rows = []
    for name, rule in rules(type(given)).items():
        value = getattr(given, name)
        named = rule.kind == "own" or name in ("label", "version", "name", *left_out)
        if value is not None and not named and COUNTED_WITH.get(name, "") not in idle:
            whose = "default" if value == defaults[name] else "the reader's own"
            words = _value_words(value, rule)
            rows.append({"field": rule.name or name, "value": words, "meaning": rule.meaning, "whose": whose})
    return rows


def _retry_rows(retries: Retries | None) -> Rows:
    """Who tries again what failed, and how often at most where the scenario leaves that open."""
    if retries is None:
        return []
    filled = dataclasses.replace(retries, attempts=Fraction(retries.most))
    usual = {} if retries.attempts is not None else {"attempts": filled.attempts}
    rows = assumption_rows(filled, (), **usual)
    return [row | {"field": f"retries: {row['field']}"} for row in rows]


def _value_words(value: Any, rule: Rule) -> str:
    if isinstance(value, Option):
        return value.size_label
    if isinstance(value, Rates):
        return f"{value.words}: {'; '.join(value.lines)}"
    if dataclasses.is_dataclass(value):
        return ", ".join(f"{name} {item}" for name, item in plain(value).items())
    if rule.kind == "flag":
        return "yes" if value else "no"
    if rule.kind == "choices":
        return ", ".join(value)
    if rule.kind == "number" and not isinstance(value, str):
        number = plain(value)
        unit = "" if rule.unit in ("share", "ratio", "requests a month") else rule.unit
        one = number == 1 and unit in ("requests", "units", "zones", "days")
        return f"{number:,} {unit.removesuffix('s') if one else unit}".strip()
    return str(value)


@in_its_currency
def assumptions(comparison: Comparison) -> Part:
    """Every number the answer rests on, defaults named as such."""
    scenario = comparison.scenario
    measured = next((option.function_mb for option in scenario.options if option.has_memory_size), MB_PER_VCPU)
    work, idle = scenario.workload, scenario.workload.idle_fields
    parts = [
        tabled(
            assumption_rows(work, scenario.include, idle, measured_memory_mb=measured) + _retry_rows(work.retries),
            "The service",
        ),
        paragraph(f"{traffic_words(scenario)}."),
        tabled(assumption_rows(scenario, scenario.include), "What every bill counts alike"),
    ]
    for option in scenario.options:
        rows = assumption_rows(option, scenario.include, front_door=option.usual_front_door)
        parts.append(tabled(rows, f"{option.label} ({option.kind})"))
    return joined(*parts, tabled(rule_rows(comparison), "Rules that the bills and durations follow"))


def provenance(comparison: Comparison) -> Part | None:
    """Where the numbers are from: file, time, samples and interval of each value that files told; None without any."""
    scenario = comparison.scenario
    rows = provenance_rows(scenario.provenance, scenario.document())
    if not rows:
        return None
    words = "These values were read from files of the running service by lambdaplan import; the others are assumed."
    return joined(heading("Where the numbers are from"), paragraph(words), tabled(rows, "Values that files told"))


@in_its_currency
def rule_rows(comparison: Comparison) -> Rows:
    """The rules of the price book for what stands on the bills, and that of durations, with source and date."""
    book = comparison.scenario.book
    services = {line.service for result in comparison.options for line in result.bill.lines}
    planned = any(option.is_planned for option in comparison.scenario.options)
    known = book.sources()
    rows = [
        {
            "rule": re.sub("_(mb|gb|kb|ms|s)$", "", name).replace("_", " ").replace(".", ": ", 1),
            "value": f"{plain(Fraction(row['value'])):,} {row['unit']}".strip(),
            "meaning": row["note"],
            "source": Link(known[row["source"]]["title"], web_address(known[row["source"]]["address"])),
            "read": known[row["source"]]["read"],
        }
        for name, row in book.rules().items()
        if name.split(".")[0] in services and not ELSEWHERE.search(name) and (planned or ".plan_" not in name)
    ]
    return [*rows, DURATION_RULE]


ELSEWHERE = re.compile("_m(ax|in)_|_max|timeout|concurrency|windows|provisioned")  # limits; what is not bought here
DURATION_RULE = {
    "rule": "duration at another size",
    "value": "7 % off at the median, over 20 % for one in ten",
    "meaning": "the waiting part stays, the computing part goes with the vCPU",
    "source": "109 functions measured by others (cebert/aws-lambda-performance-benchmarks, ubc-cirrus-lab, "
    "power-tuning links)",
    "read": "2026-11-23",
}


@in_its_currency
def traffic_words(scenario: Scenario) -> str:
    """When the requests come, in a sentence without its full stop."""
    traffic = scenario.workload.traffic
    shape = "168 hourly weights of a week" if traffic.hourly else "flat, every hour of the week alike"
    if traffic.from_trace:
        shape = f"a week read from a trace ({traffic.from_trace})"
    elif traffic.shape != "flat":
        shape = f"the named shape {traffic.shape}"
    busiest = f"; the busiest hour has {shorter(traffic.peak_to_mean)} times the mean" if traffic.hourly else ""
    words = f"Traffic: {shape}{busiest}; the peak within an hour is {shorter(traffic.burst)} times that hour's mean"
    return f"{words}; beside that {traffic.words}" if traffic.bursts else words


@in_its_currency
def sources(comparison: Comparison) -> Part:
    """The price book, the oldest price, and the sources of the prices used."""
    book = comparison.scenario.book
    by_title = {row["title"]: row for row in book.sources().values()}
    rows = [
        {
            "number": Place(f"[{n}]", f"source-{n}"),
            "source": title,
            "publisher": by_title.get(title, {}).get("publisher", ""),
            "address": _linked(by_title.get(title, {}).get("address", "")),
            "published": by_title.get(title, {}).get("published", "") or "undated",
            "read": by_title.get(title, {}).get("read", ""),
        }
        for title, n in numbered(comparison).items()
    ]
    parts = [paragraph(f"Price book {book.id} of {book.as_of}: {book.title}{oldest_price_words(comparison)}.")]
    if scenario_prices := comparison.scenario.prices:
        mine = [
            f"{p.service} {p.item}: ${decimal_text(p.price_usd, 20)}" + (f" ({p.note})" if p.note else "")
            for p in scenario_prices
        ]
        parts += [paragraph("The reader's own prices:"), bullets(mine)]
    parts += [tabled(rows, "Sources of the prices used")] if rows else []
    parts += [] if comparison.scenario.rates is None else [heading("Rates"), rates(comparison)]
    return joined(*parts)


@in_its_currency
def rates(comparison: Comparison) -> Part:
    """The rates that stand in place of list prices, and what they take off each bill."""
    scenario = comparison.scenario
    assert scenario.rates is not None  # asked for where there are some
    rows = []
    for result in comparison.options:
        listed = sum((line.listed_usd for line in result.bill.lines), Fraction(0))
        off = listed - result.bill.known_usd
        touched = sum(line.list_usd is not None for line in result.bill.lines)
        rows.append({"option": result.label, "lines with a discount": str(touched), f"{a_month()} less": money(off)})
    only_currency = scenario.rates == Rates(currency=scenario.rates.currency)
    words = f"These stand in place of list prices: {scenario.rates.words}. Each line that they touch says so."
    words = "Prices are list prices, in dollars; amounts are shown in another currency." if only_currency else words
    return joined(paragraph(words), bullets(list(scenario.rates.lines)), tabled(rows, "What discounts take off"))


def _linked(address: str) -> Link:
    return Link(address, web_address(address))


_FILE = re.compile(r"(?P<repository>github\.com/[\w.-]+/[\w.-]+) at (?P<commit>[0-9a-f]{7,40})(: (?P<path>\S+))?")
_SITE = re.compile(r"(https?://)?(?P<site>[\w-]+(\.[\w-]+)+/\S*?)(, stored copy)?")


def web_address(address: str) -> str:
    """The address of a source as a browser takes it; empty where it names no place of the web.

    Examples:
        >>> web_address("github.com/infracost/infracost at 95ba4f4: README.md")
        'https://github.com/infracost/infracost/blob/95ba4f4/README.md'
        >>> web_address("aws.amazon.com/ec2/pricing/on-demand, stored copy")
        'https://aws.amazon.com/ec2/pricing/on-demand'
    """
    if file := _FILE.fullmatch(address):
        kind, path = ("blob", f"/{file['path']}") if file["path"] else ("tree", "")
        return f"https://{file['repository']}/{kind}/{file['commit']}{path}"
    site = _SITE.fullmatch(address)
    return f"https://{site['site']}" if site else ""


@in_its_currency
def rerun(comparison: Comparison) -> Part:
    """How to make this report again, with the scenario in full."""
    words = (
        "Save the scenario below as scenario.json and run: lambdaplan report scenario.json. "
        "The same scenario and price book give the same files, byte for byte. "
        "The figures of this page stand in comparison.json beside it."
    )
    document = document_part(comparison.scenario.document(), "The scenario, every default filled in")
    return joined(paragraph(words), document)
