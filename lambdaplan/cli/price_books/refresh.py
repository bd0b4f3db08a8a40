"""`prices refresh`: the next price book from AWS's price files."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator

from lambdaplan.cli.arguments import Commands, new_command
from lambdaplan.cli.console import PATIENCE_S, print_json, today
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import figure
from lambdaplan.pricing.price_book import book_ids, newest_book, packaged_book_ids
from lambdaplan.resources import own_prices_dir, price_cache_dir

MOST_NOTES = 12
MOST_DIFFERENCES = 40


def add_refresh(actions: Commands) -> None:
    """Add `prices refresh`."""
    does = "make the next price book from AWS's public price files (the one command that opens a connection)"
    action = new_command(actions, "refresh", does, _run_refresh)
    words = "a region to refresh; may be repeated (default: every region of the newest book)"
    action.add_argument("--region", action="append", default=[], metavar="CODE", help=words)
    words = "a service to refresh, such as lambda or ec2; may be repeated (default: all)"
    action.add_argument("--service", action="append", default=[], metavar="SERVICE", help=words)
    words = "a mirror (https), this machine (http://127.0.0.1) or a folder instead of AWS's price hosts"
    action.add_argument("--from", metavar="URL", dest="origin", help=words)
    action.add_argument("-o", "--output", metavar="ID", help="id of the new book (default: aws- and today's date)")
    words = "from the maps of AWS's calculator: some hundred kB a region, over the last full book"
    action.add_argument("--quick", action="store_true", help=words)
    words = "take a price that moved by more than ten times"
    action.add_argument("--accept", action="store_true", help=words)
    words = "give up on a server that is silent for so long (default: %(default)s)"
    action.add_argument("--timeout", metavar="SECONDS", default="20", help=words)
    action.add_argument("--json", action="store_true", help="print what is new as JSON")


def _timeout(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 600:
        raise InputError(Problem("range", "--timeout", text, "0.1..600 (s)"))
    return seconds


def _run_refresh(parsed: argparse.Namespace) -> int:
    from lambdaplan.analysis.books.worked_examples import judge_examples
    from lambdaplan.pricing.refresh.download import AWS, CALCULATOR, Patience, WebOrigin, origin_of
    from lambdaplan.pricing.refresh.refresh import Asked, refresh

    silent_s = _timeout(parsed.timeout)
    patience, at = Patience(min(5.0, silent_s), silent_s), CALCULATOR if parsed.quick else AWS
    origin = origin_of(parsed.origin, patience, price_cache_dir(), at)
    if parsed.output is not None and parsed.output in packaged_book_ids():
        words = "the package has a book of that name, and a book is never edited"
        raise InputError(Problem("conflict", "-o", parsed.output, words, "Give another id."))
    regions = tuple(dict.fromkeys(parsed.region))
    asked = Asked(regions, tuple(parsed.service), parsed.output, parsed.accept, today(), parsed.quick)
    base, before = newest_book(full=True), book_ids()
    with _progress() as (tell, watch):
        if isinstance(origin, WebOrigin):
            origin.watch = watch
        made = refresh(asked, origin, base, own_prices_dir(), price_cache_dir(), judge_examples, tell)
    draft = made.draft
    if parsed.json:
        print_json(
            {
                "version": 1,
                "book": made.book.id,
                "base": made.base.id,
                "folder": str(made.book.folder),
                "changed": draft.changed,
                "added": draft.added,
                "same": draft.same,
                "kept": draft.kept,
                "missing": draft.missing,
                "notes": list(made.notes),
                **({"differences": draft.differences} if parsed.quick else {}),
                "published": {"first": made.published[0], "last": made.published[1]},
            }
        )
        return 0
    known = "" if made.book.id not in before else " (it was there already, the same)"
    span = made.published[0] if made.published[0] == made.published[1] else " to ".join(made.published)
    one = "map of AWS's calculator" if parsed.quick else "price file"
    files = f"{figure(made.files)} {one.replace('map', 'map' if made.files == 1 else 'maps')}"
    files += "" if parsed.quick or made.files == 1 else "s"
    print(f"{made.book.id}: {files}, published {span}{known}")
    counts = (figure(n) for n in (draft.changed, draft.added, draft.same))
    print("  {} prices changed, {} new, {} the same".format(*counts), f"as in {made.base.id}")
    for difference in draft.differences[:MOST_DIFFERENCES]:
        print(f"  {difference}")
    if len(draft.differences) > MOST_DIFFERENCES:
        others = figure(len(draft.differences) - MOST_DIFFERENCES)
        print(f"  and {others} more prices that differ: --json and datapackage.json of the book name each")
    where_from = "not told by the maps" if parsed.quick else "not in AWS's files"
    lines = [f"{where}: {_items(items)} {where_from}, the former row stays" for where, items in draft.kept.items()]
    lines += [f"{where}: no price of {_items(items)}" for where, items in draft.missing.items()]
    for line in [*made.notes, *lines][:MOST_NOTES]:
        print(f"  {line}")
    more = len(made.notes) + len(lines) - MOST_NOTES
    if more > 0:
        print(f"  and {figure(more)} more lines like these; --json has them all")
    print(f"  in {made.book.folder}")
    print(f"  A scenario takes it with book: {made.book.id}")
    return 0


def _items(items: list[str]) -> str:
    return ", ".join(items) if len(items) <= 4 else f"{', '.join(items[:3])} and {len(items) - 3} more items"


@contextlib.contextmanager
def _progress() -> Iterator[tuple[Callable[[str], object], Callable[[int, int], object]]]:
    """A line on a terminal: what is being done, bytes, rate and time left; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield (lambda _words: None), (lambda _received, _expected: None)
        return
    import threading

    from tqdm import tqdm

    lock = threading.Lock()
    form = "{desc}: {n_fmt}B of {total_fmt}B, {rate_fmt}, {remaining} left"
    with tqdm(
        total=0,
        unit="B",
        unit_scale=True,
        desc="price files",
        file=sys.stderr,
        leave=False,
        delay=PATIENCE_S,
        bar_format=form,
    ) as line:

        def watch(received: int, expected: int) -> None:
            with lock:
                line.total += expected
                line.update(received)

        yield line.set_description_str, watch
