"""How functions are called and answer: at once or by events, in one piece or streamed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.capacity.draining import least_capacity
from lambdaplan.capacity.limits import Limit, check
from lambdaplan.capacity.service_level import function_ms
from lambdaplan.errors import Problem
from lambdaplan.formatting import figure
from lambdaplan.numbers import Number, either, on_sweep
from lambdaplan.platforms.lambda_usage import StreamedAnswers
from lambdaplan.platforms.option import Option
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, Noted, Usage
from lambdaplan.schema.fields import choice, shown
from lambdaplan.services.messaging.step_functions import StepFunctionsUsage
from lambdaplan.units import KB_PER_MB
from lambdaplan.workload.workload import Workload

STREAMING_DOORS = ("rest_api", "function_url", "none")


def invocation_field() -> Any:
    """How a function is called."""
    return choice(
        "how the function is called: sync waits for the answer; async is an event, without a front door, of up to 1 MB",
        "sync",
        "async",
        default="sync",
    )


STEP_FUNCTIONS, DURABLE = STEPPED_BY = ("step_functions", "durable")


def steps_field() -> Any:
    """What calls one step of a run after another."""
    return choice(
        "what calls one step of a run after another, where workload.steps are several: a standard workflow of Step "
        "Functions, or the function itself as a durable function",
        *STEPPED_BY,
        default=STEP_FUNCTIONS,
    )


@dataclass(frozen=True)
class DurableOperations(Usage):
    """Operations of durable functions."""

    operations: Number

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Operations."""
        return [Charge("lambda", "durable_operations", self.operations, "Lambda durable operations")]


def steps_usage(steps_by: str, workload: Workload) -> list[Usage]:
    """What keeps the steps of runs in their order: nothing where a run is one call.

    A standard workflow makes a transition for each step, and one each as it starts and ends. A durable function makes
    an operation as it starts, one a step, and between two steps one wait, after which it is called anew.

    Notes: what a durable function writes and keeps of its state, $0.25 and $0.15 a GB in us-east-1, is not counted: a
    step of 10 KB adds 0.0000024 to its operation's 0.000008 USD.
    References: AWS Step Functions pricing, example 1; AWS Lambda pricing, durable functions, Amazon Web Services;
    copies read 2026-12-01: operations are starts of executions, steps that complete, and waits that are created.
    """
    steps, runs = workload.steps, workload.attempts_per_month
    if not on_sweep(steps) and steps == 1:
        return []
    several = either(steps > 1, 1, 0)
    if steps_by == DURABLE:
        words = "as a run starts, at each step, and a wait between two steps"
        return [Noted(DurableOperations(runs * 2 * steps * several), {"durable_operations": words})]
    usage = StepFunctionsUsage(standard_transitions=runs * (steps + 2) * several)
    return [Noted(usage, {"standard_transitions": "of runs: a start, their steps and an end"})]


def call_problems(option: Option, path: str) -> list[Problem]:
    """Front doors that do not stream, and those that events do not come through.

    References: "Stream the integration response for your proxy integrations in API Gateway" (API Gateway Developer
    Guide), Amazon Web Services, stored copy: response streaming is of REST APIs only. Load balancers pass on a whole
    answer ("Lambda functions as targets", Application Load Balancers guide).
    """
    door, field = option.front_door, f"{path}.front_door"
    if option.is_async and door not in (None, "none"):
        words = "events of invocation async come without a front door"
        return [Problem("conflict", field, shown(door), words, f"Set {field}=none.")]
    if option.is_async and option.streams:
        words, fix = "nobody waits for the answer of an event", "Leave out one of the two."
        return [option.conflict(path, "streamed", words, fix)]
    if option.streams and (door or option.usual_front_door) not in STREAMING_DOORS:
        words = f"answers are streamed through {', '.join(STREAMING_DOORS[:2])} or by a call without a front door"
        return [Problem("conflict", field, shown(door or option.usual_front_door), words, f"Try {field}=rest_api.")]
    return []


def payload_limits(option: Option, workload: Workload) -> tuple[Limit, ...]:
    """How large a request and its answer may be; the answer of an event goes nowhere (M11)."""
    request_kb = workload.request_kb * workload.batch_size
    request_mb, response_mb = (kb / Fraction(KB_PER_MB) for kb in (request_kb, workload.response_kb))
    if sends_events(option, workload):
        return (check("lambda.async_request_mb", request_mb),)
    if workload.waits:
        return (check("lambda.request_mb", request_mb),)
    answer = "lambda.streamed_response_mb" if option.streams else "lambda.response_mb"
    return check("lambda.request_mb", request_mb), check(answer, response_mb)


def answer_limits(workload: Workload, wall_ms: Number) -> tuple[Limit, ...]:
    """Whether a warm request of a function answers in time, where an answer time is to be held."""
    slo = workload.slo
    if slo is None:
        return ()
    each = function_ms(1000, workload, float(slo.percentile)) / 1000
    words = f"Lambda answer time at {figure(slo.percentile)} %"
    return (Limit(words, wall_ms * Fraction(each), slo.response_ms, "ms", False, "the scenario"),)


def sends_events(option: Option, workload: Workload) -> bool:
    """Whether a function is called with events that nobody waits for: so are the runs of a job."""
    return option.is_async or workload.is_job


def held_rps(workload: Workload, rps: Number, peak_rps: Number) -> Number:
    """The calls a second for which executions are needed at once: where work may wait, so many as keep its wait."""
    if not workload.drains:
        return peak_rps
    return rps * least_capacity(workload.traffic, workload.max_wait_s) / workload.traffic.mean_weight


def gathering_limits(workload: Workload) -> tuple[Limit, ...]:
    """Whether messages that are gathered for a call of a function wait no longer than they may."""
    if not workload.drains:
        return ()
    words = "wait of a message while others are gathered (batch_window_s)"
    return (Limit(words, workload.batch_window_s, workload.max_wait_s, "s", False, "the scenario"),)


def streamed_answers(workload: Workload) -> tuple[StreamedAnswers, ...]:
    """The answers of a month, all of one size."""
    size_mb = workload.response_kb / Fraction(KB_PER_MB)
    return (StreamedAnswers(requests=workload.calls_per_month, mb_each=size_mb),)
