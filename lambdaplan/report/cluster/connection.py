"""The Dask cluster that the user names: a connection to its scheduler, the check of its workers, and their tasks.

Nothing else is connected to: results come by way of the scheduler. Whoever holds the scheduler can run code here, as
everywhere with Dask: it is for clusters of one's own.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from lambdaplan.errors import ClusterError, InputError, LambdaplanError, Problem, shorten
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.resources import __version__

FLAG = "--dask"
CONNECT_S = 5  # seconds after which a scheduler that does not answer, or has no worker, is told
TREE = 8  # results that are added up in one task
_ADDRESS = re.compile(r"(?:(?:tcp|tls)://)?(?:[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")


def checked_address(text: str) -> str:
    """The address of a scheduler as it was given.

    Raises: InputError when it is none.
    """
    if not _ADDRESS.fullmatch(text) or not 0 < int(text.rsplit(":", 1)[1]) < 65536:
        words = "the address of a Dask scheduler, such as tcp://127.0.0.1:8786"
        raise InputError(Problem("type", FLAG, f'"{shorten(text)}"', words))
    return text if "://" in text else f"tcp://{text}"


class Cluster:
    """A Dask cluster, within a ``with``: connected to, and checked.

    Parameters:
    address : str - of its scheduler.
    book : PriceBook - by which is billed: each worker must have it, and the same version of this package.

    Raises: ClusterError when there is none, no worker, or one that would bill otherwise.
    """

    def __init__(self, address: str, book: PriceBook) -> None:
        self.address, self.book = checked_address(address), book
        self.client: Any = None
        self.threads = 0
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as opened:
            opened.enter_context(_quietly())
            self._connect(opened)
            self._check()
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _connect(self, opened: contextlib.ExitStack) -> None:
        from distributed import Client

        try:
            settings = {"set_as_default": False, "direct_to_workers": False}
            self.client = Client(self.address, timeout=CONNECT_S, **settings)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from answering is told in one line
            raise self._trouble(f"no scheduler answers there ({_reason(error)})") from None
        opened.callback(self._close)
        with contextlib.suppress(TimeoutError):
            self.client.wait_for_workers(1, timeout=CONNECT_S)

    def _close(self) -> None:
        with contextlib.suppress(Exception):
            self.client.close(timeout=2)

    def _check(self) -> None:
        """Refuse a cluster without workers, or with one of another version or price book."""
        try:
            told = self._told()
            self.threads = sum(self.client.nthreads().values())
        except Exception as error:  # noqa: BLE001 - as above
            raise self._trouble(f"it does not answer ({_reason(error)})") from None
        if not told:
            raise self._trouble("it has no worker", f"Start one: dask worker {self.address}")
        mine = described(self.book.id)
        for worker, theirs in sorted(told.items()):
            if not isinstance(theirs, dict):
                words = f"worker {worker} has no lambdaplan {__version__} ({_reason(theirs)})"
                raise self._trouble(words, "Install the same version there.")
            for name, here in mine.items():
                if theirs.get(name) != here:
                    words = f"worker {worker} has another {name} ({_short(theirs.get(name))}; here {_short(here)})"
                    raise self._trouble(words, "Give all workers the same environment.")

    def _told(self) -> dict[str, Any]:
        """What each worker says of itself, or why it can't."""
        told: dict[str, Any] = self.client.run(described, self.book.id, on_error="return")
        return told

    def _trouble(self, words: str, fix: str = "") -> ClusterError:
        return ClusterError(Problem("cluster", FLAG, self.address, words, fix))

    def everywhere(self, function: Callable[..., Any]) -> None:
        """Call a function once on each worker, whatever comes of it."""
        with contextlib.suppress(Exception):
            self.client.run(function, on_error="ignore")

    def each(self, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """The results of a function for each task, as they come, with the place of the task.

        What a worker had is done again by another when it dies.

        Raises: ClusterError when the cluster gives up or goes away; what the function raises of this package.
        """
        yield from self._results([self.client.submit(function, *task, pure=False) for task in tasks])

    def each_and_all(
        self,
        function: Callable[..., tuple[Any, Any]],
        tasks: Sequence[tuple[Any, ...]],
        together: Callable[..., Any],
        take: Callable[[Any], None],
    ) -> Any:
        """Hand on the first part of each result as it comes; the second parts are put together in a tree, there.

        Parameters:
        function : function - of each task; gives two parts.
        together : function - of several second parts, or of what it gave of them; in any order and grouping.
        take : function - takes a first part.

        Raises: as `each`.
        """
        results = [self.client.submit(function, *task, pure=False) for task in tasks]
        level = [self.client.submit(_second, one, pure=False) for one in results]
        while len(level) > 1:
            some = (level[start : start + TREE] for start in range(0, len(level), TREE))
            level = [self.client.submit(_together, together, *parts, pure=False) for parts in some]
        firsts = [self.client.submit(_first, one, pure=False) for one in results]
        del results
        for _, first in self._results(firsts):
            take(first)
        for _, whole in self._results(level):
            return whole
        return together()

    def _results(self, futures: list[Any]) -> Iterator[tuple[int, Any]]:
        from distributed import as_completed

        places = {future.key: place for place, future in enumerate(futures)}
        waiting = as_completed(futures, loop=self.client.loop)
        futures.clear()  # a result that has been taken needs no room there any more
        try:
            for future in waiting:
                yield places[future.key], future.result()
        except LambdaplanError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            raise self._trouble(f"it gave up ({_reason(error)})") from None


def _first(result: tuple[Any, Any]) -> Any:
    return result[0]


def _second(result: tuple[Any, Any]) -> Any:
    return result[1]


def _together(together: Callable[..., Any], *parts: Any) -> Any:
    return together(*parts)


def described(book: str) -> dict[str, str]:
    """What must be the same here and on each worker, so that all bill alike.

    Parameters:
    book : str - id of the price book.
    """
    import numpy as np

    try:
        listed = (PriceBook.load(book).folder / "datapackage.json").read_bytes()  # it has the hash of every table
        has = f"{book} {hashlib.sha256(listed).hexdigest()[:12]}"
    except (LambdaplanError, OSError):
        has = "none of this name"
    python = ".".join(map(str, sys.version_info[:2]))
    return {"lambdaplan": f"{__version__} {_code()}", "price book": has, "Python": python, "numpy": np.__version__}


def _code() -> str:
    """A hash of the package's code: a version says little of a checkout."""
    top = Path(__file__).resolve().parents[2]
    whole = hashlib.sha256()
    for path in sorted(top.rglob("*.py")):
        whole.update(path.relative_to(top).as_posix().encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Without what Dask logs: what went wrong is one line of this package's."""
    import distributed  # noqa: F401 - its loggers are made by the import

    names = [n for n in logging.root.manager.loggerDict if n.split(".")[0] in ("distributed", "tornado", "asyncio")]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _reason(error: object) -> str:
    words = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".: ")
    return shorten(words, 120)


def _short(value: object) -> str:
    return shorten(str(value), 60)
