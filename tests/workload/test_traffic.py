"""Weeks by name, by weight and by trace, against hand-made traces and a slow reader of its own."""

from __future__ import annotations

import csv
import itertools
import json
import math
import random
import tracemalloc
from datetime import UTC, datetime, timedelta
from fractions import Fraction as F

import jsonschema
import pytest

from campaigns import PROVE
from lambdaplan.errors import InputError
from lambdaplan.workload.trace import read_trace
from lambdaplan.workload.traffic import Traffic, load_duration
from lambdaplan.workload.traffic_reading import SHAPES, TRAFFIC_SCHEMA, read_traffic
from places import ROOT

VALID = jsonschema.Draft202012Validator(TRAFFIC_SCHEMA)
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday by any calendar
SHAPE_FILE = ROOT / "data" / "traffic" / "shapes.csv"


def write(path, rows, header="timestamp,requests"):
    path.write_text("\n".join([header, *(f"{stamp},{count}" for stamp, count in rows)]) + "\n", encoding="utf-8")
    return path


def stamps(minutes, rows, start=MONDAY):
    return [(start + timedelta(minutes=minutes * i)).isoformat() for i in range(rows)]


def refusal(path):
    with pytest.raises(InputError) as error:
        read_trace(path)
    assert "\n" not in str(error.value)
    assert path.name in str(error.value)
    return str(error.value)


def read(value):
    problems = []
    found = read_traffic(value, "workload.traffic", problems)
    assert (found is None) == bool(problems)
    return found if found is not None else [problem.line for problem in problems]


def slow_week(path):
    """Weights and burst of a trace, minute by minute, as docs/traffic.md words them."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(datetime.fromisoformat(r["timestamp"]), F(r["requests"])) for r in csv.DictReader(file)]
    interval = min(b[0] - a[0] for a, b in itertools.pairwise(rows)) // timedelta(minutes=1)
    week, seen, clock = [F(0)] * 168, [0] * 168, {}
    for time, count in rows:
        for minute in range(interval):
            at = time + timedelta(minutes=minute)
            week[at.weekday() * 24 + at.hour] += count / interval
            seen[at.weekday() * 24 + at.hour] += 1
            clock.setdefault((at.date(), at.hour), []).append(count / interval)
    whole = sorted((max(c) * 60 / sum(c), sum(c)) for c in clock.values() if len(c) == 60 and sum(c))
    reached, needed = F(0), F(99, 100) * sum(total for _, total in whole)
    for burst, total in whole:
        reached += total
        if reached >= needed:
            return [60 * w / n for w, n in zip(week, seen, strict=True)], F(math.ceil(100 * burst), 100)
    raise AssertionError


@pytest.mark.parametrize(
    ("seed", "minutes"),
    [(1, 5), (2, 15), (5, 7), (7, 45), *([(3, 30), (4, 20), (6, 25), (8, 1), (9, 10)] if PROVE else [])],
)
def test_a_trace_is_read_as_a_slow_reader_reads_it(tmp_path, seed, minutes):
    chance = random.Random(seed)
    start = MONDAY + timedelta(minutes=chance.randrange(10_000))
    most = chance.choice([1000, 10**9])
    rows = [
        (stamp, chance.choice([chance.randrange(most), chance.randrange(20), 0, f"{chance.randrange(99)}.5"]))
        for stamp in stamps(minutes, 3 * 168 * 60 // minutes, start)
        if chance.random() > 0.05
    ]
    path = write(tmp_path / "t.csv", rows)
    weights, burst = slow_week(path)
    trace = read_trace(path)
    assert [float(w) for w in trace.hourly] == pytest.approx([float(w) for w in weights], rel=5e-9)
    assert all(F(repr(float(w))) == w for w in trace.hourly)
    assert trace.burst == burst
    assert trace.rows == len(rows)
    assert trace.requests == sum(F(count) for _, count in rows)


@pytest.mark.parametrize(("minutes", "offset"), [(60, 53), (120, 55), (360, 22), (1440, 10), (1440, 0)])
def test_rows_of_an_hour_or_more_are_spread_over_their_time(tmp_path, minutes, offset):
    start = MONDAY + timedelta(minutes=offset)
    path = write(tmp_path / "t.csv", [(s, i * i % 97) for i, s in enumerate(stamps(minutes, 20_160 // minutes, start))])
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(datetime.fromisoformat(r["timestamp"]), F(r["requests"])) for r in csv.DictReader(file)]
    week, seen = [F(0)] * 168, [0] * 168
    for time, count in rows:
        for minute in range(minutes):
            at = time + timedelta(minutes=minute)
            week[at.weekday() * 24 + at.hour] += count / minutes
            seen[at.weekday() * 24 + at.hour] += 1
    trace = read_trace(path)
    assert [float(w) for w in trace.hourly] == pytest.approx(
        [float(60 * w / n) for w, n in zip(week, seen, strict=True)], rel=5e-9
    )
    assert any("understated" in note for note in trace.notes) == (minutes > 60)


def test_the_size_of_a_piece_changes_nothing(tmp_path, monkeypatch):
    path = write(tmp_path / "t.csv", [(s, i * 7919 % 1009) for i, s in enumerate(stamps(7, 4000))])
    whole = read_trace(path)
    for size in (1 << 8, 1 << 10, 12_345):
        monkeypatch.setattr("lambdaplan.workload.trace.BLOCK", size)
        assert read_trace(path) == whole


def test_a_change_of_the_interval_is_an_error_and_no_gap(tmp_path):
    # 600 an hour throughout: a week of hours, then five-minute rows
    rows = [(stamp, 600) for stamp in stamps(60, 168)]
    rows += [(stamp, 50) for stamp in stamps(5, 1200, MONDAY + timedelta(hours=168, minutes=-55))]
    assert "line 169 ends 167 steps of 1 h, but line 170 is 5 min" in refusal(write(tmp_path / "t.csv", rows))
    late = [(stamp, 50) for stamp in stamps(5, 2100)]
    late.append(((MONDAY + timedelta(minutes=5 * 2099, seconds=10)).isoformat(), 50))
    assert "but line 2102 is 10 s after" in refusal(write(tmp_path / "t.csv", late))


def test_progress_is_told_and_nothing_is_printed(tmp_path, capsys):
    said = []
    path = write(tmp_path / "t.csv", [(stamp, 1) for stamp in stamps(1, 100_000)])
    read_trace(path, lambda rows, share: said.append((rows, share)))
    assert said[-1] == (100_000, 1.0) and len(said) > 1 and said == sorted(said)
    assert capsys.readouterr() == ("", "")


def test_a_moment_above_what_the_week_carries_is_noted(tmp_path):
    rows = [(stamp, 3000 if i == 200 else 100) for i, stamp in enumerate(stamps(60, 4 * 168))]
    path = write(tmp_path / "t.csv", rows)  # the mean of that hour of the week: (3 x 100 + 3000) / 4 = 825
    traffic = read({"trace": str(path)})
    assert max(traffic.hourly) == 825
    assert "1 h ran at 3,000 requests an hour, above 1,237.5" in traffic.notes[-1]
    assert "above" not in " ".join(read({"trace": str(path), "burst": 4}).notes)


def test_millions_of_millions_are_added_exactly(tmp_path):
    rows = [(stamp, 10**12 - i) for i, stamp in enumerate(stamps(60, 2 * 168))]
    trace = read_trace(write(tmp_path / "t.csv", rows))
    assert trace.hourly == tuple(10**12 - i - 84 for i in range(168))
    assert trace.requests == 336 * 10**12 - 335 * 336 // 2


def test_a_week_of_hours_is_its_own_weights(tmp_path):
    path = write(tmp_path / "t.csv", zip(stamps(60, 168), range(1, 169), strict=True))
    trace = read_trace(path)
    assert trace.hourly == tuple(range(1, 169))
    assert (trace.burst, trace.gaps, trace.rows, trace.interval_s) == (None, 0, 168, 3600)
    traffic = read({"trace": str(path)})
    assert traffic.burst == F(3, 2)
    assert "assumed" in traffic.notes[-1]
    level = f"t.csv: its own level is {round(sum(range(1, 169)) / 168 * 730):,} requests in a month of 730 h."
    assert read({"trace": str(path), "burst": 2}).notes == (level,)


def test_an_hour_of_the_week_is_that_of_the_offset(tmp_path):
    counts = range(168)
    for offset in ("+05:30", "-08:00", ""):
        rows = [(stamp.replace("+00:00", offset), n) for stamp, n in zip(stamps(60, 168), counts, strict=True)]
        assert read_trace(write(tmp_path / "t.csv", rows)).hourly == tuple(counts)


def test_gaps_are_counted_and_never_filled(tmp_path):
    rows = [(stamp, 10) for stamp in stamps(30, 2 * 336)]
    del rows[100:103], rows[200]
    trace = read_trace(write(tmp_path / "t.csv", rows))
    assert (trace.gaps, trace.missing) == (2, 4)
    assert set(trace.hourly) == {20}
    assert "2 gaps, 4 rows of 30 min missing (0.6 %)" in trace.notes[0]
    assert trace.text.endswith("T23:30Z, 30 min, 668 rows, 2 gaps")


def test_a_gap_to_the_same_hour_of_the_next_day_starts_a_new_hour(tmp_path):
    rows = [(stamp, 10) for stamp in stamps(30, 2 * 336)]
    rows[21:68] = []  # Monday 10:30 to Tuesday 09:30: 10:00 is followed by 10:00
    trace = read_trace(write(tmp_path / "t.csv", rows))
    assert set(trace.hourly) == {20} and trace.burst == 1


def test_long_intervals_are_spread_evenly(tmp_path):
    trace = read_trace(write(tmp_path / "t.csv", [(stamp, 12 * i) for i, stamp in enumerate(stamps(240, 42))]))
    assert trace.hourly == tuple(3 * (hour // 4) for hour in range(168))
    assert "understated" in trace.notes[0]


def test_burst_covers_the_hours_with_99_percent_of_the_requests(tmp_path):
    counts = [10] * 672  # 40 an hour
    counts[0:4] = [0, 0, 0, 1]  # 4 times its mean, but idle: 1 of 6,7xx requests
    counts[8:12] = [10, 10, 10, 50]  # mean 20: 2.5, and more than 1 % of all
    path = write(tmp_path / "t.csv", zip(stamps(15, 672), counts, strict=True))
    assert read_trace(path).burst == F(5, 2)
    counts[11] = 51  # 51 / 20.25 = 2.5185...
    path = write(tmp_path / "t.csv", zip(stamps(15, 672), counts, strict=True))
    assert read_trace(path).burst == F(252, 100)
    assert read({"trace": str(path), "burst": 1}).burst == 1
    # the same hour among ten weeks is less than 1 % of all
    assert read_trace(write(tmp_path / "t.csv", zip(stamps(15, 6720), counts + [10] * 6048, strict=True))).burst == 1


def test_weights_that_are_no_whole_numbers_have_nine_digits(tmp_path):
    rows = [(stamp, 1 if i < 168 else 0) for i, stamp in enumerate(stamps(60, 3 * 168))]
    trace = read_trace(write(tmp_path / "t.csv", rows))
    assert set(trace.hourly) == {F("0.333333333")}


def test_quotes_windows_lines_a_mark_and_empty_lines_at_the_end_are_fine(tmp_path):
    lines = ["timestamp,requests", *(f'"{stamp}","{i}.50"' for i, stamp in enumerate(stamps(60, 168))), "", ""]
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert read_trace(path).hourly == tuple(F(2 * i + 1, 2) for i in range(168))


WEEK = [(stamp, 5) for stamp in stamps(60, 170)]


def changed(place, *rows):
    return [*WEEK[:place], *rows, *WEEK[place + 1 :]]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], ("no rows",)),
        (WEEK[:1], ("one row",)),
        (WEEK[:150], ("6 days 6 h", "18 of the 168", "the first is Sunday 06:00")),
        ([row for row in WEEK if "T03" not in row[0]], ("7 of the 168", "the first is Monday 03:00")),
        (changed(5, ("yesterday", 5)), ("line 7", '"yesterday"', "2026-11-23T14:05Z")),
        (changed(5, ("", 5)), ('line 7 has the time ""',)),
        (changed(5, (WEEK[5][0], -1)), ("line 7", '"-1"', "from 0 to")),
        (changed(5, (WEEK[5][0], "")), ("line 7", "no count")),
        (changed(5, (WEEK[5][0], "many")), ("line 7", '"many"')),
        (changed(5, (WEEK[5][0], "nan")), ("line 7", '"nan"')),
        (changed(5, (WEEK[5][0], "1_000")), ("line 7", '"1_000"')),
        (changed(5, (WEEK[5][0], "٣")), ("line 7", '"٣"')),
        (changed(5, (WEEK[5][0], "5,6")), ("line 7", "two columns")),
        (changed(5, (WEEK[5][0].replace("+00:00", "+01:00"), 5)), ("line 7 has the offset +01:00", "have Z", "UTC")),
        (changed(5, (WEEK[5][0].replace("+00:00", ""), 5)), ("line 7 has no offset", "have Z")),
        (changed(5, WEEK[4]), ("line 7 has the time of the row before it", "each time stands once")),
        (changed(1, WEEK[0]), ("line 3 has the time of the row before",)),
        ([(s.replace("+00:00", ""), 5) for s, _ in [*WEEK[:4], *WEEK[3:]]], ("line 6", "daylight saving", "UTC")),
        (
            [(s.replace("+00:00", ""), 5) for s in [*stamps(30, 4), *stamps(30, 400, MONDAY + timedelta(hours=1))]],
            ("line 6 goes back 30 min", "daylight saving", "UTC"),
        ),
        (changed(5, WEEK[2]), ("line 7 is 2 h earlier", "order of time")),
        (
            changed(5, (WEEK[5][0].replace(":00:00", ":07:00", 1), 5)),
            ("line 8 is 53 min", "1 h apart", "whole multiples"),
        ),
        ([(stamp, 0) for stamp, _ in WEEK], ("all counts are 0",)),
        ([(stamp, 5) for stamp in stamps(90, 2000)], ("interval of 1 h 30 min", "divide a day")),
        ([(stamp, 5) for stamp in stamps(300, 200)], ("interval of 5 h",)),
        ([(stamp, 10**13) for stamp, _ in WEEK], ("line 2", "1,000,000,000,000")),
        (changed(5, (WEEK[5][0], "9" * 5000)), ("line 7", "999…")),
        (changed(5, ("9" * 5000, 1)), ("line 7",)),
        ([(stamp, 5) for stamp in stamps(30, 335)], ("6 days 23 h 30 min", "30 min short of a week")),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path, rows, words):
    said = refusal(write(tmp_path / "t.csv", rows))
    assert all(word in said for word in words), said
    assert len(said) < 300


def test_files_that_are_no_traces(tmp_path):
    assert "no such file" in refusal(tmp_path / "none.csv")
    assert "folder" in refusal(tmp_path)
    path = tmp_path / "t.csv"
    for content, words in (
        (b"", "is empty"),
        (b"\n", "no rows"),
        (b"time,requests\n", "no rows"),
        (b"timestamp,requests,x\n", "no rows"),
        (b"timestamp,requests\n2024-01-01,5\n2024-01-02,\xff\n", "line 3 is not UTF-8"),
        (b"timestamp,requests\n2024-01-01,5\n\n2024-01-01,5\n", "line 4"),
        (b"timestamp,requests\n2024-01-01\n", "line 2"),
        (b"\0" * 3_000_000, "longer than 1 MB"),
    ):
        path.write_bytes(content)
        assert words in refusal(path)


def test_a_traffic_with_a_trace_says_where_it_is_from(tmp_path):
    name = "a" * 150 + ".csv"
    traffic = read({"trace": str(write(tmp_path / name, zip(stamps(30, 336), range(336), strict=True)))})
    document = traffic.document()
    assert set(document) == {"hourly", "burst", "from_trace"}
    assert len(document["from_trace"]) <= 200 and "/" not in document["from_trace"]
    assert read(document) == traffic
    VALID.validate(json.loads(json.dumps(document, default=float)))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "exactly one"),
        ({"shape": "flat", "trace": "x.csv"}, "exactly one"),
        ({"shape": "spikey"}, "Did you mean spiky?"),
        ({"shape": ["flat"]}, "not one of"),
        ({"trace": 5}, "path of a CSV file"),
        ({"trace": "a\0b"}, "path of a CSV file"),
        ({"trace": "not/there.csv"}, "no such file"),
        ({"shape": "flat", "from_trace": "x"}, "goes with hourly"),
        ({"hourly": [1] * 168, "from_trace": "x" * 201}, "1 to 200 characters"),
        ({"hourly": [0] * 168}, "above 0"),
        ({"shape": "daily", "burst": 0.5}, "outside 1..1000"),
    ],
)
def test_bad_traffic_is_one_line_each(value, words):
    lines = read(value)
    assert len(lines) == 1 and words in lines[0] and "\n" not in lines[0]


def test_named_shapes_are_weeks_of_168_hours():
    with SHAPE_FILE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name in SHAPES:
        traffic = read({"shape": name, "burst": 2})
        assert traffic.document() == {"shape": name, "burst": 2}
        assert read(traffic.document()) == traffic
        VALID.validate(traffic.document())
        mine = [row for row in rows if row["shape"] == name]
        assert [int(row["hour"]) for row in mine] == list(range(168 if name != "flat" else 0))
        if name in {"daily", "spiky"}:
            assert sum(float(row["weight"]) for row in mine) / 168 == pytest.approx(100, abs=0.01)
    assert {row["shape"] for row in rows} == set(SHAPES) - {"flat"}


def test_named_shapes_look_like_their_names():
    office = read({"shape": "office_hours"}).hourly
    assert office[24 + 8 : 24 + 19] == (50, *[100] * 9, 50) and set(office[120:]) == {5}
    daily = read({"shape": "daily"}).hourly
    for day in range(5):  # New York on working days: asleep at 4, out at 19
        hours = daily[24 * day : 24 * day + 24]
        assert min(range(24), key=hours.__getitem__) in {3, 4} and max(range(24), key=hours.__getitem__) in {
            18,
            19,
            20,
            21,
        }
    weekend = read({"shape": "weekend_peak"}).hourly
    busiest = [hour for hour, weight in enumerate(weekend) if weight == max(weekend)]
    assert busiest[0] >= 4 * 24 + 17 and max(weekend[:96]) < max(weekend)


def test_load_duration_counts_the_hours_at_or_above():
    assert load_duration(Traffic()) == ((168, 1),)
    hourly = (F(3),) * 24 + (F(1),) * 96 + (F(0),) * 48  # mean 1
    assert load_duration(Traffic(hourly)) == ((24, 3), (120, 1), (168, 0))
    office = load_duration(read({"shape": "office_hours"}))
    mean = F(45 * 100 + 10 * 50 + 113 * 5, 168)
    assert office == ((45, 100 / mean), (55, 50 / mean), (168, 5 / mean))


def long_trace(path, rows, step_s):
    with path.open("w", encoding="utf-8") as file:
        file.write("timestamp,requests\n")
        for start in range(0, rows, 3600 // step_s):
            hour = (MONDAY + timedelta(seconds=step_s * start)).isoformat()[:14]
            for row in range(min(3600 // step_s, rows - start)):
                file.write(f"{hour}{row * step_s // 60:02}:{row * step_s % 60:02}Z,{row % 7}\n")
    return path


@pytest.mark.parametrize(("rows", "step_s"), [(103_000, 6), *([(310_000, 2), (10_000_000, 2)] if PROVE else [])])
def test_a_long_trace_needs_little_memory(tmp_path, rows, step_s):
    path, said = long_trace(tmp_path / "t.csv", rows, step_s), []
    tracemalloc.start()
    try:
        trace = read_trace(path, lambda *told: said.append(told))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (trace.rows, trace.gaps) == (rows, 0)
    # an hour of 257 times 0..6 and a 0: 6 x 1800 / 5397; one of 85 times and 0..4: 6 x 600 / 1795
    assert trace.burst == F(201, 100)
    assert peak < 20 * 2**20  # rows that were held would take 200 bytes each
    assert said[-1] == (rows, 1.0)
