"""Selections: the fields that an operation asks of an object of one type."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from msgspec import Struct
from strawberry.types.field import StrawberryField

TYPENAME = "__typename"


class SelectedField(Struct, frozen=True, kw_only=True):
    """A field of a selection: the key of its value in the answer, and its nodes in the document,
    several if selections of it are merged."""

    key: str
    definition: GraphQLField
    details: list[FieldDetails]

    @property
    def name(self) -> str:
        """The field's name in the schema."""
        return self.details[0].node.name.value

    @property
    def strawberry(self) -> StrawberryField:
        """The field as Strawberry defines it."""
        field: StrawberryField = self.definition.extensions["strawberry-definition"]
        return field


class Selections:
    """The selections of one operation, for given values of the variables in its directives."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        conditions: Mapping[str, bool],
    ) -> None:
        self.schema = schema
        self._operation = operation
        self._variables = VariableValues({}, {**conditions})
        self._fragments = {
            definition.name.value: FragmentDetails(definition)
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def root(self, type_: GraphQLObjectType) -> list[SelectedField]:
        """The root fields of the operation, in the order of the answer."""
        collected = collect_fields(
            self.schema, self._fragments, self._variables, type_, self._operation
        )
        return [*self._fields(type_, collected.grouped_field_set)]

    def of(self, field: SelectedField, type_: GraphQLObjectType) -> list[SelectedField]:
        """The fields of the objects of a field, if they are of this type."""
        collected = collect_subfields(
            self.schema, self._fragments, self._variables, self._operation, type_, field.details
        )
        return [*self._fields(type_, collected.grouped_field_set)]

    def _fields(
        self, type_: GraphQLObjectType, grouped: Mapping[str, list[FieldDetails]]
    ) -> Iterator[SelectedField]:
        for key, details in grouped.items():
            definition = self.schema.get_field(type_, details[0].node.name.value)
            if definition is not None:  # Always, in a valid document.
                yield SelectedField(key=key, definition=definition, details=details)


class _ConditionVariables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names = set[str]()

    def enter_directive(self, node: Any, *_: Any) -> None:
        values = (argument.value for argument in node.arguments)
        self.names |= {value.name.value for value in values if isinstance(value, VariableNode)}


def condition_variables(document: DocumentNode) -> tuple[str, ...]:
    """The names of the variables in the directives of a document: `@skip` and `@include`."""
    visitor = _ConditionVariables()
    visit(document, visitor)
    return tuple(sorted(visitor.names))
