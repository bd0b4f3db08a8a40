"""serverless.yml of the Serverless Framework."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.templates.cloudformation import put_template
from lambdaplan.evidence.templates.sizes import Resolved, Sizes, Unresolved, entry, number, put_function
from lambdaplan.evidence.templates.yaml_documents import read_yaml

DEFAULT_MEMORY_MB = 1024  # of the framework, where neither function nor provider names one
DEFAULT_TIMEOUT_S = 6
_INNERMOST = re.compile(r"\$\{([^${}]*)\}")
_DEEPEST = 20
_DOORS = {"httpApi": "http_api", "http": "rest_api", "alb": "alb"}
_WANTED = "a serverless.yml with functions"


def read_serverless(source: Source) -> Evidence:
    """Read a serverless.yml; variables count with their defaults, and with what the file itself says."""
    document = read_yaml(source)
    provider = entry(document, "provider")
    if not isinstance(document, Mapping) or not isinstance(provider, Mapping):
        raise source.refuse("it has no provider", _WANTED)
    if entry(provider, "name") not in (None, "aws"):
        raise source.refuse("its provider is not aws", _WANTED)
    variables = _Variables(document)
    sizes = Sizes()
    region = variables.resolve(provider.get("region"))
    if region is not None:
        sizes.put("", "region", region)
    functions = document.get("functions")
    listed = functions if isinstance(functions, list) else [functions]
    for several in listed:
        if isinstance(several, str):
            sizes.unknown.append(f"functions of another file ({several[:60]})")
        for name, own in several.items() if isinstance(several, Mapping) else ():
            if isinstance(own, Mapping):
                _put(sizes, variables, str(name), own, provider)
    resources = document.get("resources")
    for part in resources if isinstance(resources, list) else [resources]:
        if isinstance(part, Mapping) and isinstance(part.get("Resources"), Mapping):
            put_template(sizes, part)
    return sizes.evidence(source, _WANTED)


def _put(sizes: Sizes, variables: _Variables, name: str, own: Mapping[str, Any], provider: Mapping[str, Any]) -> None:
    def value(key: str) -> Any:
        given = variables.resolve(own.get(key))
        if given is not None:
            return given
        inherited = variables.resolve(provider.get(key))
        if inherited is None or isinstance(inherited, Unresolved):
            return inherited
        return Resolved(_plain(inherited), f"{key} of the provider")

    kept = variables.resolve(own.get("provisionedConcurrency"))
    snap = variables.resolve(own.get("snapStart"))
    get = {
        "memory_mb": value("memorySize"),
        "timeout_s": value("timeout"),
        "architecture": value("architecture"),
        "runtime": value("runtime"),
        "ephemeral_mb": variables.resolve(own.get("ephemeralStorageSize")),
        "provisioned": kept if number(_plain(kept)) != 0 else None,
        "reserved": variables.resolve(own.get("reservedConcurrency")),
        "snapstart": None if snap is None or isinstance(snap, Unresolved) else bool(_plain(snap)),
        "front_door": _door(own),
    }
    put_function(sizes, name, get, memory=DEFAULT_MEMORY_MB, timeout=DEFAULT_TIMEOUT_S)


def _door(own: Mapping[str, Any]) -> str | None:
    """The front door that the events of a function name; none for two kinds of them."""
    doors = {"function_url"} if own.get("url") else set()
    events = own.get("events")
    for event in events if isinstance(events, list) else ():
        kind = next(iter(event), None) if isinstance(event, Mapping) else event
        if kind in _DOORS:
            doors.add(_DOORS[str(kind)])
    return doors.pop() if len(doors) == 1 else None


class _Variables:
    """The variables of a file: ${self:...}, ${opt:..., default}, ${param:...}, ${sls:stage}; the rest is unknown."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    def resolve(self, value: Any, depth: int = 0) -> Any:
        """What a value comes to: plain, Resolved by a variable, or Unresolved."""
        if not isinstance(value, str) or "${" not in value:
            return value
        text, given, how = value, value, ""
        for _ in range(_DEEPEST):
            match = _INNERMOST.search(text)
            if match is None:
                break
            one = self._one(match[1], depth)
            if isinstance(one, Unresolved):
                return Unresolved(given)
            how = one.how
            if match[0] == text.strip():
                return (
                    one
                    if not (isinstance(one.value, str) and "${" in one.value)
                    else self.resolve(one.value, depth + 1)
                )
            text = f"{text[: match.start()]}{one.value}{text[match.end() :]}"
        return Unresolved(given) if "${" in text else Resolved(text, how)

    def _parameter(self, name: str, depth: int) -> Any:
        """A parameter of the stage, else of every stage; as version 3 has them and as version 4."""
        stage = _plain(self.resolve(entry(self.document, "provider", "stage") or "dev", depth + 1))
        for place in (stage if isinstance(stage, str) else "dev", "default"):
            for value in (
                entry(self.document, "stages", place, "params", name),
                entry(self.document, "params", place, name),
            ):
                if value is not None:
                    return value
        return None

    def _one(self, inner: str, depth: int) -> Resolved | Unresolved:
        """One variable: the first of its sources that is known."""
        if depth > _DEEPEST:
            return Unresolved(inner)
        for place, part in enumerate(_alternatives(inner)):
            kind, _, rest = part.partition(":")
            value: Any = None
            if kind == "self" and rest:
                value = entry(self.document, *rest.split("."))
            elif kind == "sls" and rest == "stage":
                value = entry(self.document, "provider", "stage") or "dev"
            elif kind == "param":
                value = self._parameter(rest, depth)
            elif kind in ("opt", "env"):
                continue
            elif place and (literal := _literal(part)) is not None:
                return Resolved(literal, f"default in ${{{inner}}}")
            else:
                return Unresolved(inner)
            value = self.resolve(value, depth + 1)
            if isinstance(value, Unresolved):
                return value
            if value is not None:
                return Resolved(_plain(value), f"${{{part}}}")
        return Unresolved(inner)


def _alternatives(inner: str) -> list[str]:
    """The sources of a variable, the first one first; commas within quotes do not part them."""
    return [part.strip() for part in re.findall(r"(?:'[^']*'|\"[^\"]*\"|[^,'\"])+", inner)]


def _literal(text: str) -> Any:
    """A default written out: text in quotes, a number, or a flag."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    return number(text)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Resolved) else value


KINDS = (
    Kind(
        "serverless_yml",
        "a serverless.yml of the Serverless Framework",
        "templates",
        {
            "service": r"(?:^|[{,])\s*[\"']?service[\"']?\s*:",
            "provider": r"(?:^|[{,])\s*[\"']?provider[\"']?\s*:",
            "functions": r"(?:^|[{,])\s*[\"']?functions[\"']?\s*:",
        },
        read_serverless,
    ),
)
