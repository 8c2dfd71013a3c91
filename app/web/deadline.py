"""Every request is answered: in time, and in JSON when something unexpected happens."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import RequestError, UnexpectedError
from app.web.errors import TooSlow, error_response


class Deadline:
    """Stands around the routes. What takes longer than `seconds` is cancelled."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        error: RequestError
        time = asyncio.timeout(self._seconds)
        try:
            async with time:
                return await self._app(scope, receive, sending)
        except Exception as cause:
            error = TooSlow() if time.expired() else UnexpectedError(cause)
            if begun:
                raise
        await error_response(error)(scope, receive, send)
