"""Who a request comes from: the headers x-api-key and x-selected-account-id."""

import hashlib
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from app.domain.access import Viewer
from app.domain.errors import Forbidden, Unauthenticated
from app.web.rate import BadKeys, KeyRate, address

API_KEY = "x-api-key"
SELECTED_ACCOUNT = "x-selected-account-id"

Authenticate = Callable[[str], Awaitable[Viewer | None]]
"""Who a key belongs to; None for a key that is not valid."""


class Authentication:
    """Knows callers by their keys, and how often they ask. It keeps digests of keys only."""

    def __init__(self, authenticate: Authenticate, rate_limit: str | None = None) -> None:
        self._authenticate = authenticate
        self._rate = KeyRate(rate_limit) if rate_limit else None
        self._bad_keys = BadKeys()

    async def viewer(self, request: HTTPConnection) -> Viewer:
        """The caller, narrowed to the account that it selects. Raises Unauthenticated, Forbidden,
        RateLimited."""
        # Behind a proxy that uvicorn trusts, the client is the one that the proxy names.
        client = address(request.client.host) if request.client else ""
        keys = request.headers.getlist(API_KEY)
        key = keys[0] if len(keys) == 1 else None
        digest = None if key is None else hashlib.sha256(key.encode()).hexdigest()
        self._bad_keys.admit(client, digest)
        caller = None if key is None else await self._authenticate(key)
        if caller is None or digest is None:
            self._bad_keys.failed(client, digest)
            raise Unauthenticated
        self._bad_keys.worked(digest)
        if self._rate:
            await self._rate.count(digest)
        return _narrowed(caller, request.headers)


def _narrowed(caller: Viewer, headers: Headers) -> Viewer:
    selected = headers.getlist(SELECTED_ACCOUNT)
    if len(selected) > 1:
        raise Forbidden
    return caller.narrowed_to(selected[0]) if selected else caller
