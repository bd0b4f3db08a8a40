"""`init` and `quick`: a first scenario of one's own, from questions or flags, and its answer."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.cli.arguments import Commands, Parser, file_argument, json_argument, new_command
from lambdaplan.cli.console import show
from lambdaplan.comparison.comparison import compare
from lambdaplan.comparison.text import answer_lines, options_table
from lambdaplan.comparison.wording import book_words
from lambdaplan.errors import InputError, Problem, problems_together
from lambdaplan.report.atomic_files import write_whole
from lambdaplan.scenario.draft import (
    Draft,
    busy_of,
    duration_doubt,
    kind_in,
    kind_of,
    number_of,
    region_of,
    shape_of,
    slo_of,
    today_of,
)
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.parsing import parse_document
from lambdaplan.text_table import window
from lambdaplan.workload.workload import JOB, QUEUE, SERVICE

FILE, NAME = "my.yaml", "lambdaplan"
_FURTHER = ("--p50", "--p75", "--p80", "--p90", "--p98", "--p99.5", "--p99.9")
_PERCENTILES = ("--p95", "--p99", *_FURTHER)
_FLAGS = (
    ("--name", "TEXT", "what it is called"),
    ("--region", "REGION", "AWS region, such as eu-central-1 (default: us-east-1)"),
    (
        "--kind",
        "KIND",
        "service (somebody waits), queue (messages may wait) or job (runs that start one) (default: service)",
    ),
    ("--requests", "AMOUNT", "requests, messages or runs: 40M a month, 500k/day or 120/s"),
    ("--duration", "TIME", "mean time of a warm request on Lambda, such as 120ms"),
    ("--memory", "SIZE", "memory of the function it was measured with, such as 512MB"),
    ("--used-memory", "SIZE", "memory with nothing to do: Lambda's Max Memory Used (default: assumed)"),
    ("--busy", "SHARE", "waits, mixed, computes, or the share of that time computing, such as 20%% (default: mixed)"),
    ("--traffic", "SHAPE", "the week: flat, office_hours, daily, weekend_peak or spiky (default: flat)"),
    ("--p95", "TIME", "answer time that 95 %% of requests must keep, such as 400ms (default: none)"),
    ("--p99", "TIME", f"answer time that 99 %% of requests must keep; likewise {', '.join(_FURTHER)}"),
    ("--wait", "TIME", "longest time that a message of a queue may wait, such as 10min"),
    ("--batch", "NUMBER", "messages that one call of a function takes (default: 1)"),
    ("--runtime", "NAME", "runtime such as python3.12: cold starts are counted then"),
    ("--today", "OPTION", "what runs today: lambda 512MB, fargate 0.5 1GB, ec2 m5.large (default: nothing)"),
)


def add_init(commands: Commands) -> None:
    """Add `init`."""
    command = new_command(commands, "init", "a scenario of your own, from eight questions or flags", _run_init)
    file_argument(command, "FILE", (".yaml", ".yml"), f"where to (default: {FILE})")
    command.add_argument("--force", action="store_true", help="take the place of a file that is there")
    _flags(command)


def add_quick(commands: Commands) -> None:
    """Add `quick`."""
    command = new_command(commands, "quick", "the answer for a service told in flags, without a file", _run_quick)
    json_argument(command, "the whole comparison")
    _flags(command)


def _flags(command: Parser) -> None:
    group = command.add_argument_group("the service")
    for flag, metavar, words in _FLAGS:
        group.add_argument(flag, metavar=metavar, help=words)
    for flag in _FURTHER:
        group.add_argument(flag, metavar="TIME", help=argparse.SUPPRESS)


def _run_init(parsed: argparse.Namespace) -> int:
    path = Path(parsed.output or FILE)
    if path.exists() and not parsed.force:
        fix = "Give another name with -o, or --force to write over it."
        raise InputError(Problem("conflict", "-o", str(path), "there is a file of that name", fix))
    draft = _draft(parsed)
    text = draft.text()
    scenario = _read(text)
    write_whole(path, text)
    show(_answer(scenario))
    command = _command()
    show(f"\nWrote {path}. Next: {command} compare {path}, {command} report {path}; {command} fields has every field.")
    return 0


def _run_quick(parsed: argparse.Namespace) -> int:
    scenario = _read(_draft(parsed).text())
    print(compare(scenario).to_json()) if parsed.json else show(_answer(scenario))
    return 0


def _command() -> str:
    """What to type for this command: its path as it was typed, where no folder of PATH has it."""
    typed = Path(sys.argv[0])
    return str(typed) if typed.name == NAME and shutil.which(NAME) is None else NAME


def _read(text: str) -> Scenario:
    """The scenario of a draft's text; problems have the names of its fields."""
    return Scenario.from_dict(parse_document(text, FILE, yaml=True))


def _answer(scenario: Scenario) -> str:
    comparison = compare(scenario)
    notes = [f"note: {words}" for words in comparison.warnings]
    table = ["", options_table(comparison, window()), ""]
    return "\n".join([*answer_lines(comparison), *table, *notes, book_words(scenario.book, [])])


def _draft(parsed: argparse.Namespace) -> Draft:
    """The draft that flags give, or, on a terminal where none is given, answers to questions."""
    names = [*(name for name, _, _ in _FLAGS), *_FURTHER]
    given = {name: getattr(parsed, name[2:].replace("-", "_")) for name in names}
    if not any(value is not None for value in given.values()):
        if _on_a_terminal():
            return _asked()
        words = "tell the service in flags: --requests 40M --duration 120ms --memory 512MB"
        raise InputError(Problem("missing", "--requests", "", words, "On a terminal it is asked for."))
    return _from_flags(given)


def _on_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _from_flags(given: dict[str, str | None]) -> Draft:
    values: dict[str, Any] = {}
    with problems_together() as problems:
        readers: dict[str, tuple[str, Callable[[str, str, list[Problem]], Any]]] = {
            "--region": ("region", region_of),
            "--kind": ("kind", kind_of),
            "--wait": ("max_wait_s", _number("max_wait_s")),
            "--batch": ("batch_size", _number("batch_size")),
            "--requests": ("requests_per_month", _number("requests_per_month")),
            "--duration": ("duration_ms", _number("duration_ms")),
            "--memory": ("memory_mb", _number("measured_memory_mb")),
            "--used-memory": ("used_memory_mb", _number("working_set_mb")),
            "--busy": ("busy_share", busy_of),
            "--traffic": ("shape", shape_of),
            "--today": ("today", today_of),
            "--name": ("name", _text),
            "--runtime": ("runtime", _text),
        }
        for flag, (field, read) in readers.items():
            text = given[flag]
            if text is not None:
                values[field] = read(text, flag, problems)
        asked = [flag for flag in _PERCENTILES if given[flag] is not None]
        for flag in asked[1:]:
            problems.append(
                Problem("conflict", flag, str(given[flag]), f"{asked[0]} is given too", "Keep one of them.")
            )
        for flag in asked[:1]:
            text = f"{flag[3:]}% within {given[flag]}"
            values["percentile"], values["response_ms"] = slo_of(text, flag, problems)
        problems.extend(_of_another_kind(values.get("kind", SERVICE), given))
        needed = [("--requests", "40M"), ("--duration", "120ms"), ("--memory", "512MB")]
        if values.get("kind") == QUEUE:
            needed.append(("--wait", "10min"))
        for flag, such in needed:
            if given[flag] is None:
                words = next(words for name, _, words in _FLAGS if name == flag)
                problems.append(Problem("missing", flag, "", words, f"Try {flag} {such}."))
        doubt = duration_doubt(values.get("duration_ms") or Fraction(1), given["--duration"] or "")
        if doubt:
            problems.append(Problem("conflict", "--duration", str(given["--duration"]), doubt.rstrip(".")))
    return Draft(**values)


def _of_another_kind(kind: str, given: dict[str, str | None]) -> list[Problem]:
    """A problem for each flag that says nothing of such work."""
    instead = {SERVICE: ("--wait", "--batch"), QUEUE: _PERCENTILES, JOB: (*_PERCENTILES, "--batch")}
    words = dict.fromkeys(_PERCENTILES, "nobody waits for an answer: of a queue --wait takes its place")
    words |= dict.fromkeys(("--wait", "--batch"), "it goes with --kind queue")
    flags = [flag for flag in instead.get(kind, ()) if given[flag] is not None]
    return [Problem("conflict", flag, str(given[flag]), words[flag], "Leave it out.") for flag in flags]


def _number(field: str) -> Callable[[str, str, list[Problem]], Any]:
    return lambda text, path, problems: number_of(field, text, path, problems)


def _text(text: str, path: str, problems: list[Problem]) -> str:
    if not text.isprintable() or not 0 < len(text.strip()) <= 120:
        problems.append(Problem("type", path, f'"{text[:40]!r}"', "text of 1 to 120 characters"))
    return text.strip()


# ---- questions


def _asked() -> Draft:
    """Ask what a draft needs, one question at a time; what can't be read is told and asked again."""
    print("Eight questions at most; Enter takes what is in brackets.\n")
    values: dict[str, Any] = {}
    name = _ask(
        "What is it called, and its runtime if you know it? Such as Orders API, python3.12", "My service", _service
    )
    values["name"], values["runtime"] = name
    values["region"] = _ask("AWS region? Such as eu-central-1", "us-east-1", region_of)
    kind, values["requests_per_month"] = _ask(
        "How many requests? A month, or 500k/day, 120/s; where nobody waits, such as 3M messages, or 1 run/day",
        "10M",
        _kind_and_requests,
    )
    values["kind"], one = kind, {SERVICE: "request", QUEUE: "message", JOB: "run"}[kind]
    values["duration_ms"], values["memory_mb"] = _ask(
        f"How long does a warm {one} take, and with which memory of the function was that measured? "
        "Such as 120ms at 512MB",
        "200ms at 1024MB",
        _duration_and_memory,
    )
    values["busy_share"] = _ask(
        "Does it wait or compute? waits, mixed, computes, or a share such as 20%", "mixed", busy_of
    )
    if kind != JOB:
        values["shape"] = _ask(
            "What does its week look like? flat, office_hours, daily, weekend_peak, spiky", "flat", shape_of
        )
    if kind == QUEUE:
        values["max_wait_s"] = _ask("How long may a message wait? Such as 10min", "1h", _number("max_wait_s"))
    if kind == SERVICE:
        values["percentile"], values["response_ms"] = _ask(
            "Which answer time must it keep? Such as 95% within 400ms", "none", slo_of
        )
    values["today"] = _ask(
        "What runs it today? Such as lambda 512MB, fargate 0.5 1GB, ec2 m5.large", "nothing", today_of
    )
    print()
    return Draft(**values)


def _ask(question: str, default: str, read: Callable[[str, str, list[Problem]], Any]) -> Any:
    while True:
        try:
            text = input(f"{question} [{default}]: ").strip() or default
        except EOFError:
            words = "it ended before the last question"
            raise InputError(
                Problem("syntax", "standard input", words, "answer the questions, or give flags")
            ) from None
        problems: list[Problem] = []
        value = read(text, "this", problems)
        if not problems:
            return value
        for problem in problems:
            print(f"  {problem.line.replace('Try this=', 'Try ')}")


def _kind_and_requests(text: str, path: str, problems: list[Problem]) -> tuple[str, Any]:
    kind, amount = kind_in(text)
    return kind, number_of("requests_per_month", amount, path, problems)


def _duration_and_memory(text: str, path: str, problems: list[Problem]) -> Any:
    duration, _, memory = (part.strip() for part in text.replace("@", " at ").partition(" at "))
    if not memory:
        problems.append(Problem("type", path, f'"{text[:40]}"', "a time and a size", "Write it as 120ms at 512MB."))
        return None
    duration_ms = number_of("duration_ms", duration, path, problems)
    doubt = "" if duration_ms is None else duration_doubt(duration_ms, duration)
    if doubt:
        problems.append(Problem("conflict", path, duration, doubt.rstrip(".")))
    return duration_ms, number_of("measured_memory_mb", memory, path, problems)


def _service(text: str, path: str, problems: list[Problem]) -> tuple[str, str | None]:
    from lambdaplan.coldstart.initialisation import runtimes

    name, comma, last = text.rpartition(",")
    if comma and last.strip() in runtimes():
        return _text(name, path, problems), last.strip()
    return _text(text, path, problems), None
