"""AWS Fargate: tasks of a fixed size, billed by vCPU and GB."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.capacity.limits import Limit, check
from lambdaplan.capacity.unit import Unit
from lambdaplan.errors import Problem
from lambdaplan.formatting import decimal_text
from lambdaplan.kept import kept_last
from lambdaplan.numbers import Number, larger, whole_up
from lambdaplan.platforms.fleet_option import STEADY_OF_FLEETS, FleetOption, Shelf, bought_words, purchase_selection
from lambdaplan.platforms.option import AUTO, Ask, Option, Selection, processor_selection
from lambdaplan.platforms.processor import ANY, EitherProcessor, architecture_field, with_processor
from lambdaplan.platforms.terraform import Metric, Terraform, fleet_terraform
from lambdaplan.pricing.plans import COMPUTE_PLANS
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.rates import Commitment
from lambdaplan.pricing.usage import Charge, Usage, sum_or_parts
from lambdaplan.schema.fields import HUGE, choice, number, shown
from lambdaplan.units import MB_PER_GB, SECONDS_PER_HOUR
from lambdaplan.workload.workload import Workload


def size_problems(size: FargateUsage | Fargate, path: str, book: PriceBook) -> list[Problem]:
    """A size that does not exist, or terms that do not go together.

    References: "Task CPU and memory", Amazon ECS Developer Guide; AWS Fargate pricing; Amazon Web
    Services, stored copies read 2026-11-23.
    """
    problems = []
    sizes = book.task_sizes[size.os]
    if size.vcpu not in sizes:
        words = ", ".join(decimal_text(vcpu) for vcpu in sizes) + f" (vCPU, {size.os})"
        close = min(sizes, key=lambda vcpu: abs(vcpu - size.vcpu))
        problems.append(Problem("choice", f"{path}.vcpu", shown(size.vcpu), words, f"Try vcpu={decimal_text(close)}."))
    elif size.memory_gb not in sizes[size.vcpu]:
        allowed = sizes[size.vcpu]
        words = ", ".join(decimal_text(gb) for gb in allowed) + f" (GB with {decimal_text(size.vcpu)} vCPU)"
        close = min(allowed, key=lambda gb: abs(gb - size.memory_gb))
        fix = f"Try memory_gb={decimal_text(close)}."
        problems.append(Problem("choice", f"{path}.memory_gb", shown(size.memory_gb), words, fix))
    if size.os == "windows" and size.architecture == "arm64":
        words, fix = "Windows tasks run on x86_64 only", "Try architecture=x86_64."
        problems.append(Problem("conflict", f"{path}.architecture", '"arm64"', words, fix))
    if size.os == "windows" and size.purchase != "on_demand":
        words = f"Fargate {'Spot runs' if size.purchase == 'spot' else 'plan rates are known for'} Linux tasks only"
        problems.append(Problem("conflict", f"{path}.purchase", shown(size.purchase), words, "Try purchase=on_demand."))
    return problems


@dataclass(frozen=True)
class FargateUsage(Usage):
    """What a month of Fargate used: tasks x their time, or task-hours.

    A task is billed by the second from image pull to its end, at least 60 s (Linux) or 300 s
    (Windows); ephemeral storage above 20 GB; Windows adds a licence by vCPU.

    References: AWS Fargate pricing, Amazon Web Services, copy of 2026 read 2026-11-23.
    """

    other_names = "ecs, ecs fargate, aws fargate, container, containers, task, tasks, docker, kubernetes, k8s, eks, "
    other_names += "app runner, apprunner, cloud run, container apps, pod, pods"

    architecture: str = choice("processor", "x86_64", "arm64", default="x86_64")
    os: str = choice("operating system", "linux", "windows", default="linux")
    purchase: str = choice("how it is bought", "on_demand", "spot", *COMPUTE_PLANS, default="on_demand")
    vcpu: Number = number("vCPU of a task", unit="vCPU", above=True, high=32, grain=Fraction(1, 4))
    memory_gb: Number = number("memory of a task", unit="GB", above=True, high=244, grain=Fraction(1, 2))
    ephemeral_gb: Number = number(
        "ephemeral storage of a task; 20 GB are included", unit="GB", low=20, high=200, default=Fraction(20)
    )
    tasks: Number = number("tasks run in the month", unit="tasks", high=HUGE, default=None)
    seconds_each: Number = number("time of each task", unit="s", high=10**9, default=None)
    task_hours: Number = number(
        "hours of all tasks, instead of tasks and seconds_each", unit="h", high=HUGE, default=None
    )
    storage_hours: Number = dataclasses.field(default=None, kw_only=True)  # where a plan also pays idle hours

    @classmethod
    def further_items(cls, book: PriceBook, priced: Collection[str]) -> Iterable[str]:
        """What is priced on demand, as Spot and under plans."""
        things = [item.removesuffix("/on_demand") for item in priced if item.endswith("/on_demand")]
        return (f"{thing}/{purchase}" for thing in things for purchase in ("spot", *COMPUTE_PLANS))

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """vCPU-hours, GB-hours, storage and licence."""
        hours, size = self._hours(book), f"{self.architecture}/{self.os}/{self.purchase}"
        words = ("Arm" if self.architecture == "arm64" else "x86") + {"windows": " Windows"}.get(self.os, "")
        words += bought_words(self.purchase)
        stood = hours if self.storage_hours is None else self.storage_hours
        storage = larger(self.ephemeral_gb - book.rule("fargate.ephemeral_included_gb"), 0)
        charges = [
            Charge("fargate", f"vcpu_hour/{size}", hours * self.vcpu, f"Fargate vCPU, {words}"),
            Charge("fargate", f"gb_hour/{size}", hours * self.memory_gb, f"Fargate memory, {words}"),
            Charge("fargate", "ephemeral_gb_hour", stood * storage, "Fargate storage above 20 GB"),
        ]
        if self.os == "windows":
            charges.append(Charge("fargate", "licence_vcpu_hour/windows", hours * self.vcpu, "Windows licence"))
        return charges

    def _hours(self, book: PriceBook) -> Number:
        if self.task_hours is not None:
            return self.task_hours
        step = book.rule("fargate.duration_step_s")
        seconds = larger(whole_up(self.seconds_each / step) * step, book.rule(f"fargate.minimum_s_{self.os}"))
        return self.tasks * seconds / Fraction(SECONDS_PER_HOUR)

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """Sizes that exist, and one way of saying how long the tasks ran."""
        timed = sum_or_parts(self, path, "task_hours", ("tasks", "seconds_each"))
        return [*size_problems(self, path, book), *timed]


def _listed(task: Fargate, book: PriceBook) -> list[tuple[str, Any]]:
    """The sizes for the operating system of a task, by vCPU and memory."""
    sizes = book.task_sizes[task.os]
    return [
        (f"{decimal_text(vcpu)} vCPU, {decimal_text(memory)} GB", (vcpu, memory))
        for vcpu in sorted(sizes)
        for memory in sorted(sizes[vcpu])
    ]


def _size_fields(size: Any) -> dict[str, Any]:
    """The fields that say a size: auto, or a pair of vCPU and memory."""
    vcpu, memory_gb = (None, None) if size in (None, AUTO) else size
    return {"size": AUTO if size == AUTO else None, "vcpu": vcpu, "memory_gb": memory_gb}


@dataclass(frozen=True)
class Fargate(EitherProcessor, FleetOption):
    """Run the service as a fleet of Fargate tasks."""

    kind = "fargate"
    platform = "Fargate"
    other_names = FargateUsage.other_names
    unit_words = "a task"
    starts = MappingProxyType({"Fargate": {"size": AUTO}})
    selections = (
        Selection(
            "fargate_size",
            "Fargate size",
            listed=lambda task, book, region: _listed(task, book),
            chosen=lambda task: AUTO if task.is_choice else (task.vcpu, task.memory_gb),
            fields=_size_fields,
            auto_field="size",
        ),
        processor_selection("fargate", "Fargate"),
        purchase_selection("fargate_bought", "Fargate", ("spot", *COMPUTE_PLANS)),
    )
    terraform_templates = ("balancer", "fargate")
    steady_fields = (*STEADY_OF_FLEETS, "ephemeral_gb")
    colours = ("#1f6fb5", "#134a7c", "#4a5fb0", "#2a7f9e")
    dark_colours = ("#7db8ec", "#a9cdf0", "#9fb0ff", "#7fd4f0")

    size: str | None = choice("auto: the cheapest size; else give vcpu and memory_gb", AUTO, default=None)
    vcpu: Number = number("vCPU of a task", unit="vCPU", above=True, high=32, grain=Fraction(1, 4), default=None)
    memory_gb: Number = number("memory of a task", unit="GB", above=True, high=244, grain=Fraction(1, 2), default=None)
    architecture: str = architecture_field("processor")
    os: str = choice("operating system", "linux", "windows", default="linux")
    ephemeral_gb: Number = number(
        "ephemeral storage of a task; 20 GB are included", unit="GB", low=20, high=200, default=Fraction(20)
    )
    purchase: str = choice("how it is bought", "on_demand", "spot", *COMPUTE_PLANS, default="on_demand")

    @property
    def size_label(self) -> str:
        """The size in words, for a label."""
        size = AUTO
        if self.vcpu is not None and self.memory_gb is not None:
            size = f"{decimal_text(self.vcpu)} vCPU {decimal_text(self.memory_gb)} GB"
        words = f"Fargate {size}"
        words += self.processor_words
        words += " Windows" if self.os == "windows" else ""
        return words + bought_words(self.purchase) + self.mixed_words

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """Sizes that exist, and fleets that fit together."""
        problems = super().problems(path, book, region)
        given = [name for name in ("vcpu", "memory_gb") if getattr(self, name) is not None]
        if self.is_choice:
            words = "size is auto, and chooses it"
            problems += [self.conflict(path, name, words) for name in given]
        elif len(given) < 2:
            words = 'vcpu and memory_gb, or "size": "auto"'
            missing = [name for name in ("vcpu", "memory_gb") if name not in given]
            problems += [Problem("missing", f"{path}.{name}", "", words) for name in missing]
        else:
            problems += size_problems(self, path, book)
        if self.os == "windows" and self.is_mixed:
            words = "Fargate Spot runs Linux tasks only"
            problems.append(self.conflict(path, "spot_fraction", words, "Leave it out."))
        return problems

    @property
    def is_choice(self) -> bool:
        """Whether the size is left to be chosen."""
        return self.size == AUTO

    @classmethod
    def inheriting(cls, document: Mapping[str, Any], architecture: str, book: PriceBook) -> Mapping[str, Any]:
        """Its document with the scenario's processor, where it says none; Windows runs on x86."""
        return with_processor(document, "x86_64" if document.get("os") == "windows" else architecture)

    def runs_on(self, architecture: str) -> bool:
        """Whether it runs on a processor: Windows on x86 alone."""
        return self.os != "windows" or architecture == "x86_64"

    def has_hours_priced(self, book: PriceBook, region: str) -> bool:
        """Whether there is a price for the hours of any of its sizes."""
        item = f"{self.architecture}/{self.os}/{self.purchase}"
        return all(book.price("fargate", f"{name}/{item}", region) for name in ("vcpu_hour", "gb_hour"))

    def sizes(self, ask: Ask) -> Sequence[Option]:
        """The sizes worth billing."""
        if not self.is_choice:
            return (self,)
        shelf = _sizes(ask.book, ask.region, self.architecture, self.os, self.purchase)
        return shelf.worth_billing(self, ask, size=None)

    def least_usd(self, ask: Ask) -> float:
        """As of any fleet; of a size that is left to be chosen the least of all."""
        if not self.is_choice:
            return super().least_usd(ask)
        return _sizes(ask.book, ask.region, self.architecture, self.os, self.purchase).least_usd(self, ask)

    def sized_as(self, size: Any, ask: Ask) -> Option | None:
        """Of the same vCPU and memory."""
        if not self.is_open:
            return self
        if not self.is_choice or self.architecture == ANY:
            return None
        shelf = _sizes(ask.book, ask.region, self.architecture, self.os, self.purchase)
        return shelf.sized(self, ask, {"vcpu": size.vcpu, "memory_gb": size.memory_gb}, size=None)

    def least_s(self, book: PriceBook) -> Fraction:
        """The time that a task is paid for at least. [s]"""
        least: Fraction = book.rule(f"fargate.minimum_s_{self.os}")
        return least

    @kept_last
    def unit(self, book: PriceBook) -> Unit:
        """What one task has."""
        memory_mb = self.memory_gb * MB_PER_GB
        return Unit(
            "task", self.vcpu, memory_mb, speed=self.cpu_speed, given_processes=self.processes, headroom=self.headroom
        )

    def quotas(self, units: Number, book: PriceBook) -> tuple[Limit, ...]:
        """Tasks of a service, and vCPUs on demand; Spot has a quota of its own, whose default no source gives."""
        tasks = check("ecs.tasks", units)
        if self.purchase == "spot":
            return (tasks,)
        return (check("fargate.vcpu", self.on_demand_units(units) * self.vcpu), tasks)

    def is_paid_by(self, commitment: Commitment) -> bool:
        """Whether a commitment covers its hours: a Compute plan, those on demand."""
        return bool(commitment.item("fargate", f"vcpu_hour/{self.architecture}/{self.os}/{self.purchase}"))

    def committed_parts(self, book: PriceBook, region: str) -> list[Fraction | None]:
        """What its vCPUs and its memory cost by themselves, of which a commitment pays one before the other."""
        if not book.commitments(region):
            return []
        plans = [one.plan if self.is_paid_by(one) else self.purchase for one in book.commitments(region)]
        parts: list[Fraction | None] = []
        for bought in (self.purchase, *plans):
            for thing, many in (("vcpu_hour", self.vcpu), ("gb_hour", self.memory_gb)):
                price = book.price("fargate", f"{thing}/{self.architecture}/{self.os}/{bought}", region)
                parts.append(None if price is None else many * price.first_usd)
        return parts

    def hour_usd(self, book: PriceBook, region: str, purchase: str) -> Fraction | None:
        """What an hour of one task costs; None without a price. [USD]"""
        size = f"{self.architecture}/{self.os}/{purchase}"
        vcpu = book.price("fargate", f"vcpu_hour/{size}", region)
        memory = book.price("fargate", f"gb_hour/{size}", region)
        if vcpu is None or memory is None:
            return None
        usd: Fraction = self.vcpu * vcpu.first_usd + self.memory_gb * memory.first_usd
        return usd

    def compute(
        self, fleet: Fleet, workload: Workload, book: PriceBook, region: str, hours_per_month: Number
    ) -> Sequence[Usage]:
        """The month's task-hours; storage is billed for the hours that tasks run, whatever a plan pays."""
        bought = self.bought(fleet, workload, book, region, hours_per_month)
        beyond = sum((hours for _, hours in bought[1:]), Fraction(0))
        size = {name: getattr(self, name) for name in ("architecture", "os", "vcpu", "memory_gb", "ephemeral_gb")}
        return [
            FargateUsage(
                **size, purchase=terms, task_hours=hours, storage_hours=hours if row else fleet.unit_hours - beyond
            )
            for row, (terms, hours) in enumerate(bought)
        ]

    def terraform(self, fleet: Fleet, workload: Workload, book: PriceBook) -> Terraform:
        """The fleet as a service of ECS."""
        service = {"ClusterName": "aws_ecs_cluster.cluster.name", "ServiceName": "aws_ecs_service.service.name"}
        values = {
            "target_type": "ip",
            "cpu_units": int(self.vcpu * 1024),
            "memory_mib": int(self.memory_gb * MB_PER_GB),
            "ephemeral_gib": int(-(-self.ephemeral_gb // 1)) if self.ephemeral_gb > 20 else 0,  # 20 come with it
            "architecture": {"x86_64": "X86_64", "arm64": "ARM64"}[self.architecture],
            "system": {"linux": "LINUX", "windows": "WINDOWS_SERVER_2022_CORE"}[self.os],
            "provider": "FARGATE_SPOT" if self.purchase == "spot" else "FARGATE",
        }
        return fleet_terraform(self, fleet, Metric("AWS/ECS", "CPUUtilization", service), values)


@functools.lru_cache(maxsize=64)
def _sizes(book: PriceBook, region: str, architecture: str, os: str, purchase: str) -> Shelf:
    """Every size of a task."""
    wares = [{"vcpu": vcpu, "memory_gb": gb} for vcpu, sizes in book.task_sizes[os].items() for gb in sizes]
    return Shelf(wares, functools.partial(Fargate, architecture=architecture, os=os, purchase=purchase), book, region)
