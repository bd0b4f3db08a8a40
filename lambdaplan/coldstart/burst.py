"""Cold starts that a rare burst adds to a week, and what of it spills over beside provisioned environments."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lambdaplan.coldstart.busy_levels import SEEN, Floats, visits_of_levels
from lambdaplan.coldstart.week import parts_of_an_hour
from lambdaplan.queueing.erlang import erlang_b
from lambdaplan.units import HOURS_PER_WEEK


class BurstStarts(NamedTuple):
    """What one burst does, by the hour of the week in which it comes.

    Parameters:
    starts : array, 168 hours by levels - cold starts that it adds at each number of busy environments above the
        provisioned ones.
    spilled : array of 168 - its requests that run on demand.
    """

    starts: Floats
    spilled: Floats


def burst_cold_starts(
    *,
    hourly_rps: Floats,
    burst: float,
    provisioned: Any,
    warm_s: float,
    cold_s: float,
    keep_alive_s: float,
    rps: float,
    seconds: float,
    at_once: int = 1,
) -> BurstStarts:
    """Give the cold starts that one burst adds, for each hour of the week in which it may come.

    Level by level, as for a week (:func:`lambdaplan.coldstart.cold_start_week`): log U is that of the hour before the
    burst, moves to that of the burst's rate as it lasts, and back within a keep-alive after it. Cold starts come at
    h x U. The hour's own in all that time are taken off.

    While the first requests of a burst initialise, none comes back: with a rise of R requests a second that start cold,
    initialisation i and service s, R x i start, and then R x s / 2 more until as many come back as arrive (exponential
    services). Idle ones are taken first. That is the number where it is the larger.

    Parameters:
    hourly_rps : 168 numbers - mean requests a second of each hour outside bursts. [1/s]
    burst : float - peak within an hour over its mean.
    provisioned : 168 whole numbers or None - environments that stand ready in each hour.
    warm_s, cold_s : float - time of a warm and of a cold request. [s]
    keep_alive_s : float - idle time that environments survive. [s]
    rps, seconds : float - rate of the burst, and how long it lasts. [1/s, s]
    at_once : int - requests that an environment takes at once.

    Notes: the hours before are taken to be like the one in which it comes. Its error is in docs/cold_starts.md.
    """
    ready = np.zeros(HOURS_PER_WEEK, dtype=np.int64) if provisioned is None else np.asarray(provisioned, dtype=np.int64)
    lengths, times = parts_of_an_hour(burst)
    speeds = np.outer(hourly_rps, times)
    pairs = np.column_stack((speeds.ravel(), np.repeat(ready, len(lengths)).astype(float)))
    kinds, kind_of = np.unique(pairs, axis=0, return_inverse=True)
    rates, beside = kinds[:, 0], kinds[:, 1].astype(np.int64)
    kept, lasts = keep_alive_s, min(seconds, keep_alive_s)

    every, there = np.concatenate((rates, np.full(len(rates), rps))), np.concatenate((beside, beside))
    visits, unseen = (levels[:, ::at_once] for levels in visits_of_levels(every, there, warm_s, warm_s, kept))
    (usual, high), (log_usual, log_high) = np.split(visits, 2), np.split(unseen, 2)

    def over(begin: Floats, slope: Floats, length: float) -> Floats:
        """The integral of exp(begin + slope x time / kept) over a length of time. [s]"""
        x = slope * (length / kept)
        steep = np.abs(x) > SEEN
        top = np.exp(begin + np.maximum(x, 0))
        found: Floats = top * length * np.where(steep, -np.expm1(-np.abs(x)) / np.where(steep, np.abs(x), 1), 1)
        return found

    move = log_high - log_usual
    within = high * (over(log_usual, move, lasts) + (seconds - lasts) * np.exp(log_high))
    back = log_usual + move * (lasts / kept)
    after = usual * ((kept - lasts) * np.exp(back) + over(back, -move, lasts))
    added = within + after - usual * np.exp(log_usual) * (seconds + kept)
    if cold_s > warm_s:
        idle = (1 - np.exp(log_usual)).sum(axis=1) + np.maximum(beside - rates * warm_s, 0) - rates * warm_s
        longer_s = cold_s - warm_s
        surge = (rps - rates) * (min(seconds, longer_s) + (warm_s / 2 if seconds > longer_s else 0)) / at_once - idle
        added = _with_more(added, surge - added.sum(axis=1))
    by_hour = (added[kind_of.ravel()].reshape(HOURS_PER_WEEK, len(lengths), -1) * lengths[None, :, None]).sum(axis=1)
    lost = np.ones(HOURS_PER_WEEK)
    if ready.any():
        lost = np.where(
            ready > 0, np.asarray(erlang_b(servers=np.maximum(ready, 1), offered_erlangs=rps * warm_s)), 1.0
        )
    return BurstStarts(by_hour, lost * rps * seconds)


def _with_more(levels: Floats, more: Floats) -> Floats:
    """Levels with so many more starts, one each, above them; nothing where that is below 0."""
    most = int(np.ceil(more.max(initial=0)))
    above = np.clip(np.maximum(more, 0)[:, None] - np.arange(max(most, 0)), 0, 1)
    return np.concatenate((levels, above), axis=1)
