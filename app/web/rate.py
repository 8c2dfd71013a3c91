"""The rate limit of an API key. Each process counts separately."""

import time

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from app.domain.errors import RateLimited


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
