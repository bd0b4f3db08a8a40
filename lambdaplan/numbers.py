"""Exact numbers and columns of them: one formula for a number and a grid (M12).

``Fraction`` at a point, a ``Column`` of floats along a sweep. The few operations for which these differ stand here.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Self

import numpy as np

# A number of a model: an int or a Fraction at a point, a Column on a sweep.
Number = Any

# A float this close to a whole number, relative to its size, is not trusted to say on which side
# of it the exact value lies. Chains of some twenty operations err by about 1e-15.
UNDECIDED = 1e-13


class Column(np.ndarray):
    """The values of one quantity along a sweep: float64, and NaN where floats can't decide.

    Whole numbers and fractions stay exact until they meet a column; then they become the nearest
    float. So what does not change along the sweep is exact, and rounding it up is exact too.

    `grid` is a whole number q where every exact value is known to be a multiple of 1/q, else 0.
    With it a float near a whole number can be known to stand for just that number: along whole
    milliseconds, a third of the duration is a multiple of 1/3, so 66.99999999999999 is 67.
    """

    grid: int = 0

    def __new__(cls, values: Any, grid: int = 0) -> Self:
        column = np.asarray(values, dtype=np.float64).view(cls)
        column.grid = grid
        return column

    def __array_finalize__(self, other: Any) -> None:
        self.grid = getattr(other, "grid", 0)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        apply = ufunc if method == "__call__" else getattr(ufunc, method)
        plain = [value.view(np.ndarray) if type(value) is Column else _plain(value) for value in inputs]
        result = apply(*plain, **kwargs)
        grid = _grid_of(ufunc, method, inputs) if self.grid else 0  # this column is one of the inputs
        if type(result) is not np.ndarray or result.dtype != np.float64:
            return Column(result, grid)
        column = result.view(Column)
        column.grid = grid
        return column


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is Column:
        return value.view(np.ndarray)
    if kind is Fraction:
        return value.numerator / value.denominator
    if kind is int:
        return float(value)
    if kind is np.ndarray and value.dtype == object:
        return value.astype(np.float64)
    return value


def _grid_of(ufunc: Any, method: str, inputs: tuple[Any, ...]) -> int:
    """The grid of a result, from the grids of what it is made of; 0 where none is known."""
    if ufunc in _PRODUCTS:
        grid = math.prod([_grid(value) for value in inputs])
    elif ufunc in _SUMS and method in ("__call__", "reduce"):
        grid = math.lcm(*[_grid(value) for value in inputs])
    elif ufunc is np.true_divide and isinstance(inputs[1], (Fraction, int)):
        grid = _grid(inputs[0]) * abs(inputs[1].numerator)
    else:
        return 0
    return grid if grid < 2**62 else 0


_PRODUCTS = frozenset((np.multiply, np.matmul))
_SUMS = frozenset((np.add, np.subtract, np.minimum, np.maximum, np.negative))


def _grid(value: Any) -> int:
    if type(value) is Column:
        return value.grid
    if isinstance(value, (Fraction, int)):
        return value.denominator
    return 1 if isinstance(value, np.ndarray) and value.dtype == object else 0


def _certain(column: Column) -> np.ndarray:
    """Whether a value near a whole number must be that number: the next multiple is further off."""
    if not column.grid:
        return np.zeros(column.shape, dtype=bool)
    return 1 / column.grid > 2 * UNDECIDED * np.maximum(1.0, np.abs(column.view(np.ndarray)))


def on_sweep(value: Number) -> bool:
    """Whether a number is a column of values rather than one exact value."""
    return isinstance(value, Column)


def smaller(a: Number, b: Number) -> Number:
    """The smaller of two numbers, element by element where they have several."""
    return np.minimum(a, b) if isinstance(a, np.ndarray) or isinstance(b, np.ndarray) else min(a, b)


def larger(a: Number, b: Number) -> Number:
    """The larger of two numbers, element by element where they have several."""
    return np.maximum(a, b) if isinstance(a, np.ndarray) or isinstance(b, np.ndarray) else max(a, b)


def either(condition: Number, yes: Number, no: Number) -> Number:
    """``yes`` where the condition holds, else ``no``."""
    if isinstance(condition, np.ndarray):
        return Column(np.where(np.asarray(condition) != 0, _plain(yes), _plain(no)), math.lcm(_grid(yes), _grid(no)))
    return yes if condition else no


def whole_up(value: Number) -> Number:
    """Round up to a whole number.

    Exact for fractions. On a sweep, a value too close to a whole number to be trusted becomes
    NaN, which runs through to the total; the sweep then bills that point exactly. So a float
    never decides a step.
    """
    if not on_sweep(value):
        return -((-value) // 1)
    plain = value.view(np.ndarray)
    nearest, up = np.rint(plain), np.ceil(plain)
    near = np.abs(plain - nearest) <= UNDECIDED * np.maximum(1.0, np.abs(plain))
    if near.any():
        up = np.where(near, np.where(_certain(value) | (plain == 0), nearest, np.nan), up)
    return Column(up, 1)


def whole_down(value: Number) -> Number:
    """Round down to a whole number; on a sweep as undecided as :func:`whole_up`."""
    return -whole_up(-value)


def exceeds(value: Number, allowed: Number, *, whole: bool = False) -> Number:
    """Whether a value is above what is allowed: a bool at a point.

    On a sweep 1.0 or 0.0, and NaN where the floats are too close to tell; ``whole`` says that
    both are whole numbers, which floats do tell apart.
    """
    if not (on_sweep(value) or on_sweep(allowed)):
        return value > allowed
    gap = value - allowed
    plain = gap.view(np.ndarray)
    near = np.abs(plain) <= UNDECIDED * _size(allowed)
    above, unsure = plain > 0, np.isnan(plain)
    if near.any():
        certain = _certain(gap)
        above, unsure = above & ~(near & certain), unsure | (near & ~(certain | whole))
    return Column(np.where(unsure, np.nan, above) if unsure.any() else above)


def less(a: Number, b: Number) -> Number:
    """One number less another; on a sweep NaN where floats can't tell which is larger."""
    gap = a - b
    if not on_sweep(gap):
        return gap
    plain = gap.view(np.ndarray)
    near = np.abs(plain) <= UNDECIDED * _size(a)
    if near.any():
        plain = np.where(near, np.where(_certain(gap), 0.0, np.nan), plain)
    return Column(plain, gap.grid)


def apart(a: Number, b: Number) -> Number:
    """One number less another, for its sign: on a sweep 0 where floats can't tell which is larger."""
    gap = a - b
    if not on_sweep(gap):
        return gap
    size = np.maximum(np.abs(_plain(a)), np.abs(_plain(b)))
    return Column(np.where(np.abs(gap.view(np.ndarray)) <= UNDECIDED * size, 0.0, gap))


def _size(value: Number) -> Any:
    """How large a number is, 1 at least, as floats: what a margin is relative to."""
    plain = _plain(value)
    return np.maximum(1.0, np.abs(plain)) if isinstance(plain, np.ndarray) else max(1.0, abs(float(plain)))


def ceil_each(need: Number, weights: np.ndarray) -> Number:
    """Whole units for each weight: ``ceil(need x weight)``, weights on the last axis.

    ``weights`` are whole numbers. At a point this is a cross-multiplication of whole numbers,
    and the result an object array of them.
    """
    if on_sweep(need):
        return whole_up(need[..., None] * weights)
    need = Fraction(need)
    return -((-need.numerator * weights) // need.denominator)


def exact(value: Any) -> Fraction:
    """The exact value of a number as it is written: 0.1 is one tenth."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def as_number(value: float) -> int | float:
    """A number as a whole number where it is one."""
    return int(value) if float(value).is_integer() else float(value)


def decades_of(low: float, high: float) -> list[float]:
    """The powers of ten that span a range."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    return [10.0**k for k in range(first, last + 1)]


def known_values(column: np.ndarray) -> list[Any]:
    """The values of an array as documents print them: None for what is not known (NaN)."""
    values: list[Any] = column.tolist()
    return [None if value != value else value for value in values]  # noqa: PLR0124  # NaN is not itself
