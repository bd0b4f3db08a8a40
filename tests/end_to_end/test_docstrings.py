"""Docstrings: their examples run, and every public function and class says what it is."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import lambdaplan

NAMES = sorted(m.name for m in pkgutil.walk_packages(lambdaplan.__path__, "lambdaplan."))


def test_examples_run() -> None:
    """Those of every module that has a prompt at all: looking for examples takes longer than running them."""
    modules = [importlib.import_module(name) for name in NAMES]
    with_prompt = [module for module in modules if ">>>" in inspect.getsource(module)]
    ran = {module.__name__: doctest.testmod(module) for module in with_prompt}
    assert {name: result.failed for name, result in ran.items() if result.failed} == {}
    assert sum(result.attempted > 0 for result in ran.values()) >= 9


def test_everything_public_is_described() -> None:
    bare = []
    for name in NAMES:
        module = importlib.import_module(name)
        bare += [] if module.__doc__ else [name]
        for label, thing in vars(module).items():
            mine = getattr(thing, "__module__", "") == name
            if mine and not label.startswith("_") and (inspect.isfunction(thing) or inspect.isclass(thing)):
                bare += [] if thing.__doc__ else [f"{name}.{label}"]
    assert bare == []


def test_each_rule_of_the_models_is_named_in_one_docstring_at_least() -> None:
    texts = [inspect.getsource(importlib.import_module(name)) for name in NAMES]
    for rule in ("M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10", "M11", "M12"):
        assert any(f"({rule}" in text or f"{rule})" in text for text in texts), rule
