"""Memory of a function left to be chosen: the cheapest size, the fastest and the balanced one, as results tell them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lambdaplan.comparison.month import ask_for_sizes
from lambdaplan.platforms import Option
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import plain

if TYPE_CHECKING:
    from lambdaplan.comparison.result import Result


def memory_sizes(scenario: Scenario, asked: Option | None, chosen: Option) -> Mapping[str, Option]:
    """The sizes of a function by what they are, on the processor that was chosen; nothing where its memory is given.

    Parameters:
    asked : Option or None - the option as the scenario has it, where something of it was left to be chosen.
    """
    if asked is None or not asked.has_memory_size:
        return {}
    requests = int(scenario.workload.requests_per_month)
    (processor,) = chosen.processors(scenario.book)
    there = asked.on_processor(processor, scenario.book, scenario.region) or asked
    sizes = there.tuned(ask_for_sizes(scenario, requests, requests))
    return {"cheapest": chosen, **sizes} if sizes else {}


def memory_document(choice: Mapping[str, Result]) -> dict[str, Any]:
    """The sizes as ``--json`` prints them; nothing where memory is given."""
    sizes = {}
    for name, result in choice.items():
        totals = result.bill.totals()
        sizes[name] = {
            "memory_mb": result.option.function_mb,
            "duration_ms": plain(Fraction(result.fleet.wall_ms)),
            "total_usd": totals["total_usd"],
            "exact_usd": totals["exact_usd"],
        }
    return {"memory": sizes} if sizes else {}
