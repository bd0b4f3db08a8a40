"""Ranges of numbers that are not known for sure: one chance in ten below low, even chances at likely, one in ten above.

The distribution is a metalog of three terms in closed form, on the logarithm of the number where that has no upper
bound to speak of, on its logit where it is a share. Source: Keelin, "The Metalog Distributions", Decision Analysis
13 (4), 2016, sections 3 and 4 (read 2026-11-30).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.errors import Problem, shorten
from lambdaplan.formatting import decimal_text, exact_value
from lambdaplan.schema.fields import Documented, Rule, plain, shown
from lambdaplan.schema.reading import read_number, with_name

ENDS = ("low", "likely", "high")
TAIL = 0.1  # of the chances lies below low, and as much above high
SKEW = 0.66684  # of 1 is how far likely may be off the middle: beyond it the density would be below 0
BOUNDED = ("share", "percent")  # units of numbers that lie on the logit scale
_ODDS = math.log((1 - TAIL) / TAIL)

RANGE_SCHEMA = {
    "description": "one chance in ten below low, even chances at likely, one in ten above high",
    "type": "object",
    "properties": {name: {"type": ["number", "string"]} for name in ENDS},
    "required": list(ENDS),
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Range(Documented):
    """One number of a scenario that is not known for sure.

    Parameters:
    low, likely, high : Fraction - its 10th, 50th and 90th percentile. [unit of the field]
    least, most : Fraction or None - between which it lies: on the logarithm of what it is above `least` where `most`
        is None, else on the logit.
    """

    low: Fraction
    likely: Fraction
    high: Fraction
    least: Fraction = Fraction(0)
    most: Fraction | None = None

    def document(self) -> dict[str, Any]:
        return {name: plain(getattr(self, name)) for name in ENDS}

    @property
    def words(self) -> str:
        """The three numbers, as 80 … 120 … 300."""
        return " … ".join(exact_value(plain(getattr(self, name))) for name in ENDS)

    @property
    def _terms(self) -> tuple[float, float, float]:
        """The three coefficients of the metalog, from its three percentiles."""
        low, likely, high = (self._scaled(float(end)) for end in (self.low, self.likely, self.high))
        return likely, (high - low) / (2 * _ODDS), (high + low - 2 * likely) / (2 * (0.5 - TAIL) * _ODDS)

    def _scaled(self, value: float) -> float:
        above = value - float(self.least)
        return math.log(above) if self.most is None else math.log(above / (float(self.most) - value))

    @property
    def likely_bounds(self) -> tuple[float, float]:
        """Between which values of likely such a low and high can be held. [unit of the field]"""
        low, high = self._scaled(float(self.low)), self._scaled(float(self.high))
        ends = (low + (high - low) * (1 - SKEW) / 2, high - (high - low) * (1 - SKEW) / 2)
        return self._back(np.array(ends))[0], self._back(np.array(ends))[1]

    def _back(self, scaled: np.ndarray) -> np.ndarray:
        least = float(self.least)
        with np.errstate(over="ignore"):
            above = np.exp(scaled) if self.most is None else (float(self.most) - least) / (1 + np.exp(-scaled))
        return np.asarray(least + above)

    def quantile(self, chance: np.ndarray) -> np.ndarray:
        """The number below which it lies with such a chance. [unit of the field]"""
        middle, spread, skew = self._terms
        odds = np.log(chance / (1 - chance))
        return self._back(middle + odds * (spread + skew * (chance - 0.5)))


def range_of(low: Fraction, likely: Fraction, high: Fraction, rule: Rule) -> Range:
    """A range on the scale of a field."""
    if rule.unit in BOUNDED and rule.high is not None:
        return Range(low, likely, high, rule.low, rule.high)
    return Range(low, likely, high, rule.low)


def is_range(value: Any) -> bool:
    """Whether a value of a document is meant as a range."""
    return isinstance(value, Mapping) and bool(value) and any(name in ENDS for name in value)


def without_ranges(document: Any, path: str = "") -> tuple[Any, dict[str, Mapping[str, Any]]]:
    """A document with the likely number in place of each range, and the ranges by their paths."""
    taken: dict[str, Mapping[str, Any]] = {}
    if is_range(document):
        stands = next((document[name] for name in ("likely", "low", "high") if name in document), None)
        return stands, {path: document}  # without a likely one that is told when the range is read
    items = document.items() if isinstance(document, Mapping) else enumerate(document) if _is_list(document) else ()
    changed = document
    for name, value in items:
        if not (isinstance(value, Mapping) or _is_list(value)):
            continue
        inner, ranges = without_ranges(value, f"{path}.{name}".lstrip("."))
        if ranges:
            taken |= ranges
            if isinstance(changed, Mapping):
                changed = with_name(changed, str(name), inner)
            else:
                changed = [inner if place == name else item for place, item in enumerate(changed)]
    return changed, taken


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def read_range(given: Mapping[str, Any], rule: Rule, path: str, problems: list[Problem]) -> Range | None:
    """Read a range of a field; what is wrong is added to the problems."""
    before = len(problems)
    ends = {}
    for name in ENDS:
        if name not in given:
            words = "a range has low (1 in 10 below), likely (even chances) and high (1 in 10 above)"
            problems.append(Problem("missing", f"{path}.{name}", "", words))
        else:
            ends[name] = read_number(given[name], rule, f"{path}.{name}", problems)
    for name in given:
        if name not in ENDS:
            words = f"a range has {', '.join(ENDS)}"
            problems.append(Problem("unknown_field", f"{path}.{shorten(str(name), 40)}", shown(given[name]), words))
    if len(problems) > before:
        return None
    low, likely, high = (Fraction(ends[name]) for name in ENDS)
    if not low < likely < high:
        got = " … ".join(map(decimal_text, (low, likely, high)))
        fix = "Give the number alone, if it is known." if low == likely == high else "Give them in that order."
        problems.append(Problem("conflict", path, got, "low is below likely, and likely below high", fix))
        return None
    held = range_of(low, likely, high, rule)
    if low <= held.least or (held.most is not None and high >= held.most):
        edge, name = (held.least, "low") if low <= held.least else (held.most, "high")
        words = f"{'above' if name == 'low' else 'below'} {decimal_text(edge or Fraction(0))}, where the scale ends"
        problems.append(
            Problem("conflict", f"{path}.{name}", shown(ends[name]), words, "Give a number nearer to likely.")
        )
        return None
    least, most = held.likely_bounds
    if not least < float(likely) < most:
        words = (
            f"between {least:.4g} and {most:.4g} for such a low and high, so that high is {float(high) / most:.3g} to "
            f"{float(high) / least:.3g} times likely (a lopsided range has no distribution here)"
        )
        fix = "Move low or high nearer to likely, on the side where they are far apart."
        problems.append(Problem("conflict", f"{path}.likely", shown(ends["likely"]), words, fix))
        return None
    if rule.high is not None and held.quantile(np.array([1 - 1e-4]))[0] > rule.high:
        words = f"a range whose tail stays within {rule.allowed}; one in 10,000 lies above {decimal_text(rule.high)}"
        problems.append(Problem("conflict", f"{path}.high", shown(ends["high"]), words, "Give a lower high."))
        return None
    return held
