"""What to move first when people's hours are few: the most that can be saved within so many hours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import decimal_text
from lambdaplan.portfolio.knapsack import packed
from lambdaplan.portfolio.organisation import MICRO, Organisation, usd_text
from lambdaplan.portfolio.organisation_table import HOURS
from lambdaplan.scenario.scenario import Scenario

PARTS = 1000  # of an hour, in which hours are counted: rounded up, so that a plan never takes more than there are


@dataclass(frozen=True)
class MoveFirst:
    """The services to move within so many hours.

    Parameters:
    result : Organisation
    hours : Fraction - people's hours that there are, once. [h]
    rows : array - the services to move, the one that saves most an hour first.
    used_hours : Fraction - what moving them takes. [h]
    share_micro : int - what their shares of the bills fall by where everything moves. [millionths of USD a month]
    most_micro : int - what no choice within the hours exceeds, reckoned in the same way.
    bill_usd : Decimal - what all accounts pay with these moved, and every other service on its first option. [USD]
    unknown : int - services worth moving of which nobody said how many hours that takes; they are left out.
    """

    result: Organisation
    hours: Fraction
    rows: np.ndarray
    used_hours: Fraction
    share_micro: int
    most_micro: int
    bill_usd: Decimal
    unknown: int

    @property
    def scenario(self) -> Scenario:
        """The base, of which the currency is."""
        return self.result.scenario

    @property
    def is_best(self) -> bool:
        """Whether no choice within these hours saves more."""
        return self.share_micro == self.most_micro

    @property
    def saving_usd(self) -> Decimal:
        """What all accounts pay less with these moved, billed anew. [USD a month]"""
        return self.result.baseline_usd - self.bill_usd

    @property
    def people_usd(self) -> Fraction | None:
        """What the hours cost; None without a wage. [USD]"""
        wage = self.scenario.operations
        return None if wage is None else self.used_hours * Fraction(wage.wage_usd_per_hour)

    @property
    def payback_months(self) -> int | None:
        """The first month at whose end the saving has paid for the hours; None without a wage or a saving."""
        people = self.people_usd
        if people is None or self.saving_usd <= 0:
            return None
        return max(1, math.ceil(people / Fraction(self.saving_usd)))

    def document(self) -> dict[str, Any]:
        """The choice as ``portfolio.json`` has it."""
        people = self.people_usd
        return {
            "hours": decimal_text(self.hours),
            "hours_used": decimal_text(self.used_hours),
            "services": len(self.rows),
            "saving_usd": str(self.saving_usd),
            "people_usd": None if people is None else decimal_text(people),
            "payback_months": self.payback_months,
            "proved_best": self.is_best,
            "shares_fall_by_usd": usd_text(self.share_micro),
            "no_choice_exceeds_usd": usd_text(self.most_micro),
            "hours_unknown": self.unknown,
            "lines": [int(self.result.table.lines[row]) for row in self.rows],
        }


def migration_hours(result: Organisation) -> np.ndarray | None:
    """People's hours to move each service to its chosen option; NaN where nobody says. None where no row has any. [h]

    They are the table's column, and where that is empty the `migration.hours` of the option in the base.
    """
    table = result.table
    of_options = [
        math.nan if option.migration is None else float(option.migration.hours) for option in table.whole.options
    ]
    hours = np.array(of_options)[result.use.choice]
    if table.hours is not None:
        hours = np.where(np.isnan(table.hours), hours, table.hours)
    return None if np.isnan(hours).all() else hours


def move_first(result: Organisation, hours: Fraction) -> MoveFirst:
    """Choose what saves most within so many hours of people's work.

    What a service saves is what its share of the bills falls by where all move; that is what the choice is best for.
    What the choice then saves is billed anew, with every other service on its first option.

    Raises: InputError where nobody says how many hours moving takes.
    """
    each = migration_hours(result)
    if each is None:
        words = f"a column {HOURS}, or migration.hours of an option of the base"
        raise InputError(Problem("missing", HOURS, "", words, "Without hours nothing can be held against --hours."))
    rows = result.rows
    worth = rows[(result.use.choice[rows] > 0) & (result.saving_micro[rows] > 0)]
    known = worth[~np.isnan(each[worth])]
    parts = np.ceil(each[known] * PARTS - 1e-6).astype(np.int64)
    found = packed(result.saving_micro[known], parts, int(hours * PARTS))
    taken, weights = known[found.taken], parts[found.taken]
    with np.errstate(divide="ignore"):
        order = np.lexsort((taken, -(result.saving_micro[taken] / weights)))
    moved = np.zeros(len(result.table), dtype=np.int8)
    moved[taken] = result.use.choice[taken]
    bill = result.bill_with(moved)
    used = Fraction(int(weights.sum()), PARTS)
    return MoveFirst(result, hours, taken[order], used, found.value, found.most, bill, len(worth) - len(known))


def saving_per_hour(result: Organisation, each: np.ndarray, row: int) -> str | None:
    """What a service saves a month for each hour that moving it takes; None where that is not known. [USD]"""
    hours = float(each[row])
    if not hours > 0 or result.use.choice[row] == 0:
        return None
    return decimal_text(Fraction(int(result.saving_micro[row]), MICRO) / Fraction(hours), 6)
