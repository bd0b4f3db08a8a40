"""Every platform and every word of `include` on every command and page: the figures and words of `compare`.

A platform or a service that is new is here by itself: what it says of itself must do for all of them.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable

import pytest

from campaigns import PROVE
from examples import all_platforms, one_platform
from lambdaplan import compare
from lambdaplan.platforms import OPTIONS
from lambdaplan.pricing.bill import LineItem
from lambdaplan.report.brief import counted_words
from lambdaplan.scenario.scenario import INCLUDE
from told import WITH_LINES, WITHOUT_LINES, Told


@pytest.fixture(scope="module")
def told_of(tmp_path_factory) -> Callable[[str], Told]:
    """What is told of a platform beside a rival, made when it is first asked for."""
    return functools.cache(lambda kind: Told(one_platform(kind), tmp_path_factory.mktemp(kind)))


@pytest.fixture(scope="module")
def all_together(tmp_path_factory, request) -> Told:
    """All platforms in one scenario that counts every word; in the long proofs with the report of a real kernel."""
    kernel = request.getfixturevalue("kernel") if PROVE else None
    return Told(all_platforms(), tmp_path_factory.mktemp("all"), kernel)


# Slow, and told of all platforms together in every test run; of each by itself in the long proofs.
SLOW = (
    ()
    if PROVE
    else (
        *("report_page", "report_markdown", "exported_files", "record_and_check", "explorer"),
        *("ladder", "sensitivity", "terraform", "what_if", "map_of_winners"),
    )
)


@pytest.mark.parametrize("surface", [name for name in (*WITH_LINES, *WITHOUT_LINES) if name not in SLOW])
@pytest.mark.parametrize("kind", OPTIONS)
def test_a_platform_is_told_alike_everywhere(told_of, kind, surface):
    told = told_of(kind)
    result = told.comparison.options[0]
    assert result.kind == kind and result.feasible
    if surface in WITH_LINES:
        WITH_LINES[surface](told, result, result.bill.lines)
    else:
        WITHOUT_LINES[surface](told, result)


@pytest.mark.parametrize("surface", WITHOUT_LINES)
def test_platforms_are_told_alike_together(all_together, surface):
    for result in all_together.comparison.options:
        WITHOUT_LINES[surface](all_together, result)


@functools.cache
def lines_of(word: str) -> list[list[LineItem]]:
    """For each option the lines that its bill has only where a word is counted."""
    lines = []
    for one, other in zip(compare(all_platforms()).options, compare(all_platforms(without=word)).options, strict=True):
        rest = Counter((line.item, line.exact_usd) for line in other.bill.lines)
        lines.append([line for line in one.bill.lines if not rest[line.item, line.exact_usd]])
    return lines


@pytest.mark.parametrize("word", INCLUDE)
def test_a_word_is_on_every_bill(word):
    """With a line that costs something, or one that says why it does not."""
    for lines in lines_of(word):
        assert lines
        assert all(line.amount_usd or line.note for line in lines)


@pytest.mark.parametrize("surface", WITH_LINES)
@pytest.mark.parametrize("word", INCLUDE)
def test_the_lines_of_a_word_are_everywhere(all_together, word, surface):
    for result, lines in zip(all_together.comparison.options, lines_of(word), strict=True):
        WITH_LINES[surface](all_together, result, lines)


@pytest.mark.parametrize("word", INCLUDE)
def test_a_word_that_is_left_out_is_not_said_to_be_counted(all_together, tmp_path, word):
    told = Told(all_platforms(without=word), tmp_path)

    def counted(one: Told) -> set[str]:
        return set(one.text.split("counted: ")[1].split(";")[0].split(", "))

    assert {name.replace(" ", "_") for name in counted(all_together) - counted(told)} == {word}
    assert counted_words(told.comparison) != counted_words(all_together.comparison)
