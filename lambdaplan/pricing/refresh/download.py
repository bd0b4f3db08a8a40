"""Downloads of price files: from AWS's price hosts, a mirror, this machine or a folder; resumed, conditional, bounded.

What has been fetched is kept with its entity tag, so that what has not changed is not fetched again, and what broke off
goes on where it stopped. Redirects are followed only within the hosts that are allowed, three at most.

References: RFC 9110, "HTTP Semantics", Internet Engineering Task Force, 2022: ranges (14), conditional requests (13).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambdaplan.errors import InputError, Problem, RefreshError, shorten

AWS = "https://pricing.us-east-1.amazonaws.com"
CALCULATOR = "https://b0.p.awsstatic.com"
SPOT = "https://website.spot.ec2.aws.a2z.com/spot.json"
PRICE_HOSTS = (
    "pricing.us-east-1.amazonaws.com",
    "pricing.eu-central-1.amazonaws.com",
    "pricing.ap-south-1.amazonaws.com",
    "website.spot.ec2.aws.a2z.com",
    "b0.p.awsstatic.com",
)
"""The hosts of AWS's price files, of its feed of Spot prices and of its calculator's maps."""

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
MOST_REDIRECTS = 3
CHUNK = 1 << 18
MB = 1 << 20
LARGE = 8 * MB  # of a larger file only what was read is kept
PASSING = (408, 425, 429, 500, 502, 503, 504)  # states of a server that may pass
AS_IT_WAS = "nothing has changed, and the next try goes on from what is there"


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for.

    Parameters:
    connect_s, silent_s : float - for a connection; for the next byte. [s]
    slow_bytes : int - least that must come within `silent_s`; a server that drips is given up.
    tries : int - in a row, without anything that came.
    pause_s : float - before the second try; twice as long before each further one. [s]
    """

    connect_s: float = 5.0
    silent_s: float = 20.0
    slow_bytes: int = 20_000
    tries: int = 4
    pause_s: float = 0.5


@dataclass(frozen=True)
class Fetched:
    """A file that has been fetched.

    Parameters:
    path : Path - where it is on this machine.
    url : str - its address.
    tag : str - what tells this version of it from others; empty where the server gives none.
    date : str - its Last-Modified; empty where there is none.
    """

    path: Path
    url: str
    tag: str
    date: str


Watch = Callable[[int, int], object]
"""Told how many bytes more have come, and how many more are expected."""


class NotThere(Exception):  # it is an answer, not a failure
    """The server answers, and has no such file."""


class _Broken(Exception):
    """A try that failed in a way that may pass, and why."""


def origin_of(
    given: str | None, patience: Patience | None = None, cache: Path | None = None, base: str = AWS
) -> Origin:
    """Where price files are read from: AWS (at `base`) without a word, else a mirror, this machine or a folder.

    Raises: InputError when it is none of these.
    """
    if given is None:
        return WebOrigin(base, PRICE_HOSTS, SPOT, patience or Patience(), cache)
    parts = urllib.parse.urlsplit(given)
    if parts.scheme in ("http", "https"):
        here = (parts.hostname or "") in THIS_MACHINE
        if parts.hostname and (parts.scheme == "https" or here) and not parts.username:
            mirror = given.rstrip("/")
            return WebOrigin(mirror, (parts.hostname,), f"{mirror}/spot.json", patience or Patience(), cache)
        words = "an https address, http://127.0.0.1, or a folder"
        raise InputError(
            Problem("type", "--from", f'"{shorten(given)}"', words, "Plain http is for this machine only.")
        )
    if parts.scheme and len(parts.scheme) > 1 and "://" in given:
        words = "an https address, http://127.0.0.1, or a folder"
        raise InputError(Problem("type", "--from", f'"{shorten(given)}"', words))
    folder = Path(given)
    if not folder.is_dir():
        words = "a folder with AWS's price files, or the address of a mirror"
        raise InputError(Problem("type", "--from", f'"{shorten(given)}"', words, "There is no such folder."))
    return FolderOrigin(folder.resolve())


class Origin:
    """Where price files are read from."""

    name: str
    spot_url: str
    is_folder = False

    def address(self, reference: str) -> str:
        """The address of a file that an index names, absolute or from the root."""
        raise NotImplementedError

    def fetch(self, url: str, most_bytes: int, reader: str = "") -> Fetched:
        """Bring a file onto this machine, unless what `reader` read of the same version is still known.

        Raises: NotThere when there is no such file; RefreshError when it can't be fetched.
        """
        raise NotImplementedError

    def known(self, fetched: Fetched, reader: str) -> Any:
        """What a reader read of this version of a file before; None where that is not known."""
        return None

    def keep(self, fetched: Fetched, reader: str, read: Any) -> None:
        """Keep what has been read of a file, instead of the file where it is large."""

    def close(self) -> None:
        """End what is still being fetched."""

    def wrong(self, fetched: Fetched) -> None:
        """Say that a file can't be what AWS has: it must be fetched anew."""


class FolderOrigin(Origin):
    """A folder that holds the files under the paths that they have at AWS."""

    is_folder = True

    def __init__(self, folder: Path) -> None:
        self.folder, self.name, self.spot_url = folder, str(folder), "/spot.json"

    def address(self, reference: str) -> str:
        """The address of a file within the folder."""
        return urllib.parse.urlsplit(reference).path

    def fetch(self, url: str, most_bytes: int, reader: str = "") -> Fetched:
        path = (self.folder / url.lstrip("/")).resolve()
        if not path.is_relative_to(self.folder):
            raise RefreshError("content", url, "it lies outside the folder of --from", "files lie within it")
        if not path.is_file():
            raise NotThere(url)
        if path.stat().st_size > most_bytes:
            raise _too_large(url, most_bytes)
        return Fetched(path, str(path), "", "")


class WebOrigin(Origin):
    """Price files behind addresses of allowed hosts."""

    def __init__(
        self, base: str, hosts: tuple[str, ...], spot_url: str, patience: Patience, cache: Path | None
    ) -> None:
        assert cache is not None
        self.name, self.spot_url = base, spot_url
        self._base, self._hosts, self._patience, self._cache = base, hosts, patience, cache
        self._stop = threading.Event()
        self._pool: Any = None
        self._lock = threading.Lock()
        self.watch: Watch = lambda _received, _expected: None
        self.pause: Callable[[float], object] = self._stop.wait
        self.clock: Callable[[], float] = time.monotonic

    # addresses

    def address(self, reference: str) -> str:
        """The address of a file: what an index names from the root lies below the base."""
        if urllib.parse.urlsplit(reference).scheme:
            return reference
        return f"{self._base}/{reference.lstrip('/')}"

    def _check(self, url: str, what: str) -> None:
        """Refuse an address of a host that is not allowed."""
        parts, base = urllib.parse.urlsplit(url), urllib.parse.urlsplit(self._base)
        secure = parts.scheme == "https" or (parts.scheme == "http" and base.scheme == "http")
        port_of = {"http": 80, "https": 443}
        same_port = (parts.port or port_of.get(parts.scheme)) == (base.port or port_of[base.scheme])
        if parts.hostname in self._hosts and secure and same_port and not parts.username:
            return
        words = f"price files come from {', '.join(self._hosts)} only"
        raise RefreshError("network", what, f"it leads to {shorten(url, 90)}", words, "Nothing was fetched from there.")

    # fetching

    def fetch(self, url: str, most_bytes: int, reader: str = "") -> Fetched:
        self._check(url, url)
        place = self._cache / hashlib.sha256(url.encode()).hexdigest()[:32]
        place.mkdir(parents=True, exist_ok=True)
        tries, began, started = 0, 0, self.clock()
        while True:
            began += 1
            before = _size(place / "part")
            try:
                return self._try(url, place, most_bytes, reader)
            except _Broken as failure:
                grown = _size(place / "part") - before
                tries = 0 if grown > MB else tries + 1
                if tries >= self._patience.tries:
                    took = self.clock() - started
                    words = f"tried {began} times in {took:.0f} s; {AS_IT_WAS}"
                    raise RefreshError("network", url, str(failure), words) from None
                self.pause(self._patience.pause_s * 2 ** max(tries - 1, 0))
                self._go_on()

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise RefreshError("network", self._base, "the refresh has ended", AS_IT_WAS)

    def _try(self, url: str, place: Path, most_bytes: int, reader: str) -> Fetched:
        """Ask for a file once: what is new of it, or the rest of what broke off."""
        part, body = place / "part", place / "body"
        known, partial = _read_json(place / "meta.json"), _read_json(place / "part.json")
        headers = {"Accept-Encoding": "gzip", "User-Agent": "lambdaplan"}
        have = _size(part)
        resumes = bool(have and partial.get("tag") and partial.get("total", 0) > have)
        if resumes:
            headers |= {"Range": f"bytes={have}-", "If-Range": partial["tag"]}
        here = body.is_file() or (reader != "" and _rows_of(place, known, reader) is not None)
        if here and not resumes and known.get("any_tag"):
            headers["If-None-Match"] = known["any_tag"]
        elif here and not resumes and known.get("date"):
            headers["If-Modified-Since"] = known["date"]
        with self._answer(url, headers) as answer:
            if answer.status == 304 and here:
                return Fetched(body, url, known.get("any_tag", ""), known.get("date", ""))
            if answer.status in (404, 403, 410):
                raise NotThere(url)
            if answer.status == 416 or (answer.status == 206 and not _goes_on(answer, have, partial)):
                part.unlink(missing_ok=True)
                raise _Broken("the server does not go on where it stopped")
            if answer.status not in (200, 206):
                reason = f"the server answers {answer.status}"
                if answer.status in PASSING:
                    raise _Broken(reason)
                raise RefreshError("network", url, reason, AS_IT_WAS)
            self._receive(answer, url, place, have if answer.status == 206 else 0, most_bytes)
        meta = _read_json(place / "part.json")
        for name in ("meta.json", "rows.json"):  # of the former version
            (place / name).unlink(missing_ok=True)
        part.replace(body)
        _write_json(place / "meta.json", meta)
        return Fetched(body, url, meta.get("any_tag", ""), meta.get("date", ""))

    @contextlib.contextmanager
    def _answer(self, url: str, headers: dict[str, str]) -> Iterator[Any]:
        """The answer to a request, behind redirects within the allowed hosts."""
        import urllib3

        timeout = urllib3.Timeout(connect=self._patience.connect_s, read=self._patience.silent_s)
        asked = url
        for redirects in range(MOST_REDIRECTS + 2):
            self._go_on()
            try:
                pool = self._pool_of(asked)
                answer = pool.request(
                    "GET", asked, headers=headers, timeout=timeout, retries=False, redirect=False,
                    preload_content=False, decode_content=False,
                )  # fmt: skip
            except urllib3.exceptions.HTTPError as error:
                raise _Broken(_reason(error)) from None
            except (OSError, ValueError) as error:
                raise _Broken(_reason(error)) from None
            where = answer.headers.get("Location") if answer.status in (301, 302, 303, 307, 308) else None
            if where is None:
                break
            answer.close()  # what else it says is not read
            if redirects == MOST_REDIRECTS:
                words = f"at most {MOST_REDIRECTS} are followed"
                raise RefreshError("network", url, "it is redirected again and again", words)
            asked = urllib.parse.urljoin(asked, where)
            self._check(asked, url)
        try:
            yield answer
        finally:
            answer.close()

    def _pool_of(self, url: str) -> Any:
        import urllib3

        with self._lock:
            if self._pool is None:
                host, proxies = urllib.parse.urlsplit(url).hostname or "", urllib.request.getproxies()
                proxy = None if urllib.request.proxy_bypass(host) or host in THIS_MACHINE else proxies.get("https")
                many = {"maxsize": 8}
                self._pool = urllib3.ProxyManager(proxy, **many) if proxy else urllib3.PoolManager(**many)  # type: ignore[arg-type]
            return self._pool

    def _receive(self, answer: Any, url: str, place: Path, start: int, most_bytes: int) -> None:
        """Write what comes to the partial file."""
        import urllib3

        length = answer.headers.get("Content-Length")
        rest = int(length) if length and length.isdigit() and not answer.chunked else None
        total = None if rest is None else start + rest
        if (total or 0) > most_bytes:
            raise _too_large(url, most_bytes)
        if answer.headers.get("Content-Encoding", "identity").lower() not in ("identity", "gzip", "x-gzip", ""):
            coding = answer.headers["Content-Encoding"]
            raise RefreshError("content", url, f"it comes as {coding}", "price files come plain or as gzip")
        tag = answer.headers.get("ETag", "")
        date = answer.headers.get("Last-Modified", "")
        if not start:
            (place / "part").unlink(missing_ok=True)
            strong = tag if tag and not tag.startswith("W/") else ""
            _write_json(place / "part.json", {"tag": strong, "any_tag": tag, "date": date, "total": total or 0})
        self.watch(0, rest or 0)
        got, window, in_window = start, self.clock(), 0
        with (place / "part").open("ab") as file:
            while True:
                self._go_on()
                try:
                    chunk = answer.read1(CHUNK, decode_content=False)
                except urllib3.exceptions.HTTPError as error:
                    raise _Broken(_reason(error)) from None
                except (OSError, ValueError) as error:
                    raise _Broken(_reason(error)) from None
                if not chunk:
                    break
                file.write(chunk)
                got, in_window = got + len(chunk), in_window + len(chunk)
                self.watch(len(chunk), 0)
                if got > most_bytes:
                    raise _too_large(url, most_bytes)
                if self.clock() - window > self._patience.silent_s:
                    if in_window < self._patience.slow_bytes and got != total:
                        raise _Broken(f"only {in_window:,} bytes came in {self._patience.silent_s:.0f} s")
                    window, in_window = self.clock(), 0
        if total is not None and got != total:
            raise _Broken(f"the connection ended after {got:,} of {total:,} bytes")

    def known(self, fetched: Fetched, reader: str) -> Any:
        return _rows_of(fetched.path.parent, _read_json(fetched.path.parent / "meta.json"), reader)

    def keep(self, fetched: Fetched, reader: str, read: Any) -> None:
        if not (fetched.tag or fetched.date):
            return
        document = {"reader": reader, "tag": fetched.tag, "date": fetched.date, "read": read}
        _write_json(fetched.path.parent / "rows.json", document)
        if _size(fetched.path) > LARGE:
            fetched.path.unlink(missing_ok=True)

    def close(self) -> None:
        self._stop.set()
        if self._pool is not None:
            self._pool.clear()

    def wrong(self, fetched: Fetched) -> None:
        for name in ("body", "meta.json", "part", "part.json", "rows.json"):
            (fetched.path.parent / name).unlink(missing_ok=True)


def _rows_of(place: Path, meta: dict[str, Any], reader: str) -> Any:
    """What a reader read of the version of a file that is known; None where it has not."""
    rows = _read_json(place / "rows.json")
    version = (reader, meta.get("any_tag", ""), meta.get("date", ""))
    same = (rows.get("reader"), rows.get("tag"), rows.get("date")) == version
    return rows.get("read") if same and any(version[1:]) else None


def _goes_on(answer: Any, have: int, partial: dict[str, Any]) -> bool:
    """Whether a partial answer begins where the file here ends, and ends where it should."""
    span = answer.headers.get("Content-Range", "")
    total = partial.get("total", 0)
    return bool(span == f"bytes {have}-{total - 1}/{total}")


def _too_large(url: str, most_bytes: int) -> RefreshError:
    return RefreshError(
        "content", url, f"it is larger than {most_bytes // MB:,} MB", "no price file is as large as that"
    )


def _reason(error: BaseException) -> str:
    """Why a request failed, in words."""
    text = f"{type(error).__name__} {error}".lower()
    for sign, words in (
        ("refused", "the connection is refused"),
        ("name or service", "its name is not known"),
        ("nameresolution", "its name is not known"),
        ("connecttimeout", "no connection in time"),
        ("timed out", "the server is silent"),
        ("reset", "the connection was reset"),
        ("certificate", "its certificate does not hold"),
        ("incomplete", "the connection ended early"),
        ("remotedisconnected", "the server hung up without an answer"),
        ("unreachable", "the network can't be reached"),
        ("ssl", "no secure connection comes about"),
    ):
        if sign in text:
            return words
    return " ".join(str(error).split())[:120] or type(error).__name__


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _write_json(path: Path, document: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(document), encoding="utf-8")
    fresh.replace(path)
