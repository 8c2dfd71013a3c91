"""Numbers with an exponent in YAML files, where a field or a parameter is a number.

YAML 1.1, which PyYAML reads, takes `1e3` for a text, JSON and YAML 1.2 for a number. Elsewhere in a
template it stays a text: a tag or a variable may be written like that.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from yaml import MappingNode, ScalarNode, SequenceNode

from app.domain.fields import Field, Kind, field_map
from app.domain.json_numbers import number
from app.domain.model_template import ModelTemplateSpec
from app.domain.parameters import KEYWORDS, NUMBERS, ParameterSchema

NUMBER_TAG = "!number"


def _fields(cls: type[Struct]) -> Iterator[Field]:
    """The fields of a class and of its objects, at any depth."""
    for field in field_map(cls).fields:
        yield field
        kind = field.value_type.member or field.value_type
        if kind.kind is Kind.STRUCT:
            yield from _fields(kind.python)


_ALL = tuple(_fields(ModelTemplateSpec))
_SCHEMAS = {field.name for field in _ALL if field.value_type.python is ParameterSchema}
_NUMBER_FIELDS = {field.name for field in _ALL if field.value_type.python in (int, float)}
_MAPS = {field.name for field in _ALL if field.value_type.kind is Kind.MAP}
_NUMBERS = {type_.value for type_ in NUMBERS}
_KEYWORDS = {name for name, types in KEYWORDS.items() if types >= NUMBERS}
_EXPONENT = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?")
_TEXT_TAG, _FLOAT_TAG = "tag:yaml.org,2002:str", "tag:yaml.org,2002:float"


def tag_numbers(document: Any) -> None:
    """Tags the numbers of all fields and parameters in a document's nodes with NUMBER_TAG."""
    pending, seen = [document], {id(document)}
    for node in pending:
        for key, member in _members(node):
            if key in _SCHEMAS:
                _tag_parameters(member)
            if key in _NUMBER_FIELDS:
                _tag(member)
            elif key in _MAPS:
                continue  # Its keys are no fields.
            if id(member) not in seen:  # Aliases share nodes, and may be circular.
                seen.add(id(member))
                pending.append(member)


def constructed(_: Any, node: Any) -> float:
    """The value of a node with NUMBER_TAG."""
    return number(node.value)


def _tag_parameters(schema: Any) -> None:
    for key, parameters in _members(schema):
        for _, parameter in _members(parameters) if key == "parameters" else ():
            keywords = dict(_members(parameter))
            if getattr(keywords.get("type"), "value", None) in _NUMBERS:
                for keyword in _KEYWORDS & keywords.keys():
                    _tag(keywords[keyword])
                    for _, member in _members(keywords[keyword]):
                        _tag(member)


def _tag(node: Any) -> None:
    if not isinstance(node, ScalarNode) or node.style:  # Empty for plain ones of libyaml.
        return
    is_text = node.tag == _TEXT_TAG and _EXPONENT.fullmatch(node.value)
    is_float = node.tag == _FLOAT_TAG and _DECIMAL.fullmatch(node.value)
    if is_text or is_float:
        node.tag = NUMBER_TAG


def _members(node: Any) -> Iterator[tuple[str | None, Any]]:
    """The members of a mapping with their keys, or those of a list."""
    if isinstance(node, MappingNode):
        yield from ((key.value, value) for key, value in node.value if isinstance(key, ScalarNode))
    elif isinstance(node, SequenceNode):
        yield from ((None, member) for member in node.value)
