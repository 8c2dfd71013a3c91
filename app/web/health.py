"""Is it there, and can it work? For load balancers and containers; no key is needed."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse

from app.domain.errors import Unavailable


class Health:
    """`alive` as long as the process answers; `ready` while the database answers too."""

    def __init__(self, ping: Callable[[], Awaitable[None]]) -> None:
        self._ping = ping

    async def alive(self, _: Request) -> JSONResponse:
        """Always 200."""
        return JSONResponse({"status": "alive"})

    async def ready(self, _: Request) -> JSONResponse:
        """200, or 503."""
        try:
            await self._ping()
        except Unavailable:
            return JSONResponse({"status": "no database"}, 503)
        return JSONResponse({"status": "ready"})
