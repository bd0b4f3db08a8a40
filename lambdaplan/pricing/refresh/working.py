"""What both kinds of refresh do: jobs a few at a time, files read once, Spot prices, no file of the future."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from lambdaplan.errors import RefreshError
from lambdaplan.pricing.refresh.download import Fetched, NotThere, Origin
from lambdaplan.pricing.refresh.price_list import MOST_INDEX, READER, PriceFile, read_spot

AT_ONCE = 4  # files that are fetched at the same time
WAKES_S = 0.2

T = TypeVar("T")


def check_day(file: PriceFile, today: dt.date) -> None:
    """Refuse a file of the future: this machine's clock, or the file, is wrong.

    Raises: RefreshError that names both days.
    """
    if file.published > (today + dt.timedelta(days=1)).isoformat():
        words = f"it was published on {file.published}, and today is {today}"
        raise RefreshError("content", file.name, words, "the book stays as it is", "Look at this machine's clock.")


def _taken(done: queue.SimpleQueue[tuple[bool, Any]]) -> tuple[bool, Any]:
    """The next of a queue. It wakes now and then: a Ctrl-C just before a wait begins would else be unheard."""
    while True:
        with contextlib.suppress(queue.Empty):
            return done.get(timeout=WAKES_S)


def at_once(jobs: Sequence[Callable[[], T]]) -> Iterator[T]:
    """Run jobs a few at a time; their results as they come, and the first error. Threads end with the process."""
    waiting: queue.SimpleQueue[Callable[[], T]] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
    stop = threading.Event()
    for job in jobs:
        waiting.put(job)

    def work() -> None:
        while not stop.is_set():
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((True, job()))
            except BaseException as error:  # noqa: BLE001  # it is raised where the results are taken
                done.put((False, error))

    for _ in range(min(AT_ONCE, len(jobs))):
        threading.Thread(target=work, daemon=True).start()
    try:
        for _ in jobs:
            fine, outcome = _taken(done)
            if not fine:
                raise outcome
            yield outcome
    finally:
        stop.set()


def read_once(origin: Origin, fetched: Fetched, reader: str, read: Callable[[Fetched], PriceFile]) -> PriceFile:
    """What a file holds: as it was read before, if it is the same version."""
    known = origin.known(fetched, reader)
    if known is not None:
        with contextlib.suppress(TypeError, KeyError, ValueError):
            return PriceFile(**{**known, "sales": [tuple(sale) for sale in known["sales"]]})
    try:
        file = read(fetched)
    except RefreshError:
        origin.wrong(fetched)
        raise
    origin.keep(fetched, reader, vars(file))
    return file


def day_of(fetched: Fetched, today: dt.date) -> str:
    """The day of a file that does not say when it was published: as its server has it, else today's."""
    if fetched.date:
        with contextlib.suppress(ValueError, TypeError):
            return email.utils.parsedate_to_datetime(fetched.date).date().isoformat()
    return today.isoformat()


def read_spot_feed(origin: Origin, today: dt.date) -> PriceFile | str:
    """AWS's feed of Spot prices; a note where an origin has none."""
    reader = f"{READER} spot"
    try:
        fetched = origin.fetch(origin.spot_url, MOST_INDEX * 4, reader)
    except NotThere:
        return "there is no feed of Spot prices: those of the former book stay"
    published = day_of(fetched, today)
    return read_once(origin, fetched, reader, lambda one: read_spot(one.path, one.url, published))
