"""Mean, spread and percentiles of many values, with 95 % intervals, in memory that stays bounded."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable

import numpy as np

from lambdaplan.confidence import student_t

MOST_KEPT = 20_000_000  # values that are held as they are; beyond, bins of a thousandth
_BINS = 40_000
_LEAST, _STEP = 1e-4, math.log(1.001)


class Values:
    """Values one after the other: their number, mean, spread, extremes and percentiles.

    Percentiles are exact up to 20 million values, and to a thousandth beyond.
    """

    def __init__(self) -> None:
        self._kept = array("d")
        self._bins: np.ndarray | None = None
        self.n = 0
        self._mean = self._squares = 0.0
        self.least, self.most = math.inf, -math.inf

    def __bool__(self) -> bool:
        self._fold()
        return self.n > 0

    def add(self, value: float) -> None:
        """Add one value."""
        self._kept.append(value)
        if len(self._kept) - self.n_folded >= 65_536:
            self._fold()

    @property
    def n_folded(self) -> int:
        """How many of the kept values the moments hold already."""
        return self.n if self._bins is None else 0

    def extend(self, values: Iterable[float] | np.ndarray) -> None:
        """Add many values."""
        more = np.asarray(values if isinstance(values, np.ndarray) else list(values), dtype=np.float64)
        self._kept.frombytes(more.tobytes())
        self._fold()

    def _fold(self) -> None:
        """Take the values that are new into the moments; the many into bins."""
        new = np.frombuffer(self._kept, dtype=np.float64)[self.n_folded :].copy()
        if not len(new):
            return
        n, mean = len(new), float(new.mean())
        squares = float(((new - mean) ** 2).sum())
        total, shift = self.n + n, mean - self._mean
        self._squares += squares + shift * shift * self.n * n / total
        self._mean += shift * n / total
        self.n = total
        self.least, self.most = min(self.least, float(new.min())), max(self.most, float(new.max()))
        if self._bins is not None:
            self._count(new)
            self._kept = array("d")
        elif self.n > MOST_KEPT:
            self._bins = np.zeros(_BINS, dtype=np.int64)
            self._count(np.frombuffer(self._kept, dtype=np.float64))
            self._kept = array("d")

    def _count(self, values: np.ndarray) -> None:
        assert self._bins is not None
        place = np.log(np.maximum(values, _LEAST) / _LEAST) / _STEP
        self._bins += np.bincount(np.clip(place.astype(np.int64), 0, _BINS - 1), minlength=_BINS)

    def all(self) -> np.ndarray:
        """The values that are held; beyond 20 million the middle of each bin, as often as it has values."""
        self._fold()
        if self._bins is None:
            return np.frombuffer(self._kept, dtype=np.float64).copy()
        middles = _LEAST * np.exp((np.arange(_BINS) + 0.5) * _STEP)
        return np.repeat(middles, self._bins)

    @property
    def mean(self) -> float:
        """Their mean."""
        self._fold()
        return self._mean

    @property
    def sum(self) -> float:
        """Their sum."""
        return self.mean * self.n

    @property
    def deviation(self) -> float:
        """Their standard deviation, of the values themselves (divided by n)."""
        self._fold()
        return math.sqrt(self._squares / self.n) if self.n else 0.0

    @property
    def cv(self) -> float:
        """Their standard deviation over their mean."""
        return self.deviation / self.mean if self.mean else 0.0

    def percentiles(self, *percents: float) -> list[float]:
        """The values below which these shares of them lie, linear between two values."""
        self._fold()
        if self._bins is None:
            return [float(one) for one in np.percentile(np.frombuffer(self._kept, dtype=np.float64), percents)]
        reached = np.cumsum(self._bins)
        places = np.searchsorted(reached, np.array(percents) / 100 * (self.n - 1) + 0.5)
        return [float(_LEAST * math.exp((place + 0.5) * _STEP)) for place in places]

    def mean_interval(self) -> tuple[float | None, float | None]:
        """The 95 % interval of the mean of what they are a sample of, skewed as they are; None below five values.

        References: P. Hall, On the removal of skewness by transformation, J. R. Statist. Soc. B 54 (1992) 221-228.
        """
        self._fold()
        if self.n < 5:
            return None, None
        step = self.deviation * math.sqrt(self.n / (self.n - 1)) / math.sqrt(self.n)
        t = student_t(self.n - 1)
        skew = self._skewness() / math.sqrt(self.n)
        return self.mean - step * _unskewed(t, skew), self.mean - step * _unskewed(-t, skew)

    def _skewness(self) -> float:
        """Their skewness; 0 where they are no longer held one by one, which are so many that it changes nothing."""
        if self._bins is not None or not self._squares:
            return 0.0
        centred = np.frombuffer(self._kept, dtype=np.float64) - self.mean
        return float((centred**3).mean()) / self.deviation**3

    def cv_interval(self) -> tuple[float | None, float | None]:
        """The 95 % interval of standard deviation over mean; None below twenty values.

        By the moments up to the fourth; a sample sees too few of the rare long values of a lognormal, so where the
        logarithms may be normal the interval holds that of a lognormal too.
        """
        self._fold()
        if self.n < 20 or not self.cv or self._bins is not None:
            return None, None
        values = np.frombuffer(self._kept, dtype=np.float64)
        mean, variance, cv = self.mean, self._squares / self.n, self.cv
        centred = values - mean
        third, fourth = float((centred**3).mean()), float((centred**4).mean())
        # the delta method: the variance of ln cv of a sample
        spread = ((fourth - variance**2) / (4 * variance**2) - third / (mean * variance) + cv * cv) / self.n
        half = student_t(self.n - 1) * math.sqrt(max(spread, 0.0))
        low, high = cv * math.exp(-half), cv * math.exp(half)
        ends = _lognormal_cv(values) if self.least > 0 else None
        return (low, high) if ends is None else (min(low, ends[0]), max(high, ends[1]))


def _unskewed(t: float, skew: float) -> float:
    """Hall's inverse cubic transformation of a quantile, for a skewness over the root of n."""
    if abs(skew) < 1e-9:
        return t
    inner = 1 + skew * (t - skew / 6)
    return 3 / skew * (math.copysign(abs(inner) ** (1 / 3), inner) - 1)


def _lognormal_cv(values: np.ndarray) -> tuple[float, float] | None:
    """The 95 % interval of cv of a lognormal; None where the values can't be of one, by the skewness of logarithms."""
    logs = np.log(values)
    n, centred = len(logs), logs - logs.mean()
    variance = float((centred**2).mean())
    if not variance or abs(float((centred**3).mean())) / variance**1.5 > 2.5 * math.sqrt(6 / n):
        return None
    half = 1.96 * math.sqrt(2 / n)  # of ln variance
    low, high = variance * math.exp(-half), variance * math.exp(half)
    return math.sqrt(math.expm1(min(low, 30.0))), math.sqrt(math.expm1(min(high, 30.0)))


def share_interval(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share of a whole, after Wilson."""
    z2 = 1.959964**2
    share = part / whole
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = math.sqrt(z2) / (1 + z2 / whole) * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole**2))
    return max(0.0, middle - half), min(1.0, middle + half)
