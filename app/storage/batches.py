"""Calls of the database that wait at the same time, and are made together."""

import asyncio
from asyncio import Future, Handle, TimerHandle
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from contextvars import Context
from functools import partial
from typing import Generic, NamedTuple, TypeVar

import pymongo

from app.domain.fair_threads import current_caller, working_for
from app.storage import wait_budget
from app.storage.call_threads import CALLS_OF_A_KEY

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
R = TypeVar("R")

SIZE = 64
"""Calls that a batch has at most."""

LINGER_SECONDS = 0.001
"""How long calls wait for others at most, while a batch is under way."""

Perform = Callable[[K, Sequence[T]], Future[Sequence[R | Exception]]]
"""Makes a batch of calls of one kind; the results or errors of the calls, in their order. If it
fails itself, every call does."""


class _Call(NamedTuple, Generic[T, R]):
    item: T
    size: int
    outcome: Future[R]


class _Queue(Generic[K, T, R]):
    """Calls of one kind for one caller."""

    def __init__(self, caller: str | None, kind: K) -> None:
        self.caller = caller
        self.kind = kind
        self.waiting = deque[_Call[T, R]]()
        self.under_way = 0
        self.start: Handle | None = None
        """The start of the next batch, if it does not wait for the end of another."""
        self.context = Context()  # Those of the calls have their deadlines.

    def take(self, limit: int) -> list[_Call[T, R]]:
        """The calls of the next batch, without those that nobody waits for any more."""
        taken, size = list[_Call[T, R]](), 0
        while self.waiting and len(taken) < SIZE:
            call = self.waiting[0]
            if taken and size + call.size > limit:
                break
            self.waiting.popleft()
            if not call.outcome.done():
                taken.append(call)
                size += call.size
        return taken


class Batches(Generic[K, T, R]):
    """Makes calls of one kind for one caller, an API key, together.

    A call that comes alone is made at the loop's next turn, with those that come until then. While
    a batch is under way, calls wait for its end, for SIZE of them, or for LINGER_SECONDS: so
    there are more batches at a time where the database is slow, as many as the threads of a key.

    A batch has the calls of one key only: keys have their shares of the threads as they have them
    without batches, and no key waits for what another asks for. It runs in a context of its own,
    with its own deadline, so that a call does not end, fail or wait for longer because of the
    deadline, the cancellation or the budget of another.
    """

    def __init__(
        self, perform: Perform[K, T, R], *, limit: int = SIZE, seconds: float | None = None
    ) -> None:
        """`limit` is that of the sizes of a batch's calls, `seconds` the deadline of a batch, that
        of a request by default."""
        self._perform = perform
        self._limit = limit
        self._seconds = seconds
        self._queues: dict[tuple[str | None, K], _Queue[K, T, R]] = {}

    def call(self, kind: K, item: T, size: int = 1) -> Future[R]:
        """The outcome of a call, which may be cancelled."""
        outcome: Future[R] = asyncio.get_running_loop().create_future()
        caller = current_caller()
        queue = self._queues.get((caller, kind))
        if queue is None:
            queue = self._queues[caller, kind] = _Queue(caller, kind)
        queue.waiting.append(_Call(item, size, outcome))
        self._plan(queue)
        return outcome

    def _plan(self, queue: _Queue[K, T, R]) -> None:
        """Plans the start of the next batch, unless only the end of another makes room for it."""
        if queue.under_way >= CALLS_OF_A_KEY:
            return
        if not queue.under_way or len(queue.waiting) >= SIZE:
            self._start_soon(queue)
        elif queue.start is None:
            later = asyncio.get_running_loop().call_later
            queue.start = later(LINGER_SECONDS, self._start, queue, context=queue.context)

    def _start_soon(self, queue: _Queue[K, T, R]) -> None:
        """Starts the next batch at the next turn of the loop, with the calls that come until then,
        such as those of the callers whose calls have just been made."""
        if isinstance(queue.start, TimerHandle):
            queue.start.cancel()
            queue.start = None
        if queue.start is None:
            soon = asyncio.get_running_loop().call_soon
            queue.start = soon(self._start, queue, context=queue.context)

    def _start(self, queue: _Queue[K, T, R]) -> None:
        queue.start = None
        if calls := queue.take(self._limit):
            queue.under_way += 1
            ended = partial(self._end, queue, calls)
            self._made(queue, calls).add_done_callback(ended, context=queue.context)
        if queue.waiting:
            self._plan(queue)
        elif not queue.under_way:
            self._queues.pop((queue.caller, queue.kind), None)

    def _made(
        self, queue: _Queue[K, T, R], calls: Sequence[_Call[T, R]]
    ) -> Future[Sequence[R | Exception]]:
        seconds = wait_budget.SECONDS if self._seconds is None else self._seconds
        try:
            with working_for(queue.caller), pymongo.timeout(seconds):
                return self._perform(queue.kind, [call.item for call in calls])
        except Exception as error:
            failed = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            return failed

    def _end(
        self,
        queue: _Queue[K, T, R],
        calls: Sequence[_Call[T, R]],
        made: Future[Sequence[R | Exception]],
    ) -> None:
        queue.under_way -= 1
        self._start_soon(queue)
        if made.cancelled():  # The server ends.
            for call in calls:
                call.outcome.cancel()
            return
        failure = made.exception()
        outcomes = made.result() if failure is None else [failure] * len(calls)
        for call, outcome in zip(calls, outcomes, strict=True):
            if call.outcome.done():  # Nobody waits for it any more.
                continue
            if isinstance(outcome, BaseException):
                call.outcome.set_exception(outcome)
            else:
                call.outcome.set_result(outcome)
