"""Result of one option: its fleet, its bill, and whether it may win."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.capacity.limits import Limit
from lambdaplan.capacity.scale_out import Start
from lambdaplan.comparison.memory_sizes import memory_document, memory_sizes
from lambdaplan.comparison.month import broken, month, settled
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import a_month, count, total_text
from lambdaplan.html_table import html_table
from lambdaplan.platforms import Option
from lambdaplan.pricing.bill import Bill, bill
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import plain

PERCENTILES = (50, 95, 99)
COLD_PERCENTILE = 99.9  # the further one that documents give where cold starts are counted


@dataclass(frozen=True, repr=False)
class Result:
    """One option: its fleet, its bill, and whether it may win."""

    option: Option
    fleet: Fleet
    bill: Bill
    scenario: Scenario
    unsure: tuple[Option, ...] = ()  # further sizes that might be as cheap, were their missing prices known
    asked: Option | None = None  # the option as the scenario has it, where its size or its processor was chosen
    at_most_usd: Fraction | None = None  # the cheapest whole bill of its sizes, where the chosen one lacks a price

    @property
    def label(self) -> str:
        """Name of the option."""
        return self.option.label or self.option.size_label

    @property
    def processors(self) -> frozenset[str]:
        """The processors on which it runs."""
        return self.option.processors_in_use(self.fleet, self.scenario.book)

    @property
    def kind(self) -> str:
        """The platform: lambda, fargate, ec2."""
        return self.option.kind

    @property
    def feasible(self) -> bool:
        """Whether no fixed limit is broken."""
        return not broken(self.fleet)

    @property
    def violations(self) -> tuple[Limit, ...]:
        """The limits that are broken, adjustable ones among them."""
        return tuple(limit for limit in self.fleet.limits if limit.broken)

    @property
    def chosen(self) -> str:
        """The size that was chosen, where the label does not name it; empty elsewhere."""
        return "" if self.option.size_label in self.label else self.option.size_label

    @property
    def label_and_size(self) -> str:
        """The label, and the size that was chosen where it names none; of that, not the words that both begin with."""
        if not self.chosen:
            return self.label
        pairs = zip(self.label.split(" "), self.chosen.split(" "), strict=False)
        alike = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
        return f"{self.label}, here {' '.join(self.chosen.split(' ')[alike:])}"

    @functools.cached_property
    def memory_choice(self) -> dict[str, Result]:
        """The cheapest memory of a function, the fastest and the balanced one, where it was left to be chosen."""
        sizes = memory_sizes(self.scenario, self.asked, self.option)
        return {name: self if name == "cheapest" else billed(self.scenario, size) for name, size in sizes.items()}

    @property
    def cost_usd(self) -> Fraction | None:
        """The exact cost; None while a price is missing. [USD a month]"""
        return self.bill.exact_usd

    def answer_ms(self, percent: float) -> float | None:
        """A percentile of the answer time at the busiest moment; None where there is none to give. [ms]"""
        return self.option.answer_ms(self.fleet, self.scenario.workload, self.scenario.book, percent)

    @functools.cached_property
    def wait_s(self) -> Fraction | None:
        """The longest time until work begins, of work that may wait; None where there is none to give. [s]"""
        return self.option.wait_s(self.fleet, self.scenario.workload)

    @functools.cached_property
    def start(self) -> Start | None:
        """What waits while units start; None where no `startup_s` is given."""
        scenario = self.scenario
        return self.option.start(self.fleet, scenario.workload, scenario.book, scenario.hours_per_month)

    @in_its_currency
    def _repr_html_(self) -> str:
        """What it costs, its fleet and its limits, and its bill below, as notebooks show them."""
        fleet, rows = self.fleet, [[a_month(), self._usd_words()]]
        peak = f" to {count(fleet.units_peak, 3)}" if fleet.units_peak != fleet.units_mean else ""
        rows += [[f"fleet, mean to peak ({fleet.unit})", f"{count(fleet.units_mean, 3)}{peak}"]]
        rows += [["bound by", fleet.bound_by]] if fleet.bound_by else []
        times = {percent: self.answer_ms(percent) for percent in PERCENTILES}
        rows += [] if self.wait_s is None else [["longest wait", f"{count(self.wait_s, 3)} s"]]
        rows += [[f"{percent} % answered within", f"{ms:,.0f} ms"] for percent, ms in times.items() if ms is not None]
        rows += [["breaks" if not one.adjustable else "beyond a quota", one.limit] for one in self.violations]
        table = html_table(["", "value"], rows, self.label_and_size, styled=True)
        return f"{table}{self.bill._repr_html_()}"  # IPython's protocol

    def __repr__(self) -> str:
        infeasible = "" if self.feasible else ", infeasible"
        return f"Result({self.label_and_size!r}: {self._usd_words()}{infeasible})"

    def _usd_words(self) -> str:
        return total_text(self.bill.total_usd, self.bill.known_usd)

    def document(self) -> dict[str, Any]:
        """The option as ``--json`` prints it."""
        counted = self.scenario.workload.counts_cold_starts
        percentiles = (*PERCENTILES, COLD_PERCENTILE) if counted else PERCENTILES
        times = {f"p{percent}": self.answer_ms(percent) for percent in percentiles}
        waits = {"wait_s": None if self.wait_s is None else plain(self.wait_s)} if self.scenario.workload.waits else {}
        started = {} if self.start is None else {"start": plain(self.start.document())}
        return {
            "label": self.label,
            "kind": self.kind,
            "size": self.option.size_label,
            "feasible": self.feasible,
            "violations": [limit.document() for limit in self.violations],
            "fleet": {**self.fleet.document(), "answer_ms": times, **waits, **started},
            **self.bill.totals(),
            **memory_document(self.memory_choice),
        }


def billed(scenario: Scenario, option: Option) -> Result:
    """Bill one option of a scenario; where its size is left to be chosen, the cheapest size."""
    size = settled(scenario, option)
    fleet, used = month(scenario, size.option)
    asked = option if option.is_open else None
    return Result(size.option, fleet, bill(used), scenario, size.unsure, asked, size.at_most_usd)
