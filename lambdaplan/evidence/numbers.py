"""Numbers as files have them: text, thousands, powers of ten, and words that stand for none."""

from __future__ import annotations

import math

_NONE = {"", "-", "null", "none", "nan", "n/a", "na", "nil", "\\n"}


def number(value: object) -> float | None:
    """A number of a cell or a JSON value; None where there is none.

    Examples:
        >>> number("1.28E8"), number("12,411"), number("NULL"), number("$3.50")
        (128000000.0, 12411.0, None, 3.5)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if not isinstance(value, str):
        try:
            return float(value)  # type: ignore[arg-type]  # Decimal
        except (TypeError, ValueError):
            return None
    text = value.strip().strip('"').lstrip("$").strip()
    if text.lower() in _NONE:
        return None
    try:
        figure = float(text)
    except ValueError:
        try:
            figure = float(text.replace(",", ""))
        except ValueError:
            return None
    return figure if math.isfinite(figure) else None


def whole(value: float) -> float | int:
    """A figure that is whole as a whole number."""
    return int(value) if math.isfinite(value) and value == int(value) else value
