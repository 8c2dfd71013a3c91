"""How often one may ask: a key with answers, an address with keys that are not valid. Each process
counts for itself."""

import time
from ipaddress import ip_address, ip_network

from cachetools import LRUCache, TTLCache
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from app.domain.errors import RateLimited

MAX_FAILURES = 30
FAILURES_SECONDS = 60.0
TRICKLE_SECONDS = 1.0
REMEMBERED = 10_000
"""Addresses, and keys that were valid: more would be memory for whoever brings more."""


class KeyRate:
    """So many requests of one key, such as `600/minute`. A sliding window counter: two numbers for
    a key, whatever the limit, and at no boundary of two windows is there twice the limit."""

    def __init__(self, limit: str) -> None:
        self._limit = parse(limit)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def count(self, digest: str) -> None:
        """Count a request of a key, named by its digest. Raises RateLimited."""
        if await self._limiter.hit(self._limit, digest):
            return
        reset, _ = await self._limiter.get_window_stats(self._limit, digest)
        unit = self._limit.GRANULARITY.name
        message = f"Over the limit of {self._limit.amount:,} requests per {unit} for a key."
        raise RateLimited(message, reset - time.time())


class BadKeys:
    """Slows down who tries keys from one address: after some failures within a minute, keys that
    have not worked before are looked up once a second only.

    A key that worked before in this process is never held up: who shares an address with someone
    who tries keys goes on working. Lookups that are under way at once may all fail before they
    count; the connections that there can be limit that."""

    def __init__(self) -> None:
        self._failures: TTLCache[str, list[int]] = TTLCache(
            REMEMBERED, FAILURES_SECONDS, lambda: time.monotonic()
        )
        self._looked_up: TTLCache[str, None] = TTLCache(
            REMEMBERED, TRICKLE_SECONDS, lambda: time.monotonic()
        )
        self._worked: LRUCache[str, None] = LRUCache(REMEMBERED)

    def admit(self, client: str, digest: str) -> None:
        """Before a key is looked up. Raises RateLimited if it should not be."""
        if not self._is_slowed(client) or digest in self._worked:
            return
        if client in self._looked_up:
            raise self._refusal()
        self._looked_up[client] = None

    def worked(self, digest: str) -> None:
        """The key is valid."""
        self._worked[digest] = None

    def failed(self, client: str, digest: str) -> None:
        """The key is not valid. Raises RateLimited where there were too many."""
        self._worked.pop(digest, None)
        was_slowed = self._is_slowed(client)
        if (count := self._failures.get(client)) is None:
            # The minute begins; later failures do not prolong it.
            count = self._failures[client] = [0]
        count[0] += 1
        if was_slowed:
            raise self._refusal()

    def _is_slowed(self, client: str) -> bool:
        return self._failures.get(client, [0])[0] >= MAX_FAILURES

    def _refusal(self) -> RateLimited:
        return RateLimited(
            f"Over {MAX_FAILURES} keys that are not valid within a minute from this address.",
            TRICKLE_SECONDS,
        )


def address(client: str) -> str:
    """Whom an address stands for: with IPv6, a network of 64 bits is one customer's."""
    try:
        found = ip_address(client)
    except ValueError:
        return client
    return client if found.version == 4 else str(ip_network((int(found), 64), strict=False))
