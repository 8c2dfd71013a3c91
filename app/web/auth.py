"""Authentication by the headers x-api-key and x-selected-account-id."""

from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from app.domain.access import Viewer
from app.domain.api_key import digest, is_key
from app.domain.errors import Forbidden, Unauthenticated
from app.web.rate import BadKeys, KeyRate, address

API_KEY = "x-api-key"
SELECTED_ACCOUNT = "x-selected-account-id"

Authenticate = Callable[[str], Awaitable[Viewer | None]]
"""Looks up the owner of a key; None for an invalid key."""


class Authentication:
    """Authenticates callers by API key and applies the rate limits. Keeps only digests of keys."""

    def __init__(self, authenticate: Authenticate, rate_limit: str | None = None) -> None:
        self._authenticate = authenticate
        self._rate = KeyRate(rate_limit) if rate_limit else None
        self._bad_keys = BadKeys()

    async def viewer(self, request: HTTPConnection) -> Viewer:
        """The caller, restricted to the selected account, if any.

        Raises Unauthenticated, Forbidden, RateLimited or Unavailable.
        """
        keys = request.headers.getlist(API_KEY)
        if len(keys) != 1 or not is_key(keys[0]):
            raise Unauthenticated  # Not counted as a failure: there was no lookup.
        (key,) = keys
        id = digest(key)
        # Behind a proxy that uvicorn trusts, this is the client that the proxy reports.
        client = address(request.client.host) if request.client else ""
        self._bad_keys.admit(client, id)
        caller = await self._authenticate(key)
        if caller is None:
            self._bad_keys.failed(client, id)
            raise Unauthenticated
        self._bad_keys.succeeded(id)
        if self._rate:
            await self._rate.count(id)
        return _narrowed(caller, request.headers)


def _narrowed(caller: Viewer, headers: Headers) -> Viewer:
    selected = headers.getlist(SELECTED_ACCOUNT)
    if len(selected) > 1:
        raise Forbidden
    return caller.narrowed_to(selected[0]) if selected else caller
