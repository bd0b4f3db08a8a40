"""A file as a stream of text in bounded memory: gzip with a cap, UTF-8 or UTF-16, lines that end as they may."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.evidence.privacy import clean

BLOCK = 1 << 22
HEAD_BYTES = 1 << 16
LONGEST_LINE = 1 << 24
LONGEST_DOCUMENT = 1 << 27  # of one JSON, YAML or HCL document, which is held whole
_BOMB_FROM, _BOMB_RATIO = 1 << 28, 200  # logs and bills shrink to a twentieth; a bomb to a thousandth
_SEPARATORS = ",;\t|"

Progress = Callable[[float], object]


class Source:
    """One file: its head, blocks, lines, JSON document and CSV rows.

    Parameters:
    progress : called with the share of the file that was read.
    """

    def __init__(self, path: str | Path, progress: Progress | None = None) -> None:
        self.progress = progress
        self._held: IO[bytes] | None = None
        if str(path) == "-":
            self.name, self.path = "standard input", self._standard_input()
        else:
            self.path = Path(path)
            self.name = clean(shorten(self.path.name, 80))
        try:
            if self.path.is_dir():
                raise self.refuse("it is a folder", "give the files in it")
            self.size = self.path.stat().st_size
            with self.path.open("rb") as file:
                self.magic = file.read(8)
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or "it can't be opened").lower()
            raise self.refuse(reason, "give the path of a file") from None
        if not self.size:
            raise self.refuse("it is empty", "a file with something in it")
        self.is_parquet = self.magic[:4] == b"PAR1"
        self.is_gzip = self.magic[:2] == b"\x1f\x8b"
        if self.magic[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            raise self.refuse("it is a zip archive", "unpack it and give the files in it")

    def _standard_input(self) -> Path:
        """Standard input as a file, since a kind is told from the head before the whole is read."""
        self._held = tempfile.NamedTemporaryFile(prefix="lambdaplan-")  # noqa: SIM115 - lives as long as the source
        while block := sys.stdin.buffer.read(BLOCK):
            self._held.write(block)
        self._held.flush()
        return Path(self._held.name)

    def refuse(self, why: str, allowed: str, fix: str = "") -> InputError:
        """The error of a file that can't be read."""
        return InputError(Problem("syntax", self.name, clean(why), allowed, fix))

    # ---- bytes

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """The text as UTF-8, in blocks that end with a line; every line ends with a newline alone."""
        left = b""
        for block in self._decoded(size):
            held = left + block
            cut = held.rfind(b"\n") + 1
            if not cut and len(held) > LONGEST_LINE:
                raise self.refuse("a line is longer than 16 MB", "text with lines, or a known kind of document")
            whole, left = held[:cut], held[cut:]
            if whole:
                yield whole.replace(b"\r\n", b"\n")
        if left:
            yield left.replace(b"\r\n", b"\n")

    def _decoded(self, size: int) -> Iterator[bytes]:
        encoding = self.encoding
        decode = codecs.getincrementaldecoder(encoding)(errors="replace") if encoding != "utf-8" else None
        start = True
        for block in self._raw(size):
            if decode is not None:
                block = decode.decode(block).encode("utf-8", "replace")  # noqa: PLW2901
            if start:
                block, start = block.removeprefix(codecs.BOM_UTF8), False  # noqa: PLW2901
            yield block

    def _raw(self, size: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            opened: IO[bytes] = gzip.GzipFile(fileobj=file) if self.is_gzip else file  # type: ignore[assignment]
            expanded = 0
            try:
                while block := opened.read(size):
                    expanded += len(block)
                    place = file.tell()
                    if self.is_gzip and expanded > max(_BOMB_FROM, place * _BOMB_RATIO):
                        raise self.refuse("it unpacks to more than 200 times its size", "a file that is no zip bomb")
                    if self.progress is not None:
                        self.progress(min(1.0, place / self.size))
                    yield block
            except EOFError:
                raise self.refuse("its gzip ends too early", "the whole file", "Download it again.") from None
            except (zlib.error, gzip.BadGzipFile):
                raise self.refuse("its gzip is broken", "a whole gzip file", "Download it again.") from None

    @cached_property
    def raw_head(self) -> bytes:
        """Its first 64 KB, unpacked."""
        progress, self.progress = self.progress, None
        try:
            return next(self._raw(HEAD_BYTES), b"")
        finally:
            self.progress = progress

    @cached_property
    def encoding(self) -> str:
        """UTF-8, or UTF-16 by its mark or its zero bytes."""
        head = self.raw_head[:4096]
        for mark, name in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
            if head.startswith(mark):
                return name
        if len(head) > 3 and b"\0" in head:
            odd, even = head[1::2].count(0), head[0::2].count(0)
            if odd > len(head) // 4 and not even:
                return "utf-16-le"
            if even > len(head) // 4 and not odd:
                return "utf-16-be"
        return "utf-8"

    # ---- text

    @cached_property
    def head(self) -> str:
        """The first 64 KB of its text.

        Raises: InputError for what is no text.
        """
        if self.is_parquet:
            return ",".join(self.header)
        progress, self.progress = self.progress, None
        try:
            text = next(self._decoded(HEAD_BYTES), b"").decode("utf-8", "replace")
        finally:
            self.progress = progress
        if b"\x06Result\x01" in self.raw_head[:64]:  # of Go's gob
            words = "it is the binary output of vegeta attack"
            raise self.refuse(words, "its report", "Run: vegeta report -type=json FILE, or vegeta encode FILE.")
        if "\0" in text or sum(c < " " and c not in "\t\n\r\x1b\f" for c in text) > len(text) // 100:
            raise self.refuse("it is binary", "text, or a bill as Parquet", "Export it as CSV or JSON.")
        if not text.strip():
            raise self.refuse("it is empty", "a file with something in it")
        return text.replace("\r\n", "\n").lstrip("\n")

    def lines(self) -> Iterator[str]:
        """Its lines, one by one, without the newline."""
        for block in self.blocks():
            yield from block.decode("utf-8", "replace").removesuffix("\n").split("\n")

    @cached_property
    def text(self) -> str:
        """The whole text of a document."""
        parts, length = [], 0
        for block in self._decoded(BLOCK):
            length += len(block)
            if length > LONGEST_DOCUMENT:
                raise self.refuse("it is longer than 128 MB", "a shorter document", "Cut it, or ask for fewer hours.")
            parts.append(block)
        return b"".join(parts).decode("utf-8", "replace").replace("\r\n", "\n")

    @cached_property
    def document(self) -> Any:
        """The JSON document that it is.

        Raises: InputError with the line for what is broken or cut off.
        """
        try:
            return json.loads(self.text)
        except json.JSONDecodeError as error:
            ends = error.pos >= len(self.text.rstrip()) - 1
            why = "it ends too early" if ends else f"line {error.lineno} is no JSON ({error.msg})"
            raise self.refuse(why, "a whole JSON document", "Export it again.") from None
        except RecursionError:
            raise self.refuse("it is nested too deeply", "a JSON document as the tool writes it") from None

    @cached_property
    def documents(self) -> list[Any]:
        """The JSON documents one after the other, or those of a list, or the one of YAML, whose figures stay text.

        Raises: InputError with the line for what is broken or cut off.
        """
        text = self.text.strip()
        if text[:1] not in ("{", "["):
            return [self._yaml(text)]
        decoder, found, place = json.JSONDecoder(), [], 0
        try:
            while place < len(text):
                one, place = decoder.raw_decode(text, place)
                found += one if isinstance(one, list) else [one]
                place += len(text[place:]) - len(text[place:].lstrip()) if text[place : place + 1].isspace() else 0
        except (json.JSONDecodeError, RecursionError):
            return [self.document]  # whose error has the line
        return found

    def _yaml(self, text: str) -> Any:
        import yaml

        try:
            return yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - text alone
        except (yaml.YAMLError, ValueError, RecursionError):
            raise self.refuse("it is neither JSON nor YAML", "a document as the tool writes it") from None

    def objects(self) -> Iterator[dict[str, Any]]:
        """The JSON objects of its lines or of its list; lines that are none are passed over."""
        if self.head.lstrip()[:1] == "[":
            yield from (one for one in self.items("item") if isinstance(one, dict))
            return
        for line in self.lines():
            if line.lstrip()[:1] != "{":
                continue
            try:
                one = json.loads(line)
            except (json.JSONDecodeError, RecursionError):
                continue
            if isinstance(one, dict):
                yield one

    def items(self, prefix: str) -> Iterator[Any]:
        """The values below a prefix of a JSON document, such as ``events.item``, one by one in bounded memory."""
        import ijson

        try:
            yield from ijson.items(_Pieces(self._decoded(BLOCK)), prefix, use_float=True, multiple_values=True)
        except ijson.JSONError:
            raise self.refuse("its JSON is broken or ends too early", "a whole JSON document") from None

    # ---- CSV

    @cached_property
    def separator(self) -> str:
        """What stands between cells: the sign that the first line has most of."""
        first = self.head.partition("\n")[0]
        bare = re.sub(r'"[^"]*"', "", first) or first
        return max(_SEPARATORS, key=bare.count)

    @cached_property
    def header(self) -> list[str]:
        """The cells of the first line of a CSV, or the columns of a Parquet file."""
        if self.is_parquet:
            try:
                return parquet_columns(self.path)
            except ValueError:
                raise self.refuse("its Parquet is broken or cut off", "a whole file", "Download it again.") from None
        first = self.head.partition("\n")[0]
        try:
            return whole_names(next(csv.reader([first], delimiter=self.separator), []))
        except csv.Error:
            return []

    def cells(self) -> Iterator[list[str]]:
        """The rows of a CSV as lists of cells, the first line too; quoted cells may hold newlines."""
        csv.field_size_limit(LONGEST_LINE)
        try:
            yield from csv.reader(self._csv_lines(), delimiter=self.separator)
        except csv.Error as error:
            raise self.refuse(f"a row can't be read ({error})", "a CSV as the tool writes it") from None

    def _csv_lines(self) -> Iterator[str]:
        for block in self.blocks():
            yield from io.StringIO(block.decode("utf-8", "replace").replace("\0", ""), newline="")

    def rows(self) -> Iterator[dict[str, str]]:
        """The rows of a CSV by the names of its first line; missing cells are empty."""
        cells = (row for row in self.cells() if any(cell.strip() for cell in row))
        names = whole_names(next(cells, []))
        for row in cells:
            filled = [*row, *[""] * (len(names) - len(row))]
            yield {name: cell.strip() for name, cell in zip(names, filled, strict=False)}


def whole_names(cells: list[str]) -> list[str]:
    """The names of columns, those put together that a comma within brackets took apart.

    Examples:
        >>> whole_names(["bin(1h)", "pct(@duration", " 95)"])
        ['bin(1h)', 'pct(@duration, 95)']
    """
    names: list[str] = []
    for cell in cells:
        if names and names[-1].count("(") > names[-1].count(")"):
            names[-1] = f"{names[-1]},{cell.rstrip()}"
        else:
            names.append(cell.strip())
    return names


def parquet_columns(path: Path) -> list[str]:
    """The names of the columns of a Parquet file.

    Raises: ValueError when it is broken.
    """
    import duckdb

    settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    with tempfile.TemporaryDirectory(prefix="lambdaplan-") as folder:
        link = Path(folder) / "table.parquet"  # a plain name: signs in the file's own are no pattern
        link.symlink_to(path.resolve())
        connection = duckdb.connect(":memory:", config=settings)
        try:
            rows = connection.execute(f"DESCRIBE SELECT * FROM read_parquet('{link}')").fetchall()  # noqa: S608
        except duckdb.Error as error:
            raise ValueError(str(error)) from None
        finally:
            connection.close()
    return [str(row[0]) for row in rows]


class _Pieces:
    """Blocks as a file that is read."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks, self.left = blocks, b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        if not self.left:
            self.left = next(self.blocks, b"")
        taken, self.left = self.left[:size], self.left[size:]
        return taken
