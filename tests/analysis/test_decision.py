"""Decision records: what they say, and that a check judges them by their own scenario, prices and measured values."""

from __future__ import annotations

import datetime as dt
import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from lambdaplan import InputError, Scenario, compare
from lambdaplan.analysis.decision import check, record
from lambdaplan.cli.main import main
from lambdaplan.report.decision_record import escaped, record_text
from places import MIXED

NODE_API = MIXED
MADE, LATER = dt.date(2026, 11, 25), dt.date(2027, 6, 1)


def written(*arguments, **named):
    return record_text(record(*arguments, **named))


@pytest.fixture(scope="module")
def text():
    return written(Scenario.load(NODE_API), MADE)


def at(monkeypatch, day):
    noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(noon.timestamp())))


def run(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def block(text):
    return json.loads(re.search(r"^```json\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)[1])


def with_block(text, change):
    document = block(text)
    change(document)
    return text[: text.index("```json")] + f"```json\n{json.dumps(document)}\n```\n"


def test_a_record_tells_the_decision_with_its_bills_and_wires(text):
    for words in (
        "# Node.js API, 200 ms at 1024 MB: undecided", "Left open: **EC2 t4g.small** or **Lambda 1024 MB**.",
        "- Date: 2026-11-25", "- Look again by: 2027-05-24",
        "| Lambda 1024 MB | Lambda | $45.33 |", "| EC2 t4g.small | EC2 | $43.13 | 2 instances |",
        "| `workload.requests_per_month` | at 9,502,410 or less | 10,000,000 | Lambda 1024 MB |",
        "| `workload.duration_ms` | at 186 ms or less | 200 | Lambda 1024 MB |",
        "| `workload.duration_ms` | 200 | ms | the scenario |", "| `hours_per_month` | 730 | h | lambdaplan's default |",
    ):  # fmt: skip
        assert words in text, words
    for heading in ("Context", "Options considered", "Decision", "Consequences", "Trip-wires", "Assumptions"):
        assert f"\n## {heading}\n" in text
    # the oldest price is two t4g.small's, $0.0168 an hour; its row names a source and a date
    assert re.search(r"\| ec2 t4g\.small/on\\_demand \| 0\.0168 \| [^|]+ \| [^|]+ \| 20\d\d-\d\d-\d\d \|", text)


def test_the_scenario_in_a_record_is_the_scenario(text):
    scenario = Scenario.load(NODE_API)
    assert Scenario.from_dict(block(text)["scenario"]) == scenario
    assert compare(Scenario.from_dict(block(text)["scenario"])).to_json() == compare(scenario).to_json()


def test_a_wire_is_crossed_where_the_winner_changes_and_not_one_step_before(text):
    # 9,502,411 is the crossover that the command line prints (test_cli): from there EC2 is cheapest
    for requests, state, winner in ((9_502_411, "holds", "EC2 t4g.small"), (9_502_410, "crossed", "Lambda 1024 MB")):
        found = check(text, "record", MADE, [f"workload.requests_per_month={requests}"])
        states = {s.wire: s.state for s in found.states}
        assert states["workload.requests_per_month at_or_below"] == state
        assert states["winner"] == state
        assert found.comparison.winner == winner


def test_check_through_the_command_line(tmp_path, capsys, monkeypatch):
    at(monkeypatch, MADE)
    path = tmp_path / "decision.md"
    status, out, err = run(capsys, "record", NODE_API, "-o", path)
    assert (status, out.strip(), err) == (0, str(path), "")
    status, out, err = run(capsys, "check", path)
    assert (status, err) == (0, "")
    assert out.count("not measured") >= 3
    assert "No wire is crossed." in out
    status, out, _ = run(capsys, "check", path, "--requests-per-month", "9M")
    assert status == 1
    assert "2 wires are crossed." in out
    status, out, _ = run(
        capsys, "check", path, "--requests-per-month", "12M", "--set", "workload.duration_ms=150", "--json"
    )
    found = json.loads(out)
    assert status == (1 if found["crossed"] else 0) == 1
    states = {wire["wire"]: wire["state"] for wire in found["wires"]}
    assert states["workload.duration_ms at_or_below"] == "crossed"
    assert states["workload.requests_per_month at_or_below"] == "holds"
    assert (
        found["winner_now"]
        == compare(
            Scenario.from_dict(
                json.loads(NODE_API.read_text()), ["workload.requests_per_month=12M", "workload.duration_ms=150"]
            )
        ).winner
    )
    assert [p.name for p in tmp_path.iterdir()] == ["decision.md"]


def test_after_its_date_a_record_is_to_be_looked_at_again(tmp_path, capsys, monkeypatch):
    at(monkeypatch, MADE)
    path = tmp_path / "decision.md"
    assert run(capsys, "record", NODE_API, "-o", path, "--review-by", "2027-05-31")[0] == 0
    at(monkeypatch, dt.date(2027, 5, 31))
    assert run(capsys, "check", path)[0] == 0
    at(monkeypatch, LATER)
    status, out, _ = run(capsys, "check", path)
    assert status == 1
    assert "look again by 2027-05-31; today is 2027-06-01" in out


def test_another_price_book_is_judged_by(text):
    found = check(text, "record", MADE, book="aws-2026-11-23")
    assert found.document()["book"]["id"] == "aws-2026-11-23"
    dearer = with_block(
        text,
        lambda d: d["scenario"].__setitem__(
            "prices", [{"service": "ec2", "item": "t4g.small/on_demand", "price_usd": "0.02"}]
        ),
    )
    states = {s.wire: s.state for s in check(dearer, "record", MADE).states}
    assert states["winner"] == "crossed"


def test_prose_may_be_edited(text):
    edited = text.replace("Status: proposed", "Status: accepted").replace("\n", "\r\n") + "\nAgreed by all.\n"
    assert not check(edited, "record", MADE).crossed


BAD = {
    "no block": (lambda t: "# A page of mine\n", "it holds no block of a record"),
    "two blocks": (lambda t: t + t, "it holds 2 blocks of a record"),
    "not JSON": (lambda t: t.replace('"made": ', '"made" '), "it is not JSON"),
    "a name is missing": (lambda t: with_block(t, lambda d: d.pop("made")), "its block has other names"),
    "a name too many": (lambda t: with_block(t, lambda d: d.update(x=1)), "its block has other names"),
    "another version": (lambda t: with_block(t, lambda d: d.update(lambdaplan_record=2)), "lambdaplan_record = 2 is not one of 1"),
    "no date": (lambda t: with_block(t, lambda d: d.update(review_by="soon")), 'review_by = "soon" is not a date'),
    "a date that is a number": (lambda t: with_block(t, lambda d: d.update(made=5)), "made = 5 is not a date"),
    "a winner of no option": (lambda t: with_block(t, lambda d: d.update(winner="Mainframe")), 'winner = "Mainframe" is not one of'),
    "wires that are none": (lambda t: with_block(t, lambda d: d.update(wires={"a": 1})), "wires = an object is not a list"),
    "a wire on nothing": (
        lambda t: with_block(t, lambda d: d["wires"][0].update(path="workload.speed")),
        'wires.0 = "workload.speed" at 9502410 is not a wire on a number of the scenario',
    ),
    "a wire at no number": (lambda t: with_block(t, lambda d: d["wires"][0].update(at_or_below="many")), "wires.0 = "),
    "a wire both ways": (lambda t: with_block(t, lambda d: d["wires"][0].update(at_or_above=1)), "wires.0 = an object is not"),
    "a scenario edited badly": (
        lambda t: with_block(t, lambda d: d["scenario"]["workload"].update(duration_ms=-1)),
        "workload.duration_ms = -1 is outside",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_record_is_told_in_a_line(case, text, tmp_path, capsys, monkeypatch):
    at(monkeypatch, MADE)
    change, words = BAD[case]
    path = tmp_path / "record.md"
    path.write_text(change(text), encoding="utf-8")
    status, out, err = run(capsys, "check", path)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert words in err
    assert "Traceback" not in err


def test_other_bad_input_of_the_commands(tmp_path, capsys, monkeypatch):
    at(monkeypatch, MADE)
    assert run(capsys, "check", tmp_path / "none.md")[0] == 2
    assert run(capsys, "record", NODE_API, "--review-by", "soon")[0] == 2
    assert run(capsys, "record", NODE_API, "--review-by", "2026-11-25")[0] == 2
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert run(capsys, "record", NODE_API)[0] == 2
    at(monkeypatch, MADE)
    status, _, err = run(capsys, "record", NODE_API, "-o", tmp_path)
    assert status == 5
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_survives_a_disk_that_fails(tmp_path, capsys, monkeypatch):
    at(monkeypatch, MADE)
    path = tmp_path / "decision.md"
    path.write_text("as it was")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lambdaplan.report.atomic_files.os.fsync", full)
    status, _, err = run(capsys, "record", NODE_API, "-o", path)
    assert status == 5
    assert "no space left" in err
    assert path.read_text() == "as it was"
    assert [p.name for p in tmp_path.iterdir()] == ["decision.md"]


HOSTILE = [
    "a|b",
    "`x`",
    "<script>alert(1)</script>",
    "**bold** _it_ [a](javascript:b) ![i](http://x)",
    "a\\|b",
    "# h",
    "~~~",
    "&lt;",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_words_of_a_reader_are_no_markup(name, text):
    said = escaped(name)
    assert "<" not in said
    assert not re.search(r"(?<!\\)(\\\\)*[|`*_\[\]]", said)
    scenario = Scenario.load(NODE_API).with_values(
        {"name": name, "options.2.label": f"{name} 2", "options.2.min_units": 3}
    )
    found = written(scenario, MADE)
    prose = found[: found.index("```json")]
    assert "<script" not in found
    rows = [line for line in prose.splitlines() if line.startswith("|")]
    for heading in ("| option |", "| what |", "| field |", "| price |"):
        assert any(row.startswith(heading) for row in rows)
    for row in rows:
        cells = len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) - 1
        assert cells in (4, 5), row
    assert not check(found, "record", MADE).crossed
    assert block(found)["scenario"]["name"] == name


def test_new_lines_do_not_pass():
    assert escaped("a\n# b\r\n| c\x00\u2028d") == "a \\# b \\| c d"
    with pytest.raises(InputError):
        Scenario.load(NODE_API).with_values({"name": "a\n```json"})


def test_same_bytes_again(text):
    assert written(Scenario.load(NODE_API), MADE) == text


def test_a_record_of_no_winner_says_why_and_looks_for_one():
    scenario = Scenario.load(NODE_API).with_values({"workload.working_set_mb": 5000})
    text = written(scenario, MADE)
    assert "None yet. Lambda 1024 MB $45.33 (breaks a limit), " in text
    assert "no option can be named cheapest, because every option breaks a limit." in text
    assert not check(text, "record", MADE).crossed
    found = check(text, "record", MADE, ["workload.working_set_mb=1746"])
    assert found.comparison.winner == "EC2 t4g.small"
    assert {s.wire for s in found.crossed} == {"workload.working_set_mb at_or_below", "winner"}


def test_the_record_of_a_document_named_as_a_path(tmp_path, capsys, monkeypatch):
    at(monkeypatch, MADE)
    status, out, _ = run(capsys, "record", NODE_API)
    assert status == 0
    assert out == written(Scenario.load(NODE_API), MADE)
    assert str(Path.home()) not in out


@pytest.mark.parametrize(
    ("percent", "months", "by"),
    [
        ("-2", 3, "2027-02-25"),  # 10 million x 0.98 x 0.98 = 9,604,000; x 0.98 = 9,411,920 is below 9,502,410
        ("-0.2", 26, "2027-05-24"),  # 10 million x 0.998 ** 25 = 9,511,8xx; the date of half a year comes first
        ("5", None, "2027-05-24"),
    ],
)
def test_growth_gives_the_date_at_which_traffic_reaches_a_wire(percent, months, by):
    text = written(Scenario.load(NODE_API), MADE, growth_percent=Fraction(percent))
    assert f"- Look again by: {by}\n" in text
    said = "reaches no wire in 10 years" if months is None else f"reaches a wire after {months} months"
    assert f"traffic that grows by {percent} % a month {said}" in text
    assert block(text)["review_by"] == by


def test_growth_that_is_no_percentage(capsys):
    for bad in ("fast", "1e9", "-100", "nan"):
        status, out, err = run(capsys, "record", NODE_API, f"--growth={bad}")
        assert (status, out) == (2, "")
        assert "--growth" in err


def options_at(*prices):
    """A scenario of two Lambda options whose bills are a price of requests each."""
    work = {"requests_per_month": 10**7, "duration_ms": 100, "busy_share": 0.3, "working_set_mb": 100}
    options = [
        {"kind": "lambda", "memory_mb": 1024, "label": name, "ephemeral_mb": 512 + int(more)}
        for name, more in zip("AB", prices, strict=True)
    ]
    return Scenario.from_dict({"version": 1, "name": "two", "workload": work, "options": options})


def test_what_is_too_close_to_call_is_left_open_unless_it_is_decided():
    """A and B differ by their storage alone, which costs less than 5 % of the bill."""
    close = options_at(0, 9728)
    comparison = compare(close)
    assert comparison.close and comparison.winner == "A"
    made = record(close, MADE)
    assert (made.record.winner, made.record.decided) == ("A", None)
    text = record_text(made)
    assert text.startswith("# two: undecided\n") and "Left open: **A** or **B**." in text and "Run it on" not in text
    checked = check(text, "record", MADE)
    assert (checked.record.decided, checked.record.winner, len(checked.crossed)) == (None, "A", 0)
    for label in ("A", "B"):
        chosen = record(close, MADE, decided=label)
        text = record_text(chosen)
        assert (
            text.startswith(f"# two: {label}\n") and f"Run it on **{label}**, here " in text and "Left open" not in text
        )
        checked = check(text, "record", MADE)
        assert (checked.record.decided, checked.record.winner, len(checked.crossed)) == (label, "A", 0)
        assert checked.states[-2].words.startswith(f"decided on {label}")


def test_a_record_from_before_decides_on_its_winner():
    text = with_block(written(options_at(0, 10_240 - 512), MADE), lambda document: document.pop("decided"))
    assert check(text, "record", MADE).record.decided == "A"


def test_what_can_not_be_decided_on_is_told(tmp_path, capsys):
    path = tmp_path / "two.json"
    path.write_text(json.dumps(options_at(0, 9728).document()), encoding="utf-8")
    status, _, errors = run(capsys, "record", path, "--decide", "C")
    assert status == 2 and '--decide = "C" is not one of A, B' in errors
    changes = ("--set", "options.1.memory_mb=128", "--set", "workload.working_set_mb=200")
    status, _, errors = run(capsys, "record", path, "--decide", "B", *changes)
    assert status == 2 and "breaks no limit" in errors
    assert run(capsys, "record", path, "--decide", "B")[0] == 0
