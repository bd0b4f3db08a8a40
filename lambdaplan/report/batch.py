"""Batch: the bill of an account with many services, and a report of each."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from markupsafe import Markup

from lambdaplan.analysis.account import AccountBill, Portfolio, Service, Standing, in_cents
from lambdaplan.analysis.services_table import Failure
from lambdaplan.currency import in_its_currency, with_currency
from lambdaplan.errors import Problem, ReportError, shorten
from lambdaplan.formatting import a_month, before_tax, cents, decimal_text, money, share_text, total_text
from lambdaplan.report import notebook_kernel, report, sections
from lambdaplan.report.atomic_files import slug, write_file, write_set
from lambdaplan.report.blocks import Part, Rows, bullets, joined, paragraph, tabled
from lambdaplan.report.html_page import csv_text, page
from lambdaplan.report.notebook_kernel import WHOLE, Extent
from lambdaplan.resources import __version__
from lambdaplan.scenario.scenario import Scenario

PORTFOLIO = "portfolio"
OWN = ("portfolio.html", "portfolio.csv", "portfolio.json")
MADE = "made.json"
MAX_JOBS = 8


# names


def slugs(names: Sequence[str]) -> list[str]:
    """A folder for each name, no two the same: a-z, 0-9 and hyphens; of equal ones the later get numbers."""
    folders = {PORTFOLIO: None}  # in their order
    for name in names:
        first = folder = slug(name)
        number = 2
        while folder in folders:
            folder = f"{first[: 60 - len(str(number)) - 1].rstrip('-')}-{number}"
            number += 1
        folders[folder] = None
    return list(folders)[1:]


# the portfolio


@dataclass(frozen=True)
class Shown:
    """One service of the portfolio in whole cents, which add up to the account's bill."""

    standing: Standing
    folder: str
    baseline_usd: Decimal
    choice_usd: Decimal

    @property
    def name(self) -> str:
        """Name of the service."""
        return self.standing.service.scenario.name

    @property
    def saving_usd(self) -> Decimal:
        """What its share falls by."""
        return self.baseline_usd - self.choice_usd

    def document(self) -> dict[str, Any]:
        """The service as ``portfolio.json`` has it."""
        one = self.standing
        return {
            "line": one.service.line,
            "name": self.name,
            "folder": self.folder,
            "region": one.service.scenario.region,
            "shared": one.service.shared,
            "baseline": {"option": one.baseline, "usd": str(self.baseline_usd), "exact_usd": _exact(one.baseline_usd)},
            "cheapest": {"option": one.choice, "usd": str(self.choice_usd), "exact_usd": _exact(one.choice_usd)},
            "saving_usd": str(self.saving_usd),
            "alone": {"winner": one.alone, "usd": None if one.alone_usd is None else str(cents(one.alone_usd))},
            "note": one.note,
            "first_lines": list(one.first_lines),
        }


def _exact(value: Fraction) -> str:
    return decimal_text(value, 20)


def _total(bill: AccountBill) -> Decimal:
    total = bill.total_usd
    return cents(bill.known_usd) if total is None else total


@in_its_currency
def shown(portfolio: Portfolio) -> list[Shown]:
    """The services in the order of the ranking, with their folders."""
    before = in_cents(portfolio.baseline.shares, _total(portfolio.baseline))
    after = in_cents(portfolio.cheapest.shares, _total(portfolio.cheapest))
    folders = slugs([service.scenario.name for service in portfolio.services])
    places = {service.line: place for place, service in enumerate(portfolio.services)}
    rows = []
    for standing in portfolio.standings:
        place = places[standing.service.line]
        rows.append(Shown(standing, folders[place], before[place], after[place]))
    return sorted(rows, key=lambda one: (-one.saving_usd, one.standing.service.line))


@in_its_currency
def document(portfolio: Portfolio, failures: Sequence[Failure]) -> dict[str, Any]:
    """The portfolio as ``portfolio.json`` has it."""
    return {
        "version": 1,
        "lambdaplan": __version__,
        "book": portfolio.book.origin,
        "free_tier": portfolio.free_tier,
        "services": [one.document() for one in shown(portfolio)],
        "saving_usd": str(_total(portfolio.baseline) - _total(portfolio.cheapest)),
        "baseline": portfolio.baseline.document(),
        "cheapest": portfolio.cheapest.document(),
        "failed": [failure.document() for failure in failures],
    }


@in_its_currency
def answer(portfolio: Portfolio) -> str:
    """The portfolio in a sentence."""
    before, after = _total(portfolio.baseline), _total(portfolio.cheapest)
    least = "" if portfolio.baseline.total_usd is not None and portfolio.cheapest.total_usd is not None else "at least "
    many = len(portfolio.services)
    who = "the service on its first option" if many == 1 else f"all {many:,} services on their first option"
    gap = before - after
    part = f" ({share_text(Fraction(gap) / Fraction(before))})" if before else ""
    saved = f"{money(gap)}{part} less" if gap > 0 else "nothing less" if not gap else f"{money(-gap)} more"
    then = f"{money(after)} with each on its cheapest"
    return f"The account pays {least}{money(before)} a month with {who}, and {then}: {saved}"


@in_its_currency
def ranking(portfolio: Portfolio) -> Rows:
    """The services by saving, and their sum, which is the account's bill."""
    rows = [
        {
            "service": one.name,
            "first option": one.standing.baseline,
            "its share": money(one.baseline_usd),
            "cheapest": one.standing.choice if one.standing.choice != one.standing.baseline else "the first",
            "share then": money(one.choice_usd),
            "saving": money(one.saving_usd),
            "shared": "yes" if one.standing.service.shared else "",
            "note": one.standing.note,
        }
        for one in shown(portfolio)
    ]
    before, after = _total(portfolio.baseline), _total(portfolio.cheapest)
    total = {"its share": money(before), "share then": money(after), "saving": money(before - after)}
    rows.append(sections.total_row(rows[0], service="The account's bill", **total))
    columns = [name for name in rows[0] if any(row[name] for row in rows)]
    return [{name: row[name] for name in columns} for row in rows]


def _first_lines(portfolio: Portfolio) -> Rows:
    """The answer time, the processors and the people's work of each service, as its report has them."""
    return [
        {"service": one.name, "by itself": one.standing.alone or "nobody", "know": ". ".join(one.standing.first_lines)}
        for one in shown(portfolio)
    ]


def _bill(bill: AccountBill, caption: str) -> Part:
    several = len(bill.bills) > 1
    rows = [
        {**({"region": region} if several else {}), **sections.line_row(line, line.note, line.source)}
        for region, line in bill.lines
    ]
    columns = [*(["region"] if several else []), *sections.LINE_COLUMNS]
    total = {columns[0]: "Total", "amount": total_text(bill.total_usd, bill.known_usd)}
    return tabled([*rows, sections.total_row(columns, **total)], caption, total=True)


ADDED_UP = (
    "The usage of all services is added up item by item and billed once: a free quantity is given once, and a tier is "
    "reached together. A service's share of an item is its share of the item's quantity, before anything free is "
    "taken off. Shares are exact; shown in cents, what is left of rounding goes to the largest remainders, so that "
    "they add up to the bill."
)
CHOSEN = (
    "Each service is on the option with which the account's bill is least while the others keep theirs. A service "
    "that stays where it is may still pay another share when others leave or join what it uses."
)
SHARING = (
    "Services that are shared stand behind one load balancer and run on one fleet, and change together. Every unit "
    "runs all of them; the needs of an hour are added up and rounded up to whole units once. Hours of the fleet are "
    "split by the units each keeps busy, the load balancer by the capacity units each would need by itself."
)


def _page(portfolio: Portfolio, failures: Sequence[Failure]) -> str:
    many = len(portfolio.services)
    title = f"What {many:,} service{'s' if many > 1 else ''} cost in one account"
    book = portfolio.book
    first = portfolio.services[0].scenario
    free = "taken off" if portfolio.free_tier else "not taken off"
    failed = [
        paragraph(f"{len(failures)} problems kept rows of the table out, so that the account's bill lacks them:"),
        bullets([failure.words for failure in failures]),
    ]
    unknown = [*portfolio.baseline.unknown, *portfolio.cheapest.unknown]
    body = joined(
        paragraph(f"Prices of {book.as_of}. A month, {before_tax()}; always-free quantities {free}.", "lp-quiet"),
        paragraph(f"{answer(portfolio)}.", "lp-answer"),
        *(failed if failures else []),
        *([paragraph("Lines without a price:"), bullets(list(dict.fromkeys(unknown)))] if unknown else []),
        tabled(ranking(portfolio), f"Services by what they save, {a_month()}", total=True),
        tabled(_first_lines(portfolio), "What goes with the answer of each service by itself"),
        paragraph(ADDED_UP),
        paragraph(CHOSEN),
        *([paragraph(SHARING)] if any(service.shared for service in portfolio.services) else []),
        _bill(portfolio.cheapest, "The account's bill with each service on its cheapest option"),
        _bill(portfolio.baseline, "The account's bill with each service on its first option"),
        paragraph(
            f"{book.title} ({book.id}), made on {book.as_of}; {decimal_text(first.hours_per_month)} hours a month. "
            "The figures of this page stand in portfolio.json and portfolio.csv beside it. Each service has a folder "
            "with its report, which counts it by itself: nothing shared, and every free quantity its own."
        ),
    )
    return page(title, Markup("<h1>{}</h1>\n{}").format(title, body.html), "")


@in_its_currency
def write_portfolio(portfolio: Portfolio, failures: Sequence[Failure], out: Path) -> Path:
    """Write the portfolio's page, table and document into a folder, whole or not at all.

    Returns: Path of portfolio.html.
    Raises: ReportError when it can't be written; what was there before is still there.
    """
    columns = (
        *("line", "service", "folder", "region", "shared", "first option", "first option, USD", "cheapest"),
        *(
            "cheapest, USD",
            "saving, USD",
            "cheapest by itself",
            "chosen by itself, USD",
            "note",
            "with the answer by itself",
        ),
    )
    rows = []
    for one in shown(portfolio):
        words = one.standing
        alone = None if words.alone_usd is None else Fraction(cents(words.alone_usd))
        rows.append(
            [
                *(words.service.line, one.name, one.folder, words.service.scenario.region, words.service.shared),
                *(words.baseline, Fraction(one.baseline_usd), words.choice, Fraction(one.choice_usd)),
                *(Fraction(one.saving_usd), words.alone or "nobody", alone, words.note),
                ". ".join(words.first_lines),
            ]
        )

    def fill(new: Path) -> None:
        text = json.dumps(with_currency(document(portfolio, failures)), indent=2, ensure_ascii=False)
        write_file(new / "portfolio.json", f"{text}\n")
        write_file(new / "portfolio.csv", csv_text(columns, rows))
        write_file(new / "portfolio.html", _page(portfolio, failures))

    return write_set(out, PORTFOLIO, fill, own=OWN, sign="portfolio.json", kind="a portfolio") / "portfolio.html"


# the reports

Elsewhere: TypeAlias = Callable[
    [Sequence[Service], Extent], Iterator[tuple[int, Mapping[str, bytes] | tuple[Problem, ...]]]
]
"""Makes reports of services: the place of each, with its files by name or what was wrong, as they come."""


@dataclass
class Reports:
    """What became of the reports of a batch."""

    made: int = 0
    kept: int = 0
    failures: list[Failure] = field(default_factory=list)


@in_its_currency
def write_reports(
    portfolio: Portfolio,
    out: Path,
    *,
    jobs: int,
    again: bool = False,
    extent: Extent = WHOLE,
    elsewhere: Elsewhere | None = None,
    progress: Callable[[], object] = lambda: None,
) -> Reports:
    """Write a report of each service into a folder of its own, in kernels that stay warm.

    A report that stands there whole, of the same scenario and extent and made by this version, is kept. One that
    fails does not stop the others.

    Parameters:
    jobs : int - how many kernels work at the same time.
    again : bool - whether every report is made anew.
    extent : Extent - how much of each report is made.
    elsewhere : function or None - makes reports on other machines, in place of kernels of this one.
    progress : function - called after each report that is made or kept.
    """
    reports = Reports()
    folders = slugs([service.scenario.name for service in portfolio.services])
    asked = []
    for service, folder in zip(portfolio.services, folders, strict=True):
        if not again and _is_made(out / folder, _stamp(service.scenario.document(), extent)):
            reports.kept += 1
            progress()
        else:
            asked.append((service, folder))
    crew = _Crew(out, asked, extent)
    made = crew.work(min(jobs, MAX_JOBS, len(asked))) if elsewhere is None else _from(elsewhere, asked, out, extent)
    for line, problems in made:
        reports.failures += [Failure(line, problem) for problem in problems]
        reports.made += not problems
        progress()
    reports.failures.sort(key=lambda failure: failure.line)
    return reports


def _from(
    elsewhere: Elsewhere, asked: Sequence[tuple[Service, str]], out: Path, extent: Extent
) -> Iterator[tuple[int, tuple[Problem, ...]]]:
    """Write reports that are made elsewhere; for each its line in the table, and what was wrong."""
    for place, made in elsewhere([service for service, _ in asked], extent):
        service, folder = asked[place]
        if isinstance(made, tuple):
            yield service.line, made
            continue
        yield service.line, _written(out, folder, service.scenario, extent, functools.partial(_put, files=made))


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ReportError(Problem("storage", shorten(name), "it leads out of the folder", "a file of a report"))
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, content)


def _written(
    out: Path, name: str, scenario: Scenario, extent: Extent, put: Callable[[Path], None]
) -> tuple[Problem, ...]:
    """Write a report with a stamp of what it follows from; what was wrong."""

    def fill(new: Path) -> None:
        put(new)
        stamp = {**_stamp(scenario.document(), extent), "files": _hashes(new)}
        write_file(new / MADE, f"{json.dumps(stamp, indent=1, sort_keys=True)}\n")

    try:
        write_set(out, name, fill, own=(*report.OWN, MADE), sign="report.ipynb")
    except ReportError as error:
        return error.problems
    return ()


class _Crew:
    """Threads that make reports, each with a warm kernel of its own."""

    def __init__(self, out: Path, asked: Sequence[tuple[Service, str]], extent: Extent) -> None:
        self._out, self._extent = out, extent
        self._asked: queue.SimpleQueue[tuple[Service, str]] = queue.SimpleQueue()
        for one in asked:
            self._asked.put(one)
        self._done: queue.SimpleQueue[tuple[int, tuple[Problem, ...]] | None] = queue.SimpleQueue()
        self._kernels: list[notebook_kernel.WarmKernel] = []
        self._stopped = False

    def work(self, jobs: int) -> Iterator[tuple[int, tuple[Problem, ...]]]:
        """Make all reports; for each that has been made or has failed its line in the table, and what was wrong."""
        with ThreadPoolExecutor(max(jobs, 1)) as pool:
            threads = [pool.submit(self._thread) for _ in range(jobs)]
            try:
                for _ in threads:
                    while (one := self._done.get()) is not None:
                        yield one
            finally:
                if not all(thread.done() for thread in threads):
                    self._stop()
            for thread in threads:
                thread.result()

    def _stop(self) -> None:
        """Let no report be begun, and end the kernels: whoever waits for one is told so."""
        self._stopped = True
        for kernel in self._kernels:
            kernel.kill()

    def _thread(self) -> None:
        from jupyter_core.utils import ensure_event_loop

        try:
            with notebook_kernel.WarmKernel() as kernel:
                self._kernels.append(kernel)
                while not self._stopped:
                    service, folder = self._asked.get_nowait()
                    self._done.put((service.line, self._make(service.scenario, folder, kernel)))
        except queue.Empty:
            pass
        finally:
            ensure_event_loop().close()  # that of this thread, in which it has talked to its kernel
            self._done.put(None)

    def _make(self, scenario: Scenario, folder: str, kernel: notebook_kernel.WarmKernel) -> tuple[Problem, ...]:
        def put(new: Path) -> None:
            report.fill(new, scenario, functools.partial(kernel.executed, extent=self._extent))

        return _written(self._out, folder, scenario, self._extent, put)


def _stamp(scenario: dict[str, Any], extent: Extent = WHOLE) -> dict[str, Any]:
    """What a report follows from: this version, the scenario, which names its price book, and how much was asked."""
    text = json.dumps(scenario, sort_keys=True, ensure_ascii=False)
    made = {"lambdaplan": __version__, "scenario": hashlib.sha256(text.encode()).hexdigest()}
    return {**made, "extent": dataclasses.asdict(extent)}


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MADE)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _is_made(folder: Path, stamp: dict[str, Any]) -> bool:
    """Whether a report of this version and scenario stands there, every file as it was written."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        made = json.loads((folder / MADE).read_text("utf-8"))
        files = made.pop("files")
        if made != stamp or not {"report.html", "comparison.json"} <= set(files):
            return False
        names = [(folder / name).resolve() for name in files]
        if not all(name.is_relative_to(folder.resolve()) for name in names):
            return False
        now = [hashlib.sha256(path.read_bytes()).hexdigest() for path in names]
        return now == list(files.values())
    return False


def default_jobs() -> int:
    """As many as there are processors for this process, and at most 4."""
    have = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(have, 4)
