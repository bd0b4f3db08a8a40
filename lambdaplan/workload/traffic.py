"""Traffic: the shape of a week of requests, and its load-duration curve."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from lambdaplan.formatting import figure
from lambdaplan.numbers import Number
from lambdaplan.resources import data_table
from lambdaplan.schema.fields import fields_of, number, plain
from lambdaplan.units import HOURS_PER_WEEK, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

DEFAULT_BURST = Fraction(3, 2)
"""Peak within an hour over that hour's mean, where nothing is said of it."""


@dataclass(frozen=True)
class Burst:
    """A rare burst: so many a month, each so long, at a rate that is the whole rate while it lasts."""

    per_month: Number = number("bursts a month", unit="bursts", above=True, high=10**6)
    minutes: Number = number("how long each lasts", unit="min", above=True, high=10_080, grain=Fraction(1, 10))
    rps: Number = number("requests a second while it lasts, all of them", unit="1/s", high=10**12)

    @property
    def seconds(self) -> Fraction:
        """Time of a month that they take. [s]"""
        seconds: Fraction = Fraction(self.per_month) * self.minutes * SECONDS_PER_MINUTE
        return seconds

    @property
    def words(self) -> str:
        """In words: "50 bursts a month of 10 minutes at 500 requests a second"."""
        bursts = f"{figure(self.per_month, 2)} burst{'' if self.per_month == 1 else 's'} a month"
        minutes = f"{figure(self.minutes, 2)} minute{'' if self.minutes == 1 else 's'}"
        return f"{bursts} of {minutes} at {figure(self.rps, 2)} requests a second"


@dataclass(frozen=True)
class BurstLoad:
    """What the bursts of one kind are of a month, whatever its requests.

    Parameters:
    requests_share, time_share : Fraction - of the month's requests, and of its time.
    per_month : Number - how many there are; seconds : Fraction - how long each is. [s]
    """

    requests_share: Fraction
    time_share: Fraction
    per_month: Number
    seconds: Fraction

    @property
    def of_mean(self) -> Fraction:
        """Its rate over the mean rate of the month."""
        return self.requests_share / self.time_share


class Load(NamedTuple):
    """The hours of the week that have the same load, as whole numbers of one scale.

    `weight` is the mean of such an hour and `peak` its busiest moment, both without the traffic's `burst`: in an hour
    of the week they are alike, in a burst of its own kind the rate is level. `burst` is the place of that kind.
    """

    peak: int
    weight: int
    hours: Fraction | int
    burst: int | None = None


@dataclass(frozen=True)
class Traffic:
    """The shape of demand over a week, not its volume.

    Parameters:
    hourly : tuple of Number, or None - 168 weights from Monday 00:00, as given; None is a flat week.
    burst : Number - peak within an hour over that hour's mean, at least 1.
    shape : str - the named shape that the weights are; "flat" where they have none. Given alone it brings its weights.
    bursts : tuple of Burst - rare bursts, as given for the requests of a scenario.
    loads : tuple of BurstLoad - the same as shares of any number of requests; :meth:`within` works them out.
    from_trace : str - the trace that the weights were read from, or nothing.
    notes : tuple of str - what a reader of the trace should know, a line each.
    """

    hourly: tuple[Fraction, ...] | None = None
    burst: Fraction = DEFAULT_BURST
    shape: str = field(default="flat", repr=False)
    from_trace: str | None = field(default=None, repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False, compare=False)
    bursts: tuple[Burst, ...] = field(default=(), compare=False)
    loads: tuple[BurstLoad, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        named = shape_weights(self.shape)
        if self.hourly is None:
            object.__setattr__(self, "hourly", named)
        elif self.hourly != named:  # the weights were replaced
            object.__setattr__(self, "shape", "flat")

    def __hash__(self) -> int:
        return self._hash

    @functools.cached_property
    def _hash(self) -> int:
        """Taken of 168 weights, and asked for at every level of traffic at which something is known already."""
        return hash((self.whole, self.burst, self.loads))

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

    def within(self, requests: Number, hours_per_month: Number) -> Traffic:
        """The traffic with its bursts as shares of a month with so many requests."""
        month_s = Fraction(hours_per_month) * SECONDS_PER_HOUR
        loads = tuple(
            BurstLoad(
                Fraction(one.seconds * one.rps) / (requests or 1),
                one.seconds / month_s,
                one.per_month,
                Fraction(one.minutes) * SECONDS_PER_MINUTE,
            )
            for one in self.bursts
        )
        return dataclasses.replace(self, loads=loads)

    def with_requests(self, requests: Number) -> Traffic:
        """The traffic whose bursts are as high as they are with so many requests a month."""
        pairs = zip(self.bursts, self.loads, strict=True)
        bursts = (dataclasses.replace(one, rps=load.requests_share * requests / one.seconds) for one, load in pairs)
        return dataclasses.replace(self, bursts=tuple(bursts))

    @functools.cached_property
    def rest(self) -> tuple[Fraction, Fraction]:
        """The shares of requests and of time that are not in bursts."""
        requests, time = (
            1 - sum(getattr(load, name) for load in self.loads) for name in ("requests_share", "time_share")
        )
        return Fraction(requests), Fraction(time)

    @functools.cached_property
    def rest_of_mean(self) -> Fraction:
        """The mean rate between bursts over the mean rate of the month."""
        requests, time = self.rest
        return requests / time

    @functools.cached_property
    def _loads(self) -> tuple[Load, ...]:
        """The different loads of the week, by their peaks."""
        counts = Counter(self.whole)
        if not self.loads:
            return tuple(Load(weight, weight, counts[weight]) for weight in sorted(counts))
        total, time = sum(self.whole), self.rest[1]
        means = [
            (weight * self.rest_of_mean * HOURS_PER_WEEK / total, Fraction(1), counts[weight] * time, None)
            for weight in sorted(counts)
        ]
        bursts = [
            (load.of_mean, 1 / Fraction(self.burst), load.time_share * HOURS_PER_WEEK, n)
            for n, load in enumerate(self.loads)
        ]
        scale = math.lcm(*(f.denominator for mean, part, *_ in (*means, *bursts) for f in (mean, mean * part)))
        loads = [Load(int(m * part * scale), int(m * scale), hours, n) for m, part, hours, n in (*means, *bursts)]
        return tuple(sorted(loads, key=lambda load: load.peak))

    @functools.cached_property
    def weights(self) -> np.ndarray:
        """The mean loads of the week that differ, as whole numbers, by their peaks."""
        return np.array([load.weight for load in self._loads], dtype=object)

    @functools.cached_property
    def peaks(self) -> np.ndarray:
        """The busiest moments of the same, over `burst`: alike, but lower in bursts of their own."""
        return np.array([load.peak for load in self._loads], dtype=object)

    @functools.cached_property
    def level_times(self) -> np.ndarray:
        """What a level that is meant for an hour's mean is at the loads: as high as its peak in a burst of its own."""
        return np.array([1 if load.burst is None else self.burst for load in self._loads], dtype=object)

    @functools.cached_property
    def hours(self) -> np.ndarray:
        """How many hours of the week have each. [h]"""
        return np.array([load.hours for load in self._loads], dtype=object)

    @functools.cached_property
    def burst_places(self) -> tuple[tuple[int, BurstLoad], ...]:
        """Where bursts of their own stand among the loads."""
        loads = enumerate(self._loads)
        return tuple((place, self.loads[load.burst]) for place, load in loads if load.burst is not None)

    @functools.cached_property
    def which(self) -> np.ndarray:
        """For each of the 168 hours the place of its load, outside bursts."""
        given = sorted(set(self.whole))
        places = [place for place, load in enumerate(self._loads) if load.burst is None]
        of_weight = dict(zip(given, places, strict=True))
        return np.array([of_weight[weight] for weight in self.whole])

    @functools.cached_property
    def mean_weight(self) -> Fraction:
        """The mean of the week's weights."""
        return Fraction(sum(load.weight * load.hours for load in self._loads)) / HOURS_PER_WEEK

    @functools.cached_property
    def peak_to_mean(self) -> Fraction:
        """The busiest hour over the mean hour, without its burst, and without bursts of their own."""
        return max(self.whole) * self.rest_of_mean * HOURS_PER_WEEK / sum(self.whole)

    @property
    def peak_of_mean(self) -> Number:
        """The busiest moment over the mean of the month."""
        if not self.loads:
            return self.burst * self.peak_to_mean
        return self.burst * self._loads[-1].peak / self.mean_weight

    @property
    def sudden(self) -> Number:
        """The share of the busiest moment that may come all at once: what is above the hour's mean, or the quietest's.

        A burst may begin in the quietest hour.
        """
        if not self.loads:
            return 1 - 1 / self.burst
        usual = [load for load in self._loads if load.burst is None]
        rises: list[Number] = [self.burst * load.peak - load.weight for load in usual[-1:]]
        rises += [load.weight - usual[0].weight for load in self._loads if load.burst is not None]
        return max(rises) / (self.burst * self._loads[-1].peak)

    @property
    def words(self) -> str:
        """Its bursts in words; nothing where there are none."""
        return " and ".join(one.words for one in self.bursts)

    def document(self) -> dict[str, Any]:
        """The traffic as a scenario writes it: complete without the trace it came from."""
        bursts = {"bursts": [fields_of(one) for one in self.bursts]} if self.bursts else {}
        if self.hourly is None or self.shape != "flat":
            return {"shape": self.shape, "burst": plain(self.burst), **bursts}
        origin = {"from_trace": self.from_trace} if self.from_trace else {}
        return {"hourly": plain(self.hourly), "burst": plain(self.burst), **bursts, **origin}


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

    hours: Number
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
    for place in _from_the_busiest(traffic):
        reached += traffic.hours[place]
        levels.append(Level(reached, int(traffic.weights[place]) / mean))
    return tuple(levels)


def level_peaks(traffic: Traffic) -> tuple[Number, ...]:
    """The busiest moment within the hours of each level of :func:`load_duration`, over the week's mean."""
    return tuple(traffic.peaks[place] * traffic.burst / traffic.mean_weight for place in _from_the_busiest(traffic))


def _from_the_busiest(traffic: Traffic) -> list[int]:
    return sorted(range(len(traffic.weights)), key=lambda place: (traffic.weights[place], place), reverse=True)
