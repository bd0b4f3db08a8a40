"""Initialisation times by runtime, from measured tables, and the end of support of a runtime."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lambdaplan.errors import InputError, Problem, problems_together, shorten
from lambdaplan.resources import data_table

ARCHITECTURES = ("x86_64", "arm64")
PACKAGES = ("zip", "image")


@dataclass(frozen=True)
class Init:
    """Measured time of an initialisation: what Lambda reports as "Init Duration".

    Parameters:
    init_ms : float - median (of a function with the SDK: mean). [ms]
    low_ms, high_ms : float - 5th and 95th percentile; None where the source has none. [ms]
    worst_ms : float - 99th percentile. [ms]
    samples : int - cold starts measured.
    sources : tuple of str - who measured it, with the date.
    """

    init_ms: float
    low_ms: float | None
    high_ms: float | None
    worst_ms: float | None
    samples: int
    sources: tuple[str, ...]


def init_ms(
    *, runtime: str, architecture: str = "x86_64", package: str = "zip", code_mb: Any = None, sdk: bool = False
) -> Init:
    """Give the measured time of an initialisation. It does not depend on the function's memory.

    A hello-world function of the runtime; with `sdk` one that imports the AWS SDK, reads from DynamoDB and writes to
    it; with `code_mb` what that much code adds.

    Parameters:
    runtime : str - a name of `runtimes()`: "nodejs22.x", "python3.13", "go/al2023", "llrt/al2023", ...
    architecture : str - "x86_64" or "arm64".
    package : str - "zip" or "image".
    code_mb : float or None - JavaScript loaded at start, 1 KB to 64 MB (1/1024 to 64), of a Node.js zip. [MB]
    sdk : bool - whether the function imports the AWS SDK.

    Raises: InputError for what was not measured: nothing is guessed.

    Notes: what was measured with 128 MB over what was measured with 1024 MB has a median of 1.00 (0.86 to 1.10 over 155
    pairs). What the caller waits for is longer: download of the code and start of the sandbox come on top. Code sizes
    are generated code on Node.js 16, 18 and 20, 35 ms a MB between 4 and 32 MB; the middle one of the three is used,
    and real bundles load less of their code.

    References: `data/cold_starts.csv` (maxday/lambda-perf, Apache-2.0), `data/cold_starts_sdk.csv`
    (cebert/aws-lambda-performance-benchmarks, MIT), `data/code_size.csv` (gists of adriantanasa).

    Examples:
        >>> init_ms(runtime="nodejs22.x").init_ms, init_ms(runtime="nodejs22.x", package="image").init_ms
        (140.56, 295.84)
        >>> round(init_ms(runtime="nodejs22.x", code_mb=32).init_ms - init_ms(runtime="nodejs22.x").init_ms)
        1112
    """
    with problems_together() as problems:
        if runtime in _supported() and runtime not in runtimes():
            words = "one whose initialisation was measured; AWS has it, no measurement of it was found"
            problems.append(Problem("type", "runtime", runtime, words, "Give your own init_ms beside it."))
        else:
            _check("runtime", runtime, runtimes(), problems)
        _check("architecture", architecture, ARCHITECTURES, problems)
        _check("package", package, PACKAGES, problems)
    init = _sdk_init(runtime, architecture, package) if sdk else _hello_init(runtime, architecture, package)
    return init if code_mb is None else _with_code(init, runtime, package, code_mb)


def _hello_init(runtime: str, architecture: str, package: str) -> Init:
    wanted = (runtime, architecture, package)
    rows = [r for r in data_table("cold_starts.csv") if (r["runtime"], r["architecture"], r["package"]) == wanted]
    if not rows:
        others = sorted({r["package"] for r in data_table("cold_starts.csv") if r["runtime"] == runtime})
        words = f"measured for {runtime} on {architecture}: {', '.join(others)} or nothing"
        raise InputError(Problem("conflict", "package", package, words, "Give your own init_ms."))
    row = rows[0]
    median, low, high, worst = (float(row[f"init_ms_{name}"]) for name in ("median", "p05", "p95", "p99"))
    return Init(median, low, high, worst, int(row["samples"]), (f"{row['source']}, {row['date']}",))


def _sdk_init(runtime: str, architecture: str, package: str) -> Init:
    table = data_table("cold_starts_sdk.csv")
    rows = [row for row in table if (row["runtime"], row["architecture"]) == (runtime, architecture)]
    if not rows or package != "zip":
        names = ", ".join(sorted({row["runtime"] for row in table}))
        words = f"with the SDK zips of {names} were measured"
        raise InputError(Problem("conflict", "sdk", f"true with {runtime}, {package}", words, "Give your own init_ms."))
    middle = statistics.median(float(row["init_ms_mean"]) for row in rows)
    worst = max(float(row["init_ms_p99"]) for row in rows)
    samples = sum(int(row["samples"]) for row in rows)
    return Init(middle, None, None, worst, samples, (f"{rows[0]['source']}, {rows[0]['date']}",))


def _with_code(init: Init, runtime: str, package: str, code_mb: Any) -> Init:
    rows = data_table("code_size.csv")
    if not runtime.startswith("nodejs") or package != "zip":
        words = "code sizes were measured for zips of Node.js alone"
        raise InputError(Problem("conflict", "code_mb", shorten(code_mb), words, "Give your own init_ms."))
    sizes = sorted({float(row["code_mb"]) for row in rows})
    try:
        size = float("nan") if isinstance(code_mb, (bool, str)) else float(code_mb)
    except (TypeError, ValueError, OverflowError):
        size = float("nan")
    if not sizes[0] <= size <= sizes[-1]:
        raise InputError(Problem("range", "code_mb", shorten(code_mb), f"{sizes[0]:.6f}..{sizes[-1]:g} (MB)"))
    added = []
    for name in sorted({row["runtime"] for row in rows}):
        means = {float(row["code_mb"]): float(row["init_ms_mean"]) for row in rows if row["runtime"] == name}
        added.append(float(np.interp(size, sizes, [means[mb] for mb in sizes])) - means[sizes[0]])
    more = statistics.median(added)
    sources = (*init.sources, *sorted({f"{row['source']}, {row['date']}" for row in rows}))
    least, most = min(added), max(added)
    low = None if init.low_ms is None else init.low_ms + least
    high = None if init.high_ms is None else init.high_ms + most
    worst = None if init.worst_ms is None else init.worst_ms + most
    return Init(init.init_ms + more, low, high, worst, init.samples, sources)


def first_run_ms(*, runtime: str, memory_mb: int, architecture: str = "x86_64") -> float:
    """Give the measured time of the first run after an initialisation: a DynamoDB write and read with the AWS SDK. [ms]

    It is CPU work, so it takes longer with less memory; a cold request takes initialisation and first run.

    Raises: InputError for what was not measured: nothing is guessed between sizes.

    References: `data/cold_starts_sdk.csv`: cebert/aws-lambda-performance-benchmarks, tables of December 2025, MIT.

    Examples:
        >>> [first_run_ms(runtime="nodejs22.x", memory_mb=mb) for mb in (128, 1769)]
        [1047.61, 110.82]
    """
    rows = data_table("cold_starts_sdk.csv")
    with problems_together() as problems:
        _check("runtime", runtime, sorted({row["runtime"] for row in rows}), problems)
        _check("architecture", architecture, ARCHITECTURES, problems)
        sizes = sorted({int(row["memory_mb"]) for row in rows})
        if memory_mb not in sizes:
            measured = ", ".join(map(str, sizes))
            problems.append(Problem("choice", "memory_mb", shorten(memory_mb), measured, "Give your own figure."))
    wanted = (runtime, architecture, str(memory_mb))
    row = next(r for r in rows if (r["runtime"], r["architecture"], r["memory_mb"]) == wanted)
    return float(row["first_run_ms_mean"])


def runtimes() -> tuple[str, ...]:
    """Give the names of the runtimes whose initialisation was measured."""
    return tuple(sorted({row["runtime"] for row in data_table("cold_starts.csv")}))


def _supported() -> frozenset[str]:
    """The runtimes that AWS has or had, as the Lambda API names them."""
    return frozenset(row["runtime"] for row in data_table("runtimes.csv"))


def support_warning(runtime: str, *, on: dt.date, ahead_days: int = 180) -> str | None:
    """Say where AWS has ended support of a runtime by some day, or ends it within the days ahead; else None.

    Of a runtime that AWS has and whose end is not known it says that; of one that is in no table, nothing. Languages
    that bring their own runtime go by that of their system: "rust/al2023" by provided.al2023.

    References: `data/runtimes.csv`, pages of the AWS Lambda Developer Guide, Amazon Web Services, read 2026-11-25.

    Examples:
        >>> support_warning("nodejs20.x", on=dt.date(2026, 11, 25))
        'AWS ended support for nodejs20.x on 2026-04-30.'
        >>> support_warning("python3.14", on=dt.date(2026, 11, 25)) is None
        True
        >>> support_warning("python3.15", on=dt.date(2026, 11, 25))
        'When AWS ends support for python3.15 is not known here.'
    """
    _, _, system = runtime.partition("/")
    name = f"provided.{system}" if system else runtime
    ends = {row["runtime"]: row["end_of_support"] for row in data_table("runtimes.csv")}
    whose = runtime if name == runtime else f"{name}, which {runtime} runs on,"
    if ends.get(name) == "":
        return f"When AWS ends support for {whose} is not known here."
    if name not in ends or (dt.date.fromisoformat(ends[name]) - on).days > ahead_days:
        return None
    ended = dt.date.fromisoformat(ends[name]) <= on
    return f"AWS {'ended' if ended else 'ends'} support for {whose} on {ends[name]}."


def _check(field: str, value: Any, known: Iterable[str], problems: list[Problem]) -> None:
    """One of some words; where it is none, the nearest ones are named."""
    known = list(known)
    if isinstance(value, str) and value in known:
        return
    near = []
    word = _plain(value[:80]) if isinstance(value, str) else ""
    newest = sorted(known, key=_version, reverse=True)
    if word:
        near = [name for name in newest if _plain(name) in (word, f"{word}.x")][:1]
        near = near or sorted((name for name in newest if word in _plain(name)), key=lambda name: "/" in name)
        family = re.sub("[0-9.].*", "", word)
        near = near or [name for name in newest if family and re.match(f"{family}([0-9/]|$)", _plain(name))]
        near = (near or difflib.get_close_matches(word, newest, 4, 1 / 2))[:4]
    many = len(known) > 8
    allowed_words = f"{len(known)} measured names" if many else ", ".join(known)
    fix = f"Did you mean {near[0]}?" if len(near) == 1 else f"The nearest: {', '.join(near)}." if near else ""
    if many and not near:
        families = {re.match("[a-z]*", name)[0]: name for name in reversed(newest) if "/" not in name}  # type: ignore[index]
        fix = f"Such as {', '.join(families[name] for name in sorted(families))}; of others give your own init_ms."
    problems.append(Problem("choice", field, shorten(value), allowed_words, fix))


def _plain(word: str) -> str:
    """A word in small letters, without what stands between its parts."""
    return re.sub(r"[\s_-]", "", word.lower().replace(".net", "dotnet").replace("node.js", "nodejs"))


def _version(name: str) -> list[int]:
    return [int(digits) for digits in re.findall("[0-9]+", name)]
