"""The schema, put together; one operation answered; and what an answer says of errors."""

import copy
import re
from inspect import isawaitable
from operator import itemgetter
from typing import Any, Self

import strawberry
from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    execute,
)
from msgspec import Struct
from strawberry.execution import optimized_is_awaitable

from app.domain.errors import RequestError, UnexpectedError
from app.graphql.limits.answer_size import is_longer
from app.graphql.limits.document import MAX_ERRORS, Limits, Prepared, prepare, read
from app.graphql.mutation import Mutation
from app.graphql.query import Query
from app.graphql.scalars import CONFIG, show_defaults
from app.graphql.types import Context
from app.graphql.unknown_value import (
    Execution,
    last_unknown,
    put_kept_texts,
    refuse_unknown_members,
)

REMEMBERED_LENGTH = 8_192
"""Documents up to this many characters are parsed and validated once, not for each request."""

REMEMBERED_CHARACTERS = 500_000
"""Of all of these documents; parsed, a document takes some 75 bytes a character."""

MIN_COUNTED = 500
"""Characters that the shortest document counts for, so that there are not too many."""

MAX_MESSAGE = 500
"""Characters: graphql-core repeats values that it refuses, however long they are."""

_SUGGESTION = re.compile(r"[.,;]? did you mean .*", re.IGNORECASE | re.DOTALL)
"""graphql-core keeps most to itself when asked to; a few it always makes, at the end."""

HEADER = "# Printed by `python -m app schema print`; a test compares it with the code.\n\n"


class Operation(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a caller asks: a document, which of its operations, and that one's variables.
    Extensions are taken and have no meaning here."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


class Answer(Struct, frozen=True, kw_only=True):
    """`body` is what the caller gets. A refused operation was not begun: its body has no `data`."""

    body: dict[str, Any]
    refused: bool = False


class ReadOnly(RequestError):
    """A mutation where only a query is taken."""

    code = "BAD_REQUEST"
    default_message = "A mutation must be sent by POST."


Memory = LRUCache[str, tuple[int, Prepared | Answer]]
"""Documents, what they count for, and what came of them."""


class Schema(strawberry.Schema):
    """Strawberry's, with a pipeline of its own: Strawberry's picks the first of several unnamed
    operations, and logs the callers' mistakes with their values."""

    limits = Limits()

    def __init__(self, *types: Any, **named: Any) -> None:
        super().__init__(*types, **named)
        self._remembered = _memory()

    def within(self, limits: Limits) -> Self:
        """The same, with limits of its own."""
        schema = copy.copy(self)
        schema.limits = limits
        schema._remembered = _memory()
        return schema

    def _prepared(self, query: str) -> Prepared | Answer:
        if (known := self._remembered.get(query)) is not None:
            return known[1]
        prepared = _prepared(self._schema, query, self.limits)
        if len(query) <= REMEMBERED_LENGTH:
            self._remembered[query] = (max(len(query), MIN_COUNTED), prepared)
        return prepared

    async def answer(self, asked: Operation, context: Context, *, read_only: bool) -> Answer:
        """Parse, validate, execute. Raises ReadOnly."""
        prepared = self._prepared(asked.query)
        if isinstance(prepared, Answer):
            return prepared
        try:
            operation = _operation(prepared.document, asked.operation_name)
        except GraphQLError as error:
            return _request_error([error], "BAD_REQUEST")
        if read_only and operation.operation is not OperationType.QUERY:
            raise ReadOnly
        if errors := prepared.excess(operation, asked.variables or {}):
            return _request_error(errors, "QUERY_TOO_COMPLEX")
        result: Any = execute(
            self._schema,
            prepared.document,
            context_value=context,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            executor_class=self.execution_context_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            max_coercion_errors=MAX_ERRORS,
            hide_suggestions=True,
        )
        if isawaitable(result):
            result = await result
        errors = last_unknown([*(result.errors or ()), *context.errors])
        put_kept_texts(result.data, errors)
        if result.data is None and not any(error.path for error in errors):
            return _request_error(errors, "BAD_USER_INPUT")  # Variables of the wrong shape.
        if prepared.has_aliases and is_longer(result.data, self.limits.answer):
            return _too_long(self.limits.answer)
        return Answer(body={"data": result.data, **_shown(errors[:MAX_ERRORS])})


def _memory() -> Memory:
    return LRUCache(REMEMBERED_CHARACTERS, getsizeof=itemgetter(0))


def _prepared(schema: GraphQLSchema, query: str, limits: Limits) -> Prepared | Answer:
    """A document that is sound, or the refusal of one that is not: the same for every caller."""
    try:
        document = read(query, limits)
    except GraphQLSyntaxError as error:
        return _request_error([error], "GRAPHQL_PARSE_FAILED")
    prepared = prepare(schema, document, limits)
    if isinstance(prepared, Prepared):
        return prepared
    return _request_error(prepared, "GRAPHQL_VALIDATION_FAILED")


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if name is None and len(operations) > 1:
        raise GraphQLError("The document has several operations: name one by operationName.")
    for operation in operations:
        if name is None or (operation.name and operation.name.value == name):
            return operation
    raise GraphQLError("The document has no operation of the name in operationName.")


def _request_error(errors: list[GraphQLError], code: str) -> Answer:
    return Answer(body=_shown(errors[:MAX_ERRORS], code), refused=True)


def _too_long(limit: int) -> Answer:
    """In place of an answer that would fill the memory; mutations have been done all the same."""
    error = GraphQLError(
        f"The answer is over {limit:,} characters; ask for less at once.",
        extensions={"limit": limit},
    )
    return Answer(body={"data": None, **_shown([error], "QUERY_TOO_COMPLEX")})


def _shown(errors: list[GraphQLError], code: str = "BAD_USER_INPUT") -> dict[str, Any]:
    return {"errors": [_error(error, code) for error in errors]} if errors else {}


def _error(error: GraphQLError, code: str) -> dict[str, Any]:
    """An error with a code, and with nothing that is only ours to know: what is unexpected is
    masked, and the id that the caller gets for it is in the log."""
    cause, message, extensions = error.original_error, error.message, error.extensions or {}
    if cause is not None and not isinstance(cause, GraphQLError | RequestError):
        masked = UnexpectedError(cause)
        message, extensions = str(masked), masked.extensions
    message = _SUGGESTION.sub(".", message)
    if len(message) > MAX_MESSAGE:
        message = f"{message[: MAX_MESSAGE - 1]}…"
    return {**error.formatted, "message": message, "extensions": {"code": code, **extensions}}


schema = Schema(Query, Mutation, config=CONFIG, execution_context_class=Execution)
show_defaults(schema._schema)
refuse_unknown_members(schema._schema)


def sdl() -> str:
    """The text of schema.graphql."""
    return f"{HEADER}{schema.as_str()}\n"
