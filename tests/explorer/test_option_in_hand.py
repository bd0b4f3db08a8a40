"""Two options of one platform: each is reached by the platform's controls, and only it changes."""

from __future__ import annotations

import json

import pytest

from lambdaplan import Explorer, Scenario, compare
from lambdaplan.resources import data_dir

SECONDS = [
    {"kind": "lambda", "memory_mb": 512, "label": "small", "architecture": "arm64"},
    {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "label": "large", "purchase": "spot"},
    {"kind": "ec2", "instance_type": "m7g.large", "label": "Arm"},
]


def twice() -> Scenario:
    document = Scenario.load(data_dir() / "scenarios" / "node_api.json").document()
    steady = {"kind": "ec2", "instance_type": "m7g.xlarge"}  # without CPU credits, which take long
    return Scenario.from_dict({**document, "options": [*document["options"][:2], steady, *SECONDS]})


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return Explorer(twice())


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(
    ("kind", "key", "value", "fields"),
    [
        ("lambda", "memory", "768", {"memory_mb": 768}),
        ("lambda", "provisioned", "2", {"provisioned": 2}),
        ("lambda", "lambda_door", "rest_api", {"front_door": "rest_api"}),
        ("fargate", "fargate_size", (2, 4), {"vcpu": 2, "memory_gb": 4}),
        ("ec2", "ec2_type", "m7g.medium", {"instance_type": "m7g.medium"}),
    ],
)
def test_a_control_changes_the_option_that_is_chosen_and_no_other(explorer, kind, key, value, fields, number):
    explorer.scenario = twice()
    explorer._controls[f"{kind}_in_hand"].box.value = number
    assert explorer.scenario == twice(), "to choose an option changes none"
    control = explorer._controls[key]
    offered = [one for _, one in getattr(control.box, "options", ())]
    control.box.value = next((one for one in offered if one == value or str(one) == str(value)), value)
    place = number * 3 + ("lambda", "fargate", "ec2").index(kind)
    wanted = twice().with_values({f"options.{place}.{name}": given for name, given in fields.items()})
    assert explorer.scenario == wanted
    assert json.loads(explorer.comparison.to_json()) == json.loads(compare(wanted).to_json())


def test_controls_show_the_option_that_is_chosen_and_forget_what_was_asked_of_the_other(explorer):
    explorer.scenario = twice()
    memory, which = explorer._controls["memory"], explorer._controls["lambda_in_hand"]
    which.box.value = 0
    assert [label for label, _ in which.box.options] == ["Lambda 1024 MB", "small"] and memory.box.value == "1024"
    memory.box.value = "64"
    assert "outside 128..10240" in memory.note.value
    which.box.value = 1
    assert memory.box.value == "512" and "outside" not in memory.note.value
    assert explorer._controls["lambda_arch"].box.value == "arm64"
    explorer._options.chosen.value = 0
    explorer._options.drop.click()  # one Lambda is left: there is nothing to choose
    assert which.row.layout.display == "none" and memory.box.value == "512"


def test_stops_of_the_slider_are_those_of_the_option_that_is_chosen(explorer):
    explorer.scenario = twice()
    explorer._controls["lambda_in_hand"].box.value = 1
    slider = explorer._controls["memory"]
    assert explorer._asked_by(slider, slider.stops[0]) == {
        "options.3.memory_mb": 128,
        "options.3.max_duration_ms": None,
    }
