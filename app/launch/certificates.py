"""The certificate authorities that a client trusts."""

import ssl
from functools import cache

import httpx


def trusted_by_clients_of(url: str) -> ssl.SSLContext:
    """The TLS context for clients of a server with this URL. Reading the authorities takes 20 ms,
    so it happens once in a process, and not for plain HTTP: there, no authority is trusted."""
    if url.lower().startswith("http://"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return _authorities()


@cache
def _authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context()
