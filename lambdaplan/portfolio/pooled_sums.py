"""What services use together, added up without rounding: parts of a table may be added in any order and grouping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, TypeVar

import numpy as np

from lambdaplan.portfolio.column_bills import Billed, Item, Quota
from lambdaplan.portfolio.exact_sums import exact_sums

FIRST, ALONE = 0, 1
"""Which options: the first of each service, or the one that is cheapest by itself."""

UseKey: TypeAlias = tuple[int, int, str, Item]  # which options, the payer's number, region, item
NeedKey: TypeAlias = tuple[int, int, str, Quota]  # which options, the account's number, region, quota


Key = TypeVar("Key")


@dataclass
class Sums:
    """Exact sums of what services use and need.

    Parameters:
    uses : mapping - of which options, payer, region and item how much is used.
    needs : mapping - of which options, account, region and quota how much is needed.
    """

    uses: dict[UseKey, Fraction] = field(default_factory=dict)
    needs: dict[NeedKey, Fraction] = field(default_factory=dict)


def added_up(several: Iterable[Sums]) -> Sums:
    """The sums of all services of several parts: the same however they are grouped, and in any order."""
    total = Sums()
    for one in several:
        _add(total.uses, one.uses)
        _add(total.needs, one.needs)
    return total


def _add(total: dict[Key, Fraction], more: Mapping[Key, Fraction]) -> None:
    for key, value in more.items():
        total[key] = total.get(key, Fraction(0)) + value


def sums_of(done: Billed, payers: np.ndarray, accounts: np.ndarray) -> Sums:
    """What the services of a unit use and need together, with their first options and with those cheapest alone.

    Parameters:
    payers, accounts : arrays of int - for each of the unit's rows the number of the payer, and of the account.
    """
    sums = Sums()
    if not len(done.rows):
        return sums
    alone = np.maximum(done.least, 0)
    for (option_index, item), values in done.uses.items():
        for which, there in ((FIRST, option_index == 0), (ALONE, alone == option_index)):
            for payer, total in exact_sums(np.where(there, values, 0.0), payers).items():
                key: UseKey = (which, payer, done.region, item)
                sums.uses[key] = sums.uses.get(key, Fraction(0)) + total
    for (option_index, quota), values in done.quotas.items():
        for which, there in ((FIRST, option_index == 0), (ALONE, alone == option_index)):
            for account, total in exact_sums(np.where(there, values, 0.0), accounts).items():
                need: NeedKey = (which, account, done.region, quota)
                sums.needs[need] = sums.needs.get(need, Fraction(0)) + total
    return sums
