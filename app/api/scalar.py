"""The scalars that GraphQL does not have itself."""

from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import (
    GraphQLError,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

StringMap = NewType("StringMap", dict[str, str])


def _string_map(value: Any) -> Any:
    if not isinstance(value, dict):
        raise GraphQLError("StringMap takes a JSON object whose values are all strings.")
    for key, member in value.items():
        if not isinstance(member, str):
            raise GraphQLError(f"StringMap takes strings only; the value of {key!r} is none.")
    return value


def _string_map_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    """A literal can hold variables: without their values, when a document is validated, only the
    rest of it can be judged."""
    if variables is None and isinstance(node, ObjectValueNode):
        constant = tuple(f for f in node.fields if not isinstance(f.value, VariableNode))
        node = ObjectValueNode(fields=constant)
    try:
        return _string_map(value_from_ast_untyped(node, variables))
    except GraphQLError as error:
        raise GraphQLError(error.message, node) from None


def _instant(value: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError("DateTime takes an instant of RFC 3339.") from None
    if instant.tzinfo is None:
        raise GraphQLError("DateTime needs an offset, such as Z.")
    return instant.astimezone(UTC)


def _rfc_3339(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


SCALARS: dict[object, ScalarDefinition] = {
    StringMap: strawberry.scalar(
        name="StringMap",
        description="A JSON object whose values are all strings. It reads back in the form it is "
        "written in: a result can be sent as input.",
        parse_value=_string_map,
        parse_literal=_string_map_literal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC, RFC 3339.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        parse_value=_instant,
        serialize=_rfc_3339,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        specified_by_url="https://ecma-international.org/wp-content/uploads/"
        "ECMA-404_2nd_edition_december_2017.pdf",
    ),
}
CONFIG = StrawberryConfig(scalar_map=SCALARS)
