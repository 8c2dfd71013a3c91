"""The operations of an API key that are under way: a few at a time, in the order of arrival."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Self

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
    """The requests of a key that are under way."""

    def __init__(self) -> None:
        self.bytes = 0
        self._semaphores: dict[tuple[bool, bool], asyncio.Semaphore] = {}
        """By whether they are for mutations, and for large bodies only."""

    def of(self, size: int, *, is_mutation: bool) -> list[asyncio.Semaphore]:
        """Those that an operation has to enter, in this order."""
        turn = self._semaphore(is_mutation, False, AT_A_TIME)
        return [self._semaphore(is_mutation, True, 1), turn] if size > LARGE_BYTES else [turn]

    def _semaphore(self, is_mutation: bool, is_large: bool, at_a_time: int) -> asyncio.Semaphore:
        kind = is_mutation, is_large
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


class _Turn:
    """A context with the turn of an operation: it has entered the semaphores, one by one."""

    def __init__(self, semaphores: list[asyncio.Semaphore], waiting: Waiting) -> None:
        self._semaphores = semaphores
        self._waiting = waiting
        self._entered: list[asyncio.Semaphore] = []

    async def __aenter__(self) -> bool:
        has_to_wait = any(semaphore.locked() for semaphore in self._semaphores)
        try:
            with stage("wait"):
                # Most are free, and then there is no wait to be limited.
                await (self._enter_in_time() if has_to_wait else self._enter())
        except BaseException:
            self._leave()
            raise
        return has_to_wait

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    async def _enter_in_time(self) -> None:
        try:
            with self._waiting() as seconds:
                async with asyncio.timeout(seconds):
                    await self._enter()
        except TimeoutError:
            count_limit("wait for a turn")
            raise Unavailable(WAITED) from None

    async def _enter(self) -> None:
        for semaphore in self._semaphores:
            await semaphore.acquire()
            self._entered.append(semaphore)

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

    def turn(self, key: str, size: int, *, is_mutation: bool) -> _Turn:
        """Waits until the key may execute an operation whose body has `size` bytes; yields whether
        that took a while. Mutations, which may wait for the database for seconds, do not keep
        queries waiting. Inside of `request`. Raises Unavailable."""
        return _Turn(self._keys[key].of(size, is_mutation=is_mutation), self._waiting)
