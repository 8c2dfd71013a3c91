"""Integers in an input: those that JSON writes as other numbers, and those that are too large to be
stored, or for clients of GraphQL."""

from collections.abc import Iterator
from functools import cache
from operator import is_
from typing import Any

from msgspec import Struct

from app.domain.errors import UserErrorCode
from app.domain.fields import Kind, field_map
from app.domain.parameters import ParameterSchemaField, ParameterType
from app.domain.validation.json_schema import NOT_64_BITS, JsonSchema
from app.domain.validation.launch_rules import Violation
from app.domain.vendor_configuration import LaunchResources

LARGEST = 2**31 - 1
"""The largest integer that GraphQL's Int has."""


def with_integers(schema: JsonSchema, value: Any) -> Any:
    """The value with integers where the schema wants them: JSON does not distinguish 1.0 and 1e0
    from 1. The same object if there is nothing to change."""
    schema = schema.get("anyOf", [schema])[0]
    if isinstance(value, float):
        is_integer = schema.get("type") == "integer" and value.is_integer()
        return int(value) if is_integer else value
    if isinstance(value, list):
        entries = [with_integers(schema.get("items") or {}, entry) for entry in value]
        return value if all(map(is_, entries, value)) else entries
    if not isinstance(value, dict):
        return value
    fields = schema.get("properties", {})
    members = {name: with_integers(fields.get(name, {}), member) for name, member in value.items()}
    return value if all(map(is_, members.values(), value.values())) else members


def _integers_have_32_bits(value: Struct) -> Iterator[Violation]:
    for name in _integer_fields(type(value)):
        number = getattr(value, name)
        if number is not None and number > LARGEST:
            yield UserErrorCode.OUT_OF_RANGE, (name,), f"must be at most {LARGEST:,}"


@cache
def _integer_fields(cls: type[Struct]) -> tuple[str, ...]:
    kinds = ((field.name, field.value_type) for field in field_map(cls).fields)
    return tuple(name for name, kind in kinds if kind.kind is Kind.SCALAR and kind.python is int)


def _bounds_of_integers_fit(parameter: ParameterSchemaField) -> Iterator[Violation]:
    for name in ("minimum", "maximum") if parameter.type is ParameterType.INT else ():
        bound = getattr(parameter, name)
        # As a float, the largest integer of 64 bits is 2**63.
        if bound is not None and abs(bound) > 2**63:
            yield UserErrorCode.INVALID, (name,), NOT_64_BITS


RULES = (
    (LaunchResources, _integers_have_32_bits),
    (ParameterSchemaField, _integers_have_32_bits),
    (ParameterSchemaField, _bounds_of_integers_fit),
)
