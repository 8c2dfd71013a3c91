"""Masks the credentials in a MongoDB URI, so that it can be shown."""

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
"""Options that hold no secret, in lower case; the values of all others are masked."""

_URI = re.compile(
    r"(?P<scheme>mongodb(?:\+srv)?://)"
    r"(?:(?P<user>[^:@/?#\s]*)(?P<password>:[^:@/?#\s]*)?@)?"
    r"(?P<hosts>[\w.:,%\[\]-]+)"
    r"(?P<database>/[^/@?#\s]*)?"
    r"(?:\?(?P<options>[^?#@\s]*))?"
)


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
