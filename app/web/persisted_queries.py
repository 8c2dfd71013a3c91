"""Persisted queries: requests with a query's hash in place of the query.

The server keeps no queries of clients. It says so in the words that clients expect (Apollo's
protocol of automatic persisted queries), and they send the query from then on.
"""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import RequestError
from app.web.errors import BadRequest

VERSION = 1
"""The version of the protocol."""


class PersistedQueryNotSupported(RequestError):
    """The request has a hash and no query. Clients recognise the message, in an answer with the
    status 200."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"
    default_message = "PersistedQueryNotSupported"


def check_query(values: Mapping[str, Any]) -> None:
    """Raises PersistedQueryNotSupported for a request with a hash alone, or BadRequest if that is
    none. With a query, the hash does not matter."""
    extensions = values.get("extensions")
    if values.get("query") or not isinstance(extensions, dict):
        return
    if (given := extensions.get("persistedQuery")) is None:
        return
    if not isinstance(given, dict):
        raise BadRequest("extensions.persistedQuery must be an object.")
    version, digest = given.get("version"), given.get("sha256Hash")
    if isinstance(version, bool) or version != VERSION:
        raise BadRequest(f"extensions.persistedQuery.version must be {VERSION}.")
    if not isinstance(digest, str) or not digest:
        raise BadRequest("extensions.persistedQuery.sha256Hash must be the hash of a query.")
    raise PersistedQueryNotSupported
