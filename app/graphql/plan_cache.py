"""The plans of operations, kept for the next request with the same operation."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from operator import itemgetter
from threading import Lock
from typing import Any

from cachetools import LRUCache
from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues
from msgspec import Struct

from app.graphql.coercion import Variables
from app.graphql.compile.operation_plan import Plan, compiled
from app.graphql.compile.rendering import NotCovered
from app.graphql.compile.selection import condition_variables

MAX_BYTES = 16 * 1024 * 1024
"""Memory for plans."""

BASE_BYTES, BYTES_OF_TEXT, BYTES_OF_TOKEN, BYTES_OF_SOURCE = 4_000, 4, 420, 9
"""Memory that an entry takes, and more for each character and token of its document, and for each
character of a plan's source. Measured, and at most twice of what it is."""


class _Declared(Struct, frozen=True):
    """The variables that an operation declares, and those that its directives use."""

    variables: Variables
    conditions: tuple[str, ...]


class Plans:
    """Compiles each operation at its first use. Keeps None for one that no plan covers."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._lock = Lock()  # Operations are compiled in several threads.
        self._kept: LRUCache[Any, Any] = LRUCache(MAX_BYTES, itemgetter(0))

    def __len__(self) -> int:
        return len(self._kept)

    def plan(
        self,
        key: tuple[str, str | None],
        document: DocumentNode,
        operation: OperationDefinitionNode,
        given: Mapping[str, Any],
    ) -> tuple[Plan | None, VariableValues | list[GraphQLError]]:
        """The plan of an operation of a valid document, or None, and the values of its variables,
        or what is wrong with them. `key` is the document's text, and the operation's name."""
        held = len(key[0]) * BYTES_OF_TEXT + document.token_count * BYTES_OF_TOKEN
        declared = self._keep((*key, _Declared), lambda: self._declared(document, operation), held)
        variables = declared.variables.coerced(given)
        if isinstance(variables, list):
            return None, variables
        conditions = {name: variables.coerced.get(name) for name in declared.conditions}
        if None in conditions.values():
            return None, variables
        return self._keep(
            (*key, *conditions.values()), lambda: self._compiled(document, operation, conditions)
        ), variables

    def _declared(self, document: DocumentNode, operation: OperationDefinitionNode) -> _Declared:
        return _Declared(Variables(self._schema, operation), condition_variables(document))

    def _compiled(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        conditions: Mapping[str, bool],
    ) -> Plan | None:
        try:
            return compiled(self._schema, document, operation, conditions)
        except NotCovered:
            return None

    def _keep(self, key: Any, make: Callable[[], Any], held: int = 0) -> Any:
        """The entry of the key, made if there is none. It holds `held` bytes beside its own."""
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None:
            return kept[1]
        made = make()
        source = len(str(made)) if isinstance(made, Plan) else 0
        size = BASE_BYTES + BYTES_OF_SOURCE * source + held
        with self._lock, suppress(ValueError):  # Larger than all that is kept.
            self._kept[key] = size, made
        return made
