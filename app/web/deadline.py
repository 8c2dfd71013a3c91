"""The middleware that limits the duration of requests and renders errors."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import RequestError, UnexpectedError
from app.web.errors import Renderer, TimedOut

WaitBudget = Callable[[], AbstractContextManager[None]]
"""A context in which all database waits share one budget."""


class Deadline:
    """Cancels requests after `seconds`, and renders exceptions as error responses.

    Exceptions that are not RequestErrors are masked. A response that has started is left as it is:
    the connection limits the time to send it.
    """

    def __init__(
        self, app: ASGIApp, seconds: float, wait_budget: WaitBudget, render: Renderer
    ) -> None:
        self._app = app
        self._seconds = seconds
        self._wait_budget = wait_budget
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        has_started = False

        async def sending(message: Message) -> None:
            nonlocal has_started
            if not has_started:
                has_started = True
                limit.lift()
            await send(message)

        limit = _Limit(self._seconds)
        try:
            with self._wait_budget():
                return await self._app(scope, receive, sending)
        except (Exception, asyncio.CancelledError) as cause:
            is_late = limit.has_cancelled(cause)
            if has_started or not (is_late or isinstance(cause, Exception)):
                raise
            error = _request_error(cause, has_timed_out=is_late)
        finally:
            limit.lift()
        await self._render(HTTPConnection(scope), error)(scope, receive, send)


class _Limit:
    """Cancels the current task after some seconds, as `asyncio.timeout` does, at a fifth of what
    that takes for a request that is in time."""

    __slots__ = ("_is_over", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._cancel)
        self._is_over = False

    def _cancel(self) -> None:
        if self._task is not None:
            self._is_over = True
            self._task.cancel()

    def lift(self) -> None:
        """Ends the limit."""
        self._timer.cancel()

    def has_cancelled(self, error: BaseException) -> bool:
        """Whether the task has ended for the limit, not only because others have cancelled it, too.
        Takes the cancellation back."""
        if not self._is_over or self._task is None:
            return False
        is_only_reason = self._task.uncancel() == 0
        return is_only_reason or isinstance(error, Exception)


def _request_error(cause: BaseException, *, has_timed_out: bool) -> RequestError:
    if isinstance(cause, RequestError):
        return cause
    return TimedOut() if has_timed_out else UnexpectedError(cause)
