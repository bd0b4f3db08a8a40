"""What an organisation uses, pooled by payer account: its choices, its bills, and every service's share of them."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from lambdaplan.analysis.account import AccountBill, Key, Pool, key_of
from lambdaplan.analysis.services_table import Failure
from lambdaplan.formatting import cents
from lambdaplan.numbers import Column
from lambdaplan.portfolio.column_bills import Billed, Item, Place, Quota, exact_use, together
from lambdaplan.portfolio.exact_sums import exact_sum, exact_sums
from lambdaplan.portfolio.organisation_table import ACCOUNT, BLOCK, PAYER, Table
from lambdaplan.portfolio.pooled_sums import ALONE, FIRST, Sums
from lambdaplan.pricing.usage import Charge, OwnLine

ONE_AFTER_ANOTHER = 64  # rows up to which each takes its option after the one before it, as in batch
MOST_EXACT = 10_000  # rows whose use is worked out in fractions, where floats leave a cent open
IN_MEMORY = 2_000_000  # rows whose columns are kept in memory; those of more are kept in files
DOUBT = Fraction(1, 10**12)  # relative distance within which floats do not tell an amount
STEP = 1e-12  # share of a bill by which another option must lower it, to be taken
NOISE = 1e-13  # share of a bill that floats leave open where two bills are taken from one another


@dataclass(frozen=True)
class QuotaUse:
    """What the services of one account and region need of a quota together, each at its busiest.

    Parameters:
    account, region : str
    limit, unit, source : str - the quota in words, its unit, who says so.
    allowed, baseline, chosen : float - what is allowed; what all need on their first options, and on the chosen ones.
    """

    account: str
    region: str
    limit: str
    unit: str
    source: str
    allowed: float
    baseline: float
    chosen: float

    @property
    def broken(self) -> bool:
        """Whether the chosen options need more together than is allowed, if all are busiest at once."""
        return self.chosen > self.allowed


class PooledUse:
    """What every service of a table uses with each option, in columns; filled unit by unit, in any order.

    Parameters:
    table : Table
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        count, options = len(table), len(table.whole.options)
        self.options = options
        self.folder = tempfile.TemporaryDirectory(prefix="lambdaplan-") if count > IN_MEMORY else None
        self._files = 0
        self.here = np.zeros(count, dtype=bool)
        self.able = np.zeros((options, count), dtype=bool)
        self.alone = np.zeros((options, count))
        self.least = np.full(count, -1, dtype=np.int8)
        self.choice = np.zeros(count, dtype=np.int8)
        self.region = np.zeros(count, dtype=np.int16)
        self.regions: dict[str, int] = {}
        self.labels: list[tuple[str, ...]] = [()] * count
        self.why: dict[int, str] = {}
        self.uses: dict[tuple[int, Item], np.ndarray] = {}
        self.samples: dict[Key, tuple[Place, Charge | OwnLine]] = {}
        self.needs: dict[tuple[int, Quota], np.ndarray] = {}
        self.failures: list[Failure] = []
        self.one_by_one = 0
        self.sums = Sums()

    def _column(self) -> np.ndarray:
        """A column of zeros, in a file where there are many rows."""
        if self.folder is None:
            return np.zeros(len(self.table))
        self._files += 1
        return np.memmap(Path(self.folder.name) / f"{self._files}", np.float64, "w+", shape=(len(self.table),))

    def add(self, done: Billed) -> None:
        """Take in the bills of a unit."""
        rows = done.rows
        self.failures += done.failures
        self.one_by_one += done.one_by_one
        if not len(rows):
            return
        self.here[rows] = True
        self.able[:, rows], self.alone[:, rows], self.least[rows] = done.able, done.cost, done.least
        self.choice[rows] = np.maximum(done.least, 0)
        self.region[rows] = self.regions.setdefault(done.region, len(self.regions))
        for row, labels, why in zip(rows.tolist(), done.labels, done.why, strict=True):
            self.labels[row] = labels
            if why:
                self.why[row] = why
        for slot, quantity in done.uses.items():
            if slot not in self.uses:
                self.uses[slot] = self._column()
            self.uses[slot][rows] = quantity
        for item, named in done.samples.items():
            key: Key = (done.region, *item)
            self.samples[key] = together(self.samples.get(key), named)
        for need, values in done.quotas.items():
            if need not in self.needs:
                self.needs[need] = self._column()
            self.needs[need][rows] = values

    @functools.cached_property
    def keys(self) -> list[Key]:
        """The items of all services, region by region, in the order in which the table first names them."""
        return sorted(self.samples, key=lambda key: self.samples[key][0])

    @functools.cached_property
    def items(self) -> list[Item]:
        """The same whatever the region."""
        return list(dict.fromkeys(key[1:] for key in self.keys))

    @functools.cached_property
    def region_names(self) -> list[str]:
        """The regions, in the order in which the table first names them."""
        first = {name: int(np.flatnonzero(self.here & (self.region == code))[0]) for name, code in self.regions.items()}
        return sorted(first, key=first.__getitem__)

    @functools.cached_property
    def payers(self) -> np.ndarray:
        """For each row the number of the account that pays for it."""
        return self.table.payers

    @functools.cached_property
    def accounts(self) -> np.ndarray:
        """For each row the number of its account."""
        return self.table.accounts

    def payer_name(self, payer: int) -> str:
        """The account that pays; empty where the table has one payer, and does not name it."""
        column = self.table.tags.get(PAYER)
        return "" if column is None else column.words[payer]

    @functools.cached_property
    def payer_codes(self) -> list[int]:
        """The payers, in the order in which the table first names them."""
        codes, first = np.unique(self.payers[self.here], return_index=True)
        return [int(code) for _, code in sorted(zip(first.tolist(), codes.tolist(), strict=True))]

    def pool(self) -> Pool:
        """An account that knows every item in each region."""
        pool = Pool(self.table.whole)
        for key in self.keys:
            pool.named(key, self.samples[key][1])
        return pool

    # choices

    def settle(self, progress: Callable[[], object] = lambda: None) -> int:
        """Let each service take the option with which its payer's bill is least while the others keep theirs.

        In the order of the table, again and again until none can lower it by more than a share of STEP. Many rows that
        do not change the price of anything for each other are taken at once; where the sum of what each would save is
        not what they save together, they are parted, down to one.

        Returns: int - how many times the table was gone through.
        """
        rounds = 0
        settling = [_Settling(self, payer) for payer in self.payer_codes]
        moved = True
        while moved:
            moved, rounds = False, rounds + 1
            for one in settling:
                moved |= one.round()
                progress()
        return rounds

    # bills

    @functools.cached_property
    def _rows(self) -> dict[tuple[int, int], np.ndarray]:
        """The rows of each payer and region, in their order."""
        rows = np.flatnonzero(self.here)
        keys = self.payers[rows] * (len(self.regions) + 1) + self.region[rows]
        order = np.argsort(keys, kind="stable")
        cuts = np.flatnonzero(np.diff(keys[order])) + 1
        parts = np.split(rows[order], cuts)
        return {(int(self.payers[part[0]]), int(self.region[part[0]])): part for part in parts if len(part)}

    def rows_of(self, payer: int, region: str | None = None) -> np.ndarray:
        """The rows that are billed of a payer, in their order; those of one region alone where it is named."""
        codes = range(len(self.regions)) if region is None else [self.regions[region]]
        parts = [self._rows[payer, code] for code in codes if (payer, code) in self._rows]
        return np.sort(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)

    def _from(self, rows: np.ndarray, chosen: np.ndarray) -> tuple[int, np.ndarray, np.ndarray]:
        """Of which options the sums are nearest to those chosen, the rows that differ, and their options there."""
        alone = np.maximum(self.least[rows], 0)
        from_first, from_alone = chosen[rows] != 0, chosen[rows] != alone
        if from_first.sum() < from_alone.sum():
            return FIRST, rows[from_first], np.zeros(int(from_first.sum()), dtype=np.int8)
        return ALONE, rows[from_alone], alone[from_alone]

    def totals(self, payer: int, chosen: np.ndarray) -> dict[Key, Fraction]:
        """What a payer's services use of each item with these options: exact sums of floats."""
        totals: dict[Key, Fraction] = {}
        for region in self.region_names:
            which, rows, before = self._from(self.rows_of(payer, region), chosen)
            after = chosen[rows]
            for item in self.items:
                if (region, *item) not in self.samples:
                    continue
                total = self.sums.uses.get((which, payer, region, item), Fraction(0))
                for option_index in range(self.options if len(rows) else 0):
                    column = self.uses.get((option_index, item))
                    if column is not None:
                        total += exact_sum(column[rows[after == option_index]])
                        total -= exact_sum(column[rows[before == option_index]])
                totals[region, *item] = total
        return totals

    def exact_totals(self, payer: int, chosen: np.ndarray) -> dict[Key, Fraction]:
        """The same from bills in fractions, row by row."""
        totals: dict[Key, Fraction] = {}
        for row in self.rows_of(payer).tolist():
            scenario = self.table.scenario(row)
            for entry in exact_use(scenario, int(chosen[row])).entries:
                key = key_of(scenario.region, entry)
                if key is not None and isinstance(entry, Charge | OwnLine):
                    totals[key] = totals.get(key, Fraction(0)) + Fraction(entry.quantity)
        return totals

    def account_bill(self, payer: int, chosen: np.ndarray) -> tuple[AccountBill, dict[Key, Fraction], bool]:
        """A payer's bill with these options, what one of each item costs, and whether every cent of it is certain."""
        pool, totals = self.pool(), self.totals(payer, chosen)
        regions = [name for name in self.region_names if len(self.rows_of(payer, name))]
        bills, usd = pool.bills(totals, regions)
        certain = all(_is_certain(line.exact_usd) for one in bills.values() for line in one.lines)
        if not certain and len(self.rows_of(payer)) <= MOST_EXACT:
            totals = self.exact_totals(payer, chosen)
            bills, usd = pool.bills(totals, regions)
            certain = True
        each = {key: usd.get(key, Fraction(0)) / total for key, total in totals.items() if total}
        return AccountBill(bills, ()), each, certain

    def shares(self, payer: int, chosen: np.ndarray, each: dict[Key, Fraction], into: np.ndarray) -> None:
        """Every service's share of its payer's bill: its share of each item's quantity. [USD]"""
        for region in self.region_names:
            rows = self.rows_of(payer, region)
            for option_index in range(self.options):
                some = rows[chosen[rows] == option_index]
                if not len(some):
                    continue
                share = np.zeros(len(some))
                for item in self.items:
                    if (option_index, item) in self.uses and (region, *item) in each:
                        share += self.uses[option_index, item][some] * float(each[region, *item])
                into[some] = share

    def quotas(self, chosen: np.ndarray) -> list[QuotaUse]:
        """What the services of each account and region need of its quotas together."""
        column = self.table.tags.get(ACCOUNT)
        named = [""] if column is None else column.words
        which, rows, before = self._from(np.flatnonzero(self.here), chosen)
        moves: dict[tuple[int, str, Quota], Fraction] = {}
        names = list(self.regions)
        cells = self.accounts[rows] * len(names) + self.region[rows]
        for (option_index, quota), values in self.needs.items():
            for options, sign in ((chosen[rows], 1), (before, -1)):
                there = options == option_index
                for cell, need in exact_sums(values[rows[there]], cells[there]).items():
                    account, code = divmod(cell, len(names))
                    key = (account, names[code], quota)
                    moves[key] = moves.get(key, Fraction(0)) + sign * need
        uses = []
        for account, region, quota in dict.fromkeys([*(key[1:] for key in self.sums.needs), *moves]):
            key = (account, region, quota)
            first = self.sums.needs.get((FIRST, *key), Fraction(0))
            then = self.sums.needs.get((which, *key), Fraction(0)) + moves.get(key, Fraction(0))
            if first > 0 or then > 0:
                needs = (float(first), float(then))
                uses.append(QuotaUse(named[account], region, quota[0], quota[1], quota[3], float(quota[2]), *needs))
        return sorted(uses, key=lambda one: (-one.chosen / one.allowed, one.account, one.region, one.limit))


def _is_certain(usd: Fraction | None) -> bool:
    """Whether floats as near as DOUBT tell an amount to the cent."""
    return usd is None or cents(usd * (1 - DOUBT)) == cents(usd * (1 + DOUBT))


class _Settling:
    """The choices of one payer's services while they are made."""

    def __init__(self, use: PooledUse, payer: int) -> None:
        self.use, self.pool = use, use.pool()
        self.rows = use.rows_of(payer)
        self.totals = {key: float(total) for key, total in use.totals(payer, use.choice).items()}
        self.of_region: dict[int, list[Key]] = {}
        for region, code in use.regions.items():
            names = dict.fromkeys(self.pool.group(key) for key in self.pool.samples if key[0] == region)
            self.of_region[code] = [key for key in self.pool.samples if self.pool.group(key) in names]
        self.names = {code: name for name, code in use.regions.items()}

    def round(self) -> bool:
        """Go through the rows once; whether any took another option."""
        size = 1 if len(self.rows) <= ONE_AFTER_ANOTHER else BLOCK
        moved = False
        for start in range(0, len(self.rows), size):
            block = self.rows[start : start + size]
            for code in dict.fromkeys(self.use.region[block].tolist()):
                moved |= self._take(block[self.use.region[block] == code], code)
        return moved

    def _cost(self, code: int, totals: dict[Key, float | Column]) -> np.ndarray:
        return np.asarray(self.pool.cost(totals, self.of_region[code]), dtype=float)

    def _used(self, rows: np.ndarray, taken: np.ndarray) -> Iterator[tuple[Item, np.ndarray]]:
        """What rows use of each item with the options taken."""
        for item in self.use.items:
            quantity = np.zeros(len(rows))
            for option_index in range(self.use.options):
                column = self.use.uses.get((option_index, item))
                if column is not None:
                    quantity += np.where(taken == option_index, column[rows], 0)
            yield item, quantity

    def _take(self, rows: np.ndarray, code: int) -> bool:
        """Let rows of one region take the options that lower the bill; whether any did."""
        use, region = self.use, self.names[code]
        now = use.choice[rows].astype(np.int64)
        keys = self.of_region[code]
        held = {key: self.totals.get(key, 0.0) for key in keys}
        before = float(self._cost(code, dict(held)))
        used_now = dict(self._used(rows, now))
        best, option = np.full(len(rows), -STEP * max(abs(before), 1e-6)), now.copy()
        for option_index in range(use.options):
            may = use.able[option_index, rows] & (now != option_index)
            if not may.any():
                continue
            totals: dict[Key, float | Column] = dict(held)
            for item, there in self._used(rows, np.full(len(rows), option_index)):
                key = (region, *item)
                if key in held:
                    totals[key] = Column(np.maximum(held[key] - used_now[item] + there, 0))
            more = self._cost(code, totals) - before
            better = may & (more < best)
            best, option = np.where(better, more, best), np.where(better, option_index, option)
        moving = option != now
        if not moving.any():
            return False
        movers = rows[moving]
        new = dict(held)
        for item, quantity in self._used(movers, option[moving]):
            key = (region, *item)
            if key in held:
                new[key] = max(held[key] + float(exact_sum(quantity - used_now[item][moving])), 0.0)
        predicted, actual = float(best[moving].sum()), float(self._cost(code, dict(new))) - before
        near = 1e-9 * abs(predicted) + NOISE * abs(before)
        if len(movers) > 1 and abs(actual - predicted) > near:
            middle = len(rows) // 2
            first = self._take(rows[:middle], code)
            return self._take(rows[middle:], code) or first
        self.totals |= new
        use.choice[movers] = option[moving]
        return True


def sorted_failures(failures: Sequence[Failure]) -> list[Failure]:
    """Failures in the order of their lines, each once."""
    return sorted(dict.fromkeys(failures), key=lambda one: (one.line, one.problem.field))
