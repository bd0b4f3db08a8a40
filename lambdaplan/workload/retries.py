"""Retries: who tries again what failed, how often, and what is left when nobody does any more.

Each attempt fails with the same chance, by itself. With a share p of attempts that fail and n attempts at most a
request takes 1 + p + … + pⁿ⁻¹ attempts, and pⁿ of all requests are left.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.errors import Problem
from lambdaplan.formatting import decimal_text
from lambdaplan.numbers import Number
from lambdaplan.schema.fields import choice, flag, number, shown

ASYNC, SQS, EVENTBRIDGE, CLIENTS, API_GATEWAY, LOAD_BALANCER = WHO = (
    *("async_lambda", "sqs", "eventbridge", "clients", "api_gateway", "load_balancer"),
)
NEVER = (API_GATEWAY, LOAD_BALANCER)
ATTEMPTS: dict[str, int | None] = {ASYNC: 3, SQS: None, EVENTBRIDGE: 186, CLIENTS: 3, API_GATEWAY: 1, LOAD_BALANCER: 1}
"""Attempts at most where none are given; None where there is no usual number.

References: "Error handling for an asynchronous invocation" (AWS Lambda Developer Guide): two more attempts, fewer if so
set; "Retrying event delivery" (Amazon EventBridge User Guide): up to 185 times more in 24 hours; "Retry behavior" (AWS
SDKs and Tools Reference Guide): three attempts in standard mode; "Handling errors" of API Gateway: no attempt of its
own; all Amazon Web Services, stored copies read 2026-11-30. Of a queue maxReceiveCount says it.
"""
MOST_ATTEMPTS = {ASYNC: 3, SQS: 1000, EVENTBRIDGE: 186, CLIENTS: 100, API_GATEWAY: 1, LOAD_BALANCER: 1}
WRITERS = (ASYNC, SQS, EVENTBRIDGE)
"""Those that can put what is left into a queue."""
LOOKS = 3
"""Requests of a dead letter: it is sent to its queue, received there and deleted."""


@dataclass(frozen=True)
class Retries:
    """Who tries again, and what each attempt and what is left brings besides."""

    by: str = choice(
        "who tries again: a function called asynchronously, a queue, an event bus, the callers; or none", *WHO
    )
    failed_share: Number = number(
        "share of the attempts that fail, each by itself", unit="share", high=Fraction(99, 100), grain=Fraction(1, 1000)
    )
    attempts: Number = number(
        "attempts at most, the first among them (a queue's maxReceiveCount); default: async_lambda 3, eventbridge 186, "
        "clients 3",
        unit="attempts",
        low=1,
        high=1000,
        whole=True,
        default=None,
    )
    duplicate_share: Number = number(
        "requests that come twice though nothing failed, as a share", unit="share", high=1, grain=Fraction(1, 1000),
        default=Fraction(0),
    )  # fmt: skip
    dead_letters: bool = flag(
        "whether what is left goes to a queue of its own, at three requests each; counted with services", default=False
    )
    idempotent: bool = flag(
        "whether each attempt first writes its key to a table, one write request unit; counted with services",
        default=False,
    )

    @property
    def most(self) -> int:
        """Attempts at most. Without a usual number, one."""
        return int(self.attempts) if self.attempts is not None else ATTEMPTS[self.by] or 1

    @functools.cached_property
    def _powers(self) -> tuple[Number, Number]:
        """1 + p + … + pⁿ⁻¹, and pⁿ."""
        total: Number = Fraction(0)
        power: Number = Fraction(1)
        for _ in range(self.most):
            total, power = total + power, power * self.failed_share
        return total, power

    @property
    def attempts_each(self) -> Number:
        """Attempts at a request, duplicates among them.

        Examples:
            >>> float(Retries(by="async_lambda", failed_share=Fraction(5, 100)).attempts_each)
            1.0525
        """
        return self._powers[0] + self.duplicate_share

    @property
    def left_share(self) -> Number:
        """Share of the requests at which every attempt failed."""
        return self._powers[1]

    @property
    def passes_the_door(self) -> bool:
        """Whether each attempt comes through a front door anew; Lambda's own attempts at an event do not."""
        return self.by != ASYNC

    @property
    def begins_anew(self) -> bool:
        """Whether each attempt is a whole request from its beginning: its callers send it again."""
        return self.by == CLIENTS

    def problems(self, path: str) -> list[Problem]:
        """Attempts that who tries again does not make, and dead letters where nobody writes any."""
        most = MOST_ATTEMPTS[self.by]
        if self.dead_letters and self.by not in WRITERS:
            words = f"{' and '.join(WRITERS)} write them; what {self.by} can't do is an error to callers"
            return [Problem("conflict", f"{path}.dead_letters", "true", words, "Leave it out.")]
        if self.attempts is None:
            if ATTEMPTS[self.by] is None:
                words, fix = "attempts at most of a queue (its maxReceiveCount)", f"Try {path}.attempts=3."
                return [Problem("missing", f"{path}.attempts", "", words, fix)]
        elif self.attempts > most:
            words = f"1..{most} (attempts of {self.by})"
            fix = "It does not try again." if self.by in NEVER else f"Try {path}.attempts={most}."
            return [Problem("range", f"{path}.attempts", shown(self.attempts), words, fix)]
        return []


_WHO_WORDS = {
    ASYNC: "Lambda tries events again",
    SQS: "The queue gives a message again",
    EVENTBRIDGE: "EventBridge sends an event again",
    CLIENTS: "Callers try again",
    API_GATEWAY: "API Gateway does not try again",
    LOAD_BALANCER: "A load balancer does not try again",
}


def who_words(retries: Retries) -> str:
    """Who tries again and how often, in words."""
    percent = decimal_text(Fraction(retries.failed_share) * 100, 1)
    if retries.by in NEVER:
        return f"{_WHO_WORDS[retries.by]}: the {percent} % that fail are errors to callers"
    times = "attempts" if retries.most > 1 else "attempt"
    return f"{_WHO_WORDS[retries.by]}, up to {retries.most} {times} of which {percent} % fail"
