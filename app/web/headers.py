"""Middleware for security headers and CORS."""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.rest.sgp_routes import is_sgp_path
from app.web.auth import API_KEY, SELECTED_ACCOUNT
from app.web.header_values import raw
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

_PREFLIGHT = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": f"content-type, {API_KEY}, {SELECTED_ACCOUNT}, {REQUEST_ID}",
    "access-control-max-age": "600",
}

_OF_SGP_CLIENTS = (
    *("arch", "async", "lang", "os", "package-version", "read-timeout", "retry-count", "runtime"),
    *("runtime-version", "timeout"),
)
"""Headers of SGP's clients, which begin with `x-stainless-`."""

_SGP_PREFLIGHT = {
    **_PREFLIGHT,
    "access-control-allow-methods": "GET, POST, PATCH, DELETE",
    "access-control-allow-headers": ", ".join(
        [
            _PREFLIGHT["access-control-allow-headers"],
            *(f"x-stainless-{name}" for name in _OF_SGP_CLIENTS),
        ]
    ),
}


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
    """Middleware that lets pages of the given origins read responses.

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
            preflight = _SGP_PREFLIGHT if is_sgp_path(scope["path"]) else _PREFLIGHT
            headers = {**allowed, **preflight, "vary": "Origin"}
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


def _allowed(origin: str | None) -> dict[str, str]:
    return {
        "access-control-allow-origin": str(origin),
        "access-control-expose-headers": "ratelimit, ratelimit-policy, retry-after, "
        f"x-should-retry, {REQUEST_ID}",
        "cross-origin-resource-policy": "cross-origin",
    }
