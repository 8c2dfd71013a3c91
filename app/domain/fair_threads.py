"""Threads that callers share: each may use a part of them, and those that wait take turns."""

import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import ContextVar
from functools import partial
from threading import Lock
from typing import Any, NamedTuple, ParamSpec, TypeVar

from app.domain.context_values import bound
from app.domain.counters import count
from app.domain.request_facts import RequestFacts, current_facts

P = ParamSpec("P")
T = TypeVar("T")

_caller: ContextVar[str | None] = ContextVar("caller", default=None)


def working_for(caller: str | None) -> AbstractContextManager[None]:
    """Inside, and in tasks started inside, work is done for this caller: the digest of a key, or
    None for the server itself."""
    return bound(_caller, caller)


def current_caller() -> str | None:
    """The caller that work is done for; None if it is done for the server itself."""
    return _caller.get()


class _Call(NamedTuple):
    future: Future[Any]
    function: Callable[[], Any]
    facts: RequestFacts
    since: float
    """When it began to wait."""

    def run(self, stage: str | None) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        begun = time.perf_counter()
        result, failure = None, None
        try:
            result = self.function()
        except BaseException as error:
            failure = error
        if stage is not None:
            self.facts.add(stage, time.perf_counter() - begun)
        if failure is None:
            self.future.set_result(result)
        else:
            self.future.set_exception(failure)


class FairThreads(Executor):
    """A pool of threads. A caller has at most `share` of them at a time; its further calls wait in
    their order, and callers take turns, call by call.

    A thread counts until its call has really ended, even if nobody waits for the result any more.
    `reserved` threads are only for calls of the server itself, outside of `working_for`. Of the
    others, it has a share like a caller. With `stage`, the time of calls is added to that stage of
    their request.
    """

    def __init__(
        self,
        threads: int,
        *,
        share: int,
        reserved: int = 0,
        name: str = "",
        stage: str | None = None,
    ) -> None:
        self._threads = ThreadPoolExecutor(threads, name)
        self._name = name
        self._stage = stage
        self._for_all = threads - reserved
        self._share = share
        self._reserved = reserved
        self._lock = Lock()
        self._waiting: dict[str | None, deque[_Call]] = {}
        """Waiting calls by caller; the callers in the order of their turns."""
        self._running = Counter[str | None]()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Runs the function in a thread, when it is the caller's turn."""
        call = _Call(Future(), partial(fn, *args, **kwargs), current_facts(), time.perf_counter())
        with self._lock:
            self._waiting.setdefault(_caller.get(), deque()).append(call)
            self._start_next()
        return call.future

    def is_congested(self) -> bool:
        """Whether calls of the current caller wait for a thread."""
        with self._lock:
            return _caller.get() in self._waiting

    def running(self) -> int:
        """How many calls run."""
        with self._lock:
            return sum(self._running.values())

    def waiting(self) -> int:
        """How many calls wait for a thread."""
        with self._lock:
            return sum(map(len, self._waiting.values()))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accepts no more calls; those that still wait for a thread are cancelled."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for call in (call for calls in waiting.values() for call in calls):
            call.future.cancel()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)

    def _start_next(self) -> None:
        """Starts one call if it may: each event makes room for one at most."""
        for caller in self._waiting:
            if self._may_start(caller):
                return self._start(caller)

    def _may_start(self, caller: str | None) -> bool:
        running, on_reserved = self._running[caller], min(self._running[None], self._reserved)
        if caller is None and on_reserved < self._reserved:
            return True
        is_free = self._running.total() - on_reserved < self._for_all
        return is_free and running < self._share + (self._reserved if caller is None else 0)

    def _start(self, caller: str | None) -> None:
        calls = self._waiting.pop(caller)
        call = calls.popleft()
        if calls:
            self._waiting[caller] = calls  # Behind all others: its turn is over.
        self._running[caller] += 1
        self._threads.submit(self._run, caller, call)

    def _run(self, caller: str | None, call: _Call) -> None:
        count("pool_calls", self._name)
        count("pool_wait_seconds", self._name, amount=time.perf_counter() - call.since)
        try:
            call.run(self._stage)
        finally:
            with self._lock:
                self._running[caller] -= 1
                if not self._running[caller]:
                    del self._running[caller]
                self._start_next()
