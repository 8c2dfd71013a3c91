"""Liveness and readiness endpoints, without authentication."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.domain.errors import Unavailable
from app.domain.json_text import to_json
from app.web.errors import json_response


class Health:
    """`alive` while the process responds; `ready` while the database responds, too, and is up to
    date.

    Nobody needs a key to ask, so that all who do share one ping at a time. `waits_for` names what
    is to be done before the server is ready, if anything.
    """

    def __init__(
        self,
        ping: Callable[[], Coroutine[Any, Any, None]],
        waits_for: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._ping = ping
        self._waits_for = waits_for
        self._pinging: asyncio.Task[bool] | None = None

    async def alive(self, _: Request) -> Response:
        """Always 200."""
        return _status("alive")

    async def ready(self, _: Request) -> Response:
        """200, or 503 with what the server waits for."""
        if (step := self._waits_for()) is not None:
            return _status(step, 503)
        if self._pinging is None or self._pinging.done():
            # In a context of its own, because the request's has its deadlines.
            self._pinging = asyncio.create_task(self._responds(), context=Context())
        if await asyncio.shield(self._pinging):
            return _status("ready")
        return _status("no database", 503)

    async def _responds(self) -> bool:
        try:
            await self._ping()
        except Unavailable:
            return False
        return True


def _status(text: str, status: int = 200) -> Response:
    return json_response(to_json({"status": text}), status)
