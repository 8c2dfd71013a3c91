"""What a document may be: read, measured and only then validated, for validation itself takes
time that grows with the square of a document, and execution more than that."""

from collections.abc import Iterator, Mapping
from typing import Any

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)

from app.graphql.errors import MAX_ERRORS
from app.graphql.limits.cost import Size, measure
from app.graphql.limits.limits import Limits
from app.graphql.limits.page_size import Names, asked_pages, page_variables

REMEMBERED_PAGES = 100
"""Operations with their page sizes, for each document."""


class TooComplex(GraphQLError):
    """An operation over a limit."""

    def __init__(self, what: str, value: int, limit: int, node: Any) -> None:
        extensions = {"code": "QUERY_TOO_COMPLEX", "limit": limit, "value": value}
        message = f"{what} {value:,}; the limit is {limit:,}."
        super().__init__(message, node, extensions=extensions)


class CheckedDocument:
    """A document that keeps the limits and fits the schema. What depends on variables, the size of
    pages, is left to `excess`."""

    def __init__(
        self, document: DocumentNode, names: Names, limits: Limits, *, has_aliases: bool
    ) -> None:
        self.node = document
        self.has_aliases = has_aliases
        self._names = names
        self._limits = limits
        self._page_variables = page_variables(document, names)
        self._costs: LRUCache[tuple[int, ...], int] = LRUCache(REMEMBERED_PAGES)

    def excess(
        self, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> list[GraphQLError]:
        """The error that the operation costs too much with these variables, if it does."""
        if not self._page_variables:
            return []  # Then `check` has seen the whole cost.
        pages = asked_pages(operation, self._page_variables, variables)
        key = (id(operation), *pages.values())
        if (cost := self._costs.get(key)) is None:
            sizes = measure(self.node, self._names, pages)
            cost = next(size.cost for definition, size in sizes if definition is operation)
            self._costs[key] = cost
        return [_cost(cost, self._limits, operation)] if cost > self._limits.cost else []


def read(text: str, limits: Limits) -> DocumentNode:
    """Parse. Raises GraphQLSyntaxError, also when there is too much to read: what has not been
    read to its end has no other name. Nesting over 200 levels is too much, whatever the limits."""
    return parse(
        text,
        max_lexical_tokens=limits.tokens,
        max_comments=limits.tokens,
        max_source_length=limits.length,
        allow_empty_selection_sets=False,
    )


def check(
    schema: GraphQLSchema, document: DocumentNode, limits: Limits
) -> CheckedDocument | list[GraphQLError]:
    """Measure, then validate."""
    names = Names.of(schema)
    # Fragments too, used or not, for validation looks at each.
    sizes = [*measure(document, names, {})]
    found = (list(_excess(*measured, limits)) for measured in sizes)
    errors: list[GraphQLError] = next(
        (list[GraphQLError](excess) for excess in found if excess), []
    )
    if not errors:
        off = () if limits.introspection else (NoSchemaIntrospectionCustomRule,)
        errors = validate(
            schema,
            document,
            [*specified_rules, *off],
            max_errors=MAX_ERRORS,
            hide_suggestions=True,
        )
    has_aliases = any(size.aliases for _, size in sizes)
    return errors or CheckedDocument(document, names, limits, has_aliases=has_aliases)


def _excess(definition: Any, size: Size, limits: Limits) -> Iterator[TooComplex]:
    compared = [
        ("depth", size.depth, limits.depth),
        ("number of aliases", size.aliases, limits.aliases),
        ("number of directives", size.directives, limits.directives),
        ("depth of introspection", size.schema_depth, limits.introspection_depth),
        ("number of introspected fields", size.schema_fields, limits.introspection_fields),
    ]
    if isinstance(definition, OperationDefinitionNode):
        if definition.operation is OperationType.MUTATION:
            compared.append(("number of mutations", size.width, limits.mutations))
        compared.append(("number of root fields", size.width, limits.root_fields))
    for what, value, limit in compared:
        if value > limit:
            yield TooComplex(f"The {what} is", value, limit, definition)
    if size.cost > limits.cost:
        yield _cost(size.cost, limits, definition)


def _cost(value: int, limits: Limits, definition: Any) -> TooComplex:
    return TooComplex("The cost in fields is", value, limits.cost, definition)
