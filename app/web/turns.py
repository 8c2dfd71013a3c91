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
"""The size of a body from where on only one operation of a key is executed at a time: in memory,
the values of a body may take forty times its size."""

MAX_BYTES, MIN_BYTES = 32_000_000, 32_000
"""Bytes of the bodies of a key's requests that wait or are executed, and as how many a small body
counts, which limits the number of requests."""

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
        self.large = asyncio.Semaphore(1)


class Turns:
    """Lets each key have its turn, however many requests another one sends."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._keys: dict[str, _KeyTurns] = {}

    @contextmanager
    def request(self, key: str, size: int) -> Iterator[None]:
        """Counts a request of the key inside, whose body has `size` bytes. Raises RateLimited if
        there are too many."""
        turns, size = self._keys.setdefault(key, _KeyTurns()), max(size, MIN_BYTES)
        if turns.bytes and turns.bytes + size > MAX_BYTES:
            count_limit("requests under way")
            raise RateLimited(TOO_MANY, RETRY_SECONDS)
        turns.bytes += size
        try:
            yield
        finally:
            turns.bytes -= size
            if not turns.bytes:
                del self._keys[key]

    @asynccontextmanager
    async def turn(self, key: str, size: int, *, is_mutation: bool) -> AsyncIterator[bool]:
        """Waits until the key may execute an operation whose body has `size` bytes; yields whether
        that took a while. Mutations, which may wait for the database for seconds, do not keep
        queries waiting. Inside of `request`. Raises Unavailable."""
        turns = self._keys[key]
        semaphores = [turns.mutations if is_mutation else turns.queries]
        if size > LARGE_BYTES:
            semaphores.insert(0, turns.large)
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
