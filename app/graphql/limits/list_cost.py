"""The cost of lists and of their facets: what they ask of the database, in the same unit as fields.

A unit is some five milliseconds of MongoDB's time, where an account has a hundred templates.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    value_from_ast_untyped,
)
from msgspec import Struct

from app.domain.facets import ENUMS
from app.domain.filter import MAX_SEARCH, words
from app.domain.naming import camel
from app.domain.pagination import MAX_NUMBERED_ACCOUNTS
from app.graphql.limits.page_size import FILTER, Names

ACCOUNT, SEARCH, ARCHIVED, LABELS = "accountId", "search", "archived", "labels"
ENUM_FACETS = frozenset(map(camel, ENUMS))
CURSORS = ("after", "before")
COUNT, POSITION = "totalCount", "pageInfo"

READS_PER_UNIT = 40
"""Reading one account with one condition is this part of a unit."""

COUNTED_DOCUMENTS = 10
"""Counting by several conditions reads documents, and so costs as much as this many conditions."""

TALLY_UNITS = 10
"""Units that it costs to count a facet: some 10,000 templates are read, for 200 accounts each."""

VALUES_PER_UNIT = 10
"""Values of a condition, such as those of `modelType`, that take a unit to read."""


class ListField(Struct, frozen=True):
    """A list that an operation asks for, with how often it asks for its count and its position."""

    node: FieldNode
    counts: int
    positions: int

    def reads(self, variables: dict[str, Any], accounts: int) -> int:
        """The reads that the list costs a caller with so many accounts."""
        given = _given(self.node, variables)
        filter = _filter(given)
        number = _conditions(filter)
        is_continued = any(isinstance(given.get(cursor), str) for cursor in CURSORS)
        pages = 1 + (self.positions if is_continued else 0)
        count = COUNTED_DOCUMENTS if number > 1 else 1
        if _is_given(filter, ACCOUNT):
            accounts = min(accounts, 1)
        reads = accounts * ((1 + number) * pages + count * self.counts)
        return reads + _of_values(filter)


class FacetsField(Struct, frozen=True):
    """The facets of a list that an operation asks for."""

    node: FieldNode

    def reads(self, variables: dict[str, Any], accounts: int) -> int:
        """The reads that the facets cost a caller with so many accounts: those of a list for each
        facet that the filter has a condition for, and of two for all others."""
        filter = _filter(_given(self.node, variables))
        number = _conditions(filter)

        def tally(accounts: int) -> int:
            parts = ceil(accounts / MAX_NUMBERED_ACCOUNTS)
            return accounts * (1 + number) + READS_PER_UNIT * TALLY_UNITS * parts

        labels = filter.get(LABELS)
        chosen = len(labels) if isinstance(labels, Mapping) else 0
        chosen += sum(_is_given(filter, name) for name in ENUM_FACETS)
        if _is_given(filter, ACCOUNT):
            return tally(min(accounts, 1)) * (2 + chosen) + tally(accounts) + _of_values(filter)
        return tally(accounts) * (2 + chosen) + _of_values(filter)


def list_fields(
    document: DocumentNode, operation: OperationDefinitionNode, names: Names
) -> list[ListField | FacetsField]:
    """The lists and facets of a valid operation within the limits, with its fragments expanded."""
    fragments = {
        definition.name.value: definition.selection_set
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    lists: list[ListField | FacetsField] = []
    for field in _fields(operation.selection_set, fragments):
        if field.name.value in names.lists and field.selection_set is not None:
            inner = [one.name.value for one in _fields(field.selection_set, fragments)]
            lists.append(ListField(field, inner.count(COUNT), inner.count(POSITION)))
        elif field.name.value in names.tallies:
            lists.append(FacetsField(field))
    return lists


def list_cost(
    lists: Sequence[ListField | FacetsField], variables: dict[str, Any], accounts: int
) -> int:
    """The cost of lists for a caller with so many accounts, in units."""
    return sum(one.reads(variables, accounts) for one in lists) // READS_PER_UNIT


def with_defaults(
    operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> dict[str, Any]:
    """The variables of a request, and the defaults of those that it does not set."""
    defaults = {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }
    return {**defaults, **variables}


def _fields(
    selection_set: SelectionSetNode, fragments: Mapping[str, SelectionSetNode]
) -> Iterator[FieldNode]:
    """The fields of a selection set, without those that are nested in them."""
    pending = [selection_set]
    while pending:
        for selection in pending.pop().selections:
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, FragmentSpreadNode):
                pending.append(fragments[selection.name.value])
            else:
                pending.append(selection.selection_set)  # type: ignore[attr-defined]


def _given(node: FieldNode, variables: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a list that its cost depends on."""
    return {
        argument.name.value: value_from_ast_untyped(argument.value, variables)
        for argument in node.arguments or ()
        if argument.name.value in (FILTER, *CURSORS)
    }


def _filter(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The filter as it was sent, which may be invalid."""
    filter = given.get(FILTER)
    return filter if isinstance(filter, Mapping) else {}


def _is_given(filter: Mapping[str, Any], name: str) -> bool:
    return filter.get(name) not in (None, Undefined)


def _of_values(filter: Mapping[str, Any]) -> int:
    values = sum(len(value) for value in filter.values() if isinstance(value, list))
    return READS_PER_UNIT * (values // VALUES_PER_UNIT)


def _conditions(filter: Mapping[str, Any]) -> int:
    """The number of conditions of a filter as it was sent, which may be invalid."""
    return sum(_condition(*given) for given in filter.items())


def _condition(name: str, value: Any) -> int:
    if name == ARCHIVED:
        return int(value is None)  # Templates in either state are looked up one after the other.
    if name == ACCOUNT or value is None or value is Undefined:
        return 0
    if name == SEARCH and isinstance(value, str):
        return len(words(value[:MAX_SEARCH]))
    return len(value) if isinstance(value, Mapping) else 1
