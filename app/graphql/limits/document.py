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
from msgspec import Struct

from app.graphql.limits.cost import Size, measure
from app.graphql.limits.page_size import Names, asked_pages, page_variables

MAX_ERRORS = 20
"""In an answer."""

REMEMBERED_PAGES = 100
"""Operations with their page sizes, for each document."""


class Limits(Struct, frozen=True, kw_only=True):
    """The most that one operation may have, once its fragments are laid in."""

    depth: int = 12
    aliases: int = 30
    directives: int = 8
    tokens: int = 2_000
    root_fields: int = 20
    mutations: int = 5
    cost: int = 300
    """Fields. One that does work of its own, with all below it, counts for each entry of the page
    that it is on. So no answer has more values than this many full pages."""
    answer: int = 32_000_000
    """Characters of what is answered, about, where aliases repeat what may be large already."""
    length: int = 100_000
    """Characters of the document, comments and spaces too."""
    introspection: bool = True
    introspection_depth: int = 25
    introspection_fields: int = 500


class TooComplex(GraphQLError):
    """An operation over a limit."""

    def __init__(self, what: str, value: int, limit: int, node: Any) -> None:
        extensions = {"code": "QUERY_TOO_COMPLEX", "limit": limit, "value": value}
        message = f"{what} {value:,}; the limit is {limit:,}."
        super().__init__(message, node, extensions=extensions)


class Prepared:
    """A document that may be executed, but for what depends on variables: the size of pages."""

    def __init__(
        self, document: DocumentNode, names: Names, limits: Limits, *, has_aliases: bool
    ) -> None:
        self.document = document
        self.has_aliases = has_aliases
        self._names = names
        self._limits = limits
        self._page_variables = page_variables(document, names)
        self._costs: LRUCache[tuple[int, ...], int] = LRUCache(REMEMBERED_PAGES)

    def excess(
        self, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> list[GraphQLError]:
        """Whether the operation costs too much with these variables."""
        if not self._page_variables:
            return []  # Then `prepare` has seen the whole cost.
        pages = asked_pages(operation, self._page_variables, variables)
        key = (id(operation), *pages.values())
        if (cost := self._costs.get(key)) is None:
            sizes = measure(self.document, self._names, pages)
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


def prepare(
    schema: GraphQLSchema, document: DocumentNode, limits: Limits
) -> Prepared | list[GraphQLError]:
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
    return errors or Prepared(document, names, limits, has_aliases=has_aliases)


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
