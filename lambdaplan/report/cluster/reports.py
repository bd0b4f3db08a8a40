"""Reports of a batch, made by the workers of a Dask cluster and written here."""

from __future__ import annotations

import contextlib
import functools
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from lambdaplan.analysis.account import Service
from lambdaplan.errors import Problem, ReportError
from lambdaplan.report import report
from lambdaplan.report.cluster.connection import Cluster
from lambdaplan.report.notebook_kernel import Extent, WarmKernel
from lambdaplan.scenario.scenario import Scenario

Files = dict[str, bytes]
"""What a report consists of: each file by its path in the report's folder."""

_KERNELS: dict[int, WarmKernel] = {}  # of each thread of this worker, one that stays warm


def reports_on(
    cluster: Cluster, asked: Sequence[Service], extent: Extent
) -> Iterator[tuple[int, Files | tuple[Problem, ...]]]:
    """The files of each service's report, or what was wrong with it, with the service's place, as they come."""
    try:
        yield from cluster.each(report_files, [(service.scenario, extent) for service in asked])
    finally:
        cluster.everywhere(end_kernels)


def report_files(scenario: Scenario, extent: Extent) -> Files | tuple[Problem, ...]:
    """Make a report, on a worker."""
    thread = threading.get_ident()
    try:
        if thread not in _KERNELS:
            _KERNELS[thread] = WarmKernel().__enter__()
        with tempfile.TemporaryDirectory(prefix="lambdaplan-") as folder:
            report.fill(Path(folder), scenario, functools.partial(_KERNELS[thread].executed, extent=extent))
            paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
            return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    except ReportError as error:
        return error.problems


def end_kernels() -> None:
    """End the kernels of this worker, and let the next batch begin with new ones."""
    while _KERNELS:
        _, kernel = _KERNELS.popitem()
        kernel.kill()
        with contextlib.suppress(Exception):
            kernel.__exit__(None, None, None)
