"""Code of Terraform (HCL), with the defaults of its variables and its locals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.templates.sizes import Resolved, Sizes, Unresolved, number
from lambdaplan.evidence.templates.terraform_resources import WANTED, Resource, put_resources

MOST_BYTES = 1_000_000  # of one file; its grammar takes some seconds for that
_REFERENCE = re.compile(r"(var|local)\.([\w-]+)((?:\.[\w-]+|\[\"?[\w-]+\"?\])*)")
_CHOICE = re.compile(r"\(?\s*(.+?)\s*(==|!=)\s*(.+?)\s*\?\s*(.+?)\s*:\s*(.+?)\s*\)?")
_INDEXED = re.compile(r"((?:var|local)\.[\w.-]+)\[((?:var|local)\.[\w.-]+)\]")
_DEEPEST = 20


def read_hcl(source: Source) -> Evidence:
    """Read the resources of a .tf file.

    Variables count with their defaults; values of other files, data sources and modules are named as unknown. What
    `terraform show -json` writes of a plan has them all.
    """
    if len(source.text) > MOST_BYTES:
        raise source.refuse("it is longer than 1 MB", "a .tf file, or what terraform show -json writes of a plan")
    import hcl2

    try:
        document = hcl2.loads(source.text)
    except RecursionError:
        raise source.refuse("it is nested too deeply", "a .tf file as people write it") from None
    except Exception as error:  # noqa: BLE001 - the grammar raises errors of its parser
        line = getattr(error, "line", None)
        where = f"line {line}" if isinstance(line, int) and line > 0 else "it"
        raise source.refuse(f"{where} is no HCL", "a .tf file, or what terraform show -json writes of a plan") from None
    sizes = Sizes()
    sizes.notes.append("a .tf file alone: terraform show -json of a plan has the values of all variables and modules")
    scope = _Scope(document)
    put_resources(sizes, _resources(document, scope))
    return sizes.evidence(source, WANTED)


def _resources(document: Mapping[str, Any], scope: _Scope) -> Iterator[Resource]:
    for block in _list(document.get("resource")):
        for kind, named in _pairs(block):
            for name, values in _pairs(named):
                if isinstance(values, Mapping):
                    resolved = {str(key): scope.resolve(value) for key, value in values.items()}
                    yield Resource(_bare(kind), _bare(name), resolved)


class _Scope:
    """Defaults of variables, and locals."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.var: dict[str, Any] = {}
        self.local: dict[str, Any] = {}
        for block in _list(document.get("variable")):
            for name, values in _pairs(block):
                if isinstance(values, Mapping) and "default" in values:
                    self.var[_bare(name)] = values["default"]
        for block in _list(document.get("locals")):
            self.local.update({_bare(key): value for key, value in _pairs(block)})

    def resolve(self, value: Any, depth: int = 0) -> Any:
        """What a value comes to: plain, Resolved by a variable, or its own text where it refers to something else."""
        if depth > _DEEPEST:
            return Unresolved("it is nested too deeply")
        if isinstance(value, list):
            return [self.resolve(one, depth + 1) for one in value]
        if isinstance(value, Mapping):
            return {
                _bare(str(key)): self.resolve(one, depth + 1) for key, one in value.items() if key != "__is_block__"
            }
        if not isinstance(value, str):
            return value
        if len(value) > 1 and value[0] == value[-1] == '"':
            inner = value[1:-1]
            return self._text(inner, depth) if "${" in inner else inner
        match = re.fullmatch(r"\$\{(.*)\}", value.strip(), re.DOTALL)
        return self._expression(match[1].strip() if match else value, depth) if match or "." in value else value

    def _text(self, text: str, depth: int) -> Any:
        """Text with expressions in it."""
        parts = re.findall(r"\$\{([^{}]*)\}", text)
        how = ""
        for part in parts:
            value = self._expression(part.strip(), depth + 1)
            if isinstance(value, Resolved):
                value, how = value.value, value.how
            if not isinstance(value, str | int | float) or isinstance(value, bool) or value == f"${{{part.strip()}}}":
                return Unresolved(text) if text.strip() != f"${{{part}}}" else f"${{{part}}}"
            text = text.replace(f"${{{part}}}", str(value), 1)
        return Resolved(text, how)

    def _expression(self, text: str, depth: int) -> Any:
        if depth > _DEEPEST:
            return Unresolved(text)
        match = _REFERENCE.fullmatch(text)
        if match is not None:
            scope = self.var if match[1] == "var" else self.local
            if match[2] not in scope:
                return Unresolved(f"{match[1]}.{match[2]}, which has no default here")
            value = self.resolve(scope[match[2]], depth + 1)
            for key in re.findall(r"[\w-]+", match[3]):
                value = value.value if isinstance(value, Resolved) else value
                value = value.get(key) if isinstance(value, Mapping) else Unresolved(text)
            value = value.value if isinstance(value, Resolved) else value
            how = "default of the variable" if match[1] == "var" else "local value"
            return value if isinstance(value, Unresolved) or value is None else Resolved(value, f"{how} {match[2]}")
        indexed = _INDEXED.fullmatch(text)
        if indexed is not None:
            whole, key = (_plain(self._expression(part, depth + 1)) for part in indexed.groups())
            value = whole.get(key) if isinstance(whole, Mapping) and isinstance(key, str) else None
            return Unresolved(text) if value is None else Resolved(value, f"{indexed[1]} at {key}")
        literal = _literal(text)
        if literal is not None:
            return literal
        choice = _CHOICE.fullmatch(text)
        if choice is not None:
            one, other = (_plain(self._expression(choice[n], depth + 1)) for n in (1, 3))
            if (
                isinstance(one, str | int | float)
                and isinstance(other, str | int | float)
                and "${" not in f"{one}{other}"
            ):
                holds = (str(one) == str(other)) == (choice[2] == "==")
                chosen = self._expression(choice[4 if holds else 5], depth + 1)
                return (
                    Resolved(_plain(chosen), f"{choice[1]} by its default")
                    if not isinstance(chosen, Unresolved)
                    else chosen
                )
        if re.fullmatch(r"aws_\w+\.[\w.\[\]-]+", text):
            return f"${{{text}}}"
        return Unresolved(text)


def _literal(text: str) -> Any:
    if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1] and "${" not in text:
        return text[1:-1]
    return text == "true" if text in ("true", "false") else number(text)


def _bare(text: str) -> str:
    return text.strip('"')


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _pairs(value: Any) -> list[tuple[str, Any]]:
    return [(key, one) for key, one in value.items() if key != "__is_block__"] if isinstance(value, Mapping) else []


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Resolved) else value


KINDS = (
    Kind(
        "terraform_hcl",
        "code of Terraform",
        "templates",
        {"a resource of AWS": r"^\s*resource\s+\"?aws_\w+\"?\s+\"?[\w-]+\"?\s*\{"},
        read_hcl,
    ),
)
