"""How commands end: Ctrl-C at any moment, streams that are closed or full, and many problems of one slip."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from lambdaplan import InputError, Scenario
from lambdaplan.analysis.difference import diff
from lambdaplan.cli.main import main
from lambdaplan.pricing.rates import PRICE_TEXT
from lambdaplan.resources import data_dir
from lambdaplan.schema.parsing import parse_document, read_document
from lambdaplan.schema.reading import Unreadable, exact_text

ROOT = Path(__file__).resolve().parents[2]
FIELD = ROOT / "tests" / "golden" / "field"
NODE_API = data_dir() / "scenarios" / "node_api.json"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="signals and /dev/full as Linux has them")


pytestmark = pytest.mark.usefixtures("ctrl_c_is_heard")

# The command under its name, with a signal of its own before the import of a module, or when Python calls back at its end.
INTERRUPTED = """
import atexit, os, signal, sys
sys.argv = ["lambdaplan", *sys.argv[2:]]
moment = {moment!r}
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == moment:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
if moment == "the end":
    import lambdaplan
    atexit.register(os.kill, os.getpid(), signal.SIGINT)
from lambdaplan.cli.main import main
sys.exit(main())
"""


def interrupted_at(moment: str, *words: str) -> subprocess.CompletedProcess[str]:
    code = INTERRUPTED.format(moment=moment)
    return subprocess.run(
        [sys.executable, "-c", code, "", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


@LINUX
@pytest.mark.parametrize("moment", [
    "lambdaplan.coldstart",  # the first module that the package itself asks for
    "numpy", "lambdaplan.comparison.wording", "lambdaplan.cli.lab", "lambdaplan.cli.main",
    "yaml",  # reading: within the command
    "the end",
])  # fmt: skip
def test_ctrl_c_is_one_line_and_130(moment: str, tmp_path: Path) -> None:
    scenario = tmp_path / "service.yaml"
    scenario.write_text(NODE_API.read_text(encoding="utf-8"), encoding="utf-8")
    done = interrupted_at(moment, "compare", str(scenario))
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


@LINUX
def test_a_program_that_imports_the_package_keeps_its_own_ctrl_c() -> None:
    code = (
        "import os, signal, lambdaplan\n"
        "try: os.kill(os.getpid(), signal.SIGINT); print('went on')\n"
        "except KeyboardInterrupt: print('its own')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "its own\n"


def test_an_interrupt_that_a_library_turns_into_another_error_is_an_interrupt(monkeypatch, capsys) -> None:
    def draws(*_: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise SystemError("initialization of a part failed") from None

    monkeypatch.setattr("lambdaplan.cli.compare.compare", draws)
    before = signal.getsignal(signal.SIGINT)
    assert main(["compare", str(NODE_API)]) == 130
    assert capsys.readouterr().err == "interrupted\n"
    assert signal.getsignal(signal.SIGINT) is before


def shell(words: str, **how: object) -> subprocess.CompletedProcess[str]:
    line = words.replace("lambdaplan", f"'{sys.executable}' -m lambdaplan")
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"], cwd=ROOT, capture_output=True, text=True, check=False
    )


CLOSED = "error: standard output can't be used: it is closed; the answer needs a place to be written to.\n"
FULL = CLOSED.replace("it is closed", "no space left on device")


@LINUX
@pytest.mark.parametrize(("words", "code", "error"), [
    ("lambdaplan bill - <&-", 2, "error: standard input can't be read: it is closed; give a file, or text on standard input.\n"),
    ("lambdaplan schema usage >&-", 5, CLOSED),
    ("lambdaplan schema usage >/dev/full", 5, FULL),
    ("lambdaplan --help >/dev/full", 5, FULL),
    ("lambdaplan bill none.json --json >/dev/full", 2, None),  # the input comes first
    ("lambdaplan schema usage 2>&- >/dev/null", 0, ""),
    ("lambdaplan bill none.json 2>/dev/full", 2, ""),
    ("lambdaplan bill none.json 2>&-", 2, ""),
    ("lambdaplan schema usage <&- >&- 2>&-", 5, ""),
    ("lambdaplan schema scenario | head -1", 0, ""),
    ("lambdaplan bill none.json --json | true", 2, None),
])  # fmt: skip
def test_streams_that_are_closed_or_full(words: str, code: int, error: str | None) -> None:
    done = shell(words)
    assert done.returncode == code
    assert "itself failed" not in done.stderr and "Traceback" not in done.stderr and "ignored" not in done.stderr
    if error is not None:
        assert done.stderr == error


@LINUX
def test_a_file_never_takes_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    path = tmp_path / "record.md"
    assert shell(f"lambdaplan record '{NODE_API}' -o '{path}' >&- 2>&-").returncode == 5  # its path can't be told
    assert path.read_text(encoding="utf-8").startswith("#")
    assert "error" not in path.read_text(encoding="utf-8").splitlines()[0]


def test_the_first_ten_problems_and_a_count(capsys) -> None:
    """168 texts for weights: one slip, 168 problems."""
    path = FIELD / "hourly_168_strings.json"
    assert main(["compare", str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" = ")[0] for line in lines[:-1]] == [f"error: workload.traffic.hourly.{n}" for n in range(10)]
    assert lines[-1] == "error: and 158 more problems."
    assert main(["compare", str(path), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert len(document["errors"]) == 10 and document["more_errors"] == 158
    assert all(set(error) == {"code", "field", "value", "allowed", "fix"} for error in document["errors"])
    with pytest.raises(InputError) as raised:
        Scenario.load(path)
    assert len(raised.value.problems) == 168 and str(raised.value).count("\n") == 10


def test_a_table_of_100_000_unknown_columns_is_read_soon(tmp_path: Path, capsys) -> None:
    table = tmp_path / "table.csv"
    table.write_text(",".join(f"c{n}" for n in range(100_000)) + "\n")
    assert main(["batch", str(table), "--base", str(NODE_API), "--no-reports", "-o", str(tmp_path / "out")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11 and lines[-1] == "error: and 99,990 more problems."


def test_rows_of_a_batch_that_fail_alike(tmp_path: Path, capsys) -> None:
    table = tmp_path / "table.csv"
    table.write_text("\n".join(["name,duration_ms", "good,5", *(f"bad{n},x" for n in range(20))]))
    arguments = ["batch", str(table), "--base", str(NODE_API), "--no-reports", "-o", str(tmp_path / "out")]
    assert main(arguments) == 3
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11 and lines[-1] == "error: and 10 more problems; --json has them all."
    assert main([*arguments, "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert [failure["line"] for failure in document["failed"]] == list(range(3, 23))


@pytest.mark.parametrize(
    "text", ["1e99999999", "-1e99999999", "1e-99999999", "9" * 90, "1e41", "NaN", "Infinity", "x", "", "1/3"]
)
def test_text_of_no_sensible_size_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        exact_text(text)


def test_quantities_and_wires_of_no_sensible_size_are_one_line(tmp_path: Path, capsys) -> None:
    base, huge = FIELD / "diff_base.json", FIELD / "diff_quantity_1e99999999.json"
    for pair in ((base, huge), (huge, base)):
        assert main(["diff", *map(str, pair)]) == 2
        error = capsys.readouterr().err
        assert "1e99999999 is not a number of a sensible size" in error and error.count("\n") == 1
    document = read_document(base)
    document["options"][0]["lines"][0]["price_usd"] = "1e99999999"
    with pytest.raises(InputError, match="sensible size"):
        diff(document, document)
    assert main(["record", str(NODE_API)]) == 0
    text = capsys.readouterr().out
    assert '"at_or_' in text
    for way in ("at_or_below", "at_or_above"):
        for value in ("1e99999999", '"1e99999999"'):
            changed = text
            for line in text.splitlines():
                if f'"{way}": ' in line and '"path": "workload.requests_per_month"' in text:
                    changed = changed.replace(
                        line, f"{line.split(': ')[0]}: {value}" + ("," if line.endswith(",") else "")
                    )
            path = tmp_path / "record.md"
            path.write_text(changed)
            if changed != text:
                assert main(["check", str(path)]) == 2
                assert "a wire on a number" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["1e99999999", "-1e99999999", "1e-99999999", "9" * 90])
def test_numbers_of_documents_of_no_sensible_size(text: str) -> None:
    assert isinstance(parse_document(text, "x"), Unreadable)
    assert isinstance(parse_document(f"a: {text}", "x.yaml", yaml=True)["a"], Unreadable)


@pytest.mark.parametrize("change", [
    "options." + "9" * 5000 + ".memory_mb=1", "workload.requests_per_month=1" + ",000" * 2000, "workload.duration_ms=1e99999999",
    "workload.duration_ms=" + "9" * 5000, "sweep.points=1e99999999", "workload.requests_per_month=1e99999999",
])  # fmt: skip
def test_changes_with_thousands_of_digits_are_one_line(change: str, capsys) -> None:
    assert main(["compare", str(NODE_API), "--set", change]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and len(error) < 600


@pytest.mark.parametrize("words", [
    ("compare", ""), ("report", ""), ("report", "-o", ""), ("export", str(NODE_API), "-o", " "), ("ladder", str(NODE_API), ""),
    ("claims", "--book", ""), ("prices", "list", "lambda", "--region", ""), ("record", str(NODE_API), "-o", ""),
    ("diff", "a", "b", "-o", ""), ("batch", "", "--base", "x"), ("terraform", str(NODE_API), "-o", ""), ("lab", "--port", ""),
])  # fmt: skip
def test_an_empty_argument_never_stands_for_a_default(words, capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(list(words)) == 2
    error = capsys.readouterr().err
    assert "a variable of the shell may be empty" in error and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_what_its_name_says_or_is_refused(tmp_path: Path, capsys) -> None:
    def written(name: str, *words: str) -> bytes | None:
        path = tmp_path / name
        code = main([*words, "-o", str(path)])
        assert (code == 0) == path.exists()
        if code:
            assert code == 2 and "the files it writes" in capsys.readouterr().err
        return path.read_bytes() if path.exists() else None

    both = ("diff", str(NODE_API), str(NODE_API))
    assert written("a.png", *both).startswith(b"\x89PNG")
    assert written("a.SVG", *both).startswith(b"<svg")
    for name in ("a.pdf", "a.jpg", "a", "a.svg.html", "a.json"):
        assert written(name, *both) is None
    for name in ("a.md", "adr-7"):
        assert written(name, "record", str(NODE_API)).startswith(b"#")
    for name in ("b.pdf", "b.svg", "b.json"):
        assert written(name, "record", str(NODE_API)) is None


PRICES = [
    "999999999999.99999999999999999999", "1000000000", "1000000000.0", "1000000000.1", "1000000001", "001000000000", "0001000000000",
    "0.0000166667", "0.00000000000000000001", "0.000000000000000000001", "123456789.123456", "123456789.1234567", "1.", ".1", "1e3", "-1", "",
    " 1", "1 ", "\uff11", "0.123456789012345", "0.1234567890123456", "1.00000000000000000000", "999999999", "0", "000000000000", "0000000000000",
    "1\n", "0.0000012345678901234500", 0, 1, 10**9, 10**9 + 1, 0.5, -1, "x",
]  # fmt: skip


@pytest.mark.parametrize("price", PRICES, ids=repr)
def test_the_schema_of_a_price_allows_what_the_reader_takes(price) -> None:
    document = json.loads((FIELD / "price_schema_allows.json").read_text(encoding="utf-8"))
    document["prices"][0]["price_usd"] = price
    allowed = jsonschema.Draft202012Validator(Scenario.json_schema()).is_valid(document)
    try:
        Scenario.from_dict(document)
        taken = True
    except InputError:
        taken = False
    assert allowed == taken, PRICE_TEXT
