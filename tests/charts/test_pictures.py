"""Pictures as files: what they are called, what they show, and words that keep their room in any font."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
import vl_convert

from chart_specs import compared
from lambdaplan.charts import cost
from lambdaplan.charts.letters import in_their_room, width_px
from lambdaplan.charts.rendering import spec_title, still
from places import ROOT
from safe_pages import SVG, unsafe_in_svg

WORDS = ("you are here: 10 M", "Lambda is cheapest below about 9.5 million requests a month", "$0.10 – 7 % @ (x) [y]")


def laid_out(words: str, weight: str) -> float:
    """How wide vl-convert lays words out in Liberation Sans, whose letters are as wide as Arial's; of 100 px."""
    text = {"text": {"value": words}, "fontSize": {"value": 100}, "font": {"value": "Liberation Sans"}}
    marks = [{"type": "text", "encode": {"enter": {**text, "fontWeight": {"value": weight}}}}]
    spec = {"$schema": "https://vega.github.io/schema/vega/v6.json", "padding": 0, "width": 1, "height": 1}
    svg = vl_convert.vega_to_svg({**spec, "autosize": "pad", "marks": marks})
    return float(re.search(r'width="([\d.]+)"', svg)[1])


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_words_are_as_wide_as_they_are_laid_out(weight):
    for words in WORDS:
        assert width_px(words, 100, bold=weight == "bold") == pytest.approx(laid_out(words, weight), abs=6)


def test_every_line_of_words_says_its_width_and_unknown_letters_keep_theirs():
    svg = still(cost.specification(compared({"name": "A & B"})))
    lines = re.findall(r"<(?:text|tspan)([^>]*)>([^<]+)<", svg)
    assert len(lines) > 20
    for given, words in lines:
        assert ("textLength" in given) == (len(words) > 1), words
    title = 'font-size="10px">日本 & 1</text>'
    assert in_their_room(f"<text {title}") == f"<text {title}"
    # a, <, b of 556, 584, 556 thousandths
    assert 'textLength="16.96"' in in_their_room('<text font-size="10px">a&lt;b</text>')


def test_a_picture_has_a_title_a_description_and_a_role():
    spec = cost.specification(compared({"name": "<b>mine</b> & yours"}))
    picture = still(spec)
    root = ET.fromstring(picture)  # noqa: S314 - our own
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert (root[0].text, root[1].text) == (spec_title(spec), spec["description"])
    assert unsafe_in_svg(picture) == []


def test_the_readmes_picture_is_one_of_these():
    picture = (ROOT / "docs" / "ladder.svg").read_text("utf-8")
    assert "<title>One service breaks even" in picture and unsafe_in_svg(picture) == []
    assert all("textLength" in given for given, words in re.findall(r"<(?:text|tspan)([^>]*)>([^<]{2,})<", picture))
