"""Health checks, for which nobody needs a key."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from app.domain.errors import Unavailable
from app.web.health import Health

REQUEST = Request({"type": "http"})


class Database:
    """Responds to a ping once it is let go on, if it is available."""

    def __init__(self) -> None:
        self.pings = 0
        self.is_available = True
        self.goes_on = asyncio.Event()

    async def ping(self) -> None:
        self.pings += 1
        await self.goes_on.wait()
        if not self.is_available:
            raise Unavailable


def asked(health: Health, count: int) -> list[asyncio.Task[Response]]:
    return [asyncio.create_task(health.ready(REQUEST)) for _ in range(count)]


async def test_all_who_ask_share_a_ping() -> None:
    database = Database()
    health = Health(database.ping)

    waiting = asked(health, 50)
    await asyncio.sleep(0)
    waiting[0].cancel()  # The first one is gone.
    await asyncio.sleep(0)
    database.goes_on.set()
    answers = await asyncio.gather(*waiting[1:])

    assert database.pings == 1
    assert {answer.status_code for answer in answers} == {200}
    assert (await health.ready(REQUEST)).body == b'{"status":"ready"}'
    assert database.pings == 2


async def test_what_the_server_waits_for_is_said_without_a_ping() -> None:
    database, steps = Database(), ["creating indexes", None]
    database.goes_on.set()
    health = Health(database.ping, lambda: steps.pop(0))

    waiting = await health.ready(REQUEST)
    assert (waiting.status_code, waiting.body) == (503, b'{"status":"creating indexes"}')
    assert database.pings == 0
    assert (await health.ready(REQUEST)).status_code == 200


async def test_all_who_ask_hear_that_the_database_is_gone() -> None:
    database = Database()
    health = Health(database.ping)
    database.is_available = False

    waiting = asked(health, 5)
    database.goes_on.set()
    answers = await asyncio.gather(*waiting)

    assert [answer.status_code for answer in answers] == [503] * 5
    assert {bytes(answer.body) for answer in answers} == {b'{"status":"no database"}'}
    assert database.pings == 1
