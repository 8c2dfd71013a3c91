"""Every request is answered in time, and every error by the renderer of its face."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import RequestError, UnexpectedError
from app.web.errors import Renderer, TooSlow

WaitBudget = Callable[[], AbstractContextManager[None]]
"""Inside, all of a request's waiting for the database is charged to one budget."""


class Deadline:
    """Stands around the routes. What takes longer than `seconds` is cancelled; what is raised is
    rendered, masked if it is none of the domain's errors."""

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
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        time = asyncio.timeout(self._seconds)
        try:
            with self._wait_budget():
                async with time:
                    return await self._app(scope, receive, sending)
        except Exception as cause:
            if begun:
                raise
            error = _request_error(cause, is_too_late=time.expired())
        await self._render(HTTPConnection(scope), error)(scope, receive, send)


def _request_error(cause: Exception, *, is_too_late: bool) -> RequestError:
    if isinstance(cause, RequestError):
        return cause
    return TooSlow() if is_too_late else UnexpectedError(cause)
