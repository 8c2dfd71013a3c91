"""The execution of operations, from request to answer: prepare, execute, encode.

Strawberry's own pipeline is not used: it executes the first of several unnamed operations, and
logs callers' errors with the values that they sent.
"""

from collections.abc import Awaitable, Callable
from functools import partial

import strawberry
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, OperationType

from app.domain.answer_budget import AnswerTooLarge, Room, Unlimited, within_budget
from app.domain.cpu_time import off_loop, shared_cpu_time
from app.domain.patterns import operation_budget
from app.domain.request_facts import current_facts, stage
from app.graphql.document_cache import DocumentCache
from app.graphql.errors import ReadOnly, shown
from app.graphql.limits.limits import Limits
from app.graphql.operation import Operation, Prepared
from app.graphql.outcome import Answer, Outcome, encode, rejected, too_large
from app.graphql.results import Results
from app.graphql.types import Context
from app.graphql.unknown_enum_values import last_unknown, put_stored_texts

UNLIMITED = Unlimited()

REJECTED_COST = 10
"""The cost of a rejected operation: most of the work is to say why."""

Charge = Callable[[int], Awaitable[None]]
"""Charges the caller with the cost of an operation, in fields."""


class Executor:
    """Executes operations of a schema, within limits. `compiled`: by plans (see `compile`), where
    there are any."""

    def __init__(self, schema: strawberry.Schema, limits: Limits, *, compiled: bool = True) -> None:
        self._results = Results(schema, compiled=compiled)
        self._limits = limits
        self._documents = DocumentCache(schema._schema, limits)

    async def answer(
        self,
        request: Operation,
        context: Context,
        *,
        read_only: bool,
        charge: Charge | None = None,
        room: Room = UNLIMITED,
    ) -> Answer:
        """Prepares, executes and encodes an operation. `charge` is called with its cost before it
        is executed; `room` is the memory that its answer may take. Raises ReadOnly, Unavailable,
        and what `charge` raises."""
        accounts = len(context.viewer.accounts)
        try:
            if context.is_long or request.query not in self._documents:
                prepare = partial(self.prepare, request, read_only=read_only, accounts=accounts)
                prepared = await off_loop(True, prepare)
            else:
                prepared = self.prepare(request, read_only=read_only, accounts=accounts)
        except ReadOnly:
            if charge is not None:
                await charge(REJECTED_COST)
            raise
        if charge is not None:
            await charge(prepared.cost if isinstance(prepared, Prepared) else REJECTED_COST)
        if isinstance(prepared, Outcome):
            return encode(prepared)
        answer = encode(await self.execute(prepared, context, room))
        if len(answer.content) > (limit := self._limits.answer_bytes):
            # It has many short texts of characters that JSON escapes, which are estimated.
            return encode(too_large(AnswerTooLarge(limit), is_query=prepared.is_query))
        return answer

    def prepare(
        self, request: Operation, *, read_only: bool, accounts: int = 1
    ) -> Prepared | Outcome:
        """Parses, measures and validates the document, and selects the operation, for a caller with
        so many accounts. Returns an Outcome with the errors if it cannot be executed. Raises
        ReadOnly."""
        document = self._documents.get(request.query)
        if isinstance(document, Outcome):
            return document
        try:
            operation = _operation(document.node, request.operation_name)
        except GraphQLError as error:
            return rejected([error], "BAD_REQUEST")
        facts = current_facts()
        facts.type = operation.operation.value
        facts.operation = operation.name.value if operation.name else ""
        if read_only and operation.operation is not OperationType.QUERY:
            raise ReadOnly
        with stage("plan"):
            cost = document.cost(operation, request.variables or {}, accounts)
        if errors := document.excess(operation, cost, accounts):
            return rejected(errors, "QUERY_TOO_COMPLEX")
        return Prepared(request=request, document=document, operation=operation, cost=cost.total)

    async def execute(
        self, prepared: Prepared, context: Context, room: Room = UNLIMITED
    ) -> Outcome:
        """Executes the operation with graphql-core, within the bytes that an answer may take. A
        query for which there is no room waits for it, and begins again. Raises Unavailable."""
        execute = partial(self._execute, prepared, context)
        try:
            limit = self._limits.answer_bytes
            return await within_budget(execute, limit, room, is_write=not prepared.is_query)
        except AnswerTooLarge as error:
            error.forget()
            return too_large(error, is_query=prepared.is_query)

    async def _execute(self, prepared: Prepared, context: Context) -> Outcome:
        context.errors.clear()
        with operation_budget(), shared_cpu_time():
            result = await self._results.of(prepared, context)
        if not result.errors and not context.errors:
            return Outcome({"data": result.data})
        errors = last_unknown([*(result.errors or ()), *context.errors])
        put_stored_texts(result.data, errors)
        if result.data is None and not any(error.path for error in errors):
            return rejected(errors, "BAD_USER_INPUT")  # Variables of the wrong shape.
        return Outcome({"data": result.data, **shown(errors)})

    def cached_documents(self) -> int:
        """The number of documents in the cache."""
        return len(self._documents)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if name is None and len(operations) > 1:
        raise GraphQLError("The document has several operations: select one with operationName.")
    for operation in operations:
        if name is None or (operation.name and operation.name.value == name):
            return operation
    raise GraphQLError("The document has no operation with the name in operationName.")
