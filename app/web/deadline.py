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
            if not has_started and not deadline.expired():
                deadline.reschedule(None)
            has_started = True
            await send(message)

        deadline = asyncio.timeout(self._seconds)
        try:
            with self._wait_budget():
                async with deadline:
                    return await self._app(scope, receive, sending)
        except Exception as cause:
            if has_started:
                raise
            error = _request_error(cause, has_timed_out=deadline.expired())
        await self._render(HTTPConnection(scope), error)(scope, receive, send)


def _request_error(cause: Exception, *, has_timed_out: bool) -> RequestError:
    if isinstance(cause, RequestError):
        return cause
    return TimedOut() if has_timed_out else UnexpectedError(cause)
