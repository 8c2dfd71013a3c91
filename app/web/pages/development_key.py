"""The development key, for the pages of a server for development, and for nobody else's."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.domain.json_text import to_json
from app.web.errors import json_response

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class DevelopmentKey:
    """Answers `{"account", "key"}` to a page that this server itself served on loopback."""

    def __init__(self, account: str, key: Callable[[], Awaitable[str]]) -> None:
        self._account = account
        self._key = key

    async def answer(self, request: Request) -> Response:
        """404 for everyone else, as if it were not there."""
        # A tunnel or proxy that makes the host a loopback one still tells whom it speaks for.
        is_near = request.client is not None and request.client.host in _LOOPBACK
        if not is_near or not is_own_page(request.headers):
            raise HTTPException(404)
        return json_response(to_json({"account": self._account, "key": await self._key()}))


def is_own_page(headers: Headers) -> bool:
    """Whether a page of this server asks. A page of another origin names it in `origin` or has
    `sec-fetch-site` say so; one that had its own host's name resolve to loopback (DNS rebinding)
    has that name in `host`."""
    if "origin" in headers or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname in _LOOPBACK
    except ValueError:
        return False
