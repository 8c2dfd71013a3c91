"""The execution of operations, from request to answer: prepare, execute, encode.

Strawberry's own pipeline is not used: it executes the first of several unnamed operations, and
logs callers' errors with the values that they sent.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from inspect import isawaitable
from operator import itemgetter
from threading import Lock
from typing import Any

import strawberry
from cachetools import LRUCache
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSyntaxError,
    MiddlewareManager,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution.values import VariableValues
from msgspec import Struct
from strawberry.execution import optimized_is_awaitable

from app.domain.answer_budget import (
    AnswerAborted,
    AnswerBudget,
    AnswerTooLarge,
    NoRoom,
    Room,
    Unlimited,
    answer_budget,
)
from app.domain.counters import count_limit, count_lookup
from app.domain.cpu_time import off_loop, shared_cpu_time
from app.domain.errors import Unavailable
from app.domain.json_text import to_json
from app.domain.patterns import operation_budget
from app.domain.request_facts import current_facts, stage
from app.graphql.compile.operation_plan import Outcomes, Plan, Resolved
from app.graphql.compile.plan_cache import Plans
from app.graphql.errors import MAX_ERRORS, ReadOnly, naming_request, shown
from app.graphql.limits.document import CheckedDocument, TooComplex, check, read
from app.graphql.limits.limits import Limits
from app.graphql.types import Context
from app.graphql.unknown_enum_values import last_unknown, put_stored_texts

MAX_CACHED_LENGTH = 8_192
"""Characters. Documents up to this length are parsed and validated once, then cached."""

CACHE_SIZE = 500_000
"""Characters of all cached documents. A parsed document takes about 75 bytes per character."""

MIN_CACHED_LENGTH = 500
"""Characters. Shorter documents count as this many, which limits their number."""


UNLIMITED = Unlimited()

NO_ROOM = (
    "The server has no memory for the answer at the moment; try again. The operation has stopped, "
    "and some of its mutations may have been carried out."
)
STOPPED = " The operation stopped at this field; its mutations up to here were carried out."
CARRIED_OUT = " The operation was carried out; only its answer is too large."
REJECTED_COST = 10
"""The cost of a rejected operation: most of the work is to say why."""

log = logging.getLogger(__name__)

Charge = Callable[[int], Awaitable[None]]
"""Charges the caller with the cost of an operation, in fields."""


class Operation(Struct, frozen=True, kw_only=True, rename="camel"):
    """A GraphQL request: a document, the name of the operation to execute, and its variables.
    Extensions are accepted and ignored."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


class Prepared(Struct, frozen=True, kw_only=True):
    """An operation that is ready to be executed."""

    request: Operation
    document: CheckedDocument
    operation: OperationDefinitionNode
    cost: int


class Outcome(Struct, frozen=True):
    """An answer before it is encoded. A `refused` operation was not executed: no `data`."""

    body: dict[str, Any]
    refused: bool = False
    limits: tuple[str, ...] = ()
    """Names of the limits that the operation exceeds."""


class Answer(Struct, frozen=True):
    """An encoded answer: `content` is JSON."""

    content: bytes
    refused: bool = False


class Executor:
    """Executes operations of a schema, within limits. `compiled`: by plans (see `compile`), where
    there are any."""

    def __init__(self, schema: strawberry.Schema, limits: Limits, *, compiled: bool = True) -> None:
        self._schema = schema._schema
        self._plans = Plans(self._schema) if compiled else None
        self._executor_class: Any = schema.execution_context_class
        self._limits = limits
        self._documents: LRUCache[str, tuple[int, CheckedDocument | Outcome]] = LRUCache(
            CACHE_SIZE, getsizeof=itemgetter(0)
        )
        """The length that each document counts as, and the checked document or its errors."""
        self._lock = Lock()  # Documents are prepared in several threads.

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
        is_new = request.query not in self._documents
        accounts = len(context.viewer.accounts)
        prepare = partial(self.prepare, request, read_only=read_only, accounts=accounts)
        try:
            prepared = await off_loop(context.is_long or is_new, prepare)
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
            return encode(_too_large(AnswerTooLarge(limit), prepared))
        return answer

    def prepare(
        self, request: Operation, *, read_only: bool, accounts: int = 1
    ) -> Prepared | Outcome:
        """Parses, measures and validates the document, and selects the operation, for a caller with
        so many accounts. Returns an Outcome with the errors if it cannot be executed. Raises
        ReadOnly."""
        document = self._document(request.query)
        if isinstance(document, Outcome):
            return document
        try:
            operation = _operation(document.node, request.operation_name)
        except GraphQLError as error:
            return _rejected([error], "BAD_REQUEST")
        facts = current_facts()
        facts.type = operation.operation.value
        facts.operation = operation.name.value if operation.name else ""
        if read_only and operation.operation is not OperationType.QUERY:
            raise ReadOnly
        with stage("plan"):
            cost = document.cost(operation, request.variables or {}, accounts)
        if errors := document.excess(operation, cost, accounts):
            return _rejected(errors, "QUERY_TOO_COMPLEX")
        return Prepared(request=request, document=document, operation=operation, cost=cost.total)

    async def execute(
        self, prepared: Prepared, context: Context, room: Room = UNLIMITED
    ) -> Outcome:
        """Executes the operation with graphql-core, within the bytes that an answer may take. A
        query for which there is no room waits for it, and begins again. Raises Unavailable."""
        limit = self._limits.answer_bytes
        is_query = prepared.operation.operation is OperationType.QUERY
        try:
            try:
                return await self._execute(prepared, context, AnswerBudget(limit, room))
            except NoRoom as no_room:
                no_room.forget()
                count_limit("memory for answers")
                if not is_query:
                    raise Unavailable(NO_ROOM) from None
            context.errors.clear()
            await room.reserve(limit)
            budget = AnswerBudget(limit, room, reserved=True)
            return await self._execute(prepared, context, budget)
        except AnswerTooLarge as error:
            error.forget()
            return _too_large(error, prepared)

    async def _execute(self, prepared: Prepared, context: Context, budget: AnswerBudget) -> Outcome:
        with operation_budget(), answer_budget(budget), shared_cpu_time():
            result = await self._result(prepared, context)
        errors = last_unknown([*(result.errors or ()), *context.errors])
        put_stored_texts(result.data, errors)
        if result.data is None and not any(error.path for error in errors):
            return _rejected(errors, "BAD_USER_INPUT")  # Variables of the wrong shape.
        return Outcome({"data": result.data, **shown(errors)})

    async def _result(self, prepared: Prepared, context: Context) -> ExecutionResult:
        if self._plans is None:
            return await self._interpreted(prepared, context)
        with stage("plan"):
            plan, variables = await off_loop(context.is_long, _plan, self._plans, prepared)
        if isinstance(variables, list):
            return ExecutionResult(None, variables)
        if plan is None:
            return await self._interpreted(prepared, context)
        with stage("execute"):
            outcomes = await plan.resolve(context, variables)
        with stage("encode"):
            try:
                return ExecutionResult(await plan.render(outcomes), None)
            except AnswerAborted:
                raise
            except Exception:  # Among them all errors of the resolvers.
                log.debug("Completed without the plan", exc_info=True)
        return await self._interpreted(prepared, context, outcomes)

    async def _interpreted(
        self, prepared: Prepared, context: Context, outcomes: Outcomes | None = None
    ) -> ExecutionResult:
        """The result of graphql-core. Root fields with an outcome are not resolved again."""
        with stage("plan"):
            executor = await off_loop(
                context.is_long,
                self._executor_class.build,  # Coerces the variables.
                self._schema,
                prepared.document.node,
                context_value=context,
                raw_variable_values=prepared.request.variables,
                operation_name=prepared.request.operation_name,
                middleware=None if outcomes is None else MiddlewareManager(Resolved(outcomes)),
                is_awaitable=optimized_is_awaitable,
                max_coercion_errors=MAX_ERRORS,
                hide_suggestions=True,
            )
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        with stage("execute"):
            result: Any = executor.execute_operation()
            executed: ExecutionResult = await result if isawaitable(result) else result
        return executed

    def cached_documents(self) -> int:
        """The number of documents in the cache."""
        return len(self._documents)

    def _document(self, query: str) -> CheckedDocument | Outcome:
        with self._lock:
            cached = self._documents.get(query)
        count_lookup("documents", hit=cached is not None)
        if cached is not None:
            return cached[1]
        with stage("parse"):
            document = self._checked(query)
        if len(query) <= MAX_CACHED_LENGTH:
            with self._lock:
                self._documents[query] = (max(len(query), MIN_CACHED_LENGTH), document)
        return document

    def _checked(self, query: str) -> CheckedDocument | Outcome:
        """The checked document or its errors, which are the same for every caller."""
        try:
            document = read(query, self._limits)
        except GraphQLSyntaxError as error:
            return _rejected([error], "GRAPHQL_PARSE_FAILED")
        checked = check(self._schema, document, self._limits)
        if isinstance(checked, CheckedDocument):
            return checked
        return _rejected(checked, "GRAPHQL_VALIDATION_FAILED")


def encode(outcome: Outcome) -> Answer:
    """The answer as JSON, whose errors name the request."""
    for limit in outcome.limits:
        count_limit(limit)
    with stage("encode"):
        return Answer(to_json(naming_request(outcome.body)), outcome.refused)


def _plan(
    plans: Plans, prepared: Prepared
) -> tuple[Plan | None, VariableValues | list[GraphQLError]]:
    request, document = prepared.request, prepared.document.node
    key = request.query, request.operation_name
    return plans.plan(key, document, prepared.operation, request.variables or {})


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if name is None and len(operations) > 1:
        raise GraphQLError("The document has several operations: select one with operationName.")
    for operation in operations:
        if name is None or (operation.name and operation.name.value == name):
            return operation
    raise GraphQLError("The document has no operation with the name in operationName.")


def _rejected(errors: Sequence[GraphQLError], code: str) -> Outcome:
    limits = {error.what for error in errors if isinstance(error, TooComplex)}
    return Outcome(shown(errors, code), refused=True, limits=(*limits,))


def _too_large(error: AnswerTooLarge, prepared: Prepared) -> Outcome:
    is_query = prepared.operation.operation is OperationType.QUERY
    # Without a path, the answer was complete.
    done = "" if is_query else CARRIED_OUT if error.path is None else STOPPED
    rendered = GraphQLError(f"{error}{done}", path=error.path, extensions={"limit": error.limit})
    return Outcome({"data": None, **shown([rendered], error.code)}, limits=("answer bytes",))
