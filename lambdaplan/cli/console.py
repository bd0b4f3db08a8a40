"""Console: the scenario of a command, text that fits the window, and progress on a terminal."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.first_lines import first_lines
from lambdaplan.comparison.wording import answer
from lambdaplan.currency import show_in, with_currency
from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.resources import data_dir
from lambdaplan.scenario.scenario import Scenario, read_scenario
from lambdaplan.text_table import text_table, window, wrapped
from lambdaplan.workload.traffic_reading import WATCHED_BY

_NOTE = re.compile(r"^note:", re.MULTILINE)
PATIENCE_S = 0.5  # a trace that takes longer to read shows its progress on a terminal
BILLING = "billing the options"  # what a line says while that is done


def read_scenario_argument(parsed: argparse.Namespace) -> Scenario:
    """Read the scenario of a command with its changes, in whose currency money is shown from then on."""
    scenario = _read_scenario(parsed)
    show_in(scenario.currency)
    return scenario


def _read_scenario(parsed: argparse.Namespace) -> Scenario:
    """The scenario of a command; a long trace shows its progress on a terminal."""
    path = data_dir() / "scenarios" / "node_api.json" if parsed.scenario is None else parsed.scenario
    if not sys.stderr.isatty():
        return Scenario.from_dict(read_scenario(path), parsed.changes)
    from tqdm import tqdm

    words = "reading the trace: {percentage:.0f} %{postfix}"
    with tqdm(total=1.0, file=sys.stderr, leave=False, delay=PATIENCE_S, bar_format=words) as line:

        def show_rows(rows: int, share: float) -> None:
            line.set_postfix_str(f"{rows:,} rows", refresh=False)
            line.update(share - line.n)

        before = WATCHED_BY.set(show_rows)
        try:
            return Scenario.from_dict(read_scenario(path), parsed.changes)
        finally:
            WATCHED_BY.reset(before)


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = (), *, named: bool = False) -> str:
    """Rows as columns of text that fit the window, some of them to the right."""
    return text_table(rows, right, window(), named=named)


def show(text: str) -> None:
    """Print lines so that they fit the window, broken between words; in colour the word "note" stands out."""
    lines = wrapped(text, window())
    print(_NOTE.sub("\x1b[33m\\g<0>\x1b[0m", lines) if _has_colour() else lines, flush=True)


def _has_colour() -> bool:
    """Whether standard output is a terminal with colours, and NO_COLOR does not say that they are unwanted."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_json(document: dict[str, Any]) -> None:
    """Print a document as --json has it."""
    print(json.dumps(with_currency(document), indent=2, ensure_ascii=False))


@contextlib.contextmanager
def counted(what: str, total: int) -> Iterator[Callable[..., object]]:
    """A line on a terminal that counts up to a total and says how long the rest takes; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from tqdm import tqdm

    form = "{desc}: {n_fmt} of {total_fmt}, {elapsed} gone, {remaining} left"
    with tqdm(total=total, desc=what, file=sys.stderr, leave=False, delay=PATIENCE_S, bar_format=form) as line:
        yield line.update


def show_progress(words: str) -> None:
    """What is being done, on a line of a terminal that the next words take; nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{words}", end="", file=sys.stderr, flush=True)


@contextlib.contextmanager
def at_work(words: str) -> Iterator[None]:
    """A line on a terminal that says what is being done, and for how long, if it takes a while; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield
        return
    ended, started = threading.Event(), time.monotonic()

    def tell() -> None:
        wait_s = PATIENCE_S
        with contextlib.suppress(OSError, ValueError):  # a terminal that has gone
            while not ended.wait(wait_s):
                show_progress(f"{words}: {time.monotonic() - started:.0f} s gone")
                wait_s = 1
            if wait_s == 1:
                show_progress("")

    line = threading.Thread(target=tell, daemon=True)
    line.start()
    try:
        yield
    finally:
        ended.set()
        line.join()


def answer_first(comparison: Comparison) -> None:
    """Tell the answer on a terminal before what takes long is begun; what a command prints stays as it is elsewhere."""
    if sys.stderr.isatty():
        lines = (comparison.scenario.name, f"{answer(comparison)}.", *(f"{one}." for one in first_lines(comparison)))
        print("\n".join(lines), end="\n\n", file=sys.stderr, flush=True)


def today() -> dt.date:
    """Today, or the date that SOURCE_DATE_EPOCH gives, in UTC."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return dt.datetime.now(dt.UTC).date()
    try:
        return dt.datetime.fromtimestamp(int(given), dt.UTC).date()
    except (ValueError, OverflowError, OSError):
        words = "seconds since 1970 as a whole number"
        raise InputError(Problem("type", "SOURCE_DATE_EPOCH", f'"{shorten(given)}"', words)) from None
