"""Templates in the API's form: camelCase names, and enum members by their names.

Derived from the field map, as GraphQL's types are.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from app.cli.context import CommandError
from app.domain.fields import Kind, ValueType, field_map
from app.domain.markers import Mergeable

T = TypeVar("T", bound=Struct)


class UnknownValue(CommandError):
    """The server has a value that this release does not know."""


@cache
def selection(cls: type[Struct]) -> str:
    """The selection of all fields of a class, as GraphQL."""
    return "{ " + " ".join(_selected(field) for field in field_map(cls).fields) + " }"


def _selected(field: Any) -> str:
    inner = field.value_type.member or field.value_type
    is_object = inner.kind is Kind.STRUCT
    return f"{field.api_name} {selection(inner.python)}" if is_object else str(field.api_name)


def to_api(value: Any) -> Any:
    """A value of a template as an input of the API."""
    if isinstance(value, Struct):
        fields = field_map(type(value)).fields
        return {field.api_name: to_api(getattr(value, field.name)) for field in fields}
    if isinstance(value, list | tuple):
        return [to_api(entry) for entry in value]
    return value.name if isinstance(value, Enum) else value


def changes(old: Mergeable, new: Mergeable, other: Mergeable | None = None) -> dict[str, Any]:
    """The patch that makes the second object of the first one, and of the third if it is that which
    is stored, as an input of the API."""
    patch = {}
    for field in field_map(type(new)).changeable:
        before, after = getattr(old, field.name), getattr(new, field.name)
        also = before if other is None else getattr(other, field.name)
        if before == after == also:
            continue
        is_merged = all(isinstance(each, Mergeable) for each in (before, after, also))
        patch[field.api_name] = changes(before, after, also) if is_merged else to_api(after)
    return patch


def from_api(cls: type[T], answer: Mapping[str, Any]) -> T:
    """An object from an answer with its `selection`. Raises UnknownValue."""
    try:
        return msgspec.convert(_stored_form(cls, answer), cls)
    except (KeyError, msgspec.ValidationError) as error:
        raise UnknownValue(
            f"The server has a template that this release cannot read ({error}): use the release "
            "of the server"
        ) from None


def _stored_form(cls: type[Struct], answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field.name: _stored_value(field.value_type, answer[field.api_name])
        for field in field_map(cls).fields
    }


def _stored_value(kind: ValueType, value: Any) -> Any:
    if value is None:
        return None
    match kind.kind:
        case Kind.STRUCT:
            return _stored_form(kind.python, value)
        case Kind.ENUM:
            return kind.python[value].value
        case Kind.LIST:
            assert kind.member is not None  # noqa: S101
            return [_stored_value(kind.member, entry) for entry in value]
        case _:
            return value
