"""`docs/properties.md` names each property in the words of its test."""

from __future__ import annotations

import ast

from places import ROOT


def test_the_page_lists_every_property() -> None:
    named = set()
    for path in (ROOT / "tests" / "properties").glob("test_of_*s.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                named.add(f"| {ast.get_docstring(node)} | `{node.name}` |")
    listed = {line for line in (ROOT / "docs" / "properties.md").read_text("utf-8").splitlines() if "`test_" in line}
    assert len(named) >= 50
    assert listed == named
