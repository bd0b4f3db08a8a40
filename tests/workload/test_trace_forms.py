"""Traces as people have them: every form gives the figures of the plain one; zeros that are left out are zeros.

The trace of the golden file is from the Numenta Anomaly Benchmark (MIT licence), one request where it has many.
"""

import gzip
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lambdaplan.comparison.comparison import compare
from lambdaplan.errors import InputError
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.workload.trace import read_trace

GOLDEN = Path(__file__).parent.parent / "golden" / "field"
START = datetime(2026, 10, 5, tzinfo=UTC)
SCENARIO = {
    "version": 1,
    "name": "a trace",
    "workload": {
        "requests_per_month": 50000,
        "duration_ms": 150,
        "working_set_mb": 150,
        "measured_memory_mb": 1024,
        "busy_share": 0.3,
        "init_ms": 500,
    },
    "options": [{"kind": "lambda", "memory_mb": 1024, "front_door": "none"}],
}


def rows_of(seed: int, *, sparse: bool = False, minutes: int = 60, days: int = 9) -> list[tuple[datetime, int]]:
    """Counts a period, many of them 0 where the trace is sparse; the first and the last are not."""
    rng = random.Random(seed)
    start = START + timedelta(minutes=rng.choice((0, 4, 7)) if sparse else 0)
    count = days * 24 * 60 // minutes
    chance = 0.15 if sparse else 1.0
    counts = [rng.randint(1, 900) if rng.random() < chance else 0 for _ in range(count)]
    counts[0] = counts[-1] = 5
    return [(start + timedelta(minutes=minutes * n), one) for n, one in enumerate(counts)]


def written(path: Path, rows: list[tuple[datetime, int]]) -> Path:
    """The plain form."""
    lines = [f"{time:%Y-%m-%dT%H:%M:%SZ},{count}" for time, count in rows]
    path.write_text("timestamp,requests\n" + "\n".join(lines) + "\n")
    return path


def figures(trace) -> tuple:
    """What a scenario takes of a trace."""
    return trace.hourly, trace.burst, trace.interval_s


def iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


FORMS = {
    "timestamp,value": lambda rows: ["timestamp,value", *(f"{t:%Y-%m-%d %H:%M:%S}Z,{n}.0" for t, n in rows)],
    "period;count": lambda rows: ["period;count", *(f"{iso(t)};{n}" for t, n in rows)],
    "count first, tabs": lambda rows: ["requests\twhen", *(f"{n}\t{iso(t)}" for t, n in rows)],
    "newest first": lambda rows: ["timestamp,requests", *(f"{iso(t)},{n}" for t, n in reversed(rows))],
    "any order": lambda rows: ["timestamp,requests", *(f"{iso(t)},{n}" for t, n in shuffled(rows))],
    "slashes": lambda rows: ["timestamp,requests", *(f"{t:%Y/%m/%d %H:%M:%S}Z,{float(n)}" for t, n in rows)],
    "epoch seconds": lambda rows: ["time,sum", *(f"{t.timestamp():.0f},{n}" for t, n in rows)],
    "epoch milliseconds, no names": lambda rows: [f"{t.timestamp() * 1000:.0f},{n}" for t, n in rows],
    "further columns": lambda rows: ["host,timestamp,p95,requests", *(f"a,{iso(t)},{n % 7},{n}" for t, n in rows)],
    "quoted": lambda rows: ['"@timestamp","RequestCount","unit"', *(f'"{iso(t)}","{n}","Count"' for t, n in rows)],
    "offsets that change": lambda rows: ["timestamp,requests", *(f"{moved(t)},{n}" for t, n in rows)],
}


def shuffled(rows: list) -> list:
    return random.Random(7).sample(rows, len(rows))


def moved(time: datetime) -> str:
    """A time as a clock shows it that is put back by an hour on 9 October."""
    hours = 2 if time < datetime(2026, 10, 9, 1, tzinfo=UTC) else 1
    return f"{time + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}+0{hours}:00"


@pytest.mark.parametrize("form", FORMS)
def test_a_form_has_the_figures_of_the_plain_one(form, tmp_path):
    for seed, minutes in ((1, 60), (2, 15)):
        rows = rows_of(seed, minutes=minutes)
        path = tmp_path / "form.csv"
        path.write_text("\n".join(FORMS[form](rows)) + "\n")
        trace = read_trace(path)
        assert figures(trace) == figures(read_trace(written(tmp_path / "plain.csv", rows)))
        assert ("offsets change" in " ".join(trace.notes)) == (form == "offsets that change")


@pytest.mark.parametrize("seed", range(12))
def test_zeros_that_are_left_out_are_zeros(seed, tmp_path):
    minutes = (1, 5, 60)[seed % 3]
    rows = rows_of(seed, sparse=True, minutes=minutes, days=8)
    plain = read_trace(written(tmp_path / "plain.csv", rows))
    left_out = written(tmp_path / "left_out.csv", [row for row in rows if row[1]])
    trace = read_trace(left_out, zeros_omitted=True)
    assert figures(trace) == figures(plain)
    assert trace.requests == plain.requests
    assert trace.missing == sum(not n for _, n in rows)
    assert "do not stand there and count as no requests" in trace.notes[0]


def test_a_trace_without_its_zeros_has_the_cold_starts_of_the_whole_one(tmp_path):
    """1,318 cold starts with zeros, 780 where missing rows are taken as never seen."""
    lines = gzip.decompress((GOLDEN / "h1_zeros_written.csv.gz").read_bytes()).decode().splitlines()
    path = tmp_path / "trace.csv"
    path.write_text("\n".join(line for line in lines if not line.endswith(",0")) + "\n")
    cold = {}
    for omitted in (True, False):
        traffic = {"trace": str(path), "zeros_omitted": omitted}
        scenario = Scenario.from_dict({**SCENARIO, "workload": {**SCENARIO["workload"], "traffic": traffic}})
        (line,) = (one for one in compare(scenario).options[0].bill.lines if "initialisation" in one.item)
        cold[omitted] = line.note
    assert "1,318" in cold[True] and "780" in cold[False]


def test_files_of_cloudwatch_leave_zeros_out_by_themselves(tmp_path):
    rows = rows_of(5, sparse=True, minutes=60)
    plain = read_trace(written(tmp_path / "plain.csv", rows))
    kept = [(time, count) for time, count in rows if count]
    times, counts = [iso(time) for time, _ in kept], [count for _, count in kept]
    console = ["Id,m1,m2", "StatusCode,Complete,Complete", "Messages,,", "Label,Duration,Invocations"]
    console += [f"{time:%Y/%m/%d %H:%M:%S},{3 if count else ''},{count or ''}" for time, count in rows]
    data = {
        "MetricDataResults": [{"Id": "a", "Label": "Invocations", "Timestamps": times[::-1], "Values": counts[::-1]}]
    }
    points = [{"Timestamp": time, "Sum": count} for time, count in zip(times, counts, strict=True)]
    random.Random(3).shuffle(points)
    for text in ("\n".join(console), json.dumps(data), json.dumps({"Label": "Invocations", "Datapoints": points})):
        path = tmp_path / "cloudwatch"
        path.write_text(text)
        assert figures(read_trace(path)) == figures(plain)
    with pytest.raises(InputError, match="hours of the week are never seen"):
        read_trace(path, zeros_omitted=False)


def test_the_level_of_a_trace_is_told_and_taken(tmp_path):
    rows = rows_of(9)
    path = written(tmp_path / "t.csv", rows)
    level = round(sum(read_trace(path).hourly) / 168 * 720)
    workload = {k: v for k, v in SCENARIO["workload"].items() if k != "requests_per_month"}
    document = {**SCENARIO, "hours_per_month": 720, "workload": {**workload, "traffic": {"trace": str(path)}}}
    scenario = Scenario.from_dict(document)
    assert scenario.workload.requests_per_month == level
    assert f"requests_per_month is the trace's own level, {level:,} in 720 h." in scenario.workload.traffic.notes
    again = scenario.document()
    del again["workload"]["requests_per_month"]  # the weights that were read from a trace keep its level
    assert Scenario.from_dict(again).workload.requests_per_month == level
    given = Scenario.from_dict({**document, "workload": {**document["workload"], "requests_per_month": 5}})
    assert given.workload.requests_per_month == 5
    assert f"its own level is {round(level / 720 * 730):,} requests" in given.workload.traffic.notes[0]
    with pytest.raises(InputError, match="requests_per_month is missing"):
        Scenario.from_dict({**SCENARIO, "workload": workload})


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["time,a,b", "2026-10-05T00:00Z,1,2"], "2 columns of numbers"),
        (["a,b", "x,1"], "without a time"),
        (["time,requests", "2026-10-05T00:00Z,1", "2026-10-05T01:00,1"], "another offset"),
        (["time,requests", "2026-10-05T00:00Z,1", "soon,1"], 'the time "soon"'),
        (["time,requests", "2026-10-05T00:00Z,many", "2026-10-05T01:00Z,1"], "0 columns of numbers"),
        (["time,requests", "2026-10-05T00:00Z,1", "2026-10-05T01:00Z,many"], 'the count "many"'),
        (["time,requests", "2026-10-05T00:00Z,1", "2026-10-05T00:00Z,1"], "the time of another row"),
        (["time,requests", "2026-10-05T00:00Z,5,6"], "line 2 has 3 columns"),
        (['{"MetricDataResults": []}'], "0 series"),
        (['{"Datapoints": [{"Timestamp": 1, "Average": 3}]}'], "no points with the Sum"),
        (['{"Datapoints": ['], "broken JSON"),
    ],
)
def test_what_is_wrong_is_one_line(lines, words, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    with pytest.raises(InputError) as error:
        read_trace(path)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_zeros_omitted_goes_with_a_trace():
    document = {**SCENARIO, "workload": {**SCENARIO["workload"], "traffic": {"shape": "flat", "zeros_omitted": True}}}
    with pytest.raises(InputError, match="zeros_omitted = true does not fit: it goes with trace"):
        Scenario.from_dict(document)
