"""Amounts as people write them: one grammar for every field, in files, --set, tables and boxes."""

from __future__ import annotations

import json
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdaplan import InputError, Scenario, UsageDocument, bill
from lambdaplan.resources import data_dir
from lambdaplan.schema.amounts import NoAmount, read_amount

MONTH = 730  # hours
NODE_API = json.loads((data_dir() / "scenarios" / "node_api.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "unit", "value"), [
    ("10M", "requests a month", 10**7), ("1.5 million", "requests a month", 1_500_000), ("2B", "requests a month", 2 * 10**9),
    ("10 million requests a month", "requests a month", 10**7), ("10,000,000", "requests a month", 10**7),
    ("10 000 000", "requests a month", 10**7), ("1_000", "requests a month", 1000), ("1e6", "requests a month", 10**6),
    ("120/s", "requests a month", 120 * 3600 * MONTH), ("120 rps", "requests a month", 120 * 3600 * MONTH),
    ("24k/day", "requests a month", 24_000 * F(MONTH, 24)), ("168k per week", "requests a month", 168_000 * F(MONTH, 168)),
    ("2/min", "requests a month", 2 * 60 * MONTH), ("12M/year", "requests a month", 12 * 10**6 / F(12)),
    ("200", "ms", 200), ("200ms", "ms", 200), ("1.5s", "ms", 1500), ("2 min", "ms", 120_000), ("250us", "ms", F(1, 4)),
    ("500ms", "s", F(1, 2)), ("5min", "s", 300), ("1h", "min", 60), ("30d", "h", 720), ("2 weeks", "days", 14),
    ("512MB", "MB", 512), ("0.5GB", "MB", 512), ("1Gi", "MB", 1024), ("512m", "MB", 512), ("2GB", "GB", 2), ("512MB", "GB", F(1, 2)),
    ("1MB", "KB", 1024), ("30%", "share", F(3, 10)), ("0.3", "share", F(3, 10)), ("30 percent", "share", F(3, 10)),
    ("95%", "percent", 95), ("95", "percent", 95), ("p95", "percent", 95), ("P99.9", "percent", F("99.9")), ("120%", "ratio", F(6, 5)), ("5/week", "deployments", 5 * F(MONTH, 168)),
    ("120/s", "1/s", 120), ("120", "1/s", 120), ("86400/day", "1/s", 1), ("$85", "USD an hour", 85), ("85 USD/h", "USD an hour", 85),
    ("0.5 vCPU", "vCPU", F(1, 2)), ("500m", "vCPU", F(1, 2)), ("2 zones", "zones", 2), ("10k", "requests", 10_000), ("-3%", "percent", -3),
])  # fmt: skip
def test_an_amount_in_the_unit_of_its_field(text, unit, value):
    assert read_amount(text, unit) == pytest.approx(float(value), rel=1e-15)
    if F(value).denominator in (1, 2, 4, 5, 10):
        assert read_amount(text, unit) == value  # exactly


@pytest.mark.parametrize(("text", "unit", "words"), [
    ("0,3", "share", "decimal comma: write 0.3."), ("1,5s", "ms", "decimal comma: write 1.5s."), ("10,5M", "requests a month", "write 10.5M."),
    ("0,300", "share", "decimal comma: write 0.300."), ("1.500,5", "ms", "decimal comma: write 1500.5."), (",5", "share", "write 0.5."),
    ("10.000.000", "requests a month", "points between thousands: write 10000000."),
    ("512MB", "ms", "MB is a unit of size; write it as 200ms or 1.5s."), ("200ms", "MB", "ms is a unit of time; write it as 512MB"),
    ("30%", "ms", "% is a share"), ("100/s", "ms", "is no rate here"), ("2 fortnights", "ms", '"fortnights" is no unit here'),
    ("fast", "ms", "Write it as 200ms or 1.5s."), ("", "ms", "Write it as"), ("1.2.3", "ms", "Write it as"), ("5 M", "ms", "no unit here"),
    ("9" * 90, "ms", "Write it as"), ("NaN", "share", "0.3 or 30%"), ("10M/fortnight", "requests a month", "fortnight"),
])  # fmt: skip
def test_what_is_no_amount_says_what_to_write(text, unit, words):
    refused = read_amount(text, unit)
    assert isinstance(refused, NoAmount)
    assert words in refused.fix


@given(
    st.integers(0, 10**6),
    st.sampled_from([("ms", "s", 1000), ("MB", "GB", 1024), ("KB", "MB", 1024), ("share", "%", F(1, 100))]),
)
def test_a_unit_and_its_other_unit_are_one_amount(count, units):
    unit, other, factor = units
    assert read_amount(f"{count}{other}", unit) == count * factor == read_amount(f"{float(count * factor)!r}", unit)


AMOUNTS = {
    "workload.requests_per_month": ("120/s", 120 * 3600 * 720), "workload.duration_ms": ("0.2s", 200),
    "workload.measured_memory_mb": ("1GB", 1024), "workload.busy_share": ("30%", F(3, 10)), "workload.working_set_mb": ("0.25GB", 256),
    "hours_per_month": ("30 days", 720), "close_fraction": ("5%", F(1, 20)), "workload.response_kb": ("0.5MB", 512),
    "options.0.memory_mb": ("2GB", 2048), "options.1.vcpu": ("0.5 vCPU", F(1, 2)), "options.1.memory_gb": ("1024MB", 1),
    "options.1.target_utilisation": ("60%", F(3, 5)), "options.1.startup_s": ("2min", 120), "workload.traffic.burst": ("1.5", F(3, 2)),
    "sweep.from": ("1k/day", 30_000), "sweep.to": ("1B", 10**9),
}  # fmt: skip


def test_in_a_file_and_in_changes_alike():
    """A month of 720 hours has 30 days."""
    document = json.loads(json.dumps(NODE_API))
    for path, (text, _) in AMOUNTS.items():
        inner, (*steps, last) = document, path.split(".")
        for step in steps:
            inner = inner[int(step)] if isinstance(inner, list) else inner.setdefault(step, {})
        inner[last] = text
    document["workload"]["traffic"]["shape"] = "flat"
    in_file = Scenario.from_dict(document)
    changed = Scenario.from_dict(NODE_API, [f"{path}={text}" for path, (text, _) in AMOUNTS.items()])
    for path, (_, value) in AMOUNTS.items():
        attribute = path.replace("sweep.from", "sweep.start")
        assert in_file.value_at(attribute) == changed.value_at(attribute) == value, path


def test_an_axis_has_the_unit_of_its_number():
    scenario = Scenario.from_dict(NODE_API, ["sweep.over=workload.duration_ms", "sweep.from=0.1s", "sweep.to=2s"])
    assert (scenario.sweep.start, scenario.sweep.to) == (100, 2000)
    with pytest.raises(InputError, match=r'sweep.to = "2GB" is not a time'):
        Scenario.from_dict(NODE_API, ["sweep.over=workload.duration_ms", "sweep.from=100", "sweep.to=2GB"])


def test_in_a_usage_document():
    row = {"service": "lambda", "requests": "1M", "duration_ms": "0.2s", "memory_mb": "1GB"}
    plain = {"service": "lambda", "requests": 10**6, "duration_ms": 200, "memory_mb": 1024}
    bills = [bill(UsageDocument.from_dict({"version": 1, "usage": [one]})) for one in (row, plain)]
    assert bills[0].exact_usd == bills[1].exact_usd


def test_a_size_that_is_not_whole_is_told():
    with pytest.raises(InputError, match=r'memory_mb = "0.3GB" is not a whole number.* Try memory_mb=308\.'):
        Scenario.from_dict(NODE_API, ["options.0.memory_mb=0.3GB"])
