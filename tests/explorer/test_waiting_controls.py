"""Controls of work that may wait, of Spot in part, and of services around."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lambdaplan import Explorer, Scenario
from lambdaplan.resources import data_dir

FOLDER = data_dir() / "scenarios"


def two_of(name: str) -> Scenario:
    """The function and the tasks of a packaged scenario: what has CPU credits takes longer."""
    document = Scenario.load(FOLDER / name).document()
    return Scenario.from_dict({**document, "options": document["options"][:2], "sweep": {"points": 20}})


@pytest.fixture(scope="module")
def queue() -> Explorer:
    return Explorer(two_of("image_queue.yaml"))


def put(explorer: Explorer, key: str, value: object) -> None:
    explorer._controls[key].box.value = value
    assert not explorer._controls[key].said


def is_shown(explorer: Explorer, key: str) -> bool:
    return explorer._controls[key].row.layout.display is None


def test_a_service_becomes_a_queue_and_a_job_and_a_service_again() -> None:
    explorer = Explorer(two_of("node_api.json"))
    assert not is_shown(explorer, "max_wait") and not is_shown(explorer, "batch_size")
    before = explorer.scenario
    put(explorer, "kind", "queue")
    assert explorer.scenario.workload.max_wait_s == 600 and explorer.scenario.options[1].zones == 1
    assert is_shown(explorer, "max_wait") and is_shown(explorer, "batch_size")
    put(explorer, "max_wait", "3600")
    put(explorer, "batch_size", "10")
    put(explorer, "retries", "0.1")
    work = explorer.scenario.workload
    assert (work.max_wait_s, work.batch_size, work.retry_fraction) == (3600, 10, Fraction(1, 10))
    put(explorer, "kind", "job")
    assert explorer.scenario.workload.batch_size == 1 and not is_shown(explorer, "batch_size")
    put(explorer, "kind", "service")
    assert explorer.scenario.document() == before.document()


def test_a_part_of_the_fleets_runs_on_spot(queue: Explorer) -> None:
    put(queue, "spot_fraction", "0.25")
    parts = [getattr(option, "spot_fraction", None) for option in queue.scenario.options]
    assert parts == [None, Fraction(1, 4)]


def test_an_amount_of_a_service_is_chosen_and_changed(queue: Explorer) -> None:
    listed = dict(queue._controls["around"].box.options)
    assert listed["sqs: standard requests, a request"] == "services.0.per_request.standard_requests"
    polls = listed["sqs (fargate, ec2): standard requests, an hour of a unit"]
    put(queue, "around", polls)
    put(queue, "around_amount", "360")
    assert queue.scenario.value_at(polls) == 360
    put(queue, "counts_around", False)
    assert "services" not in queue.scenario.include
    put(queue, "counts_around", True)
    assert "services" in queue.scenario.include


def test_services_are_out_of_sight_where_a_scenario_has_none() -> None:
    explorer = Explorer(Scenario.load(FOLDER / "node_api.json"))
    assert not any(is_shown(explorer, key) for key in ("counts_around", "around", "around_amount"))


def test_further_attempts_are_out_of_sight_where_retries_say_them(queue: Explorer) -> None:
    assert is_shown(queue, "retries")
    document = queue.scenario.document()
    document["workload"].pop("retry_fraction", None)
    document["workload"]["retries"] = {"by": "sqs", "failed_share": 0.1, "attempts": 3}
    assert not is_shown(Explorer(Scenario.from_dict(document)), "retries")


def test_who_tries_again_is_chosen_with_how_many_fail_and_how_often_at_most(queue: Explorer) -> None:
    """Half of the attempts fail and two are made: 1.5 for each message, a quarter is left."""
    assert not is_shown(queue, "failed_share") and not is_shown(queue, "attempts_most")
    put(queue, "tried_again", "sqs")
    retries = queue.scenario.workload.retries
    assert retries is not None and (retries.failed_share, retries.most) == (Fraction(1, 100), 3)
    assert queue.scenario.workload.retry_fraction == 0 and not is_shown(queue, "retries")
    put(queue, "failed_share", "50%")
    put(queue, "attempts_most", "2")
    work = queue.scenario.workload
    assert work.attempts_per_month == work.requests_per_month * Fraction(3, 2)
    assert "1.5 attempts for each of the messages; 25 % fail for good" in queue._controls["failed_share"].note.value
    queue._controls["attempts_most"].box.value = "2000"
    assert queue._controls["attempts_most"].said
    put(queue, "attempts_most", "2")
    put(queue, "tried_again", "api_gateway")
    assert queue.scenario.workload.retries.attempts_each == 1
    put(queue, "tried_again", "")
    assert queue.scenario.workload.retries is None and not is_shown(queue, "failed_share")
