"""Compression with gzip, for clients that accept it.

From the size of a compressed answer one can learn a secret in it, if one can have texts of one's
choice added and the request sent again and again (BREACH). That needs a browser that adds its
user's credentials to requests of other sites' pages, as it does with cookies. It never adds the
headers with an API key; and the development key is in an answer that is too small to be compressed.
"""

import gzip
from collections.abc import Mapping
from functools import lru_cache

from starlette.responses import Response
from starlette.types import Scope

from app.domain.answer_budget import FREE, Room
from app.domain.cpu_time import off_loop
from app.domain.request_facts import stage
from app.web.header_values import Raw, raw
from app.web.negotiation import REMEMBERED, accepted

MIN_BYTES = 1_024
"""Bytes from where on a text is compressed: below, there is little to gain."""

LEVEL = 1
"""zlib's fastest. A list of 236 KB takes 1 ms and becomes 32 KB; with level 6, 2.6 ms and 22 KB."""

LONG_BYTES = 65_536
"""Bytes from where on compression is off the event loop: so many take half a millisecond."""

_VARY, _GZIP = {"vary": "Accept-Encoding"}, {"content-encoding": "gzip"}
_MAY_VARY, _COMPRESSED = raw(_VARY), raw({**_VARY, **_GZIP})
_ZERO_QUALITY = {"q=0", "q=0.0", "q=0.00", "q=0.000"}


async def compressed(content: bytes, scope: Scope, room: Room) -> tuple[bytes, Raw]:
    """An answer as it is sent to the client, with the headers that say so. It stays as it is if
    there is no room for both forms at a time, which a large one has to take."""
    if len(content) < MIN_BYTES:
        return content, []
    if not accepts_gzip(accepted(scope, "accept-encoding")):
        return content, _MAY_VARY
    if len(content) > FREE and not room.take(len(content)):
        return content, _MAY_VARY
    with stage("compress"):
        is_long = len(content) > LONG_BYTES
        return await off_loop(is_long, gzip.compress, content, LEVEL, mtime=0), _COMPRESSED


def page_response(text: str, headers: Mapping[str, str], scope: Scope) -> Response:
    """A response with a text of the server's own, compressed if that is worth it."""
    content = text.encode()
    if len(content) < MIN_BYTES:
        return Response(content, headers=headers)
    is_compressed = accepts_gzip(accepted(scope, "accept-encoding"))
    if is_compressed:
        content, headers = gzip.compress(content, LEVEL, mtime=0), {**headers, **_GZIP}
    response = Response(content, headers=headers)
    response.headers.add_vary_header("Accept-Encoding")
    return response


@lru_cache(REMEMBERED)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client with this Accept-Encoding header accepts gzip, by name."""
    for part in accept_encoding.lower().split(","):
        name, *parameters = [word.strip() for word in part.split(";")]
        if name == "gzip":
            return not any(word.replace(" ", "") in _ZERO_QUALITY for word in parameters)
    return False
