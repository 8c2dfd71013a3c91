"""Middleware for security headers and CORS."""

import re
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.rest.sgp_routes import is_sgp_path
from app.web.auth import API_KEY, SELECTED_ACCOUNT
from app.web.header_values import parts, raw
from app.web.request_log import REQUEST_ID

SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
}
"""Defaults for every response; pages set a policy of their own."""

HSTS = {"strict-transport-security": "max-age=31536000; includeSubDomains"}
"""Only in production, where a proxy terminates TLS."""

_METHODS, _SGP_METHODS = "GET, POST", "GET, POST, PATCH, DELETE"
_PREFLIGHT = {
    "access-control-max-age": "600",
    "vary": "Origin, Access-Control-Request-Headers",
}
_OWN_HEADERS = ("content-type", API_KEY, SELECTED_ACCOUNT, REQUEST_ID)

MAX_ASKED, MAX_ASKED_LENGTH = 50, 2_000
"""Header names that a preflight may ask for, and characters of the list."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class DefaultHeaders:
    """Middleware that adds headers which the response does not have."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = raw(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", [])
                names = {name for name, _ in given}
                defaults = [header for header in self._headers if header[0] not in names]
                message["headers"] = [*given, *defaults]
            await send(message)

        await self._app(scope, receive, sending)


class Cors:
    """Middleware that lets pages of the given origins read responses, and send any headers, such as
    those of tracing, and those in which clients name themselves.

    Without its headers, browsers block all other origins. If there are such origins, every response
    says that it depends on the origin, so that a cache does not give one origin's to another.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        asked = Headers(scope=scope)
        allowed = _allowed(origin) if (origin := asked.get("origin")) in self._origins else {}
        if allowed and scope["method"] == "OPTIONS" and "access-control-request-method" in asked:
            names = _allowed_headers(asked.getlist("access-control-request-headers"))
            methods = _SGP_METHODS if is_sgp_path(scope["path"]) else _METHODS
            headers = {
                **allowed,
                **_PREFLIGHT,
                "access-control-allow-methods": methods,
                "access-control-allow-headers": names,
            }
            return await Response(None, 204, headers)(scope, receive, send)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", [])]
                headers = MutableHeaders(scope=message)
                headers.update(allowed)
                if "origin" not in headers.get("vary", "").lower():
                    headers.add_vary_header("Origin")
            await send(message)

        await self._app(scope, receive, sending)


def _allowed_headers(asked: list[str]) -> str:
    """The headers that a request may have: the API's own, and those that a preflight asks for, if
    they are names."""
    text = ",".join(asked)
    names = [name.lower() for name in parts(text, ",")] if len(text) <= MAX_ASKED_LENGTH else []
    is_valid = len(names) <= MAX_ASKED and all(map(_TOKEN.fullmatch, names))
    return ", ".join(dict.fromkeys([*_OWN_HEADERS, *(names if is_valid else [])]))


def _allowed(origin: str | None) -> dict[str, str]:
    return {
        "access-control-allow-origin": str(origin),
        "access-control-expose-headers": "ratelimit, ratelimit-policy, retry-after, "
        f"x-should-retry, {REQUEST_ID}",
        "cross-origin-resource-policy": "cross-origin",
    }
