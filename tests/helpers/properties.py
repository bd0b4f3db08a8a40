"""Properties: rules that hold for every document. Each test looks at random documents drawn from its own seeds.

A test marked `holds_for(few, many)` is given one document a call; `make test` draws few, `make prove` a thousand.
"""

from __future__ import annotations

import functools
import inspect
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import strategies
from campaigns import PROVE
from lambdaplan import Bill, Comparison, InputError, Scenario, UsageDocument, bill, compare

Document = dict[str, Any]
MANY = 60


def holds_for(draw: Callable[[random.Random], Document], few: int = 6, many: int = MANY) -> Callable[[Any], Any]:
    """Run a test on random documents, those of which a rule cannot be asked left out and not counted."""

    def decorate(test: Callable[..., None]) -> Callable[[], None]:
        @functools.wraps(test)
        def run() -> None:
            held, seed, wanted = 0, 0, many if PROVE else few
            while held < wanted:
                assert seed < 60 * wanted, "hardly any document can be asked"
                rng = random.Random(f"{test.__name__} {seed}")
                document = draw(rng)
                seed += 1
                try:
                    test(document, rng)
                except NotAskedError:
                    continue
                except BaseException as error:
                    error.add_note(f"seed {seed - 1}: {document!r}")
                    raise
                held += 1

        run.__signature__ = inspect.Signature()  # type: ignore[attr-defined]  # what pytest fills in: nothing
        return run

    return decorate


class NotAskedError(Exception):
    """The rule says nothing of this document."""


def ask_only_if(condition: object) -> None:
    """Leave a document out of which the rule says nothing."""
    if not condition:
        raise NotAskedError


def billed(document: Document, **changes: Any) -> Bill:
    return bill(UsageDocument.from_dict(document | changes))


def usage(rng: random.Random) -> Document:
    """A usage document of any services."""
    return strategies.random_usage_document(rng)


def paid_usage(rng: random.Random) -> Document:
    """One without free quantities."""
    return usage(rng) | {"free_tier": False}


def scenario(rng: random.Random) -> Document:
    """A scenario of given sizes, over requests, or of any capacity."""
    if rng.random() < 0.4:
        document = strategies.random_capacity_scenario(rng, ("given", "hybrid", "slo"))
        own = int(document["workload"]["requests_per_month"])
        return document | {"sweep": {"from": own, "to": own + max(own // 3, 10)}}
    return strategies.swept_over_requests(rng, 100)


def swept(rng: random.Random) -> Document:
    """A scenario of given sizes over a short range of requests."""
    return strategies.swept_over_requests(rng, 60)


def compared(document: Document, **changes: Any) -> Comparison:
    """The comparison of a document; one that is refused is not asked."""
    try:
        read = Scenario.from_dict(document | changes)
    except InputError as error:
        raise NotAskedError from error
    return compare(read)


def costs(made: Comparison) -> dict[str, Fraction | None]:
    return {result.label: result.cost_usd for result in made.options}


def changes_of(made: Comparison) -> list[tuple[Fraction, str | None, str | None]]:
    return [(Fraction(c.at), c.below, c.above) for c in made.crossovers]
