"""Rate limits: requests by API key, and invalid keys by address. Each process counts separately."""

import time
from ipaddress import ip_address, ip_network

from cachetools import LRUCache, TTLCache
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from app.domain.errors import RateLimited

MAX_FAILURES = 30
FAILURES_SECONDS = 60.0
SLOWED_SECONDS = 1.0
MAX_REMEMBERED = 10_000
"""Addresses, and valid keys, that are remembered: a bound on memory against attackers."""


class KeyRate:
    """Limits the requests of a key, such as `600/minute`.

    A sliding window counter: it keeps two numbers per key, and unlike fixed windows does not allow
    twice the limit around the boundary of two windows.
    """

    def __init__(self, limit: str) -> None:
        self._limit = parse(limit)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def count(self, digest: str) -> None:
        """Count a request of the key with this digest. Raises RateLimited."""
        if await self._limiter.hit(self._limit, digest):
            return
        reset, _ = await self._limiter.get_window_stats(self._limit, digest)
        unit = self._limit.GRANULARITY.name
        message = f"Over the limit of {self._limit.amount:,} requests per {unit} for a key."
        raise RateLimited(message, reset - time.time())


class BadKeys:
    """Slows down guessing of keys: after MAX_FAILURES failures within a minute from one address,
    unknown keys of that address are looked up only once a second.

    Keys that have been valid in this process are exempt, so that other clients behind the same
    address are not affected. Concurrent lookups may exceed the limit, up to the number of
    connections."""

    def __init__(self) -> None:
        self._failures: TTLCache[str, list[int]] = TTLCache(
            MAX_REMEMBERED, FAILURES_SECONDS, lambda: time.monotonic()
        )
        self._looked_up: TTLCache[str, None] = TTLCache(
            MAX_REMEMBERED, SLOWED_SECONDS, lambda: time.monotonic()
        )
        self._valid_keys: LRUCache[str, None] = LRUCache(MAX_REMEMBERED)

    def admit(self, client: str, digest: str) -> None:
        """Call before a key is looked up. Raises RateLimited if it must not be."""
        if not self._is_slowed(client) or digest in self._valid_keys:
            return
        if client in self._looked_up:
            raise self._too_many_failures()
        self._looked_up[client] = None

    def succeeded(self, digest: str) -> None:
        """Record that a key is valid."""
        self._valid_keys[digest] = None

    def failed(self, client: str, digest: str) -> None:
        """Record that a key is invalid. Raises RateLimited if the address has had too many."""
        self._valid_keys.pop(digest, None)
        was_slowed = self._is_slowed(client)
        if (count := self._failures.get(client)) is None:
            # The first failure starts the minute; later ones do not extend it.
            count = self._failures[client] = [0]
        count[0] += 1
        if was_slowed:
            raise self._too_many_failures()

    def _is_slowed(self, client: str) -> bool:
        return self._failures.get(client, [0])[0] >= MAX_FAILURES

    def _too_many_failures(self) -> RateLimited:
        return RateLimited(
            f"Over {MAX_FAILURES} invalid keys within a minute from this address.",
            SLOWED_SECONDS,
        )


def address(client: str) -> str:
    """The address to count by; for IPv6 its /64 network, as one client often has all of it."""
    try:
        parsed = ip_address(client)
    except ValueError:
        return client
    return client if parsed.version == 4 else str(ip_network((int(parsed), 64), strict=False))
