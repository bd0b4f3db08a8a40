"""Option: what every way of running a service has in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.capacity.scale_out import Start
from lambdaplan.errors import Problem
from lambdaplan.numbers import Number
from lambdaplan.platforms.processor import ANY, EITHER, PROCESSORS
from lambdaplan.platforms.terraform import Terraform
from lambdaplan.pricing.plans import PLANS
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import ByHour, Usage
from lambdaplan.schema.fields import choice, fields_of, number, rules, shown, text
from lambdaplan.schema.reading import part
from lambdaplan.services.front_door import FRONT_DOORS
from lambdaplan.services.network import FUNCTION_ZONES
from lambdaplan.workload.workload import SERVICE, Workload

if TYPE_CHECKING:
    from lambdaplan.platforms.fleet_option import FleetOption


@dataclass(frozen=True)
class Migration:
    """What it takes, once, to move to an option: work, other money, and months in which both run."""

    hours: Fraction = number("people's hours, paid once", unit="h", high=10**7, default=Fraction(0))
    usd: Fraction = number("other money, paid once", unit="USD", high=10**10, default=Fraction(0))
    dual_running_months: int = number(
        "months in which the first option runs and is paid as well", unit="months", high=60, whole=True, default=0
    )


@dataclass(frozen=True)
class Selection:
    """A list from which something of an option is chosen by hand, as the explorer offers it.

    Parameters:
    key, label : str - its name, unlike that of any other platform's, and its words.
    listed : callable - what there is for an option, by a price book in a region: words and values.
    chosen : callable - the value that an option has.
    fields : callable - the fields that a value sets, by name; for None the same fields, whatever they get.
    auto_field : str - the field that is `auto` where that leaves the choice open; empty where it can't be.
    buys : bool - whether it is how the option is bought, and none of its size.
    """

    key: str
    label: str
    listed: Callable[[Any, PriceBook, str], Sequence[tuple[str, Any]]]
    chosen: Callable[[Any], Any]
    fields: Callable[[Any], Mapping[str, Any]]
    auto_field: str = ""
    buys: bool = False


def processor_selection(kind: str, platform: str) -> Selection:
    """The choice of a processor, where that is a field of its own."""
    return Selection(
        f"{kind}_arch",
        f"{platform} processor",
        listed=lambda option, book, region: [*((words, code) for code, words in PROCESSORS.items()), (EITHER, ANY)],
        chosen=lambda option: option.architecture,
        fields=lambda value: {"architecture": value},
    )


@dataclass(frozen=True)
class Option:
    """One way to run the service: its fleet for a workload, and what that uses in a month.

    A platform gives `kind`, `platform`, `default_front_door`, `size_label`, `fleet` and `compute`; one with
    whole units also `step_edges`. The rest has a default, and is what a reader of options asks instead of their kind.
    """

    kind: ClassVar[str]
    platform: ClassVar[str]  # its name in words
    other_names: ClassVar[str] = ""  # what people write in place of its kind, with commas
    default_front_door: ClassVar[str]
    front_doors: ClassVar[tuple[str, ...]] = tuple(door for door in FRONT_DOORS if door != "function_url")
    own_door: ClassVar[str] = ""  # why nothing need stand before it, where that is so
    unit_words: ClassVar[str] = ""  # one of its units, with an article: "a task"; nothing without a word of its own
    binds: ClassVar[str] = ""  # what sets the number of its units, in words, where that is always the same
    # its colours on white, one option after another: told apart with any colour vision, dark enough for text; and the
    # same for a dark page
    colours: ClassVar[tuple[str, ...]] = ("#1d2733",)
    dark_colours: ClassVar[tuple[str, ...]] = ("#e6ebf0",)
    has_units: ClassVar[bool] = False  # whether it has machines or tasks that stand
    has_function: ClassVar[bool] = False  # whether some requests go to Lambda
    selections: ClassVar[tuple[Selection, ...]] = ()  # what is chosen by hand, beside a function's memory
    # what another one begins with, by what a reader calls it: fields whose sizes are left open, so that they are chosen
    starts: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType({})
    terraform_templates: ClassVar[tuple[str, ...]] = ()  # those of report/templates, in order; none: it is not written
    # fields of its own along which every line of its bill is proved to rise or fall all the way, by
    # tests/analysis/test_sensitivity.py, and so along those of the workload; None where nothing is proved of it
    steady_fields: ClassVar[tuple[str, ...] | None] = None
    starts_cold: ClassVar[bool] = False  # whether environments of its own start while requests wait
    cold_axes: ClassVar[tuple[str, ...]] = ()  # its fields along which they would change
    cold_workload_axes: ClassVar[tuple[str, ...]] = ()  # and the workload's, beside those that change all cold starts
    has_memory_size: ClassVar[bool] = False  # whether it is a function, of a memory that may vary

    def __init_subclass__(cls) -> None:
        """A platform built on another says for itself what is told of it: that is not inherited."""
        super().__init_subclass__()
        if "kind" in vars(cls):
            for name in _TOLD - vars(cls).keys():
                setattr(cls, name, getattr(Option, name))

    label: str | None = text("name of the option; made from the size if absent", max_length=80, default=None)
    operations_hours: Number = number("people's hours a month", unit="h", high=10**6, default=0)
    on_call_hours: Number = number("paid hours on call a month", unit="h", high=10**6, default=0)
    migration: Migration | None = part("what it takes once to move here from the first option", Migration)
    front_door: str = choice(
        "what stands before it; default: http_api for Lambda, alb for fleets, none for a queue or a job",
        *FRONT_DOORS,
        default=None,
    )
    # its place among the options of its scenario, where something belongs to some of them only
    place: int | None = dataclasses.field(default=None, kw_only=True, metadata={"inner": True})

    def document(self) -> dict[str, Any]:
        """The option as a scenario writes it."""
        known = rules(type(self))
        return {"kind": self.kind, **{name: value for name, value in fields_of(self).items() if name in known}}

    @classmethod
    def defaults_of(cls, kind: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The fields whose default is another one for such a kind of workload, with it (M8)."""
        return {} if kind == SERVICE else {"front_door": "none"}

    def kind_problems(self, path: str, workload: Workload) -> list[Problem]:
        """What keeps it from such a kind of workload."""
        return []

    @classmethod
    def item_of_hours(cls, document: Mapping[str, Any]) -> tuple[str, str] | None:
        """The service and item of the price of its hours, of a document that names its type; None where none does."""
        return None

    @property
    def usual_front_door(self) -> str:
        """What stands before it where nothing else is given."""
        return self.default_front_door

    @property
    def streams(self) -> bool:
        """Whether a function of it streams its answers."""
        return False

    @property
    def is_async(self) -> bool:
        """Whether it is called with events that nobody waits for."""
        return False

    @property
    def size_label(self) -> str:
        """The size in words, for a label."""
        raise TypeError(f"{type(self).__name__} has no size in words")

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """What does not fit together, or is not sold, beyond the range of each field."""
        return []

    def conflict(self, path: str, name: str, words: str, fix: str = "") -> Problem:
        """The problem of a field that does not go with the others."""
        return Problem("conflict", f"{path}.{name}", shown(getattr(self, name)), words, fix)

    def fleet(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Fleet:
        """Capacity over the month for a workload."""
        raise TypeError(f"{type(self).__name__} has no fleet")

    def compute(
        self, fleet: Fleet, workload: Workload, book: PriceBook, region: str, hours_per_month: Number
    ) -> Sequence[Usage]:
        """What the fleet uses in a month, in billing units."""
        raise TypeError(f"{type(self).__name__} has no compute")

    def step_edges(
        self, workload: Workload, book: PriceBook, hours_per_month: Number, low: int, high: int
    ) -> np.ndarray:
        """Request counts above low and up to high at which the fleet changes; none without units."""
        return np.array([], dtype=np.int64)

    def edges_per_request(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Number:
        """About how many step edges there are for each request a month of a range."""
        return 0

    def credit_events_per_request(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Number:
        """About how many places there are, for each request a month of a range, at which its CPU credits decide anew.

        Counted where they decide how many units run.
        """
        return 0

    def least_usd(self, ask: Ask) -> float:
        """What its bill is at least at the workload's requests, as quick to tell as may be. [USD]"""
        return 0.0

    def closer_least(self, ask: Ask) -> tuple[float, bool]:
        """The same, closer where that takes longer, and whether it surely breaks a fixed limit. [USD]"""
        return self.least_usd(ask), False

    def by_hour(self, fleet: Fleet, workload: Workload) -> Mapping[str, ByHour]:
        """When in the week it uses what it bills, by service of the price book: Lambda's time follows the requests."""
        return {"lambda": ByHour(workload.traffic.weights, workload.traffic.hours)}

    def surplus_usd(self, vcpu_hours: Number, book: PriceBook, region: str) -> Number:
        """What surplus CPU credits cost, which may fall as requests grow; nothing here. [USD]"""
        return 0

    def units_may_fall(self, book: PriceBook) -> bool:
        """Whether its fleet may fall as the load grows, and the reverse; then `sized_between` bounds it."""
        return False

    def sized_between(self) -> tuple[Option, Option]:
        """Options whose fleets are never larger, and never smaller, than its own."""
        return self, self

    def least_units(
        self, small: Fleet, large: Fleet, workload: Workload, book: PriceBook, hours_per_month: Number
    ) -> np.ndarray:
        """The fewest units on average between each two neighbours of a sweep, where they `units_may_fall`.

        Parameters: small, large : Fleet - those of `sized_between`.
        """
        raise TypeError(f"{type(self).__name__} has no units that may fall")

    def cold_usd(self, fleet: Fleet, book: PriceBook, region: str) -> Number:
        """The most that cold starts can cost, which may fall as requests grow; nothing here. [USD]"""
        return 0

    def environment_ms(self, workload: Workload) -> Number:
        """How long a warm request keeps its place in an environment, where it `starts_cold`. [ms]"""
        raise TypeError(f"{type(self).__name__} has no environments")

    @property
    def init_architectures(self) -> Sequence[str]:
        """The processors for which its initialisations are looked up; none where none is."""
        return ()

    def cold_start_problems(self, path: str, workload: Workload) -> list[Problem]:
        """What keeps its cold starts from being counted, or from being counted so."""
        return []

    @property
    def calls_lambda(self) -> bool:
        """Whether front doors pass requests to Lambda, whose limits are then theirs."""
        return self.has_function

    @property
    def network_zones(self) -> Number:
        """Zones with an address of the load balancer or a NAT gateway each."""
        return FUNCTION_ZONES

    @property
    def function_vpc(self) -> bool:
        """Whether its function runs inside a VPC."""
        return False

    @property
    def function_mb(self) -> int | None:
        """Memory of its function; None without one or where its size is left to be chosen. [MB]"""
        return None

    def with_memory(self, memory_mb: Number) -> Option:
        """The option with its function's memory given, where it `has_memory_size`. [MB]"""
        raise TypeError(f"{type(self).__name__} has no memory size")

    def with_room(self, workload: Workload, headroom: Number) -> Option:
        """The option with as much more memory as columns of a workload need, of which a share stays free; else itself.

        A share of 1 / 10^9 less: what is just enough is never in doubt.
        """
        return self

    def alike_while_steady(self, field: str, fleet: Fleet, workload: Workload, book: PriceBook) -> Sequence[Number]:
        """What must be the same at both ends of a stretch of a field, for its bill to be steady in between."""
        return ()

    def request_vcpu(self, book: PriceBook) -> Number | None:
        """The vCPUs that one request can have at most; None where that is not one number. [vCPU]"""
        return None

    def terraform(self, fleet: Fleet, workload: Workload, book: PriceBook) -> Terraform:
        """What its `terraform_templates` say, and how it is watched."""
        raise TypeError(f"{type(self).__name__} is not written in Terraform")

    @property
    def as_fleet(self) -> FleetOption | None:
        """The option as a fleet of whole units that takes every request; None where it is not one."""
        return None

    @property
    def parts(self) -> Mapping[str, Option]:
        """The options that it is put together from, by the field that has them."""
        return {}

    def answer_ms(self, fleet: Fleet, workload: Workload, book: PriceBook, percent: float) -> float | None:
        """A percentile of the answer time at the busiest moment; None where there is none to give. [ms]"""
        return None

    def wait_s(self, fleet: Fleet, workload: Workload) -> Number | None:
        """The longest time until work begins, of work that may wait; None where there is none to give. [s]"""
        return None

    def start(self, fleet: Fleet, workload: Workload, book: PriceBook, hours_per_month: Number) -> Start | None:
        """What waits while units start, at a point; None where that is not asked for, or nothing starts."""
        return None

    def completed(self, options: Sequence[Option], architecture: str) -> Option:
        """The option with what it takes over from the others of its scenario and its processor; itself by default."""
        return self

    @classmethod
    def inheriting(cls, document: Mapping[str, Any], architecture: str, book: PriceBook) -> Mapping[str, Any]:
        """Its document with the scenario's processor, where it may have either and says none."""
        return document

    def processors(self, book: PriceBook) -> frozenset[str]:
        """The processors that it runs on, or may."""
        raise TypeError(f"{type(self).__name__} has no processor")

    def processors_in_use(self, fleet: Fleet, book: PriceBook) -> frozenset[str]:
        """The processors of what its fleet uses."""
        return self.processors(book)

    def on_processor(self, architecture: str, book: PriceBook, region: str) -> Option | None:
        """The option on a processor; None where it does not run on it."""
        return self if self.processors(book) == {architecture} else None

    def one_processor_each(self) -> Sequence[Option]:
        """The option on each processor that it may have, where that is left to be chosen."""
        return (self,)

    def has_hours_priced(self, book: PriceBook, region: str) -> bool:
        """Whether there is a price for the time that it runs."""
        return True

    def can_start(self, workload: Workload) -> bool:
        """Whether its initialisation is known, where cold starts are counted."""
        return True

    def left_out(self, book: PriceBook, region: str) -> list[str]:
        """What is not weighed where something is left to be chosen, for want of any price: a phrase each."""
        each = self.one_processor_each()
        out = [one for one in each if not one.has_hours_priced(book, region)]
        if len(out) == len(each):  # then there is nothing to choose, and the first of them is billed
            return []
        return [f"{one.size_label} has no price in {region} in {book.id} and is left out" for one in out]

    def choices(self, ask: Ask) -> Sequence[Option] | None:
        """The options of given size and processor among which this one is the cheapest.

        Itself where nothing is chosen; None where these differ from place to place of an axis. A processor for whose
        time there is no price is left out where there is one for the other.
        """
        each = self.one_processor_each()
        if len(each) > 1:
            able = [one for one in each if one.can_start(ask.workload)] or each
            each = [one for one in able if one.has_hours_priced(ask.book, ask.region)] or able
        sizes: list[Option] = []
        for one in each:
            some = one.sizes(ask)
            if some is None:
                return None
            sizes += some
        return sizes

    def sizes(self, ask: Ask) -> Sequence[Option] | None:
        """The same for an option of one processor."""
        return (self,)

    def sized_as(self, size: Any, ask: Ask) -> Option | None:
        """The option with the size of another, where that might be chosen for it and no other one may lack a price.

        None where that is not known.
        """
        return None if self.is_open else self

    def tuned(self, ask: Ask) -> Mapping[str, Option]:
        """Its other sizes worth telling, by what they are: the fastest and the balanced memory of a function."""
        return {}

    @property
    def is_choice(self) -> bool:
        """Whether some of its size is left to be chosen."""
        return False

    @property
    def is_open(self) -> bool:
        """Whether some of its size, or its processor, is left to be chosen."""
        return self.is_choice

    def in_fields(self, workload: Workload, book: PriceBook) -> Option:
        """The option, once chosen, as its own fields say it, so that nothing of it is left to be chosen again."""
        return self

    @property
    def is_provisioned(self) -> bool:
        """Whether some of its capacity is bought as provisioned concurrency of Lambda."""
        return False

    @property
    def on_demand(self) -> Option:
        """The option with nothing kept ready."""
        return self

    @property
    def is_planned(self) -> bool:
        """Whether a savings plan pays for the base of its load."""
        return getattr(self, "purchase", "on_demand") in PLANS

    @property
    def takes_provisioned(self) -> bool:
        """Whether provisioned concurrency goes with it."""
        return False

    @property
    def is_scheduled(self) -> bool:
        """Whether `choices` gives it a schedule for the requests of the scenario, that then stands along an axis."""
        return False

    @property
    def sizes_vary(self) -> bool:
        """Whether what `choices` gives depends on the number of requests; then no size's bill falls as they grow."""
        return False

    @property
    def sizes_follow_workload(self) -> bool:
        """Whether what `choices` gives depends on the workload, so that it is found anew where that varies."""
        return self.sizes_vary


_TOLD = {
    "binds",
    "colours",
    "dark_colours",
    "other_names",
    "selections",
    "starts",
    "steady_fields",
    "terraform_templates",
    "unit_words",
}


@dataclass(frozen=True)
class Ask:
    """What an option of open size is asked to serve, so that it can name the sizes worth billing.

    Parameters:
    low, high : int or None - the requests a month between which the sizes must hold the cheapest;
        None where another number varies.
    cost : callable - the known part of the bill of an option of given size at some requests a month, infinite where
        a limit is broken. [USD]
    whole : callable - the same, infinite also where a price is missing. [USD]
    warm : callable - as `cost`, with no cold starts modelled. [USD]
    free_tier : bool - whether always-free quantities are taken off.
    memory_headroom : Number - the share of the memory of what is chosen that stays free.
    """

    workload: Workload
    book: PriceBook
    region: str
    hours_per_month: Number
    low: int | None
    high: int | None
    cost: Callable[[Option, Number], Number]
    whole: Callable[[Option, Number], Number]
    warm: Callable[[Option, Number], Number]
    free_tier: bool = False
    memory_headroom: Number = Fraction(0)


def headroom_field() -> Any:
    """Declare the share of its memory that a size keeps free because it was chosen: no field of documents."""
    return dataclasses.field(default=Fraction(0), kw_only=True)


AUTO = "auto"
