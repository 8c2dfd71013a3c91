"""The fields that answer pages, and the sizes of the pages that a document asks them for."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    VariableNode,
    get_named_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
)
from msgspec import Struct

from app.domain.pagination import DEFAULT_SIZE, MAX_SIZE

SIZES = ("first", "last")
"""The arguments that a page's size stands in."""

Pages = Mapping[str, int]
"""The page size that each variable asks for."""


class Names(Struct, frozen=True):
    """Fields by what they cost, found by name alone: a document is measured before it is known to
    fit the schema."""

    work: frozenset[str]
    """They take arguments, so each does work of its own: a query, a plan."""
    pages: frozenset[str]
    """They answer a page."""
    trials: frozenset[str] = frozenset()
    """Queries that judge what a mutation takes: as much work as the mutation."""

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, schema: GraphQLSchema) -> "Names":
        roots = (schema.query_type, schema.mutation_type)
        fields = [
            (name, field.args, type_ in roots)
            for type_ in schema.type_map.values()
            if not type_.name.startswith("__")
            if is_object_type(type_) or is_interface_type(type_)
            for name, field in type_.fields.items()
        ]
        pages = frozenset(name for name, arguments, _ in fields if SIZES[0] in arguments)
        written = _input_types(schema.mutation_type)
        # A root field is on no page, and an edge's `node` is not the root's.
        return cls(
            work=pages | {name for name, arguments, is_root in fields if arguments and not is_root},
            pages=pages,
            trials=frozenset(
                name
                for name, field in (schema.query_type.fields if schema.query_type else {}).items()
                if written & _input_types_of(field)
            ),
        )

    def page(self, field: FieldNode, pages: Pages) -> int:
        """How many entries the field answers; one when it answers no page."""
        if field.name.value not in self.pages:
            return 1
        asked = [
            pages.get(value.name.value, 1)
            if isinstance(value := argument.value, VariableNode)
            else _page(_literal(value))
            for argument in field.arguments or ()
            if argument.name.value in SIZES
        ]
        return max(asked, default=DEFAULT_SIZE)


def _input_types(type_: GraphQLObjectType | None) -> set[str]:
    """What the fields of a type take."""
    return set().union(*map(_input_types_of, type_.fields.values())) if type_ else set()


def _input_types_of(field: GraphQLField) -> set[str]:
    types = (get_named_type(argument.type) for argument in field.args.values())
    return {type_.name for type_ in types if is_input_object_type(type_)}


def page_variables(document: DocumentNode, names: Names) -> frozenset[str]:
    """The variables that the cost depends on."""
    found = set()
    stack: list[Any] = list(document.definitions)
    while stack:
        node = stack.pop()
        if (inner := getattr(node, "selection_set", None)) is not None:
            stack += inner.selections
        if isinstance(node, FieldNode) and node.name.value in names.pages:
            found |= {
                argument.value.name.value
                for argument in node.arguments or ()
                if argument.name.value in SIZES and isinstance(argument.value, VariableNode)
            }
    return frozenset(found)


def asked_pages(
    operation: OperationDefinitionNode, names: Iterable[str], variables: Mapping[str, Any]
) -> Pages:
    """What each of these variables comes to in a request: its value, else its default."""
    defaults = {
        definition.variable.name.value: _literal(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }
    return {name: _page(variables.get(name, defaults.get(name))) for name in sorted(names)}


def _literal(value: Any) -> Any:
    if isinstance(value, IntValueNode):
        return int(value.value[:9])  # int() of very many digits is slow, and no page so long.
    return getattr(value, "value", None)


def _page(size: Any) -> int:
    """What is no size is refused later; until then it counts as the largest."""
    if size is None:
        return DEFAULT_SIZE
    if type(size) is float and size.is_integer():
        size = int(size)  # GraphQL takes 5.0 for an Int.
    return min(max(size, 1), MAX_SIZE) if type(size) is int else MAX_SIZE
