"""What the schema of a field allows the reader takes, and the other way round, at and beside each edge."""

from __future__ import annotations

from fractions import Fraction

import jsonschema
import pytest

from lambdaplan import Scenario
from lambdaplan.platforms import OPTIONS
from lambdaplan.platforms import USAGES as COMPUTE_USAGES
from lambdaplan.pricing.rates import AgreedPrice, Commitment, Discount, OwnPrice
from lambdaplan.scenario.scenario import Sweep, Wage
from lambdaplan.schema.fields import rules, schema
from lambdaplan.schema.reading import read_value
from lambdaplan.services import USAGES
from lambdaplan.services.network import Network
from lambdaplan.workload.workload import Measured, Slo, Workload

KINDS = (
    Scenario,
    Workload,
    Slo,
    Measured,
    Sweep,
    Wage,
    Discount,
    AgreedPrice,
    Commitment,
    Network,
    *OPTIONS.values(),
    *COMPUTE_USAGES.values(),
    *USAGES.values(),
)
FIELDS = {f"{kind.__name__}.{name}": (kind, name) for kind in KINDS for name in rules(kind)}
FIELDS = {name: field for name, field in FIELDS.items() if rules(field[0])[field[1]].kind != "own"}  # with own readers
ODD = (
    None,
    True,
    False,
    "",
    " ",
    "x",
    "1",
    "\n",
    "a\tb",
    "a\n",
    "a\u00a0b",
    "a\u200bb",
    "a\u2028",
    "é",
    "日本",
    "\x7f",
    [],
    {},
    [1],
    0,
    -1,
    0.5,
    1,
    1.5,
    2,
    10**19,
    -0.0,
)


AMOUNTS = (
    *(
        "1",
        " 2 ",
        "0.5",
        "10M",
        "1,000",
        "1_000",
        "500k/day",
        "120/s",
        "120 rps",
        "3 a week",
        "2 million requests / month",
    ),
    *("200ms", "1.5s", "2 min", "3h", "5 days", "512MB", "0.5GB", "4 KiB", "30%", "30 percent", "$85", "85 USD/h"),
    *("2 vCPU", "512m", "1e3", "+5", ".5", "2 zones", "4 units"),
)


def tried(rule):
    """Values at and beside the edges of a field, and such as belong to other fields."""
    for edge in (rule.low, rule.high):
        if rule.kind == "number" and edge is not None:
            yield from (plain(edge + more) for more in (0, 1, -1, Fraction(1, 4), Fraction(-1, 4), Fraction(1, 1000)))
    yield from rule.words
    yield from (*rule.choices, [*rule.choices], [*rule.choices, *rule.choices], [*rule.choices[:1]], ["x"])
    if rule.kind == "text":
        yield from ("a" * rule.max_length, "a" * (rule.max_length + 1), " a", "a ")
    yield from ODD


def plain(value):
    return int(value) if value.denominator == 1 else float(value)


@pytest.mark.parametrize("name", sorted(n for n, (kind, f) in FIELDS.items() if rules(kind)[f].kind == "number"))
def test_the_schema_takes_every_amount_that_the_reader_takes(name):
    kind, field = FIELDS[name]
    rule = rules(kind)[field]
    validator = jsonschema.Draft202012Validator(schema(kind)["properties"][rule.name or field])
    for text in AMOUNTS:
        problems = []
        read_value(text, rule, field, problems)
        assert problems or validator.is_valid(text), text
    for text in ("cheap", "", " ", "ten M", "\n"):
        assert not validator.is_valid(text), text


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_the_schema_of_a_field_and_its_reader_agree(name):
    kind, field = FIELDS[name]
    rule = rules(kind)[field]
    described = schema(kind)["properties"][rule.name or field]
    validator = jsonschema.Draft202012Validator(described)
    for value in tried(rule):
        problems = []
        read_value(value, rule, field, problems)
        if isinstance(value, str) and rule.kind == "number":  # an amount: the schema knows its form, not its range
            assert validator.is_valid(value) or problems, (value, described)
            continue
        assert validator.is_valid(value) == (not problems), (value, problems, described)


def test_prices_are_among_those_with_a_schema_of_their_own():
    assert rules(OwnPrice)["price_usd"].kind == "own"  # tests/cli/test_ends.py
