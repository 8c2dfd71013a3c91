"""Threads that callers share."""

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from threading import Event, Lock

import pytest

from app.domain.fair_threads import FairThreads, working_for

SECONDS = 10


class Work:
    """Calls that last until they are let go on, and how many ran at the same time."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.most = 0
        self._now = 0
        self._lock = Lock()
        self._goes_on = Event()

    def call(self, name: str) -> Callable[[], str]:
        def run() -> str:
            with self._lock:
                self.order.append(name)
                self._now += 1
                self.most = max(self.most, self._now)
            assert self._goes_on.wait(SECONDS)
            with self._lock:
                self._now -= 1
            return name

        return run

    def goes_on(self) -> None:
        self._goes_on.set()


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.goes_on()


def submitted(threads: FairThreads, caller: str, work: Work, count: int) -> list[Future[str]]:
    with working_for(caller):
        return [threads.submit(work.call(f"{caller}{number}")) for number in range(count)]


def results(*futures: Future[str]) -> list[str]:
    return [future.result(SECONDS) for future in futures]


def test_a_caller_has_at_most_its_share(work: Work) -> None:
    threads, others = FairThreads(4, share=2), Work()

    calls = submitted(threads, "a", work, 6)
    others.goes_on()
    unhindered = results(*submitted(threads, "b", others, 6))
    with working_for("a"):
        is_congested = threads.is_congested()
    work.goes_on()

    assert unhindered == [f"b{number}" for number in range(6)]
    assert is_congested
    assert results(*calls) == [f"a{number}" for number in range(6)]
    assert work.most == 2
    assert others.most <= 2
    with working_for("a"):
        assert not threads.is_congested()


def test_callers_take_turns(work: Work) -> None:
    threads = FairThreads(1, share=1)

    calls = [*submitted(threads, "a", work, 3), *submitted(threads, "b", work, 2)]
    calls += submitted(threads, "c", work, 1)
    work.goes_on()
    results(*calls)

    assert work.order == ["a0", "a1", "b0", "c0", "a2", "b1"]


def test_the_server_itself_never_waits_for_callers(work: Work) -> None:
    threads = FairThreads(4, share=3, reserved=2)

    calls = [*submitted(threads, "a", work, 3), *submitted(threads, "b", work, 3)]
    own = [threads.submit(lambda: "own") for _ in range(5)]

    assert results(*own) == ["own"] * 5
    work.goes_on()
    results(*calls)
    assert work.most == 2


def test_the_server_itself_takes_turns_for_what_is_not_reserved(work: Work) -> None:
    threads, others = FairThreads(6, share=2, reserved=2), Work()

    own = [threads.submit(work.call(f"own{number}")) for number in range(8)]
    others.goes_on()
    unhindered = results(*submitted(threads, "a", others, 6))
    most_at_first = work.most
    work.goes_on()

    assert unhindered == [f"a{number}" for number in range(6)]
    assert most_at_first == 4
    assert results(*own) == [f"own{number}" for number in range(8)]


def test_a_call_that_was_cancelled_while_it_waited_is_not_made(work: Work) -> None:
    threads = FairThreads(1, share=1)

    first, second, third = submitted(threads, "a", work, 3)
    assert second.cancel()
    work.goes_on()

    assert results(first, third) == ["a0", "a2"]
    assert work.order == ["a0", "a2"]


def test_a_thread_counts_until_its_call_has_ended(work: Work) -> None:
    threads = FairThreads(2, share=1)

    first, second = submitted(threads, "a", work, 2)
    is_cancelled = first.cancel()  # As by a request that is not waited for any more.
    others = Work()
    others.goes_on()
    results(*submitted(threads, "b", others, 3))

    assert not is_cancelled
    assert work.order == ["a0"]
    work.goes_on()
    assert results(second) == ["a1"]


def test_an_exception_belongs_to_the_caller() -> None:
    threads = FairThreads(1, share=1)

    failing = threads.submit(int, "one")

    with pytest.raises(ValueError, match="one"):
        failing.result(SECONDS)
    assert threads.submit(lambda: 1).result(SECONDS) == 1


def test_at_shutdown_waiting_calls_are_cancelled(work: Work) -> None:
    threads = FairThreads(1, share=1)
    running, waiting = submitted(threads, "a", work, 2)

    threads.shutdown(wait=False)
    work.goes_on()

    assert results(running) == ["a0"]
    with pytest.raises(CancelledError):
        waiting.result(SECONDS)
    with pytest.raises(RuntimeError):
        threads.submit(lambda: 1)
