"""The operations of an API key that are under way: a few at a time, in the order of arrival."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Self

from app.domain.counters import count_limit
from app.domain.errors import RateLimited, Unavailable
from app.domain.request_facts import stage

AT_A_TIME, SMALL_AT_A_TIME = 4, 64
"""Queries of a key, and mutations, that a process executes at a time, and small ones among them.
Others, of this key, wait."""

SMALL_COST, SMALL_BYTES = 100, 10_000
"""The cost, and the size of a body, up to which an operation is small: a third of what an operation
may cost at most."""

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
    """The requests of a key that are under way."""

    def __init__(self) -> None:
        self.bytes = 0
        self._semaphores: dict[tuple[bool, int], asyncio.Semaphore] = {}

    def of(self, is_mutation: bool, at_a_time: int) -> asyncio.Semaphore:
        """The one for queries or mutations of which so many are executed at a time."""
        kind = is_mutation, at_a_time
        if kind not in self._semaphores:
            self._semaphores[kind] = asyncio.Semaphore(at_a_time)
        return self._semaphores[kind]


class _Request:
    """A context with a request under way, and the bytes that its body counts as."""

    def __init__(self, keys: dict[str, _KeyTurns], key: str) -> None:
        self._keys = keys
        self._key = key
        self._turns = keys.get(key) or _KeyTurns()
        self._received = self._counted = 0

    def __enter__(self) -> Self:
        self._count(MIN_BYTES)
        self._keys[self._key] = self._turns
        return self

    def __exit__(self, *_: object) -> None:
        self._turns.bytes -= self._counted
        if not self._turns.bytes:
            del self._keys[self._key]

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


class Turn:
    """A context with the turn of an operation."""

    def __init__(self, turns: _KeyTurns, waiting: Waiting, *, is_mutation: bool, size: int) -> None:
        self._turns = turns
        self._waiting = waiting
        self._is_mutation = is_mutation
        self._size = size
        self._entered: list[asyncio.Semaphore] = []
        self._has_turn = size > SMALL_BYTES
        """Whether it counts as one of AT_A_TIME, from the beginning or since its cost is known."""
        self.has_waited = False

    async def __aenter__(self) -> Self:
        try:
            if self._size > LARGE_BYTES:
                self.has_waited = await self._enter(1)
            self.has_waited |= await self._enter(SMALL_AT_A_TIME)
            if self._size > SMALL_BYTES:  # Before its values are read.
                self.has_waited |= await self._enter(AT_A_TIME)
        except BaseException:
            self._leave()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    async def costs(self, cost: int) -> bool:
        """Waits for the turn of an operation of this cost, if it is not small and has not had it.
        Returns whether that took a while. Raises Unavailable."""
        if cost <= SMALL_COST or self._has_turn:
            return False
        self._has_turn = True
        return await self._enter(AT_A_TIME)

    async def _enter(self, at_a_time: int) -> bool:
        semaphore = self._turns.of(self._is_mutation, at_a_time)
        has_to_wait = semaphore.locked()
        with stage("wait"):
            # Most are free, and then there is no wait to be limited.
            await (self._acquire_in_time(semaphore) if has_to_wait else semaphore.acquire())
        self._entered.append(semaphore)
        return has_to_wait

    async def _acquire_in_time(self, semaphore: asyncio.Semaphore) -> None:
        try:
            with self._waiting() as seconds:
                async with asyncio.timeout(seconds):
                    await semaphore.acquire()
        except TimeoutError:
            count_limit("wait for a turn")
            raise Unavailable(WAITED) from None

    def _leave(self) -> None:
        while self._entered:
            self._entered.pop().release()


class Turns:
    """Lets each key have its turn, however many requests another one sends."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._keys: dict[str, _KeyTurns] = {}

    def request(self, key: str) -> _Request:
        """Counts a request of the key inside, and what is added of its body. Raises RateLimited if
        there are too many."""
        return _Request(self._keys, key)

    def turn(self, key: str, size: int, *, is_mutation: bool) -> Turn:
        """A context that waits until the key may execute an operation whose body has `size` bytes.
        Mutations, which may wait for the database for seconds, do not keep queries waiting. Inside
        of `request`. Raises Unavailable."""
        return Turn(self._keys[key], self._waiting, is_mutation=is_mutation, size=size)
