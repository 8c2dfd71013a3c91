"""The hosts under which the server answers.

A name of an attacker may lead to this server (DNS rebinding): pages of that name could then call it
from the browsers of people who can reach it. Their requests have the name in the Host header.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.errors import BadRequest, Renderer
from app.web.header_values import header_values

PROBES = {"/healthz", "/readyz"}
"""Paths that answer under any host: probes and load balancers use the addresses of machines."""

_ALL_ADDRESSES = {"0.0.0.0", "::"}  # noqa: S104
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{0,5})?", re.ASCII)


class AllowedHosts:
    """Hosts by name, without ports; `*.a.example` stands for every name below `a.example`.

    In development, with the address that the server listens on as `listening`: also this address
    and those of loopback, and every IP address if it listens on all. That is safe: the page of an
    attacker has an address as its host only if it comes from there.
    """

    def __init__(self, names: Iterable[str], listening: str | None = None) -> None:
        own = [] if listening is None else ["localhost", listening]
        given = {_canonical(name.lower()) for name in (*names, *own)}
        self._names = {name for name in given if not name.startswith("*.")}
        self._parents = tuple(name[1:] for name in given if name.startswith("*."))
        self._allows_loopback = listening is not None
        self._allows_addresses = not given.isdisjoint(_ALL_ADDRESSES) and listening is not None

    def allows(self, host: str) -> bool:
        """Whether the value of a Host header, with or without a port, names one of the hosts."""
        if (match := _HOST.fullmatch(host.lower())) is None:
            return False
        name = _canonical(match[1])
        if name in self._names or name.endswith(self._parents):
            return True
        try:
            address = ip_address(name)
        except ValueError:
            return False
        return self._allows_addresses or (self._allows_loopback and address.is_loopback)


def _canonical(name: str) -> str:
    """A lower-case name without a final dot; an address in its shortest form, without brackets."""
    name = name.removesuffix(".")
    try:
        return ip_address(name.removeprefix("[").removesuffix("]")).compressed
    except ValueError:
        return name


class HostCheck:
    """Middleware that answers requests under other hosts, or without one, with 421."""

    def __init__(self, app: ASGIApp, allowed: AllowedHosts, render: Renderer) -> None:
        self._app = app
        self._allowed = allowed
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES or self._is_allowed(scope):
            return await self._app(scope, receive, send)
        await self._render(HTTPConnection(scope), _foreign())(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        hosts = header_values(scope, b"host")
        return len(hosts) == 1 and self._allowed.allows(hosts[0])


def _foreign() -> BadRequest:
    return BadRequest(
        "The server does not answer under this host; MODEL_TEMPLATES_ALLOWED_HOSTS can name it.",
        421,
    )
