"""Reconciliation: the fewest changes of a scenario that give a published break-even.

The switches and their settings are data (`data/ladders/switches.json`). Each option is billed once for
each set of settings that touches it, at places spread over the sweep and close around the break-even
that is asked for; sets of settings are then compared by those bills. What comes near is worked out
exactly, as the ladder does it.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from lambdaplan.analysis.break_even_ladder import first_beaten, rivals
from lambdaplan.comparison.bills_along import Axis
from lambdaplan.comparison.month import settle
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import count
from lambdaplan.platforms import OPTIONS, PROCESSORS, Option
from lambdaplan.resources import data_dir
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Documented, plain, shown
from lambdaplan.schema.parsing import read_document
from lambdaplan.workload.workload import REQUESTS

WITHIN = Fraction(1, 20)
PROCESSOR = "architecture"  # the path of a setting that puts every option on one processor
MOST_CHANGES = 3
NEAREST = 3
SPREAD, CLOSE = 96, 64  # places over the whole sweep, and close around what is asked for
ASIDE = Fraction(5, 4)  # how far what the search leaves out may move a break-even
NARROW = Fraction(7, 10)  # the close places go from 0.7 of it to 1 / 0.7 of it


@dataclass(frozen=True)
class Setting:
    """One value of a switch: words for it, and what it changes in a scenario.

    Parameters:
    words : str - the assumption in words.
    switch : str - name of its switch; a set of settings has at most one of each.
    set : mapping - values by path of the scenario; of an instance type one for each processor.
    only : str or None - the platform that alone is compared with the baseline.
    """

    words: str
    switch: str
    set: Mapping[str, Any] = dataclasses.field(hash=False)
    only: str | None = None


@dataclass(frozen=True)
class Reconciled(Documented):
    """A set of settings, and the break-even that it gives; None where it gives none.

    Parameters:
    words : tuple of str - the settings in words.
    values : mapping - what they change together, by path of the scenario.
    """

    settings: tuple[Setting, ...]
    words: tuple[str, ...]
    values: Mapping[str, Any]
    break_even: int | float | None
    cheaper: str | None

    def document(self) -> dict[str, Any]:
        return {
            "changes": list(self.words),
            "set": plain(dict(self.values)),
            "only": next((setting.only for setting in self.settings if setting.only), None),
            "break_even": self.break_even,
            "cheaper_above": self.cheaper,
        }


@dataclass(frozen=True)
class Reconciliation(Documented):
    """The fewest changes that bring a scenario's break-even near to one that is claimed.

    Parameters:
    baseline : Reconciled - the scenario as it is, with no change.
    low, high : Fraction - the break-evens that count as near. [requests a month]
    found : tuple of Reconciled - every set of the fewest changes that gives one of them.
    nearest : tuple of Reconciled - where none does, those that come nearest.
    looked_at : int - sets of settings that were compared.
    """

    scenario: Scenario
    claimed: Fraction
    within: Fraction
    low: Fraction
    high: Fraction
    baseline: Reconciled
    found: tuple[Reconciled, ...]
    nearest: tuple[Reconciled, ...]
    looked_at: int

    def document(self) -> dict[str, Any]:
        return {
            "version": 1,
            "book": self.scenario.book.origin,
            "scenario": self.scenario.name,
            "over": self.scenario.sweep.over,
            "claimed": plain(self.claimed),
            "within": plain(self.within),
            "baseline": self.baseline.document(),
            "fewest_changes": len(self.found[0].settings) if self.found else None,
            "found": [one.document() for one in self.found],
            "nearest": [one.document() for one in self.nearest],
            "looked_at": self.looked_at,
        }


def load_switches(path: str | Path | None = None) -> tuple[Mapping[str, Any], ...]:
    """The switches of `data/ladders/switches.json`, each with a name and its settings."""
    document = read_document(path or data_dir() / "ladders" / "switches.json")
    return tuple(document["switches"])


class Search:
    """Break-evens of one scenario under sets of settings.

    Parameters:
    scenario : Scenario - its first option is the baseline.
    switches : sequence - switches as `load_switches` gives them; settings that change nothing here, or
        that the scenario can't have, are left out.
    places : array - the requests a month at which sets are compared, ascending, over the whole sweep.

    A setting of `architecture` puts every option on that processor: a named instance type becomes its counterpart
    there. Without a counterpart among the switches, or for an option that does not run there, it is left out.
    """

    def __init__(self, scenario: Scenario, switches: Sequence[Mapping[str, Any]], places: np.ndarray) -> None:
        _check(scenario)
        self.scenario, self.places = scenario, places
        options = [settle(scenario, option) if option.is_scheduled else option for option in scenario.options]
        # bills at all places: without modelled cold starts, and with the schedules of the scenario as it is
        self._rough = dataclasses.replace(scenario, options=tuple(options)).without_cold_starts()
        self._aside = Fraction(1) if self._rough == scenario else ASIDE
        self._known: dict[tuple[int, tuple[str, ...]], tuple[np.ndarray, np.ndarray]] = {}
        self._values: dict[str, Any] = {}
        self._on_processors: dict[tuple[str, str], dict[str, Any]] = {}
        self._counterparts = dict(_counterparts((*load_switches(), *switches)))
        self._processors = [_processor(option, scenario) for option in scenario.options]
        self.groups: list[list[Setting]] = []
        for switch in switches:
            settings = [s for row in switch["settings"] if (s := self._fitted(switch["name"], row)) is not None]
            if settings:
                self.groups.append(settings)

    def _fitted(self, name: str, row: Mapping[str, Any]) -> Setting | None:
        """A setting with the paths of this scenario; None where it changes nothing here."""
        scenario, kinds = self.scenario, [option.kind for option in self.scenario.options]
        only = row.get("only")
        if only is not None:
            others = [kind for kind in kinds[1:] if kind != kinds[0]]
            return Setting(row["words"], name, {}, only) if only in others and set(others) != {only} else None
        given: dict[str, Any] = {}
        for path, value in row["set"].items():
            given.update(dict.fromkeys(_paths(path, scenario), value))
        if not given:
            return None
        setting = Setting(row["words"], name, given)
        try:
            values = self.values((setting,))
            changed = scenario.with_values(values)
        except InputError:
            return None
        read = {path: changed.value_at(path) for path in values}
        if all(read[path] == scenario.value_at(path) for path in values):
            return None
        self._values.update({_name(path, values[path]): read[path] for path in values})
        return dataclasses.replace(setting, words=_words(setting, values))

    def values(self, settings: Sequence[Setting]) -> dict[str, Any]:
        """What settings change together, by path of the scenario: every option on the processor that they set.

        Raises: InputError when an option has no size on that processor.
        """
        given = {path: value for setting in settings for path, value in setting.set.items()}
        architecture = given.pop(PROCESSOR, None)
        values: dict[str, Any] = {}
        for path, value in given.items():
            if isinstance(value, Mapping):
                values[path] = value[architecture or self._processors[int(path.split(".")[1])]]
            else:
                values[path] = value
        if architecture is not None:
            for option_index, option in enumerate(self.scenario.options):
                path = f"options.{option_index}.instance_type"
                if path not in values:
                    values.update(self._on_processor(option, f"options.{option_index}", architecture))
        return values

    def _on_processor(self, option: Option, path: str, architecture: str) -> dict[str, Any]:
        """What puts an option on a processor: a field of its own, or the counterpart of its instance type."""
        key = (path, architecture)
        if key not in self._on_processors:
            self._on_processors[key] = self._moved(option, path, architecture)
        return self._on_processors[key]

    def _moved(self, option: Option, path: str, architecture: str) -> dict[str, Any]:
        here, there = option.document(), option.on_processor(architecture, self.scenario.book, self.scenario.region)
        if there is not None:
            return {f"{path}.{name}": value for name, value in there.document().items() if value != here.get(name)}
        instance_type = here.get("instance_type")
        if instance_type not in self._counterparts:
            words = f"{option.label} does not run on {PROCESSORS[architecture]}"
            raise InputError(Problem("conflict", path, shown(instance_type), words))
        return {f"{path}.instance_type": self._counterparts[instance_type][architecture]}

    def estimate(self, settings: Sequence[Setting]) -> tuple[Fraction, Fraction] | None:
        """Two places between which the break-even of a set lies; None where it has none."""
        scenario = self.scenario
        only = next((setting.only for setting in settings if setting.only), None)
        against, values = rivals(scenario.options), self.values(settings)
        own, theirs = [], []
        for option_index, option in enumerate(scenario.options):
            rival = option_index in against
            if rival and only not in (None, option.kind):
                continue
            cost, lost = self._bills(option_index, values)
            if rival:
                theirs.append(cost)
            else:
                own.append(np.where(lost, np.inf, cost))
        if not (own and theirs):
            return None
        least = np.min(own, axis=0)
        beaten = (least > np.min(theirs, axis=0)) | np.isinf(least)
        first = int(np.argmax(beaten))
        if not beaten[first] or first == 0:
            return None
        return Fraction(int(self.places[first - 1])), Fraction(int(self.places[first]))

    def exact(self, settings: Sequence[Setting]) -> Reconciled | None:
        """The break-even of a set, exactly; None where its settings do not fit together.

        The sweep is looked through from the place at which the bills last have the baseline cheapest, or a little
        before it where these leave out cold starts.
        """
        only = next((setting.only for setting in settings if setting.only), None)
        try:
            values = self.values(settings)
            changed = self.scenario.with_values(values)
        except InputError:
            return None
        if only is not None:
            against = rivals(changed.options)
            kept = [option for n, option in enumerate(changed.options) if n not in against or option.kind == only]
            changed = dataclasses.replace(changed, options=tuple(kept))
        between = self.estimate(settings)
        if between is not None:
            low, high = between[0] // self._aside, -(-between[1] * self._aside // 1)
            sweep = changed.sweep
            sweep = dataclasses.replace(sweep, start=max(Fraction(low), sweep.start), to=min(Fraction(high), sweep.to))
            changed = dataclasses.replace(changed, sweep=sweep)
        _, at, cheaper, _ = first_beaten(changed)
        words = tuple(_words(setting, values) for setting in settings)
        return Reconciled(tuple(settings), words, values, at, cheaper)

    def hit(self, settings: Sequence[Setting], low: Fraction, high: Fraction) -> Reconciled | None:
        """The set with its break-even where that is between two numbers of requests a month."""
        between = self.estimate(settings)
        if between is None or between[0] >= high * self._aside or between[1] * self._aside < low:
            return None
        reconciled = self.exact(settings)
        if reconciled is None or reconciled.break_even is None:
            return None
        return reconciled if low <= Fraction(reconciled.break_even) <= high else None

    def sets(self, changes: int) -> Iterable[tuple[Setting, ...]]:
        """Every set of so many settings, at most one of each switch."""
        for chosen in itertools.combinations(self.groups, changes):
            yield from itertools.product(*chosen)

    def nearest(self, claimed: Fraction, most_changes: int) -> list[Reconciled]:
        """The sets of at most so many settings whose break-evens come nearest to one that is claimed.

        Of sets that come equally near those of fewer settings, and none that holds another.
        """
        missed: list[tuple[float, tuple[Setting, ...]]] = []
        for changes in range(1, most_changes + 1):
            for settings in self.sets(changes):
                between = self.estimate(settings)
                if between is not None:
                    middle = float(between[0] + between[1]) / 2
                    missed.append((abs(np.log(middle / float(claimed))), settings))
        missed.sort(key=lambda row: (row[0], len(row[1]), [setting.words for setting in row[1]]))
        nearest: list[Reconciled] = []
        for _, settings in missed:
            if any(set(one.settings) <= set(settings) for one in nearest):
                continue
            exact = self.exact(settings)
            nearest += [] if exact is None else [exact]
            if len(nearest) == 4 * NEAREST:
                break
        return sorted(nearest, key=lambda one: _off(one, claimed))[:NEAREST]

    def _bills(self, option_index: int, values: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """One option's bills at the places, with those values that touch it."""
        mine, prefix = f"options.{option_index}.", "options."
        touching = {
            _name(path, value): (path, value)
            for path, value in values.items()
            if path.startswith(mine) or not path.startswith(prefix)
        }
        key = (option_index, tuple(sorted(touching)))
        if key not in self._known:
            changed = self._rough
            for name, (path, value) in touching.items():
                changed = changed.at(path, self._values.get(name, value))
            self._known[key] = Axis(changed).bills.costs(option_index, self.places)
        return self._known[key]


def reconcile(
    scenario: Scenario,
    claimed: Fraction,
    *,
    within: Fraction = WITHIN,
    progress: Callable[[int, int, int], None] | None = None,
) -> Reconciliation:
    """Find the fewest changes of assumptions under which a break-even is the one that is claimed.

    Sets of one change come first, then those of two, at most three; the search ends with the first number
    of changes that gives a break-even within `within` of the claimed one, and gives every set of so many.

    Parameters:
    scenario : Scenario - what the changes start from; its first option is the baseline.
    claimed : Fraction - the break-even. [requests a month]
    within : Fraction - how far from it still counts, as a share of it.
    progress : callable or None - told the number of changes, the sets looked at so far, and how many there are.

    Returns: Reconciliation - with the nearest sets where none comes so near.
    Raises: InputError when the scenario's sweep is not over requests a month, or does not reach the claimed break-even.

    Notes: what a hybrid is put together from stays as it is, but for its processor. Where cold starts are modelled, or
    a schedule of provisioned concurrency is left to be chosen, the search is done without cold starts and with the
    schedule of the scenario as it is: a set whose break-even that moves by more than a quarter is not seen. Two
    crossings between two neighbouring places of the search (about 1 % apart near the claimed break-even, 12 %
    elsewhere) are not seen by it; what is given is worked out exactly.
    """
    sweep = scenario.sweep
    _check(scenario)
    if not sweep.start < claimed < sweep.to:
        words = f"the scenario's sweep, {count(sweep.start)} to {count(sweep.to)} requests a month"
        raise InputError(Problem("range", "reconcile", shown(plain(claimed)), words, "Change sweep.from or sweep.to."))
    low, high = claimed * (1 - within), claimed * (1 + within)
    search = Search(scenario, load_switches(), _places(Axis(scenario), low, high))
    baseline = search.exact(())
    assert baseline is not None  # a scenario that was read can be read again
    looked_at = 1
    is_near = baseline.break_even is not None and low <= Fraction(baseline.break_even) <= high
    hits = [baseline] if is_near else []
    for changes in range(1, MOST_CHANGES + 1):
        if hits:
            break
        every = list(search.sets(changes))
        for index, settings in enumerate(every):
            if progress is not None:
                progress(changes, index, len(every))
            looked_at += 1
            one = search.hit(settings, low, high)
            if one is not None:
                hits.append(one)
    nearest = [] if hits else search.nearest(claimed, MOST_CHANGES)
    hits.sort(key=lambda one: (_off(one, claimed), one.words))
    return Reconciliation(scenario, claimed, within, low, high, baseline, tuple(hits), tuple(nearest), looked_at)


def _off(one: Reconciled, claimed: Fraction) -> float:
    return float("inf") if one.break_even is None else abs(float(Fraction(one.break_even) / claimed - 1))


def _check(scenario: Scenario) -> None:
    if scenario.sweep.over != REQUESTS:
        words = "a break-even is reconciled over requests a month"
        raise InputError(Problem("conflict", "sweep.over", f'"{scenario.sweep.over}"', words))


def _counterparts(switches: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, Mapping[str, str]]]:
    """Each instance type of the switches with those that stand for it on each processor."""
    for switch in switches:
        for row in switch["settings"]:
            for value in row.get("set", {}).values():
                if isinstance(value, Mapping):
                    yield from dict.fromkeys(value.values(), value).items()


def _processor(option: Option, scenario: Scenario) -> str:
    """The processor of an option; x86 where it may have either."""
    return min(option.processors(scenario.book), key=list(PROCESSORS).index)


def _name(path: str, value: Any) -> str:
    """A value at a path, as one text."""
    return f"{path}={plain(value)!r}"


def _words(setting: Setting, values: Mapping[str, Any]) -> str:
    """A setting in words, with the instance type of the processor that is set."""
    words = setting.words
    for path, value in setting.set.items():
        if isinstance(value, Mapping):
            for instance_type in value.values():
                words = words.replace(instance_type, values[path])
    return words


def _paths(path: str, scenario: Scenario) -> list[str]:
    """The paths that one path of a switch stands for: `lambda`, `fargate`, `ec2` and `fleet` name options."""
    steps = path.split(".")
    if steps[0] != "options":
        return [path]
    is_fleet = steps[1] == "fleet"
    if not is_fleet and steps[1] not in OPTIONS:
        raise ValueError(f"{path} names no platform")
    fits = [option.as_fleet is not None if is_fleet else option.kind == steps[1] for option in scenario.options]
    return [".".join(["options", str(n), *steps[2:]]) for n, fit in enumerate(fits) if fit]


def _places(axis: Axis, low: Fraction, high: Fraction) -> np.ndarray:
    spread = axis.places(SPREAD, "log")
    close = np.geomspace(float(low * NARROW), float(high / NARROW), CLOSE)
    ends = [int(low) - 1, int(low), int(high), int(high) + 1]
    inside = np.concatenate([spread, np.rint(close).astype(np.int64), ends])
    return np.unique(inside[(inside >= axis.low) & (inside <= axis.high)])
