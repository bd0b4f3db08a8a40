"""Chance map: how likely the cheapest option of a map is the cheapest, over the same two numbers."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lambdaplan.analysis import winner_map
from lambdaplan.analysis.winner_map import Atlas
from lambdaplan.comparison.bills_along import NumberRange
from lambdaplan.comparison.month import settle
from lambdaplan.doubt.known_errors import ranges_of_a_month
from lambdaplan.doubt.sampled_bills import Found, SampledBills, winners
from lambdaplan.doubt.sampling import Samples, draw
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import changed
from lambdaplan.workload.workload import REQUESTS

SAMPLES, SEED = 64, 1
ACROSS, UPWARDS = 48, 32  # places of each side at which chances are counted; between them they go straight


@dataclass(frozen=True, eq=False)
class ChanceMap(Atlas):
    """The cheapest option over two numbers of a scenario, with how likely each option is the cheapest.

    Parameters:
    chances : array (option, y, x) - share of samples in which it is the cheapest there, counted at up to 48 times 32
        places and straight between them.
    samples : int - how many were billed at each of these places.
    """

    chances: np.ndarray = field(repr=False)
    samples: int

    @property
    def chance(self) -> np.ndarray:
        """How likely the winner at the likely values is the cheapest: array (y, x); NaN where there is none."""
        own = np.take_along_axis(self.chances, np.maximum(self.winner, 0)[None], 0)[0]
        return np.where(self.winner < 0, np.nan, own)

    def document(self) -> dict[str, Any]:
        chance = [[None if np.isnan(one) else round(float(one), 4) for one in row] for row in self.chance]
        return {**super().document(), "chance": chance, "samples": self.samples}

    def to_frame(self) -> Any:
        """The map as a pandas data frame, one row a point."""
        return super().to_frame().assign(chance=self.chance.ravel())


@functools.wraps(winner_map.atlas)
def atlas(scenario: Scenario, **asked: Any) -> Atlas:
    """The map of the cheapest option, with chances where numbers that are not on its sides have ranges."""
    return with_chances(winner_map.atlas(scenario, **asked))


def with_chances(found: Atlas) -> Atlas:
    """A map with how likely each option is the cheapest.

    Numbers on its sides are held; all others with a range are drawn. The map stays as it is where no other number has
    a range, or each sample is billed by itself.
    """
    scenario = ranges_of_a_month(found.scenario)
    work = scenario.workload
    drawn_too = [one for one in scenario.ranges if one.path not in found.over]
    if not drawn_too or work.slo is not None or work.traffic.bursts or work.canary_minutes is not None:
        return found
    options = (settle(scenario, option) if option.is_scheduled else option for option in scenario.options)
    scenario = changed(scenario, options=tuple(options))
    drawn = draw(scenario, SAMPLES, SEED)
    coarse = [_some(places, most) for places, most in zip(found.places, (ACROSS, UPWARDS), strict=True)]
    across, upwards = np.meshgrid(*(places[at] for places, at in zip(found.places, coarse, strict=True)))
    count = across.size
    sample_of = np.repeat(np.arange(SAMPLES), count)
    places = np.tile(across.ravel(), SAMPLES), np.tile(upwards.ravel(), SAMPLES)
    bills = _MapBills(scenario, drawn, sample_of, found.sides, places)
    if any(bills.is_slow(n) for n in range(len(scenario.options))):
        return found
    fitting = ~bills.misfits().reshape(SAMPLES, -1)
    won = winners(*bills.costs()).reshape(SAMPLES, -1)
    of_all = np.maximum(fitting.sum(axis=0), 1)
    each = np.array([((won == n) & fitting).sum(axis=0) / of_all for n in range(len(scenario.options))])
    chances = _between(each.reshape(-1, *across.shape), coarse, (len(found.y), len(found.x)))
    parts = {one.name: getattr(found, one.name) for one in dataclasses.fields(found)}
    return ChanceMap(**parts, chances=chances, samples=SAMPLES)


def _some(places: np.ndarray, most: int) -> np.ndarray:
    """The indices of at most so many places, the first and the last among them."""
    return np.unique(np.linspace(0, len(places) - 1, min(most, len(places))).astype(int))


def _between(coarse: np.ndarray, at: Sequence[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """Values at some rows and columns, straight between them: option by option."""
    columns, rows = at
    wide = np.array([[np.interp(np.arange(shape[1]), columns, row) for row in one] for one in coarse])
    full = [[np.interp(np.arange(shape[0]), rows, column) for column in one.T] for one in wide]
    return np.array(full).transpose(0, 2, 1)


class _MapBills(SampledBills):
    """The bills of samples at places of a map."""

    def __init__(
        self,
        scenario: Scenario,
        samples: Samples,
        sample_of: np.ndarray,
        sides: tuple[NumberRange, NumberRange],
        at: tuple[np.ndarray, np.ndarray],
    ) -> None:
        self.sides = sorted(zip(sides, at, strict=True), key=lambda one: one[0].path == REQUESTS)
        super().__init__(scenario, samples, sample_of, found=Found())
        held = [side.path for side in sides]
        self.numbers = [one for one in self.numbers if one[0] not in held]

    @functools.cached_property
    def paths(self) -> tuple[str, ...]:
        """The numbers that vary."""
        return (*(path for path, _ in self.numbers), *(side.path for side, _ in self.sides))

    def at(self, point: int) -> Scenario:
        """The scenario at a point, exactly."""
        scenario = super().at(point)
        for side, places in self.sides:
            scenario = scenario.at(side.path, side.value(int(places[point])))
        return scenario

    def _over(self, points: np.ndarray, scenario: Scenario) -> Scenario:
        scenario = super()._over(points, scenario)
        for side, places in self.sides:
            scenario = scenario.at(side.path, side.column(places[points]))
        return scenario
