"""The endpoint that gives the development key to the pages of a development server."""

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
    """Responds with `{"account", "key"}` to this server's own pages, loaded over loopback."""

    def __init__(self, account: str, key: Callable[[], Awaitable[str]]) -> None:
        self._account = account
        self._key = key

    async def answer(self, request: Request) -> Response:
        """The key. Raises HTTPException (404) for other requests, as if the route did not exist."""
        # A proxy may rewrite Host to a loopback name, but still reports the remote client.
        is_local = request.client is not None and request.client.host in _LOOPBACK
        if not is_local or not is_own_page(request.headers):
            raise HTTPException(404)
        return json_response(to_json({"account": self._account, "key": await self._key()}))


def is_own_page(headers: Headers) -> bool:
    """Whether the request comes from a page of this server.

    Requests from other origins have an `origin` or a different `sec-fetch-site`; with DNS
    rebinding, `host` has the attacker's name.
    """
    if "origin" in headers or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname in _LOOPBACK
    except ValueError:
        return False
