"""Who a request comes from: the headers x-api-key and x-selected-account-id."""

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
        keys = request.headers.getlist(API_KEY)
        if len(keys) != 1 or not is_key(keys[0]):
            raise Unauthenticated  # Nothing was looked up, and nothing can be learnt.
        (key,) = keys
        id = digest(key)
        # Behind a proxy that uvicorn trusts, the client is the one that the proxy names.
        client = address(request.client.host) if request.client else ""
        self._bad_keys.admit(client, id)
        caller = await self._authenticate(key)
        if caller is None:
            self._bad_keys.failed(client, id)
            raise Unauthenticated
        self._bad_keys.worked(id)
        if self._rate:
            await self._rate.count(id)
        return _narrowed(caller, request.headers)


def _narrowed(caller: Viewer, headers: Headers) -> Viewer:
    selected = headers.getlist(SELECTED_ACCOUNT)
    if len(selected) > 1:
        raise Forbidden
    return caller.narrowed_to(selected[0]) if selected else caller
