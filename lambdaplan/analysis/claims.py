"""Published claims, judged by the models and by sourced tables.

The claims are `data/claims.csv`; how each is judged is data too (`data/claims/judging.yaml`), part by
part. A part is of one of a few kinds, each with a judge here. A new kind of judge is
one more entry of `JUDGES`.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lambdaplan.analysis.reconcile import MOST_CHANGES, WITHIN, Reconciled, Search, load_switches
from lambdaplan.capacity import limits
from lambdaplan.comparison.bills_along import Axis
from lambdaplan.comparison.comparison import compare
from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.formatting import cents, decimal_text, figure, share_text
from lambdaplan.pricing.bill import Bill, bill
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.resources import data_dir, data_table
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.scenario.usage_document import UsageDocument
from lambdaplan.schema.fields import Documented, plain
from lambdaplan.schema.parsing import read_document
from lambdaplan.workload.workload import DURATION, REQUESTS

TRUE, FALSE, CONDITIONAL, UNDECIDABLE = "true", "false", "conditional", "undecidable"
VERDICTS = (TRUE, CONDITIONAL, FALSE, UNDECIDABLE)
VERDICT_WORDS = {TRUE: "true", CONDITIONAL: "true if", FALSE: "false", UNDECIDABLE: "not decidable here"}
SHARE, DATE = "share", "date"  # units that are not written out
PLACES = 250


@dataclass(frozen=True)
class Published:
    """One row of `data/claims.csv`: who claims what, where and when."""

    id: str
    subject: str
    statement: str
    figure: str
    unit: str
    conditions: str
    requests_per_month_from: str
    requests_per_month_to: str
    source: str
    address: str
    published: str
    read: str


@dataclass(frozen=True)
class Figure(Documented):
    """What is so, and what is claimed.

    Parameters:
    what, unit : str - what is measured, in which unit.
    value : number or text - what is so; money, prices and dates are text. None where nobody knows.
    claimed : str - what the claim says of it; empty where it says nothing.
    holds : bool or None - whether it is as claimed; None where the claim says nothing of it.
    source : str - who says so, and when; empty for what the engine works out.
    """

    what: str
    value: Any
    unit: str = ""
    claimed: str = ""
    holds: bool | None = None
    source: str = ""

    @property
    def words(self) -> str:
        """The value with its unit, for people."""
        if self.value is None:
            return "no break-even" if self.unit else ""
        if self.unit == SHARE:
            return share_text(self.value)
        words = self.value if isinstance(self.value, str) else figure(self.value, 4)
        return words if self.unit == DATE else f"{words} {self.unit}".rstrip()


@dataclass(frozen=True)
class Finding:
    """What a judge says of one part of a claim.

    Parameters:
    verdict : str - one of `VERDICTS`.
    figures : tuple of Figure - what it rests on.
    assumptions : tuple of str - what makes it true: each alone does.
    workload : tuple of mapping - the documents that were billed.
    granted : tuple of str - what was taken for granted.
    """

    verdict: str
    figures: tuple[Figure, ...] = ()
    assumptions: tuple[str, ...] = ()
    workload: tuple[Mapping[str, Any], ...] = ()
    granted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged(Documented):
    """A claim with its verdict."""

    claim: Published
    finding: Finding
    book: PriceBook

    @property
    def verdict(self) -> str:
        """`true`, `false`, `conditional` or `undecidable`."""
        return self.finding.verdict

    @property
    def in_short(self) -> str:
        """Why, in one line: the first assumption of several, or the figure that decides."""
        first = self.finding.figures[0]
        if self.verdict == UNDECIDABLE:
            return first.what
        if self.verdict == CONDITIONAL:
            more = len(self.finding.assumptions) - 1
            return self.finding.assumptions[0] + (f" (and {more} more)" if more else "")
        return f"{first.what}: {first.words}"

    def document(self) -> dict[str, Any]:
        return {
            "id": self.claim.id,
            "verdict": self.verdict,
            "figures": [one.document() for one in self.finding.figures],
            "assumptions": [*self.finding.assumptions, *self.finding.granted],
            "workload": [plain(one) for one in self.finding.workload],
            "book": self.book.origin,
        }


@functools.cache
def claims() -> tuple[Published, ...]:
    """Every published claim, in the order of `data/claims.csv`."""
    return tuple(Published(**row) for row in data_table("claims.csv"))


def judge(book: str | None = None, only: Sequence[str] = (), progress: Callable[[str], None] | None = None) -> Court:
    """Judge published claims with a price book.

    Parameters:
    book : str or None - id of a price book; None for the default one.
    only : sequence of str - ids of the claims to judge; every claim where it is empty.
    progress : callable or None - told the id of each claim before it is judged.

    Returns: Court - the claims with their verdicts, in the order of `data/claims.csv`.
    Raises: InputError when a claim of `only` is not known; PriceNotFound when the book is not there.
    """
    known = [claim.id for claim in claims()]
    for id in only:
        if id not in known:
            words = f"the {len(known)} claims, {known[0]} to {known[-1]}"
            raise InputError(Problem("choice", "CLAIM", f'"{shorten(id)}"', words, nearest(id, known)))
    bench = _Bench(PriceBook.load(book))
    judged = []
    for claim in claims():
        if not only or claim.id in only:
            if progress is not None:
                progress(claim.id)
            judged.append(Judged(claim, bench.judged(claim), bench.book))
    return Court(bench.book, tuple(judged))


@dataclass(frozen=True)
class Court:
    """Claims with their verdicts, all of one price book."""

    book: PriceBook
    judged: tuple[Judged, ...]

    def to_json(self) -> str:
        """The claims as ``--json`` prints them: a list."""
        return json.dumps([one.document() for one in self.judged], indent=2, ensure_ascii=False)


class _Bench:
    """A price book, the tables, and how each claim is judged."""

    def __init__(self, book: PriceBook) -> None:
        self.book = book
        document = read_document(data_dir() / "claims" / "judging.yaml")
        self.declared = {row["id"]: row for row in document["claims"]}
        self.switches = {row["name"]: row for row in (*load_switches(), *document["switches"])}
        self.usual = document["usual"]
        self._searches: dict[str, Search] = {}
        self.facts = {row["id"]: row for row in data_table("claims/facts.csv")}

    def judged(self, claim: Published) -> Finding:
        declared = self.declared[claim.id]
        parts = [JUDGES[part["kind"]](part, claim, self) for part in declared["parts"]]
        if len({one.verdict for one in parts}) > 1:
            parts = [_named(part, one) for part, one in zip(declared["parts"], parts, strict=True)]
        finding = parts[0]
        for one in parts[1:]:
            finding = Finding(
                _both(finding.verdict, one.verdict),
                (*finding.figures, *one.figures),
                (*finding.assumptions, *one.assumptions),
                (*finding.workload, *one.workload),
            )
        return replace(finding, granted=tuple(declared.get("assumptions", ())))

    def scenario(self, part: Mapping[str, Any]) -> Scenario:
        """The scenario of a part: one of the package's, with the changes that the part declares."""
        scenario = Scenario.load(data_dir() / "scenarios" / f"{part['scenario']}.json")
        return scenario.with_values({"book": self.book.id, **part.get("set", {})})

    def search(self, part: Mapping[str, Any]) -> Search:
        """The search over the switches of a part; parts with the same scenario and switches share one."""
        names = self.usual if part["switches"] == "usual" else part["switches"]
        key = repr((part["scenario"], part.get("set"), names))
        if key not in self._searches:
            scenario = self.scenario(part)
            places = Axis(scenario).places(PLACES, "log")
            self._searches[key] = Search(scenario, [self.switches[name] for name in names], places)
        return self._searches[key]


def _both(one: str, other: str) -> str:
    """The verdict on two parts together."""
    if UNDECIDABLE in (one, other):
        return UNDECIDABLE
    return one if one == other else CONDITIONAL


def _named(part: Mapping[str, Any], finding: Finding) -> Finding:
    """A part's finding among others; one that is true says of what."""
    if finding.verdict != TRUE or "what" not in part:
        return finding
    return replace(finding, assumptions=(f"true of this: {part['what']}",))


def _weighed(figures: Sequence[Figure], conditions: Sequence[str] = ()) -> Finding:
    """True where every figure is as claimed, false where none is, else true of those that are.

    What holds only on conditions is conditional.
    """
    holding = [one for one in figures if one.holds]
    if not holding:
        return Finding(FALSE, tuple(figures))
    if len(holding) == len(figures):
        return Finding(CONDITIONAL if conditions else TRUE, tuple(figures), tuple(conditions))
    parts = tuple(f"true of this: {one.what}" for one in holding)
    return Finding(CONDITIONAL, tuple(figures), (*parts, *conditions))


def value_words(value: Any) -> str:
    """A value of a workload, in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else figure(Fraction(value), 6)


# what is claimed of a number, a date or a yes

_RELATIONS = {"equals": "", "at_least": "at least ", "at_most": "at most ", "below": "below ", "between": "between "}


def _claimed(spec: Mapping[str, Any]) -> tuple[str, Any]:
    """The relation that a declaration claims, and the value it names."""
    (name,) = [name for name in _RELATIONS if name in spec]
    return name, spec[name]


def _holds(value: Any, spec: Mapping[str, Any]) -> bool:
    name, claimed = _claimed(spec)
    if isinstance(value, Fraction):
        within = Fraction(spec.get("within", 0))
        wanted = [Fraction(one) for one in (claimed if isinstance(claimed, list) else [claimed])]
        low, high = wanted[0] - within, wanted[-1] + within
    else:
        low = high = claimed
    answers = {
        "equals": low <= value <= high,
        "between": low <= value <= high,
        "at_least": value >= low,
        "at_most": value <= high,
        "below": value < high,
    }
    return bool(answers[name])


def _claimed_words(spec: Mapping[str, Any]) -> str:
    name, claimed = _claimed(spec)
    values = claimed if isinstance(claimed, list) else [claimed]
    words = [one if isinstance(one, str) else decimal_text(Fraction(one), 12) for one in values]
    about = f", give or take {spec['within']}" if "within" in spec else ""
    return _RELATIONS[name] + " and ".join(words) + about


# the judges


def _judge_facts(part: Mapping[str, Any], claim: Published, bench: _Bench) -> Finding:
    """Figures of the book and of sourced tables against what is claimed of them."""
    figures: list[Figure] = []
    conditions: list[str] = list(part.get("provided", ()))
    for spec in part["facts"]:
        for fact in _facts(spec, bench):
            unit = spec.get("unit", fact.unit)
            fits = unit == fact.unit and _holds(fact.value, spec)
            claimed = _claimed_words(spec) + ("" if unit == fact.unit else f" {unit}")
            usd = fact.unit == "USD" and isinstance(fact.value, Fraction)
            value = decimal_text(Fraction(fact.value), 20) if usd else fact.value
            figures.append(Figure(fact.what, value, fact.unit, claimed, fits, fact.source))
            if fits and fact.condition:
                conditions.append(fact.condition)
    return _weighed(figures, conditions)


@dataclass(frozen=True)
class _Fact:
    """A sourced value, and on what condition it may be taken as it is."""

    what: str
    value: Fraction | str
    unit: str
    source: str
    condition: str = ""


def _facts(spec: Mapping[str, Any], bench: _Bench) -> list[_Fact]:
    if "price" in spec:
        return _price_facts(spec, bench)
    if "rule" in spec:
        name = spec["rule"]
        value, source = bench.book.rule(name), bench.book.rule_source(name)
        return [_Fact(spec["what"], value, spec["unit"], f"{source}; book {bench.book.id}")]
    if "limit" in spec:
        row = limits.used()[spec["limit"]]
        since = f" since {row.since}" if row.since else ""
        raised = f"the quota is left as it is: AWS raises it on request{since} ({row.note})"
        source = f"{row.source}, {row.date}"
        return [_Fact(spec.get("what", row.limit), row.value, row.unit, source, raised if row.adjustable else "")]
    fact = _table_fact(spec["fact"], bench)
    for name in ("minus", "over"):
        if name in spec:
            other = _table_fact(spec[name], bench)
            a, b = Fraction(fact.value), Fraction(other.value)
            source = fact.source if fact.source == other.source else f"{fact.source}; {other.source}"
            fact = _Fact(fact.what, a - b if name == "minus" else a / b, fact.unit if name == "minus" else "", source)
    return [replace(fact, what=spec.get("what", fact.what))]


def _table_fact(id: str, bench: _Bench) -> _Fact:
    row = bench.facts[id]
    number = row["unit"] not in ("", DATE)
    value = Fraction(row["value"]) if number else row["value"]
    note = f"; {row['note']}" if row["note"] else ""
    return _Fact(row["what"], value, row["unit"], f"{row['source']}, {row['date']}, {row['address']}{note}")


def _price_facts(spec: Mapping[str, Any], bench: _Bench) -> list[_Fact]:
    service, item = spec["price"]
    region = spec.get("region", "us-east-1")
    price = bench.book.price(service, item, region)
    if price is None:
        raise InputError(Problem("missing", f"{service} {item}", "", f"the book {bench.book.id} has no such price"))
    source = f"{bench.book.source_title(price.source)}, {price.as_of}"
    tiers = price.tiers if spec.get("tiers") == "all" else price.tiers[:1]
    facts = []
    for tier in tiers:
        words = spec["what"]
        if len(tiers) > 1:
            upto = f" to {figure(tier.upto)}" if tier.upto is not None else " on"
            words = f"{spec['what']}, from {figure(tier.start)}{upto} a month"
        facts.append(_Fact(words, tier.price_usd * spec.get("times", 1), "USD", source))
    return facts


def _judge_bill(part: Mapping[str, Any], claim: Published, bench: _Bench) -> Finding:
    """Bills of usage documents, their parts or their ratio, against what is claimed."""
    figures: list[Figure] = []
    workload: list[Mapping[str, Any]] = []
    for case in part["cases"]:
        measured = _billed(case, case["usage"], bench, workload)
        unit = "lines" if case.get("measure") == "lines" else "USD a month"
        if "over" in case:
            value = _exact(measured) / _exact(_billed(case, case["over"], bench, workload))
            figures.append(Figure(case["what"], value, "", _claimed_words(case), _holds(value, case)))
        elif unit == "lines":
            value = Fraction(len([line for line in measured.lines if line.quantity]))
            figures.append(Figure(case["what"], value, unit, _claimed_words(case), _holds(value, case)))
        else:
            items = case.get("items")
            lines = [line for line in measured.lines if items is None or line.price_item in items]
            usd = sum((line.amount_usd or Decimal(0) for line in lines), Decimal(0))
            sources = "; ".join(dict.fromkeys(f"{line.source}, {line.as_of}" for line in lines))
            holds = _holds(Fraction(usd), case)
            figures.append(Figure(case["what"], str(usd), unit, _claimed_words(case), holds, sources))
    return replace(_weighed(figures), workload=tuple(workload))


def _billed(case: Mapping[str, Any], usage: Any, bench: _Bench, workload: list[Mapping[str, Any]]) -> Bill:
    document = {"version": 1, "region": case.get("region", "us-east-1"), "book": bench.book.id, "usage": usage}
    document["free_tier"] = case.get("free_tier", False)
    if document not in workload:
        workload.append(document)
    return bill(UsageDocument.from_dict(document))


def _exact(value: Bill) -> Fraction:
    if value.exact_usd is None:
        raise InputError(Problem("missing", "bill", "", "; ".join(value.unknown)))
    return value.exact_usd


def _judge_break_even(part: Mapping[str, Any], claim: Published, bench: _Bench) -> Finding:
    """A scenario's break-even under every set of a few changes of assumptions.

    The sets given are those of the fewest changes; with `every`, all of which no part alone does.
    """
    low = Fraction(part.get("low", claim.requests_per_month_from))
    high = Fraction(part.get("high", claim.requests_per_month_to))
    search = bench.search(part)
    least, most = low * (1 - WITHIN), high * (1 + WITHIN)
    hits: list[Reconciled] = []
    looked_at = tried = 0
    for changes in range(part.get("most_changes", MOST_CHANGES) + 1):
        if hits and not part.get("every"):
            break
        tried = changes
        for settings in search.sets(changes):
            looked_at += 1
            if any(set(hit.settings) <= set(settings) for hit in hits):
                continue
            hit = search.hit(settings, least, most)
            if hit is not None:
                hits.append(hit)
    baseline = search.exact(())
    claimed = figure(low) if low == high else f"{figure(low)} to {figure(high)}"
    about = f"{part['what']}: " if "what" in part else ""
    figures = [_break_even(f"{about}as the scenario has it", baseline, claimed, least, most)]
    changed = [hit for hit in hits if hit.settings]
    figures += [_break_even(about + "; ".join(hit.words), hit, claimed, least, most) for hit in changed]
    words = "change" if tried == 1 else "changes"
    apart = "; those that hold one of the above are left out" if part.get("every") and hits else ""
    workload = (_scenario_words(search.scenario),)
    if not hits:
        nearest = search.nearest((low + high) / 2, tried)
        figures += [_break_even(about + "; ".join(one.words), one, claimed, least, most) for one in nearest]
    figures.append(Figure(f"{about}sets of at most {tried} {words} that were tried{apart}", looked_at, "sets"))
    if not hits:
        return Finding(FALSE, tuple(figures), (), workload)
    if not hits[0].settings:
        everything = looked_at == 1
        also = () if everything else (f"{about}as the scenario has it; other assumptions move it",)
        return Finding(TRUE if everything else CONDITIONAL, tuple(figures), also, workload)
    sets = tuple(about + "; ".join(hit.words) for hit in hits)
    return Finding(CONDITIONAL, tuple(figures), sets, workload)


def _break_even(what: str, break_even: Reconciled | None, claimed: str, low: Fraction, high: Fraction) -> Figure:
    at = None if break_even is None else break_even.break_even
    holds = at is not None and low <= Fraction(at) <= high
    then = f"then {break_even.cheaper}" if break_even is not None and break_even.cheaper else ""
    return Figure(what, at, "requests a month", f"{claimed}, give or take 5 %", holds, then)


def _scenario_words(scenario: Scenario) -> dict[str, Any]:
    document = scenario.document()
    idle = scenario.workload.idle_fields
    document["workload"] = {name: value for name, value in document["workload"].items() if name not in idle}
    return {name: document[name] for name in ("name", "region", "include", "free_tier", "workload", "options")}


def _judge_grid(part: Mapping[str, Any], claim: Published, bench: _Bench) -> Finding:
    """Who wins, or whether an option keeps its limits, in every case of a grid: the share of cases."""
    scenario = bench.scenario(part)
    paths, columns = list(part["grid"]), [[Fraction(v) for v in values] for values in part["grid"].values()]
    good: list[bool] = []
    cases = list(itertools.product(*columns))
    for case in cases:
        changed = scenario
        for path, value in zip(paths, case, strict=True):
            changed = changed.at(path, value)
        comparison = compare(changed)
        if "wins" in part:
            good.append(comparison.best is not None and comparison.best.kind in part["wins"])
        else:
            good.append(not comparison.options[part["fits"]].violations)
    least = Fraction(part["at_least"])
    share = Fraction(sum(good), len(good))
    about = f"{part['what']}: " if "what" in part else ""
    words = " or ".join(part["wins"]) + " is cheapest" if "wins" in part else "every limit is kept"
    claimed = f"at least {share_text(least)}"
    figures = [Figure(f"{about}share of {len(good)} cases in which {words}", share, SHARE, claimed, share >= least)]
    assumptions = []
    for path, column in zip(paths, columns, strict=True):
        shares = []
        for value in column:
            chosen = [one for case, one in zip(cases, good, strict=True) if case[paths.index(path)] == value]
            shares.append(Fraction(sum(chosen), len(chosen)))
            figures.append(Figure(f"{about}of those with {path} {value_words(value)}", shares[-1], SHARE))
        whole = [value_words(value) for value, one in zip(column, shares, strict=True) if one >= least]
        if whole and len(whole) < len(column):
            assumptions.append(f"{about}{path} is {' or '.join(whole)}")
    workload = (_scenario_words(scenario) | {"grid": part["grid"]},)
    if share >= least:
        return Finding(TRUE, tuple(figures), (), workload)
    if share <= 1 - least:
        return Finding(FALSE, tuple(figures), (), workload)
    mixed = (f"{about}it holds in part of the cases only; no single input decides",)
    return Finding(CONDITIONAL, tuple(figures), tuple(assumptions) or mixed, workload)


def _judge_wage(part: Mapping[str, Any], claim: Published, bench: _Bench) -> Finding:
    """What an hour of work that the first option saves must cost, for it to be the cheaper one."""
    scenario = bench.scenario(part)
    hours = Fraction(part["hours"])
    figures, assumptions = [], []
    for requests in part["at"]:
        comparison = compare(scenario.at(REQUESTS, Fraction(requests)))
        own, rest = comparison.options[0], [r for r in comparison.ranked if r.kind != comparison.options[0].kind]
        if own.cost_usd is None or not rest or rest[0].cost_usd is None:
            raise InputError(Problem("missing", "bill", "", "a price for each option"))
        wage = cents((own.cost_usd - rest[0].cost_usd) / hours)
        what = f"{figure(requests)} requests a month, {own.label} against {rest[0].label}, {figure(hours)} hours saved"
        figures.append(Figure(what, str(wage), "USD an hour", "at most 0", wage <= 0))
        if wage > 0:
            assumptions.append(f"{figure(requests)} requests a month: an hour of work costs {wage} USD or more")
    finding = _weighed(figures)
    return replace(finding, assumptions=tuple(assumptions), workload=(_scenario_words(scenario),))


def _judge_cold_share(part: Mapping[str, Any], claim: Published, bench: _Bench) -> Finding:
    """The share of cold requests of a scenario's first option, at some durations and requests a month."""
    scenario = bench.scenario(part)
    low, high = (Fraction(str(share)) * 100 for share in part["between"])
    figures = []
    for duration in part["durations"]:
        changed = scenario.with_values({DURATION: duration})
        for requests in part["at"]:
            cold = compare(changed.at(REQUESTS, Fraction(requests))).options[0].fleet.cold
            if cold is None or cold.fraction is None:
                raise InputError(Problem("missing", "workload.init_ms", "", "the claim's scenario has cold starts"))
            percent = Fraction(f"{float(cold.fraction) * 100:.3g}")
            what = f"{figure(requests)} requests a month of {figure(duration)} ms"
            holds = low <= percent <= high
            claimed = f"between {decimal_text(low)} and {decimal_text(high)}"
            figures.append(Figure(what, percent, "% of requests", claimed, holds))
    return replace(_weighed(figures), workload=(_scenario_words(scenario),))


def _judge_open(part: Mapping[str, Any], claim: Published, bench: _Bench) -> Finding:
    """Not decidable here, and why."""
    return Finding(UNDECIDABLE, (Figure(part["because"], None),))


JUDGES: Mapping[str, Callable[[Mapping[str, Any], Published, _Bench], Finding]] = {
    "facts": _judge_facts,
    "bill": _judge_bill,
    "break_even": _judge_break_even,
    "grid": _judge_grid,
    "wage": _judge_wage,
    "cold_share": _judge_cold_share,
    "open": _judge_open,
}
