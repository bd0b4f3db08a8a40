"""Reconcile: the fewest changes of assumptions that give a claimed break-even."""

from __future__ import annotations

import itertools
import json
import sys
from fractions import Fraction as F

import pytest

from lambdaplan import InputError, Rung, Scenario, compare, ladder, reconcile
from lambdaplan.analysis import reconcile as search
from lambdaplan.analysis.break_even_ladder import rivals
from lambdaplan.analysis.reconcile import Search, load_switches
from lambdaplan.cli.main import main
from lambdaplan.comparison.bills_along import Axis
from lambdaplan.resources import data_dir

NODE_API = data_dir() / "scenarios" / "node_api.json"
SCENARIO = Scenario.load(NODE_API)
LAMBDA = {"kind": "lambda", "memory_mb": 1024}
MICROS = SCENARIO.with_values({"options": [LAMBDA, {"kind": "ec2", "instance_type": "t3.micro"}]})


def full(scenario: Scenario, one) -> float | None:
    """The break-even of a set by the ladder, over the whole sweep."""
    changed = scenario.with_values(one.values)
    only = next((setting.only for setting in one.settings if setting.only), None)
    if only:
        kept = [o.document() for o in changed.options if o.kind in ("lambda", only)]
        changed = changed.with_values({"options": kept})
    return ladder(changed, [Rung(name="all", set={})]).rungs[0].break_even


def test_one_change_brings_the_node_api_to_six_and_a_half_million() -> None:
    found = reconcile(SCENARIO, F(6_600_000))
    assert [list(one.words) for one in found.found] == [["Lambda has a REST API"]]
    # the rung "A pair with a load balancer, REST API" of the ladder: two t3.small with volumes of 8 GB and a load
    # balancer, 111.1 of whose LCU-hours serve 10 million requests; 200 ms at 1024 MB, and 3.5 dollars a million
    pair, lcu = 2 * (730 * F("0.0208") + 8 * F("0.08")) + 730 * F("0.0225"), F("0.008") * F(1000, 9) / 10_000_000
    request = F("0.0000166667") / 5 + F("0.0000002")
    assert int(pair / (request + F("0.0000035") - lcu)) + 1 == 6_922_506
    assert int(pair / (request + F("0.000001") - lcu)) + 1 == 10_816_409
    assert found.found[0].break_even == 6_922_506
    assert found.baseline.break_even == 10_816_409
    assert (found.low, found.high) == (6_270_000, 6_930_000)


def test_every_set_of_the_fewest_changes_is_given_and_each_comes_near() -> None:
    found = reconcile(MICROS, F(1_800_000))
    assert {len(one.settings) for one in found.found} == {2}
    words = [list(one.words) for one in found.found]
    assert ["fleets have no load balancer", "one unit is enough, and may fail"] in words
    for one in found.found:
        assert one.break_even == full(MICROS, one)
        assert abs(one.break_even / 1_800_000 - 1) <= 0.05
    # by hand: the first whole request at which 730 h of one t3.micro and its volume are cheaper
    request = F("0.0000166667") / 5 + F("0.0000002") + F("0.000001")
    micro = int((730 * F("0.0104") + 8 * F("0.08")) / request) + 1
    assert micro in [one.break_even for one in found.found]


def test_a_set_has_all_options_on_one_processor_machines_by_their_counterpart() -> None:
    search = Search(SCENARIO, load_switches(), Axis(SCENARIO).places(50, "log"))
    arm = [s for s in itertools.chain(search.sets(1), search.sets(2)) if "processor" in {one.switch for one in s}]
    assert len(arm) > 20
    for settings in arm:
        one = search.exact(settings)
        if one is None:
            continue
        options = SCENARIO.with_values(one.values).options
        assert {name for option in options for name in option.processors(SCENARIO.book)} == {"arm64"}, one.words
        machine = next((s.words for s in settings if s.switch == "EC2's machine"), "machines are t3.small")
        counterpart = machine.removeprefix("machines are ").replace("t3.", "t4g.").replace("7i.", "7g.")
        assert one.values["options.2.instance_type"] == counterpart
        assert "t3." not in "".join(one.words)


def test_machines_on_arm_for_a_scenario_on_arm() -> None:
    there = SCENARIO.with_values({"architecture": "arm64", "options.2.instance_type": "t4g.small"})
    search = Search(there, load_switches(), Axis(there).places(50, "log"))
    machines = {s.words for group in search.groups for s in group if s.switch in ("EC2's machine", "processor")}
    assert machines == {"all on x86", *(f"machines are {name}" for name in (
        "t4g.nano", "t4g.micro", "t4g.medium", "m7g.large", "c7g.large"))}  # fmt: skip


def test_a_machine_without_a_counterpart_keeps_all_on_its_processor() -> None:
    there = SCENARIO.with_values({"options.2.instance_type": "m5.large"})
    search = Search(there, load_switches(), Axis(there).places(50, "log"))
    assert "processor" not in {setting.switch for group in search.groups for setting in group}


def test_no_smaller_set_does_it() -> None:
    search = Search(MICROS, load_switches(), Axis(MICROS).places(300, "log"))
    for settings in itertools.chain(search.sets(0), search.sets(1)):
        assert search.hit(settings, F(1_710_000), F(1_890_000)) is None, [s.words for s in settings]


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
    assert "machines are t3.micro" not in words
    assert not [w for w in words if w.startswith("Fargate") or "alone" in w]
    assert "machines are t3.nano" in words
    assert all(len({setting.switch for setting in chosen}) == 2 for chosen in search.sets(2))


def test_a_scenario_that_is_near_as_it_stands_needs_no_change() -> None:
    found = reconcile(SCENARIO, F(10_800_000))
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
    # ordinary machines cost most of the switches' types: 2 x 730 h of m7i.large and more
    assert list(found.nearest[0].words) == ["machines are m7i.large"]


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
])  # fmt: skip
def test_what_cant_be_reconciled_says_so(changes: dict, claimed: int, words: str) -> None:
    with pytest.raises(InputError) as caught:
        reconcile(SCENARIO.with_values(changes), F(claimed))
    (problem,) = caught.value.problems
    assert problem.line.startswith(words)


@pytest.mark.parametrize("processor", [None, "any"])
def test_a_hybrid_is_held_against_as_it_is(processor: str | None) -> None:
    """Its own numbers stay, while all that touches every option, the processor among it, touches it too."""
    base = {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}
    changes = {"options": [LAMBDA, {"kind": "hybrid", "level": 1, "base": base}]}
    scenario = SCENARIO.with_values(changes | ({"architecture": processor} if processor else {}))
    made = reconcile(scenario, F(8_439_366))
    assert made.found
    for one in made.found:
        crossovers = compare(scenario.with_values(one.values)).crossovers
        assert one.break_even in [crossover.at for crossover in crossovers]
        assert made.low <= one.break_even <= made.high


# the command


def test_the_command_prints_what_python_says(capsys: pytest.CaptureFixture) -> None:
    assert main(["ladder", str(NODE_API), "--reconcile", "6.6M", "--json"]) == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert captured.err == ""
    assert document["claimed"] == 6_600_000
    assert document["within"] == 0.05
    assert document["baseline"]["break_even"] == 10_816_409
    assert document["fewest_changes"] == 1
    assert document["found"] == [
        {
            "changes": ["Lambda has a REST API"],
            "set": {"options.0.front_door": "rest_api"},
            "only": None,
            "break_even": 6_922_506,
            "cheaper_above": "EC2 t3.small",
        }
    ]


def test_the_command_as_text_with_progress_on_a_terminal(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main(["ladder", str(NODE_API), "--reconcile", "6.6M"]) == 0
    captured = capsys.readouterr()
    assert "the break-even is 10.8 million" in captured.out
    assert "One change at least to come within 5 % of 6.6 million requests a month" in captured.out
    assert "6.92 million  then EC2 t3.small  Lambda has a REST API" in captured.out
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
    assert main(["ladder", str(NODE_API), "--reconcile", "10.8M"]) == 0
    assert "It is within 5 % of 10.8 million requests a month as it stands." in capsys.readouterr().out
