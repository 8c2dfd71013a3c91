"""Who a request comes from: the headers x-api-key and x-selected-account-id."""

from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers

from app.domain.access import Viewer
from app.domain.errors import Forbidden, Unauthenticated

API_KEY = "x-api-key"
SELECTED_ACCOUNT = "x-selected-account-id"

Authenticate = Callable[[str], Awaitable[Viewer | None]]
"""Who a key belongs to; None for a key that is not valid."""


async def viewer(headers: Headers, authenticate: Authenticate) -> Viewer:
    """The caller, narrowed to the account that it selects. Raises Unauthenticated, Forbidden."""
    keys = headers.getlist(API_KEY)
    caller = await authenticate(keys[0]) if len(keys) == 1 else None
    if caller is None:
        raise Unauthenticated
    selected = headers.getlist(SELECTED_ACCOUNT)
    if len(selected) > 1:
        raise Forbidden
    return caller.narrowed_to(selected[0]) if selected else caller
