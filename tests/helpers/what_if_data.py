"""What a what-if page holds, read from its text alone, and the scenario that one of its stops stands for."""

from __future__ import annotations

import base64
import json
import re
from array import array
from decimal import Decimal
from html.parser import HTMLParser

from lambdaplan import Scenario, compare, formatting
from lambdaplan.comparison.wording import answer

KINDS = {"cents": "d", "note": "H", "winner": "B", "close": "B", "said": "H", "apart": "d", "share": "H"}


class _Scenario(HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.text, self._inside = "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self._inside = ("id", "scenario") in attrs or (self._inside and tag != "pre")

    def handle_endtag(self, tag):
        self._inside = self._inside and tag != "pre"

    def handle_data(self, data):
        self.text += data if self._inside else ""


def document_of(text):
    return json.loads(_Scenario(text).text)


def _numbers(name, packed):
    found = array(KINDS[name])
    found.frombytes(base64.b64decode(packed))
    return found


def table_of(text):
    table = json.loads(re.search(r'<script type="application/json" class="lp-data">(.*?)</script>', text, re.DOTALL)[1])
    for name in KINDS.keys() & table.keys():
        table[name] = _numbers(name, table[name])
    for option in table["options"]:
        for name in ("cents", "note"):
            option[name] = _numbers(name, option[name])
    return table


def stops_of(table):
    return {one["name"]: [stop["exact"] for stop in one["stops"]] for one in table["sliders"]}


def changes_at(table, places):
    return [f"{one['path']}={one['stops'][places[one['name']]]['exact']}" for one in table["sliders"]]


def python_at(document, changes):
    """The same stop worked out anew from the page's scenario: as `lambdaplan compare --set` reads it."""
    return compare(Scenario.from_dict(document, changes))


def money(cents):
    return f"${Decimal(int(cents)).scaleb(-2):,.2f}"


def said_at(table, at):
    """The sentence's second half as the page puts it together."""
    parts = table["phrases"][table["said"][at]]
    share = table["share"][at]
    figures = [money(table["apart"][at]), f"{share // 10}.{share % 10}".removesuffix(".0") + " %"]
    return parts[0] + "".join(figure + part for figure, part in zip(figures, parts[1:], strict=False))


def differences(table, document, places):
    """What the table has otherwise than Python at one stop of each slider; nothing when all is well."""
    there = python_at(document, changes_at(table, places))
    row = places["duration"] * table["requests"] + places["requests"]
    size = table["requests"] * table["durations"]
    at = places.get("memory", 0) * size + row
    found = []
    for n, (option, result) in enumerate(zip(table["options"], there.options, strict=True)):
        own = row + (places["memory"] * size if option["sized"] else 0)
        total = result.bill.total_usd
        state, words = table["notes"][option["note"][own]]
        label = option["labels"][places["memory"] if option["sized"] else 0]
        ours = (label, money(option["cents"][own]), state)
        theirs = (
            result.label,
            f"${total:,}" if total is not None else f"${formatting.cents(result.bill.known_usd):,}",
            1 if not result.feasible else 2 if total is None else 0,
        )
        if ours != theirs:
            found.append((n, ours, theirs))
        for limit in result.violations:
            if limit.limit not in words:
                found.append((n, words, limit.limit))
    winner = None if table["winner"][at] == 255 else there.options[table["winner"][at]].label
    if (winner, bool(table["close"][at])) != (there.winner, there.close):
        found.append((winner, there.winner))
    if not answer(there).endswith(f": {said_at(table, at)}"):
        found.append((said_at(table, at), answer(there)))
    if "memory" in places:
        wall = next(
            r.fleet.wall_ms for r, option in zip(there.options, table["options"], strict=True) if option["sized"]
        )
        if table["wall"][places["memory"]][places["duration"]] != f"{formatting.figure(wall, 1)} ms":
            found.append((table["wall"][places["memory"]][places["duration"]], wall))
    return found
