"""Reconcile: the fewest changes of assumptions that give a claimed break-even."""

from __future__ import annotations

import itertools
import json
import sys
from fractions import Fraction as F

import pytest

from lambdaplan import InputError, Rung, Scenario, ladder, reconcile
from lambdaplan.analysis import reconcile as search
from lambdaplan.analysis.break_even_ladder import rivals
from lambdaplan.analysis.reconcile import Search, load_switches
from lambdaplan.cli.main import main
from lambdaplan.comparison.bills_along import Axis
from lambdaplan.resources import data_dir

NODE_API = data_dir() / "scenarios" / "node_api.json"
SCENARIO = Scenario.load(NODE_API)
LAMBDA = {"kind": "lambda", "memory_mb": 1024}
MICROS = SCENARIO.with_values({"options": [LAMBDA, {"kind": "ec2", "instance_type": "t4g.micro"}]})


def full(scenario: Scenario, one) -> float | None:
    """The break-even of a set by the ladder, over the whole sweep."""
    values = {path: value for setting in one.settings for path, value in setting.set.items()}
    changed = scenario.with_values(values)
    only = next((setting.only for setting in one.settings if setting.only), None)
    if only:
        kept = [o.document() for o in changed.options if o.kind in ("lambda", only)]
        changed = changed.with_values({"options": kept})
    return ladder(changed, [Rung(name="all", set={})]).rungs[0].break_even


def test_one_change_brings_the_node_api_to_six_million() -> None:
    found = reconcile(SCENARIO, F(6_000_000))
    assert [[s.words for s in one.settings] for one in found.found] == [["Lambda has a REST API"]]
    # the rung "A pair with a load balancer, REST API" of the ladder
    assert found.found[0].break_even == 6_081_547
    assert found.baseline.break_even == 9_502_411
    assert (found.low, found.high) == (5_700_000, 6_300_000)


def test_every_set_of_the_fewest_changes_is_given_and_each_comes_near() -> None:
    found = reconcile(MICROS, F(1_500_000))
    assert {len(one.settings) for one in found.found} == {2}
    words = [[s.words for s in one.settings] for one in found.found]
    assert ["fleets have no load balancer", "one unit is enough, and may fail"] in words
    for one in found.found:
        assert one.break_even == full(MICROS, one)
        assert abs(one.break_even / 1_500_000 - 1) <= 0.05
    # by hand: the first whole request at which 730 h of t4g.micro and its volume are cheaper
    request = F("0.0000166667") / 5 + F("0.0000002") + F("0.000001")
    micro = int((730 * F("0.0084") + 8 * F("0.08")) / request) + 1
    assert micro in [one.break_even for one in found.found]


def test_no_smaller_set_does_it() -> None:
    search = Search(MICROS, load_switches(), Axis(MICROS).places(300, "log"))
    for settings in itertools.chain(search.sets(0), search.sets(1)):
        assert search.hit(settings, F(1_425_000), F(1_575_000)) is None, [s.words for s in settings]


def test_a_set_gives_what_the_ladder_gives() -> None:
    search = Search(SCENARIO, load_switches(), Axis(SCENARIO).places(300, "log"))
    sets = list(search.sets(2))
    for settings in sets[:: len(sets) // 7]:
        one = search.exact(settings)
        assert one is not None
        assert one.break_even == full(SCENARIO, one), [s.words for s in settings]


def test_settings_that_change_nothing_or_do_not_exist_are_left_out() -> None:
    search = Search(MICROS, load_switches(), Axis(MICROS).places(50, "log"))
    words = [setting.words for group in search.groups for setting in group]
    assert "no free tier" not in words
    assert "machines are t4g.micro" not in words
    assert not [w for w in words if w.startswith("Fargate") or "alone" in w]
    assert "machines are t4g.nano" in words
    assert all(len({setting.switch for setting in chosen}) == 2 for chosen in search.sets(2))


def test_a_scenario_that_is_near_as_it_stands_needs_no_change() -> None:
    found = reconcile(SCENARIO, F(9_500_000))
    assert [one.settings for one in found.found] == [()]
    assert found.document()["fewest_changes"] == 0


def test_where_nothing_comes_near_the_nearest_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_CHANGES", 1)
    found = reconcile(MICROS, F(150_000_000))
    assert found.found == ()
    assert found.document()["fewest_changes"] is None
    at = [one.break_even for one in found.nearest]
    assert len(at) == 3
    assert at == sorted(at, key=lambda value: abs(value - 150_000_000))
    # ordinary machines cost most of the switches' types: 2 x 730 h of m7g.large and more
    assert [s.words for s in found.nearest[0].settings] == ["machines are m7g.large"]


def test_options_of_one_platform_are_held_against_the_first() -> None:
    doors = [
        {"kind": "lambda", "memory_mb": 1024, "front_door": "rest_api", "label": "gateway"},
        {"kind": "lambda", "memory_mb": 1024, "front_door": "alb", "label": "balancer"},
    ]
    scenario = SCENARIO.with_values({"options": doors})
    assert rivals(scenario.options) == {1}
    assert rivals(SCENARIO.options) == {1, 2}
    (rung,) = ladder(scenario, [Rung(name="doors", set={})]).rungs
    assert rung.cheaper == "balancer"


@pytest.mark.parametrize(("changes", "claimed", "words"), [
    ({"sweep": {"over": "workload.duration_ms", "from": 1, "to": 100}}, 5, 'sweep.over = "workload.duration_ms" does not fit: a break-even'),
    ({}, 5_000_000_000, "reconcile = 5000000000 is outside the scenario's sweep, 10,000 to 1 billion requests a month"),
    ({}, 0, "reconcile = 0 is outside the scenario's sweep"),
    ({"options": [LAMBDA, {"kind": "hybrid", "level": 1, "base": {"kind": "ec2", "instance_type": "t4g.small"}}]}, 10**6, 'options.1.kind = "hybrid"'),
])  # fmt: skip
def test_what_cant_be_reconciled_says_so(changes: dict, claimed: int, words: str) -> None:
    with pytest.raises(InputError) as caught:
        reconcile(SCENARIO.with_values(changes), F(claimed))
    (problem,) = caught.value.problems
    assert problem.line.startswith(words)


# the command


def test_the_command_prints_what_python_says(capsys: pytest.CaptureFixture) -> None:
    assert main(["ladder", str(NODE_API), "--reconcile", "6M", "--json"]) == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert captured.err == ""
    assert document["claimed"] == 6_000_000
    assert document["within"] == 0.05
    assert document["baseline"]["break_even"] == 9_502_411
    assert document["fewest_changes"] == 1
    assert document["found"] == [
        {
            "changes": ["Lambda has a REST API"],
            "set": {"options.0.front_door": "rest_api"},
            "only": None,
            "break_even": 6_081_547,
            "cheaper_above": "EC2 t4g.small",
        }
    ]


def test_the_command_as_text_with_progress_on_a_terminal(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main(["ladder", str(NODE_API), "--reconcile", "6M"]) == 0
    captured = capsys.readouterr()
    assert "the break-even is 9,502,411" in captured.out
    assert "One change at least to come within 5 % of 6 million requests a month" in captured.out
    assert "6,081,547  then EC2 t4g.small  Lambda has a REST API" in captured.out
    assert "sets of 1 changes: 0 of" in captured.err


@pytest.mark.parametrize(("arguments", "words"), [
    (["--reconcile", "many"], "reconcile = many is not a number of requests a month"),
    (["--reconcile", "5000M"], "reconcile = 5000000000 is outside"),
    (["rungs.json", "--reconcile", "2M"], "RUNGS = rungs.json does not fit: --reconcile makes its own sets"),
])  # fmt: skip
def test_bad_input_is_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["ladder", str(NODE_API), *arguments]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {words}")
    assert err.count("\n") == 1


def test_a_break_even_that_is_near_needs_no_change(capsys: pytest.CaptureFixture) -> None:
    assert main(["ladder", str(NODE_API), "--reconcile", "9.5M"]) == 0
    assert "It is within 5 % of 9.5 million requests a month as it stands." in capsys.readouterr().out
