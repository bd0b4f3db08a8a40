"""To which options of a scenario something belongs: those named by label or kind, or all of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from lambdaplan.errors import Problem, nearest
from lambdaplan.schema.fields import TEXT, own, shown

ALL = "all"
MOST_NAMES = 50


class Placed(Protocol):
    """What is asked of an option of a scenario."""

    @property
    def kind(self) -> str: ...
    @property
    def label(self) -> str | None: ...
    @property
    def place(self) -> int | None: ...


def _read_names(value: Any, path: str, problems: list[Problem]) -> str | tuple[str, ...]:
    """Read labels and kinds of options, or the word for all of them."""
    if value == ALL:
        return ALL
    listed = (value,) if isinstance(value, str) else value
    if not isinstance(listed, (list, tuple)) or not 1 <= len(listed) <= MOST_NAMES:
        words = f'"{ALL}", or a list of 1 to {MOST_NAMES} labels and kinds of options'
        problems.append(Problem("type", path, shown(value), words))
        return ALL
    names: list[str] = []
    for index, name in enumerate(listed):
        if not isinstance(name, str):
            problems.append(Problem("type", f"{path}.{index}", shown(name), "the label or the kind of an option"))
        elif name in names:
            problems.append(Problem("conflict", f"{path}.{index}", shown(name), "it is named twice"))
        else:
            names.append(name)
    return tuple(names)


_NAMES = {"type": "array", "items": {"type": "string", "pattern": TEXT}, "minItems": 1, "maxItems": MOST_NAMES}


@dataclass(frozen=True)
class Belonging:
    """Something that belongs to the bills of some options."""

    options: str | tuple[str, ...] = own(
        'labels or kinds of the options on whose bills it is; "all" for every one',
        _read_names,
        {"anyOf": [{"type": "string", "pattern": TEXT}, _NAMES]},
        default=ALL,
    )
    # the places of the options that are named, among those of the scenario; None for all
    places: frozenset[int] | None = dataclasses.field(default=None, kw_only=True, metadata={"inner": True})

    @property
    def is_alike(self) -> bool:
        """Whether it costs every option the same, so that it changes no winner."""
        return self.places is None

    def is_of(self, option: Placed) -> bool:
        """Whether it belongs to an option."""
        return self.places is None or option.place in self.places


T = TypeVar("T", bound=Belonging)


def resolved(
    listed: Sequence[T], options: Sequence[Placed], kinds: Collection[str], path: str, problems: list[Problem]
) -> tuple[T, ...]:
    """Find the options that are named, by label, kind or place (`options.0`); a place becomes the label there.

    Parameters:
    kinds : collection - every kind of option that there is.
    path : str - of the list in the document.
    problems : list - names that no option has are added to it.
    """
    labels = [str(option.label) for option in options]
    placed = []
    for index, one in enumerate(listed):
        if one.options == ALL:
            placed.append(dataclasses.replace(one, places=None))
            continue
        names: list[str] = []
        places: set[int] = set()
        for n, given in enumerate(one.options):
            name = _label_at(given, labels)
            here = {k for k, option in enumerate(options) if name in (labels[k], option.kind)}
            if not here and name not in kinds:
                words = f'"{ALL}", or labels or kinds of the options: ' + ", ".join([*labels, *kinds])
                fix = nearest(name, (*labels, *kinds))
                problems.append(Problem("choice", f"{path}.{index}.options.{n}", shown(name), words, fix))
            places |= here
            names.append(name)
        placed.append(dataclasses.replace(one, options=tuple(names), places=frozenset(places)))
    return tuple(placed)


def _label_at(name: str, labels: Sequence[str]) -> str:
    """The label of the option at a place, where a name is one such as `options.0`."""
    place = name.removeprefix("options.")
    is_place = place != name and place.isdecimal() and len(place) < 4 and int(place) < len(labels)
    return labels[int(place)] if is_place else name


def by_place(listed: Sequence[Any], place_of: dict[str, int]) -> list[Any]:
    """Documents of what belongs to options, with places for labels that will be made anew from sizes."""
    changed = []
    for document in listed:
        names = document["options"]
        if names != ALL:
            names = [f"options.{place_of[name]}" if name in place_of else name for name in names]
        changed.append({**document, "options": names})
    return changed


def without_labels(listed: Sequence[Any], gone: Collection[str]) -> list[Any]:
    """Documents of what belongs to options, where some of these are there no more."""
    changed = []
    for document in listed:
        names = document["options"]
        if names != ALL:
            names = [name for name in names if name not in gone]
        if names:
            changed.append({**document, "options": names})
    return changed
