"""Documents: parsed, measured against the limits, and only then validated, because the time of
validation grows with the square of a document's size."""

from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple

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
from app.graphql.limits.list_cost import list_cost, list_fields, with_defaults
from app.graphql.limits.page_size import Names, page_sizes, page_variables

CACHED_COSTS = 100
"""Combinations of operation and page sizes for each document, whose costs are cached."""


class TooComplex(GraphQLError):
    """An operation exceeds a limit."""

    def __init__(self, what: str, value: int, limit: int, node: Any) -> None:
        self.what = what
        extensions = {"code": "QUERY_TOO_COMPLEX", "limit": limit, "value": value}
        message = f"The {what} is {value:,}; the limit is {limit:,}."
        super().__init__(message, node, extensions=extensions)


class TooManyReads(TooComplex):
    """The lists of an operation are too much work for the database."""

    def __init__(self, cost: "Cost", limit: int, accounts: int, node: Any) -> None:
        super().__init__("cost in fields", cost.total, limit, node)
        self.message = (
            f"The cost in fields is {cost.total:,}, {cost.lists:,} of it for lists in up to "
            f"{accounts:,} accounts; the limit is {limit:,}. Ask for fewer lists, conditions or "
            "counts (totalCount) at once, or for one account (filter.accountId)."
        )


class Cost(NamedTuple):
    """The cost of an operation in a request: that of all of it, and the part of its lists."""

    total: int
    lists: int


class CheckedDocument:
    """A document that is valid and within the limits. What depends on the request, its variables
    and the accounts of its caller, is checked by `excess`."""

    def __init__(
        self,
        document: DocumentNode,
        names: Names,
        limits: Limits,
        sizes: Sequence[tuple[Any, Size]],
    ) -> None:
        self.node = document
        self._names = names
        self._limits = limits
        self._page_variables = page_variables(document, names)
        self._fixed_costs = {id(definition): size.cost for definition, size in sizes}
        self._lists = {
            id(definition): list_fields(document, definition, names)
            for definition, _ in sizes
            if isinstance(definition, OperationDefinitionNode)
        }
        self._costs: LRUCache[tuple[int, ...], int] = LRUCache(CACHED_COSTS)
        self._lock = Lock()  # Several threads may share the document.

    def cost(
        self, operation: OperationDefinitionNode, variables: Mapping[str, Any], accounts: int
    ) -> Cost:
        """The cost of an operation, with these variables, for a caller with so many accounts."""
        lists = 0
        if fields := self._lists[id(operation)]:
            lists = list_cost(fields, with_defaults(operation, variables), accounts)
        return Cost(self._field_cost(operation, variables) + lists, lists)

    def _field_cost(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        if not self._page_variables:
            return self._fixed_costs[id(operation)]
        pages = page_sizes(operation, self._page_variables, variables)
        key = (id(operation), *pages.values())
        with self._lock:
            cost = self._costs.get(key)
        if cost is None:
            sizes = measure(self.node, self._names, pages)
            cost = next(size.cost for definition, size in sizes if definition is operation)
            with self._lock:
                self._costs[key] = cost
        return cost

    def excess(
        self, operation: OperationDefinitionNode, cost: Cost, accounts: int
    ) -> list[GraphQLError]:
        """An error if the cost of the operation exceeds the limit."""
        if cost.total <= self._limits.cost:
            return []
        if not cost.lists:
            return [_cost(cost.total, self._limits, operation)]
        return [TooManyReads(cost, self._limits.cost, accounts, operation)]


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
    return errors or CheckedDocument(document, names, limits, sizes)


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
            yield TooComplex(what, value, limit, definition)
    if size.cost > limits.cost:
        yield _cost(size.cost, limits, definition)


def _cost(value: int, limits: Limits, definition: Any) -> TooComplex:
    return TooComplex("cost in fields", value, limits.cost, definition)
