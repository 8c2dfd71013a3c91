"""The rate limit of an API key, in units of cost. Each process counts separately."""

import time
from collections.abc import Callable
from math import floor

from limits import parse

from app.domain.counters import count_limit
from app.domain.errors import RateLimited
from app.graphql.execute import REJECTED_COST
from app.web.header_values import Raw

BYTES_PER_UNIT = 4_000
"""Bytes of a body that cost one unit: to read and to check their values takes as long."""


class KeyRate:
    """Limits what the operations of a key cost, such as `60000/minute`.

    A sliding window counter: it keeps two numbers per key, and unlike fixed windows does not allow
    twice the limit around the boundary of two windows. What was counted in the window before this
    one is forgotten bit by bit, as time passes.
    """

    # Not the counter of `limits`: each of its updates looks at the numbers of all other keys.

    def __init__(self, limit: str, clock: Callable[[], float] = time.monotonic) -> None:
        parsed = parse(limit)
        self._most, self._window = parsed.amount, parsed.get_expiry()
        self._unit = parsed.GRANULARITY.name
        self._policy = b"ratelimit-policy", b'"key";q=%d;w=%d' % (self._most, self._window)
        self._clock = clock
        self._number = 0
        """The number of the current window, counted from the clock's zero."""
        self._counts: dict[str, int] = {}
        self._earlier: dict[str, int] = {}
        """The cost that each key has spent in this window, and in the one before it."""

    def check(self, digest: str) -> None:
        """Raises RateLimited if the key with this digest has nothing left."""
        if self.left(digest) < 1:
            raise self._error(digest, 1)

    def charge(self, digest: str, cost: int) -> None:
        """Charge the key with the cost of an operation. Raises RateLimited if too little is left;
        one that costs more than the limit takes all of it. An operation that is rejected for
        this costs what others do that are rejected, or what is left."""
        cost = min(cost, self._most)
        left = self.left(digest)
        if cost > left:
            self._spend(digest, min(REJECTED_COST, left))
            raise self._error(digest, cost)
        self._spend(digest, cost)

    def left(self, digest: str) -> int:
        """The cost that the key may still spend now."""
        passed = self._passed()
        spent = self._counts.get(digest, 0)
        if earlier := self._earlier.get(digest):
            spent += floor(earlier * (1 - passed))
        return max(self._most - spent, 0)

    def headers(self, digest: str) -> Raw:
        """Headers that tell the key's owner the limit, its window in seconds, and what is left, as
        in the IETF's draft for HTTP."""
        return [self._policy, (b"ratelimit", b'"key";r=%d' % self.left(digest))]

    def keys(self) -> int:
        """The number of keys that it keeps numbers of."""
        return len(self._counts.keys() | self._earlier.keys())

    def _spend(self, digest: str, cost: int) -> None:
        self._counts[digest] = self._counts.get(digest, 0) + cost

    def _passed(self) -> float:
        """The part of the current window that has passed, which begins if its time has come."""
        number, passed = divmod(self._clock() / self._window, 1)
        if number != self._number:
            follows = number == self._number + 1
            self._earlier = self._counts if follows else {}
            self._counts, self._number = {}, int(number)
        return passed

    def _error(self, digest: str, cost: int) -> RateLimited:
        count_limit("rate")
        message = f"Over the limit of {self._most:,} fields per {self._unit} for a key."
        return RateLimited(message, self._seconds_until(digest, cost))

    def _seconds_until(self, digest: str, cost: int) -> float:
        """The time until the key can pay the cost, if it asks for nothing until then."""
        rest = 1 - self._passed()
        earlier, current = self._earlier.get(digest, 0), self._counts.get(digest, 0)
        room = self._most - cost
        if room >= current:
            return self._window * (rest - (room - current) / max(earlier, 1))
        return self._window * (rest + 1 - room / current)
