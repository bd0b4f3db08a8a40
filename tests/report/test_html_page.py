"""Pictures, pages, tables and text that leave the workbook: nothing in them can run."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from fractions import Fraction

import pytest
from markupsafe import Markup

import lambdaplan
from lambdaplan.charts.bill import bill_chart
from lambdaplan.charts.cost import chart
from lambdaplan.charts.rendering import checked_svg, figure_html, in_page, raster, still
from lambdaplan.errors import ReportError
from lambdaplan.html_table import html_table
from lambdaplan.report.html_page import csv_text, markdown_text, page
from lambdaplan.resources import data_dir
from payloads import SCRIPTS
from safe_pages import unsafe_in_page, unsafe_in_svg

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
NODE_API = data_dir() / "scenarios" / "node_api.json"


@pytest.fixture(scope="module")
def comparison():
    return lambdaplan.compare(lambdaplan.Scenario.load(NODE_API))


# pictures


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        '<script href="data:,1"/>',
        '<g onload="1"/>',
        '<g ONCLICK="1"/>',
        '<path d="" onmouseover="1"/>',
        '<a href="https://example.org"><text>x</text></a>',
        '<a xlink:href="javascript:1"><text>x</text></a>',
        '<image href="https://example.org/x.png"/>',
        '<image xlink:href="data:image/svg+xml,x"/>',
        '<use href="#x"/>',
        '<use xlink:href="https://example.org/x.svg#y"/>',
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>',
        '<h:script xmlns:h="http://www.w3.org/1999/xhtml">1</h:script>',
        "<style>@import 'https://example.org/x.css'</style>",
        '<rect style="fill:url(https://example.org)"/>',
        '<rect fill="url(https://example.org/x.svg#a)"/>',
        '<rect fill="url( #a )"/>',
        '<rect fill="url(#a) url(//example.org)"/>',
        '<rect fill="U&#82;L(//example.org)"/>',
        '<rect fill="\\75rl(//example.org)"/>',
        '<rect stroke="image-set(url(x) 1x)"/>',
        '<g clip-path="path(evenodd)"/>',
        '<g filter="url(#f)"/>',
        '<g mask="url(//example.org)"/>',
        '<set attributeName="onload" to="1"/>',
        '<animate attributeName="href" values="javascript:1"/>',
        "<feImage/>",
        "<!-- a comment -->",
        "<![CDATA[<script>]]>",
        "<?xml-stylesheet href='https://example.org/x.css'?>",
        '<g xml:base="https://example.org/"/>',
        "<title><script>1</script></title>",
        "<handler>1</handler>",
        "<text>never closed",
        "<text>&nbsp;</text>",
        "<text>\ud800</text>",
    ],
)
def test_a_picture_that_holds_more_than_shapes_and_words_is_refused(inside):
    with pytest.raises(ReportError, match="a picture holds shapes and words only") as caught:
        checked_svg(f"{OPEN}{inside}</svg>")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    "whole",
    [
        "",
        "<svg/>",
        '<html xmlns="http://www.w3.org/1999/xhtml"/>',
        f'<!DOCTYPE svg [<!ENTITY a "b">]>{OPEN}<text>&a;</text></svg>',
        f'<!DOCTYPE svg PUBLIC "x" "https://example.org/x.dtd">{OPEN}</svg>',
        f"{OPEN}</svg>{OPEN}</svg>",
        f"{OPEN}</svg><script>1</script>",
    ],
)
def test_a_picture_that_is_not_one_is_refused(whole):
    with pytest.raises(ReportError, match="a picture holds shapes and words only"):
        checked_svg(whole)


def test_pictures_of_charts_are_let_through_as_they_are(comparison):
    for made in (chart(comparison), bill_chart(comparison)):
        svg = still(made.to_dict(validate=False))
        assert checked_svg(svg) == svg
        assert unsafe_in_svg(svg) == []


def test_words_that_look_like_markup_or_addresses_are_drawn():
    words = "url(https://example.org) javascript:1 &lt;script&gt;"
    text = f'{OPEN}<text aria-label="{words}" transform="translate(1,-2.5) rotate(90)" fill="rgba(1, 2, 3, .5)">{words}</text></svg>'
    assert checked_svg(text) == text


def test_the_ids_of_a_figure_are_its_own_and_words_are_left_alone(comparison):
    spec = chart(comparison).to_dict(validate=False)
    spec["title"]["text"] = ['id="clip0" url(#clip0) font-family="x"']
    markup = figure_html(spec, "cost")
    assert 'id="clip' not in markup.split("<text")[0]
    assert "cost-clip" in markup
    assert 'id="clip0" url(#clip0)' in markup or "id=&quot;clip0&quot; url(#clip0)" in markup


# pages


@pytest.mark.parametrize("words", [*SCRIPTS, "</SCRIPT >", "<!--", "\u2028\u2029"])
def test_data_cannot_end_its_element(words):
    said = in_page({words: [words]})
    assert not set(said) & set("<>&\u2028\u2029")
    assert json.loads(said) == {words: [words]}


@pytest.mark.parametrize("words", SCRIPTS)
def test_a_title_is_words(words):
    text = page(words, Markup("<h1>x</h1>"), "let a = 1")
    assert unsafe_in_page(text) == []


@pytest.mark.parametrize("words", SCRIPTS)
def test_a_body_that_is_no_markup_is_words(words):
    assert html.unescape(page("t", words, "1").split("<main>\n")[1].split("\n</main>")[0]) == words
    assert "<h1>" not in page("t", f"<h1>{words}</h1>", "1")


@pytest.mark.parametrize("words", SCRIPTS)
def test_a_table_shows_the_words_and_nothing_else(words):
    for styled in (False, True):
        table = html_table([words], [[words]], words, styled=styled)
        assert len(re.findall("<[a-z]+", table)) == 8  # a table, its caption, its head and its body
        assert html.unescape(re.sub("<[^>]*>", "", table)) == 3 * words


def test_the_reader_of_pages_notices_what_is_unsafe():
    good = page("t", Markup("<h1>x</h1>"), "1")
    assert unsafe_in_page(good) == []
    for bad in (
        good.replace("<main>", "<main><script>2</script>"),
        good.replace("<main>", '<main><b onclick="1">'),
        good.replace("<main>", '<main><b style="x">'),
        good.replace("<main>", '<main><img src="https://example.org">'),
        good.replace("<main>", '<main><a href="https://example.org">'),
        good.replace("script-src ", "script-src 'unsafe-eval' "),
        good.replace("default-src &#39;none&#39;", "default-src *"),
        good.replace("<script>1", "<script>2"),
        good.replace(' lang="en"', ""),
    ):
        assert bad != good
        assert unsafe_in_page(bad)


# tables


@pytest.mark.parametrize(
    ("words", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", " '=1"),
        ("\r=1", " '=1"),
        (" =1", " '=1"),
        ('"=1', "\"'=1"),
        ("x;=1", "x;'=1"),
        ("x, -1", "x, '-1"),
        ("a\n=cmd|' /C calc'!A0", "a =cmd|' /C calc'!A0"),  # one line, so no cell of its own begins
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("a|\r\n -1", "a|  '-1"),
        ("\uff1d1", "'\uff1d1"),
        ('=HYPERLINK("http://example.org")', '\'=HYPERLINK("http://example.org")'),
        ("Lambda 1024 MB", "Lambda 1024 MB"),
        ("a - b = c", "a - b = c"),
        ("t4g.small", "t4g.small"),
        ("2026-11-25", "2026-11-25"),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_is_defused(words, cell):
    text = csv_text([words, "next"], [])
    assert text.count("\n") == 1
    assert list(csv.reader(io.StringIO(text, newline=""))) == [[cell, "next"]]


@pytest.mark.parametrize(
    ("value", "cell"),
    [(-5, "-5"), (-2.5, "-2.5"), (Fraction(1, 8), "0.125"), (Fraction(-3), "-3"), (None, ""), (True, "yes"), (0, "0")],
)
def test_numbers_stay_numbers(value, cell):
    assert csv_text(["a", "b"], [[value, "x"]]) == f"a,b\n{cell},x\n"


# text


@pytest.mark.parametrize("words", SCRIPTS)
def test_markdown_shows_the_words_and_nothing_else(words):
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    shown = MarkdownWithMath(IPythonRenderer(escape=False)).render(
        f"*Figure 1. {markdown_text(words)}* ![{markdown_text(words)}](a.png)"
    )
    assert shown.count("<") - shown.count("</") == 3  # a paragraph, emphasis and the picture
    assert shown.count("</") == 2
    assert "http://127.0.0.2" not in markdown_text(words)


@pytest.mark.parametrize(
    "words", ["# no heading", "- no list", "+ no list", "1. no list", "12) no list", "---", "===", "> no quotation"]
)
def test_words_at_the_start_of_a_line_of_markdown_stay_words(words):
    import mistune

    shown = mistune.create_markdown(escape=False)(f"before\n\n{markdown_text(words)}\n\nafter")
    assert shown == f"<p>before</p>\n<p>{html.escape(words)}</p>\n<p>after</p>\n"


# dots


def test_a_raster_picture_knows_its_size_and_does_not_depend_on_fonts_of_the_machine(comparison):
    svg = still(bill_chart(comparison).to_dict(validate=False))
    png = raster(svg)
    width, height = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
    assert (width, height) == tuple(2 * int(part.split('"')[1]) for part in svg.split("viewBox")[0].split()[-2:])
    at = png.index(b"pHYs") + 4
    assert int.from_bytes(png[at : at + 4]) == round(
        192 / 0.0254
    )  # dots a metre: 192 an inch, so half the dots are its size
    assert raster(svg.replace("Arial", "Comic Sans MS")) == png
