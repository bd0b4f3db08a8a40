"""Traffic: the shape of a week of requests, and its load-duration curve."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from lambdaplan.resources import data_table
from lambdaplan.schema.fields import plain
from lambdaplan.units import HOURS_PER_WEEK

DEFAULT_BURST = Fraction(3, 2)
"""Peak within an hour over that hour's mean, where nothing is said of it."""


@dataclass(frozen=True)
class Traffic:
    """The shape of demand over a week, not its volume.

    Parameters:
    hourly : tuple of Number, or None - 168 weights from Monday 00:00, as given; None is a flat week.
    burst : Number - peak within an hour over that hour's mean, at least 1.
    shape : str - the named shape that the weights are; "flat" where they have none. Given alone it brings its weights.
    from_trace : str - the trace that the weights were read from, or nothing.
    notes : tuple of str - what a reader of the trace should know, a line each.
    """

    hourly: tuple[Fraction, ...] | None = None
    burst: Fraction = DEFAULT_BURST
    shape: str = field(default="flat", repr=False)
    from_trace: str | None = field(default=None, repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False, compare=False)

    def __post_init__(self) -> None:
        named = shape_weights(self.shape)
        if self.hourly is None:
            object.__setattr__(self, "hourly", named)
        elif self.hourly != named:  # the weights were replaced
            object.__setattr__(self, "shape", "flat")

    @functools.cached_property
    def whole(self) -> tuple[int, ...]:
        """The 168 weights as the smallest whole numbers of the same proportions."""
        if self.hourly is None:
            return (1,) * HOURS_PER_WEEK
        hourly = self.hourly
        scale = math.lcm(*(Fraction(weight).denominator for weight in hourly))
        numbers = [int(weight * scale) for weight in hourly]
        common = math.gcd(*numbers)
        return tuple(number // common for number in numbers)

    @functools.cached_property
    def weights(self) -> np.ndarray:
        """The different weights of the week, as whole numbers."""
        return np.array(sorted(set(self.whole)), dtype=object)

    @functools.cached_property
    def hours(self) -> np.ndarray:
        """How many hours of the week have each weight. [h]"""
        return np.array([self.whole.count(weight) for weight in self.weights], dtype=object)

    @functools.cached_property
    def which(self) -> np.ndarray:
        """For each of the 168 hours the place of its weight in `weights`."""
        place = {weight: index for index, weight in enumerate(self.weights)}
        return np.array([place[weight] for weight in self.whole])

    @functools.cached_property
    def mean_weight(self) -> Fraction:
        """The mean of the 168 weights."""
        return Fraction(sum(self.whole), HOURS_PER_WEEK)

    @functools.cached_property
    def peak_to_mean(self) -> Fraction:
        """The busiest hour over the mean hour, without the burst."""
        return Fraction(int(self.weights[-1])) / self.mean_weight

    def document(self) -> dict[str, Any]:
        """The traffic as a scenario writes it: complete without the trace it came from."""
        if self.hourly is None or self.shape != "flat":
            return {"shape": self.shape, "burst": plain(self.burst)}
        origin = {"from_trace": self.from_trace} if self.from_trace else {}
        return {"hourly": plain(self.hourly), "burst": plain(self.burst), **origin}


@functools.cache
def _shapes() -> dict[str, tuple[Fraction, ...]]:
    shapes: dict[str, list[Fraction]] = {}
    for row in data_table("traffic/shapes.csv"):
        shapes.setdefault(row["shape"], []).append(Fraction(row["weight"]))
    return {name: tuple(weights) for name, weights in shapes.items()}


def shape_weights(name: str) -> tuple[Fraction, ...] | None:
    """The 168 weights of a named shape, from Monday 00:00; None for a flat week.

    References: `data/traffic/README.md` says where each shape comes from.
    """
    return None if name == "flat" else _shapes()[name]


class Level(NamedTuple):
    """One step of a load-duration curve: so many hours of the week have this load or more."""

    hours: int
    of_mean: Fraction


def load_duration(traffic: Traffic) -> tuple[Level, ...]:
    """The load-duration curve of a week, from its busiest hour down.

    A load of `of_mean` times the week's mean is there in `hours` of the 168 hours. Read from the
    right it is the base load: the last level is there at all hours.

    Parameters: traffic : Traffic - the week.
    Returns: one level for each different weight, the highest first; exact.

    Examples:
        >>> day_and_night = Traffic(hourly=((Fraction(1),) * 12 + (Fraction(3),) * 12) * 7)
        >>> [(level.hours, str(level.of_mean)) for level in load_duration(day_and_night)]
        [(84, '3/2'), (168, '1/2')]
    """
    mean, reached, levels = traffic.mean_weight, 0, []
    for weight, hours in zip(reversed(traffic.weights), reversed(traffic.hours), strict=True):
        reached += int(hours)
        levels.append(Level(reached, int(weight) / mean))
    return tuple(levels)
