"""The version of the package, and the folders of its data and notebooks."""

import csv
import functools
import os
from pathlib import Path

__version__ = "0.1.0"

_PACKAGE = Path(__file__).resolve().parent


@functools.cache
def data_dir() -> Path:
    """The folder of facts: price books, scenarios, claims."""
    inside = _PACKAGE / "_data"
    return inside if inside.is_dir() else _PACKAGE.parent / "data"


def own_prices_dir() -> Path:
    """The folder of the price books that `lambdaplan prices refresh` makes, one for each user of the machine.

    LAMBDAPLAN_PRICES names another.
    """
    named = os.environ.get("LAMBDAPLAN_PRICES")
    if named:
        return Path(named)
    import platformdirs

    return platformdirs.user_data_path("lambdaplan", appauthor=False) / "prices"


def price_cache_dir() -> Path:
    """The folder of what has been downloaded of AWS's price files. LAMBDAPLAN_CACHE names another."""
    named = os.environ.get("LAMBDAPLAN_CACHE")
    if named:
        return Path(named)
    import platformdirs

    return platformdirs.user_cache_path("lambdaplan", appauthor=False) / "prices"


@functools.cache
def data_table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a table of facts, by the names of its columns, such as those of "limits.csv"."""
    return csv_rows(data_dir() / name)


def csv_rows(path: Path) -> tuple[dict[str, str], ...]:
    """The rows of a table in CSV, by the names of its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = [row for row in csv.reader(file) if row] or [[]]
        if all(len(row) == len(names) for row in rows):
            return tuple(dict(zip(names, row, strict=True)) for row in rows)
        file.seek(0)
        return tuple(csv.DictReader(file))


@functools.cache
def notebooks_dir() -> Path:
    """The folder of notebooks."""
    inside = _PACKAGE / "_notebooks"
    return inside if inside.is_dir() else _PACKAGE.parent / "notebooks"
