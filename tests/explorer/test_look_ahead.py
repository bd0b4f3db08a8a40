"""Pictures made ahead are those of `compare`, come nearest first, and hold for one scenario only."""

from __future__ import annotations

import asyncio
import itertools

import pytest

import virtual_time
from campaigns import PROVE
from lambdaplan import Explorer, InputError, Scenario, atlas, compare
from lambdaplan.errors import Problem
from lambdaplan.explorer import look_ahead
from lambdaplan.explorer.details import MAP
from lambdaplan.explorer.explorer import REST_S
from lambdaplan.explorer.look_ahead import Ahead
from lambdaplan.explorer.view import picture
from lambdaplan.resources import data_dir

SLIDERS = ("requests", "duration", "memory", "busy", "peak")


def scenario(name: str = "node_api", **values) -> Scenario:
    return Scenario.load(data_dir() / "scenarios" / f"{name}.json").with_values(values)


class Sent(list):
    def __call__(self, made, run, slider, stop) -> None:
        self.append((run, slider, stop, made["of"]))


def made(slider: str, stop: int) -> dict:
    if stop == 7:
        raise InputError([Problem("range", slider, "7", "anything but 7")])
    return {"of": f"{slider} {stop}"}


def test_the_nearest_stops_come_first_and_one_without_an_answer_is_left_out():
    sent = Sent()

    async def look() -> None:
        Ahead(made, sent).around("duration", "line", 5, 12)
        await asyncio.sleep(0.2)

    virtual_time.run(look())
    stops = [stop for _, _, stop, _ in sent]
    assert sorted(stops) == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11]
    assert all(abs(a - 5) <= abs(b - 5) for a, b in itertools.pairwise(stops))
    assert {(run, slider, of) for run, slider, _, of in sent} == {(1, "duration", f"duration {n}") for n in stops}


def test_another_scenario_begins_another_run_and_the_hand_decides_what_is_next():
    sent = Sent()

    async def look() -> None:
        pictures = Ahead(made, sent)
        pictures.around("duration", "one", 0, 1000)
        await asyncio.sleep(0.02)
        pictures.around("duration", "one", 0, 1000)
        assert pictures.run == 1
        pictures.around("duration", "other", 500, 1000)
        before = len(sent)
        await asyncio.sleep(0.02)
        pictures.moved("memory", 3)  # not the one in hand
        pictures.moved("duration", 900)
        here = len(sent)
        await asyncio.sleep(0.02)
        assert {run for run, *_ in sent[:before]} == {1} and {run for run, *_ in sent[before:]} == {2}
        assert sent[before][2] == 500 and 7 < here - before < look_ahead.REACH
        assert sent[here + 1][2] in (899, 900, 901)
        pictures.around("duration", None, 0, 0)
        await asyncio.sleep(0.01)
        done = len(sent)
        await asyncio.sleep(0.05)
        assert len(sent) == done

    virtual_time.run(look())


def slowly(share: float):
    """Makes a picture in a share of the longest time."""

    def take_long(slider: str, stop: int) -> dict:
        asyncio.get_running_loop().advance(share * look_ahead.SLOWEST_S)
        return {"of": f"{slider} {stop}"}

    return take_long


def test_it_gives_up_where_a_picture_takes_long():
    sent = Sent()

    async def look() -> None:
        pictures = Ahead(slowly(1.01), sent)
        pictures.around("duration", "line", 5, 12)
        await asyncio.sleep(5)
        pictures.moved("duration", 6)  # nor is one made for each stop that is passed
        pictures.around("duration", "line", 6, 12)
        await asyncio.sleep(5)
        pictures.around("duration", "another", 6, 12)
        await asyncio.sleep(5)

    virtual_time.run(look())
    assert [stop for _, _, stop, _ in sent] == [5, 6]


def test_it_goes_on_where_a_picture_takes_a_little_less():
    sent = Sent()

    async def look() -> None:
        Ahead(slowly(0.99), sent).around("duration", "line", 5, 12)
        await asyncio.sleep(5)

    virtual_time.run(look())
    assert len(sent) == 12


def test_without_a_kernel_nothing_is_made():
    sent = Sent()
    Ahead(made, sent).around("duration", "line", 5, 12)
    assert sent == []


# in the explorer


@pytest.fixture(scope="module")
def only_one() -> Explorer:
    return Explorer()


@pytest.fixture
def explorer(only_one, monkeypatch) -> Explorer:
    only_one._ahead.around("", None, 0, 0)  # no slider in hand
    only_one.scenario = scenario()
    only_one.sent = []
    monkeypatch.setattr(
        only_one._view.chart, "send", lambda message, buffers: only_one.sent.append((message, bytes(buffers[0])))
    )
    return only_one


# With the duration held: in every run the slider of memory, all in the long proofs.
HELD = [(key, hold) for key in SLIDERS for hold in (False, True) if PROVE or not hold or key == "memory"]


@pytest.mark.parametrize(("key", "hold"), HELD)
def test_a_picture_made_ahead_is_that_of_compare(explorer, key, hold):
    explorer._controls["hold"].box.value = hold
    explorer.scenario = scenario()
    explorer._controls["hold"].box.value = hold
    control = explorer._controls[key]

    async def look() -> None:
        explorer._look_ahead(key)
        await asyncio.sleep(10 * look_ahead.PAUSE_S)
        explorer._ahead.around(key, None, 0, 0)

    virtual_time.run(look())
    assert len(explorer.sent) > 3
    base = scenario(**{"workload.measured_memory_mb": 1024}) if hold else scenario()
    for message, lines in explorer.sent if PROVE else explorer.sent[:: max(1, len(explorer.sent) // 2)]:
        values = dict(control.ask(base, control.stops[message["stop"]]))
        if hold and key == "memory":
            values["workload.measured_memory_mb"] = control.stops[message["stop"]]
        wanted = picture(compare(base.with_values(values)))
        assert message["slider"] == key
        assert lines == wanted.pop("lines")
        spec = wanted.pop("spec")
        assert message["picture"]["spec"] in (None, spec)
        assert {name: part for name, part in message["picture"].items() if name != "spec"} == wanted


def test_another_room_draws_the_chart_anew_and_takes_back_pictures_of_the_old_one(explorer):
    chart, run = explorer._view.chart, explorer._ahead.run
    widths = {}
    for room in ("narrow", "middle", "wide"):
        chart.room = room
        assert chart.picture == picture(explorer.comparison, room) and explorer._ahead.run > run
        widths[room], run = chart.picture["spec"]["width"], explorer._ahead.run
    assert widths["narrow"] < 260 < widths["middle"] < widths["wide"]


def test_the_answer_follows_when_the_slider_rests(explorer):
    slider, before = explorer._controls["duration"].slider, explorer.scenario

    async def slide() -> None:
        for _ in range(3):
            slider.index += 1
            await asyncio.sleep(REST_S / 4)
        assert explorer.scenario == before
        await asyncio.sleep(3 * REST_S)

    virtual_time.run(slide())
    stops = explorer._controls["duration"].stops
    assert explorer.scenario == before.with_values({"workload.duration_ms": stops[slider.index]})
    explorer._toolbar._take(explorer._toolbar._history.go(-1))
    assert explorer.scenario == before  # one step back, not three


def test_another_control_does_not_forget_a_slider_that_has_not_come_to_rest(explorer):
    slider, before = explorer._controls["duration"].slider, explorer.scenario

    async def slide() -> None:
        slider.index += 1
        explorer._controls["requests"].box.value = "2M"
        await asyncio.sleep(3 * REST_S)

    virtual_time.run(slide())
    values = {
        "workload.requests_per_month": 2_000_000,
        "workload.duration_ms": explorer._controls["duration"].stops[slider.index],
    }
    assert explorer.scenario == before.with_values(values)


@pytest.mark.parametrize("name", ["node_api", "steady_api", "webhook_receiver"])
def test_crossovers_taken_over_along_the_axis_are_those_that_would_be_found(name):
    known = compare(scenario(name))
    assert known.crossovers is not None
    for requests in (1, 77_000, 900_000_000):
        there = scenario(name, **{"workload.requests_per_month": requests})
        assert compare(there, known=known).document() == compare(there).document()
    elsewhere = scenario(name, **{"workload.duration_ms": 333})
    assert compare(elsewhere, known=known).document() == compare(elsewhere).document()


def test_a_click_on_the_map_goes_there(explorer):
    shown = explorer._view.folds["map"]
    shown.fold.value = True
    side = atlas(explorer.scenario, over=MAP, points=2).sides[1]
    low, high = (float(side.value(place)) for place in (side.low, side.high))
    shown.chart._handle_custom_msg({"pick": [0.5, 0.25]}, [])
    there = explorer.scenario.workload
    # Half of 10 k to 1 B on a log scale; a quarter of the way up the durations.
    assert there.requests_per_month == 3_160_000
    assert float(there.duration_ms) == pytest.approx(low * (high / low) ** 0.25, rel=0.006)
    shown.fold.value = False


def test_a_place_of_the_map_without_an_answer_is_said_beside_its_box(explorer):
    explorer.scenario = scenario(**{"workload.init_ms": 300})
    before = explorer.comparison
    explorer._gone({"workload.requests_per_month": 10**16, "workload.duration_ms": 900})
    requests = explorer._controls["requests"]
    assert "outside 0..1000000000000000" in requests.note.value and explorer.comparison is before
    assert "lp-message" not in explorer._controls["duration"].note.value
    explorer._controls["duration"].box.value = "90"
    assert "lp-message" not in requests.note.value and "lp-wrong" not in requests.row._dom_classes
