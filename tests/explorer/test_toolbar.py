"""The explorer's buttons without a browser: what each asks of Python, and what comes back."""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
import zipfile

import pytest

from campaigns import PROVE
from lambdaplan import Explorer, Scenario, compare
from lambdaplan.comparison.wording import answer
from lambdaplan.report import export
from lambdaplan.resources import data_dir
from page_script import NoScript
from payloads import SCRIPTS
from safe_pages import unsafe_in_svg

DURATION = "workload.duration_ms"


def node_api() -> Scenario:
    return Scenario.load(data_dir() / "scenarios" / "node_api.json")


@pytest.fixture
def explorer():
    return Explorer(node_api())


@pytest.fixture(scope="module")
def only_one():
    return Explorer(node_api())


@pytest.fixture
def shared(only_one):
    """An explorer that several tests use, one after the other: what has been undone is nothing to them."""
    only_one.scenario = node_api()
    return only_one


def press(explorer, key, **more):
    """What the button answers: the message, and its binary part."""
    sent = []
    explorer._toolbar.send = lambda message, buffers=None: sent.append((message, buffers))
    explorer._toolbar._handle_custom_msg({"key": key, "id": 7, **more}, [])
    ((message, buffers),) = sent
    assert message.pop("id") == 7
    return message, buffers


def test_undo_redo_and_reset_go_through_the_answers(explorer):
    assert explorer._toolbar.off == ["undo", "redo"]
    for duration in ("300", "400", "500"):
        explorer._controls["duration"].box.value = duration
    press(explorer, "undo")
    assert explorer.scenario.value_at(DURATION) == 400
    assert explorer._controls["duration"].box.value == "400"
    press(explorer, "undo")
    press(explorer, "undo")
    press(explorer, "undo")  # nothing is left to undo
    assert explorer.scenario == node_api()
    assert explorer._toolbar.off == ["undo"]
    press(explorer, "redo")
    assert explorer.scenario.value_at(DURATION) == 300
    explorer._controls["duration"].box.value = "350"
    assert explorer._toolbar.off == ["redo"]  # what was undone before another answer is gone
    press(explorer, "undo")
    assert explorer.scenario.value_at(DURATION) == 300
    press(explorer, "reset")
    assert explorer.scenario == node_api()
    press(explorer, "undo")
    assert explorer.scenario.value_at(DURATION) == 300  # a reset can be undone too


def test_a_value_that_can_not_be_answered_is_no_step(explorer):
    explorer._controls["duration"].box.value = "-5"
    assert explorer._toolbar.off == ["undo", "redo"]


def test_what_is_saved_and_copied_is_the_scenario(explorer):
    explorer._controls["duration"].box.value = "321"
    saved, _ = press(explorer, "save")
    assert saved["name"] == "node-js-rest-api.json" or re.fullmatch(r"[a-z0-9-]+\.json", saved["name"])
    copied, _ = press(explorer, "scenario")
    assert "\n" not in copied["text"]
    for text in (saved["text"], copied["text"]):
        assert Scenario.from_dict(json.loads(text)) == explorer.scenario
    wanted = explorer.scenario
    press(explorer, "reset")
    message, _ = press(explorer, "load", text=copied["text"], name="the text")
    assert message == {}
    assert explorer.scenario == wanted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "at most"),
        ("{", "the text"),
        ("[1]", ""),
        ('{"version": 1}', "name"),
        ("version: 1\nname: !!python/object/apply:os.system ['true']", ""),
        (node_api().document() | {"region": "mars"}, "region"),
    ],
)
def test_what_is_no_scenario_is_one_line_and_changes_nothing(shared, text, words):
    explorer = shared
    given = text if isinstance(text, str) else json.dumps(text)
    before = explorer.comparison
    message, _ = press(explorer, "load", text=given, name="the text")
    assert words in message["error"] and "\n" not in message["error"] and "Traceback" not in message["error"]
    assert explorer.comparison is before


@pytest.mark.parametrize("label", ["plain", "it's \"$(touch x)\" `id` \\ <<'SCENARIO'"])
def test_the_command_gives_the_same_answer(shared, label, tmp_path):
    explorer = shared
    explorer.scenario = node_api().with_values({"options.0.label": label, DURATION: 250})
    message, _ = press(explorer, "command")
    assert message["text"].startswith("lambdaplan report - ")
    code = "import sys; from lambdaplan.cli.main import main; sys.exit(main(sys.argv[1:]))"
    shell = message["text"].replace("lambdaplan report -", '"$PY" -c "$CODE" compare - --json', 1)
    done = subprocess.run(
        ["/bin/sh", "-c", shell],
        cwd=tmp_path,
        env={"PY": sys.executable, "CODE": code, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == json.loads(compare(explorer.scenario).to_json())
    assert list(tmp_path.iterdir()) == []


def test_the_figure_has_a_picture_words_and_a_caption(explorer):
    message, (png,) = press(explorer, "figure")
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert 900 < width <= 2 * 604 and height > 500
    assert unsafe_in_svg(message["svg"]) == []
    title = answer(explorer.comparison)
    assert title in message["html"] and title in message["text"].replace("\\", "")
    for words in ("us-east-1", explorer.scenario.book.id, explorer.scenario.name):
        assert words in message["html"]


@pytest.mark.parametrize("words", SCRIPTS[:8])
def test_words_stay_words_in_what_is_copied(shared, words):
    explorer = shared
    explorer.scenario = node_api().with_values({"name": words, "options.0.label": words})
    message, _ = press(explorer, "figure")
    tags = set(re.findall(r"<(/?\w+)", message["html"]))
    assert tags <= {"figure", "/figure", "img", "figcaption", "/figcaption"}
    assert unsafe_in_svg(message["svg"]) == []


def test_the_charts_come_as_the_folder_of_an_export(explorer, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "Script", NoScript)
    if not PROVE:
        monkeypatch.setattr(export, "USUAL", ("cost", "bill"))
    message, (data,) = press(explorer, "export")
    assert message == {"name": "node-js-api-200-ms-at-1024-mb-charts.zip"}
    made = export.run_export(node_api(), tmp_path, progress=lambda _: None).parent
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        assert sorted(names) == sorted(f"{made.name}/{path.name}" for path in made.iterdir())
        for name in names:
            assert packed.read(name) == (tmp_path / name).read_bytes()


LOG = "REPORT RequestId: x\tDuration: 80.00 ms\tBilled Duration: 80 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\n"


def drop(explorer, *files):
    """What is answered to files, each a name and its bytes, that a page sends in pieces of half of each."""
    for place, (_, content) in enumerate(files):
        if place == 0:
            told = [{"name": name, "size": len(one)} for name, one in files]
            message, _ = press(explorer, "files", files=told)
            if message:
                return message
        for piece in (content[: len(content) // 2], content[len(content) // 2 :]):
            message = dropped_piece(explorer, place, piece)
            if message:
                return message
    return answer_of(explorer, "import")


def dropped_piece(explorer, place, content):
    return answer_of(explorer, "piece", [memoryview(content)], place=place)


def answer_of(explorer, key, buffers=(), **more):
    """The last message that is sent for one that comes with bytes; how far reading is comes before it."""
    sent = []
    explorer._toolbar.send = lambda message, buffers=None: sent.append(message)
    explorer._toolbar._handle_custom_msg({"key": key, "id": 7, **more}, list(buffers))
    return {name: value for name, value in sent[-1].items() if name != "id"}


def test_dropped_files_become_the_scenario_and_the_rest_stays(shared):
    told = drop(shared, ("a.log", LOG.encode() * 4))["told"]
    work = shared.scenario.workload
    assert (work.duration_ms, work.working_set_mb, work.measured_memory_mb) == (80, 90, 512)
    assert work.requests_per_month == node_api().workload.requests_per_month
    assert [option.label for option in shared.scenario.options] == [option.label for option in node_api().options]
    assert ["workload.duration_ms", "80", "200"] in [row[:3] for row in told["rows"]]
    assert any(line.startswith("workload.requests_per_month") for line in told["kept"])
    assert shared.scenario.provenance[0].file == "a.log"
    press(shared, "undo")
    assert shared.scenario == node_api()


def test_one_function_of_dropped_files_begins_with_the_scenario_of_before(shared):
    one = {"time": "2026-10-12T08:00:00Z", "type": "platform.report", "record": {"requestId": "x", "status": "success"}}
    lines = []
    for name, ms in (("orders", 100), ("mails", 300)):
        start = {**one, "type": "platform.initStart", "record": {"functionName": name}}
        figures = {"durationMs": ms, "billedDurationMs": ms, "memorySizeMB": 512, "maxMemoryUsedMB": 99}
        lines += [start, {**one, "record": {**one["record"], "metrics": figures}}]
    text = "\n".join(json.dumps(line) for line in lines).encode()
    told = drop(shared, ("all.jsonl", text))["told"]
    assert told["names"] == ["mails", "orders"] and shared.scenario.workload.duration_ms == 200
    told = answer_of(shared, "import", function="mails")["told"]
    assert told["names"] == ["mails", "orders"] and shared.scenario.workload.duration_ms == 300
    assert ["workload.duration_ms", "300", "200"] in [row[:3] for row in told["rows"]]  # of before both


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("a.log", LOG.encode()), ("b.txt", b"nothing known")], "b.txt can't be read: it is of no known kind"),
        ([("../../etc/passwd", b"\0\1\2" * 99)], "passwd can't be read: it is binary"),
        ([("..", b"")], "file can't be read: it is empty"),
        ([("a", b"x")] * 51, "at most 50 files of 200 MB together"),
        ([("1234-5678-9012.log", b"no")], "(account).log can't be read"),
    ],
)
def test_dropped_files_that_can_not_be_read_are_one_line_and_change_nothing(shared, files, words):
    before = shared.comparison
    message = drop(shared, *files)
    assert words in message["error"] and "\n" not in message["error"]
    assert shared.comparison is before


def test_dropped_files_are_gone_when_they_are_closed(shared):
    drop(shared, ("a.log", LOG.encode()))
    (path,) = shared._toolbar._files._paths
    assert path.read_bytes() == LOG.encode() and path.name == "a.log"
    press(shared, "forget")
    assert not path.exists() and not path.parent.parent.exists()
    assert "did not come whole" in answer_of(shared, "import")["error"]


def test_a_file_that_grows_while_it_is_sent_is_refused(shared):
    press(shared, "files", files=[{"name": "a.log", "size": 3}])
    assert "changed while it was sent" in dropped_piece(shared, 0, b"abcd")["error"]
    assert "changed while it was sent" in dropped_piece(shared, 1, b"a")["error"]
    assert "did not come whole" in answer_of(shared, "import")["error"]
