"""MongoDB URIs as they can be shown: without credentials."""

import re
from urllib.parse import unquote

from msgspec import Struct

MASK = "***"
SHOWN = frozenset(
    {
        *("appname", "authmechanism", "authsource", "compressors", "connecttimeoutms"),
        *("directconnection", "journal", "loadbalanced", "maxidletimems", "maxpoolsize"),
        *("minpoolsize", "readconcernlevel", "readpreference", "replicaset", "retryreads"),
        *("retrywrites", "serverselectiontimeoutms", "sockettimeoutms", "srvmaxhosts"),
        *("srvservicename", "ssl", "timeoutms", "tls", "tlsallowinvalidcertificates"),
        *("tlscafile", "tlscertificatekeyfile", "w", "waitqueuetimeoutms", "wtimeoutms"),
    }
)
"""Options that hold no secret, in lower case; the values of all others are masked."""

_URI = re.compile(
    r"(?P<scheme>mongodb(?:\+srv)?://)"
    r"(?:(?P<user>[^:@/?#\s]*)(?P<password>:[^:@/?#\s]*)?@)?"
    r"(?P<hosts>[\w.:,%\[\]-]+)"
    r"(?P<database>/[^/@?#\s]*)?"
    r"(?:\?(?P<options>[^?#@\s]*))?"
)


class Address(Struct, frozen=True):
    """The parts of a URI that error messages name."""

    hosts: str
    user: str | None
    replica_set: str | None


def address(uri: str) -> Address:
    """The hosts, the user and the replica set of a URI. Of one that is not well-formed, nothing is
    told; a user without a password is not either, as it may be a token."""
    match = _URI.fullmatch(uri)
    if match is None:
        return Address(MASK, None, None)
    user = match["user"] if match["password"] else None
    replica_set = re.search(r"(?i)(?:^|[&;])replicaSet=([\w.-]+)", match["options"] or "")
    return Address(unquote(match["hosts"]), user and unquote(user), replica_set and replica_set[1])


def masked(uri: str) -> str:
    """The URI with each secret replaced by `***`.

    A URI that is not well-formed is masked entirely: where a password with an unescaped `@` or `/`
    ends is unknowable.
    """
    match = _URI.fullmatch(uri)
    if match is None:
        return MASK
    login = ""
    if match["user"] is not None:
        # A user without a password may be a token.
        login = f"{match['user']}:{MASK}@" if match["password"] else f"{MASK}@"
    options = match["options"]
    query = "" if options is None else "?" + re.sub(r"[^&;]+", _option, options)
    return f"{match['scheme']}{login}{match['hosts']}{match['database'] or ''}{query}"


def _option(match: re.Match[str]) -> str:
    name, separator, _ = match[0].partition("=")
    if not separator:
        return MASK
    return match[0] if name.lower() in SHOWN else f"{name}={MASK}"
