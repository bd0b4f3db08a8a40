"""A first scenario of one's own from a few answers, as commented YAML with sizes left open."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.formatting import count, decimal_text
from lambdaplan.platforms import ANY, AUTO, OPTIONS
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.regions import PLACES, nearest_region
from lambdaplan.resources import data_dir
from lambdaplan.scenario.reading import DEFAULT_PROCESSOR
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import rules
from lambdaplan.schema.reading import read_number, read_value
from lambdaplan.schema.synonyms import other_words
from lambdaplan.workload.process_model import one_request_server
from lambdaplan.workload.traffic_reading import SHAPES
from lambdaplan.workload.workload import JOB, KINDS, QUEUE, SERVICE, Slo, Workload

BUSY = {"waits": Fraction(1, 20), "mixed": Fraction(3, 10), "computes": Fraction(1)}
"""How much of its time a request computes, by a word for it."""
FAMILIES = ("t3", "t3a", "t4g", "m7i", "c7i", "m7g", "c7g")
"""Families of instances that are weighed at first, small ones with CPU credits among them. All take longer."""
OPEN_OPTIONS: tuple[dict[str, Any], ...] = (
    {"kind": "lambda", "memory_mb": AUTO},
    {"kind": "fargate", "size": AUTO},
    {"kind": "ec2", "instance_type": AUTO, "families": list(FAMILIES)},
)
"""Every usual way to run it, with its size left open."""
STARTUP_S = {"fargate": 40, "ec2": 90}
"""How long a unit that a run starts pulls its image or boots, a guess of a usual one, and called so. [s]"""
LEAST_AXIS = 10_000  # requests a month, with which the usual axis begins
_WORKING_SHARE = Fraction(7, 20)  # of the measured memory: a guess of a usual size, and called so
_LEAST_WORKING_MB = 64


@dataclass(frozen=True)
class Draft:
    """What a first scenario needs to know of a service.

    Parameters:
    duration_ms : mean wall time of a warm request on Lambda with memory_mb. [ms]
    used_memory_mb : memory with nothing to do; None where it is to be assumed. [MB]
    percentile, response_ms : answer time to hold, or None. [percent, ms]
    today : mapping or None - the option that runs today.
    kind : whether somebody waits: service, queue or job; requests are the messages of a queue, the runs of a job.
    max_wait_s : longest wait of a message, or None. [s]
    batch_size : messages that a call of a function takes, or None for one.
    """

    requests_per_month: Fraction
    duration_ms: Fraction
    memory_mb: Fraction
    name: str = "My service"
    region: str = "us-east-1"
    busy_share: Fraction = BUSY["mixed"]
    used_memory_mb: Fraction | None = None
    shape: str = "flat"
    percentile: Fraction | None = None
    response_ms: Fraction | None = None
    runtime: str | None = None
    today: Mapping[str, Any] | None = None
    kind: str = SERVICE
    max_wait_s: Fraction | None = None
    batch_size: Fraction | None = None

    @property
    def working_set_mb(self) -> Fraction:
        """Memory with nothing to do, given or assumed. [MB]"""
        assumed = Fraction((self.memory_mb * _WORKING_SHARE) // 10 * 10)
        return max(assumed, Fraction(_LEAST_WORKING_MB)) if self.used_memory_mb is None else self.used_memory_mb

    def options(self) -> list[tuple[dict[str, Any], str]]:
        """The options with a word on each: what runs today first, then every platform with its size left open."""
        function: dict[str, Any] = {"kind": "lambda", "memory_mb": AUTO}
        words = "the cheapest memory"
        if self.runtime is not None:  # cold starts are counted for a given size
            function, words = {"kind": "lambda", "memory_mb": int(self.memory_mb)}, "as measured; auto has no runtime"
        open_ones = [(function, words), ({"kind": "fargate", "size": AUTO}, "the cheapest task")]
        families = [name for name in FAMILIES if _sold(name, self.region, ANY)]
        if any(_sold(name, self.region) for name in families):
            ec2 = {"kind": "ec2", "instance_type": AUTO, "families": families}
            open_ones.append((ec2, "no families: all"))
        elif _sold("", self.region):
            open_ones.append(({"kind": "ec2", "instance_type": AUTO}, "the cheapest type"))
        if self.kind == JOB:
            open_ones = [(self._started(option), words) for option, words in open_ones]
        if self.today is None:
            return open_ones
        today = function if self.today.get("memory_mb") == AUTO else dict(self.today)
        today = self._started(today) if self.kind == JOB else today
        rest = [(option, words) for option, words in open_ones if option != today]
        return [(today, "what runs today: the baseline"), *rest]

    @staticmethod
    def _started(option: Mapping[str, Any]) -> dict[str, Any]:
        """An option of a job: each run starts a unit, which is paid while it starts."""
        startup_s = STARTUP_S.get(str(option.get("kind")))
        return {**option, **({} if startup_s is None else {"startup_s": startup_s})}

    def text(self) -> str:
        """The scenario as commented YAML."""
        counted, such = _COUNTED[self.kind]
        work = [
            *self._kind_lines(),
            _line(
                "requests_per_month",
                self.requests_per_month,
                "; ".join([f"{count(self.requests_per_month, 3)} {counted}".strip(), such]),
            ),
            _line("duration_ms", self.duration_ms, f"mean of a warm {_ONE[self.kind]}; or 120ms, 1.5s"),
            _line("measured_memory_mb", self.memory_mb, "memory of the function it was measured with"),
            _line("busy_share", self.busy_share, "share of that time computing: 0.05 waits, 0.3 mixed, 1 computes"),
            _line("working_set_mb", self.working_set_mb, self._working_words),
            _beside("  # request_mb: 2", f"extra memory of each {_ONE[self.kind]} in flight"),
            *self._runtime_lines(),
            "  traffic:",
            _line("  shape", self.shape, f"{', '.join(SHAPES)}; or trace: file.csv"),
            _beside("    # burst: 1.5", "peak within an hour over that hour's mean"),
            *self._slo_lines(),
        ]
        options = []
        for option, words in self.options():
            fields = ", ".join(f"{name}: {_value(value)}" for name, value in option.items())
            options.append(f"  - {{{fields}}}  # {words}")
        place = PLACES.get(self.region, "")
        return "\n".join(
            [
                f"# yaml-language-server: $schema={data_dir() / 'schema' / 'scenario.json'}",
                f"# {self.name}: a scenario of lambdaplan. Every number is yours to change; sizes are left open.",
                "# lambdaplan compare FILE: bills and crossovers. lambdaplan fields: every field.",
                "version: 1",
                f"name: {json.dumps(self.name, ensure_ascii=False)}",
                _beside(f"region: {self.region}", place) if place else f"region: {self.region}",
                _beside("# include: [compute, front_door, logs]", "what every bill counts; logs with log_kb, network"),
                _beside("# architecture: any", "x86_64 unless given; arm64; any: each option on the cheaper"),
                *self._service_lines(),
                _beside("# free_tier: true", "take always-free quantities off"),
                _beside("# operations: {wage_usd_per_hour: 85}", "with include operations, and operations_hours"),
                "",
                "workload:",
                *work,
                "",
                "options:  # the first is the baseline; a size in place of auto is taken as it is",
                *options,
                *self._startup_lines(),
                "  # further kinds: hybrid, lambda_managed_instances, ecs_managed_instances, lambda_web",
                *self._axis_lines(),
                "",
            ]
        )

    def _kind_lines(self) -> list[str]:
        """What kind of work it is, where nobody waits for an answer."""
        if self.kind == SERVICE:
            return []
        if self.kind == JOB:
            return [
                _line("kind", JOB, "each run starts a task, an instance or a function; see docs/waiting.md"),
                _line("arrivals", "regular", "on a schedule; random where runs are started by hand"),
                _beside("  # retry_fraction: 3%", "further attempts, as a share of the runs"),
            ]
        lines = [_line("kind", QUEUE, "messages that may wait; see docs/waiting.md")]
        if self.max_wait_s is not None:
            lines.append(
                _line("max_wait_s", self.max_wait_s, "longest time until work begins: it sizes fleets; or 10min")
            )
        given = self.batch_size is not None
        batch = f"  {'' if given else '# '}batch_size: {_value(self.batch_size) if given else 10}"
        return [
            *lines,
            _beside(batch, "messages that one call of a function takes"),
            _beside("  # retry_fraction: 2%", "further attempts, as a share of the messages"),
            _beside("  # visibility_timeout_s: 300", "for which a message stays hidden"),
        ]

    def _service_lines(self) -> list[str]:
        """How requests to the queue itself are counted."""
        if self.kind != QUEUE:
            return []
        return [_beside("# services: [{service: sqs, per_request: {standard_requests: 3}}]", "with include services")]

    def _startup_lines(self) -> list[str]:
        if self.kind != JOB:
            return []
        return [
            "  # startup_s is assumed: seconds until a run begins, while its image or machine starts; they are paid"
        ]

    def _axis_lines(self) -> list[str]:
        """An axis for work that is rarer than the usual axis begins with."""
        if self.kind == SERVICE or self.requests_per_month * 10 > LEAST_AXIS:
            return []
        return ["sweep: {over: workload.requests_per_month, from: 1, to: 1000000}  # where the answer changes"]

    @property
    def _working_words(self) -> str:
        words = "memory with nothing to do"
        return words if self.used_memory_mb is not None else f"assumed: {words}; give Lambda's Max Memory Used"

    def _runtime_lines(self) -> list[str]:
        if self.runtime is None:
            return [_beside("  # runtime: nodejs22.x", "counts cold starts; then give memory_mb of lambda a number")]
        lines = [_line("runtime", self.runtime, "counts and bills cold starts as measured for it")]
        server = one_request_server(self.runtime)
        if server:
            words = f"usual for {server}: a process takes one request; then give processes of options"
            lines.append(_beside("  # concurrency_per_process: 1", words))
        return lines

    def _slo_lines(self) -> list[str]:
        if self.kind != SERVICE:
            return []
        if self.response_ms is None or self.percentile is None:
            return [_beside("  # slo: {percentile: 95, response_ms: 400}", "answer time that fleets must hold")]
        asked = f"{{percentile: {_value(self.percentile)}, response_ms: {_value(self.response_ms)}}}"
        return [_beside(f"  slo: {asked}", "answer time that fleets must hold at the busiest moment")]


_COUNTED = {
    SERVICE: ("", "or 500k/day, 120/s"),
    QUEUE: ("messages a month", "or 500k/day, 120/s"),
    JOB: ("runs a month", "or 1/day, 4/hour"),
}
_ONE = {SERVICE: "request", QUEUE: "message", JOB: "run"}


def _line(name: str, value: Any, words: str) -> str:
    return _beside(f"  {name}: {_value(value)}", words)


def _beside(text: str, words: str) -> str:
    """A line with a comment, in a column of comments."""
    return f"{text:<34}  # {words}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return decimal_text(value) if isinstance(value, Fraction) else str(value)


def _sold(family: str, region: str, architecture: str = DEFAULT_PROCESSOR) -> bool:
    """Whether a family, or with no name any type, of a processor has an on-demand price in a region."""
    option: dict[str, Any] = {"kind": "ec2", "instance_type": AUTO, **({"families": [family]} if family else {})}
    minimal = {"requests_per_month": 1, "duration_ms": 1, "busy_share": 1, "working_set_mb": 1}
    document = {"version": 1, "name": "sold", "region": region, "workload": minimal, "options": [option]}
    try:
        Scenario.from_dict({**document, "architecture": architecture})
    except InputError:
        return False
    return True


# ---- answers


def number_of(field: str, text: str, path: str, problems: list[Problem]) -> Fraction | None:
    """A number of the workload, written as an amount."""
    value = read_number(text, rules(Workload)[field], path, problems)
    return None if value is None else Fraction(value)


def duration_doubt(duration_ms: Fraction, text: str) -> str:
    """What to ask back of a duration without a unit that is below 1 ms or above 900,000; else nothing."""
    if text.strip().replace(".", "").isdecimal() and not 1 <= duration_ms <= 900_000:
        return f"{decimal_text(duration_ms)} ms: is that meant? Give it with its unit, as 200ms or 1.5s."
    return ""


def busy_of(text: str, path: str, problems: list[Problem]) -> Fraction | None:
    """A share of time spent computing: a word for it, or an amount."""
    word = text.strip().lower()
    found = next(
        (share for name, share in BUSY.items() if word in (name, name.rstrip("s"), f"{name.rstrip('s')}ing")), None
    )
    if found is not None:
        return found
    if word[:1].isdecimal() or word[:1] in ("-", ",", "."):
        return number_of("busy_share", text, path, problems)
    words = f"{', '.join(BUSY)}, or a share such as 30%"
    problems.append(Problem("choice", path, f'"{shorten(text)}"', words, nearest(word, BUSY)))
    return None


def shape_of(text: str, path: str, problems: list[Problem]) -> str:
    """A named shape of the week."""
    word = "_".join(text.lower().replace("-", " ").replace("_", " ").split())
    if word in SHAPES:
        return word
    fix = nearest(word, SHAPES, other_words(SHAPES))
    problems.append(Problem("choice", path, f'"{shorten(text)}"', ", ".join(SHAPES), fix))
    return "flat"


def region_of(text: str, path: str, problems: list[Problem]) -> str:
    """A region of the price book."""
    book = PriceBook.load()
    word = text.strip()
    if word not in book.regions:
        words = f"the {len(book.regions)} regions of the book"
        problems.append(Problem("choice", path, f'"{shorten(word)}"', words, nearest_region(word, book.regions)))
    return word


def kind_of(text: str, path: str, problems: list[Problem]) -> str:
    """Whether somebody waits for the work: service, queue or job."""
    word = text.strip().lower()
    if word in KINDS:
        return word
    problems.append(
        Problem("choice", path, f'"{shorten(text)}"', ", ".join(KINDS), nearest(word, KINDS, other_words(KINDS)))
    )
    return SERVICE


def kind_in(text: str) -> tuple[str, str]:
    """The kind of work that an amount tells by what it counts, and the amount: ``30 runs``, ``3M messages/day``."""
    words = {QUEUE: r"\b(messages?|msgs?)\b", JOB: r"\b(runs?|jobs?)\b"}
    kind = next((kind for kind, pattern in words.items() if re.search(pattern, text.lower())), SERVICE)
    return kind, re.sub(words.get(kind, "$^"), "", text, flags=re.IGNORECASE).replace("  ", " ").strip()


def slo_of(text: str, path: str, problems: list[Problem]) -> tuple[Fraction | None, Fraction | None]:
    """An answer time: ``400ms``, or ``95% within 400ms``; nothing for none."""
    word = text.strip()
    if word.lower() in ("", "none", "no", "-"):
        return None, None
    match = re.fullmatch(r"p?([0-9.]+)\s*%?\s*(?:within|in|<|under|of requests within)\s*(.+)", word)
    percentile, response = (match[1], match[2]) if match else ("95", word)
    share = read_number(percentile, rules(Slo)["percentile"], path, problems)
    answer_ms = read_number(response, rules(Slo)["response_ms"], path, problems)
    return (None, None) if share is None or answer_ms is None else (Fraction(share), Fraction(answer_ms))


def today_of(text: str, path: str, problems: list[Problem]) -> dict[str, Any] | None:
    """What runs today: ``lambda 512MB``, ``fargate 0.5 1GB``, ``ec2 m5.large``; nothing for none."""
    words = text.replace(",", " ").split()
    if not words or words[0].lower() in ("nothing", "none", "no", "-"):
        return None
    if re.fullmatch(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", words[0]):
        words = ["ec2", *words]
    kind, sizes = words[0].lower(), [word for word in words[1:] if word.lower() not in ("vcpu", "with", "and")]
    if kind not in OPTIONS:
        fix = nearest(kind, OPTIONS, other_words(OPTIONS))
        such = "such as lambda 512MB, fargate 0.5 1GB or ec2 m5.large"
        problems.append(Problem("type", path, f'"{shorten(text)}"', f"what runs today, {such}", fix))
        return None
    option: dict[str, Any] = {"kind": kind}
    names = {"lambda": ("memory_mb",), "fargate": ("vcpu", "memory_gb")}.get(kind, ("instance_type",))
    if not sizes:
        return {
            **option,
            **{"lambda": {"memory_mb": AUTO}, "fargate": {"size": AUTO}}.get(kind, {"instance_type": AUTO}),
        }
    if len(sizes) != len(names):
        such = {"lambda": "lambda 512MB", "fargate": "fargate 0.5 1GB"}.get(kind, f"{kind} m5.large")
        problems.append(Problem("type", path, f'"{shorten(text)}"', f"a size of {kind}", f"Write it as {such}."))
        return None
    for name, size in zip(names, sizes, strict=True):
        value = read_value(size, rules(OPTIONS[kind])[name], path, problems)
        option[name] = value
    return option
