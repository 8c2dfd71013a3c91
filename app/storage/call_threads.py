"""The threads in which the driver calls the database, one for each call that is under way.

A call takes its thread, and maybe a connection, until it has ended. Writes wait until a majority of
the replica set has them, for seconds if there is none. So they have threads of their own, and reads
go on.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from threading import Thread
from typing import ParamSpec, TypeVar

from app.domain.fair_threads import FairThreads

P = ParamSpec("P")
T = TypeVar("T")

CALLS, CALLS_OF_A_KEY, CALLS_OF_THE_SERVER = 16, 4, 4
"""Reads at the same time, and as many writes: all, those of one API key at most, and how many are
kept for the server itself: to look up keys, to answer health checks."""

_is_writing: ContextVar[bool] = ContextVar("is_writing", default=False)


@contextmanager
def writing() -> Iterator[None]:
    """Inside, calls may wait for a majority, and use the threads of writes."""
    token = _is_writing.set(True)
    try:
        yield
    finally:
        _is_writing.reset(token)


class CallThreads(Executor):
    """Threads for reads and others for writes, of which each key has its share."""

    def __init__(self) -> None:
        self._reads, self._writes = (
            FairThreads(
                CALLS,
                share=CALLS_OF_A_KEY,
                reserved=CALLS_OF_THE_SERVER,
                name=name,
                stage="database",
            )
            for name in ("database_read", "database_write")
        )
        self.pools = {"database_read": self._reads, "database_write": self._writes}

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Runs the function in a thread for reads or, inside of `writing`, for writes."""
        pool = self._writes if _is_writing.get() else self._reads
        return pool.submit(fn, *args, **kwargs)

    def is_congested(self) -> bool:
        """Whether calls of the current caller wait for a thread."""
        return any(pool.is_congested() for pool in self.pools.values())

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accepts no more calls."""
        for pool in self.pools.values():
            pool.shutdown(wait, cancel_futures=cancel_futures)


async def in_own_thread(call: Callable[[], T]) -> T:
    """The result of a call in a thread that the end of the process does not wait for."""
    result, context = Future[T](), copy_context()  # The context has the call's deadline.

    def run() -> None:
        try:
            answer = context.run(call)
        except BaseException as error:
            result.set_exception(error)
        else:
            result.set_result(answer)

    result.set_running_or_notify_cancel()  # From now on it cannot be cancelled.
    Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(result)
