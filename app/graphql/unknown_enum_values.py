"""Enum values that this release does not know, in answers: the field has an error at its path.

A field that may be null is null. A field that may not be null answers the stored text as it is:
null would spread to the list around it, and one value would cost all of it.
"""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from graphql import GraphQLError, GraphQLSchema, is_non_null_type
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import CustomGraphQLEnumType

from app.domain.unknown_value import not_known

CODE = "UNKNOWN_VALUE"


class UnknownValue(Exception):
    """A value that the schema's enum does not have, while it is put into an answer."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class UnknownValueError(GraphQLError):
    """The same in the answer's `errors`; `kept` is the text of a field that may not be null."""

    kept: str | None = None


class Execution(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's, but an unknown value never makes more than its own field null."""

    def handle_field_error(
        self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Any
    ) -> None:
        """Called where a field could not be completed."""
        if not isinstance(raw_error, UnknownValue):
            super().handle_field_error(raw_error, return_type, field_details_list, path)
            return
        nodes = [details.node for details in field_details_list]
        message = f"{nodes[0].name.value} {not_known(raw_error.text)}."
        error = UnknownValueError(message, nodes, path=path.as_list(), extensions={"code": CODE})
        if is_non_null_type(return_type):
            error.kept = raw_error.text
        self.collected_errors.add(error, path)


def last_unknown(errors: list[GraphQLError]) -> list[GraphQLError]:
    """The errors with those of unknown values last, where an answer's limit cuts them off first."""
    return sorted(errors, key=lambda error: isinstance(error, UnknownValueError))


def put_kept_texts(data: Any, errors: Iterable[GraphQLError]) -> None:
    """Put the stored texts into an executed answer, in the places of fields that may not be
    null."""
    for error in errors:
        if isinstance(error, UnknownValueError) and error.kept is not None and error.path:
            parent, *way = data, *error.path[:-1]
            for key in way:
                parent = None if parent is None else parent[key]
            if parent is not None:  # Another error has made it null.
                parent[error.path[-1]] = error.kept


def refuse_unknown_members(schema: GraphQLSchema) -> None:
    """Let every enum raise UnknownValue for a member that it does not have."""
    for type_ in schema.type_map.values():
        if isinstance(type_, CustomGraphQLEnumType):
            type_.coerce_output_value = _output(type_)  # type: ignore[assignment, method-assign]


def _output(type_: CustomGraphQLEnumType) -> Callable[[Any], str]:
    coerce = type_.coerce_output_value
    names: dict[Any, str] = {
        type_.wrapped_cls(value.value): name for name, value in type_.values.items()
    }

    def output(value: Any) -> str:
        if (name := names.get(value)) is not None:
            return name
        if isinstance(value, Enum):
            raise UnknownValue(value.value)
        return str(coerce(value))

    return output
