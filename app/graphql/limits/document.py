"""Documents: parsed, measured against the limits, and only then validated, because the time of
validation grows with the square of a document's size."""

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
from app.graphql.limits.page_size import Names, page_sizes, page_variables

CACHED_COSTS = 100
"""Combinations of operation and page sizes for each document, whose costs are cached."""


class TooComplex(GraphQLError):
    """An operation exceeds a limit."""

    def __init__(self, what: str, value: int, limit: int, node: Any) -> None:
        extensions = {"code": "QUERY_TOO_COMPLEX", "limit": limit, "value": value}
        message = f"{what} {value:,}; the limit is {limit:,}."
        super().__init__(message, node, extensions=extensions)


class CheckedDocument:
    """A document that is valid and within the limits. The cost that depends on variables, which
    may set page sizes, is checked by `excess`."""

    def __init__(self, document: DocumentNode, names: Names, limits: Limits) -> None:
        self.node = document
        self._names = names
        self._limits = limits
        self._page_variables = page_variables(document, names)
        self._costs: LRUCache[tuple[int, ...], int] = LRUCache(CACHED_COSTS)

    def excess(
        self, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> list[GraphQLError]:
        """An error if the cost of the operation with these variables exceeds the limit."""
        if not self._page_variables:
            return []  # `check` has compared the whole cost.
        pages = page_sizes(operation, self._page_variables, variables)
        key = (id(operation), *pages.values())
        if (cost := self._costs.get(key)) is None:
            sizes = measure(self.node, self._names, pages)
            cost = next(size.cost for definition, size in sizes if definition is operation)
            self._costs[key] = cost
        return [_cost(cost, self._limits, operation)] if cost > self._limits.cost else []


def read(text: str, limits: Limits) -> DocumentNode:
    """Parses a document. Raises GraphQLSyntaxError, also for a document that exceeds the limits of
    length and tokens or has more than 200 levels of nesting."""
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
    """Measures a document against the limits, then validates it. Returns the errors of the first
    definition that exceeds a limit, or those of validation."""
    names = Names.of(schema)
    # Fragments too, used or not, because validation visits each of them.
    sizes = [*measure(document, names, {})]
    excesses = (list(_excess(*measured, limits)) for measured in sizes)
    errors: list[GraphQLError] = next(
        (list[GraphQLError](excess) for excess in excesses if excess), []
    )
    if not errors:
        extra_rules = () if limits.introspection else (NoSchemaIntrospectionCustomRule,)
        errors = validate(
            schema,
            document,
            [*specified_rules, *extra_rules],
            max_errors=MAX_ERRORS,
            hide_suggestions=True,
        )
    return errors or CheckedDocument(document, names, limits)


def _excess(definition: Any, size: Size, limits: Limits) -> Iterator[TooComplex]:
    measures = [
        ("depth", size.depth, limits.depth),
        ("number of aliases", size.aliases, limits.aliases),
        ("number of directives", size.directives, limits.directives),
        ("depth of introspection", size.schema_depth, limits.introspection_depth),
        ("number of introspected fields", size.schema_fields, limits.introspection_fields),
    ]
    if isinstance(definition, OperationDefinitionNode):
        if definition.operation is OperationType.MUTATION:
            measures.append(("number of mutations", size.width, limits.mutations))
        measures.append(("number of root fields", size.width, limits.root_fields))
    for what, value, limit in measures:
        if value > limit:
            yield TooComplex(f"The {what} is", value, limit, definition)
    if size.cost > limits.cost:
        yield _cost(size.cost, limits, definition)


def _cost(value: int, limits: Limits, definition: Any) -> TooComplex:
    return TooComplex("The cost in fields is", value, limits.cost, definition)
