"""The fields that return pages, and the page sizes that a document requests."""

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
"""The arguments that set the size of a page."""

FILTER = "filter"
"""The argument with the conditions of a list."""

Pages = Mapping[str, int]
"""The page size that each variable requests."""


class Names(Struct, frozen=True):
    """Names of fields by kind of cost. Types are ignored, because a document is measured before it
    is validated against the schema."""

    work: frozenset[str]
    """Fields that take arguments, and so do work for each object: a query, a plan."""
    pages: frozenset[str]
    """Fields that return a page."""
    dry_runs: frozenset[str] = frozenset()
    """Queries that take the input of a mutation: validating it is as much work as the mutation."""
    lists: frozenset[str] = frozenset()
    """Queries that return a page: lists of all accounts that the caller may read."""
    tallies: frozenset[str] = frozenset()
    """Queries that take the filter of a list and count what it finds."""

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
        queries = schema.query_type.fields if schema.query_type else {}
        mutation_inputs = _input_types(schema.mutation_type)
        # A root field is on no page, and `node` of an edge is not the root field `node`.
        return cls(
            work=pages | {name for name, arguments, is_root in fields if arguments and not is_root},
            pages=pages,
            dry_runs=frozenset(
                name for name, field in queries.items() if mutation_inputs & _input_types_of(field)
            ),
            lists=pages & queries.keys(),
            tallies=frozenset(n for n, field in queries.items() if FILTER in field.args) - pages,
        )

    def page(self, field: FieldNode, pages: Pages) -> int:
        """The number of entries that the field returns; 1 if it does not return a page."""
        if field.name.value not in self.pages:
            return 1
        sizes = [
            pages.get(value.name.value, 1)
            if isinstance(value := argument.value, VariableNode)
            else _page(_literal(value))
            for argument in field.arguments or ()
            if argument.name.value in SIZES
        ]
        return max(sizes, default=DEFAULT_SIZE)


def _input_types(type_: GraphQLObjectType | None) -> set[str]:
    """The names of the input types that the fields of a type take."""
    return set().union(*map(_input_types_of, type_.fields.values())) if type_ else set()


def _input_types_of(field: GraphQLField) -> set[str]:
    types = (get_named_type(argument.type) for argument in field.args.values())
    return {type_.name for type_ in types if is_input_object_type(type_)}


def page_variables(document: DocumentNode, names: Names) -> frozenset[str]:
    """The names of the variables that set page sizes."""
    names_of_variables = set()
    stack: list[Any] = list(document.definitions)
    while stack:
        node = stack.pop()
        if (inner := getattr(node, "selection_set", None)) is not None:
            stack += inner.selections
        if isinstance(node, FieldNode) and node.name.value in names.pages:
            names_of_variables |= {
                argument.value.name.value
                for argument in node.arguments or ()
                if argument.name.value in SIZES and isinstance(argument.value, VariableNode)
            }
    return frozenset(names_of_variables)


def page_sizes(
    operation: OperationDefinitionNode, names: Iterable[str], variables: Mapping[str, Any]
) -> Pages:
    """The page size that each variable sets in a request: by its value or else its default."""
    defaults = {
        definition.variable.name.value: _literal(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }
    return {name: _page(variables.get(name, defaults.get(name))) for name in sorted(names)}


def _literal(value: Any) -> Any:
    if isinstance(value, IntValueNode):
        return int(value.value[:9])  # Cut off, because int() of very many digits is slow.
    return getattr(value, "value", None)


def _page(size: Any) -> int:
    """The number of entries. An invalid size counts as the largest; it is rejected later."""
    if size is None:
        return DEFAULT_SIZE
    if type(size) is float and size.is_integer():
        size = int(size)  # GraphQL accepts 5.0 as an Int.
    return min(max(size, 1), MAX_SIZE) if type(size) is int else MAX_SIZE
