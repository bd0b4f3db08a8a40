"""What charts have in common: ticks in plain words, and colours that can be read."""

from __future__ import annotations

import numpy as np
import pytest

from lambdaplan import formatting
from lambdaplan.charts import theme
from lambdaplan.platforms import OPTIONS


def test_labels_that_would_meet_are_moved_apart():
    placed = theme.spread([100, 101, 102, 300], 15, 0, 320)
    assert placed == [100, 115, 130, 300]
    assert theme.spread([318, 319, 320], 15, 0, 320) == [290, 305, 320]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.01, "0.01"),
        (999, "999"),
        (1000, "1 k"),
        (999_999, "1 M"),
        (1_500_000, "1.5 M"),
        (2e9, "2 B"),
        (1e15, "1,000 T"),
    ],
)
def test_ticks_of_counts(value, said):
    assert formatting.short_count(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "$0"), (0.01, "$0.01"), (0.1, "$0.10"), (1, "$1"), (10_000, "$10,000"), (1e6, "$1 M"), (1e9, "$1 B")],
)
def test_ticks_of_money(value, said):
    assert formatting.short_money(value) == said


def test_text_on_white_is_dark_enough_to_read():
    for colour in (theme.CLAIM, theme.QUIET, *(c for option in OPTIONS.values() for c in option.colours)):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        luminance = float(np.dot(linear, [0.2126, 0.7152, 0.0722]))
        assert 1.05 / (luminance + 0.05) >= 4.5, colour
