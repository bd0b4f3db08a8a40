"""How long a cold start takes: figures typed from the tables' sources, and what was not measured."""

from __future__ import annotations

import csv
import datetime as dt
import statistics

import pytest

from lambdaplan import Scenario, compare
from lambdaplan.coldstart.initialisation import first_run_ms, init_ms, runtimes, support_warning
from lambdaplan.errors import InputError
from lambdaplan.resources import data_dir

NODE_API = data_dir() / "scenarios" / "node_api.json"


def table(name):
    with (data_dir() / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("runtime", "package", "architecture", "low", "high"),
    [  # medians of 28 days at 128, 256, 512 and 1024 MB, maxday/lambda-perf data of 2026-08-22: the least and the most
        ("nodejs22.x", "zip", "x86_64", 140.32, 142.59),
        ("nodejs22.x", "zip", "arm64", 128.03, 130.31),
        ("nodejs22.x", "image", "x86_64", 290.80, 305.21),
        ("nodejs22.x", "image", "arm64", 237.95, 240.30),
    ],
)
def test_init_is_the_measured_median(runtime, package, architecture, low, high):
    found = init_ms(runtime=runtime, package=package, architecture=architecture)
    assert low <= found.init_ms <= high
    assert found.low_ms < found.init_ms < found.high_ms < found.worst_ms
    assert found.samples > 900
    assert found.sources == ("maxday/lambda-perf data/last.json, 6070b794, 2026-08-22",)


def test_init_does_not_depend_on_memory():
    ratios = [float(row["memory_ratio"]) for row in table("cold_starts.csv") if row["memory_ratio"]]
    assert len(ratios) == 155
    assert statistics.median(ratios) == pytest.approx(1.00, abs=0.005)
    assert (min(ratios), max(ratios)) == (0.86, 1.10)


def test_an_image_takes_1_6_times_a_zip_where_aws_brings_the_runtime():
    managed = [name for name in runtimes() if "/" not in name]
    pairs = [(name, architecture) for name in managed for architecture in ("x86_64", "arm64")]
    ratios = [
        init_ms(runtime=n, architecture=a, package="image").init_ms / init_ms(runtime=n, architecture=a).init_ms
        for n, a in pairs
    ]
    assert statistics.median(ratios) == pytest.approx(1.58, abs=0.03)


def test_code_costs_30_to_40_ms_a_mb():
    small, large = (init_ms(runtime="nodejs22.x", code_mb=mb).init_ms for mb in (4, 32))
    assert 30 <= (large - small) / (32 - 4) <= 40
    # the gist's means on Node.js 18: 171 ms at 1 KB, 3110 ms at 64 MB; on 16: 159, 3110; on 20: 242, 3184
    added = init_ms(runtime="nodejs22.x", code_mb=64).init_ms - init_ms(runtime="nodejs22.x").init_ms
    assert added == pytest.approx(2942)


def test_the_sdk_and_the_first_run():
    found = init_ms(runtime="nodejs22.x", sdk=True)
    assert 341 <= found.init_ms <= 355
    assert found.low_ms is None
    assert [first_run_ms(runtime="nodejs22.x", memory_mb=mb) for mb in (128, 1769)] == [1047.61, 110.82]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"runtime": "nodejs"}, "nodejs24.x, nodejs22.x, nodejs20.x"),
        ({"runtime": "rust"}, "rust/al2023, rust/al2"),
        ({"runtime": "pyhton3.13"}, "python3.13"),
        ({"runtime": "cobol"}, "Such as dotnet10, java25, nodejs24.x, python3.14, ruby3.4;"),
        ({"runtime": 20}, "runtime = 20"),
        ({"runtime": "nodejs22.x", "architecture": "x86"}, "architecture = x86"),
        ({"runtime": "nodejs22.x", "package": "tar"}, "zip, image"),
        ({"runtime": "nodejs22.x", "code_mb": 65}, "code_mb = 65 is outside"),
        ({"runtime": "nodejs22.x", "code_mb": 0}, "code_mb = 0 is outside"),
        ({"runtime": "nodejs22.x", "code_mb": float("nan")}, "code_mb = nan"),
        ({"runtime": "python3.13", "code_mb": 5}, "Node.js alone"),
        ({"runtime": "nodejs22.x", "package": "image", "code_mb": 5}, "Node.js alone"),
        ({"runtime": "java21", "sdk": True}, "Give your own init_ms"),
        ({"runtime": "bun_layer/al2", "package": "image"}, "Give your own init_ms"),
    ],
)
def test_what_was_not_measured_is_an_error(arguments, words):
    with pytest.raises(InputError) as error:
        init_ms(**arguments)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_first_run_between_sizes_is_an_error():
    with pytest.raises(InputError, match="memory_mb = 1000 is not one of 128, 256, 512, 1024, 1769, 2048"):
        first_run_ms(runtime="nodejs22.x", memory_mb=1000)


def test_support_ends():
    # Pages of the AWS Lambda Developer Guide, read 2026-11-25.
    today = dt.date(2026, 11, 25)
    assert support_warning("nodejs20.x", on=today) == "AWS ended support for nodejs20.x on 2026-04-30."
    assert support_warning("nodejs22.x", on=today) == "AWS ends support for nodejs22.x on 2027-04-30."
    assert support_warning("nodejs22.x", on=today, ahead_days=30) is None
    assert support_warning("java21", on=today) is None
    assert support_warning("rust/al2", on=today) == (
        "AWS ended support for provided.al2, which rust/al2 runs on, on 2026-07-31."
    )
    assert support_warning("unheard of", on=today) is None
    for row in table("runtimes.csv"):
        assert row["source"]
        assert row["read"] == ("2026-11-25" if row["end_of_support"] else "2026-11-29")


@pytest.mark.parametrize(
    "runtime", ["ruby4.0", "nodejs26.x", "python3.15", "java8.al2023", "java11.al2023", "java17.al2023"]
)
def test_runtimes_of_2026_are_taken_and_their_unknown_end_is_said(runtime):
    """Released 2026-04-22, 07-30, 07-30 and 07-13 (change log of boto3); no page with an end of support was found."""
    today = dt.date(2026, 12, 1)
    assert support_warning(runtime, on=today) == f"When AWS ends support for {runtime} is not known here."
    with pytest.raises(InputError, match=r"AWS has it, no measurement of it was found\. Give your own init_ms"):
        init_ms(runtime=runtime)
    given = {"runtime": runtime, "init_ms": 120}
    scenario = Scenario.load(NODE_API).with_values({f"workload.{name}": value for name, value in given.items()})
    found = compare(scenario)
    assert f"When AWS ends support for {runtime} is not known here." in found.warnings
    assert found.options[0].bill.exact_usd is not None
