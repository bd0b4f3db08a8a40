"""Links: a scenario in an address and back; what was cut, changed or made up is one line and changes nothing."""

from __future__ import annotations

import base64
import json
import random
import zlib
from decimal import Decimal

import pytest
from markupsafe import escape

from campaigns import PROVE
from lambdaplan import Explorer, InputError, Scenario, compare
from lambdaplan.explorer.link import MARK, MOST_BYTES, from_link, is_link, to_link
from lambdaplan.explorer.options.option_editor import STARTS
from lambdaplan.formatting import money
from lambdaplan.resources import data_dir

PRESETS = sorted(path for path in (data_dir() / "scenarios").iterdir() if path.suffix in (".json", ".yaml"))
POSITIONS = 50 if PROVE else 10


def node_api() -> Scenario:
    return Scenario.load(data_dir() / "scenarios" / "node_api.json")


def packed(text: str) -> str:
    return MARK + base64.urlsafe_b64encode(zlib.compress(text.encode("utf-8"), 9)).decode().rstrip("=")


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_a_link_brings_all_of_it_back_and_is_short(path):
    scenario = Scenario.load(path)
    link = to_link(scenario)
    assert len(link) < 2000 and link.isascii() and not set(link) & set(" \"'<>&#%?")
    for text in (
        link,
        f"#{link}",
        f"http://127.0.0.1:8866/#{link}",
        f"  http://x/voila/render/a.ipynb?token=1#{link}\n",
    ):
        assert is_link(text) and from_link(text) == scenario


def test_names_in_any_writing_come_back():
    scenario = node_api().with_values({"name": "Preisvergleich für Zürich 価格 <b>", "options.0.label": 'λ "1"'})
    assert from_link(to_link(scenario)) == scenario


LINK = to_link(node_api())
DOCUMENT = node_api().document()


@pytest.mark.parametrize(
    "text",
    [
        "#scenario=",
        "#scenario=1.",
        "#scenario=2." + LINK.removeprefix(MARK),
        "#" + LINK[:-1],
        "#" + LINK[: len(LINK) // 2],
        "#" + LINK[:60] + ("A" if LINK[60] != "A" else "B") + LINK[61:],
        "#" + LINK + "AAAA",
        "#" + LINK + "<script>",
        "#" + MARK + "A" * 5,
        "#" + packed("x" * (MOST_BYTES + 1)),
        "#" + packed("[" * 10_000),
        "#" + packed("{"),
        "#" + packed("version: 1\nname: !!python/object/apply:os.system ['true']"),
        "#" + packed(json.dumps({"version": 1})),
        "#" + packed(json.dumps(DOCUMENT | {"region": "<img src=x>"})),
        "#" + packed(json.dumps(DOCUMENT | {"workload": DOCUMENT["workload"] | {"traffic": {"trace": "/etc/passwd"}}})),
        "#" + MARK + base64.urlsafe_b64encode(zlib.compress(b"\xff\xfe")).decode().rstrip("="),
    ],
    ids=range(17),
)
def test_a_broken_link_is_one_line_and_changes_nothing(explorer, text):
    assert is_link(text)
    with pytest.raises(InputError) as raised:
        from_link(text)
    line = str(raised.value).partition("\n")[0]
    assert 20 < len(line) < 300 and "Traceback" not in line
    before, sent = explorer.comparison, []
    explorer._toolbar.send = lambda message, buffers=None: sent.append(message)
    explorer._toolbar._handle_custom_msg({"key": "load", "id": 1, "text": text, "name": "the link"}, [])
    assert sent == [{"id": 1, "error": line, "lines": str(raised.value).split("\n")}] and explorer.comparison is before


def test_no_file_is_read_for_a_link(tmp_path):
    trace = tmp_path / "trace.csv"
    trace.write_text("timestamp,requests\n2026-01-05T00:00:00Z,1\n")
    work = DOCUMENT["workload"] | {"traffic": {"trace": str(trace)}}
    with pytest.raises(InputError, match="a link can't name a file of this machine"):
        from_link(packed(json.dumps(DOCUMENT | {"workload": work})))


def test_what_is_no_link_is_none():
    for text in ("", "{}", '{"name": "scenario=1.x"}', "version: 1\nname: scenario=1.x", "http://127.0.0.1:8866/"):
        assert not is_link(text)


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return Explorer(node_api())


def test_values_on_the_screen_are_those_of_compare_json_at_random_positions(explorer):
    """Sliders, options added and dropped, and links: after each the page says what a file with that scenario gives."""
    chosen, editor = random.Random(20), explorer._options
    explorer.scenario = node_api()
    sliders = list(explorer._sliders.values())
    quick = [words for words, start in STARTS.items() if "base" not in start]
    for position in range(POSITIONS):
        if position % 10 == 3 and len(explorer.scenario.options) < 5:
            editor.kind.value = chosen.choice(quick)
            editor.add.click()
            assert editor.note.value == ""
        elif position % 10 == 8:
            editor.chosen.value = chosen.randrange(len(explorer.scenario.options))
            editor.drop.click()
        elif position % 10 == 5:
            link = to_link(explorer.scenario)
            explorer.scenario = node_api()
            explorer.scenario = from_link(f"http://127.0.0.1:8866/#{link}")
        else:
            able = [one for one in sliders if one.row.layout.display != "none" and not one.slider.disabled]
            slider = chosen.choice(able)
            slider.slider.index = chosen.randrange(len(slider.stops))
        wanted = json.loads(compare(Scenario.from_dict(json.loads(json.dumps(explorer.scenario.document())))).to_json())
        shown = explorer._view.answer.html + explorer._view.details.html
        for option in wanted["options"]:
            total = option["total_usd"]
            words = "unknown; " if total is None else f'<span class="lp-total">{escape(money(Decimal(total)))}</span>'
            assert words in explorer._view.details.html
            assert escape(option["label"]) in shown
        assert json.loads(explorer.comparison.to_json()) == wanted
