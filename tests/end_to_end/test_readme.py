"""The README: its lines of Python print what it says, and its picture is the one of today's prices."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
from pathlib import Path

from lambdaplan import PriceBook, load_rungs
from lambdaplan.analysis.break_even_ladder import published_claims
from places import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def test_the_python_of_the_readme_prints_what_it_says() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in code.splitlines() if line]) == 4
    printed = io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(printed):
        exec(code, {})  # noqa: S102 - our own README
    assert f"prints `{printed.getvalue().strip()}`" in README


def test_the_picture_is_up_to_date(tmp_path: Path) -> None:
    runpy.run_path(str(ROOT / "docs" / "picture.py"))["main"](tmp_path / "now.svg")
    words = [
        re.findall(r"<text[^>]*>([^<]*)<", path.read_text("utf-8"))
        for path in (tmp_path / "now.svg", ROOT / "docs" / "ladder.svg")
    ]
    assert len(words[0]) > 50
    assert words[0] == words[1]


def test_counts_in_words_are_the_counts_of_the_data() -> None:
    book = PriceBook.load()
    assert f"{len(load_rungs())} sets of assumptions" in README
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"under {len(load_rungs())} sets of assumptions, beside {len(published_claims())} published" in changes
    for name in ("CHANGELOG.md", "docs/prices.md"):
        text = (ROOT / name).read_text("utf-8")
        assert f"{len(book.prices):,} prices of {len(book.regions)} regions" in text, name


def test_every_link_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
