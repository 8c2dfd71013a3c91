"""One operation, from what a caller asks to the bytes of the answer: prepare, execute, encode.

Strawberry's own pipeline is not used: it picks the first of several unnamed operations, and logs
the callers' mistakes with their values.
"""

from collections.abc import Sequence
from inspect import isawaitable
from operator import itemgetter
from typing import Any

import strawberry
from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
)
from graphql import execute as execute_document
from msgspec import Struct
from strawberry.execution import optimized_is_awaitable

from app.domain.json_text import to_json
from app.graphql.errors import MAX_ERRORS, ReadOnly, shown
from app.graphql.limits.answer_size import is_longer
from app.graphql.limits.document import CheckedDocument, check, read
from app.graphql.limits.limits import Limits
from app.graphql.types import Context
from app.graphql.unknown_enum_values import last_unknown, put_kept_texts

REMEMBERED_LENGTH = 8_192
"""Documents up to this many characters are parsed and validated once, not for each request."""

REMEMBERED_CHARACTERS = 500_000
"""Of all of these documents; parsed, a document takes some 75 bytes a character."""

MIN_COUNTED = 500
"""Characters that the shortest document counts for, so that there are not too many."""


class Operation(Struct, frozen=True, kw_only=True, rename="camel"):
    """A request of GraphQL: a document, the operation to run, its variables. Extensions are
    accepted and ignored."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


class Prepared(Struct, frozen=True, kw_only=True):
    """An operation that may be executed."""

    asked: Operation
    document: CheckedDocument
    operation: OperationDefinitionNode


class Outcome(Struct, frozen=True):
    """An answer before it is encoded. A refused operation was not begun: its body has no `data`."""

    body: dict[str, Any]
    refused: bool = False


class Answer(Struct, frozen=True):
    """The JSON that a caller gets."""

    content: bytes
    refused: bool = False


class Executor:
    """Answers the operations of a schema, within limits."""

    def __init__(self, schema: strawberry.Schema, limits: Limits) -> None:
        self._schema = schema._schema
        self._context_class = schema.execution_context_class
        self._limits = limits
        self._remembered: LRUCache[str, tuple[int, CheckedDocument | Outcome]] = LRUCache(
            REMEMBERED_CHARACTERS, getsizeof=itemgetter(0)
        )
        """Documents, what they count for, and what came of them."""

    async def answer(self, asked: Operation, context: Context, *, read_only: bool) -> Answer:
        """All three steps. Raises ReadOnly."""
        prepared = self.prepare(asked, read_only=read_only)
        if isinstance(prepared, Outcome):
            return encode(prepared)
        return encode(await self.execute(prepared, context))

    def prepare(self, asked: Operation, *, read_only: bool) -> Prepared | Outcome:
        """Parse, measure, validate, and choose the operation. An Outcome says why there is none to
        execute. Raises ReadOnly."""
        document = self._document(asked.query)
        if isinstance(document, Outcome):
            return document
        try:
            operation = _operation(document.node, asked.operation_name)
        except GraphQLError as error:
            return _refused([error], "BAD_REQUEST")
        if read_only and operation.operation is not OperationType.QUERY:
            raise ReadOnly
        if errors := document.excess(operation, asked.variables or {}):
            return _refused(errors, "QUERY_TOO_COMPLEX")
        return Prepared(asked=asked, document=document, operation=operation)

    async def execute(self, prepared: Prepared, context: Context) -> Outcome:
        """Run the operation by graphql-core."""
        result: Any = execute_document(
            self._schema,
            prepared.document.node,
            context_value=context,
            variable_values=prepared.asked.variables,
            operation_name=prepared.asked.operation_name,
            executor_class=self._context_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            max_coercion_errors=MAX_ERRORS,
            hide_suggestions=True,
        )
        if isawaitable(result):
            result = await result
        errors = last_unknown([*(result.errors or ()), *context.errors])
        put_kept_texts(result.data, errors)
        if result.data is None and not any(error.path for error in errors):
            return _refused(errors, "BAD_USER_INPUT")  # Variables of the wrong shape.
        if prepared.document.has_aliases and is_longer(result.data, self._limits.answer):
            return _too_long(self._limits.answer)
        return Outcome({"data": result.data, **shown(errors)})

    def _document(self, query: str) -> CheckedDocument | Outcome:
        if (known := self._remembered.get(query)) is not None:
            return known[1]
        document = self._checked(query)
        if len(query) <= REMEMBERED_LENGTH:
            self._remembered[query] = (max(len(query), MIN_COUNTED), document)
        return document

    def _checked(self, query: str) -> CheckedDocument | Outcome:
        """The same for every caller."""
        try:
            document = read(query, self._limits)
        except GraphQLSyntaxError as error:
            return _refused([error], "GRAPHQL_PARSE_FAILED")
        checked = check(self._schema, document, self._limits)
        if isinstance(checked, CheckedDocument):
            return checked
        return _refused(checked, "GRAPHQL_VALIDATION_FAILED")


def encode(outcome: Outcome) -> Answer:
    """An answer as JSON."""
    return Answer(to_json(outcome.body), outcome.refused)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if name is None and len(operations) > 1:
        raise GraphQLError("The document has several operations: name one by operationName.")
    for operation in operations:
        if name is None or (operation.name and operation.name.value == name):
            return operation
    raise GraphQLError("The document has no operation of the name in operationName.")


def _refused(errors: Sequence[GraphQLError], code: str) -> Outcome:
    return Outcome(shown(errors, code), refused=True)


def _too_long(limit: int) -> Outcome:
    """In place of an answer that would fill the memory; mutations have been done all the same."""
    error = GraphQLError(
        f"The answer is over {limit:,} characters; ask for less at once.",
        extensions={"limit": limit},
    )
    return Outcome({"data": None, **shown([error], "QUERY_TOO_COMPLEX")})
