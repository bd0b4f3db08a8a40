"""One function or service of files that hold several, and parts of a bill as one bill."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence

from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.evidence.bills.usage_rows import UsageRow, bill_evidence
from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.privacy import name_of
from lambdaplan.evidence.scenario_values import ReadFile

_MIXED = (
    "service_cv is left open: the spread of several functions together is mostly how they differ, and none of one; "
    "--function NAME takes that of one"
)
_SHOWN = 12  # names that a line lists
_LEAST_PART = 4  # letters of a name by which a longer one, such as CloudFormation makes, is recognised
_SIZES = ("memory_mb", "vcpu", "instance_type")
"""The reads that make a name of a template a function, a task or a group of instances."""


def of_function(files: Sequence[ReadFile], name: str) -> list[ReadFile]:
    """The files with what they tell of one function or service; those that name one or none stay as they are.

    A name is found as it stands, then without regard to case and signs, then as the one that holds it or is held by it,
    as of ``shop-OrdersFunction-1A2B3C`` and ``OrdersFunction``.

    Raises: InputError with the names, where no file has this one.
    """
    asked = name_of(name)
    chosen, own = [], False
    for file in files:
        names = names_of(file)
        if len(names) < 2:
            own = own or bool(_match(asked, names))
            chosen.append(file)
            continue
        match = _match(asked, names)
        if match is None:
            notes = [f"it has no {asked} (it has {_listed(names)}): nothing of it is taken"]
            evidence = Evidence(file.evidence.rows, {}, file.evidence.first, file.evidence.last, notes=notes)
        else:
            evidence = file.evidence.of_one(match)
            of = f"of {len(names)} in the file, {match} is taken"
            evidence.notes = [*evidence.notes, of]
            own = True
        chosen.append(dataclasses.replace(file, evidence=evidence))
    known = sorted({one for file in files for one in names_of(file)})
    if known and not own:
        raise InputError(Problem("choice", "--function", f'"{shorten(name)}"', _listed(known), nearest(asked, known)))
    return chosen


def tell_of_several(files: Sequence[ReadFile]) -> None:
    """Say of each file that holds several functions or services which, and how one is taken."""
    for file in files:
        for names, words in _several(file):
            file.evidence.notes.append(f"{words}: {_listed(names)}. --function NAME takes one")
            if file.group != "templates" and "service_cv" in file.evidence.reads:
                file.evidence.not_values.add("service_cv")
                file.evidence.notes.append(_MIXED)


def _several(file: ReadFile) -> Iterable[tuple[Sequence[str], str]]:
    if file.group != "templates":
        names = names_of(file)
        if len(names) > 1:
            yield names, f"{len(names):,} are in it, and figures without a name are of all of them"
        return
    reads = file.evidence.reads
    for mark in _SIZES:
        sized = [name for name in file.evidence.names if f"{name}.{mark}" in reads]
        if len(sized) > 1:
            yield sized, f"{len(sized):,} have sizes in it, so none is taken"


def names_of(file: ReadFile) -> tuple[str, ...]:
    """The names that a file tells apart; of a bill the functions whose rows it has, many as they may be."""
    rows = file.evidence.parts.get("usage_rows")
    if isinstance(rows, tuple):
        return tuple(sorted({name_of(row.resource) for row in rows if row.resource}))
    return file.evidence.names


def _match(asked: str, names: Sequence[str]) -> str | None:
    if asked in names:
        return asked
    folded = _folded(asked)
    alike = [name for name in names if _folded(name) == folded]
    if not alike and len(folded) >= _LEAST_PART:
        alike = [name for name in names if folded in _folded(name)]
        alike = alike or [name for name in names if len(_folded(name)) >= _LEAST_PART and _folded(name) in folded]
    return alike[0] if len(alike) == 1 else None


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def joined_bills(files: Sequence[ReadFile]) -> list[ReadFile]:
    """The files, with the parts that one export wrote a bill in (`-00001`, `-00002` …) as one bill.

    Bills of one kind and month that cover the same usage are no parts: they stay two bills, and are compared.
    """
    kept: list[ReadFile] = []
    for file in files:
        place = next((place for place, one in enumerate(kept) if _are_parts(one, file)), None)
        if place is None:
            kept.append(file)
        else:
            kept[place] = _together(kept[place], file)
    return kept


_PART = re.compile(r"^(.*?)(\d{1,6})((?:\.[A-Za-z]\w*)+)$")


def _are_parts(one: ReadFile, other: ReadFile) -> bool:
    """Whether two bills are parts of one: of a kind and month, named alike but for a number, and no row in both."""
    first, second = one.evidence.parts, other.evidence.parts
    if one.kind != other.kind or "usage_rows" not in first or first.get("month") != second.get("month"):
        return False
    names = [_PART.match(name.split(" + ")[0]) for name in (one.name, other.name)]
    if names[0] is None or names[1] is None or names[0][1] != names[1][1] or names[0][3] != names[1][3]:
        return False
    return not set(_rows(first)) & set(_rows(second))


def _rows(parts: Mapping[str, object]) -> tuple[UsageRow, ...]:
    rows = parts["usage_rows"]
    return rows if isinstance(rows, tuple) else ()


def _together(one: ReadFile, other: ReadFile) -> ReadFile:
    parts, more = one.evidence.parts, other.evidence.parts
    rows = (*_rows(parts), *_rows(more))
    notes = [note for part in (parts, more) for note in part.get("notes", ())]  # type: ignore[attr-defined]
    name = f"{one.name} + {other.name}"
    if one.name.count(" + ") or len(name) > 120:
        first = one.name.split(" + ")[0].split(" and ")[0]
        count = int(match[1]) if (match := re.search(r" and (\d+) more parts", one.name)) else one.name.count(" + ")
        name = f"{first} and {count + 1} more parts"
    month = parts["month"]
    evidence = bill_evidence(
        rows, month if isinstance(month, str) else None, focus=bool(parts["focus"]), notes=list(dict.fromkeys(notes))
    )
    return dataclasses.replace(one, name=name, evidence=evidence)
