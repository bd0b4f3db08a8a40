"""`risk: measured`: known errors as ranges, each with the percentiles of its own table."""

import csv
import json
import math
from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest

from lambdaplan import InputError, Scenario, compare, risk
from lambdaplan.cli.main import main
from lambdaplan.doubt.known_errors import with_known_errors
from places import ROOT

WORK = {"requests_per_month": 10_000_000, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 180}
OPTIONS = [
    {"kind": "lambda", "memory_mb": 512},
    {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1},
    {"kind": "ec2", "instance_type": "t3.small", "cpu_speed": 1.2},
]


def asked(options=OPTIONS, risk="measured", **work):
    workload = {**WORK, "measured_memory_mb": 1024, **work}
    document = {"version": 1, "name": "Known errors", "workload": workload, "options": options}
    return Scenario.from_dict({**document, "risk": risk} if risk else document)


def rows(name):
    with (ROOT / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ranges(scenario):
    return {one.path: one for one in with_known_errors(scenario).ranges}


def test_a_duration_at_another_size_has_the_percentiles_of_the_measured_functions():
    one = ranges(asked())["workload.lambda_ratio"]
    # 100 functions measured near 1,024 and 512 MB, each against the rule fitted to its other sizes (tests of memory)
    assert [float(end) for end in (one.range.low, one.range.likely, one.range.high)] == [0.724, 0.9885, 1.162]
    assert "100 functions" in one.source and one.given_in == "workload.durations"


def test_a_cpu_speed_that_is_not_given_has_the_spread_of_types_measured_with_two_loads():
    speeds = defaultdict(list)
    for row in rows("cpu_speed.csv") + rows("cpu_speed_sparecores.csv"):
        speeds[row["type"]].append(float(row["ratio"]))
    both = [r for a, b in (v for v in speeds.values() if len(v) == 2) for r in (a / b, b / a)]
    low, high = np.percentile(both, [10, 90])
    found = ranges(asked())
    one = found["options.1.cpu_speed"].range
    assert (float(one.low), float(one.likely), float(one.high)) == pytest.approx((low, 1, high), rel=1e-3)
    assert "options.2.cpu_speed" not in found, "a speed of one's own has no error that is known"


def test_an_initialisation_has_the_percentiles_of_its_table():
    found = ranges(asked(runtime="nodejs22.x"))["workload.init_ms"].range
    wanted = ("nodejs22.x", "x86_64", "zip")
    row = next(r for r in rows("cold_starts.csv") if (r["runtime"], r["architecture"], r["package"]) == wanted)
    assert float(found.likely) == pytest.approx(float(row["init_ms_median"]), rel=1e-3)
    for chance, name in ((0.05, "p05"), (0.95, "p95")):
        assert found.quantile(np.array([chance]))[0] == pytest.approx(float(row[f"init_ms_{name}"]), rel=2e-3)
    assert "workload.init_ms" not in ranges(asked(init_ms=300))
    assert "workload.init_ms" not in ranges(asked(runtime="nodejs22.x", aws_sdk=True)), "its table has no spread"


def test_a_measured_size_has_no_error_and_a_range_of_ones_own_stays():
    assert "workload.lambda_ratio" not in ranges(asked([{"kind": "lambda", "memory_mb": 1024}, OPTIONS[1]]))
    measured = [{"memory_mb": 512, "duration_ms": 260}]
    assert "workload.lambda_ratio" not in ranges(asked(durations=measured))
    own = {"low": 0.5, "likely": 0.8, "high": 1}
    options = [OPTIONS[0], {**OPTIONS[1], "cpu_speed": own}]
    assert ranges(asked(options))["options.1.cpu_speed"].range.likely == Fraction("0.8")


@pytest.mark.parametrize(
    "durations", [[], [{"memory_mb": 256, "duration_ms": 400}, {"memory_mb": 2048, "duration_ms": 150}]]
)
def test_a_drawn_ratio_multiplies_durations_at_sizes_that_were_not_measured_and_no_others(durations):
    work = asked(durations=durations).workload
    drawn = asked(durations=durations).at("workload.lambda_ratio", Fraction(3, 2)).workload
    for size in (128, 256, 512, 1024, 2048, 4096):
        known = size in [row["memory_mb"] for row in durations] if durations else size == 1024
        assert drawn.lambda_ms(size) == work.lambda_ms(size) * (1 if known else Fraction(3, 2))


def test_the_answer_stays_and_gets_a_band():
    plain, doubtful = asked(risk=None), asked()
    assert compare(plain).document()["options"] == compare(doubtful).document()["options"]
    found = risk(doubtful, samples=512)
    function = found.options[0]
    # requests, their front door, and GB-seconds of the worked-out time times the ratio: whole milliseconds are billed
    base = 10 * 0.2 + 10 * 1.0
    seconds = float(doubtful.workload.lambda_ms(512)) / 1000
    for estimate, ratio in ((function.p10_usd, 0.724), (function.p90_usd, 1.162)):
        wanted = base + 1e7 * 0.5 * math.ceil(seconds * ratio * 1000) / 1000 * 0.0000166667
        assert estimate.value == pytest.approx(wanted, rel=0.01)
    assert found.inputs[0].document()["path"] == "workload.durations"
    assert Scenario.from_dict(doubtful.document()) == doubtful
    assert json.loads(json.dumps(found.document()))["scenario"]["risk"] == "measured"


def test_cold_starts_open_sizes_and_hybrids_have_known_errors_too():
    hybrid = {"kind": "hybrid", "base": {"kind": "ec2", "instance_type": "t3.small"}, "level": "auto"}
    options = [{"kind": "lambda", "memory_mb": "auto"}, {**hybrid, "overflow": {"kind": "lambda", "memory_mb": 512}}]
    found = risk(asked(options, runtime="python3.12"), samples=8)
    assert {one.path for one in found.inputs} == {"workload.lambda_ratio", "workload.init_ms"}


def test_commands_take_it_and_say_where_it_is_from(tmp_path, capsys):
    path = tmp_path / "known.json"
    path.write_text(json.dumps(asked(risk=None).document()))
    assert main(["risk", str(path), "--measured", "--samples", "64"]) == 0
    words = capsys.readouterr().out
    assert "data/durations" in words and "0.724 … 0.9885 … 1.162" in words
    assert main(["risk", str(path), "--samples", "64"]) == 2
    assert "set risk=measured" in capsys.readouterr().err
    assert main(["compare", str(path), "--set", "risk=measured"]) == 0
    assert "lambdaplan risk says how sure" in capsys.readouterr().out
    assert main(["record", str(path), "--set", "risk=measured", "-o", str(tmp_path / "known.md")]) == 0
    capsys.readouterr()
    assert "of 100 cases" in (tmp_path / "known.md").read_text()


def test_a_scenario_without_a_known_error_says_so():
    with pytest.raises(InputError) as raised:
        risk(asked([{"kind": "lambda", "memory_mb": 1024}]))
    assert "or one of which an error is known" in raised.value.lines[0]
    with pytest.raises(InputError, match="not one of measured"):
        asked(risk="always")
