"""Authentication by the headers x-api-key and x-selected-account-id."""

from collections.abc import Awaitable, Callable

from msgspec import Struct
from starlette.types import Scope

from app.domain.access import Viewer
from app.domain.api_key import digest, is_key, prefix_of
from app.domain.errors import Forbidden, Unauthenticated
from app.web.header_values import header_values

API_KEY = "x-api-key"
SELECTED_ACCOUNT = "x-selected-account-id"
_API_KEY, _SELECTED_ACCOUNT = API_KEY.encode(), SELECTED_ACCOUNT.encode()

Authenticate = Callable[[str], Awaitable[Viewer | None]]
"""Looks up the owner of a key by the key's digest; None for an invalid key."""


class Authenticated(Struct, frozen=True):
    """The digest of a valid API key, its first characters as `keys list` shows them, and the caller
    that it authenticates."""

    key: str
    prefix: str
    viewer: Viewer


class Authentication:
    """Authenticates callers by API key. Passes on only digests."""

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate

    async def caller(self, scope: Scope) -> Authenticated:
        """The caller, restricted to the selected account, if any.

        Raises Unauthenticated, Forbidden or Unavailable.
        """
        keys = _values(scope, _API_KEY)
        if len(keys) != 1 or not is_key(keys[0]):
            raise Unauthenticated
        id = digest(keys[0])
        caller = await self._authenticate(id)
        if caller is None:
            raise Unauthenticated
        return Authenticated(id, prefix_of(keys[0]), _narrowed(caller, scope))


def _values(scope: Scope, name: bytes) -> list[str]:
    """The values of a header, without the white space around them, which is no part of them."""
    return [value.strip(" \t") for value in header_values(scope, name)]


def _narrowed(caller: Viewer, scope: Scope) -> Viewer:
    selected = _values(scope, _SELECTED_ACCOUNT)
    if len(selected) > 1:
        raise Forbidden
    return caller.narrowed_to(selected[0]) if selected else caller
