"""Ranges of numbers: their distribution, how documents hold them, and what no distribution has."""

import json
import math

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import lambdaplan
from lambdaplan import InputError, Scenario
from lambdaplan.schema.ranges import Range
from places import ROOT

NODE_API = json.loads((ROOT / "data" / "scenarios" / "node_api.json").read_text())


def asked(**ranges):
    """The packaged scenario with ranges at paths, written with two underscores for a point."""
    document = json.loads(json.dumps(NODE_API))
    for path, value in ranges.items():
        *steps, last = path.split("__")
        place = document
        for step in steps:
            place = place[int(step)] if step.isdigit() else place[step]
        place[last] = value
    return document


def own_metalog(chance, low, likely, high, least=0.0, most=None):
    """The same three-term metalog from its published equation, solved as a linear system."""
    scale = (lambda x: math.log(x - least)) if most is None else (lambda x: math.log((x - least) / (most - x)))
    rows, ends = [], []
    for p, x in ((0.1, low), (0.5, likely), (0.9, high)):
        odds = math.log(p / (1 - p))
        rows.append([1, odds, (p - 0.5) * odds])
        ends.append(scale(x))
    a = np.linalg.solve(np.array(rows), np.array(ends))
    odds = math.log(chance / (1 - chance))
    value = a[0] + a[1] * odds + a[2] * (chance - 0.5) * odds
    return least + math.exp(value) if most is None else least + (most - least) / (1 + math.exp(-value))


@pytest.mark.parametrize(("ends", "bounds"), [((120, 200, 400), (0, None)), ((0.1, 0.3, 0.6), (0, 1))])
def test_a_range_is_the_published_metalog_through_its_three_numbers(ends, bounds):
    held = Range(*ends, *bounds)
    for chance in (0.001, 0.1, 0.25, 0.5, 0.77, 0.9, 0.9999):
        wanted = own_metalog(chance, *ends, bounds[0], bounds[1])
        assert held.quantile(np.array([chance]))[0] == pytest.approx(wanted, rel=1e-12)
    assert held.quantile(np.array([0.1, 0.5, 0.9])) == pytest.approx(np.array(ends, dtype=float))


@pytest.mark.parametrize("bounds", [(0, None), (0, 1)])
def test_between_the_bounds_of_likely_chances_only_rise_and_beyond_them_they_do_not(bounds):
    chances = np.linspace(1e-6, 1 - 1e-6, 200_001)
    least, most = Range(0.1, 0.2, 0.7, *bounds).likely_bounds

    def rises(likely):
        return (np.diff(Range(0.1, likely, 0.7, *bounds).quantile(chances)) > 0).all()

    assert rises(least * 1.001) and rises(most * 0.999)
    assert not rises(least * 0.98) and not rises(most * 1.02)


def test_the_point_answer_is_that_of_the_likely_numbers_and_documents_keep_the_ranges():
    ranged = Scenario.from_dict(
        asked(
            workload__requests_per_month={"low": "2M", "likely": "10M", "high": "30M"},
            workload__busy_share={"low": "10%", "likely": 0.3, "high": 0.6},
            options__1__target_utilisation={"low": 0.4, "likely": 0.6, "high": 0.8},
        )
    )
    plain = Scenario.from_dict(NODE_API)
    theirs, ours = lambdaplan.compare(plain), lambdaplan.compare(ranged)
    assert [one.bill.exact_usd for one in ours.options] == [one.bill.exact_usd for one in theirs.options]
    assert ours.crossovers == theirs.crossovers
    document = ranged.document()
    assert document["workload"]["requests_per_month"] == {"low": 2_000_000, "likely": 10_000_000, "high": 30_000_000}
    assert Scenario.from_dict(json.loads(json.dumps(document))) == ranged
    assert Draft202012Validator(Scenario.json_schema()).is_valid(json.loads(json.dumps(document)))
    known = ranged.with_values({"workload.requests_per_month": 5_000_000})
    assert [one.path for one in known.ranges] == ["workload.busy_share", "options.1.target_utilisation"]


def test_costs_services_and_bursts_take_ranges_too_and_the_schema_says_so():
    some = {"low": 5, "likely": 10, "high": 30}
    document = asked(
        other_costs=[{"label": "agent", "usd_per_month": some, "options": "all"}],
        services=[{"service": "dynamodb", "per_request": {"write_request_units": some}}],
        workload__traffic={
            "shape": "flat",
            "burst": {"low": 1.2, "likely": 1.5, "high": 2},
            "bursts": [{"per_month": 2, "minutes": 10, "rps": some}],
        },
        prices=[{"service": "alb", "item": "lcu_hour", "price_usd": {"low": 0.006, "likely": 0.008, "high": 0.01}}],
    )
    assert len(Scenario.from_dict(document).ranges) == 5
    schema = Draft202012Validator(Scenario.json_schema())
    assert schema.is_valid(document)
    for path in ("options__1__zones", "hours_per_month", "workload__max_wait_s"):
        wrong = asked(**{path: some})
        assert not schema.is_valid(wrong)
        with pytest.raises(InputError):
            Scenario.from_dict(wrong)


def test_a_change_may_be_a_range_and_a_number_takes_its_place():
    changes = ['workload.duration_ms={"low": 100, "likely": 200, "high": 500}']
    assert [one.path for one in Scenario.from_dict(NODE_API, changes).ranges] == ["workload.duration_ms"]
    ranged = asked(workload__duration_ms={"low": 100, "likely": 200, "high": 500})
    assert Scenario.from_dict(ranged, ["workload.duration_ms=300ms"]).ranges == ()
    assert Scenario.from_dict(ranged, ["workload.duration_ms.high=400"]).ranges[0].range.high == 400


RANGE = {"low": 100, "likely": 200, "high": 400}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (asked(workload__duration_ms={"low": 100, "likely": 200}), "workload.duration_ms.high is missing"),
        (asked(workload__duration_ms={"low": 300, "likely": 200, "high": 400}), "300 … 200 … 400 does not fit"),
        (asked(workload__duration_ms={"low": 200, "likely": 200, "high": 200}), "Give the number alone"),
        (asked(workload__duration_ms={"low": 100, "likely": 101, "high": 9000}), "likely = 101 does not fit: between"),
        (asked(workload__duration_ms={**RANGE, "mode": 3}), "workload.duration_ms.mode is not a field"),
        (asked(workload__duration_ms={**RANGE, "low": 0}), "workload.duration_ms.low = 0 is outside"),
        (asked(workload__duration_ms={**RANGE, "high": "x"}), 'workload.duration_ms.high = "x" is not a number'),
        (asked(workload__busy_share={"low": 0, "likely": 0.5, "high": 0.6}), "above 0, where the scale ends"),
        (asked(workload__busy_share={"low": 0.2, "likely": 0.5, "high": 1}), "below 1, where the scale ends"),
        (asked(workload__requests_per_month={"low": 1, "likely": "1e9", "high": "1e15"}), "whose tail stays within"),
        (asked(workload__duration_ms={}), "duration_ms = an object is not a number"),
        (asked(workload__duration_ms={**RANGE, "low": "100MB"}), "MB is a unit of size"),
        (asked(workload__duration_ms={**RANGE, "low": True}), "duration_ms.low = true is not a number"),
        (asked(workload__duration_ms={**RANGE, "high": float("inf")}), "duration_ms.high = inf is not a number"),
        (asked(workload__duration_ms={**RANGE, "low": RANGE}), "duration_ms.low = an object is not a number"),
        (asked(workload__duration_ms=[100, 200, 400]), "duration_ms = a list is not a number"),
        (asked(workload__busy_share={"low": 0.2, "likely": 0.5, "high": 1.2}), "Try high=0.012, if 1.2 is in percent"),
        (
            asked(workload__traffic={"shape": "flat", "burst": {"low": 0.5, "likely": 1.5, "high": 3}}),
            "outside 1..1000",
        ),
        (asked(free_tier={"low": 0, "likely": 1, "high": 1}), "Give that number, or word, alone"),
        (asked(options__1__survive_zone_loss={"low": 0, "likely": 1, "high": 1}), "Give that number, or word, alone"),
        (asked(options__0__memory_mb=RANGE), "options.0.memory_mb = an object does not fit: one number: a size"),
        (asked(options__1__zones=RANGE), "options.1.zones = an object does not fit: one number: a size"),
        (asked(hours_per_month=RANGE), "hours_per_month = an object does not fit: one number"),
        (asked(correlations=[{"a": "workload.duration_ms", "b": "workload.busy_share", "r": 0.5}]), "none has one"),
    ],
)
def test_what_can_not_be_a_range_is_one_line(document, words):
    with pytest.raises(InputError) as raised:
        Scenario.from_dict(document)
    assert any(words in line for line in raised.value.lines), raised.value.lines
    assert not any("is outside between" in line or "is not one of the path" in line for line in raised.value.lines)


def test_correlations_that_no_distribution_has_are_refused():
    names = ("requests_per_month", "duration_ms", "working_set_mb")
    document = asked(**{f"workload__{name}": RANGE for name in names})
    a, b, c = (f"workload.{name}" for name in names)
    for listed, words in (
        ([(a, b, 0.9), (b, c, 0.9), (a, c, -0.9)], "no distribution has these correlations"),
        ([(a, b, 0.9), (b, a, 0.1)], "the pair is named twice"),
        ([(a, a, 0.9)], "not a once more"),
        ([(a, b, 1.5)], "outside -1..1"),
        ([(a, "workload.request_kb", 0.5)], "the path of a number with a range"),
    ):
        document["correlations"] = [dict(zip("abr", one, strict=True)) for one in listed]
        with pytest.raises(InputError) as raised:
            Scenario.from_dict(document)
        assert any(words in line for line in raised.value.lines), raised.value.lines
    document["correlations"] = [{"a": a, "b": b, "r": 0.9}, {"a": b, "b": c, "r": 0.9}, {"a": a, "b": c, "r": 0.7}]
    assert len(Scenario.from_dict(document).correlations) == 3


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("options.0.memory_mb", "a size or a count that is bought is decided"),
        ("options.1.label", "only numbers of workload, options and prices that may vary have a range"),
        ("name", "only numbers of workload, options and prices that may vary have a range"),
        ("hours_per_month", "only numbers of workload, options and prices that may vary have a range"),
        ("workload", "is not an object with the fields"),
    ],
)
def test_a_range_where_none_goes_is_one_line_whatever_its_likely_value(path, words):
    document = asked()
    place, *steps = document, *path.split(".")
    for step in steps[:-1]:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[steps[-1]] = {"low": 1, "likely": 2, "high": 3}
    with pytest.raises(InputError) as raised:
        Scenario.from_dict(document)
    assert len(raised.value.lines) == 1 and words in raised.value.lines[0]


def test_a_range_without_a_likely_value_says_what_a_range_has():
    with pytest.raises(InputError) as raised:
        Scenario.from_dict(asked(workload__duration_ms={"low": 100, "high": 400}))
    assert raised.value.lines[0].startswith("workload.duration_ms.likely is missing: a range has low")
    assert len(raised.value.lines) == 1


@pytest.mark.parametrize(
    ("given", "range_of_it"),
    [
        ("100..120..200ms", '{"low": "100ms", "likely": "120ms", "high": "200ms"}'),
        ("100/120/200ms", '{"low": "100ms", "likely": "120ms", "high": "200ms"}'),
        ("0.1 - 0.2 - 1.5s", '{"low": "0.1s", "likely": "0.2s", "high": "1.5s"}'),
        ("100ms..0.2s", '{"low": "100ms", "likely": …, "high": "0.2s"}'),
    ],
)
def test_three_numbers_in_one_say_how_a_range_is_written(given, range_of_it):
    with pytest.raises(InputError) as raised:
        Scenario.from_dict(asked(workload__duration_ms=given))
    assert len(raised.value.lines) == 1
    assert f"is not one number, 0..604800000 (ms, above 0). A range is {range_of_it}" in raised.value.lines[0]


def test_a_lopsided_range_is_told_between_which_ratios_one_can_be_held():
    def said(likely):
        with pytest.raises(InputError) as raised:
            Scenario.from_dict(asked(workload__duration_ms={"low": 1, "likely": likely, "high": 2000}))
        return raised.value.lines[0]

    assert "likely = 2 does not fit: between 3.547 and 563.8" in said(2)
    assert "so that high is 3.55 to 564 times likely" in said(2)
    assert Scenario.from_dict(asked(workload__duration_ms={"low": 1, "likely": 2000 / 3.6, "high": 2000})).ranges
    assert "does not fit" in said(2000 / 3.5) and "does not fit" in said(2000 / 568)
