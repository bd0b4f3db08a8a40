"""Text on a terminal: tables that fit the window, colour, and the tables of `memory` and `cold`."""

import io
import json
import re
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lambdaplan
from lambdaplan.analysis.cold_start_curve import cold_rows
from lambdaplan.analysis.memory_size import memory_rows
from lambdaplan.cli.completion import SHELLS
from lambdaplan.cli.main import COMMANDS, command_line, main
from lambdaplan.resources import data_dir
from lambdaplan.text_table import text_table, window, wrapped

SCENARIOS = data_dir() / "scenarios"
NODE = SCENARIOS / "node_api.json"
NUMBER = re.compile(r"-?\$?\d[\d,]*(?:\.\d+)?")

cells = st.lists(
    st.sampled_from(["$1,234.56", "0.0000166667", "1.83 to 8.27", "execution environments", "Fargate", "99 %", "auto"]),
    max_size=6,
).map(" ".join)


@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=1, max_size=6)))
def test_a_table_keeps_every_word_and_number_and_fits_where_its_longest_word_does(rows):
    longest = max((len(word) for row in rows for cell in row for word in cell.split()), default=0)
    for width in (24, 40, 80):
        lines = text_table(rows, (len(rows[0]) - 1,), width).split("\n")
        assert longest + 2 > width or max(map(len, lines)) <= width
        assert sorted(" ".join(lines).split()) == sorted(word for row in rows for cell in row for word in cell.split())


def test_without_a_window_a_table_is_as_wide_as_its_words():
    assert text_table([("a", "b c d"), ("e f", "1")], (1,)) == "a    b c d\ne f      1"


def test_a_number_stays_with_its_unit_where_there_is_room():
    lines = text_table([("0.5 vCPU 1 GB and more", "$1.00")], (1,), 16).split("\n")
    assert lines == ["0.5 vCPU   $1.00", "  1 GB", "  and", "  more"]


def test_where_words_do_not_fit_beside_each_other_a_row_is_a_paragraph_with_the_names_of_its_cells():
    rows = [("field", "range"), ("workload.requests_per_month", "0 to 1,000,000,000,000,000")]
    assert text_table(rows, (), 40, named=True) == "workload.requests_per_month: range 0 to\n  1,000,000,000,000,000"


def test_lines_are_broken_between_words_and_set_in():
    assert wrapped("note: one two three", 12) == "note: one\n  two three"
    assert wrapped("  left as it is", None) == "  left as it is"


@pytest.mark.parametrize(
    ("name", "columns"), [("node_api.json", 80), ("hybrid_shop.yaml", 80), ("hybrid_shop.yaml", 200)]
)
def test_what_compare_prints_fits_and_says_what_it_says_without_a_window(name, columns, monkeypatch, capsys):
    assert main(["compare", str(SCENARIOS / name)]) == 0
    plain = capsys.readouterr().out
    assert plain.strip() == str(lambdaplan.compare(lambdaplan.Scenario.load(SCENARIOS / name))).strip()
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["compare", str(SCENARIOS / name)]) == 0
    fitted = capsys.readouterr().out
    assert max(map(len, fitted.splitlines())) <= columns
    assert sorted(fitted.split()) == sorted(plain.split())
    assert sorted(NUMBER.findall(fitted)) == sorted(NUMBER.findall(plain))


def test_the_size_that_was_chosen_is_not_said_with_words_of_the_label():
    document = json.loads(NODE.read_text("utf-8"))
    document["options"] = [{"kind": "fargate", "size": "auto", "label": "Fargate auto"}]
    (result,) = lambdaplan.compare(lambdaplan.Scenario.from_dict(document)).options
    assert re.fullmatch(r"Fargate auto, here [\d.]+ vCPU [\d.]+ GB", result.label_and_size)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_colour_is_for_terminals_only_and_no_color_is_kept(monkeypatch, capsys):
    asked = ["quick", "--requests", "1M", "--duration", "100ms", "--memory", "512MB", "--runtime", "python3.12"]
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert main(asked) == 0
    piped = capsys.readouterr().out
    assert "\x1b" not in piped and "\nnote: " in piped
    for name, value, coloured in (("", "", True), ("NO_COLOR", "1", False), ("TERM", "dumb", False)):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", terminal := Terminal())
            if name:
                patch.setenv(name, value)
            assert main(asked) == 0
        assert ("\x1b[33mnote:\x1b[0m" in terminal.getvalue()) is coloured
        assert "\x1b" not in terminal.getvalue() or coloured


def test_a_stream_that_is_no_terminal_has_no_window(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert window() is None
    monkeypatch.setenv("COLUMNS", "100")
    assert window() == 100


# memory and cold


def test_memory_prints_the_table_of_the_notebook(capsys):
    curve = lambdaplan.memory_curve(
        lambdaplan.Scenario.from_dict(json.loads(NODE.read_text("utf-8")), ["workload.duration_ms=300"]),
        max_duration_ms=500,
    )
    given = [str(NODE), "--set", "workload.duration_ms=300", "--max-duration", "0.5s"]
    assert main(["memory", *given]) == 0
    text = capsys.readouterr().out
    for row in memory_rows(curve):
        assert re.search(r" +".join(map(re.escape, filter(None, row.values()))), text), row
    assert main(["memory", *given, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == curve.document()
    exact = {row["memory_mb"]: row["total_usd"] for row in document["sizes"]}
    assert exact[curve.chosen_mb] == str(curve.at(curve.chosen_mb).bill.total_usd)
    place = document["curve"]["memory_mb"].index(curve.chosen_mb)
    assert document["curve"]["usd"][place] == pytest.approx(float(exact[curve.chosen_mb]), abs=0.006)


def test_cold_prints_the_table_of_the_notebook(capsys):
    curve = lambdaplan.cold_curve(lambdaplan.Scenario.load(NODE), runtime="python3.12")
    given = ["cold", str(NODE), "--runtime", "python3.12", "--quick"]
    assert main(given) == 0
    text = capsys.readouterr().out
    for row in cold_rows(curve):
        assert re.search(r" +".join(map(re.escape, row.values())), text), row
    assert "measured for python3.12" in text
    assert main([*given, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {**curve.document(), "kept_ready": []}
    (here,) = [point for point in document["points"] if point["requests_per_month"] == 10_000_000]
    assert here["cold_fraction"] == pytest.approx(float(curve.here.fleet.cold.fraction))


@pytest.mark.parametrize("command", ["memory", "cold"])
def test_an_option_is_asked_for_by_its_label(command, capsys):
    assert main([command, str(NODE), "--option", "Lambda 1024"]) == 2
    line = capsys.readouterr().err
    assert "--option" in line and "Lambda 1024 MB" in line
    assert main([command, str(NODE), "--option", "EC2 t3.small"]) == 2


# completion


@pytest.mark.parametrize("shell", SHELLS)
def test_a_completion_script_has_every_command_and_is_a_script_of_its_shell(shell, capsys, tmp_path):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert set(command_line().commands) <= set(re.findall(r"\w+", script)) and len(COMMANDS) > 15
    assert "eu-central-1" in script and "office_hours" in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script, "utf-8")
        assert subprocess.run([shutil.which(shell), "-n", str(tmp_path / "script")], check=False).returncode == 0


def test_bash_completes_commands_and_options(capsys, tmp_path):
    if not shutil.which("bash"):
        pytest.skip("there is no bash")
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "script"
    tail = '\nCOMP_WORDS=({}); COMP_CWORD={}; _shtab_lambdaplan; echo "${{COMPREPLY[@]}}"\n'
    text = capsys.readouterr().out
    for words, last, wanted in ((("lambdaplan", "me"), 1, "memory"), (("lambdaplan", "quick", "--p9"), 2, "--p95")):
        script.write_text(text + tail.format(" ".join(words), last), "utf-8")
        told = subprocess.run([shutil.which("bash"), str(script)], check=False, capture_output=True, text=True)
        assert wanted in told.stdout.split(), told.stderr
