"""How hypothesis runs here, and what tests share: a warm kernel a process, and folders with short names.

`make test` gives each file to one process (`--dist loadfile`), so that a fixture of a module is made once. Those that take
longest come first (`--no-loadscope-reorder` keeps to that), so that at the end no process waits long for another.
"""

from __future__ import annotations

import gc
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from lambdaplan.report.notebook_kernel import WarmKernel

# Price books and downloads of whoever runs the tests are none of theirs.
for name in ("LAMBDAPLAN_PRICES", "LAMBDAPLAN_CACHE"):
    os.environ[name] = os.path.join(tempfile.gettempdir(), "lambdaplan-tests-have-none", name)  # noqa: PTH118

# How wide the window of whoever runs the tests is, and whether it has colours, is nothing to them: xdist sets COLUMNS too.
for name in ("COLUMNS", "NO_COLOR"):
    os.environ.pop(name, None)

LONGEST = (
    "test_every_platform_everywhere",
    "test_explorer",
    "test_provisioned_schedule",
    "test_crossovers",
    "test_what_if_page",
    "test_claims",
    "test_notebooks",
    "test_month_of_cold_starts",
    "test_report",
    "test_sensitivity",
    "test_own_cold_share",
    "test_spillover",
    "test_comparison",
    "test_toolbar",
    "test_look_ahead",
    "test_ends",
    "test_export",
    "test_code_injection",
    "test_sizes_left_open",
    "test_everything_with_everything",
    "test_setup",
    "test_cpu_credits",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


def pytest_collection_finish() -> None:
    """What the modules hold stays to the end: it is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


# No time limit an example, and ten times as many examples under `make prove`.
settings.register_profile("tests", deadline=None)
settings.register_profile("prove", deadline=None, max_examples=1000)
settings.load_profile("tests")


@pytest.fixture(scope="session")
def kernel() -> Iterator[WarmKernel]:
    """A kernel with everything loaded that the report's notebook needs: what a run costs beyond it is its own work."""
    with WarmKernel() as warm:
        yield warm


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder for temporary files with a short name: the sockets of a kernel need that."""
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def ctrl_c_is_heard() -> Iterator[None]:
    """A run in the background is started with SIGINT ignored, and so would be what it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
