"""What must not leave a file: accounts, ARNs, request ids, addresses; and signs that a terminal or page would obey."""

from __future__ import annotations

import re

_HEX = "[0-9a-fA-F]"
_PERSONAL = (
    (re.compile(r"arn:aws[\w-]*:[^\s\"',;)]*"), lambda match: match[0].rpartition(":")[2].rpartition("/")[2]),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "(address)"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"), "(key)"),
    (re.compile(rf"(?<!{_HEX}){_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}(?!{_HEX})"), "(id)"),
    (re.compile(rf"(?<!{_HEX})1-{_HEX}{{8}}-{_HEX}{{24}}(?!{_HEX})"), "(id)"),
    (re.compile(rf"(?<!{_HEX})(?=[a-fA-F]*\d){_HEX}{{24,}}(?!{_HEX})"), "(id)"),
    (re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"), "(key)"),
    (re.compile(r"(?<![\d.])\d{12}(?![\d.]\d|\d)"), "(account)"),
    (re.compile(r"(?<![\d.])(?<!\d-)\d{4}-\d{4}-\d{4}(?!\d|-\d)"), "(account)"),
    (re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"), "(address)"),
    (re.compile(rf"(?<![\w:])(?:{_HEX}{{1,4}}:){{4,7}}{_HEX}{{1,4}}(?![\w:])"), "(address)"),
    (re.compile(rf"(?<![\w:])(?:{_HEX}{{1,4}}:){{1,7}}(?::{_HEX}{{1,4}}){{1,6}}(?![\w:])"), "(address)"),
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
