"""Hostile words in names, labels, notes, traces and parameters, opened in a real browser: none runs, nothing leaves."""

from __future__ import annotations

import base64
import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from markupsafe import Markup
from playwright.sync_api import expect

import lambdaplan
from campaigns import PROVE
from lambdaplan.cli.main import main
from lambdaplan.report import export, html_page
from lambdaplan.report.notebook_kernel import Extent
from lambdaplan.report.report import run_report
from lambdaplan.resources import data_dir
from page_script import ScriptOnce
from payloads import SCRIPTS

NODE_API = data_dir() / "scenarios" / "node_api.json"
# In an export of its own, in every run, each seventh; all are options of one export and of one report.
ALONE = range(0, len(SCRIPTS), 1 if PROVE else 7)
READY = "() => [...document.querySelectorAll('figure.lp-chart')].every(f => f.dataset.ready || f.dataset.error)"
WATCH = """
window.found = [];
window.ran = n => { window.found.push(`ran ${n}`) };
window.alert = window.prompt = window.confirm = window.ran;
document.addEventListener("securitypolicyviolation", e => window.found.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


def quiet(words: str) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An export for each of ALONE, as name, label, note and origin of the traffic; one with all of them; and two reports.

    A map takes a minute of a processor with so many options: it and the report that is whole have every seventh.
    """
    out = tmp_path_factory.mktemp("out")
    document = json.loads(NODE_API.read_text("utf-8"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "Script", ScriptOnce)
        for n in ALONE:
            words = SCRIPTS[n]
            document["prices"] = [{"service": "alb", "item": "lcu_hour", "price_usd": "0.009", "note": words}]
            document["workload"]["traffic"] = {"hourly": [1] * 168, "from_trace": f"{words}.csv"}
            (out / f"{n}.json").write_text(json.dumps(document), "utf-8")
            changes = [f"name={words}", f"options.0.label={words}", f"options.2.label={words} too"]
            arguments = [part for change in changes for part in ("--set", change)]
            assert main(["export", str(out / f"{n}.json"), *arguments, "--chart", "bill", "-o", str(out / str(n))]) == 0
        document["name"] = SCRIPTS[0]
        document["options"] = [
            {**document["options"][n % 3], "label": words, "front_door": "none"} for n, words in enumerate(SCRIPTS)
        ]
        everything = lambdaplan.Scenario.from_dict(document)
        some = lambdaplan.Scenario.from_dict({**document, "options": document["options"][:: len(SCRIPTS) // 5]})
        export.run_export(everything, out / "all", ["cost", "bill"], progress=quiet)
        export.run_export(some, out / "some", ["atlas"], progress=quiet)
    run_report(everything, out / "report", extent=Extent(quick=True), progress=quiet)
    run_report(some, out / "whole report", progress=quiet)
    return out


@pytest.fixture
def opened(page, context):
    """Opens a file and says what it ran or was kept from running, and what it asked for besides itself."""
    context.add_init_script(WATCH)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (asked.append(f"dialog {dialog.message}"), dialog.dismiss()))

    def look(path):
        asked.clear()
        page.goto(path.as_uri())
        if path.suffix == ".html":
            page.wait_for_function(READY, timeout=60_000)
            for figure in page.locator("figure.lp-chart").all():
                assert figure.get_attribute("data-error") is None
        for kind in ("mouseover", "focus", "click"):
            page.evaluate(
                """kind => document.querySelectorAll('text, tspan, a, p, td, h1, [aria-label]').forEach(
                    e => e.dispatchEvent(new Event(kind, {bubbles: true})))""",
                kind,
            )
        assert all(frame == page.main_frame for frame in page.frames)
        return page.evaluate("() => window.found") + [url for url in asked if url != path.as_uri()]

    return look


def test_there_are_enough_payloads():
    assert len(set(SCRIPTS)) >= 24


def test_a_payload_that_is_let_through_is_noticed(opened, tmp_path):
    """The watch itself: the same words as markup run, and the page's policy alone would stop them."""
    raw = "<img src='data:,' onerror=ran(1)><svg onload=ran(2)></svg><script>ran(3)</script>"
    (tmp_path / "open.html").write_text(f"<!DOCTYPE html><body>{raw}")
    assert sorted(opened(tmp_path / "open.html")) == ["ran 1", "ran 2", "ran 3"]
    (tmp_path / "closed.html").write_text(html_page.page("t", Markup(raw), ScriptOnce.text()), "utf-8")  # noqa: S704
    found = opened(tmp_path / "closed.html")
    assert not [words for words in found if words.startswith("ran")]
    assert {words.split()[0] for words in found} == {"img-src", "script-src-attr", "script-src-elem"}
    (tmp_path / "open.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" onload="ran(4)"><script>ran(5)</script></svg>'
    )
    assert sorted(opened(tmp_path / "open.svg")) == ["ran 4", "ran 5"]


@pytest.mark.parametrize("which", ALONE)
def test_words_stay_words_in_an_export(opened, page, made, which):
    folder = next((made / str(which)).iterdir())
    for path in (folder / "bill.svg", folder / "bill.html"):  # the page last: it is read
        assert opened(path) == []
    shown = page.locator("main").text_content()
    assert SCRIPTS[which] in shown  # as it was typed, in the caption and the table
    assert "127.0.0.2" not in " ".join(
        page.evaluate("() => [...document.querySelectorAll('[src], [href]')].map(e => e.outerHTML)")
    )


@pytest.mark.parametrize("name", ["cost", "bill", "atlas"])
@pytest.mark.parametrize("kind", ["html", "svg"])
def test_all_of_them_at_once_run_in_no_chart(opened, made, name, kind):
    folder = next((made / ("some" if name == "atlas" else "all")).iterdir())
    assert opened(folder / f"{name}.{kind}") == []


@pytest.mark.parametrize(
    ("report", "all_words"), [("report", SCRIPTS), ("whole report", SCRIPTS[:: len(SCRIPTS) // 5])]
)
def test_all_of_them_at_once_run_in_no_report(opened, page, made, report, all_words):
    folder = next((made / report).iterdir())
    assert opened(folder / "report.html") == []
    for words in all_words:
        assert words in page.locator("main").text_content()
    for path in sorted((folder / "charts").glob("*.svg")):
        assert opened(path) == []


# for everybody


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "Script", ScriptOnce)
        return export.run_export(
            lambdaplan.Scenario.load(NODE_API), tmp_path_factory.mktemp("plain"), progress=quiet
        ).parent


@pytest.mark.parametrize("name", export.USUAL)
def test_an_exported_page_has_no_barrier_that_axe_knows_of(page, context, plain, name):
    context.set_offline(True)
    page.goto((plain / f"{name}.html").as_uri())
    page.wait_for_function(READY, timeout=60_000)
    expect(page.locator("figure.lp-chart .vega-embed svg.marks")).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", export.USUAL)
def test_an_exported_page_can_be_read_with_scripts_off(browser, plain, name):
    context = browser.new_context(java_script_enabled=False, offline=True)
    try:
        page = context.new_page()
        page.goto((plain / f"{name}.html").as_uri())
        expect(page.locator("figure.lp-chart svg")).to_be_visible()
        expect(page.locator("main table").first).to_be_visible()
    finally:
        context.close()


@pytest.mark.parametrize("name", export.USUAL)
def test_words_of_a_picture_for_a_page_do_not_overlap(lasting_page, plain, name):
    lasting_page.goto((plain / f"{name}.svg").as_uri())
    found = lasting_page.evaluate(
        """() => {
            const boxes = [...document.querySelectorAll('text')].filter(e => e.textContent.trim() && !e.getAttribute('stroke'))
                .map(e => [e.textContent, e.getBoundingClientRect()]).filter(([, b]) => b.width);
            const found = [];
            boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
                const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
                const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
                if (wide > 2 && high > 4) found.push([a, b]);
            }));
            return found;
        }"""
    )
    assert found == []


@pytest.mark.parametrize("name", export.USUAL)
def test_nothing_in_a_picture_for_a_page_is_cut_off(lasting_page, plain, name):
    """Its outermost dots are white; looked at as PNG, whose letters do not depend on the fonts of this machine."""
    png = base64.b64encode((plain / f"{name}@2x.png").read_bytes()).decode()
    lasting_page.goto("about:blank")  # a page of HTML: the test before may have left a picture
    dark = lasting_page.evaluate(
        """async png => {
            const picture = new Image();
            picture.src = `data:image/png;base64,${png}`;
            await picture.decode();
            const canvas = Object.assign(document.createElement('canvas'), {width: picture.width, height: picture.height});
            const drawing = canvas.getContext('2d');
            drawing.drawImage(picture, 0, 0);
            const [w, h, edge] = [picture.width, picture.height, 4];
            const strips = [[0, 0, w, edge], [0, h - edge, w, edge], [0, 0, edge, h], [w - edge, 0, edge, h]];
            const whole = drawing.getImageData(0, 0, w, h).data.filter(part => part < 128).length;
            return [whole, ...strips.map(strip => drawing.getImageData(...strip).data.filter(part => part !== 255).length)];
        }""",
        png,
    )
    assert dark[0] > 1000
    assert dark[1:] == [0, 0, 0, 0]
