"""Docstrings: their examples run, and every public function and class says what it is."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import lambdaplan

NAMES = sorted(m.name for m in pkgutil.walk_packages(lambdaplan.__path__, "lambdaplan."))


@pytest.mark.parametrize("name", NAMES)
def test_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_models_have_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [test for name in NAMES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(examples) >= 9


@pytest.mark.parametrize("name", NAMES)
def test_everything_public_is_described(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    for label, thing in vars(module).items():
        mine = getattr(thing, "__module__", "") == name
        if mine and not label.startswith("_") and (inspect.isfunction(thing) or inspect.isclass(thing)):
            assert thing.__doc__, f"{name}.{label}"


def test_each_rule_of_the_models_is_named_in_one_docstring_at_least() -> None:
    texts = [inspect.getsource(importlib.import_module(name)) for name in NAMES]
    for rule in ("M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10", "M11", "M12"):
        assert any(f"({rule}" in text or f"{rule})" in text for text in texts), rule
