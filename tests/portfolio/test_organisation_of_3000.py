"""The told organisation of 3,000 functions has the published shape, and its page tells what comes of it."""

from __future__ import annotations

import importlib.util
import json
import statistics

import pytest

from campaigns import PROVE
from lambdaplan.cli.main import main
from lambdaplan.resources import data_dir

DOCS = data_dir().parent / "docs"


@pytest.fixture(scope="module")
def made():
    spec = importlib.util.spec_from_file_location("organisation_of_3000", DOCS / "organisation_of_3000.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rates_durations_and_memory_have_the_published_shape(made):
    # Shahrad et al., USENIX ATC 2020: figures 5, 7 and 8.
    rows = made.functions()
    rates = [row["requests_per_month"] for row in rows]
    assert sum(rate <= 730 for rate in rates) / 3000 == pytest.approx(0.45, abs=0.001)
    assert sum(rate <= 43_800 for rate in rates) / 3000 == pytest.approx(0.814, abs=0.001)
    assert sum(rate for rate in rates if rate > 43_800) / sum(rates) == pytest.approx(0.996, abs=0.0005)
    # Half of the functions take less than a second on average, 96 % less than 60 s.
    assert statistics.median(row["duration_ms"] for row in rows) < 1000
    assert sum(row["duration_ms"] <= 60_000 for row in rows) / 3000 == pytest.approx(0.96, abs=0.02)
    # The median of the fitted Burr distribution: 107.083 x (2^(1/0.221) - 1)^(1/11.652) = 139.5 MB.
    assert statistics.median(row["workload.working_set_mb"] for row in rows) == pytest.approx(139.5, rel=0.03)
    assert made.functions() == rows


@pytest.mark.skipif(not PROVE, reason="make prove bills all 3,000 functions")
def test_the_page_tells_what_comes_of_it(made, tmp_path, capsys):
    made.write(tmp_path)
    table, base = str(tmp_path / "functions.csv"), str(tmp_path / "base.yaml")
    assert main(["portfolio", table, "--base", base, "--by", "team", "--hours", "800", "-o", str(tmp_path)]) == 0
    capsys.readouterr()
    found = json.loads((tmp_path / "portfolio" / "portfolio.json").read_text("utf-8"))
    page = (DOCS / "organisation_of_3000.md").read_text("utf-8")
    reached = found["concentration"]["reached"]
    assert all(f"| {int(float(share) * 100)} % | {count} |" in page for share, count in reached.items())
    for usd in (found["baseline_usd"], found["chosen_usd"], found["move_first"]["saving_usd"]):
        assert f"${float(usd):,.2f}" in page
    assert f"with {found['moved']} of them moved" in page
    assert f"{found['move_first']['services']} functions move" in page
