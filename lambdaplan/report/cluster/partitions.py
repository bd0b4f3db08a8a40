"""Partitions of an organisation's table, billed by the workers of a Dask cluster by the same code as here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lambdaplan.portfolio.column_bills import Billed, Unit, billed
from lambdaplan.portfolio.organisation_table import Table
from lambdaplan.portfolio.pooled_sums import Sums, added_up, sums_of
from lambdaplan.report.cluster.connection import Cluster
from lambdaplan.schema.fields import changed

PARTS_A_THREAD = 8  # partitions for each thread of the cluster, where nobody says how many


def billed_on(cluster: Cluster) -> Callable[[Table, Sequence[Sequence[Unit]], Callable[[Billed], None]], Sums]:
    """What bills partitions of a table on a cluster, as `organisation` takes it."""

    def run(table: Table, parts: Sequence[Sequence[Unit]], take: Callable[[Billed], None]) -> Sums:
        shared = cluster.client.scatter(_without_files(table), broadcast=True)

        def take_all(several: list[Billed]) -> None:
            for done in several:
                take(done)

        tasks = [(shared, *_task(table, part)) for part in parts]
        sums: Sums = cluster.each_and_all(bill_partition, tasks, _all_of, take_all)
        return sums

    return run


def _without_files(table: Table) -> Table:
    """The table without rows, and without paths of files that are on this machine alone."""
    none = table.part(np.zeros(0, dtype=np.int64))
    base = table.base
    traffic = base.get("workload", {}).get("traffic") if isinstance(base, dict) else None
    if isinstance(traffic, dict) and "trace" in traffic:
        read = table.whole.document()["workload"]
        found = {"requests_per_month": read["requests_per_month"], **base["workload"], "traffic": read["traffic"]}
        base = {**base, "workload": found}
    return dataclasses.replace(none, base=base)


def _task(table: Table, part: Sequence[Unit]) -> tuple[Any, ...]:
    """A partition as it is sent: its rows alone, and where they are in the table."""
    rows = np.concatenate([unit.rows for unit in part])
    own = table.part(rows)
    columns = (own.lines, own.numbers, own.words, own.names)
    edges = np.cumsum([0, *(len(unit.rows) for unit in part)])
    return columns, rows, edges, [unit.group for unit in part], table.payers[rows], table.accounts[rows]


def bill_partition(
    shared: Table,
    columns: tuple[Any, ...],
    rows: np.ndarray,
    edges: np.ndarray,
    groups: Sequence[int],
    payers: np.ndarray,
    accounts: np.ndarray,
) -> tuple[list[Billed], Sums]:
    """Bill a partition, on a worker: its units with the rows that they have in the whole table, and their sums.

    Parameters:
    shared : Table - without rows.
    columns : lines, numbers, words and names of the partition's rows.
    rows, payers, accounts : arrays - for each of its rows that of the whole table, and who pays and whose it is.
    edges, groups : where each unit begins, and of which group it is.
    """
    lines, numbers, words, names = columns
    table = dataclasses.replace(shared, lines=lines, numbers=numbers, words=words, names=names)
    several, sums = [], []
    for start, stop, group in zip(edges[:-1].tolist(), edges[1:].tolist(), groups, strict=True):
        done = billed(table, Unit(np.arange(start, stop), group))
        sums.append(sums_of(done, payers[done.rows], accounts[done.rows]))
        samples = {item: ((int(rows[at[0]]), *at[1:]), entry) for item, (at, entry) in done.samples.items()}
        several.append(changed(done, rows=rows[done.rows], samples=samples))
    return several, added_up(sums)


def _all_of(*several: Sums) -> Sums:
    return added_up(several)
