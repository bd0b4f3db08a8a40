"""Numbers as files have them: text, thousands, powers of ten, and words that stand for none."""

from __future__ import annotations

import math
import re

_NONE = {"", "-", "null", "none", "nan", "n/a", "na", "nil", "\\n"}


def number(value: object) -> float | None:
    """A number of a cell or a JSON value; None where there is none.

    Examples:
        >>> number("1.28E8"), number("12,411"), number("NULL"), number("$3.50")
        (128000000.0, 12411.0, None, 3.5)
        >>> number("0,0525"), number("1.234,5"), number("1 234 567"), number("1,234,567.5")
        (0.0525, 1234.5, 1234567.0, 1234567.5)
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
    text = value.strip().strip('"').lstrip("$").replace("\u00a0", " ").strip()
    if text.lower() in _NONE:
        return None
    try:
        figure = float(text)
    except ValueError:
        try:
            figure = float(_with_point(text))
        except ValueError:
            return None
    return figure if math.isfinite(figure) else None


def _with_point(text: str) -> str:
    """A figure with thousands or a decimal comma as Python writes it; three digits after one comma are thousands."""
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text):
        return text.replace(",", "")
    if re.fullmatch(r"-?\d{1,3}([. ']\d{3})*,\d+", text) or re.fullmatch(r"-?\d+,\d+([eE][-+]?\d+)?", text):
        return re.sub(r"[. ']", "", text).replace(",", ".")
    return re.sub(r"(?<=\d)[ '](?=\d{3})", "", text)


def whole(value: float) -> float | int:
    """A figure that is whole as a whole number."""
    return int(value) if math.isfinite(value) and value == int(value) else value
