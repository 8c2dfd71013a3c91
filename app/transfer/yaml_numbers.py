"""Numbers with an exponent in the INT and FLOAT parameters of YAML files.

YAML 1.1, which PyYAML reads, takes `1e3` for a text, JSON and YAML 1.2 for a number. Elsewhere in a
template it stays a text: a tag or a variable may be written like that.
"""

import re
from collections.abc import Iterator
from typing import Any

from yaml import MappingNode, ScalarNode, SequenceNode

from app.domain.fields import field_map
from app.domain.json_numbers import number
from app.domain.model_template import ModelTemplateSpec
from app.domain.parameters import KEYWORDS, NUMBERS, ParameterSchema

NUMBER_TAG = "!number"
_SCHEMAS = {
    field.name
    for field in field_map(ModelTemplateSpec).fields
    if field.value_type.python is ParameterSchema
}
_NUMBERS = {type_.value for type_ in NUMBERS}
_KEYWORDS = {name for name, types in KEYWORDS.items() if types >= NUMBERS}
_EXPONENT = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?")
_TEXT_TAG, _FLOAT_TAG = "tag:yaml.org,2002:str", "tag:yaml.org,2002:float"


def tag_numbers(document: Any) -> None:
    """Tags the numbers of all parameters in a document's nodes with NUMBER_TAG."""
    pending, seen = [document], {id(document)}
    for node in pending:
        for key, member in _members(node):
            if key in _SCHEMAS:
                _tag_parameters(member)
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
