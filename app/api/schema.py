"""The schema, put together; one operation answered; and what an answer says of errors."""

import logging
from functools import lru_cache
from inspect import isawaitable
from secrets import token_hex
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    execute,
    parse,
    validate,
)
from msgspec import Struct
from strawberry.execution import optimized_is_awaitable

from app.api.mutation import Mutation
from app.api.query import Query
from app.api.scalar import CONFIG
from app.api.types import Context
from app.domain.errors import RequestError

log = logging.getLogger(__name__)

REMEMBERED_LENGTH = 8_192
"""Documents up to this many characters are parsed and validated once, not for each request."""

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


class Schema(strawberry.Schema):
    """Strawberry's, with a pipeline of its own: Strawberry's picks the first of several unnamed
    operations, and logs the callers' mistakes with their values."""

    async def answer(self, asked: Operation, context: Context, *, read_only: bool) -> Answer:
        """Parse, validate, execute. Raises ReadOnly."""
        prepare = _prepared if len(asked.query) <= REMEMBERED_LENGTH else _prepared.__wrapped__
        if isinstance(document := prepare(self._schema, asked.query), Answer):
            return document
        try:
            operation = _operation(document, asked.operation_name)
        except GraphQLError as error:
            return _refusal([error], "BAD_REQUEST")
        if read_only and operation.operation is not OperationType.QUERY:
            raise ReadOnly
        result: Any = execute(
            self._schema,
            document,
            context_value=context,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            executor_class=self.execution_context_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        )
        if isawaitable(result):
            result = await result
        if result.data is None and not any(error.path for error in result.errors):
            return _refusal(result.errors, "BAD_USER_INPUT")  # Variables of the wrong shape.
        return Answer(body={"data": result.data, **_shown(result.errors or [])})


@lru_cache(maxsize=256)
def _prepared(schema: GraphQLSchema, query: str) -> DocumentNode | Answer:
    """A document that is sound, or the refusal of one that is not: the same for every caller."""
    try:
        document = parse(query)
    except GraphQLSyntaxError as error:
        return _refusal([error], "GRAPHQL_PARSE_FAILED")
    if errors := validate(schema, document):
        return _refusal(errors, "GRAPHQL_VALIDATION_FAILED")
    return document


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if name is None and len(operations) > 1:
        raise GraphQLError("The document has several operations: name one by operationName.")
    for operation in operations:
        if name is None or (operation.name and operation.name.value == name):
            return operation
    raise GraphQLError("The document has no operation of the name in operationName.")


def _refusal(errors: list[GraphQLError], code: str) -> Answer:
    return Answer(body=_shown(errors, code), refused=True)


def _shown(errors: list[GraphQLError], code: str = "BAD_USER_INPUT") -> dict[str, Any]:
    return {"errors": [_error(error, code) for error in errors]} if errors else {}


def _error(error: GraphQLError, code: str) -> dict[str, Any]:
    """An error with a code, and with nothing that is only ours to know: what is unexpected is
    masked, and the id that the caller gets for it is in the log."""
    cause, extensions = error.original_error, error.extensions or {}
    message = error.message
    if cause is not None and not isinstance(cause, GraphQLError | RequestError):
        id = token_hex(8)
        log.error("Unexpected error %s", id, exc_info=cause)
        message, code = f"Unexpected error; its id is {id}.", "INTERNAL_SERVER_ERROR"
        extensions = {"id": id}
    shown = {**error.formatted, "message": message, "extensions": {"code": code, **extensions}}
    return shown


schema = Schema(Query, Mutation, config=CONFIG)


def sdl() -> str:
    """The text of schema.graphql."""
    return f"{HEADER}{schema.as_str()}\n"
