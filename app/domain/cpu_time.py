"""CPU time of operations, which share one event loop: short pieces of work with pauses in between,
or threads for what cannot be divided.

A pause is also where a cancelled operation ends. A thread cannot be cancelled once it has begun.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sized
from contextvars import ContextVar, copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from app.domain.context_values import bound
from app.domain.fair_threads import FairThreads

P = ParamSpec("P")
T = TypeVar("T")

SLICE_SECONDS, SHORTEST_SLICE_SECONDS = 0.02, 0.001
"""How long all operations together may occupy the event loop before others get their turn, and the
least part of it that one of them gets."""

LARGE = 1_000
"""Entries of a value from where on it takes milliseconds to check."""

THREADS, THREADS_OF_A_KEY = 2, 1
"""Threads for long work. Few, because all but RE2 holds the interpreter's lock in turns of 5 ms."""


class _Pace:
    """The slice of time of one operation. It begins anew in each round of the event loop."""

    under_way = 0

    def __init__(self) -> None:
        self._is_renewing = False
        self.renew()

    async def pause(self) -> None:
        while time.monotonic() >= self._ends:
            if not self._is_renewing:
                self._is_renewing = True
                asyncio.get_running_loop().call_soon(self.renew)
            await asyncio.sleep(0)

    def renew(self) -> None:
        part = SLICE_SECONDS / max(_Pace.under_way, 1)
        self._ends = time.monotonic() + max(part, SHORTEST_SLICE_SECONDS)
        self._is_renewing = False


_pace: ContextVar[_Pace | None] = ContextVar("pace", default=None)


class shared_cpu_time(bound[_Pace | None]):
    """A context: inside, and in tasks started inside, `pause` lets others go on in time."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(_pace, None)

    def __enter__(self) -> None:
        _Pace.under_way += 1
        self._token = _pace.set(_Pace())

    def __exit__(self, *_: object) -> None:
        _pace.reset(self._token)
        _Pace.under_way -= 1


async def pause() -> None:
    """Lets the other work of the event loop go on if this operation has used its slice of time.
    For the boundaries between pieces of work of at most a few milliseconds."""
    if (pace := _pace.get()) is not None:
        await pace.pause()


def resumed() -> None:
    """To be called after a wait: the time until now was not the operation's."""
    if (pace := _pace.get()) is not None:
        pace.renew()


async def with_pauses(items: Iterable[T]) -> AsyncIterator[T]:
    """The items, with a pause before each."""
    for item in items:
        await pause()
        yield item


def is_large(value: object) -> bool:
    """Whether a value of a client has many entries."""
    return isinstance(value, Sized) and len(value) > LARGE


async def off_loop(
    is_long: bool, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """The result of a function, from a thread if it may take longer than a few milliseconds. The
    threads are few, and one caller uses one at a time: it cannot take all of them."""
    if not is_long:
        await pause()
        return function(*args, **kwargs)
    call = partial(copy_context().run, partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_THREADS, call)


def threads() -> FairThreads:
    """The threads for long work."""
    return _THREADS


_THREADS = FairThreads(THREADS, share=THREADS_OF_A_KEY, name="cpu")
