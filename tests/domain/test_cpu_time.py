"""Operations share the event loop: none holds it for long."""

import asyncio
import threading
import time

import pytest

from app.domain import cpu_time
from app.domain.cpu_time import (
    SLICE_SECONDS,
    off_loop,
    pause,
    resumed,
    shared_cpu_time,
    with_pauses,
)
from app.domain.fair_threads import working_for


def busy(seconds: float = 0.002) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


async def works(pieces: int) -> None:
    with shared_cpu_time():
        async for _ in with_pauses(range(pieces)):
            busy()


async def longest_gap(work: asyncio.Task[None]) -> float:
    gap = 0.0
    while not work.done():
        begun = time.perf_counter()
        await asyncio.sleep(0)
        gap = max(gap, time.perf_counter() - begun)
    return gap


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("operations", [1, 20])
async def test_others_go_on_between_the_pieces(operations: int) -> None:
    async def all_work() -> None:
        await asyncio.gather(*(works(400 // operations) for _ in range(operations)))

    work = asyncio.create_task(all_work())

    # In one piece, it would be 0.8 seconds. 20 ms are shared; each may be in the middle of a piece.
    assert await longest_gap(work) < 0.4


@pytest.mark.alone
async def test_a_cancelled_operation_ends_at_a_pause() -> None:
    begun = time.perf_counter()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await works(1_000)

    assert time.perf_counter() - begun < 1


@pytest.mark.alone
async def test_many_tasks_of_one_operation_share_its_slice() -> None:
    async def piece() -> None:
        await pause()
        busy()

    async def operation() -> None:
        with shared_cpu_time():
            await asyncio.gather(*(piece() for _ in range(200)))

    assert await longest_gap(asyncio.create_task(operation())) < 0.2


async def test_a_wait_is_not_the_time_of_an_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    others = list[str]()

    with shared_cpu_time():
        busy(SLICE_SECONDS)
        monkeypatch.setattr(cpu_time, "SLICE_SECONDS", 3_600.0)
        resumed()
        asyncio.get_running_loop().call_soon(others.append, "went on")
        await pause()

    assert others == []


async def test_outside_of_an_operation_nothing_pauses() -> None:
    busy(0.05)
    await pause()


async def test_long_work_is_done_in_a_thread_and_keeps_its_context() -> None:
    here = threading.get_ident()

    assert await off_loop(False, threading.get_ident) == here
    assert await off_loop(True, threading.get_ident) != here
    with pytest.raises(ZeroDivisionError):
        await off_loop(True, lambda: 1 // 0)


async def test_a_caller_uses_one_thread_at_a_time() -> None:
    other_goes_on, order = threading.Event(), list[str]()

    def waits(name: str) -> None:
        assert other_goes_on.wait(10)
        order.append(name)

    async def long_work(caller: str) -> None:
        with working_for(caller):
            await asyncio.gather(*(off_loop(True, waits, f"{caller}{n}") for n in range(2)))

    attack = asyncio.create_task(long_work("a"))
    await asyncio.sleep(0.01)
    with working_for("b"):
        await off_loop(True, order.append, "b")  # Would wait, if `a` used both threads.
    other_goes_on.set()
    await attack

    assert order == ["b", "a0", "a1"]
