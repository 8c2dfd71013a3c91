"""The operations of an API key that are under way: a few at a time, in the order of arrival."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from app.domain.errors import RateLimited

AT_A_TIME = 4
"""Operations of a key that a process executes at a time. Others, of this key, wait."""

LARGE_BYTES = 100_000
"""The size of a body from where on only one operation of a key is executed at a time: in memory,
the values of a body may take forty times its size."""

MAX_REQUESTS = 64
"""Requests of a key that are being received, wait or are executed: a bound on the memory for their
bodies."""

WAIT_SECONDS = 10.0
"""The longest time that a request waits for its turn."""

RETRY_SECONDS = 1
TOO_MANY = f"This API key has {MAX_REQUESTS} requests under way; send fewer at a time."
WAITED = "Other requests of this API key have taken too long; send fewer at a time."


class _KeyTurns:
    def __init__(self) -> None:
        self.requests = 0
        self.any = asyncio.Semaphore(AT_A_TIME)
        self.large = asyncio.Semaphore(1)


class Turns:
    """Lets each key have its turn, however many requests another one sends."""

    def __init__(self) -> None:
        self._keys: dict[str, _KeyTurns] = {}

    @asynccontextmanager
    async def request(self, key: str) -> AsyncIterator[None]:
        """Counts a request of the key inside. Raises RateLimited if there are too many."""
        turns = self._keys.setdefault(key, _KeyTurns())
        if turns.requests >= MAX_REQUESTS:
            raise RateLimited(TOO_MANY, RETRY_SECONDS)
        turns.requests += 1
        try:
            yield
        finally:
            turns.requests -= 1
            if not turns.requests:
                del self._keys[key]

    @asynccontextmanager
    async def turn(self, key: str, size: int) -> AsyncIterator[bool]:
        """Waits until the key may execute an operation whose body has `size` bytes; yields whether
        that took a while. Inside of `request`. Raises RateLimited."""
        turns = self._keys[key]
        semaphores = [turns.large, turns.any] if size > LARGE_BYTES else [turns.any]
        has_waited = any(semaphore.locked() for semaphore in semaphores)
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    for semaphore in semaphores:
                        await stack.enter_async_context(semaphore)
            except TimeoutError:
                raise RateLimited(WAITED, RETRY_SECONDS) from None
            yield has_waited
