"""The operations of a key that are under way: a few at a time, in order, while others go on."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack, nullcontext
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from app.domain import cpu_time
from app.domain.access import Viewer
from app.domain.service import ModelTemplateService
from app.storage import call_threads, wait_budget
from app.storage.key_lookup import MAX_LOOKUPS
from app.web import turns
from tests.builders import NAMED
from tests.conftest import Caller, Login

ONE = 'query Q%d { modelTemplate(id: "%d") { id } }'
VIEWER = "{ viewer { identityId } }"
COSTLY = "modelTemplates { nodes { revisions(first: 1) { nodes { id name revision modelType } } } }"
"""Six fields for each of 20 templates."""


class Slow:
    """Finding a template takes until it is let go on; which were found, and how many at a time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[str] = []
        self.now = self.most = 0
        self.goes_on = asyncio.Event()

        async def find(
            _: ModelTemplateService, viewer: Viewer, id: str, part: type[object]
        ) -> None:
            self.begun.append(id)
            self.now += 1
            self.most = max(self.most, self.now)
            try:
                await self.goes_on.wait()
            finally:
                self.now -= 1

        monkeypatch.setattr(ModelTemplateService, "find", find)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Nothing counts as small."""
    slow = Slow(monkeypatch)
    monkeypatch.setattr(turns, "SMALL_COST", 0)
    return slow


def sent(caller: Caller, count: int) -> list[asyncio.Task[httpx.Response]]:
    return [asyncio.create_task(caller.post(ONE % (n, n))) for n in range(count)]


async def sent_before(slow: Slow, caller: Caller, count: int) -> None:
    """The operations are compiled then. Otherwise, those that have their turn together would pause
    for each other, and not go on in order."""
    slow.goes_on.set()
    await asyncio.gather(*sent(caller, count))
    slow.goes_on.clear()
    slow.begun.clear()


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it takes too long")


def error_of(answer: httpx.Response) -> Any:
    (error,) = answer.json()["errors"]
    return answer.status_code, error["message"], error["extensions"]


def test_lookups_of_keys_have_threads_of_their_own() -> None:
    assert cpu_time.THREADS_OF_A_KEY == 1  # "of which a key uses one"
    assert call_threads.CALLS_OF_THE_SERVER >= MAX_LOOKUPS


async def test_a_key_has_a_few_operations_at_a_time_in_order(slow: Slow, login: Login) -> None:
    ann, bob = await login(), await login()
    await sent_before(slow, ann, 12)

    requests = sent(ann, 12)
    await until(lambda: len(slow.begun) == 4)
    others = [(await bob.post(VIEWER)).status_code for _ in range(5)]
    slow.goes_on.set()
    answers = await asyncio.gather(*requests)

    assert others == [200] * 5
    assert {answer.status_code for answer in answers} == {200}
    assert slow.most == turns.AT_A_TIME == 4
    assert slow.begun == [str(number) for number in range(12)]


async def test_a_key_has_more_small_operations_at_a_time(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, ann = Slow(monkeypatch), await login()
    await sent_before(slow, ann, 80)

    requests = sent(ann, 80)
    await until(lambda: len(slow.begun) == 64)
    slow.goes_on.set()
    answers = await asyncio.gather(*requests)

    assert {answer.status_code for answer in answers} == {200}
    assert slow.most == turns.SMALL_AT_A_TIME == 64
    assert slow.begun == [str(number) for number in range(80)]


@pytest.mark.parametrize(("more", "size"), [("", 20_000), (COSTLY, 0)])
async def test_an_operation_with_a_large_body_or_cost_is_not_small(
    login: Login, monkeypatch: pytest.MonkeyPatch, more: str, size: int
) -> None:
    slow, ann, text = Slow(monkeypatch), await login(), "x" * size
    query = ONE.replace("{", f"{{ {more}", 1)

    requests = [asyncio.create_task(ann.post(query % (n, n), text=text)) for n in range(12)]
    await until(lambda: len(slow.begun) == 4)
    small = await ann.post(VIEWER)
    slow.goes_on.set()
    answers = await asyncio.gather(*requests)

    assert small.status_code == 200
    assert ["errors" in answer.json() for answer in answers] == [False] * 12
    assert slow.most == turns.AT_A_TIME == 4


@pytest.mark.parametrize(("count", "size"), [(16, 100), (2, 200_000)])
async def test_the_requests_of_a_key_are_bounded_by_the_bytes_of_their_bodies(
    slow: Slow, login: Login, monkeypatch: pytest.MonkeyPatch, count: int, size: int
) -> None:
    monkeypatch.setattr(turns, "MAX_BYTES", 16 * turns.MIN_BYTES)
    ann, bob = await login(), await login()
    text = "x" * size

    requests = [asyncio.create_task(ann.post(ONE % (1, n), text=text)) for n in range(count)]
    await until(lambda: len(slow.begun) == (4 if count > 4 else 1))
    over = await ann.post(VIEWER, text=text)
    other = await bob.post(VIEWER, text=text)
    slow.goes_on.set()
    answers = await asyncio.gather(*requests)

    assert {answer.status_code for answer in answers} == {200}
    assert error_of(over) == (
        429,
        "This API key has 32 MB of requests under way, or 1,000 requests; send fewer at a time.",
        {"code": "RATE_LIMITED", "retryable": True, **NAMED},
    )
    assert over.headers["retry-after"] == "1"
    assert other.status_code == 200
    assert (await ann.post(VIEWER, text=text)).status_code == 200


async def test_a_wait_for_a_turn_has_a_limit(
    slow: Slow, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await login()
    requests = sent(ann, 4)
    await until(lambda: len(slow.begun) == 4)
    monkeypatch.setattr(wait_budget, "SECONDS", 0.05)

    waited = await ann.post(VIEWER)
    slow.goes_on.set()
    await asyncio.gather(*requests)

    assert error_of(waited) == (
        503,
        "Other requests of this API key take too long; try again, with fewer at a time.",
        {"code": "SERVICE_UNAVAILABLE", "retryable": True, **NAMED},
    )


async def test_large_bodies_are_read_one_at_a_time(slow: Slow, login: Login) -> None:
    ann = await login()
    large = [
        asyncio.create_task(ann.post(ONE % (n, n), unused="x" * turns.LARGE_BYTES))
        for n in range(3)
    ]
    await until(lambda: len(slow.begun) == 1)
    small = sent(ann, 3)
    await until(lambda: len(slow.begun) == 4)
    slow.goes_on.set()
    answers = await asyncio.gather(*large, *small)

    assert {answer.status_code for answer in answers} == {200}
    assert slow.begun[:4] == ["0", "0", "1", "2"]


MUTATION = 'mutation M%d { deleteModelTemplate(input: { id: "%d" }) { deletedId } }'


async def test_a_large_mutation_does_not_keep_a_large_query_waiting(
    slow: Slow, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, deleting = await login(), asyncio.Event()

    async def delete(*_: Any) -> str:
        deleting.set()
        await slow.goes_on.wait()
        return "1"

    monkeypatch.setattr(ModelTemplateService, "delete", delete)
    large = "x" * turns.LARGE_BYTES
    mutation = asyncio.create_task(ann.post(MUTATION % (1, 1), unused=large))
    await deleting.wait()
    query = await ann.post(VIEWER, unused=large)
    slow.goes_on.set()

    assert query.status_code == 200
    assert (await mutation).json() == {"data": {"deleteModelTemplate": {"deletedId": "1"}}}


async def test_bodies_count_as_they_arrive_and_until_their_requests_end(
    login: Login, app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MAX_BYTES", 10 * turns.MIN_BYTES)
    ann = await login()
    arriving = [Arriving(app, ann) for _ in range(4)]

    await asyncio.gather(*(each.send(b"x" * 100) for each in arriving))
    while_idle = await ann.post(VIEWER)
    await arriving[0].send(b"x" * 5 * turns.MIN_BYTES)
    small = await ann.post(VIEWER)
    await arriving[1].send(b"x" * 3 * turns.MIN_BYTES)
    for each in (arriving[0], arriving[2], arriving[3]):
        each.leave()
    await until(lambda: arriving[0].task.done())
    again = await asyncio.gather(*(ann.post(VIEWER) for _ in range(9)))
    await asyncio.gather(*(each.task for each in arriving))

    assert while_idle.status_code == 200
    assert small.status_code == 200
    assert arriving[1].statuses == [429]
    assert {answer.status_code for answer in again} == {200}


class Arriving:
    """A request whose body arrives bit by bit, and is announced to be large."""

    def __init__(self, app: Starlette, caller: Caller) -> None:
        self.statuses: list[int] = []
        self._messages = asyncio.Queue[Any]()
        headers = [
            (b"host", b"localhost"),
            (b"x-api-key", caller.http.headers["x-api-key"].encode()),
            (b"content-type", b"application/json"),
            (b"content-length", b"999999"),
        ]
        scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b""}
        given = {**scope, "headers": headers}
        self.task = asyncio.create_task(app(given, self._messages.get, self._answered))

    async def send(self, part: bytes) -> None:
        """Sends a part of the body, and waits until the server has taken it."""
        self._messages.put_nowait({"type": "http.request", "body": part, "more_body": True})
        await until(self._messages.empty)
        await asyncio.sleep(0.01)

    def leave(self) -> None:
        self._messages.put_nowait({"type": "http.disconnect"})

    async def _answered(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.statuses.append(message["status"])


async def test_a_cancelled_request_gives_its_turn_back(
    slow: Slow, login: Login, app: Starlette
) -> None:
    ann = await login()
    requests = sent(ann, 8)
    await until(lambda: len(slow.begun) == 4)
    for request in requests:
        request.cancel()
    await asyncio.gather(*requests, return_exceptions=True)
    slow.goes_on.set()

    again = await asyncio.gather(*sent(ann, 8))

    assert {answer.status_code for answer in again} == {200}
    assert slow.now == 0


async def test_a_request_whose_client_is_gone_is_dropped(
    slow: Slow, login: Login, app: Starlette
) -> None:
    ann = await login()
    requests = sent(ann, 4)
    await until(lambda: len(slow.begun) == 4)
    key, sent_back = ann.http.headers["x-api-key"], list[Any]()
    body = json.dumps({"query": ONE % (9, 9)}).encode()
    received = [{"type": "http.request", "body": body}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return received.pop(0) if len(received) > 1 else received[0]

    async def send(message: Any) -> None:
        sent_back.append(message)

    headers = [
        (b"host", b"localhost"),
        (b"x-api-key", key.encode()),
        (b"content-type", b"application/json"),
    ]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b""}
    left = asyncio.create_task(app({**scope, "headers": headers}, receive, send))
    await until(lambda: len(received) == 1)
    slow.goes_on.set()
    await asyncio.gather(left, *requests)

    assert slow.begun == ["0", "1", "2", "3"]
    assert sent_back[0]["status"] == 400  # Nobody reads it.


async def test_an_operation_that_learns_its_cost_in_parts_has_one_turn() -> None:
    waits = turns.Turns(lambda: nullcontext(0.1))
    with waits.request("ann"):
        async with AsyncExitStack() as entered:
            for _ in range(turns.AT_A_TIME):
                turn = waits.turn("ann", 0, is_mutation=False)
                await entered.enter_async_context(turn)
                for _ in range(3):
                    assert await turn.costs(turns.SMALL_COST + 1) is False
