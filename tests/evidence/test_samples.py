"""Every sample file through the public command: kind, and each figure that must be read from it."""

import json
from pathlib import Path

import pytest

from lambdaplan.cli.main import main
from lambdaplan.evidence.kinds import all_kinds

SAMPLES = Path(__file__).parent.parent / "golden" / "evidence"
TRUTH = json.loads((SAMPLES / "truth.json").read_text())["files"]
BESIDE = {"metrics/ecs_get_metric_data.json": ["metrics/ecs_container_insights.jsonl"]}
"""Files that must be read beside another: a size of task is in no metric."""
NOT_READ_YET: set[str] = set()
"""Kinds of the samples that no reader knows; it may only shrink."""
DIFFERS: dict[str, set[str]] = {
    # by its exact counts throughput is 160, 147, 166 and 209 a second at 12, 16, 20 and 24 users: it has no one level
    "load_tests/locust_stats_history.csv": {"saturation_rps"},
    "metrics/ecs_get_metric_data.json": {"working_set_mb"},  # 840.3: the table rounds the mean of 41.03 % to 41.0 first
}
"""Figures that are read otherwise than the samples' table has them, a file each, with the reason beside it."""


def sample(name: str) -> Path:
    """A sample; the larger ones are stored gzipped."""
    path = SAMPLES / name
    return path if path.exists() else path.with_name(f"{path.name}.gz")


def imported(capsys: pytest.CaptureFixture[str], *names: str) -> dict:
    """What the command prints of samples."""
    assert main(["import", "--json", *(str(sample(name)) for name in names)]) == 0
    return json.loads(capsys.readouterr().out)


def same(read: object, true: object) -> bool:
    """Whether a figure is as the table has it, which rounds to four digits and more."""
    if isinstance(true, bool) or not isinstance(true, int | float):
        return read == true
    return isinstance(read, int | float) and read == pytest.approx(true, rel=1e-4, abs=6e-5)


@pytest.mark.parametrize("truth", TRUTH, ids=[one["file"] for one in TRUTH])
def test_a_sample_is_read_as_its_table_has_it(truth: dict, capsys: pytest.CaptureFixture[str]) -> None:
    if truth["kind"] in NOT_READ_YET:
        pytest.skip("no reader of this kind yet")
    document = imported(capsys, truth["file"], *BESIDE.get(truth["file"], []))
    file = document["files"][0]
    assert file["kind"] == truth["kind"]
    assert file["rows"] > 0
    wrong = {
        name: (file["reads"].get(name, {}).get("value"), one["value"])
        for name, one in truth["reads"].items()
        if not same(file["reads"].get(name, {}).get("value"), one["value"])
    }
    assert set(wrong) == DIFFERS.get(truth["file"], set()), wrong
    assert all(one["unit"] or not isinstance(one["value"], int | float) for one in file["reads"].values())


def test_the_kinds_that_are_not_read_are_listed() -> None:
    assert {one["kind"] for one in TRUTH} - {kind.name for kind in all_kinds()} == NOT_READ_YET


def test_nothing_personal_leaves_a_sample(capsys: pytest.CaptureFixture[str]) -> None:
    names = [one["file"] for one in TRUTH if one["kind"] not in NOT_READ_YET]
    assert main(["import", "--json", *(str(sample(name)) for name in names)]) == 0
    printed = capsys.readouterr().out
    for personal in ("123456789012", "arn:aws", "@example", "RequestId"):
        assert personal not in printed
