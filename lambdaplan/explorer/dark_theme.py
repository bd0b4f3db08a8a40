"""Dark theme: the colours of charts on a dark page, where each platform has one of its own."""

from __future__ import annotations

from lambdaplan.charts.theme import INK, PALE, QUIET
from lambdaplan.platforms import OPTIONS

PAPER = "#15191e"  # behind a chart
DARK = {
    "white": PAPER,
    "#ffffff": PAPER,
    INK: "#e6ebf0",
    QUIET: "#aab4bf",
    PALE: "#39424c",
    **{
        light: dark
        for option in OPTIONS.values()
        for light, dark in zip(option.colours, option.dark_colours, strict=True)
    },
}
"""By the colour of a light page; the page darkens those that are not here."""
