"""Liveness and readiness endpoints, without authentication."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from app.domain.errors import Unavailable
from app.domain.json_text import to_json
from app.web.errors import json_response


class Health:
    """`alive` while the process responds; `ready` while the database responds, too."""

    def __init__(self, ping: Callable[[], Awaitable[None]]) -> None:
        self._ping = ping

    async def alive(self, _: Request) -> Response:
        """Always 200."""
        return _status("alive")

    async def ready(self, _: Request) -> Response:
        """200, or 503 if the database is unavailable."""
        try:
            await self._ping()
        except Unavailable:
            return _status("no database", 503)
        return _status("ready")


def _status(word: str, status: int = 200) -> Response:
    return json_response(to_json({"status": word}), status)
