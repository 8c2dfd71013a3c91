"""Texts that YAML reads as something else, such as a number, where they are not quoted."""

import re

import yaml

_NUMBER_OF_YAML_1_2 = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
)
"""PyYAML, which Launch uses, reads YAML 1.1, where some of these are texts."""

_KINDS = {
    "bool": "true or false",
    "float": "a number",
    "int": "a number",
    "null": "null",
    "timestamp": "a date",
}
_RESOLVERS = yaml.SafeLoader.yaml_implicit_resolvers


def yaml_kind(text: str) -> str | None:
    """The kind of value that YAML reads a label or a name as; None for a text."""
    if _NUMBER_OF_YAML_1_2.fullmatch(text):
        return "a number"
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            return _KINDS.get(tag.rpartition(":")[2])
    return None
