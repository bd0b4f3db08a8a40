"""The report's page in a real browser with the network cut off: live charts, no request, no barrier, and print."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

import lambdaplan
from lambdaplan.comparison.wording import answer
from lambdaplan.resources import data_dir
from places import ROOT

SCENARIO = data_dir() / "scenarios" / "node_api.json"
# As it opens: at its top, and without the box of figures that the pointer has left behind, which may stand anywhere.
OPENED = """() => {
    history.replaceState(null, '', location.pathname);
    scrollTo(0, 0);
    document.getElementById('vg-tooltip-element')?.style.setProperty('left', '0');
}"""
READY = "() => [...document.querySelectorAll('figure.lp-chart')].every(f => f.dataset.ready || f.dataset.error)"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The report of the packaged scenario, made by the command."""
    out = tmp_path_factory.mktemp("reports")
    run = "import sys; from lambdaplan.cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", run, "report", str(SCENARIO), "-o", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return next(out.glob("*/report.html"))


@dataclass
class Shared:
    """The report in a page that several tests use, one after the other, with the network cut off."""

    page: Page
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def shared(lasting_page, made):
    """The report, opened once: its live charts take seconds of a processor."""
    one = Shared(lasting_page)
    one.page.on("request", lambda request: one.requests.append(request.url))
    one.page.on("console", lambda told: one.problems.append(told.text) if told.type in ("error", "warning") else None)
    one.page.context.set_offline(True)
    one.page.goto(made.as_uri())
    one.page.wait_for_function(READY)
    return one


@pytest.fixture
def opened(shared, made):
    """The page as it opens, and everything it has asked for up to the end of the test."""
    page = shared.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(media="screen", color_scheme="light")
    page.mouse.move(0, 0)
    page.evaluate(OPENED)
    yield page
    assert shared.requests == [made.as_uri()]
    assert shared.problems == []


def test_every_chart_becomes_live_without_a_request(opened):
    figures = opened.locator("figure.lp-chart")
    expect(figures).to_have_count(8)
    for figure in figures.all():
        assert figure.get_attribute("data-error") is None
        expect(figure.locator(".vega-embed svg.marks")).to_be_visible()
    texts = figures.first.locator("svg text").all_text_contents()
    assert "Lambda is cheapest below about 11 million requests a month" in texts
    assert {"10 k", "1 M", "1 B", "$100", "EC2 from 11 M", "you are here: 10 M"} <= set(texts)


def test_no_number_is_in_scientific_notation(opened):
    shown = opened.locator("h1, h2, p, li, caption, th, td, svg text").all_text_contents()
    numbers = [words for words in shown if re.search(r"(^|[\s$(])\d+(\.\d+)?[eE][+-]?\d+", words)]
    assert numbers == []


def test_hovering_shows_the_cost_of_every_option(opened):
    plot = opened.locator("figure.lp-chart").first.locator("svg.marks")
    plot.evaluate("e => e.scrollIntoView({block: 'center'})")
    box = plot.bounding_box()
    opened.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.6)
    tip = opened.locator("#vg-tooltip-element.visible")
    expect(tip).to_contain_text("requests a month")
    for label in ("Lambda 1024 MB", "Fargate 0.5 vCPU 1 GB", "EC2 t3.small"):
        expect(tip).to_contain_text(label)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_there_is_no_barrier_that_axe_knows_of(opened, width, scheme):
    opened.set_viewport_size({"width": width, "height": 900})
    opened.emulate_media(color_scheme=scheme)
    found = Axe().run(opened)
    assert found.violations_count == 0, found.generate_report()


def test_charts_of_a_dark_page_have_its_shade(opened):
    opened.emulate_media(color_scheme="dark")
    behind = opened.locator("figure.lp-chart svg.marks").evaluate_all(
        "all => all.flatMap(svg => [svg, svg.parentElement, svg.closest('.lp-view')])"
        ".map(e => getComputedStyle(e).backgroundColor)"
    )
    assert set(behind) == {"rgba(0, 0, 0, 0)"}
    filled = opened.locator("svg.marks > rect").evaluate_all("all => all.map(e => getComputedStyle(e).fill)")
    assert set(filled) <= {"none"}


def test_every_link_of_the_contents_leads_to_its_heading(opened):
    links = opened.locator(".lp-contents a")
    assert links.count() >= 12
    for words, address in links.evaluate_all("all => all.map(a => [a.textContent, a.getAttribute('href').slice(1)])"):
        assert opened.evaluate("id => document.getElementById(id)?.textContent", address) == words
    links.last.click()
    assert opened.evaluate("() => scrollY") > 3000


def test_the_first_page_takes_one_sheet_of_paper(opened):
    opened.set_viewport_size({"width": 688, "height": 1017})  # A4 less margins of 14 mm
    opened.emulate_media(media="print")
    assert opened.locator(".lp-brief").evaluate("e => e.getBoundingClientRect().height") <= 1017


@pytest.mark.parametrize("width", [1280, 800, 390])
def test_nothing_scrolls_sideways_and_no_text_is_cut_off(opened, width):
    opened.set_viewport_size({"width": width, "height": 900})
    assert opened.evaluate("() => document.documentElement.scrollWidth") <= width
    outside = opened.evaluate(
        """() => [...document.querySelectorAll('figure.lp-chart svg text, td, th, p, h1, h2, li')]
            // what is too wide for a phone scrolls in its box
            .filter(e => innerWidth > 640 || !e.closest('.lp-scroll, figure'))
            .filter(e => { const b = e.getBoundingClientRect(); return b.width && (b.left < 0 || b.right > innerWidth) })
            .map(e => e.textContent)"""
    )
    assert outside == []


def test_the_charts_of_costs_are_whole_on_a_phone(context, page, made):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(made.as_uri())
    page.wait_for_function(READY)
    for name in ("cost", "around"):
        figure = page.locator(f'figure[data-name="{name}"]')
        assert figure.evaluate("e => e.scrollWidth <= e.clientWidth")
        letters = figure.evaluate("e => e.querySelector('svg text').getBoundingClientRect().height")
        words = figure.locator("svg text").all_text_contents()
        assert "EC2 from 11 M" in words and {"Lambda", "Fargate", "EC2"} <= set(words) and letters > 9


def test_labels_of_a_chart_do_not_overlap(opened):
    for figure in opened.locator("figure.lp-chart").all():
        overlaps = figure.evaluate(
            """figure => {
                const boxes = [...figure.querySelectorAll('svg text')].filter(e => e.textContent.trim())
                    .map(e => [e.textContent, e.getBoundingClientRect()]).filter(([, b]) => b.width);
                const found = [];
                boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
                    const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
                    const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
                    // a map writes its words twice in one place: a pale edge, and the letters
                    const edge = a === b && Math.abs(p.left - q.left) < 2 && Math.abs(p.top - q.top) < 2;
                    if (wide > 2 && high > 4 && !edge) found.push([a, b]);
                }));
                return found;
            }"""
        )
        assert overlaps == []


def test_it_prints_with_the_scenario_unfolded(opened, tmp_path):
    opened.emulate_media(media="print")
    document = opened.locator("details > pre")
    assert document.evaluate("pre => pre.getBoundingClientRect().height") > 500
    expect(opened.locator("details:has(caption) > summary").first).to_be_hidden()  # its table has a caption
    opened.pdf(path=str(tmp_path / "report.pdf"), prefer_css_page_size=True)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_it_can_be_read_with_scripts_off(browser, made):
    context = browser.new_context(java_script_enabled=False, offline=True, viewport={"width": 800, "height": 900})
    try:
        page = context.new_page()
        page.goto(made.as_uri())
        expect(page.locator("main")).to_contain_text(answer(lambdaplan.compare(lambdaplan.Scenario.load(SCENARIO))))
        pictures = page.locator("figure.lp-chart svg")
        expect(pictures).to_have_count(8)
        for picture in pictures.all():
            expect(picture).to_be_visible()
    finally:
        context.close()


def test_no_words_of_a_picture_are_cut_where_arial_is_missing(page):
    """The README's picture in DejaVu Sans, whose letters are about a sixth wider than those of Arial."""
    picture = (ROOT / "docs" / "ladder.svg").read_text("utf-8")
    page.set_content(re.sub(r'font-family="[^"]*"', 'font-family="DejaVu Sans, Verdana"', picture))
    outside = page.evaluate(
        """() => {
            const edge = document.querySelector('svg').getBoundingClientRect();
            return [...document.querySelectorAll('svg text')].map(e => [e.textContent, e.getBoundingClientRect()])
                .filter(([, b]) => b.left < edge.left || b.right > edge.right).map(([words]) => words);
        }"""
    )
    assert outside == []
