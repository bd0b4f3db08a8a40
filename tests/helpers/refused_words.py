"""What the package refuses although each value is allowed: the words of every conflict, read from its source."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import lambdaplan

PACKAGE = Path(lambdaplan.__file__).parent
ARGUMENTS = ("simulation.py", "steady_rate.py", "week.py")  # of functions of `lambdaplan.coldstart`
WHERE = (
    *("scenario", "platforms", "services", "workload", "coldstart", "capacity", "comparison", "analysis", "report"),
    *("schema", "doubt", "pricing"),
)


def _constant(node: ast.expr) -> str:
    """The longest part of a text that is always the same."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return max((_constant(part) for part in node.values), key=len, default="")
    if isinstance(node, ast.BinOp):
        return max(_constant(node.left), _constant(node.right), key=len)
    return ""


def _texts(function: ast.AST, name: str) -> Iterator[str]:
    """What is assigned to a name within a function."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                yield _constant(node.value)
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=True)
                yield from (_constant(v) for t, v in pairs if isinstance(t, ast.Name) and t.id == name)


def _words(call: ast.Call) -> ast.expr | None:
    """The argument that says what is allowed, of a call that refuses values that do not go together."""
    named = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if named == "conflict":
        return call.args[2]
    if named == "no":  # of services that share
        return call.args[0]
    if named != "Problem" or not isinstance(call.args[0], ast.Constant) or call.args[0].value != "conflict":
        return None
    return call.args[3] if len(call.args) > 3 else None


@functools.cache
def conflicts() -> dict[str, set[str]]:
    """The words of all refusals by the module that has them."""
    words: dict[str, set[str]] = {}
    for folder in WHERE:
        for path in sorted((PACKAGE / folder).glob("*.py")):
            if path.name in ARGUMENTS:
                continue
            tree = ast.parse(path.read_text("utf-8"))
            for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
                for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                    argument = _words(call) if call.args else None
                    if argument is None:
                        continue
                    texts = {_constant(argument)} - {""}
                    if isinstance(argument, ast.Name):
                        texts = set(_texts(function, argument.id)) - {""}
                    words.setdefault(f"{folder}/{path.name}", set()).update(text.strip(" ,:()") for text in texts)
    return words
