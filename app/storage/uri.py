"""A URI of MongoDB as it may be shown: without what opens the database."""

import re

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
"""Options, in lower case, that hold no secret; the values of all others are masked."""

_URI = re.compile(
    r"(?P<scheme>mongodb(?:\+srv)?://)"
    r"(?:(?P<user>[^:@/?#\s]*)(?P<password>:[^:@/?#\s]*)?@)?"
    r"(?P<hosts>[\w.:,%\[\]-]+)"
    r"(?P<database>/[^/@?#\s]*)?"
    r"(?:\?(?P<options>[^?#@\s]*))?"
)


def masked(uri: str) -> str:
    """The URI with its secrets as `***`.

    What is not written by the book is masked whole, for nobody can tell where a password with an
    unescaped `@` or `/` ends.
    """
    found = _URI.fullmatch(uri)
    if found is None:
        return MASK
    login = ""
    if found["user"] is not None:
        # A user without a password may be a token.
        login = f"{found['user']}:{MASK}@" if found["password"] else f"{MASK}@"
    options = found["options"]
    query = "" if options is None else "?" + re.sub(r"[^&;]+", _option, options)
    return f"{found['scheme']}{login}{found['hosts']}{found['database'] or ''}{query}"


def _option(found: re.Match[str]) -> str:
    name, separator, _ = found[0].partition("=")
    if not separator:
        return MASK
    return found[0] if name.lower() in SHOWN else f"{name}={MASK}"
