"""Services of an account and region together on one fleet: which are worth it, and what that saves.

Tasks of all services are packed on instances hour by hour of the week, so that the peak of the sum counts and not the
sum of the peaks. Each service keeps what stands around its compute: front door, data, logs.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.capacity.fleet import rps_by_weight
from lambdaplan.capacity.fleet_rules import with_rules
from lambdaplan.comparison.month import month, month_of
from lambdaplan.errors import InputError, Problem, nearest
from lambdaplan.portfolio.organisation import MICRO, Organisation
from lambdaplan.portfolio.organisation_table import ACCOUNT
from lambdaplan.portfolio.packing import Tasks, packed_bins
from lambdaplan.pricing.bill import amounts
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.units import HOURS_PER_WEEK, MS_PER_SECOND

MOST_PACKED = 10_000  # services that are packed in one run; each is sized by itself first
PARTS = 10**6  # of a vCPU and of a MB, in which tasks are counted: rounded up
THRESHOLDS = (1.0, 1.1, 1.25, 1.5, 2.0, 3.0)  # worth over what it takes of instances, from which services are tried
MIXES = 21  # weights of CPU against memory in the bound


@dataclass(frozen=True)
class OneFleet:
    """One fleet of an account in a region.

    Parameters:
    account, region : str
    rows : array - the services on it.
    left_out : int - services that could not be packed, or are not worth it.
    mean, peak : float, int - instances over the week, and in the busiest hour.
    least_mean : float - instances over the week that any packing of these services needs.
    alone_mean : float - what they would need each with a fleet of its own, as the table's option sizes it.
    usd : Fraction - what the instances cost. [USD a month]
    saving_usd : float - what these services cost less there than with the options chosen for each alone.
    most_usd : float - what no set of services of this account and region can save more than, on such a fleet.
    """

    account: str
    region: str
    rows: np.ndarray
    left_out: int
    mean: float
    peak: int
    least_mean: float
    alone_mean: float
    usd: Fraction
    saving_usd: float
    most_usd: float


@dataclass(frozen=True)
class OneFleets:
    """Fleets of all accounts and regions, those that save most first.

    Parameters:
    result : Organisation
    label : str - the option whose instances they are.
    fleets : tuple of OneFleet - those that are worth having.
    packable : int - services that could be packed.
    """

    result: Organisation
    label: str
    fleets: tuple[OneFleet, ...]
    packable: int
    most_usd: float

    @property
    def scenario(self) -> Scenario:
        """The base, of which the currency is."""
        return self.result.scenario

    @property
    def saving_usd(self) -> float:
        """What all fleets save together. [USD a month]"""
        return sum(one.saving_usd for one in self.fleets)

    def document(self) -> dict[str, Any]:
        """The fleets as ``portfolio.json`` has them."""
        return {
            "option": self.label,
            "services_packable": self.packable,
            "saving_usd": f"{self.saving_usd:.2f}",
            "no_choice_exceeds_usd": f"{self.most_usd:.2f}",
            "fleets": [
                {
                    "account": one.account or None,
                    "region": one.region,
                    "services": len(one.rows),
                    "instances_mean": round(one.mean, 4),
                    "instances_peak": one.peak,
                    "instances_mean_at_least": round(one.least_mean, 4),
                    "instances_mean_if_each_alone": round(one.alone_mean, 4),
                    "instances_usd": f"{float(one.usd):.2f}",
                    "saving_usd": f"{one.saving_usd:.2f}",
                    "no_choice_exceeds_usd": f"{one.most_usd:.2f}",
                    "lines": [int(self.result.table.lines[row]) for row in one.rows],
                }
                for one in self.fleets
            ],
        }


def option_of(whole: Scenario, label: str) -> int:
    """The place of an option on whose instances services can be packed.

    Raises: InputError when there is none of that label, or its instances can't be packed.
    """
    names = [option.label or option.size_label for option in whole.options]
    if label not in names:
        raise InputError(Problem("choice", "--pack", label, ", ".join(names), nearest(label, names)))
    place = names.index(label)
    option = whole.options[place]
    fleet = option.as_fleet
    why = ""
    if fleet is None or not fleet.can_share or fleet is not option:
        why = "an option whose units can run several services"
    elif option.is_open:
        why = "an option whose size is given"
    elif fleet.surplus(whole.book, whole.region) is not None or fleet.unit(whole.book).earned_vcpu is not None:
        why = "no burstable type: whose CPU credits a full instance uses is not known"
    elif fleet.scaling not in ("hourly", "fixed") or fleet.units is not None:
        why = "scaling hourly or fixed, without units"
    elif "compute" not in whole.include:
        why = "compute in include"
    if why:
        raise InputError(Problem("conflict", "--pack", label, why))
    return place


def one_fleets(result: Organisation, label: str, *, progress: Callable[[], object] = lambda: None) -> OneFleets:
    """Find, for each account and region, the services that are worth having on one fleet, and pack them.

    A service is worth what its chosen option costs less what stands around it costs on the fleet. Of an account and
    region those are tried whose worth is at least so many times what they take of the instances; the best set is kept.
    No set saves more than the sum of worth less price x the larger needs in any one mix of CPU and memory (each hour's
    instances are at least that mix of its two sums), which is told.

    Parameters:
    label : str - the option whose instances are filled.
    progress : function - called after each service.

    Raises: InputError where the option can't be packed, or there are too many services.
    """
    place = option_of(result.scenario, label)
    rows = result.rows
    if len(rows) > MOST_PACKED:
        words = f"at most {MOST_PACKED:,} services: each is sized by itself before they are packed"
        raise InputError(Problem("range", "--pack", f"{len(rows):,} services", words))
    groups: dict[tuple[str, str], list[_Packable]] = {}
    counts: dict[tuple[str, str], int] = {}
    for row in rows.tolist():
        account = result.table.tags[ACCOUNT].of(row) if ACCOUNT in result.table.tags else ""
        key = (account, result.value("region", row))
        counts[key] = counts.get(key, 0) + 1
        one = _packable(result, row, place) if result.use.able[place, row] else None
        if one is not None:
            groups.setdefault(key, []).append(one)
        progress()
    fleets, most = [], 0.0
    for (account, region), members in groups.items():
        hours = Fraction(result.scenario.hours_per_month)
        found = _best_of(members, (account, region), counts[account, region], hours)
        most += found.most_usd
        if len(found.rows):
            fleets.append(found)
    packable = sum(len(members) for members in groups.values())
    ranked = sorted(fleets, key=lambda one: (-one.saving_usd, one.account, one.region))
    return OneFleets(result, label, tuple(ranked), packable, most)


@dataclass(frozen=True)
class _Packable:
    """A service that can be packed.

    Parameters:
    worth_usd : float - what it can pay for instances. [USD a month]
    tasks : array (3, 168) - in each hour its tasks at the target utilisation, the CPU and the memory of each, in parts.
    left : array (3, 168) - the same at full use, as after the loss of a zone.
    """

    row: int
    worth_usd: float
    alone_mean: float
    tasks: np.ndarray
    left: np.ndarray
    unit: tuple[int, int]
    unit_usd: Fraction
    rules: Any


def _packable(result: Organisation, row: int, place: int) -> _Packable | None:
    """A service's tasks hour by hour; None where it can't be packed: bursts, waiting work, an answer time to hold."""
    scenario = result.table.scenario(row)
    scenario = dataclasses.replace(scenario, ranges=(), correlations=()) if scenario.ranges else scenario
    work, option = scenario.workload, scenario.options[place]
    rules = option.as_fleet
    if rules is None or work.waits or work.slo is not None or work.traffic.bursts:
        return None
    fleet, used = month(scenario, option)
    given = (work, scenario.book, scenario.region, scenario.hours_per_month)
    compute = amounts(month_of(scenario, option.compute(fleet, *given)))
    total = amounts(used)
    if total.missing or compute.missing or not fleet.unit_hours:
        return None
    unit_usd = Fraction(compute.known_usd) / Fraction(fleet.unit_hours)  # an hour of one instance, volume and fee too
    around = float(Fraction(total.known_usd) - Fraction(compute.known_usd))
    unit = rules.unit(scenario.book)
    peaks = rps_by_weight(work, scenario.hours_per_month)[work.traffic.which] * work.traffic.burst
    rate = np.array([float(one) for one in peaks])
    full = rate * float(work.cpu_per_request_ms / unit.speed / MS_PER_SECOND)
    waiting = rate * float(work.wall_ms(unit.vcpu, unit.speed)) / MS_PER_SECOND
    target = float(rules.target_utilisation)
    threads = float(min(Fraction(work.cpu_threads), Fraction(unit.vcpu)))
    slots = float(unit.process_slots(work))
    has = math.floor(float(unit.vcpu) * PARTS), math.floor(float(unit.usable_mb) * PARTS)

    def at(use: float, least: int) -> np.ndarray:
        """Tasks of a process each, with what each takes where CPU and slots are used so far."""
        several = (np.full(HOURS_PER_WEEK, least), _up(full / use / threads), _up(waiting / slots / use))
        count = np.maximum.reduce(several)
        memory = float(work.working_set_mb) + float(work.request_mb) * waiting / count
        return np.stack([count, _up(full / use / count * PARTS, 1e-6), _up(memory * PARTS, 1e-6)])

    tasks, left = at(target, 2 if rules.survive_zone_loss else 1), at(1.0, 1)
    if max(tasks[1].max(), left[1].max()) > has[0] or max(tasks[2].max(), left[2].max()) > has[1]:
        return None
    worth = float(result.chosen_micro[row]) / MICRO - around
    return _Packable(row, worth, float(fleet.units_mean), tasks, left, has, unit_usd, rules)


def _up(values: np.ndarray, near: float = 1e-9) -> np.ndarray:
    return np.ceil(values - near).astype(np.int64)


@dataclass(frozen=True)
class _Week:
    """Instances over a week: in all its hours together, in the busiest one, and in all hours whatever the packing."""

    total: int
    peak: int
    least: int


def _best_of(members: Sequence[_Packable], where: tuple[str, str], services: int, hours: Fraction) -> OneFleet:
    """The set of an account's and region's services that saves most of those tried."""
    first = members[0]
    monthly = float(first.unit_usd * hours)
    worth = np.array([one.worth_usd for one in members])
    *cpus, by_memory, left = np.array([_least_each(one) for one in members]).T
    mixes = itertools.product(cpus, (by_memory, left), np.linspace(0, 1, MIXES))
    needed = [mix * cpu + (1 - mix) * memory for cpu, memory, mix in mixes]
    bounds = [float(np.maximum(worth - monthly * need, 0).sum()) for need in needed]
    need = needed[int(np.argmin(bounds))]
    best: tuple[float, list[_Packable], _Week | None] = (0.0, [], None)
    tried = set()
    for times in THRESHOLDS:
        chosen = [one for one, usd, part in zip(members, worth, need, strict=True) if usd > times * monthly * part]
        if not chosen or len(chosen) in tried:
            continue
        tried.add(len(chosen))
        week = _week(chosen)
        saving = sum(one.worth_usd for one in chosen) - monthly * week.total / HOURS_PER_WEEK
        if saving > best[0]:
            best = (saving, chosen, week)
    saving, chosen, found = best
    rows = np.array([one.row for one in chosen], dtype=np.int64)
    most = max(min(bounds), 0.0)
    if found is None:
        return OneFleet(*where, rows, services, 0.0, 0, 0.0, 0.0, Fraction(0), 0.0, most)
    usd = first.unit_usd * hours * Fraction(found.total, HOURS_PER_WEEK)
    alone = sum(one.alone_mean for one in chosen)
    left = services - len(chosen)
    mean, least = found.total / HOURS_PER_WEEK, found.least / HOURS_PER_WEEK
    return OneFleet(*where, rows, left, mean, found.peak, least, alone, usd, saving, most)


def _least_each(one: _Packable) -> tuple[float, float, float, float]:
    """What a service adds at least to the instances of a week: by CPU, also with a zone lost, and so by memory."""
    (cpu, memory), rules = one.unit, one.rules
    over = float(rules.zones) / float(rules.zones - 1) if rules.survive_zone_loss else 0.0
    by_cpu, full = (float((each[0] * each[1]).mean()) / cpu for each in (one.tasks, one.left))
    by_memory, left = (float((each[0] * each[2]).mean()) / memory for each in (one.tasks, one.left))
    return by_cpu, over * full, by_memory, over * left


def _week(chosen: Sequence[_Packable]) -> _Week:
    """Pack tasks in each hour of the week; hours that are alike are packed once."""
    rules, (cpu, memory) = chosen[0].rules, chosen[0].unit
    each = np.stack([np.concatenate([one.tasks, one.left]) for one in chosen])
    alike, which = np.unique(each.reshape(-1, HOURS_PER_WEEK), axis=1, return_inverse=True)
    units, least = [], []
    for hour in alike.T.reshape(-1, len(chosen), 6).tolist():
        at_target = packed_bins([Tasks(*one[:3]) for one in hour], cpu, memory)
        left = packed_bins([Tasks(*one[3:]) for one in hour], cpu, memory) if rules.survive_zone_loss else at_target
        units.append(int(with_rules(at_target.used, left.used, rules)))
        least.append(int(with_rules(at_target.least, left.least, rules)))
    places = which.reshape(-1)
    hourly, fewest = np.array(units)[places], np.array(least)[places]
    if rules.scaling == "fixed":
        hourly, fewest = (np.full(HOURS_PER_WEEK, one.max()) for one in (hourly, fewest))
    return _Week(int(hourly.sum()), int(hourly.max()), int(fewest.sum()))
