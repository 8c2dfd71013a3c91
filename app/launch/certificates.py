"""The certificate authorities that a client trusts."""

import ssl
from functools import cache

import httpx


def trusted_by_clients_of(url: str) -> ssl.SSLContext:
    """What a client of a server with this URL verifies certificates with. To read the authorities
    takes 20 ms, so it happens once in a process, and not for plain HTTP: there nobody is trusted.
    """
    if url.lower().startswith("http://"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return _authorities()


@cache
def _authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context()
