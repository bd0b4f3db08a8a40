"""Cold starts of requests that come equally spaced: a schedule, a poller, a warmer."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from lambdaplan.coldstart.burst import BurstStarts
from lambdaplan.coldstart.busy_levels import Floats
from lambdaplan.coldstart.week import WeekOfColdStarts
from lambdaplan.numbers import smaller, whole_up
from lambdaplan.units import HOURS_PER_WEEK, SECONDS_PER_HOUR

WEEK_S = HOURS_PER_WEEK * SECONDS_PER_HOUR
NEAR = 1e-9  # how near a whole number floats don't say on which side of it a value lies


@dataclass(frozen=True)
class RegularWeek:
    """A week of requests that come equally spaced at the rate of each hour.

    With A(t) requests up to a time t, one comes whenever A passes a whole number. So one that comes at t finds
    ceil(A(t) - A(t - service)) - 1 others busy: it needs one environment more than those. Each of them is kept alive by
    being used, newest first.

    1. Its environment has gone where fewer than the number needed came within the last keep-alive and service: at a
       steady rate where ceil(rate x service) > rate x (keep-alive + service). Where that holds with the time of a cold
       request, every request is cold; where it holds with that of a warm one alone, every second one, because a cold
       one keeps its environment busy for longer.
    2. Where the number needed grows above the most of the last keep-alive, each further one starts, and more of them
       while cold requests take longer than warm ones.

    Parameters:
    rates : 168 Fraction - requests a second of each hour, from Monday 00:00. [1/s]
    warm_s, cold_s : Fraction - time of a warm and of a cold request. [s]
    keep_alive_s : Fraction - idle time that environments survive. [s]
    ready : 168 int or None - environments provisioned in each hour, that take a request while one of them is free.
    at_once : int - requests that an environment takes at once; the fullest goes first.

    Notes: the mean over all phases of the first request. Each request takes the mean time. Bursts within the hour are
    left out: requests are equally spaced. How far it is from a simulation stands in docs/cold_starts.md.
    """

    rates: tuple[Fraction, ...]
    warm_s: Fraction
    cold_s: Fraction
    keep_alive_s: Fraction
    ready: tuple[int, ...] | None = None
    at_once: int = 1

    @cached_property
    def needed(self) -> list[int]:
        """Requests in flight at once in each hour."""
        return self._needed(self.warm_s)

    def _needed(self, service_s: Fraction) -> list[int]:
        known = {rate: int(whole_up(rate * service_s)) for rate in set(self.rates)}
        return [known[rate] for rate in self.rates]

    @cached_property
    def kept(self) -> list[bool]:
        """Whether each hour's requests keep their environments alive, once they have them."""
        kept_s = self.keep_alive_s + self.warm_s
        return [rate * kept_s >= needed for rate, needed in zip(self.rates, self.needed, strict=True)]

    @cached_property
    def on_demand(self) -> list[int]:
        """Requests in flight beside the provisioned environments."""
        ready = self.ready or (0,) * HOURS_PER_WEEK
        return [max(needed - there, 0) for needed, there in zip(self.needed, ready, strict=True)]

    @cached_property
    def spilled(self) -> Floats:
        """Requests of each hour that run on demand: of N needed at once, N - ready in every N."""
        rows = zip(self.rates, self.needed, self.on_demand, strict=True)
        return np.array(
            [float(rate * SECONDS_PER_HOUR * over / needed) if needed else 0.0 for rate, needed, over in rows]
        )

    def _environments(self, requests: Fraction | int) -> int:
        """Environments for so many requests at once."""
        return -(-requests // self.at_once)

    def _before(self, values: Sequence[int], hour: int) -> int:
        """The largest value of the hours within a keep-alive before an hour begins."""
        back = min(int(whole_up(self.keep_alive_s / SECONDS_PER_HOUR)), HOURS_PER_WEEK)
        return max(values[hour - n] for n in range(1, back + 1))

    def week(self) -> WeekOfColdStarts:
        """Give the cold starts of each hour."""
        rates = np.array([float(rate) for rate in self.rates])
        starts = self._gone if self.ready is None else self._gone_beside()
        starts = starts + np.maximum(self._grown() - (starts if self.ready is None else 0), 0)
        added = np.array([self._environments(n) for n in self._needed(self.cold_s)]) * np.array(self.kept)
        mean_added = 0.0 if self.ready is not None and not any(self.on_demand) else float(added.mean())
        return WeekOfColdStarts(rates * SECONDS_PER_HOUR, starts, self._alive(), mean_added, self.spilled)

    def _grown(self) -> Floats:
        """Cold starts of each hour in which more are needed than in the last keep-alive before it.

        In the first service those that start are `first`. Where cold requests take q warm times and a rest r, they come
        again q - 1 times, and then as many as the faster rate brings within r.
        """
        grown = np.zeros(HOURS_PER_WEEK)
        times, rest_s = divmod(self.cold_s, self.warm_s) if self.warm_s else (Fraction(1), Fraction(0))
        for hour, over in enumerate(self.on_demand):
            before = self._before(self.on_demand, hour)
            first = over - before
            if first <= 0 or not self.kept[hour] or (not before and self.ready is None):
                continue  # none to begin with: `_gone` has them
            faster = self.rates[hour] - self.rates[hour - 1]
            load = self.rates[hour] * self.warm_s - (self.needed[hour] - over)
            most = int(whole_up(load + (times - 1) * first + smaller(faster * rest_s, Fraction(first))))
            grown[hour] = self._environments(most) - self._environments(before)
        return grown

    def _gone_beside(self) -> Floats:
        """Cold requests of each hour beside provisioned environments, because theirs have gone."""
        return np.where(self.kept, 0.0, self.spilled)

    def burst(self, rps: Fraction, seconds: Fraction) -> BurstStarts:
        """What one burst adds, by the hour in which it comes: those that it needs more than are kept alive then."""
        once = dataclasses.replace(self, rates=(rps,) * HOURS_PER_WEEK)
        needed, width = once.needed[0], once.needed[0] + 1
        starts, ready = np.zeros((HOURS_PER_WEEK, width)), self.ready or (0,) * HOURS_PER_WEEK
        cold_share = self._gone if self.ready is None else self._gone_beside()
        lasts, known = float(seconds + self.keep_alive_s), dict[tuple[int, Fraction, int], int]()
        for hour, (there, rate) in enumerate(zip(ready, self.rates, strict=True)):
            before = self.on_demand[hour] if self.kept[hour] and once.kept[0] else 0
            key = (there, rate, before)
            if key not in known:
                known[key] = self._started(once, rps, seconds, key)
            starts[hour, before : before + 1] = known[key] - cold_share[hour] / SECONDS_PER_HOUR * lasts
        spilled = np.array([float(rps * seconds * max(needed - there, 0) / (needed or 1)) for there in ready])
        return BurstStarts(starts, spilled)

    def _started(self, once: RegularWeek, rps: Fraction, seconds: Fraction, hour: tuple[int, Fraction, int]) -> int:
        """Environments that a burst starts in an hour with so many provisioned, of such a rate, that keeps so many."""
        there, rate, before = hour
        needed = once.needed[0]
        over = max(needed - there, 0)
        if over <= before:
            return 0
        if not once.kept[0]:  # of a burst so slow that it keeps none alive, each request
            return int(rps * seconds * over / needed)
        times, rest_s = divmod(self.cold_s, self.warm_s) if self.warm_s else (Fraction(1), Fraction(0))
        first = over - before
        more = (times - 1) * first + smaller((rps - rate) * rest_s, Fraction(first))
        load = rps * self.warm_s - (needed - over)
        most = int(whole_up(smaller(load + more, before + rps * seconds)))
        return self._environments(most) - self._environments(before)

    def by_level(self) -> Floats:
        """Cold starts of each hour by how many were busy before, with nothing provisioned; hours by levels."""
        starts = np.zeros((HOURS_PER_WEEK, max(self.needed, default=0) + 1))
        for hour, (rate, needed) in enumerate(zip(self.rates, self.needed, strict=True)):
            if self.kept[hour]:
                starts[hour, self._before(self.needed, hour) : needed] = 1
            else:
                starts[hour, :needed] = float(rate * SECONDS_PER_HOUR / needed)
        return starts

    def _alive(self) -> Floats:
        """Environments alive in each hour, on average: those that its requests keep, and those left of hours before."""
        kept_s = float(self.keep_alive_s + self.warm_s)
        own = [
            min(float(self._environments(n)), float(r) * kept_s)
            for n, r in zip(self.on_demand, self.rates, strict=True)
        ]
        alive = np.zeros(HOURS_PER_WEEK)
        for hour, here in enumerate(own):
            left = float(self.keep_alive_s)
            spans = []  # for how much of the hour those of an hour before are left, the longest first
            for back in range(1, HOURS_PER_WEEK):
                if left <= 0:
                    break
                spans.append((min(left, SECONDS_PER_HOUR), own[hour - back]))
                left -= SECONDS_PER_HOUR
            until = 0.0
            for place in reversed(range(len(spans))):
                span = spans[place][0]
                alive[hour] += (span - until) * max(here, *(number for _, number in spans[: place + 1]))
                until = span
            alive[hour] += (SECONDS_PER_HOUR - until) * here
        mean: Floats = alive / SECONDS_PER_HOUR
        return mean

    # what has gone when the next request comes

    @cached_property
    def _gone(self) -> Floats:
        """Cold requests of each hour because fewer came within the last keep-alive than are needed at once."""
        late, early = self._fewer(self.cold_s), self._fewer(self.warm_s)
        return late + np.maximum(early - late, 0) / 2

    @cached_property
    def _edges(self) -> Floats:
        return np.concatenate(([0.0], np.cumsum([float(rate) * SECONDS_PER_HOUR for rate in self.rates])))

    def _up_to(self, time: Floats) -> Floats:
        """Requests up to a time; the week repeats."""
        weeks, within = np.divmod(time, WEEK_S)
        hours = np.arange(HOURS_PER_WEEK + 1) * float(SECONDS_PER_HOUR)
        requests: Floats = weeks * self._edges[-1] + np.interp(within, hours, self._edges)
        return requests

    def _exactly(self, time: Fraction, span: Fraction) -> Fraction:
        """Requests within a span before a time."""
        return self._exact_up_to(time) - self._exact_up_to(time - span)

    def _exact_up_to(self, time: Fraction) -> Fraction:
        weeks, within = divmod(time, WEEK_S)
        hour, rest = divmod(within, SECONDS_PER_HOUR)
        sums = self._sums
        return weeks * sums[-1] + sums[int(hour)] + (self.rates[int(hour)] * rest if rest else 0)

    @cached_property
    def _sums(self) -> list[Fraction]:
        return list(itertools.accumulate((rate * SECONDS_PER_HOUR for rate in self.rates), initial=Fraction(0)))

    def _fewer(self, service_s: Fraction) -> Floats:
        """Requests of each hour before which fewer came, within keep-alive and service, than are needed at once."""
        span_s = self.keep_alive_s + service_s
        starts = np.arange(HOURS_PER_WEEK) * float(SECONDS_PER_HOUR)
        marks = np.unique(np.concatenate([np.mod(starts + float(more), WEEK_S) for more in (0, service_s, span_s)]))
        marks = np.append(marks, float(WEEK_S))
        x, f = (self._up_to(marks) - self._up_to(marks - float(back)) for back in (service_s, span_s))
        hours = np.minimum((marks[:-1] + marks[1:]) / 2 // SECONDS_PER_HOUR, HOURS_PER_WEEK - 1).astype(np.int64)
        rates = np.diff(self._edges) / SECONDS_PER_HOUR
        enough = f >= x + 1 + NEAR
        found = np.zeros(HOURS_PER_WEEK)
        for place in np.flatnonzero((rates[hours] > 0) & ~(enough[:-1] & enough[1:])).tolist():
            start, end = marks[place : place + 2].tolist()
            share = self._share(
                (x[place], x[place + 1]), (f[place], f[place + 1]), Fraction((start + end) / 2), service_s, span_s
            )
            found[hours[place]] += rates[hours[place]] * (end - start) * share
        return found

    def _share(
        self, x: tuple[float, float], f: tuple[float, float], middle: Fraction, service_s: Fraction, span_s: Fraction
    ) -> float:
        """The share of a piece of time, in which x and f are straight, where f is below x rounded up."""
        (x0, x1), (f0, f1) = x, f
        if abs(x1 - x0) <= NEAR * max(1.0, x0):
            level = int(np.ceil(x0))
            if abs(x0 - round(x0)) <= NEAR * max(1.0, x0):
                level = int(whole_up(self._exactly(middle, service_s)))
            if (level - 1) % self.at_once:
                return 0.0
            if abs(f1 - f0) <= NEAR * max(1.0, f0) and abs(f0 - level) <= NEAR * max(1.0, f0):
                return float(self._exactly(middle, span_s) < level)
            return float(_below(np.array([f0]), np.array([f1]), np.array([level]))[0])
        low, high = min(x0, x1), max(x0, x1)
        cuts = np.concatenate(([low], np.arange(np.floor(low) + 1, np.ceil(high)), [high]))
        levels = np.ceil((cuts[:-1] + cuts[1:]) / 2)
        slope = (f1 - f0) / (x1 - x0)
        begin, end = f0 + (cuts[:-1] - x0) * slope, f0 + (cuts[1:] - x0) * slope
        shares = np.diff(cuts) / (high - low) * _below(begin, end, levels) * ((levels - 1) % self.at_once == 0)
        return float(shares.sum())

    def thresholds(self) -> set[Fraction]:
        """By how much more requests would have to come for the first environment to be kept through level times."""
        most: set[Fraction] = set()
        for service_s in (self.warm_s, self.cold_s):
            span_s = self.keep_alive_s + service_s
            marks = sorted(
                {
                    Fraction(hour * SECONDS_PER_HOUR + more) % WEEK_S
                    for hour in range(HOURS_PER_WEEK)
                    for more in (0, span_s)
                }
            )
            for start, end in itertools.pairwise([*marks, Fraction(WEEK_S)]):
                middle = (start + end) / 2
                if self._rate_at(middle) == self._rate_at(middle - span_s):
                    requests = self._exactly(middle, span_s)
                    most |= {1 / requests} if requests else set()
        return most

    def _rate_at(self, time: Fraction) -> Fraction:
        return self.rates[int(time % WEEK_S // SECONDS_PER_HOUR)]


def _below(begin: Floats, end: Floats, level: Floats) -> Floats:
    """The share of a straight line from one value to another that is below a level."""
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    flat = high - low <= 0
    share: Floats = np.where(flat, low < level, np.clip((level - low) / np.where(flat, 1, high - low), 0, 1))
    return share
