"""The rate limit of an API key, in units of cost. Each process counts separately."""

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from app.domain.counters import count_limit
from app.domain.errors import RateLimited
from app.graphql.execute import REJECTED_COST

BYTES_PER_UNIT = 4_000
"""Bytes of a body that cost one unit: to read and to check their values takes as long."""


class KeyRate:
    """Limits what the operations of a key cost, such as `60000/minute`.

    A sliding window counter: it keeps two numbers per key, and unlike fixed windows does not allow
    twice the limit around the boundary of two windows.
    """

    def __init__(self, limit: str) -> None:
        self._limit = parse(limit)
        self._storage = MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    async def check(self, digest: str) -> None:
        """Raises RateLimited if the key with this digest has nothing left."""
        if not await self._limiter.test(self._limit, digest):
            raise await self._error(digest, 1)

    async def charge(self, digest: str, cost: int) -> None:
        """Charge the key with the cost of an operation. Raises RateLimited if too little is left;
        one that costs more than the limit takes all of it. An operation that is rejected for
        this costs what others do that are rejected, or what is left."""
        cost = min(cost, self._limit.amount)
        if not await self._limiter.hit(self._limit, digest, cost=cost):
            _, left = await self._limiter.get_window_stats(self._limit, digest)
            if left > 0:
                await self._limiter.hit(self._limit, digest, cost=min(REJECTED_COST, left))
            raise await self._error(digest, cost)

    async def headers(self, digest: str) -> dict[str, str]:
        """Headers that tell the key's owner the limit, its window in seconds, and what is left, as
        in the IETF's draft for HTTP."""
        _, left = await self._limiter.get_window_stats(self._limit, digest)
        quota, window = self._limit.amount, self._limit.get_expiry()
        return {"ratelimit-policy": f'"key";q={quota};w={window}', "ratelimit": f'"key";r={left}'}

    async def _error(self, digest: str, cost: int) -> RateLimited:
        count_limit("rate")
        unit = self._limit.GRANULARITY.name
        message = f"Over the limit of {self._limit.amount:,} fields per {unit} for a key."
        return RateLimited(message, await self._seconds_until(digest, cost))

    async def _seconds_until(self, digest: str, cost: int) -> float:
        """The time until the key can pay the cost, if it asks for nothing until then. What was
        counted in the window before this one is forgotten bit by bit, as time passes."""
        window, key = self._limit.get_expiry(), self._limit.key_for(digest)
        earlier, earlier_ends, current, current_ends = await self._storage.get_sliding_window(
            key, window
        )
        room = self._limit.amount - cost
        if room >= current:
            return earlier_ends - window * (room - current) / max(earlier, 1)
        return current_ends - window * room / current
