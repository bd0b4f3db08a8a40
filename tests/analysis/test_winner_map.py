"""The map of the cheapest option: each point is what compare says, each boundary exact to the step."""

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest

import lambdaplan
from campaigns import PROVE
from lambdaplan import Scenario
from lambdaplan.analysis.winner_map import is_quick
from lambdaplan.charts import winner_map
from lambdaplan.platforms import OPTIONS as PLATFORMS

REQUESTS = "workload.requests_per_month"
OPTIONS = [
    {"kind": "lambda", "memory_mb": 1024},
    {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1},
    {"kind": "ec2", "instance_type": "m7g.large"},
]


def scenario(**changes):
    document = {
        "version": 1,
        "name": "map",
        "workload": {
            "requests_per_month": 10**7,
            "duration_ms": 200,
            "busy_share": 0.3,
            "working_set_mb": 300,
            "traffic": {"hourly": [1] * 84 + [4] * 84, "burst": 2},
        },
        "options": OPTIONS,
    }
    return Scenario.from_dict(document | changes)


OVERS = [
    (REQUESTS, "workload.duration_ms"),
    (REQUESTS, "workload.busy_share"),
    ("workload.duration_ms", "workload.traffic.burst"),
    ("options.0.memory_mb", REQUESTS),
    ("options.1.target_utilisation", REQUESTS),
    ("options.2.min_units", "workload.request_kb"),
]


def value(asked, path, number):
    rule = asked.axis(path, "over")
    exact = Fraction(repr(float(number)))
    return int(exact) if rule.whole else exact


def there(asked, found, x, y):
    """The scenario at a point of a map."""
    across, down = found.over
    return asked.at(across, value(asked, across, x)).at(down, value(asked, down, y))


def assert_alike(asked, found, points):
    """Winner and closeness are those of compare, at some points."""
    rng = random.Random(str(found.over))
    every = [(row, column) for row in range(len(found.y)) for column in range(len(found.x))]
    for row, column in rng.sample(every, min(points, len(every))):
        comparison = lambdaplan.compare(there(asked, found, found.x[column], found.y[row]))
        assert found.label(found.winner[row, column]) == comparison.winner
        assert found.close[row, column] == comparison.close


def assert_boundary(asked, found, boundary):
    """One step below a boundary the winner is another."""
    grain = asked.axis(found.over[0], "over").grain
    before = value(asked, found.over[0], boundary.at) - grain
    assert lambdaplan.compare(there(asked, found, boundary.at, boundary.y)).winner == boundary.above
    assert lambdaplan.compare(there(asked, found, float(before), boundary.y)).winner == boundary.below


@pytest.mark.parametrize("over", OVERS)
def test_each_point_has_the_winner_that_compare_finds(over):
    asked = scenario()
    found = lambdaplan.atlas(asked, over=over, points=25)
    rng = random.Random(str(over))
    for _ in range(40):
        row, column = rng.randrange(len(found.y)), rng.randrange(len(found.x))
        there = asked.at(over[0], value(asked, over[0], found.x[column])).at(
            over[1], value(asked, over[1], found.y[row])
        )
        comparison = lambdaplan.compare(there)
        assert found.label(found.winner[row, column]) == comparison.winner
        assert found.close[row, column] == comparison.close
        for which, result in enumerate(comparison.options):
            usd = found.usd[which, row, column]
            assert usd == pytest.approx(float(result.cost_usd), rel=1e-9) if result.feasible else np.isnan(usd)


@pytest.mark.parametrize("over", OVERS[:4])
def test_the_winner_changes_at_each_boundary_and_one_step_before_is_the_other(over):
    asked = scenario()
    found = lambdaplan.atlas(asked, over=over, points=20)
    grain = asked.axis(over[0], "over").grain
    rng = random.Random(1)
    assert found.boundaries
    for boundary in rng.sample(found.boundaries, min(12, len(found.boundaries))):
        at = value(asked, over[0], boundary.at)
        row = asked.at(over[1], value(asked, over[1], boundary.y))
        assert lambdaplan.compare(row.at(over[0], at)).winner == boundary.above
        assert lambdaplan.compare(row.at(over[0], at - (int(grain) if grain == 1 else grain))).winner == boundary.below


def test_boundaries_of_a_row_are_the_crossovers_of_that_row():
    asked = scenario()
    found = lambdaplan.atlas(asked, over=(REQUESTS, "workload.duration_ms"), points=(200, 5))
    for y in found.y:
        crossovers = lambdaplan.compare(
            asked.at("workload.duration_ms", value(asked, "workload.duration_ms", y))
        ).crossovers
        mine = {(b.at, b.below, b.above) for b in found.boundaries if b.y == y}
        assert mine <= {(c.at, c.below, c.above) for c in crossovers}
        if len(crossovers) < 3:
            assert len(mine) == len(crossovers)


def test_options_that_tie_everywhere_go_to_the_first_and_are_too_close_to_call():
    twins = [OPTIONS[0], {**OPTIONS[0], "label": "twin"}]
    found = lambdaplan.atlas(scenario(options=twins), over=(REQUESTS, "workload.duration_ms"), points=10)
    assert set(found.winner.ravel().tolist()) == {0}
    assert found.close.all() and not found.boundaries


def test_where_nothing_is_feasible_or_a_price_is_missing_nobody_wins():
    small = lambdaplan.atlas(
        scenario(options=OPTIONS[:1]), over=("workload.working_set_mb", REQUESTS), points=8, x_range=(500, 2000)
    )
    assert {small.label(n) for n in small.winner[:, -1]} == {None}
    assert {small.label(n) for n in small.winner[:, 0]} == {"Lambda 1024 MB"}
    unpriced = scenario(region="ap-east-2", options=[OPTIONS[0], {"kind": "fargate", "vcpu": 1, "memory_gb": 2}])
    if any(result.bill.unknown for result in lambdaplan.compare(unpriced).options):
        assert None in lambdaplan.atlas(unpriced, over=(REQUESTS, "workload.duration_ms"), points=8).share


def test_nobody_wins_where_the_known_part_of_an_unknown_bill_is_not_dearer():
    # The book has no Spot price of this type: only its volumes and load balancer are known.
    asked = scenario(options=[OPTIONS[0], {"kind": "ec2", "instance_type": "c7a.large", "purchase": "spot"}])
    assert lambdaplan.compare(asked).options[1].bill.unknown
    found = lambdaplan.atlas(asked, over=(REQUESTS, "workload.duration_ms"), points=9)
    assert {None, "Lambda 1024 MB"} == set(found.share)
    assert np.isnan(found.usd[1]).all()
    assert_alike(asked, found, 81)


def test_grey_places_are_named_by_their_cause():
    asked = scenario(options=[OPTIONS[0], {"kind": "ec2", "instance_type": "c7a.large", "purchase": "spot"}])
    limited = lambdaplan.atlas(
        scenario(options=OPTIONS[:1]), over=("workload.working_set_mb", REQUESTS), points=8, x_range=(500, 2000)
    )
    (words,) = winner_map.nobody_words(limited)
    assert words.startswith("Grey where each option breaks a limit; in its middle, at ")
    assert words.endswith(": Lambda memory for the working set and one request")
    assert words in winner_map.map_words(limited, exact=True)
    unpriced = lambdaplan.atlas(asked, over=(REQUESTS, "workload.duration_ms"), points=9)
    (words,) = winner_map.nobody_words(unpriced)
    assert words.startswith("Grey where a price is missing; in its middle, at ")
    assert words.endswith(": EC2 c7a.large Spot, EC2 c7a.large, Spot")
    for found, cause in ((limited, -1), (unpriced, -2)):
        assert set(np.unique(found.winner).tolist()) == {cause, 0}
        there = found.nobody_at(cause)
        assert there.winner is None and bool(there.blocked_by) == (cause == -2)
    assert limited.nobody_at(-2) is None and unpriced.nobody_at(-1) is None


AUTO = [
    {"kind": "fargate", "size": "auto"},
    {"kind": "lambda", "memory_mb": "auto", "architecture": "arm64"},
    {"kind": "hybrid", "base": {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}, "level": "auto"},
]


@pytest.mark.parametrize("option", AUTO, ids=lambda option: option["kind"])
@pytest.mark.parametrize(
    "over",
    [
        (REQUESTS, "workload.duration_ms"),
        ("workload.busy_share", REQUESTS),
        ("workload.duration_ms", "workload.traffic.burst"),
    ],
)
def test_sizes_left_to_be_chosen_can_stand_on_a_map(option, over):
    asked = scenario(options=[OPTIONS[0], option])
    points = 5 if PROVE else 3
    found = lambdaplan.atlas(asked, over=over, points=points)
    assert_alike(asked, found, 2 * points)
    for boundary in found.boundaries[:2]:
        assert_boundary(asked, found, boundary)


def test_ties_of_options_that_are_no_twins_go_to_the_earlier_one():
    # A fixed fleet under flat traffic is the hourly one: both bills are the same number everywhere.
    work = {"requests_per_month": 10**7, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 300}
    fleets = [{**OPTIONS[1], "scaling": way, "label": way} for way in ("fixed", "hourly")]
    found = lambdaplan.atlas(scenario(workload=work, options=fleets), over=(REQUESTS, "workload.duration_ms"), points=7)
    assert found.share == {"fixed": 1.0}
    assert found.close.all() and not found.lead_fraction.any() and not found.boundaries


def test_default_ranges_are_what_fits_the_scenario():
    asked = scenario()
    by_zone = lambdaplan.atlas(asked, over=("options.1.zones", "workload.busy_share"), points=4)
    assert (by_zone.x[0], by_zone.x[-1]) == (2, 16)  # one zone does not survive its loss
    assert (by_zone.y[0], by_zone.y[-1]) == (0, 1)
    work = {"requests_per_month": 10**7, "duration_ms": 200, "cpu_ms": 60, "working_set_mb": 300}
    by_cpu = lambdaplan.atlas(scenario(workload=work), over=("workload.cpu_ms", "workload.duration_ms"), points=4)
    assert (by_cpu.x[0], by_cpu.x[-1]) == (6, 60)  # a request of 200 ms has no 600 ms of CPU time
    assert (by_cpu.y[0], by_cpu.y[-1]) == (200, 2000)


@pytest.mark.parametrize(
    ("over", "more", "words"),
    [
        ((REQUESTS, "workload.duration"), {}, ["over.1", "Did you mean workload.duration_ms?"]),
        ((REQUESTS, REQUESTS), {}, ["over.1", "the first number too"]),
        ((REQUESTS,), {}, ["over"]),
        ((REQUESTS, "region"), {}, ["over.1"]),
        ((REQUESTS, "workload.duration_ms"), {"points": 1}, ["points = 1 is outside 2..2000"]),
        ((REQUESTS, "workload.duration_ms"), {"points": "many"}, ["points"]),
        ((REQUESTS, "workload.busy_share"), {"y_range": (0, 1.5)}, ["y_range.1 = 1.5 is outside 0..1"]),
        ((REQUESTS, "workload.busy_share"), {"y_range": (0.5, 0.5)}, ["y_range.1", "not above"]),
        ((REQUESTS, "workload.duration_ms"), {"x_range": (-5, 10)}, ["x_range.0 = -5"]),
        (([1], REQUESTS), {}, ["over.0", "the path of a number"]),
        ((REQUESTS, "workload.duration_ms"), {"points": ([1], 2)}, ["points"]),
        ((REQUESTS, "workload.duration_ms"), {"y_range": 5}, ["y_range", "first and the last"]),
        ((REQUESTS, "workload.busy_share"), {"y_range": (0, 0.5005)}, ["y_range.1", "a multiple of 0.001"]),
        ((REQUESTS, "options.1.zones"), {"y_range": (1, 3)}, ["options.1.zones (at ", "does not survive its loss"]),
    ],
)
def test_one_line_for_a_wrong_argument(over, more, words):
    with pytest.raises(lambdaplan.InputError) as error:
        lambdaplan.atlas(scenario(), over=over, **more)
    assert all(word in str(error.value).split("\n")[0] for word in words)


@pytest.fixture(scope="module")
def pictured():
    found = lambdaplan.atlas(scenario(), over=(REQUESTS, "workload.duration_ms"), points=20)
    return found, lambdaplan.chart(found).to_dict()


def test_the_picture_has_exact_ends_a_cross_and_its_finding(pictured):
    found, spec = pictured
    rows = spec["layer"][0]["data"]["values"]
    assert {float(boundary.at) for boundary in found.boundaries} <= {row["x"] for row in rows}
    assert len(rows) == len(found.runs) < found.winner.size
    most = round(100 * max(found.share.values()))
    assert f"is cheapest in {most} % of this map" in " ".join(spec["title"]["text"])
    assert "too close to call (a lead below 5 %)" in " ".join(spec["title"]["subtitle"])
    assert any(isinstance(layer["mark"], dict) and layer["mark"].get("shape") == "cross" for layer in spec["layer"])
    assert "Prices: aws-" in spec["description"] and "At the scenario's own numbers: " in spec["description"]
    assert len(found.to_frame()) == found.winner.size


def test_each_option_has_its_colour_and_a_paler_opaque_one(pictured):
    _, spec = pictured
    colour = spec["layer"][0]["encoding"]["color"]
    fill = dict(zip(colour["scale"]["domain"], colour["scale"]["range"], strict=True))
    assert fill["Lambda 1024 MB"] == PLATFORMS["lambda"].colours[0]
    assert fill["Lambda 1024 MB, close"] == "#e7b99d"  # 40 % of #c2500a, 60 % of white
    assert {row["look"] for row in spec["layer"][0]["data"]["values"]} == set(fill)
    assert "opacity" not in spec["layer"][0]["encoding"]
    assert "paler: too close to call" in colour["legend"]["labelExpr"]


def test_rows_of_the_picture_cover_the_map_from_edge_to_edge(pictured):
    found, spec = pictured
    rows = spec["layer"][0]["data"]["values"]
    for y in {row["row"] for row in rows}:
        here = sorted((row["x"], row["x2"]) for row in rows if row["row"] == y)
        assert here[0][0] == found.x[0] and here[-1][1] == found.x[-1]
        assert all(one[1] == other[0] for one, other in itertools.pairwise(here))
    assert min(row["top"] for row in rows) == 0
    assert max(row["bottom"] for row in rows) == spec["height"]


def test_the_table_beside_it_has_the_same_boundaries(pictured):
    found, _ = pictured
    table = winner_map.table_rows(found)
    assert [row["duration of a request (ms)"] for row in (table[0], table[-1])] == ["20", "2,000"]
    boundary = next(b for b in found.boundaries if b.y == found.y[0])
    assert f"{boundary.above} from {boundary.at:,}" in table[0]["cheapest, by requests a month"]
    assert len(winner_map.atlas_table(found)) == len(table) == 9


def test_shares_in_the_title_are_not_cut():
    assert [winner_map._percent(share) for share in (0.6, 0.2, 0.596, 0.0107, 0.004, 0.0001, 0.9962)] == [
        "60 %",
        "20 %",
        "60 %",
        "1 %",
        "0.4 %",
        "less than 0.1 %",
        "99.6 %",
    ]


def test_as_fine_as_the_grid_each_point_keeps_its_answer_and_each_row_is_whole(pictured):
    found, _ = pictured
    for row, runs in itertools.groupby(found.cells, key=lambda run: run.row):
        here = list(runs)
        assert here[0].start == found.x[0] and here[-1].stop == found.x[-1]
        assert all(one.stop == other.start for one, other in itertools.pairwise(here))
        for column, x in enumerate(found.x.tolist()):
            run = next((run for run in here if run.start <= x < run.stop), here[-1])
            assert (run.winner, run.close) == (found.winner[row, column], found.close[row, column])
    assert len({run.row for run in found.cells}) == len(found.y)


def test_a_picture_as_fine_as_the_grid_says_so(pictured):
    found, spec = pictured
    rough = winner_map.atlas_chart(found, exact=False).to_dict()
    words = "Drawn from 20 × 20 points: boundaries are as fine as these."
    assert words in rough["description"] and words in " ".join(rough["title"]["subtitle"])
    assert words not in spec["description"]
    assert "EC2 m7g.large from about " in winner_map.table_rows(found, exact=False)[-1]["cheapest, by requests a month"]


def test_maps_are_quick_unless_a_size_is_chosen_or_an_answer_time_held():
    asked = scenario()
    assert is_quick(asked)
    assert not is_quick(asked.with_values({"options.0.memory_mb": "auto"}))
    assert not is_quick(asked.with_values({"workload.slo": {"percentile": 99, "response_ms": 2000}}))
