"""The custom scalars of the schema."""

from datetime import datetime
from typing import Any, NewType

import strawberry
from graphql import (
    EnumValueNode,
    FloatValueNode,
    GraphQLError,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from app.domain.json_numbers import number
from app.domain.rfc_3339 import instant

STRING_MAP = "StringMap"
StringMap = NewType("StringMap", dict[str, str])


def _string_map(value: Any) -> Any:
    if not isinstance(value, dict):
        raise GraphQLError("StringMap takes a JSON object whose values are all strings.")
    for key, member in value.items():
        if not isinstance(member, str):
            raise GraphQLError(f"StringMap takes only strings; the value of {key!r} is not one.")
    return value


def _literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    """The JSON value of a literal, which may contain variables. A variable without a value is null
    in a list and absent in an object. During validation, no variable has a value."""
    variables = variables or {}
    if isinstance(node, ObjectValueNode):
        return {
            field.name.value: _literal(field.value, variables)
            for field in node.fields
            if _has_value(field.value, variables)
        }
    if isinstance(node, ListValueNode):
        return [
            _literal(member, variables) if _has_value(member, variables) else None
            for member in node.values
        ]
    if isinstance(node, FloatValueNode):
        return number(node.value)
    if isinstance(node, EnumValueNode):
        raise GraphQLError(f"JSON has no enum values: put {node.value} in quotes.", node)
    return value_from_ast_untyped(node, variables)


def _has_value(node: ValueNode, variables: dict[str, Any]) -> bool:
    return not isinstance(node, VariableNode) or node.name.value in variables


def _string_map_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    try:
        return _string_map(_literal(node, variables))
    except GraphQLError as error:
        raise GraphQLError(error.message, node) from None


def _instant(value: Any) -> datetime:
    try:
        return instant(value)
    except ValueError:
        raise GraphQLError(
            "DateTime must be an RFC 3339 timestamp, such as 2026-01-31T12:00:00Z."
        ) from None


def rfc_3339(instant: datetime) -> str:
    """The text of a DateTime in answers."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


SCALARS: dict[object, ScalarDefinition] = {
    StringMap: strawberry.scalar(
        name=STRING_MAP,
        description="A JSON object whose values are all strings. Input and output have the same "
        "form.",
        parse_value=_string_map,
        parse_literal=_string_map_literal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An RFC 3339 timestamp. Answers are in UTC, to the millisecond.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        parse_value=_instant,
        serialize=rfc_3339,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        specified_by_url="https://ecma-international.org/wp-content/uploads/"
        "ECMA-404_2nd_edition_december_2017.pdf",
        parse_value=lambda value: value,
        parse_literal=_literal,
    ),
}
CONFIG = StrawberryConfig(scalar_map=SCALARS)
