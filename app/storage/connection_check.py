"""The first contact with a database: an error says which host failed and why, without secrets."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import ConfigurationError, OperationFailure, ProtocolError
from pymongo.server_description import ServerDescription

from app.domain.characters import escaped
from app.domain.errors import Unavailable
from app.storage.driver import Database, is_in_memory, ping
from app.storage.uri import Address, address
from app.storage.wait_budget import WaitBudget

CHECK_SECONDS = 2.5
"""How long a command waits for its database: with its own start, less than five seconds."""

UNAUTHORIZED, REJECTED = 13, frozenset({11, 18, 8_000})
"""MongoDB's codes: no right to do something, and unknown users or wrong passwords."""

REASONS = {
    "refused": "refuses connections: does a mongod listen on that port?",
    "name or service|name resolution|nodename|no address": "is a name that DNS does not know",
    "certificate": "has a TLS certificate that is not trusted here",
    "ssl|tls": "does not complete a TLS handshake: does it use TLS?",
    "connection closed|reset by peer": "closes connections: does it require TLS (tls=true)?",
    "no such file": "is a socket that does not exist",
    "unreachable|no route": "cannot be reached from this network",
    "timed out": "does not answer",
}
"""Words for the driver's errors, by what they contain."""


async def check_connection(database: Database, uri: str | None) -> None:
    """Raises Unavailable, with the hosts of the URI and the reason, unless the database answers."""
    try:
        await ping(database, WaitBudget(CHECK_SECONDS))
    except Unavailable as error:
        if uri is None or is_in_memory(database):
            raise
        raise _unavailable(_reason(database, address(uri), error.__cause__)) from error


@contextmanager
def permitted(uri: str | None) -> Iterator[None]:
    """Raises Unavailable if the user of the URI may not do what is done inside."""
    try:
        yield
    except OperationFailure as error:
        if uri is None or error.code != UNAUTHORIZED:
            raise
        where = address(uri)
        need = (
            f"requires a user: mongodb://USER:PASSWORD@{where.hosts}"
            if where.user is None
            else f"does not permit this to the user {where.user}"
        )
        raise _unavailable(f"{where.hosts} {need}") from error


def _unavailable(reason: str) -> Unavailable:
    return Unavailable(f"The database is not available: {escaped(reason)}")


def _reason(database: Database, where: Address, cause: BaseException | None) -> str:
    if isinstance(cause, OperationFailure) and cause.code in REJECTED:
        who = "the credentials" if where.user is None else f"the user {where.user}"
        return f"{where.hosts} rejects {who}: a wrong password, user or authSource"
    if isinstance(cause, ConfigurationError):  # Of DNS, for mongodb+srv, or an old server.
        return f"{where.hosts}: {cause}"
    topology = database.client.delegate.topology_description
    servers = list(topology.server_descriptions().values())
    if not servers:
        return f"{where.hosts} has no member of the replica set {where.replica_set}"
    servers.sort(key=lambda server: where.hosts.find(server.address[0]))
    return "; ".join(f"{_host(server)} {_failure(server)}" for server in servers)


def _host(server: ServerDescription) -> str:
    host, port = server.address
    return host if port is None else f"{host}:{port}"


def _failure(server: ServerDescription) -> str:
    if server.server_type_name == "RSGhost":
        return "belongs to a replica set that is not initiated yet"
    if server.error is None:
        return "does not answer" if server.server_type_name == "Unknown" else "is not the primary"
    if isinstance(server.error, ProtocolError):
        return "does not speak MongoDB's protocol"
    text = str(server.error).split(" (configured timeouts")[0]
    matches = (words for pattern, words in REASONS.items() if re.search(pattern, text, re.I))
    return next(matches, f"fails ({type(server.error).__name__})")
