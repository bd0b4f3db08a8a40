"""YAML of templates, with tags such as !Ref and !Sub kept as what they stand for; nothing in it is ever run."""

from __future__ import annotations

import json
from typing import Any

from lambdaplan.evidence.source import Source

MOST_BYTES = 4_000_000  # of a template as text; CloudFormation itself takes one million
_MOST_NODES = 400_000  # of a document with its aliases written out
_DEEPEST = 200
_LONG_NAMES = {"Ref": "Ref", "Condition": "Condition"}  # tags that stand for keys without Fn:: before them


def read_yaml(source: Source) -> Any:
    """The document of a template, JSON or YAML. A tag !Name becomes {"Fn::Name": ...}.

    Raises: InputError with the line for what is broken; for aliases that would write out to far more than stands there.
    """
    return yaml_of(source.text, source)


def yaml_of(text: str, source: Source) -> Any:
    """The document of a text that a source holds, as read_yaml has it."""
    if len(text) > MOST_BYTES:
        raise source.refuse("it is longer than 4 MB", "a template as it is deployed")
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text)
        except (json.JSONDecodeError, RecursionError):
            if text.lstrip()[:1] == "[":
                return source.document
    import yaml

    class Loader(yaml.SafeLoader):
        """Reads tags that it does not know as mappings."""

    Loader.add_multi_constructor("!", _tag)
    Loader.add_multi_constructor("tag:", _tag)
    try:
        loader = Loader(text)
    except yaml.reader.ReaderError:
        raise source.refuse("it holds characters that YAML has not", "a template in YAML or JSON") from None
    try:
        node = loader.get_single_node()
        if node is None:
            raise source.refuse("it is empty", "a template")
        _written_out(node, {}, set(), 0, source)
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise source.refuse(f"line {line} is no YAML ({error.problem})", "a template in YAML or JSON") from None
    except (yaml.YAMLError, ValueError, OverflowError, TypeError):
        raise source.refuse("it is no YAML", "a template in YAML or JSON") from None
    except RecursionError:
        raise source.refuse("it is nested too deeply", "a template as people write it") from None
    finally:
        loader.dispose()


def _tag(loader: Any, suffix: str, node: Any) -> Any:
    """A tagged value as CloudFormation's long form of it."""
    name = suffix.rpartition(":")[2]
    if hasattr(node, "value") and isinstance(node.value, str):
        value: Any = loader.construct_scalar(node)
        if name == "GetAtt":
            value = value.split(".", 1)
    elif node.value and isinstance(node.value[0], tuple):
        value = loader.construct_mapping(node, deep=True)
    else:
        value = loader.construct_sequence(node, deep=True)
    return {_LONG_NAMES.get(name, f"Fn::{name}"): value}


def _written_out(node: Any, known: dict[int, int], above: set[int], depth: int, source: Source) -> int:
    """How many nodes a document has with its aliases written out."""
    here = id(node)
    if here in known:
        return known[here]
    if here in above or depth > _DEEPEST:
        raise source.refuse("it is nested too deeply", "a template as people write it")
    above.add(here)
    total = 1
    if not isinstance(node.value, str):
        for child in node.value:
            for one in child if isinstance(child, tuple) else (child,):
                total += _written_out(one, known, above, depth + 1, source)
                if total > _MOST_NODES:
                    raise source.refuse("its aliases write out to a huge document", "a template as people write it")
    above.discard(here)
    known[here] = total
    return total
