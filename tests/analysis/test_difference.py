"""What changed between two results: the split of each line sums exactly, and totals are those of the bills."""

from __future__ import annotations

import itertools
import json
import random
from decimal import Decimal
from fractions import Fraction

import pytest

import lambdaplan
import strategies
from campaigns import seeds
from lambdaplan import InputError, Scenario, compare, diff
from lambdaplan.cli.main import main
from places import MIXED

NODE_API = MIXED


def changed(**values):
    return Scenario.load(NODE_API).with_values({name.replace("__", "."): value for name, value in values.items()})


def option(found, label):
    return next(one for one in found.options if label in (one.label, one.label_after))


def line(one, item):
    return next(change for change in one.lines if change.item == item)


def test_twice_the_traffic_is_all_quantity():
    found = option(diff(changed(), changed(workload__requests_per_month=20_000_000)), "Lambda 1024 MB")
    requests = line(found, "Lambda requests, x86")
    # ten million more at $0.20 a million
    assert (requests.by_quantity_usd, requests.by_price_usd, requests.by_both_usd) == (2, 0, 0)
    assert found.usd == 2 + Fraction(333334, 10_000) + 10


def test_another_price_is_all_price_and_both_show_their_joint_part():
    own = [{"service": "ec2", "item": "t4g.small/on_demand", "price_usd": "0.0210"}]
    machine = "EC2 t4g.small"
    hours = line(option(diff(changed(), changed(prices=own)), machine), machine)
    # two machines for 730 hours at $0.0042 more
    assert (hours.by_quantity_usd, hours.by_price_usd, hours.by_both_usd) == (0, Fraction("6.132"), 0)
    three = diff(changed(), changed(prices=own, options__2__min_units=3))
    hours = line(option(three, machine), machine)
    # one machine more: 730 x 0.0168; two dearer: 1460 x 0.0042; the third dearer: 730 x 0.0042
    assert hours.by_quantity_usd == Fraction("12.264")
    assert hours.by_price_usd == Fraction("6.132")
    assert hours.by_both_usd == Fraction("3.066")
    assert hours.usd == Fraction("21.462")


@pytest.mark.parametrize("seed", seeds(4, 60))
def test_the_split_sums_to_what_the_totals_changed_by(seed):
    rng = random.Random(seed)
    scenarios = [Scenario.from_dict(strategies.random_scenario(rng, 60)) for _ in range(2)]
    for pair in (scenarios, [json.loads(compare(one).to_json()) for one in scenarios]):
        found = diff(*pair)
        exactly = pair is scenarios
        bills = [{r.label: r.bill for r in compare(one).options} for one in scenarios]
        labels = [label for one in found.options for label, there in ((one.label, one.in_before),) if there]
        assert labels == list(bills[0])
        assert sorted(one.label_after for one in found.options if one.in_after) == sorted(bills[1])
        for one in found.options:
            for side, there, label, usd, shown in (
                (bills[0], one.in_before, one.label, one.before_usd, one.shown_usd[0]),
                (bills[1], one.in_after, one.label_after, one.after_usd, one.shown_usd[1]),
            ):
                if not there:
                    assert usd is None
                elif exactly or usd is None:
                    assert usd == side[label].exact_usd
                    assert shown == side[label].total_usd
                else:
                    assert abs(usd - side[label].exact_usd) < Fraction(1, 10**4)
            if one.usd is None:
                continue
            parts = [part for n in one.lines for part in (n.by_quantity_usd, n.by_price_usd, n.by_both_usd)]
            assert sum(parts) == one.usd == one.after_usd - one.before_usd
            assert all(n.by_quantity_usd + n.by_price_usd + n.by_both_usd == n.usd for n in one.lines)


def test_a_scenario_against_itself_has_no_change():
    found = diff(changed(), json.loads(compare(changed()).to_json()))
    assert not found.winner_changed
    assert [one.usd for one in found.options] == [0, 0, 0]
    assert all(not one.changed for one in found.options)


def test_options_are_paired_by_label_then_by_kind():
    found = diff(changed(), changed(options__0__memory_mb=512))
    assert (found.options[0].label, found.options[0].label_after) == ("Lambda 1024 MB", "Lambda 512 MB")
    other = Scenario.load(NODE_API).with_values(
        {"options": [{"kind": "ec2", "instance_type": "t4g.small"}, {"kind": "ec2", "instance_type": "c7g.large"}]}
    )
    found = diff(changed(), other)
    assert [(o.label, o.in_before, o.in_after) for o in found.options] == [
        ("Lambda 1024 MB", True, False), ("Fargate 0.5 vCPU 1 GB Arm", True, False),
        ("EC2 t4g.small", True, True), ("EC2 c7g.large", False, True),
    ]  # fmt: skip


def test_the_winner_changes():
    assert diff(changed(), changed(workload__requests_per_month=9_000_000)).winner_changed
    # the same option under the label of another size is no change
    found = diff(
        changed(workload__requests_per_month=10**6),
        changed(workload__requests_per_month=10**6, options__0__memory_mb=512),
    )
    assert (found.before.winner, found.after.winner, found.winner_changed) == ("Lambda 1024 MB", "Lambda 512 MB", False)


def test_an_unknown_price_stays_unknown():
    found = diff(changed(), changed(options__0__purchase="compute_savings_plan_1y_partial_upfront"))
    one = found.options[0]
    assert (one.after_usd, one.usd) == (None, None)
    assert any(n.usd is None for n in one.changed)


def run(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_command_takes_scenarios_and_results(tmp_path, capsys):
    result = tmp_path / "comparison.json"
    result.write_text(compare(changed(workload__requests_per_month=20_000_000)).to_json())
    status, out, err = run(capsys, "diff", NODE_API, result, "-o", tmp_path / "a.svg")
    assert (status, err) == (0, "")
    assert "Lambda 1024 MB: $45.33 to $90.67 +$45.33" in out
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    status, out, _ = run(capsys, "diff", NODE_API, result, "--json")
    found = json.loads(out)
    one = found["options"][0]
    assert (one["before_usd"], one["after_usd"], one["change_usd"]) == ("45.33", "90.67", "45.3334")
    assert sum(Decimal(n["by_quantity_usd"]) for n in one["lines"]) == Decimal("45.3334")
    assert found["winner_changed"] is False


@pytest.mark.parametrize(
    "bad",
    [
        "{}",
        "[]",
        '{"version": 1, "book": {"id": "x"}, "scenario": {"name": "n"}}',
        '{"version": 1, "book": {"id": "x"}, "scenario": {"name": "n"}, "winner": null, "options": [{"label": "a", "kind": "ec2", "lines": [{"item": 5}]}]}',
    ],
)
def test_what_is_neither_is_told_in_a_line(bad, tmp_path, capsys):
    path = tmp_path / "bad.json"
    path.write_text(bad)
    status, out, err = run(capsys, "diff", NODE_API, path)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    with pytest.raises(InputError):
        diff({"version": 1}, changed())


def test_a_waterfall_ends_at_the_total():
    found = diff(changed(), changed(workload__requests_per_month=20_000_000))
    spec = lambdaplan.chart(found).to_dict()
    rows = spec["layer"][0]["data"]["values"]
    assert spec["title"]["text"][0].startswith("Lambda 1024 MB costs $45.3")
    assert rows[0]["high"] == pytest.approx(45.3334)
    assert rows[-1]["high"] == pytest.approx(90.6668)
    assert rows[1]["low"] == pytest.approx(45.3334)
    assert rows[-2]["high"] == pytest.approx(rows[-1]["high"])
    for before, after in itertools.pairwise(rows[1:-1]):
        assert after["low"] == pytest.approx(before["high"])
    assert "by quantity" in spec["description"]


def test_as_a_frame():
    frame = diff(changed(), changed(workload__requests_per_month=20_000_000)).to_frame()
    mine = frame[frame["option"] == "Lambda 1024 MB"]
    assert mine["usd"].sum() == pytest.approx(45.3334)
