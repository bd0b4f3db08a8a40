"""Winner map: the cheapest option over two numbers of a scenario, with exact boundaries.

Every point of a grid is billed in floats, all at once. A point where two bills are close, or a float
could not decide a step, is billed in exact fractions: so each point's winner is that of `compare`.
Between two neighbours of a row whose answers differ, the row is cut finer until the change is known
to the step of the field.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.coldstart.knots import NODES
from lambdaplan.comparison.bills_along import Axis, BillsAlong, Costs, NumberRange, Standing
from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.comparison.envelope import CLEAR, NOBODY
from lambdaplan.comparison.month import settle
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import decimal_text
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Documented, Rule, json_text, shown
from lambdaplan.schema.reading import read_number
from lambdaplan.workload.workload import REQUESTS

POINTS, BENT_POINTS = 200, (48, 16)
MAX_POINTS = 2000
FEW_POINTS, MOST_SLOW = 24, 2500  # where only fractions bill a point: points of a side, and in all
CHUNK = 8192  # points billed at once: with 168 hours each they still fit a processor's cache, almost
FINER = 16  # parts into which a stretch with a change is cut
SMALL = 1e-6  # dollars below which a margin is not relative
LOG_UNITS = ("requests a month", "ms", "MB", "GB", "KB")
TIMES, MOST = 10, 20  # how far a default range goes from the scenario's value; when it takes all that is allowed


def there(scenario: Scenario, sides: tuple[NumberRange, NumberRange], x: int, y: int) -> Scenario:
    """The scenario at a place on each side; requests are set last, as bursts are as many times as high with them."""
    values = sorted(zip(sides, (x, y), strict=True), key=lambda one: one[0].path == REQUESTS)
    for side, place in values:
        scenario = scenario.at(side.path, side.value(place))
    return scenario


class Plane:
    """Points of a map, each a place on both sides, and the bills there.

    A place of its bills is the number of a point.
    """

    def __init__(
        self, scenario: Scenario, sides: tuple[NumberRange, NumberRange], xs: np.ndarray, ys: np.ndarray
    ) -> None:
        self.scenario, self.sides, self.xs, self.ys = scenario, sides, xs, ys
        self._rows: dict[tuple[int, int], Axis] = {}
        by_rows = REQUESTS in (side.path for side in sides)
        self.along = BillsAlong(self._at, self._over, scenario.options, self._least_by_rows if by_rows else None)
        # options that differ in their label only cost the same
        alike: dict[Any, int] = {}
        self.first = [alike.setdefault(self._known_as(index), index) for index in range(len(scenario.options))]

    def _known_as(self, option_index: int) -> Any:
        varied = any(side.path.startswith(f"options.{option_index}.") for side in self.sides)
        return option_index if varied else dataclasses.replace(self.scenario.options[option_index], label="")

    def _at(self, place: int) -> Scenario:
        return there(self.scenario, self.sides, self.xs[place], self.ys[place])

    def _over(self, places: np.ndarray) -> Scenario:
        x, y = self.sides
        return self.scenario.at(x.path, x.column(self.xs[places])).at(y.path, y.column(self.ys[places]))

    def exact(self, option_index: int, place: int) -> Standing:
        """What one option costs at one point, in fractions."""
        return self.along.exact(self.first[option_index], place)

    def _least_by_rows(self, option_index: int, places: np.ndarray) -> Costs:
        """What a choice costs at points.

        Sizes that must be found anew for each workload are found row by row, along requests where these vary.
        """
        option = self.scenario.options[option_index]
        if not option.sizes_follow_workload:
            return self.along.least_of_choice(option_index, places)
        along, across = self.sides if self.sides[0].path == REQUESTS else self.sides[::-1]
        requests, other = (self.xs, self.ys) if along is self.sides[0] else (self.ys, self.xs)
        cost, lost = np.empty(len(places)), np.empty(len(places), dtype=bool)
        for place in np.unique(other[places]):
            here = np.flatnonzero(other[places] == place)
            row = Axis(dataclasses.replace(self.scenario.at(across.path, across.value(place)), sweep=along.sweep))
            cost[here], lost[here] = row.bills.costs(option_index, requests[places[here]])
        return cost, lost

    def _costs(self, option_index: int, places: np.ndarray) -> Costs:
        """What one option costs at points.

        Each value of a number that changes which hours have which load, or that cold starts follow, has its own row.
        """
        asked, option = self.scenario, self.scenario.options[option_index]
        alone = [asked.changes_loads(side.path) or asked.follows_week(option_index, side.path) for side in self.sides]
        if asked.workload.slo is not None and option.has_units and REQUESTS in (side.path for side in self.sides):
            alone = [side.path != REQUESTS for side in self.sides]  # floats size a fleet whose units stay as they are
        if not any(alone):
            return self.along.costs(option_index, places)
        held = alone.index(True)
        side = self.sides[held]
        other, own, along = self.sides[1 - held], (self.xs, self.ys)[held], (self.xs, self.ys)[1 - held]
        cost, lost = np.empty(len(places)), np.empty(len(places), dtype=bool)
        for place in np.unique(own[places]):
            here = np.flatnonzero(own[places] == place)
            if (held, place) not in self._rows:
                self._rows[held, place] = Axis(self.scenario.at(side.path, side.value(place)), other)
            cost[here], lost[here] = self._rows[held, place].bills.costs(option_index, along[places[here]])
        return cost, lost

    @functools.cached_property
    def bills(self) -> tuple[np.ndarray, np.ndarray]:
        """What every option costs at every point, and where a price is missing; one row an option."""
        cost = np.empty((len(self.first), len(self.xs)))
        lost = np.empty(cost.shape, dtype=bool)
        for start in range(0, len(self.xs), CHUNK):
            places = np.arange(start, min(start + CHUNK, len(self.xs)))
            for option_index, first in enumerate(self.first):
                known = cost[first, places], lost[first, places]
                cost[option_index, places], lost[option_index, places] = (
                    known if first != option_index else self._costs(option_index, places)
                )
        return cost, lost

    @functools.cached_property
    def verdicts(self) -> Verdicts:
        """Who wins each point, by how much, and whether that is too close to call (M9)."""
        cost, lost = self.bills
        whole = np.where(lost, np.inf, cost)
        partly = np.where(lost, cost, np.inf).min(axis=0)
        best = np.argmin(whole, axis=0)
        least = np.take_along_axis(whole, best[None], 0)[0]
        rest = whole.copy()
        np.put_along_axis(rest, best[None], np.inf, 0)
        second = rest.min(axis=0)
        alone = [option_index for option_index, first in enumerate(self.first) if first == option_index]
        margin = CLEAR * np.maximum(least, SMALL)
        threshold = float(self.scenario.close_fraction)
        with np.errstate(invalid="ignore", divide="ignore"):
            lead, nearest = _lead(least, second), _lead(least, np.minimum(second, partly))
            near = (np.abs(rest[alone] - least) <= margin).any(axis=0) | (np.abs(partly - least) <= margin)
            near |= (np.abs(nearest - threshold) <= CLEAR) & (threshold > 0)
        nobody, unpriced = np.isinf(least) & np.isinf(partly), np.isfinite(partly) & (partly <= least)
        winner = np.where(unpriced, UNPRICED, np.where(nobody, NOBODY, best)).astype(np.int16)
        nobody |= unpriced
        lead = np.where(nobody, np.nan, lead)
        close = ~nobody & (nearest < threshold)
        beyond = np.minimum(second, partly)
        beyond = np.where(np.isinf(beyond), least, beyond) * (1 + CLEAR) + SMALL
        for place in np.flatnonzero(near & np.isfinite(least)):
            rivals = np.flatnonzero(cost[:, place] <= beyond[place])
            standing = {int(option_index): self.exact(int(option_index), int(place)) for option_index in rivals}
            winner[place], lead[place], close[place] = _settled(standing, self.scenario.close_fraction)
        return Verdicts(winner, lead, close)


UNPRICED = -2  # nobody wins as a price is missing; NOBODY where every option breaks a limit


@dataclass(frozen=True, eq=False)
class Verdicts:
    """For each of many points the winner, its lead, and whether that is close.

    NOBODY stands for none where every option breaks a limit, UNPRICED where a price is missing.
    """

    winner: np.ndarray
    lead: np.ndarray
    close: np.ndarray

    @property
    def states(self) -> np.ndarray:
        """Winner and closeness as one number."""
        states: np.ndarray = self.winner * 2 + self.close
        return states


def _lead(least: np.ndarray, rival: np.ndarray) -> np.ndarray:
    """What the cheapest saves, as a share of another's bill; 0 where both are free, NaN without another."""
    return np.where(np.isinf(rival), np.nan, np.where(rival > 0, (rival - least) / rival, 0.0))


def _settled(standing: Mapping[int, Standing], close_fraction: Fraction) -> tuple[int, float, bool]:
    """Winner, lead and closeness among the options that matter at a point, in fractions (M9)."""
    able = {option_index: s for option_index, s in standing.items() if s.feasible}
    whole = sorted((s.known_usd, option_index) for option_index, s in able.items() if not s.missing)
    parts = [s.known_usd for s in able.values() if s.missing]
    if not whole or any(part <= whole[0][0] for part in parts):
        return UNPRICED if parts else NOBODY, np.nan, False
    least, winner = whole[0]
    second = [usd for usd, _ in whole[1:2]]
    leads = [(usd - least) / usd if usd else Fraction(0) for usd in (*second, *parts)]
    return winner, float(leads[0]) if second else np.nan, any(lead < close_fraction for lead in leads)


@dataclass(frozen=True)
class Boundary(Documented):
    """A change of the cheapest option along a row: `at` is the first value at which `above` is it.

    At one step less `below` is; None stands for nobody. `y` is the value of the row.
    """

    y: int | float
    at: int | float
    below: str | None
    above: str | None


@dataclass(frozen=True)
class Run:
    """A stretch of a row with one answer: from `start` to before `stop`, which for the last is the end.

    `winner` is the place of an option, NOBODY where every one breaks a limit, UNPRICED where a price is missing;
    `close` whether it is too close to call.
    """

    row: int
    start: int | float
    stop: int | float
    winner: int
    close: bool


@dataclass(frozen=True, eq=False)
class Atlas(Documented):
    """The cheapest option over two numbers of a scenario.

    Parameters:
    over : paths of the two numbers; the first along a row, the second from row to row.
    x, y : arrays of their values, as documents print them.
    labels : the options.
    winner : array (y, x) of places in `labels`, -1 where every option breaks a limit, -2 where a price is missing.
    lead_fraction : array (y, x) of what the winner saves as a share of the runner-up's bill; NaN without one.
    close : array (y, x): whether that is below close_fraction, too close to call.
    usd : array (option, y, x) of bills; NaN where an option is infeasible or a price is missing. [USD]
    """

    scenario: Scenario
    over: tuple[str, str]
    x: np.ndarray
    y: np.ndarray
    labels: tuple[str, ...]
    winner: np.ndarray
    lead_fraction: np.ndarray
    close: np.ndarray
    usd: np.ndarray
    sides: tuple[NumberRange, NumberRange] = field(repr=False)
    places: tuple[np.ndarray, np.ndarray] = field(repr=False)

    def label(self, option_index: int) -> str | None:
        """The label of an option; None for nobody."""
        return None if option_index < 0 else self.labels[option_index]

    def nobody_at(self, cause: int) -> Comparison | None:
        """The comparison in the middle of the points with a cause, NOBODY or UNPRICED; None where there are none."""
        rows, columns = np.nonzero(self.winner == cause)
        if not len(rows):
            return None
        (xs, ys), middle = self.places, len(rows) // 2
        return compare(there(self.scenario, self.sides, xs[columns[middle]], ys[rows[middle]]))

    @functools.cached_property
    def here(self) -> Comparison:
        """The comparison at the scenario's own numbers."""
        return compare(self.scenario)

    def along(self, side: int) -> Comparison:
        """The comparison along one side through the scenario's own numbers, with every crossover."""
        return compare(dataclasses.replace(self.scenario, sweep=self.sides[side].sweep))

    @property
    def share(self) -> dict[str | None, float]:
        """The share of the grid's points that each winner has, largest first; None for nobody."""
        winners, points = np.unique(np.maximum(self.winner, NOBODY), return_counts=True)
        order = np.argsort(-points, kind="stable")
        return {self.label(int(winners[n])): float(points[n] / self.winner.size) for n in order}

    @property
    def close_share(self) -> float:
        """The share of the grid's points that are too close to call."""
        return float(self.close.mean())

    @property
    def _differing(self) -> tuple[np.ndarray, ...]:
        """Neighbours of a row whose answers differ: row, place of each, state of each."""
        (xs, ys), count = self.places, len(self.x)
        states = (self.winner * 2 + self.close).ravel()
        rows = np.repeat(np.arange(len(ys)), count)
        here = np.flatnonzero((states[1:] != states[:-1]) & (rows[1:] == rows[:-1]))
        places = np.tile(xs, len(ys))
        return rows[here], places[here], places[here + 1], states[here], states[here + 1]

    @functools.cached_property
    def _changes(self) -> list[tuple[int, int, int, int]]:
        """Every change of winner or closeness along the rows: row, place, state below, state above.

        A stretch whose ends differ is cut into parts until one step is left; each part whose ends
        differ is followed.
        """
        row, low, high, below, above = self._differing
        ys = self.places[1]
        changes: list[tuple[int, int, int, int]] = []
        while len(row):
            done = high - low == 1
            changes += zip(*(part[done].tolist() for part in (row, high, below, above)), strict=True)
            row, low, high, below, above = (part[~done] for part in (row, low, high, below, above))
            cuts = low[:, None] + (high - low)[:, None] * np.arange(FINER + 1) // FINER
            inner = cuts[:, 1:-1]
            plane = Plane(self.scenario, self.sides, inner.ravel(), np.repeat(ys[row], FINER - 1))
            states = np.hstack([below[:, None], plane.verdicts.states.reshape(inner.shape), above[:, None]])
            rows, part = np.nonzero(states[:, 1:] != states[:, :-1])
            row, low, high = row[rows], cuts[rows, part], cuts[rows, part + 1]
            below, above = states[rows, part], states[rows, part + 1]
        return sorted(changes)

    @functools.cached_property
    def boundaries(self) -> tuple[Boundary, ...]:
        """Where the cheapest option changes along each row, to the step of the field.

        Notes: every boundary is exact: one step less has the winner below. Where the answer changes and
        changes back between two points of the grid, the row does not know of it; `Comparison.crossovers`
        of that row does.
        """
        (x, y), (_, ys) = self.sides, self.places
        boundaries = []
        for row, place, *states in self._changes:
            below, above = (self.label(state // 2) for state in states)
            if below != above:
                boundaries.append(Boundary(y.document_value(ys[row]), x.document_value(place), below, above))
        return tuple(boundaries)

    @functools.cached_property
    def runs(self) -> tuple[Run, ...]:
        """Each row from end to end, as stretches of one answer with exact ends."""
        return self._stretches(self._changes)

    @functools.cached_property
    def cells(self) -> tuple[Run, ...]:
        """Each row as in `runs`, but as fine as the grid: a change stands halfway between two of its points.

        Nothing is billed for it. Exact ends take long where sizes are chosen or an answer time is held.
        """
        row, low, high, below, above = self._differing
        middle = np.sqrt(low * high.astype(float)) if self.sides[0].scale == "log" else (low + high) / 2
        place = np.rint(middle).astype(np.int64)
        return self._stretches(zip(*(part.tolist() for part in (row, place, below, above)), strict=True))

    def _stretches(self, changes: Iterable[tuple[int, int, int, int]]) -> tuple[Run, ...]:
        x, (xs, ys) = self.sides[0], self.places
        by_row: dict[int, list[tuple[int, int]]] = {row: [] for row in range(len(ys))}
        for row, place, _, above in changes:
            by_row[row].append((place, above))
        states = self.winner * 2 + self.close
        stretches = []
        for row, cuts in by_row.items():
            starts = [(int(xs[0]), int(states[row, 0])), *cuts]
            stops = [*(place for place, _ in cuts), int(xs[-1])]
            for (start, state), stop in zip(starts, stops, strict=True):
                ends = x.document_value(start), x.document_value(stop)
                stretches.append(Run(row, *ends, state // 2, bool(state % 2)))
        return tuple(stretches)

    def document(self) -> dict[str, Any]:
        return {
            "version": 1,
            "book": self.scenario.book.origin,
            "scenario": self.scenario.document(),
            "over": list(self.over),
            "scales": [side.scale for side in self.sides],
            "x": self.x.tolist(),
            "y": self.y.tolist(),
            "labels": list(self.labels),
            "winner": [[self.label(option_index) for option_index in row] for row in self.winner.tolist()],
            "lead_fraction": [
                [None if lead != lead else lead for lead in row]  # noqa: PLR0124 - NaN is unlike itself
                for row in self.lead_fraction.tolist()
            ],
            "close": self.close.tolist(),
            "share": [{"winner": label, "share": share} for label, share in self.share.items()],
            "boundaries": [boundary.document() for boundary in self.boundaries],
        }

    def to_json(self) -> str:
        """The document of :meth:`document` as JSON text."""
        return json_text(self, indent=None)

    def to_frame(self) -> Any:
        """The atlas as a pandas data frame, one row a point."""
        import pandas as pd

        across, down = np.meshgrid(self.x, self.y)
        return pd.DataFrame(
            {
                self.over[0]: across.ravel(),
                self.over[1]: down.ravel(),
                "winner": [self.label(option_index) for option_index in self.winner.ravel().tolist()],
                "lead_fraction": self.lead_fraction.ravel(),
                "close": self.close.ravel(),
                **{label: usd.ravel() for label, usd in zip(self.labels, self.usd, strict=True)},
            }
        )


def atlas(
    scenario: Scenario,
    *,
    over: tuple[str, str],
    points: int | tuple[int, int] | None = None,
    x_range: tuple[Any, Any] | None = None,
    y_range: tuple[Any, Any] | None = None,
) -> Atlas:
    """Find the cheapest option over any two numbers of a scenario.

    Parameters:
    scenario : Scenario - everything else that is asked.
    over : paths of two numbers, such as ``("workload.requests_per_month", "workload.duration_ms")``.
    points : int - points along each side, or along the first and the second; fewer where the range has fewer steps.
        200 unless given; 24 where both numbers change which hours have which load, as those of bursts do; 48 and 16
        where cold starts, or what spills over from what is kept ready, follow one.
    x_range, y_range : first and last value of each. The default for the scenario's axis is its sweep; for another
        number a span around the scenario's value: all that is allowed, or a tenth of it to ten times it (a
        thousandth to a hundred times it for requests).

    Notes: where cold starts are modelled, points along requests are those at which the model is asked. A schedule of
    provisioned concurrency that is left to be chosen is that of the scenario's own numbers at every point.

    Returns: Atlas - winners, leads, bills, and, worked out when asked for, exact boundaries.
    Raises: InputError with every problem of the arguments.

    Examples:
        >>> work = {"requests_per_month": 10**7, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 180}
        >>> options = [{"kind": "lambda", "memory_mb": 1024}, {"kind": "ec2", "instance_type": "t4g.small"}]
        >>> asked = Scenario.from_dict({"version": 1, "name": "API", "workload": work, "options": options})
        >>> found = atlas(asked, over=("workload.requests_per_month", "workload.duration_ms"), points=20)
        >>> found.winner.shape, found.label(found.winner[0, 0]), found.label(found.winner[-1, -1])
        ((20, 20), 'Lambda 1024 MB', 'EC2 t4g.small')
    """
    options = (settle(scenario, option) if option.is_scheduled else option for option in scenario.options)
    scenario = dataclasses.replace(scenario, options=tuple(options))
    problems: list[Problem] = []
    paths = _read_over(over, scenario, problems)
    slow = len(paths) == 2 and all(scenario.changes_loads(path) for path in paths)
    followed = any(path in scenario.week_axes for path in paths)
    usual = FEW_POINTS if slow else BENT_POINTS if followed else POINTS
    counts = _read_points(usual if points is None else points, problems)
    if slow and counts and counts[0] * counts[1] > MOST_SLOW:
        words = f"at most {MOST_SLOW:,} points in all for two numbers of bursts: each is billed by itself"
        problems.append(Problem("conflict", "points", shown(counts[0] * counts[1]), words))
    if len(paths) < 2:
        raise InputError(problems)
    ranges = zip(("x_range", "y_range"), paths.items(), (x_range, y_range), strict=True)
    sides = [_side(scenario, path, rule, name, ends, problems) for name, (path, rule), ends in ranges]
    x, y = sides
    if x is None or y is None or counts is None or problems:
        raise InputError(problems)
    for a, b in itertools.product((x.low, x.high), (y.low, y.high)):
        corner = there(scenario, (x, y), a, b)
        where = f"at {x.path} = {shown(a * x.grain)}, {y.path} = {shown(b * y.grain)}"
        problems = [dataclasses.replace(p, field=f"{p.field} ({where})") for p in corner.misfits()]
        if problems:
            raise InputError(problems)
    places = _places(scenario, x, counts[0]), _places(scenario, y, counts[1])
    across, down = np.meshgrid(*places)
    plane = Plane(scenario, (x, y), across.ravel(), down.ravel())
    verdicts, (cost, lost) = plane.verdicts, plane.bills
    shape = across.shape
    return Atlas(
        scenario=scenario,
        over=(x.path, y.path),
        x=x.document_values(places[0]),
        y=y.document_values(places[1]),
        labels=tuple(option.label or option.size_label for option in scenario.options),
        winner=verdicts.winner.reshape(shape),
        lead_fraction=verdicts.lead.reshape(shape),
        close=verdicts.close.reshape(shape),
        usd=np.where(lost | np.isinf(cost), np.nan, cost).reshape(-1, *shape),
        sides=(x, y),
        places=places,
    )


def _places(scenario: Scenario, side: NumberRange, count: int) -> np.ndarray:
    """The points of a side; where cold starts are modelled, those along requests stand at NODES and at the ends."""
    places = side.places(count)
    if side.path != REQUESTS or not scenario.workload.models_cold_starts:
        return places
    nodes = np.array([node for node in NODES if side.low <= node <= side.high] or [side.low], dtype=np.int64)
    nearest = nodes[np.abs(np.log1p(nodes[:, None]) - np.log1p(places)).argmin(axis=0)]
    return np.unique([side.low, *nearest, side.high])


def is_quick(scenario: Scenario) -> bool:
    """Whether a map takes well under a second: no open size, no answer time, no modelled cold starts, nothing ready."""
    steady = scenario.workload.slo is None and not scenario.bends_at_knots
    return steady and not any(option.is_open for option in scenario.options)


def _read_points(points: Any, problems: list[Problem]) -> tuple[int, int] | None:
    given = points if isinstance(points, (list, tuple)) else (points, points)
    if len(given) != 2:
        problems.append(Problem("type", "points", shown(points), "one whole number, or one for each side"))
        return None
    rule = Rule("points", "number", "points", Fraction(2), Fraction(MAX_POINTS), whole=True)
    before = len(problems)
    counts = [read_number(count, rule, "points", problems) for count in (given[:1] if given[0] == given[1] else given)]
    return None if len(problems) > before else (counts[0], counts[-1])


def _read_over(over: Any, scenario: Scenario, problems: list[Problem]) -> dict[str, Rule]:
    """The two paths and the rules of their numbers."""
    if not isinstance(over, (list, tuple)) or len(over) != 2:
        problems.append(Problem("type", "over", shown(over), "the paths of two numbers of the scenario"))
        return {}
    numbers: dict[str, Rule] = {}
    for index, path in enumerate(over):
        if not isinstance(path, str):
            problems.append(Problem("type", f"over.{index}", shown(path), "the path of a number of the scenario"))
            continue
        try:
            numbers[path] = scenario.axis(path, f"over.{index}")
        except InputError as error:
            problems += error.problems
    if numbers and over[0] == over[1]:
        words = "it is the first number too"
        problems.append(Problem("conflict", "over.1", shown(over[1]), words, "Name two numbers of the scenario."))
    return numbers


def _side(
    scenario: Scenario, path: str, rule: Rule, name: str, ends: Sequence[Any] | None, problems: list[Problem]
) -> NumberRange | None:
    """One side of the map, from a given range or the default one."""
    own_axis = path == scenario.sweep.over
    scale = scenario.sweep.scale if own_axis else "log" if rule.unit in LOG_UNITS else "linear"
    if ends is None:
        span = (scenario.sweep.start, scenario.sweep.to) if own_axis else _span(scenario, path, rule)
        first, last = (value if own_axis else _fitting(scenario, path, rule, value) for value in span)
        low, high = -int(-first // rule.grain), int(last // rule.grain)
        if low >= high:
            words = f"no other value of {path} near it fits the rest of the scenario"
            problems.append(Problem("conflict", path, shown(last), words, f"Give {name}."))
            return None
        return NumberRange(path, rule.grain, rule.whole, scale if low > 0 else "linear", low, high)
    if not isinstance(ends, (list, tuple)) or len(ends) != 2:
        problems.append(Problem("type", name, shown(ends), f"the first and the last value of {path}"))
        return None
    before = len(problems)
    end_values = []
    for index, value in enumerate(ends):
        field_name = f"{name}.{index}"
        whole = rule.whole or rule.grain == 1
        read = read_number(value, dataclasses.replace(rule, whole=whole), field_name, problems)
        if read is not None and (read / rule.grain).denominator != 1:
            words = f"a multiple of {decimal_text(rule.grain)}, the step of {path}"
            problems.append(Problem("type", field_name, shown(value), words))
        end_values.append(read)
    if len(problems) > before:
        return None
    if end_values[0] >= end_values[1]:
        words = f"it is not above {name}.0 = {shown(ends[0])}"
        problems.append(Problem("conflict", f"{name}.1", shown(ends[1]), words))
        return None
    low, high = (int(value / rule.grain) for value in end_values)
    return NumberRange(path, rule.grain, rule.whole, scale if low > 0 else "linear", low, high)


def _span(scenario: Scenario, path: str, rule: Rule) -> tuple[Fraction, Fraction]:
    """A range around the scenario's value, inside what is allowed."""
    own = Fraction(scenario.value_at(path))
    lowest = rule.low + rule.grain if rule.above else rule.low
    if rule.unit in LOG_UNITS:
        lowest = max(lowest, rule.grain)
        low = own / (TIMES**3 if path == REQUESTS else TIMES)
        high = own * (TIMES**2 if path == REQUESTS else TIMES) or 100 * rule.grain
    else:
        low = lowest
        high = own * TIMES or lowest + 100 * rule.grain
        if rule.high is not None and rule.high <= MOST * max(own, Fraction(1)):
            high = rule.high
    high = high if rule.high is None else min(high, rule.high)
    return max(low, lowest), max(high, lowest + rule.grain)


def _fitting(scenario: Scenario, path: str, rule: Rule, value: Fraction) -> Fraction:
    """An end of a default range; where it does not fit the scenario, the scenario's own value."""
    on_grain = value // rule.grain * rule.grain
    there = scenario.at(path, int(on_grain) if rule.whole else on_grain)
    return Fraction(scenario.value_at(path)) if there.misfits() else value
