"""Bills of many GB through DuckDB: one pass, bounded memory, progress; CSV, gzip and Parquet."""

from __future__ import annotations

import codecs
import contextlib
import csv
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambdaplan.errors import InputError, shorten
from lambdaplan.evidence.source import Source, parquet_columns

if TYPE_CHECKING:
    import duckdb

_LINE, _BUFFER = 4_000_000, 16_000_000  # bytes; unless told, DuckDB has a buffer of 16 lines, above its memory here
_MEMORY = "300MB"
_POLL_S = 0.2


def simple(name: str) -> str:
    """A column's name without signs, in small letters: all spellings of CUR are one.

    Examples:
        >>> simple("lineItem/UsageType") == simple("line_item_usage_type") == simple("LineItem_UsageType")
        True
    """
    return "".join(char for char in name.lower() if char.isalnum())


class BillTable:
    """A bill as a table that DuckDB scans.

    Parameters:
    columns : the table's own name of each column by its simple one.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        names = parquet_columns(source.path) if source.is_parquet else source.header
        self.columns: dict[str, str] = {}
        for place, name in enumerate(names):
            own = f'"{name.replace(chr(34), chr(34) * 2)}"' if source.is_parquet else f"c{place}"
            self.columns.setdefault(simple(name), own)
        self._width = len(names)

    def has(self, *names: str) -> bool:
        """Whether it has all these columns."""
        return all(name in self.columns for name in names)

    def text(self, *names: str) -> str:
        """SQL of the first of these columns that is there, as text; empty where it is null."""
        own = [f"NULLIF(CAST({self.columns[name]} AS VARCHAR), 'NULL')" for name in names if name in self.columns]
        return f"COALESCE({', '.join([*own, chr(39) * 2])})"

    def number(self, *names: str) -> str:
        """SQL of the first of these columns that is there, as a number; null where none is."""
        own = [self._figure(self.columns[name]) for name in names if name in self.columns]
        return own[0] if own else "CAST(NULL AS DOUBLE)"

    def _figure(self, column: str) -> str:
        """SQL of a column as a number; where semicolons part the cells its commas are decimal."""
        if not self.source.is_parquet and self.source.separator == ";":
            column = f"replace({column}, ',', '.')"
        return f"TRY_CAST({column} AS DOUBLE)"

    def time(self, *names: str) -> str:
        """SQL of the first of these columns that is there, as a time in UTC."""
        own = [
            f"TRY_CAST(replace(CAST({self.columns[name]} AS VARCHAR), 'Z', '') AS TIMESTAMP)"
            for name in names
            if name in self.columns
        ]
        return own[0] if own else "CAST(NULL AS TIMESTAMP)"

    def select(self, select: Mapping[str, str], group: Sequence[str]) -> list[dict[str, Any]]:
        """Rows of a grouped selection, by name.

        Raises: InputError where the file is broken, with the line that DuckDB names.
        """
        import duckdb

        columns = ", ".join(f"{sql} AS {name}" for name, sql in select.items())
        grouping = ", ".join(str(list(select).index(name) + 1) for name in group)
        rows: list[tuple[Any, ...]] = []
        for careful in (False, True):  # quoted cells with newlines, and bytes that are no UTF-8, take the slow way
            with self._opened(careful) as (connection, table):
                try:
                    rows = self._watched(connection, f"SELECT {columns} FROM {table} GROUP BY {grouping}")  # noqa: S608
                    break
                except duckdb.Error as error:
                    if careful or self.source.is_parquet:
                        raise self._refused(error) from None
        return [dict(zip(select, row, strict=True)) for row in rows]

    def _refused(self, error: Exception) -> InputError:
        """The error of a file that DuckDB can't read, in its first words."""
        words = re.sub(r"^[\w ]*Error: ", "", str(error).split("\n")[0])
        words = re.sub(r"\S*/bill\.\S*", "the file", words)
        allowed = "a whole bill as it was exported"
        return self.source.refuse(shorten(words, 120), allowed, "Export or download it again.")

    @contextlib.contextmanager
    def _opened(self, careful: bool) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        """A connection that may read this file alone, and the SQL of the table.

        The file has a plain name in a folder of its own, so that signs in its name are no pattern.
        """
        import duckdb

        source = self.source
        ending = "parquet" if source.is_parquet else "csv.gz" if source.is_gzip else "csv"
        with tempfile.TemporaryDirectory(prefix="lambdaplan-") as folder:
            link = Path(folder) / f"bill.{ending}"
            if source.encoding == "utf-8" and not (careful and not source.is_parquet):
                link.symlink_to(source.path.resolve())
            else:
                link = Path(folder) / "whole.csv"
                with link.open("wb") as file:
                    file.writelines(block.decode("utf-8", "replace").encode() for block in source.blocks())
            settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
            connection = duckdb.connect(":memory:", config=settings)
            own = source.path.resolve().as_posix().replace("'", "''")
            try:
                for words in (
                    f"memory_limit = '{_MEMORY}'",
                    "preserve_insertion_order = false",
                    f"temp_directory = '{folder}/spill'",
                    f"allowed_directories = ['{folder}']",
                    f"allowed_paths = ['{own}']",
                    "enable_external_access = false",
                    "enable_progress_bar = true",
                    "enable_progress_bar_print = false",
                ):
                    connection.execute(f"SET {words}")
                yield connection, self._table(link, not careful)
            finally:
                connection.close()

    def _table(self, path: Path, in_parallel: bool) -> str:
        if self.source.is_parquet:
            return f"read_parquet('{path}')"
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(self._width))
        raw = self.source.raw_head.removeprefix(codecs.BOM_UTF8)
        skip = 1 + raw[: len(raw) - len(raw.lstrip(b"\r\n"))].count(b"\n")
        new_line = self._new_line if in_parallel else "\\n"
        separator = self.source.separator.replace("\t", "\\t")
        return (
            f"read_csv('{path}', auto_detect = false, header = false, skip = {skip}, delim = '{separator}', "
            f"quote = '\"', escape = '\"', columns = {{{columns}}}, strict_mode = false, null_padding = true, "
            f"parallel = {'true' if in_parallel else 'false'}, max_line_size = {_LINE}, "
            f"buffer_size = {_BUFFER}, new_line = '{new_line}')"
        )

    @property
    def ends_early(self) -> bool:
        """Whether the last row of a CSV is cut off: it has fewer cells, and no newline after it."""
        source = self.source
        if source.is_parquet or source.is_gzip or source.encoding != "utf-8":
            return False
        with source.path.open("rb") as file:
            file.seek(max(0, source.size - (1 << 16)))
            tail = file.read().decode("utf-8", "replace")
        last = tail.rpartition("\n")[2]
        return bool(last) and len(next(csv.reader([last], delimiter=source.separator), [])) < self._width

    @property
    def _new_line(self) -> str:
        """How its lines end, as SQL has it."""
        return "\\r\\n" if b"\r\n" in self.source.raw_head else "\\n"

    def _watched(self, connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query; how much of it is done is told meanwhile."""
        progress = self.source.progress
        if progress is None:
            return connection.execute(query).fetchall()
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(_POLL_S):
                share = connection.query_progress()
                if share > 0:
                    progress(min(1.0, share / 100))

        line = threading.Thread(target=watch, daemon=True)
        line.start()
        try:
            return connection.execute(query).fetchall()
        finally:
            ended.set()
            line.join()
