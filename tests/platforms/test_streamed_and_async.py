"""Streamed answers and asynchronous events: figures worked out by hand from AWS's rules of 2025 and 2026."""

from __future__ import annotations

import random
from fractions import Fraction as F

import pytest

import lambdaplan
import oracle_compare
from campaigns import seeds
from lambdaplan import InputError, Scenario, UsageDocument, bill, compare

MILLION = 1_000_000
WORK = {"requests_per_month": MILLION, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 100}


def scenario(work: dict = {}, region: str = "us-east-1", free_tier: bool = False, **option: object) -> Scenario:  # noqa: B006 - never changed
    chosen = {"kind": "lambda", "memory_mb": 1024, **option}
    return Scenario.from_dict({
        "version": 1, "name": "calls", "region": region, "free_tier": free_tier, "workload": WORK | work,
        "options": [chosen],
    })  # fmt: skip


def line(found: object, words: str) -> object:
    (one,) = [each for each in found.bill.lines if words in each.item]
    return one


@pytest.mark.parametrize(("mb", "gb"), [(1, 0), (6, 0), (7, 1), (16, 10), (200, 194)])
def test_streamed_answers_are_charged_beyond_the_first_6_mb_of_each(mb: int, gb: int) -> None:
    """AWS Lambda pricing: $0.008 a GB in us-east-1; 1,024 answers make as many GB as each has MB."""
    given = {"response_kb": mb * 1024, "requests_per_month": 1024, "duration_ms": 200_000}
    (found,) = compare(scenario(given, streamed=True, front_door="function_url")).options
    streamed = [(one.quantity, one.price_usd) for one in found.bill.lines if "streamed" in one.item]
    assert streamed == ([(gb, F("0.008"))] if gb else [])
    assert found.feasible and found.label == "Lambda 1024 MB, streamed"


def test_the_100_gb_a_month_are_free_with_the_free_tier_only() -> None:
    given = {"response_kb": 16 * 1024, "requests_per_month": 20 * 1024, "duration_ms": 5000}
    (with_it,) = compare(scenario(given, free_tier=True, streamed=True, front_door="none")).options
    (without,) = compare(scenario(given, streamed=True, front_door="none")).options
    assert (line(with_it, "streamed").quantity, line(without, "streamed").quantity) == (100, 200)


def test_streamed_answers_have_no_price_in_some_regions() -> None:
    (found,) = compare(scenario({"response_kb": 7168}, "ap-southeast-5", streamed=True, front_door="none")).options
    assert [one.price_item for one in found.bill.lines if one.price_usd is None] == ["response_streaming/x86_64"]


@pytest.mark.parametrize(
    ("kb", "steps"), [(4, 1), (10 * 1024, 1), (10 * 1024 + 1, 2), (20 * 1024, 2), (200 * 1024, 20)]
)
def test_each_10_mb_begun_of_a_streamed_answer_is_one_request_of_a_rest_api(kb: int, steps: int) -> None:
    """AWS Compute Blog, 2025-11-19; $3.50 a million in us-east-1. A buffered answer is one request."""
    given = {"response_kb": kb, "duration_ms": 200_000, "requests_per_month": 1000}
    (found,) = compare(scenario(given, streamed=True, front_door="rest_api")).options
    door = line(found, "REST API")
    assert (door.quantity, door.exact_usd) == (1000 * steps, F("0.0000035") * 1000 * steps)
    (buffered,) = compare(scenario(given, front_door="rest_api")).options
    assert line(buffered, "REST API").quantity == 1000


def test_a_streamed_answer_may_have_200_mb_and_15_minutes() -> None:
    """Buffered: 6 MB of Lambda, 10 MB and 29 s of a REST API. Streamed: 200 MB and 900 s."""
    for kb, ms, feasible in ((200 * 1024, 600_000, True), (200 * 1024 + 1, 600_000, False), (4, 900_000, True)):
        given = {"response_kb": kb, "duration_ms": ms, "busy_share": 0, "measured_memory_mb": 1024}
        (found,) = compare(scenario(given, streamed=True, front_door="rest_api")).options
        assert found.feasible is feasible
    (buffered,) = compare(scenario({"response_kb": 7 * 1024}, front_door="rest_api")).options
    assert not buffered.feasible
    (long,) = compare(scenario({"duration_ms": 100_000}, front_door="rest_api")).options
    assert any("REST API time-out" in limit.limit for limit in long.violations)


def test_what_streams_slower_than_the_function_runs_is_told() -> None:
    """16 MB: 10 beyond the first 6, at 2 MB a second: 5 s."""
    (words,) = [
        w
        for w in compare(scenario({"response_kb": 16 * 1024}, streamed=True, front_door="none")).warnings
        if "stream" in w
    ]
    assert "an answer of 16 MB takes at least 5,000 ms to stream" in words
    enough = {"response_kb": 16 * 1024, "duration_ms": 5001, "busy_share": 0}
    found = compare(scenario(enough, streamed=True, front_door="none"))
    assert not [words for words in found.warnings if "to stream" in words]


@pytest.mark.parametrize("door", [None, "http_api", "alb"])
def test_doors_that_do_not_stream_are_refused(door: str | None) -> None:
    with pytest.raises(
        InputError, match=r"options\.0\.front_door = .* answers are streamed through rest_api, function_url"
    ):
        scenario(streamed=True, **({} if door is None else {"front_door": door}))


@pytest.mark.parametrize(("kb", "requests"), [(1, 1), (256, 1), (257, 2), (320, 2), (321, 3), (1024, 13)])
def test_each_64_kb_of_an_event_above_256_is_one_request_more(kb: int, requests: int) -> None:
    (found,) = compare(scenario({"request_kb": kb}, invocation="async")).options
    charged = line(found, "requests")
    assert (charged.quantity, charged.exact_usd) == (MILLION * requests, F("0.2") * requests)
    (waited,) = compare(scenario({"request_kb": kb}, front_door="none")).options
    assert line(waited, "requests").quantity == MILLION
    assert line(found, "duration").exact_usd == line(waited, "duration").exact_usd
    assert (found.option.front_door, found.label) == ("none", "Lambda 1024 MB, asynchronous")
    assert any("events come without one" in one.note for one in found.bill.lines)


def test_events_have_1_mb_at_most_and_their_answer_goes_nowhere() -> None:
    for kb, feasible in ((1024, True), (1025, False)):
        (found,) = compare(scenario({"request_kb": kb, "response_kb": 100_000}, invocation="async")).options
        assert found.feasible is feasible
    with pytest.raises(
        InputError, match=r"front_door = \"http_api\" does not fit: events .* Set options\.0\.front_door=none"
    ):
        scenario(invocation="async", front_door="http_api")
    with pytest.raises(InputError, match="nobody waits for the answer of an event"):
        scenario(invocation="async", streamed=True)


@pytest.mark.parametrize(("invocation", "minutes"), [("sync", 15), ("async", 90)])
def test_managed_instances_run_90_minutes_for_an_event(invocation: str, minutes: int) -> None:
    """Lambda quotas: 5,400 s for asynchronous calls since 2026-09-10; 900 s where the caller waits."""
    door = {} if invocation == "async" else {"front_door": "none"}
    for more, feasible in ((0, True), (1, False)):
        given = {"duration_ms": minutes * 60_000 + more, "busy_share": 0, "request_kb": 300, "requests_per_month": 1000}
        option = {"kind": "lambda_managed_instances", "instance_type": "m7i.large", "invocation": invocation, **door}
        document = scenario(given, front_door="none").document() | {"options": [option]}
        (found,) = compare(Scenario.from_dict(document)).options
        assert found.feasible is feasible
    assert line(found, "Lambda requests").quantity == (2000 if invocation == "async" else 1000)


def test_along_the_size_of_an_event_the_winner_changes_where_a_request_more_is_charged() -> None:
    """0.2 a million below 256 KB; a hair's breadth cheaper elsewhere until then."""
    document = scenario({"request_kb": 1}, invocation="async").document()
    document["options"] = [
        {"kind": "lambda", "memory_mb": 1024, "invocation": "async"},
        {"kind": "lambda", "memory_mb": 1088, "front_door": "none"},
    ]
    document["sweep"] = {"over": "workload.request_kb", "from": 1, "to": 1024, "scale": "linear"}
    found = compare(Scenario.from_dict(document))
    assert [(c.at, c.below, c.above) for c in found.crossovers][:1] == [
        (257, "Lambda 1024 MB, asynchronous", "Lambda 1088 MB")
    ]


def test_usage_documents_take_streamed_answers() -> None:
    """1,000 answers of 30 MB and 500 of 5 MB: 1,000 x 24 / 1,024 = 23.4375 GB."""
    row = {"service": "lambda", "requests": 1500, "gb_seconds": 100}
    row["streamed"] = [{"requests": 1000, "mb_each": 30}, {"requests": 500, "mb_each": 5}]
    found = bill(UsageDocument.from_dict({"version": 1, "region": "us-east-1", "usage": [row]}))
    (streamed,) = [one for one in found.lines if "streamed" in one.item]
    assert (streamed.quantity, streamed.exact_usd) == (F("23.4375"), F("23.4375") * F("0.008"))
    with pytest.raises(InputError, match=r"usage\.0\.streamed\.0\.mb_each"):
        UsageDocument.from_dict(
            {"version": 1, "region": "us-east-1", "usage": [row | {"streamed": [{"requests": 1, "mb_each": 201}]}]}
        )


def test_a_hybrid_takes_neither() -> None:
    base = {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}
    for name, value in (("streamed", True), ("invocation", "async")):
        over = {"kind": "lambda", "memory_mb": 1024, name: value, "front_door": "none"}
        document = scenario().document() | {"options": [{"kind": "hybrid", "base": base, "overflow": over}]}
        with pytest.raises(InputError, match=rf"options\.0\.overflow\.{name} .* in the same way"):
            Scenario.from_dict(document)
    assert lambdaplan.__version__


@pytest.mark.parametrize("seed", seeds(12, 400))
def test_random_functions_agree_with_the_oracle(seed: int) -> None:
    rng = random.Random(seed)
    given = {
        "requests_per_month": rng.choice((0, 1, 999_999, 10_000_000, 3_000_000_000)),
        "request_kb": rng.choice((1, 256, 256.5, 320, 321, 1024)),
        "response_kb": rng.choice((4, 6 * 1024, 6 * 1024 + 1, 10 * 1024, 10 * 1024 + 1, 100_000)),
    }
    if rng.random() < 0.5:
        option = {"streamed": True, "front_door": rng.choice(("rest_api", "none"))}
    else:
        option = {"invocation": "async"}
    document = scenario(given, architecture=rng.choice(("x86_64", "arm64")), **option).document()
    document["free_tier"] = rng.random() < 0.5
    (found,) = compare(Scenario.from_dict(document)).options
    ((_, usd, _),) = oracle_compare.costs(document, given["requests_per_month"])
    assert found.cost_usd == usd
