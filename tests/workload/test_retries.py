"""Who tries again: attempts and what is left against every outcome counted, bills against requests that are as many."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import pytest

from lambdaplan import InputError, Scenario, compare
from lambdaplan.comparison.first_lines import first_lines
from lambdaplan.report.assumptions_section import assumptions
from lambdaplan.workload.retries import Retries

WORK = {"requests_per_month": 3_000_000, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 180, "log_kb": 1}
OPTIONS = [
    {"kind": "lambda", "memory_mb": 1024},
    {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1},
    {"kind": "ec2", "instance_type": "t3.small"},
]


def scenario(retries: dict[str, Any] | None = None, work: Any = (), **more: Any) -> Scenario:
    workload = {**WORK, **dict(work), **({} if retries is None else {"retries": retries})}
    include = ["compute", "front_door", "network", "logs"]
    return Scenario.from_dict(
        {"version": 1, "name": "n", "include": include, "workload": workload, "options": OPTIONS} | more
    )


def bills(asked: Scenario) -> list[Fraction]:
    return [Fraction(option.bill.exact_usd) for option in compare(asked).options]


@pytest.mark.parametrize("most", [1, 2, 3, 5])
@pytest.mark.parametrize("failed", [Fraction(0), Fraction(1, 20), Fraction(1, 2), Fraction(99, 100)])
def test_attempts_and_what_is_left_by_counting_every_outcome(most: int, failed: Fraction) -> None:
    attempts, left = Fraction(0), Fraction(0)
    for outcomes in itertools.product((True, False), repeat=most):
        chance = Fraction(1)
        for fails in outcomes:
            chance *= failed if fails else 1 - failed
        attempts += chance * (outcomes.index(False) + 1 if False in outcomes else most)
        left += chance * all(outcomes)
    retries = Retries(by="sqs", failed_share=failed, attempts=most)
    assert (retries.attempts_each, retries.left_share) == (attempts, left)


def test_attempts_of_callers_cost_what_as_many_requests_cost() -> None:
    """3 M requests at 1.0525 attempts are 3,157,500 requests, on every line of every option."""
    tried = scenario({"by": "clients", "failed_share": 0.05})
    assert bills(tried) == bills(scenario(work={"requests_per_month": 3_157_500}))
    twice = scenario({"by": "clients", "failed_share": 0, "duplicate_share": 0.5})
    assert bills(twice) == bills(scenario(work={"requests_per_month": 4_500_000}))


def test_a_hybrid_counts_each_attempt_once() -> None:
    """What its Lambda part serves is a share of the requests, whose attempts it counts itself."""
    base, over = {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}, {"kind": "lambda", "memory_mb": 1024}
    hybrids = [{"kind": "hybrid", "base": base, "overflow": over, "level": 2}]
    many, traffic = 30_000_000, {"traffic": {"shape": "office_hours"}}
    tried = scenario({"by": "clients", "failed_share": 0.2}, {"requests_per_month": many} | traffic, options=hybrids)
    asked = scenario(work={"requests_per_month": many * 124 // 100} | traffic, options=hybrids)
    assert bills(tried) == bills(asked)
    assert any(line.service == "lambda" and line.quantity for line in compare(tried).options[0].bill.lines)


def test_attempts_of_a_queue_are_its_retry_fraction() -> None:
    """Half of the attempts fail, two at most: one attempt more for every second message."""
    work = {"kind": "queue", "max_wait_s": 600}
    tried = scenario({"by": "sqs", "failed_share": 0.5, "attempts": 2}, work)
    assert bills(tried) == bills(scenario(work={**work, "retry_fraction": 0.5}))


def test_who_does_not_try_again_costs_what_it_costs() -> None:
    for by in ("api_gateway", "load_balancer"):
        assert bills(scenario({"by": by, "failed_share": 0.3})) == bills(scenario())


def test_lambdas_own_attempts_are_behind_its_front_door() -> None:
    tried = compare(scenario({"by": "async_lambda", "failed_share": 0.05})).options[0].bill.lines
    requests = {line.service: line.quantity for line in tried if line.price_item.startswith("requests")}
    assert requests == {"lambda": Fraction(3_157_500), "api_gateway_http": Fraction(3_000_000)}


@pytest.mark.parametrize("option", OPTIONS)
def test_a_load_balancer_counts_once_what_lambda_tries_again_behind_it(option: dict[str, Any]) -> None:
    """Half of the attempts fail: of callers the balancer counts 1.75 attempts a request, of events each one once."""
    many = {"requests_per_month": 300_000_000}
    counted = {}
    for by, failed in (("async_lambda", 0.5), ("clients", 0.5), ("clients", 0)):
        asked = scenario({"by": by, "failed_share": failed}, many, options=[option | {"front_door": "alb"}])
        lines = compare(asked).options[0].bill.lines
        counted[by, failed] = next(Fraction(line.quantity) for line in lines if line.price_item == "lcu_hour")
    assert counted["async_lambda", 0.5] == counted["clients", 0] > 730
    assert counted["clients", 0.5] == counted["clients", 0] * Fraction(7, 4)


def test_services_what_comes_once_what_comes_again_and_what_is_left() -> None:
    """2 requests a message and 1 an attempt; of 3 M x 0.05³ = 375 three each; a key an attempt. By hand."""
    use = {"service": "sqs", "per_request": {"standard_requests": 2}, "per_attempt": {"standard_requests": 1}}
    table = {"service": "dynamodb", "per_attempt": {"write_request_units": 2}}
    retries = {"by": "async_lambda", "failed_share": 0.05, "dead_letters": True, "idempotent": True}
    asked = scenario(retries, services=[use, table], include=["compute", "services"])
    lines = {line.price_item: line for line in compare(asked).options[0].bill.lines}
    assert lines["standard_requests"].quantity == 6_000_000 + 3_157_500 + 3 * 375
    assert lines["write_request_units"].quantity == 3 * 3_157_500
    assert "services.0.per_attempt.standard_requests" in asked.axes()
    again = Scenario.from_dict(asked.document())
    assert bills(again) == bills(asked)
    callers = scenario(
        {**retries, "by": "clients", "dead_letters": False}, services=[use], include=["compute", "services"]
    )
    lines = {line.price_item: line for line in compare(callers).options[0].bill.lines}
    assert lines["standard_requests"].quantity == 3 * 3_157_500


def test_along_the_share_that_fails() -> None:
    """A column equals its points; the winner flips exactly where a crossover says."""
    asked = scenario({"by": "clients", "failed_share": 0.05, "attempts": 20})
    path, shares = "workload.retries.failed_share", [Fraction(n, 100) for n in (0, 5, 40, 90, 99)]
    exact = [bills(asked.at(path, share)) for share in shares]
    assert exact == [bills(scenario({"by": "clients", "failed_share": float(s), "attempts": 20})) for s in shares]
    sweep = {"over": path, "from": 0, "to": 0.99, "scale": "linear", "points": 50}
    swept = compare(scenario({"by": "clients", "failed_share": 0.05, "attempts": 20}, sweep=sweep))
    assert swept.crossovers
    for crossing in swept.crossovers:
        here = Fraction(crossing.at)
        names = [compare(asked.at(path, place)).winner for place in (here - Fraction(1, 1000), here)]
        assert names == [crossing.below, crossing.above]


def test_first_lines_say_who_how_often_and_what_is_left() -> None:
    words = " ".join(first_lines(compare(scenario({"by": "async_lambda", "failed_share": 0.05}))))
    assert "Lambda tries events again, up to 3 attempts of which 5 % fail; 1.0525 attempts" in words
    assert "375 of the requests a month are lost, unless a dead-letter queue takes them" in words
    assert "must be idempotent" in words
    kept = {"by": "async_lambda", "failed_share": 0.05, "dead_letters": True, "idempotent": True}
    out = " ".join(first_lines(compare(scenario(kept))))
    assert "cold starts, dead letters and keys of attempts" in out
    counted = first_lines(compare(scenario(kept, include=["compute", "services"])))
    assert not any("keys of attempts" in line for line in counted)
    # $1.97 of keys to $11.16 of compute, with no service named
    assert any("compute 85 %, services around 15 %" in line for line in counted)
    quiet = " ".join(first_lines(compare(scenario({"by": "api_gateway", "failed_share": 0.05}))))
    assert "API Gateway does not try again: the 5 % that fail are errors to callers" in quiet
    assert "idempotent" not in quiet


@pytest.mark.parametrize(("retries", "words"), [
    ({"by": "sqs", "failed_share": 0.1}, "workload.retries.attempts is missing"),
    ({"by": "async_lambda", "failed_share": 0.1, "attempts": 4}, "Try workload.retries.attempts=3."),
    ({"by": "api_gateway", "failed_share": 0.1, "attempts": 2}, "It does not try again."),
    ({"by": "clients", "failed_share": 0.1, "dead_letters": True}, "is an error to callers"),
    ({"by": "nobody", "failed_share": 0.1}, "is not one of async_lambda"),
    ({"by": "clients"}, "workload.retries.failed_share is missing"),
    ({"by": "clients", "failed_share": 1}, "outside 0..0.99"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(retries: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as refused:
        scenario(retries)
    assert words in str(refused.value)


def test_beside_retry_fraction_it_is_refused() -> None:
    work = {"kind": "queue", "max_wait_s": 600, "retry_fraction": 0.1}
    with pytest.raises(InputError, match="says what it does, and who tries again"):
        scenario({"by": "sqs", "failed_share": 0.1, "attempts": 3}, work)


def test_the_report_says_who_tries_again_and_whose_each_number_is() -> None:
    shown = assumptions(compare(scenario({"by": "async_lambda", "failed_share": 0.05}))).markdown.replace("\\", "")
    assert "retries: failed_share | 0.05 |" in shown and "retries: attempts | 3 attempts |" in shown
    assert "retries" not in assumptions(compare(scenario())).markdown
