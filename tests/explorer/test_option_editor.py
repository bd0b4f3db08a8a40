"""Options of the explorer: added, dropped, put first, named and edited, each answered as `compare` answers it."""

from __future__ import annotations

import json

import pytest
from markupsafe import escape

from lambdaplan import Explorer, InputError, Scenario, compare
from lambdaplan.explorer.options.option_editor import STARTS, with_another, with_first, without
from lambdaplan.formatting import money
from lambdaplan.platforms import OPTIONS
from lambdaplan.resources import data_dir
from lambdaplan.schema.fields import rules


def node_api() -> Scenario:
    return Scenario.load(data_dir() / "scenarios" / "node_api.json")


@pytest.fixture(scope="module")
def only_one() -> Explorer:
    return Explorer()


@pytest.fixture
def explorer(only_one: Explorer) -> Explorer:
    only_one._options.edit.value = False
    only_one.scenario = node_api()
    only_one._options.chosen.value = 0
    return only_one


def field(explorer: Explorer, label: str):
    return next(one for one in explorer._options._controls() if one.box.description == label)


def assert_shows(explorer: Explorer) -> None:
    expected = compare(Scenario.from_dict(json.loads(json.dumps(explorer.scenario.document()))))
    assert json.loads(explorer.comparison.to_json()) == json.loads(expected.to_json())
    for result in expected.options:
        total = result.bill.total_usd
        words = f'<span class="lp-total">{escape(money(total))}</span>' if total is not None else "unknown; "
        assert words in explorer._view.details.html


def test_every_platform_can_be_added():
    assert {start["kind"] for start in STARTS.values()} == set(OPTIONS)


@pytest.mark.parametrize("words", STARTS)
def test_another_option_is_of_its_cheapest_size_and_has_a_label_of_its_own(explorer, words):
    editor = explorer._options
    editor.kind.value = words
    editor.add.click()
    assert editor.note.value == ""
    *before, new = explorer.scenario.options
    assert [one.label for one in before] == [one.label for one in node_api().options]
    assert new.kind == STARTS[words]["kind"] and not new.is_choice and editor.place == len(before)
    assert new.label == (f"{new.platform} 2" if new.kind in ("lambda", "fargate", "ec2") else new.size_label)
    if "base" in STARTS[words]:
        assert new.base.kind == STARTS[words]["base"]["kind"] and not new.base.is_choice
    elif new.kind != "lambda_web":  # whose prices are the reader's
        left_open = node_api().with_values({"options.0": {**STARTS[words], "label": "open"}})
        cheapest = compare(left_open).options[0].bill.total_usd
        assert explorer.comparison.options[-1].bill.total_usd == cheapest
    assert_shows(explorer)
    editor.edit.value = True
    hidden = [control.key for control in editor._controls() if control.row.layout.display == "none"]
    assert hidden == [] and len(editor.fields.children) == len(editor._controls())
    names = [control.box.description for control in editor._controls()]
    assert len(names) == len(set(names)) and all(names)


def test_a_third_one_has_another_number():
    scenario = node_api()
    for _ in range(3):
        scenario = with_another(scenario, {"kind": "lambda", "memory_mb": 512})
    assert [one.label for one in scenario.options[3:]] == ["Lambda 2", "Lambda 3", "Lambda 4"]
    assert [
        one.label for one in with_another(without(scenario, 4), {"kind": "lambda", "memory_mb": 512}).options[3:]
    ] == ["Lambda 2", "Lambda 4", "Lambda 3"]


def test_another_fleet_is_as_safe_as_the_first_and_an_answer_time_is_no_obstacle():
    scenario = node_api().with_values(
        {
            "options.1.survive_zone_loss": False,
            "options.1.target_utilisation": 0.5,
            "workload.slo": {"percentile": 95, "response_ms": 1000},
        }
    )
    other = with_another(scenario, {"kind": "ecs_managed_instances", "instance_type": "auto"})
    assert other.workload.slo == scenario.workload.slo
    assert (other.options[-1].survive_zone_loss, other.options[-1].target_utilisation * 2) == (False, 1)


def test_dropping_and_putting_first_keep_the_others_and_the_axis(explorer):
    """What is first is what runs today: nothing is moved to it."""
    moved = {"migration": {"hours": 0, "usd": 500, "dual_running_months": 1}, "label": "E"}
    document = node_api().document()
    document["options"][2] |= moved
    document["sweep"] = {"over": "options.2.reserved_mb", "from": 0, "to": 1000, "scale": "linear", "points": 20}
    explorer.scenario = Scenario.from_dict(document)
    editor = explorer._options
    editor.chosen.value = 2
    editor.first.click()
    assert [one.label for one in explorer.scenario.options] == ["E", "Lambda 1024 MB", "Fargate 0.5 vCPU 1 GB"]
    assert explorer.scenario.options[0].migration is None and explorer.scenario.sweep.over == "options.0.reserved_mb"
    assert editor.place == 0 and editor.first.disabled
    assert_shows(explorer)
    editor.drop.click()
    assert explorer.scenario.sweep.over == "workload.requests_per_month"
    editor.drop.click()
    assert [one.label for one in explorer.scenario.options] == ["Fargate 0.5 vCPU 1 GB"] and editor.drop.disabled
    assert_shows(explorer)
    explorer._toolbar._done("undo", {}, [])
    explorer._toolbar._done("undo", {}, [])
    assert [one.label for one in explorer.scenario.options] == ["E", "Lambda 1024 MB", "Fargate 0.5 vCPU 1 GB"]


def test_fields_are_edited_where_the_option_is(explorer):
    editor = explorer._options
    editor.edit.value = True
    editor.chosen.value = 1
    field(explorer, "Ephemeral (GB)").box.value = "50"
    field(explorer, "Fargate bought").box.value = "spot"
    assert explorer.scenario == node_api().with_values({"options.1.ephemeral_gb": 50, "options.1.purchase": "spot"})
    field(explorer, "Max units").box.value = "9"
    field(explorer, "Label").box.value = "mine"
    field(explorer, "Max units").box.value = "none"
    assert explorer.scenario.options[1].max_units is None and explorer.scenario.options[1].label == "mine"
    field(explorer, "Label").box.value = ""
    assert explorer.scenario.options[1].label == explorer.scenario.options[1].size_label
    assert_shows(explorer)
    editor.chosen.value = 2
    assert field(explorer, "EBS (GB)").box.value == "8"
    assert {one.box.description for one in editor._controls()} >= {"EC2 type", "CPU credits", "Before EC2"}


def test_a_label_that_another_has_is_refused_beside_its_box(explorer):
    editor = explorer._options
    editor.edit.value = True
    before = explorer.comparison
    label = field(explorer, "Label")
    label.box.value = "EC2 t3.small"
    assert "has the same label" in label.note.value and explorer.comparison is before
    editor.chosen.value = 1
    editor.chosen.value = 0
    assert label.box.value == "Lambda 1024 MB" and "lp-message" not in label.note.value


def test_parts_of_a_hybrid_are_edited(explorer):
    editor = explorer._options
    editor.kind.value = "Hybrid on Fargate"
    editor.add.click()
    editor.edit.value = True
    field(explorer, "Overflow: Memory (MB)").box.value = "512"
    field(explorer, "Base: Min units").box.value = "3"
    hybrid = explorer.scenario.options[3]
    assert (hybrid.overflow.memory_mb, hybrid.base.min_units) == (512, 3)
    assert_shows(explorer)


@pytest.mark.parametrize("kind", OPTIONS)
def test_every_field_that_a_box_a_list_or_a_switch_can_hold_has_a_control(explorer, kind):
    words = next(words for words, start in STARTS.items() if start["kind"] == kind)
    explorer.scenario = with_another(node_api(), STARTS[words])
    explorer._options.chosen.value = 3
    document = explorer.scenario.options[3].document()
    owned = set()
    for control in explorer._options._controls():
        owned |= set(control.ask(explorer.scenario, None) or ())
    simple = {name for name, rule in rules(OPTIONS[kind]).items() if rule.kind in ("number", "choice", "flag", "text")}
    if OPTIONS[kind].own_door:
        simple.discard("front_door")
    assert {f"options.3.{name}" for name in simple} <= owned
    assert document["kind"] == kind


def test_what_can_not_be_done_is_one_line(explorer):
    """The last place but one of 50 is taken, then the last; one more is refused and changes nothing."""
    document = node_api().document()
    document["options"] = [{"kind": "lambda", "memory_mb": 128 + n} for n in range(50)]
    full = Scenario.from_dict(document)
    with pytest.raises(InputError) as raised:
        with_another(full, STARTS["Lambda"])
    explorer._options._do(lambda _: with_another(full, STARTS["Lambda"]), lambda _: 0)
    assert escape(str(raised.value)) in explorer._options.note.value and explorer.scenario == node_api()
    assert with_first(node_api(), 0) == node_api()
