"""The results of prepared operations: by plans, or by graphql-core."""

import logging
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import ExecutionResult, GraphQLError, MiddlewareManager
from graphql.execution.values import VariableValues
from strawberry.execution import optimized_is_awaitable

from app.domain.answer_budget import AnswerAborted
from app.domain.counters import count_lookup
from app.domain.cpu_time import off_loop
from app.domain.request_facts import stage
from app.graphql.compile.operation_plan import Outcomes, Plan, Rendered
from app.graphql.errors import MAX_ERRORS
from app.graphql.input_violations import input_errors
from app.graphql.operation import Prepared
from app.graphql.plan_cache import Plans
from app.graphql.types import Context

log = logging.getLogger(__name__)


class Resolved:
    """Middleware for graphql-core with the outcomes of root fields that are resolved already."""

    def __init__(self, outcomes: Outcomes) -> None:
        self._outcomes = outcomes

    def resolve(self, resolve: Callable[..., Any], source: Any, info: Any, **arguments: Any) -> Any:
        """The outcome of a root field, and what any other resolver returns."""
        if info.path.prev is not None or info.path.key not in self._outcomes:
            return resolve(source, info, **arguments)
        return self._awaited(self._outcomes[info.path.key])

    async def _awaited(self, outcome: Any) -> Any:
        """Like the resolver itself: graphql-core forgets to await the fields that come before one
        that raises at once."""
        if isinstance(outcome, Exception):
            raise outcome
        return outcome.value if isinstance(outcome, Rendered) else outcome


class Results:
    """Executes operations. With `compiled`, plans do (see `compile`), where there are any."""

    def __init__(self, schema: strawberry.Schema, *, compiled: bool) -> None:
        self._schema = schema._schema
        self._executor_class: Any = schema.execution_context_class
        self._plans = Plans(self._schema) if compiled else None

    async def of(self, prepared: Prepared, context: Context) -> ExecutionResult:
        """The result of an operation. Raises AnswerAborted."""
        if self._plans is None:
            return await self._interpreted(prepared, context)
        with stage("plan"):
            if context.is_long:
                plan, variables = await off_loop(True, _plan, self._plans, prepared)
            else:
                plan, variables = _plan(self._plans, prepared)
        if isinstance(variables, list):
            return await self._rejected(variables, prepared)
        if plan is None:
            count_lookup("plans", hit=False)
            return await self._interpreted(prepared, context)
        with stage("execute"):
            outcomes = await plan.resolve(context, variables)
        with stage("encode"):
            try:
                data = await plan.render(outcomes)
                count_lookup("plans", hit=True)
                return ExecutionResult(data, None)
            except AnswerAborted:
                raise
            except Exception:  # Among them all errors of the resolvers.
                log.debug("Completed without the plan", exc_info=True)
        count_lookup("plans", hit=False)
        await plan.complete(outcomes)
        return await self._interpreted(prepared, context, outcomes)

    async def _rejected(self, errors: list[GraphQLError], prepared: Prepared) -> ExecutionResult:
        """The errors of variables that are not of their type, and of the inputs with them."""
        if len(errors) < MAX_ERRORS:
            errors += await off_loop(True, input_errors, self._schema, prepared)
        return ExecutionResult(None, errors)

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
            return await self._rejected(executor, prepared)
        with stage("execute"):
            result: Any = executor.execute_operation()
            executed: ExecutionResult = await result if isawaitable(result) else result
        return executed


def _plan(
    plans: Plans, prepared: Prepared
) -> tuple[Plan | None, VariableValues | list[GraphQLError]]:
    request, document = prepared.request, prepared.document.node
    key = request.query, request.operation_name
    return plans.plan(key, document, prepared.operation, request.variables or {})
