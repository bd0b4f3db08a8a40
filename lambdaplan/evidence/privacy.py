"""What must not leave a file: accounts, ARNs, request ids, addresses; and signs that a terminal or page would obey."""

from __future__ import annotations

import re

_PERSONAL = (
    (re.compile(r"arn:aws[\w-]*:[^\s\"',;)]*"), lambda match: match[0].rpartition(":")[2].rpartition("/")[2]),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "(address)"),
    (re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), "(id)"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), "(key)"),
    (re.compile(r"(?<![\d.])\d{12}(?![\d.])"), "(account)"),
    (re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"), "(address)"),
    (re.compile(r"\b(?:[0-9a-fA-F]{1,4}:){4,7}[0-9a-fA-F]{1,4}\b"), "(address)"),
)


def clean(text: str) -> str:
    """A text of a file that may be shown: nothing personal, nothing unprintable.

    Examples:
        >>> clean("arn:aws:lambda:us-east-1:123456789012:function:orders-api")
        'orders-api'
        >>> clean("123456789012:/aws/lambda/orders-api")
        '(account):/aws/lambda/orders-api'
    """
    for pattern, words in _PERSONAL:
        text = pattern.sub(words, text)
    return "".join(char if char.isprintable() else "?" for char in text)


def name_of(text: str, length: int = 64) -> str:
    """A name of a function, service or resource, as a part of a measure's name: its last part, without signs.

    Examples:
        >>> name_of("123456789012:/aws/lambda/orders-api")
        'orders-api'
        >>> name_of('=cmd|"/C calc"!A0')
        'C_calc_A0'
    """
    last = re.split(r"[/:]", clean(text).strip("/: "))[-1] or clean(text)
    return re.sub(r"[^\w.$-]+", "_", last).strip("_.-")[:length] or "unnamed"
