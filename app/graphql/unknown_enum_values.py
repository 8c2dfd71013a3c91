"""Enum values in answers that this release does not know. The field has an error at its path.

A nullable field is null. A non-null field has the stored text: null would propagate to the list
around it, which would be lost for one value.
"""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from graphql import GraphQLError, GraphQLSchema, is_non_null_type
from strawberry.schema.schema_converter import CustomGraphQLEnumType

from app.domain.unknown_value import not_known
from app.graphql.limits.answer_size import MeasuredExecution

CODE = "UNKNOWN_VALUE"


class UnknownValue(Exception):
    """An enum of the schema does not have a value of the answer. Raised during execution."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class UnknownValueError(GraphQLError):
    """An UnknownValue in the answer's `errors`; `stored_text` is set for a non-null field."""

    stored_text: str | None = None


class Execution(MeasuredExecution):
    """An execution context in which an unknown value makes only its own field null."""

    def handle_field_error(
        self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Any
    ) -> None:
        """Collects UnknownValue without propagating null; other errors are handled as usual."""
        if not isinstance(raw_error, UnknownValue):
            super().handle_field_error(raw_error, return_type, field_details_list, path)
            return
        self.charge_error(raw_error)
        nodes = [details.node for details in field_details_list]
        message = f"{nodes[0].name.value} {not_known(raw_error.text)}."
        error = UnknownValueError(message, nodes, path=path.as_list(), extensions={"code": CODE})
        if is_non_null_type(return_type):
            error.stored_text = raw_error.text
        self.collected_errors.add(error, path)


def last_unknown(errors: list[GraphQLError]) -> list[GraphQLError]:
    """The errors with those of unknown values last, so that they are the first to be cut off."""
    return sorted(errors, key=lambda error: isinstance(error, UnknownValueError))


def put_stored_texts(data: Any, errors: Iterable[GraphQLError]) -> None:
    """Puts the stored texts of non-null fields with unknown values into an executed answer."""
    for error in errors:
        if isinstance(error, UnknownValueError) and error.stored_text is not None and error.path:
            parent, *parents = data, *error.path[:-1]
            for key in parents:
                parent = None if parent is None else parent[key]
            if parent is not None:  # Another error has made it null.
                parent[error.path[-1]] = error.stored_text


def reject_unknown_members(schema: GraphQLSchema) -> None:
    """Makes every enum raise UnknownValue for a member that it does not declare."""
    for type_ in schema.type_map.values():
        if isinstance(type_, CustomGraphQLEnumType):
            type_.coerce_output_value = _output(type_)  # type: ignore[assignment, method-assign]


def names_of(type_: CustomGraphQLEnumType) -> dict[Any, str]:
    """The names in the schema of the members of an enum."""
    return {type_.wrapped_cls(value.value): name for name, value in type_.values.items()}


def _output(type_: CustomGraphQLEnumType) -> Callable[[Any], str]:
    coerce, names = type_.coerce_output_value, names_of(type_)

    def output(value: Any) -> str:
        if (name := names.get(value)) is not None:
            return name
        if isinstance(value, Enum):
            raise UnknownValue(value.value)
        return str(coerce(value))

    return output
