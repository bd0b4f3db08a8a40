"""Service: its word in `include`, its usage and its limits in a month of an option.

A service is asked about one option in one month of one scenario (`Served`). Several services of a team may share a
fleet and a load balancer: then it says too which part of the entries is whose (`shared`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.capacity.limits import Limit
from lambdaplan.errors import Problem
from lambdaplan.numbers import Number
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Entry, NoCharge, Usage
from lambdaplan.workload.workload import Workload


class AnyScenario(Protocol):
    """What services read of a scenario."""

    @property
    def workload(self) -> Workload: ...
    @property
    def book(self) -> PriceBook: ...
    @property
    def region(self) -> str: ...
    @property
    def hours_per_month(self) -> Number: ...
    @property
    def network(self) -> Any: ...
    @property
    def operations(self) -> Any: ...
    @property
    def other_costs(self) -> Sequence[Any]: ...
    @property
    def services(self) -> Sequence[Any]: ...
    @property
    def include(self) -> Sequence[str]: ...


class AnyOption(Protocol):
    """What services read of an option."""

    @property
    def kind(self) -> str: ...
    @property
    def label(self) -> str | None: ...
    @property
    def place(self) -> int | None: ...
    @property
    def front_door(self) -> str: ...
    @property
    def has_units(self) -> bool: ...
    @property
    def has_function(self) -> bool: ...
    @property
    def calls_lambda(self) -> bool: ...
    @property
    def own_door(self) -> str: ...
    @property
    def streams(self) -> bool: ...
    @property
    def is_async(self) -> bool: ...
    @property
    def network_zones(self) -> Number: ...
    @property
    def function_vpc(self) -> bool: ...
    @property
    def operations_hours(self) -> Number: ...
    @property
    def on_call_hours(self) -> Number: ...


@dataclass(frozen=True)
class Served:
    """One option in a month of one scenario, with the fleet that serves it."""

    scenario: AnyScenario
    option: AnyOption
    fleet: Fleet

    @property
    def workload(self) -> Workload:
        """What must be served."""
        return self.scenario.workload

    @property
    def has_delivery(self) -> bool:
        """Whether content delivery stands before the option and is counted: its answers leave through that."""
        counted = "services" in self.scenario.include
        return counted and any(use.is_in_front and use.is_of(self.option) for use in self.scenario.services)

    @property
    def unit_hours(self) -> Number:
        """Hours of all units; 0 without units. [h]"""
        return self.fleet.unit_hours if self.option.has_units else Fraction(0)

    @property
    def slowest_ms(self) -> Number:
        """Mean wall time of the slowest of its kinds of request, such as cold ones. [ms]"""
        return self.fleet.wall_ms if self.fleet.slowest_ms is None else self.fleet.slowest_ms

    def entries(self, usage: Iterable[Usage]) -> list[Entry]:
        """The entries that usage makes on a bill."""
        book, hours = self.scenario.book, self.scenario.hours_per_month
        return [entry for one in usage for entry in one.charges(book, hours)]


Parts = list[list[Entry]]  # for each of several services the entries that are its own


@dataclass(frozen=True)
class Service:
    """A service around the compute.

    Parameters:
    word : str - its word in `include`.
    counts : str - what of it a bill counts, in words.
    usage : callable - what an option uses of it in a month.
    limits : callable - the limits of it that an option must keep to (M11), whether or not it is on the bill.
    shared : callable or None - the entries of several options that share a fleet and a load balancer, each
        option's part; the second argument is what part of the fleet each keeps busy. None: each has its own.
    problems : callable - what it needs of a workload that counts it and does not have.
    fields : tuple of str - numbers of a workload or an option that change nothing unless it is on the bill.
    """

    word: str
    counts: str
    usage: Callable[[Served], Sequence[Usage]]
    limits: Callable[[Served], Sequence[Limit]] = lambda served: ()
    shared: Callable[[Sequence[Served], Sequence[Fraction]], Parts] | None = None
    problems: Callable[[Workload], Sequence[Problem]] = lambda workload: ()
    fields: tuple[str, ...] = ()

    def parts(self, served: Sequence[Served], shares: Sequence[Fraction]) -> Parts:
        """Each option's entries, where several share."""
        if self.shared is not None:
            return self.shared(served, shares)
        return [one.entries(self.usage(one)) for one in served]


def shares_of(quantities: Sequence[Fraction]) -> list[Fraction]:
    """Parts of a whole in proportion to quantities; equal parts where all are 0."""
    whole = sum(quantities, Fraction(0))
    return [quantity / whole if whole else Fraction(1, len(quantities)) for quantity in quantities]


def split(entries: Sequence[Entry], shares: Sequence[Fraction]) -> Parts:
    """Entries in parts, which add up to them exactly."""
    return [
        [
            entry if isinstance(entry, NoCharge) else dataclasses.replace(entry, quantity=entry.quantity * share)
            for entry in entries
        ]
        for share in shares
    ]
