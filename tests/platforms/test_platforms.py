"""A platform is one file: it tells about itself, and nobody outside asks of which kind an option is."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

import lambdaplan
from lambdaplan.platforms import OPTIONS, USAGES, Option
from lambdaplan.report.html_page import TEMPLATES
from lambdaplan.schema.fields import rules

PACKAGE = Path(lambdaplan.__file__).parent
MAY_ASK = ("platforms", "scenario")
# Services of AWS's price list and of its bills, by the names they have in the book.
AWS_S_WORDS = (("pricing", "refresh"), ("evidence", "backtesting"))
CLASSES = {"FleetOption", *(found.__name__ for found in (*OPTIONS.values(), *USAGES.values()))}
# May only shrink. What is on it, how many times, and why.
ALLOWED = {
    # which instance types a region sells: rows of EC2's price list, read with the book's table of types
    "pricing/price_book.py": 1,
    # which lines a Savings Plan covers: AWS's rule, by services of the price book
    "pricing/plans.py": 3,
    # Lambda@Edge is none of the options; AWS's price list, and so the book, has its prices under Lambda
    "services/edge/lambda_edge.py": 1,
}


def questions(tree: ast.AST) -> int:
    """How often a module names a kind of option: as a word, by its class, or in a test of its class."""
    count = 0
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(word)):
                count += word in OPTIONS
            case ast.alias(name=name):
                count += name in CLASSES - {"FleetOption"}
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, classes]):
                count += sum(isinstance(part, ast.Name) and part.id in CLASSES for part in ast.walk(classes))
    return count


def test_questions_are_seen():
    seen = 'isinstance(option, (Ec2, FleetOption)); option.kind == "lambda"; {"ec2": 1}; from x import Fargate, Option'
    assert questions(ast.parse(seen)) == 5
    assert questions(ast.parse('"Lambda"; option.kind == other.kind; f(lambda option: option.kind)')) == 0


def test_nobody_asks_of_which_kind_an_option_is():
    asked = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if (
            name.parts[0] not in MAY_ASK
            and name.parts[:2] not in AWS_S_WORDS
            and (count := questions(ast.parse(path.read_text("utf-8"))))
        ):
            asked[name.as_posix()] = count
    assert asked == ALLOWED, "ask something of the option, or of the registry in lambdaplan.platforms"


@pytest.mark.parametrize("kind", OPTIONS)
def test_a_platform_tells_about_itself(kind):
    option = OPTIONS[kind]
    fields = set(rules(option))
    assert option.kind == kind
    assert {"kind", "platform", "colours", "dark_colours"} <= vars(option).keys()
    assert len(option.colours) == len(option.dark_colours)
    assert option.default_front_door in option.front_doors
    assert set(option.steady_fields or ()) <= fields
    for selection in option.selections:
        assert {*selection.fields(None), *filter(None, [selection.auto_field])} <= fields
    for template in option.terraform_templates:
        assert (TEMPLATES / f"terraform_{template}.tf.j2").is_file()


def test_no_two_platforms_are_told_alike():
    options = OPTIONS.values()
    for told in (
        [option.platform for option in options],
        [colour for option in options for colour in option.colours],
        [colour for option in options for colour in option.dark_colours],
        [selection.key for option in options for selection in option.selections],
    ):
        assert len(set(told)) == len(told)


def test_what_is_told_of_a_platform_is_not_inherited():
    """Nothing is proved of a platform that is built on another, and it is not written as that one is."""

    @dataclass(frozen=True)
    class Managed(OPTIONS["ec2"]):
        kind = "managed"
        platform = "Managed"
        colours = ("#123456",)

    assert Managed.colours == ("#123456",)
    assert Managed.dark_colours == Option.dark_colours
    assert Managed.steady_fields is None
    assert Managed.terraform_templates == Managed.selections == ()
    assert OPTIONS["ec2"].steady_fields
