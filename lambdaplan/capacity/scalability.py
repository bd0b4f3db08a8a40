"""Universal Scalability Law: throughput over concurrency, fitted to a load test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lambdaplan.confidence import student_t
from lambdaplan.errors import InputError, Problem, problems_together
from lambdaplan.schema.arguments import ANY_SIZE, SHARE, Bounds, Flags, Floats, as_given, number, numbers

Interval = tuple[float, float]

CONCURRENCY = Bounds(above=True, unit="requests in flight")
RATES = Bounds(unit="requests a second", name="throughput")
LEAST_LEVELS = 3  # of concurrency: as many as the law has parameters

_GRID = 41  # values of alpha and of beta from which the search starts, nothing among them
_STARTS = 8
_STEPS = 200
_CLOSE = 1e-14  # part of the sum of squares that another step gains, below which a fit is the best
_NEAR = 1e-8  # the same for a fit that an interval needs
_NOTHING = 1e-9  # of the time of a request, below which neither alpha nor beta is there at the highest concurrency
_ENDS = 1e-4  # of an end of an interval, of its distance from the best value


def usl_throughput(*, n: Any, alpha: Any, beta: Any, gamma: Any) -> Any:
    """Give the throughput at a concurrency by the Universal Scalability Law.

    X(n) = gamma n / (1 + alpha (n - 1) + beta n (n - 1)).

    Parameters:
    n : Number or array - concurrency: requests in flight, users or threads, at least 0.
    alpha : Number - contention: share of the work that runs one at a time, 0 to 1.
    beta : Number - coherency: what each further one costs all others, 0 to 1.
    gamma : Number - throughput of one alone, at least 0. [1/s]

    Returns: throughput; an array where n is one. [1/s]

    Raises: InputError for anything else.

    References: Neil J. Gunther, "Guerrilla Capacity Planning", Springer, 2007, chapter 4.

    Examples:
        >>> usl_throughput(n=[1, 10], alpha=0, beta=0, gamma=50).tolist()
        [50.0, 500.0]
        >>> round(usl_throughput(n=35, alpha=0.02671591, beta=7.690945e-4, gamma=995.6486), 1)
        12341.7
    """
    with problems_together() as problems:
        at = numbers("n", n, ANY_SIZE, problems)
        contention = number("alpha", alpha, SHARE, problems)
        coherency = number("beta", beta, SHARE, problems)
        alone = number("gamma", gamma, ANY_SIZE, problems)
    return as_given(np.where(at > 0, _throughput(np.where(at > 0, at, 1), contention, coherency, alone), 0.0))


def _throughput(n: Floats, alpha: Any, beta: Any, gamma: Any) -> Floats:
    """The law itself, for n above 0."""
    throughput: Floats = gamma * n / (1 + alpha * (n - 1) + beta * n * (n - 1))
    return throughput


@dataclass(frozen=True)
class ScalabilityFit:
    """The Universal Scalability Law as a load test has it.

    Parameters:
    alpha, beta : float - contention and coherency, 0 to 1.
    gamma : float - throughput of one alone. [1/s]
    alpha_interval, beta_interval, gamma_interval : tuple of float - where the parameter lies, with 95 % confidence;
        None with three measurements, which the law meets exactly.
    deviation_rps : float - how far a measurement is off the law, as a standard deviation; None with three. [1/s]
    measurements : int - how many the fit has.
    """

    alpha: float
    beta: float
    gamma: float
    alpha_interval: Interval | None
    beta_interval: Interval | None
    gamma_interval: Interval | None
    deviation_rps: float | None
    measurements: int

    @property
    def has_peak(self) -> bool:
        """Whether throughput falls again beyond some concurrency."""
        return self.beta > 0 and self.alpha < 1

    @property
    def n_max(self) -> float:
        """The concurrency with the most throughput: sqrt((1 - alpha) / beta).

        Raises: InputError where throughput has no peak.
        """
        if not self.has_peak:
            words = "a fit with a peak: with beta = 0 or alpha = 1 throughput never falls again"
            fix = "Measure at a higher concurrency; usl_throughput tells the throughput at one."
            raise InputError(Problem("conflict", "n_max", f"alpha {self.alpha:.4g}, beta {self.beta:.4g}", words, fix))
        return math.sqrt((1 - self.alpha) / self.beta)

    @property
    def limit_rps(self) -> float:
        """The throughput that no concurrency exceeds: that of the peak, else gamma / alpha, or endless. [1/s]"""
        if self.has_peak:
            return float(_throughput(np.array(self.n_max), self.alpha, self.beta, self.gamma))
        return self.gamma / self.alpha if self.alpha > 0 else math.inf


def fit_usl(n: Any, throughput: Any) -> ScalabilityFit:
    """Fit the Universal Scalability Law to the throughput that a load test had at several concurrencies.

    Least squares of throughput, with alpha and beta from 0 to 1. The search starts from the best places of a grid, so
    that it does not end in a valley beside the lowest. An interval holds the values of a parameter whose best fit is
    worse by no more than Student's t of n - 3 degrees of freedom allows (profile likelihood): it respects the bounds
    and the bend of the law, which a standard error does not.

    Parameters:
    n : array - concurrency of each measurement, above 0; at least three different ones.
    throughput : array - requests a second of each, at least 0 and not all 0. [1/s]

    Returns: ScalabilityFit.

    Raises: InputError for anything else.

    Notes: measurements of a steady state, and each off by about as much. A generator at its own limit looks like
    contention. How much the law can tell beyond the highest concurrency that was measured is what the intervals say.

    References: Neil J. Gunther, "Guerrilla Capacity Planning", Springer, 2007, chapters 4 to 6; Douglas M. Bates and
    Donald G. Watts, "Nonlinear Regression Analysis and Its Applications", Wiley, 1988, chapter 6 (profiles).

    Examples:
        >>> at = [1, 2, 4, 8, 16, 32]
        >>> fit = fit_usl(at, usl_throughput(n=at, alpha=0.05, beta=0.001, gamma=40))
        >>> round(fit.alpha, 6), round(fit.beta, 6), round(fit.gamma, 6), round(fit.n_max, 3)
        (0.05, 0.001, 40.0, 30.822)
    """
    with problems_together() as problems:
        at = numbers("n", n, CONCURRENCY, problems)
        measured = numbers("throughput", throughput, RATES, problems)
        if not problems:
            problems.extend(_problems(at, measured))
    scale = float(measured.max())
    values = measured / scale
    best = _best(at, values)
    most = float(at.max())
    best[:2] = np.where(best[:2] * [most, most * most] < _NOTHING, 0.0, best[:2])
    freedom = len(at) - 3
    deviation = None
    intervals: list[Interval | None] = [None, None, None]
    if freedom:
        squares = _squares(at, values, best)
        deviation = scale * math.sqrt(squares / freedom)
        intervals = [_interval(at, values, best, which, freedom) for which in range(3)]
    alone = None if intervals[2] is None else (intervals[2][0] * scale, intervals[2][1] * scale)
    alpha, beta, gamma = (float(value) for value in best)
    return ScalabilityFit(alpha, beta, gamma * scale, intervals[0], intervals[1], alone, deviation, len(at))


def _problems(at: Floats, measured: Floats) -> list[Problem]:
    """What is wrong with two lists of numbers that are each in order."""
    if at.ndim != 1 or measured.shape != at.shape:
        words = "as many numbers as n has, in a list"
        return [Problem("type", "throughput", f"{measured.size} beside {at.size} of n", words)]
    levels = len(set(at.tolist()))
    if levels < LEAST_LEVELS:
        words = f"at least {LEAST_LEVELS} different numbers of requests in flight"
        return [Problem("type", "n", f"{levels} different", words, "Run the load test at more levels.")]
    if not measured.any():
        return [Problem("type", "throughput", "0 everywhere", "at least one above 0 (requests a second)")]
    return []


def _squares(at: Floats, values: Floats, parameters: Floats) -> float:
    missed = values - _throughput(at, *parameters)
    return float(missed @ missed)


def _best(at: Floats, values: Floats) -> Floats:
    """The parameters with the least sum of squares, from the lowest places of a grid."""
    most = max(float(at.max()), 2.0)
    alphas = np.concatenate([[0.0], np.geomspace(min(1e-3 / most, 1e-3), 1.0, _GRID - 1)])
    betas = np.concatenate([[0.0], np.geomspace(min(1e-3 / most**2, 1e-3), 1.0, _GRID - 1)])
    curves = _throughput(at, alphas[:, None, None], betas[None, :, None], 1.0)
    gammas = np.maximum((curves @ values) / (curves**2).sum(axis=2), 0)
    squares = ((values - gammas[..., None] * curves) ** 2).sum(axis=2)
    around = np.full((_GRID + 2, _GRID + 2), np.inf)
    around[1:-1, 1:-1] = squares
    moves = [(a, b) for a in (0, 1, 2) for b in (0, 1, 2) if (a, b) != (1, 1)]
    lowest = np.all([squares <= around[a : a + _GRID, b : b + _GRID] for a, b in moves], axis=0)
    places = sorted(zip(*np.nonzero(lowest), strict=True), key=lambda place: squares[place])[:_STARTS]
    fits = []
    for a, b in places:
        start = np.array([alphas[a], betas[b], gammas[a, b]])
        fits.append(_descend(at, values, start, np.array([True, True, True])))
    return min(fits, key=lambda fit: _squares(at, values, fit))


def _descend(at: Floats, values: Floats, start: Floats, free: Flags, close: float = _CLOSE) -> Floats:
    """The nearest valley of the sum of squares, some parameters held: Newton's method, damped (Marquardt)."""
    here, damping = start.copy(), _CLOSE if close > _CLOSE else 1e-3
    total = float(values @ values)
    squares = _squares(at, values, here)
    ends = np.array([1.0, 1.0, np.inf])
    for _ in range(_STEPS):
        slopes, bends = _derivatives(at, values, here)
        uphill = slopes @ (values - _throughput(at, *here))
        moving = free & ~((here <= 0) & (uphill <= 0)) & ~((here >= ends) & (uphill >= 0))
        sizes = np.sqrt((slopes**2).sum(axis=1))
        moving &= sizes > 0
        if not moving.any():
            break
        sizes = sizes[moving]
        matrix = (slopes[moving] @ slopes[moving].T - bends[np.ix_(moving, moving)]) / np.outer(sizes, sizes)
        step = np.zeros(3)
        try:
            np.linalg.cholesky(matrix + damping * np.eye(len(sizes)))
            step[moving] = np.linalg.solve(matrix + damping * np.eye(len(sizes)), uphill[moving] / sizes) / sizes
            there = np.clip(here + step, 0, ends)
            now = _squares(at, values, there)
        except np.linalg.LinAlgError:  # no valley here: nearer to straight downhill
            now = math.inf
        if now <= squares:
            gain, here, squares, damping = squares - now, there, now, damping / 10
            if gain <= close * squares or squares <= close * close * total:
                break
        else:
            damping = max(damping, 1e-12) * 10
            if damping > 1e12:
                break
    return here


def _derivatives(at: Floats, values: Floats, parameters: Floats) -> tuple[Floats, Floats]:
    """The slopes of the law in its parameters, and what its bends add to the second derivatives of the squares."""
    alpha, beta, gamma = parameters
    others, pairs = at - 1, at * (at - 1)
    share = 1 / (1 + alpha * others + beta * pairs)
    curve = at * share
    slopes = np.stack([-gamma * curve * share * others, -gamma * curve * share * pairs, curve])
    missed = values - gamma * curve
    steep = missed * curve * share
    bent = 2 * gamma * steep * share
    mixed = float(bent @ (others * pairs))
    to_alpha, to_beta = -float(steep @ others), -float(steep @ pairs)
    bends = np.array(
        [[float(bent @ others**2), mixed, to_alpha], [mixed, float(bent @ pairs**2), to_beta], [to_alpha, to_beta, 0.0]]
    )
    return slopes, bends


def _interval(at: Floats, values: Floats, best: Floats, which: int, freedom: int) -> Interval:
    """Where a parameter may lie: both ends are where the best fit with it held is too much worse."""
    least = _squares(at, values, best)
    allowed = least * student_t(freedom) ** 2 / freedom
    free = np.arange(3) != which
    low = _end(at, values, best, which, free, least, allowed, downward=True)
    high = _end(at, values, best, which, free, least, allowed, downward=False)
    return low, high


def _end(
    at: Floats, values: Floats, best: Floats, which: int, free: Flags, least: float, allowed: float, *, downward: bool
) -> float:
    """One end of an interval: false position on the square root of what the fit loses, which is nearly straight."""
    inside = float(best[which])
    if allowed <= _CLOSE * _CLOSE:
        return inside
    wanted = math.sqrt(allowed)
    warm = best

    def lost(value: float) -> tuple[float, Floats]:
        start = warm.copy()
        start[which] = value
        fit = _descend(at, values, start, free, _NEAR)
        return math.sqrt(max(_squares(at, values, fit) - least, 0.0)) - wanted, fit

    far = 0.0 if downward else (1.0 if which < 2 else max(4 * inside, 1e-9))
    outside, fit = lost(far)
    while not downward and which == 2 and outside < 0 and far < 1e9:
        far *= 4
        outside, fit = lost(far)
    if outside <= 0:
        return far
    held = -wanted
    for _ in range(60):
        part = min(max(held / (held - outside), 1e-3), 1 - 1e-3)
        value = inside + (far - inside) * part
        here, fit = lost(value)
        if abs(here) <= _ENDS * wanted or abs(far - inside) <= 1e-9 * max(abs(far), abs(inside)):
            return value
        if here < 0:
            inside, held, warm = value, here, fit
            outside /= 2
        else:
            far, outside = value, here
            held /= 2
    return value
