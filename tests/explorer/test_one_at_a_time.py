"""A page's messages may come in several threads at once: none is lost, and none is answered in the middle of another."""

from __future__ import annotations

import threading

import pytest

from lambdaplan import Explorer, compare
from lambdaplan.comparison.wording import answer

MEETS_S = 0.4  # how long two messages wait for one another; they never meet where one is handled at a time


@pytest.fixture
def explorer() -> Explorer:
    return Explorer()


def in_threads(*jobs) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def sent(explorer: Explorer, key: str, **state):
    """A message of the page about one control."""
    return lambda: explorer._controls[key].box.set_state(state)


def test_two_messages_at_once_are_answered_one_after_the_other(explorer):
    """Both are in the middle of showing their answer, and the one that began first ends first, if they can."""
    first = explorer._controls["preset"]
    meeting, filled, both = threading.Barrier(2), first.fill, []

    def fill(comparison) -> None:
        filled(comparison)
        try:
            both.append(meeting.wait(MEETS_S))
        except threading.BrokenBarrierError:
            meeting.reset()

    first.fill = fill
    in_threads(sent(explorer, "duration", value="300"), sent(explorer, "busy", value="0.5"))
    first.fill = filled
    assert both == []
    sent(explorer, "requests", value="2M")()
    values = {"workload.duration_ms": 300, "workload.busy_share": 0.5, "workload.requests_per_month": 2_000_000}
    scenario = Explorer().scenario.with_values(values)
    assert explorer.scenario == scenario
    assert f"{answer(compare(scenario))}" in explorer._view.answer.html


def test_what_a_page_sends_while_another_answer_is_shown_is_not_overwritten(explorer):
    """A value that has come in is asked for before anything else is shown in its box."""
    first = explorer._controls["preset"]
    showing, filled = threading.Event(), first.fill

    def fill(comparison) -> None:
        showing.set()
        other.join(MEETS_S)
        filled(comparison)

    other = threading.Thread(target=lambda: (showing.wait(), sent(explorer, "busy", value="0.5")()))
    other.start()
    first.fill = fill
    sent(explorer, "duration", value="300")()
    first.fill = filled
    other.join()
    assert explorer.scenario.value_at("workload.busy_share") * 2 == 1
    assert explorer.scenario.value_at("workload.duration_ms") == 300
