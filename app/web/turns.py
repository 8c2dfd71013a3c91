"""The operations of an API key that are under way: a few at a time, in the order of arrival."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager

from app.domain.counters import count_limit
from app.domain.errors import RateLimited, Unavailable
from app.domain.request_facts import stage

AT_A_TIME = 4
"""Queries of a key, and mutations, that a process executes at a time. Others, of this key, wait."""

LARGE_BYTES = 100_000
"""The size of a body from where on only one query of a key, and one mutation, is executed at a
time: in memory, the values of a body may take forty times its size."""

MAX_BYTES, MIN_BYTES = 32_000_000, 32_000
"""Bytes of the bodies of a key's requests that arrive, wait or are executed, and as how many a
small body counts, which limits the number of requests."""

RETRY_SECONDS = 1
TOO_MANY = (
    f"This API key has {MAX_BYTES // 1_000_000} MB of requests under way, or "
    f"{MAX_BYTES // MIN_BYTES:,} requests; send fewer at a time."
)
WAITED = "Other requests of this API key take too long; try again, with fewer at a time."

Waiting = Callable[[], AbstractContextManager[float]]
"""A context in which a request waits. Yields the seconds that it may wait altogether."""


class _KeyTurns:
    def __init__(self) -> None:
        self.bytes = 0
        self.queries = asyncio.Semaphore(AT_A_TIME)
        self.mutations = asyncio.Semaphore(AT_A_TIME)
        self.large_queries = asyncio.Semaphore(1)
        self.large_mutations = asyncio.Semaphore(1)

    def of(self, size: int, *, is_mutation: bool) -> list[asyncio.Semaphore]:
        """Those that an operation has to enter, in this order."""
        turn, large = (
            (self.mutations, self.large_mutations)
            if is_mutation
            else (self.queries, self.large_queries)
        )
        return [large, turn] if size > LARGE_BYTES else [turn]


class _Request:
    """A request under way, and the bytes that its body counts as."""

    def __init__(self, turns: _KeyTurns) -> None:
        self._turns = turns
        self._received = 0
        self._counted = 0
        self._count(MIN_BYTES)

    def add(self, size: int) -> None:
        """Counts bytes of the body that have arrived. Raises RateLimited if there are too many."""
        self._received += size
        self._count(self._received)

    def _count(self, size: int) -> None:
        more, others = max(size - self._counted, 0), self._turns.bytes - self._counted
        if more and others and others + size > MAX_BYTES:
            count_limit("requests under way")
            raise RateLimited(TOO_MANY, RETRY_SECONDS)
        self._turns.bytes += more
        self._counted += more

    def end(self) -> None:
        """The request is answered or dropped."""
        self._turns.bytes -= self._counted


class Turns:
    """Lets each key have its turn, however many requests another one sends."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._keys: dict[str, _KeyTurns] = {}

    @contextmanager
    def request(self, key: str) -> Iterator[_Request]:
        """Counts a request of the key inside, and what is added of its body. Raises RateLimited if
        there are too many."""
        turns = self._keys.get(key) or _KeyTurns()
        request = _Request(turns)
        self._keys[key] = turns
        try:
            yield request
        finally:
            request.end()
            if not turns.bytes:
                del self._keys[key]

    @asynccontextmanager
    async def turn(self, key: str, size: int, *, is_mutation: bool) -> AsyncIterator[bool]:
        """Waits until the key may execute an operation whose body has `size` bytes; yields whether
        that took a while. Mutations, which may wait for the database for seconds, do not keep
        queries waiting. Inside of `request`. Raises Unavailable."""
        semaphores = self._keys[key].of(size, is_mutation=is_mutation)
        has_waited = any(semaphore.locked() for semaphore in semaphores)
        async with AsyncExitStack() as stack:
            try:
                with stage("wait"), self._waiting() as seconds:
                    async with asyncio.timeout(seconds):
                        for semaphore in semaphores:
                            await stack.enter_async_context(semaphore)
            except TimeoutError:
                count_limit("wait for a turn")
                raise Unavailable(WAITED) from None
            yield has_waited
