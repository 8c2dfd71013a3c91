"""The memory for answers: limits for the process and for each key, and turns."""

import asyncio

import pytest
from starlette.types import Message

from app.domain.answer_budget import MAX_ANSWER_BYTES
from app.graphql.limits.limits import Limits
from app.web.answer_memory import (
    ANSWERS_PER_KEY,
    SHARES,
    SHARES_PER_KEY,
    AnswerMemory,
    Share,
)
from app.web.answer_response import PIECE, SMALL, AnswerResponse
from app.web.errors import BadRequest

LARGEST = 1_000


async def never() -> None:
    """The caller stays."""
    await asyncio.Event().wait()


async def shares(memory: AnswerMemory, *keys: str) -> list[Share]:
    return [await memory.admit(key, never) for key in keys]


async def a_turn_passes() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_key_has_a_part_and_the_process_a_whole() -> None:
    a, b, c = await shares(AnswerMemory(LARGEST), "a", "b", "c")

    assert a.take(2 * LARGEST)
    assert not a.take(1)
    assert b.take(2 * LARGEST)
    assert not c.take(1)
    a.keep(LARGEST)
    assert c.take(LARGEST)
    assert not c.take(1)
    a.release()
    assert c.take(LARGEST)


async def test_answers_of_one_key_share_its_part() -> None:
    first, second = await shares(AnswerMemory(LARGEST), "a", "a")

    assert first.take(LARGEST)
    assert not second.take(LARGEST + 1)
    assert second.take(LARGEST)


async def test_who_reserves_waits_without_what_it_has_taken() -> None:
    memory = AnswerMemory(LARGEST)
    first, second, third, other = await shares(memory, "a", "a", "a", "b")
    assert first.take(2 * LARGEST - 1)
    assert second.take(1)

    reserving = asyncio.create_task(second.reserve(LARGEST))
    after = asyncio.create_task(third.reserve(LARGEST))
    await a_turn_passes()
    assert not reserving.done()
    await other.reserve(2 * LARGEST)  # A key whose part is free does not wait behind others.
    assert first.take(1)
    first.keep(LARGEST)
    await a_turn_passes()
    assert (reserving.done(), after.done()) == (True, False)
    second.release()
    await after

    assert not third.take(1)


async def test_small_answers_do_not_overtake_a_large_one() -> None:
    memory = AnswerMemory(LARGEST)
    a, b, large, small, later = await shares(memory, "a", "b", "c", "d", "e")
    await a.reserve(2 * LARGEST)
    await b.reserve(LARGEST + 1)

    waiting = asyncio.create_task(large.reserve(LARGEST))
    await a_turn_passes()
    assert not small.take(1)  # There is room, but somebody else waits for it.
    await memory.admit("f", never)  # Its first bytes are free.
    behind = asyncio.create_task(small.reserve(1))
    await a_turn_passes()
    assert (waiting.done(), behind.done()) == (False, False)
    b.keep(LARGEST)
    await a_turn_passes()
    assert (waiting.done(), behind.done()) == (True, False)
    a.keep(LARGEST)
    await behind

    assert later.take(1)


async def test_who_gives_up_does_not_keep_others_waiting() -> None:
    memory = AnswerMemory(LARGEST)
    a, b, large, small, later = await shares(memory, "a", "b", "c", "d", "e")
    await a.reserve(2 * LARGEST)
    await b.reserve(LARGEST + 1)
    waiting = asyncio.create_task(large.reserve(LARGEST))
    await a_turn_passes()
    behind = asyncio.create_task(small.reserve(1))
    await a_turn_passes()

    waiting.cancel()
    await behind

    assert later.take(LARGEST - 2)
    assert not later.take(1)


async def test_who_gives_up_waiting_leaves_its_turn_to_others() -> None:
    memory = AnswerMemory(LARGEST)
    first, second, third = await shares(memory, "a", "a", "a")
    await first.reserve(2 * LARGEST)
    waiting = [asyncio.create_task(share.reserve(2 * LARGEST)) for share in (second, third)]
    await a_turn_passes()

    first.release()
    waiting[0].cancel()  # It has its turn already, but does not know.
    await a_turn_passes()

    assert waiting[0].cancelled()
    assert waiting[1].done()


async def test_who_is_gone_does_not_wait() -> None:
    memory = AnswerMemory(LARGEST)
    gone = asyncio.Event()

    async def leave() -> None:
        await gone.wait()

    first, last = await shares(memory, "a", "a")
    second = await memory.admit("a", leave)
    await first.reserve(2 * LARGEST)
    waiting = [asyncio.create_task(share.reserve(2 * LARGEST)) for share in (second, last)]
    await a_turn_passes()

    gone.set()
    with pytest.raises(BadRequest, match="The connection was closed"):
        await waiting[0]
    first.release()
    await waiting[1]

    assert not last.take(1)


async def test_the_number_of_answers_of_a_key_is_limited() -> None:
    memory = AnswerMemory(LARGEST)
    admitted = await shares(memory, *["a"] * ANSWERS_PER_KEY)
    next_one = asyncio.create_task(memory.admit("a", never))
    given_up = asyncio.create_task(memory.admit("a", never))
    await a_turn_passes()
    assert not next_one.done()

    await memory.admit("b", never)
    given_up.cancel()
    admitted[0].release()

    assert await next_one


async def test_a_response_keeps_its_share_until_it_is_sent() -> None:
    memory = AnswerMemory(LARGEST)
    share, other = await shares(memory, "a", "a")
    assert share.take(2 * LARGEST)
    content = b"x" * (2 * PIECE + 1)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        assert not other.take(1)
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    await AnswerResponse(content, 200, [], share)({"type": "http"}, receive, send)

    assert [len(message.get("body", b"")) for message in sent] == [0, PIECE, PIECE, 1, 0]
    assert [message.get("more_body") for message in sent] == [None, True, True, True, False]
    assert b"".join(message.get("body", b"") for message in sent) == content
    assert other.take(2 * LARGEST)


@pytest.mark.parametrize(("size", "bodies"), [(0, 1), (SMALL, 1), (SMALL + 1, 2)])
async def test_a_small_response_is_sent_at_once(size: int, bodies: int) -> None:
    (share,) = await shares(AnswerMemory(LARGEST), "a")
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    headers = [(b"vary", b"Origin")]
    await AnswerResponse(bytes(size), 400, headers, share)({"type": "http"}, receive, send)

    assert sent[0] == {
        "type": "http.response.start",
        "status": 400,
        "headers": [*headers, (b"content-length", str(size).encode())],
    }
    assert len(sent) == 1 + bodies
    assert b"".join(message["body"] for message in sent[1:]) == bytes(size)
    assert not sent[-1].get("more_body")


async def test_a_response_that_cannot_be_sent_gives_its_share_back() -> None:
    share, other = await shares(AnswerMemory(LARGEST), "a", "a")
    assert share.take(2 * LARGEST)

    async def send(_: Message) -> None:
        raise ConnectionError

    async def receive() -> Message:
        raise AssertionError

    with pytest.raises(ConnectionError):
        await AnswerResponse(b"x", 200, [], share)({"type": "http"}, receive, send)

    assert other.take(2 * LARGEST)


def test_the_shares_are_what_the_readme_says() -> None:
    assert (SHARES, SHARES_PER_KEY) == (4, 2)  # "four times as much", "twice as much"
    assert Limits().answer_bytes == MAX_ANSWER_BYTES
