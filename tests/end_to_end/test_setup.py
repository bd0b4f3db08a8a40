"""The set-up: one truth about dependencies, a wheel that carries its data, and quick imports."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
import pytest_socket
import rattler
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from places import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements" / "lock.txt").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
HEAVY = {"altair", "jsonschema", "pandas", "ipywidgets", "papermill", "httpx", "urllib3", "ijson", "duckdb", "hcl2"}
NODE_API = ROOT / "data" / "scenarios" / "node_api.json"


def bounds(specifiers):
    return frozenset(map(str, SpecifierSet(specifiers)))


def required(lines):
    """Names as the package index writes them, with their bounds."""
    requirements = map(Requirement, lines)
    return {r.name.lower(): bounds(str(r.specifier)) for r in requirements}


# ------------------------------------------------------------ what is installed


def test_conda_users_get_the_names_and_bounds_of_pyproject():
    *listed, by_pip = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    own, *tools = by_pip["pip"]
    assert own == "-e ."
    named = required(tools)
    for line in listed:
        spec = rattler.MatchSpec(line, strict=True)
        assert spec.name.normalized not in named
        named[spec.name.normalized] = bounds(line.partition(" ")[2])
    wanted = required([*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["test"]])
    assert named == {**wanted, "python": bounds(PROJECT["project"]["requires-python"]), "pip": frozenset()}


def test_the_lock_holds_every_dependency_within_its_bounds():
    locked = {}
    for name, version in re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", LOCK, re.MULTILINE):
        locked.setdefault(name, []).append(version)
    groups = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["test"]]
    for name, specifiers in required(groups).items():
        versions = locked[name]
        assert all(SpecifierSet(",".join(specifiers)).contains(v) for v in versions), (name, versions)


def test_the_lock_names_a_hash_for_everything_and_an_address_for_nothing():
    entries = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)
    assert len(entries) > 100
    assert [e.splitlines()[0] for e in entries if e.strip() and "--hash=sha256:" not in e] == []
    assert "://" not in LOCK
    assert "index-url" not in LOCK
    assert "find-links" not in LOCK


def test_the_build_back_end_is_the_locked_one():
    assert set(PROJECT["build-system"]["requires"]) <= set(PROJECT["dependency-groups"]["test"])


# ------------------------------------------------------------ make


def targets():
    return re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)


def test_make_help_has_one_line_for_each_target():
    done = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    shown = [re.fullmatch(r"make ([a-z]+) +(\S.*)", line) for line in done.stdout.splitlines()]
    assert all(shown), done.stdout
    assert [match[1] for match in shown] == targets()
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony[1].split()) == set(targets())


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("README.md", {"report", "lab", "test"}),
        ("CONTRIBUTING.md", {"setup", "report", "lab", "test", "check", "help", "lock"}),
    ],
)
def test_the_pages_name_the_commands_that_exist(name, wanted):
    page = (ROOT / name).read_text()
    named = set(re.findall(r"(?:`|^ *(?:\$ )?)make ([a-z]+)", page, re.MULTILINE))
    assert wanted <= named
    assert named <= set(targets())


# ------------------------------------------------------------ what an import costs


def loaded_by(code, *args):
    """Which of the heavy libraries a fresh Python has loaded after this code; and what it printed."""
    script = f"import sys\n{code}\nprint('loaded', *sorted(set(sys.modules) & {HEAVY!r}))"
    done = subprocess.run([sys.executable, "-c", script, *map(str, args)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *printed, last = done.stdout.splitlines()
    return last.split()[1:], "\n".join(printed)


COMMAND = """
from lambdaplan.cli.main import main
try:
    code = main()  # sys.argv is "-c" and what follows it
except SystemExit as end:
    code = end.code
assert not code, code
"""


def loaded_by_command(*args):
    return loaded_by(COMMAND, *args)


def test_import_lambdaplan_loads_nothing_heavy():
    assert loaded_by("import lambdaplan") == ([], "")


def test_help_loads_nothing_heavy():
    loaded, printed = loaded_by_command("--help")
    assert loaded == []
    assert "compare" in printed


def test_compare_loads_nothing_heavy():
    loaded, printed = loaded_by_command("compare", NODE_API)
    assert loaded == []
    assert "Lambda" in printed


def test_bill_loads_nothing_heavy(tmp_path):
    row = {"service": "lambda", "architecture": "x86_64", "requests": 10_000_000, "duration_ms": 200, "memory_mb": 1024}
    usage = tmp_path / "usage.json"
    usage.write_text(json.dumps({"version": 1, "region": "us-east-1", "usage": [row]}))
    loaded, printed = loaded_by_command("bill", usage)
    assert loaded == []
    assert "35.33" in printed


# ------------------------------------------------------------ the network


def test_no_test_reaches_another_host():
    # This machine too has addresses that are not on the list: the refusal is seen without sending anything out.
    refused = pytest.raises(pytest_socket.SocketConnectBlockedError)
    with pytest.warns(UserWarning, match=r"host .127\.0\.0\.2"), refused:
        socket.create_connection(("127.0.0.2", 9), timeout=1)


# ------------------------------------------------------------ the wheel


def run(*command, **more):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def in_checkout(folder):
    """Files of a folder, as a wheel is to carry them."""
    files = (file.relative_to(ROOT) for file in (ROOT / folder).rglob("*") if file.is_file())
    return {file.as_posix() for file in files if not {"__pycache__", ".ipynb_checkpoints"} & set(file.parts)}


def test_a_wheel_works_outside_the_checkout(tmp_path):
    """Built and installed without the network: the libraries are those of the Python that runs the tests."""
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("*.whl")

    carried = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    moved = {f"lambdaplan/_{name}" for folder in ("data", "notebooks") for name in in_checkout(folder)}
    assert carried == in_checkout("lambdaplan") | moved

    fresh = tmp_path / "fresh"
    run(sys.executable, "-m", "venv", "--without-pip", fresh)
    places = {"base": str(fresh), "platbase": str(fresh)}
    scripts, packages = (Path(sysconfig.get_path(name, "venv", places)) for name in ("scripts", "purelib"))
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    offline = ("--no-deps", "--no-index", "--no-cache-dir", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "--python", scripts / "python", "install", *offline, wheel)

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    outside = {"cwd": elsewhere, "env": inherited}
    home = run(scripts / "python", "-c", "import lambdaplan; print(lambdaplan.__file__)", **outside)
    assert Path(home.strip()).parent == packages / "lambdaplan"
    assert run(scripts / "lambdaplan", "--version", **outside).split() == ["lambdaplan", PROJECT["project"]["version"]]
    books = [folder.name for folder in (ROOT / "data" / "prices").iterdir() if folder.is_dir()]
    listed = run(scripts / "lambdaplan", "prices", "list", **outside)
    assert books
    assert all(book in listed for book in books)
    scenario = packages / "lambdaplan" / "_data" / "scenarios" / NODE_API.name
    assert json.loads(run(scripts / "lambdaplan", "compare", scenario, "--json", **outside))["options"]
    assert list(elsewhere.iterdir()) == []
