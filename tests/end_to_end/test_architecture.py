"""The pages that explain the package name what there is: every module, function, field and unit."""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections import Counter

import pytest

from lambdaplan.scenario.scenario import Scenario
from lambdaplan.scenario.usage_document import UsageDocument
from places import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
MODEL = (ROOT / "docs" / "model.md").read_text("utf-8")
PACKAGE = ROOT / "lambdaplan"
MOST_LINES, MOST_MODULES = 600, 16
MODULES = {path.relative_to(ROOT).as_posix(): path for path in PACKAGE.rglob("*.py")}


def drawn_tree():
    """The paths of the tree, in order."""
    folders, paths = [], []
    (tree,) = re.findall(r"^```\n(lambdaplan/\n.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in tree.splitlines():
        indent, name = re.match(r"( *)(\S+)", line).groups()
        folders[len(indent) // 2 :] = [name]
        paths.append("".join(folders))
    return paths


def test_every_module_is_in_the_tree_and_every_line_of_it_is_there():
    named = drawn_tree()
    assert len(named) == len(set(named))
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert {name for name in named if name.endswith(".py")} == {
        name for name in MODULES if not name.endswith("/__init__.py")
    }
    folders = {f"lambdaplan/{p.name}/" for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders <= set(named)


def test_the_tree_is_in_the_order_of_imports():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    level = {name.strip(): n for n, layer in enumerate(layers) for name in layer.split("|")}
    top = [path.split("/")[1].removesuffix(".py") for path in drawn_tree() if re.fullmatch(r"[^/]*/[^/]+/?", path)]
    assert set(top) == set(level)
    assert [level[name] for name in top] == sorted(level.values())


def test_a_module_answers_one_question_and_a_room_can_be_seen_at_a_glance():
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
    rooms = Counter(path.parent.relative_to(ROOT).as_posix() for path in MODULES.values() if path.stem != "__init__")
    assert {room: count for room, count in rooms.items() if count > MOST_MODULES} == {}


@pytest.mark.parametrize(("text", "least"), [(PAGE, 90), (GLOSSARY, 5), (MODEL, 25)], ids=["tree", "words", "rules"])
def test_every_path_that_is_named_exists(text, least):
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml))`", text)
    assert len(named) >= least
    assert [name for name in named if not (ROOT / name).exists() and not (PACKAGE / name).exists()] == []
    for link in re.findall(r"\]\(([^)#:]+)", text):
        assert (ROOT / "docs" / link).exists(), link


@functools.cache
def parsed(path):
    return ast.parse(path.read_text("utf-8"))


@functools.cache
def defined_in(path):
    """Names of a module: its functions, classes and constants, and the members of classes."""
    names = set()
    for node in parsed(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
            for member in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(member, ast.FunctionDef):
                    names.add(f"{node.name}.{member.name}")
                elif isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
                    names.add(f"{node.name}.{member.target.id}")
        else:
            names |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return names


def functions_named(text):
    """The functions, classes and constants that rows of tables name with their file."""
    for row in re.findall(r"^\| .*$", text, re.MULTILINE):
        for file, names in re.findall(r"`([\w/]+\.py)`((?:,? `(?!\w+\.py`)[A-Za-z_.]+`)+)", row):
            yield from ((PACKAGE / file, name) for name in re.findall(r"`([\w.]+)`", names))
        for name, file in re.findall(r"`([A-Za-z_.]+)` (?:in|of) `((?:lambdaplan|tests)/[\w/]+\.py)`", row):
            yield ROOT / file, name


@pytest.mark.parametrize(("text", "least"), [(PAGE, 90), (MODEL, 25)], ids=["tree", "rules"])
def test_every_function_that_a_table_names_is_in_its_file(text, least):
    pairs = list(functions_named(text))
    assert len(pairs) >= least
    assert [(file, name) for file, name in pairs if name not in defined_in(file)] == []


def test_every_member_and_constant_that_is_named_is_there():
    names = set().union(*(defined_in(path) for path in [*MODULES.values(), *(ROOT / "tests").rglob("*.py")]))
    members = set(re.findall(r"`([A-Z]\w+\.\w+)`", PAGE + MODEL)) - {"README.md", "CHANGELOG.md"}
    constants = set(re.findall(r"`(_?[A-Z][A-Z_]+)`", PAGE))
    assert len(members) > 40 and len(constants) > 12
    assert (members | constants) - names == set()


def test_each_rule_is_in_the_table_once_and_every_rule_that_code_cites_is_there():
    rules = re.findall(r"^\| (M\d+) \| [A-Z][^|]+\. \| `", MODEL, re.MULTILINE)
    assert rules == [f"M{n}" for n in range(1, 13)]
    cited = {rule for path in MODULES.values() for rule in re.findall(r"\bM\d+\b", path.read_text("utf-8"))}
    assert cited == set(rules)


# glossary


def described(schema):
    """Every field of a schema with its descriptions."""
    if isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            yield name, inner.get("description", "")
            yield from described(inner)
        for key in ("items", "oneOf", "anyOf"):
            inner = schema.get(key, [])
            for one in inner if isinstance(inner, list) else [inner]:
                yield from described(one)


def rows_of_the_glossary():
    """Names with their units, in order."""
    return re.findall(r"^\| `(\w+)` \| ([^|]*?) \| \S", GLOSSARY, re.MULTILINE)


def test_the_glossary_has_every_field_of_a_scenario_with_its_unit():
    units = dict(rows_of_the_glossary())
    fields = {}
    for name, words in described(Scenario.json_schema()):
        unit = re.search(r"\[([^\]]+)\]$", words)
        fields.setdefault(name, set()).update({unit[1]} if unit else set())
    fields = {name: found for name, found in fields.items() if name not in ("service", "item", "note", "$schema")}
    assert set(fields) - set(units) == set()
    assert {name: (units[name], found) for name, found in fields.items() if found and units[name] not in found} == {}


def test_every_name_of_the_glossary_is_in_a_document_or_in_code():
    known = {name for schema in (Scenario, UsageDocument) for name, _ in described(schema.json_schema())}
    for path in MODULES.values():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef):
                known.add(node.name)
            elif isinstance(node, ast.arg):
                known.add(node.arg)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                known.add(node.target.id)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                known.add(node.value)
    named = [name for name, _ in rows_of_the_glossary()]
    assert len(named) > 150
    assert [name for name in named if name not in known] == []
    assert sorted({name for name in named if named.count(name) > 1}) == []


def test_both_pages_are_linked_from_where_people_begin():
    for page in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text("utf-8")
        assert "(docs/architecture.md)" in text and "(docs/glossary.md)" in text
