"""The endpoint that gives the development key to the pages of a development server."""

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.domain.json_text import to_json
from app.web.errors import BadRequest, json_response
from app.web.pages.link_tokens import LinkTokens

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_BEARER = "bearer "


class DevelopmentKey:
    """Responds with `{"account", "key", "session"}` to this server's own pages over loopback.

    Other users and programs of the machine can reach the server, too. So a page needs the token of
    the link that the terminal printed. It gets a session for it, which is valid as long as the key,
    for reloads and other tabs; a page stores it where other ports cannot read it, unlike a cookie.
    Either is sent as `Authorization: Bearer`.
    """

    def __init__(self, account: str, key: Callable[[], Awaitable[str]], tokens: LinkTokens) -> None:
        self._account = account
        self._key = key
        self._tokens = tokens

    async def answer(self, request: Request) -> Response:
        """The key. Raises BadRequest (403) without a valid token or session, and HTTPException
        (404) for requests of others than own pages, as if the route did not exist."""
        # A proxy may rewrite Host to a loopback name, but still reports the remote client.
        is_local = request.client is not None and request.client.host in _LOOPBACK
        if not is_local or not is_own_page(request.headers):
            raise HTTPException(404)
        given = _bearer(request.headers)
        if not given:
            raise _forbidden()
        key = await self._key()
        session = _session(key)
        has_session = hmac.compare_digest(given.encode(), session.encode())
        if not has_session and not self._tokens.spend(given):
            raise _forbidden()
        answer = {"account": self._account, "key": key, "session": session}
        return json_response(to_json(answer))


def _session(key: str) -> str:
    return hmac.new(key.encode(), b"session of a development page", "sha256").hexdigest()


def _bearer(headers: Headers) -> str:
    given = headers.get("authorization", "")
    return given[len(_BEARER) :].strip() if given.lower().startswith(_BEARER) else ""


def _forbidden() -> BadRequest:
    return BadRequest("The token was used before, or is not one of this server's.", 403)


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
