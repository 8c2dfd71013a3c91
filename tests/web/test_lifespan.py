"""The server's lifespan: background tasks and shutdown."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from starlette.applications import Starlette

from app.domain.errors import Unavailable
from app.main import create_app
from app.settings import Settings
from app.storage.driver import Database, connect, ping
from app.web.lifespan import lifespan
from tests.conftest import Caller


async def test_a_background_task_gets_the_database_and_ends_with_the_server(
    mongomock: Database,
) -> None:
    events: list[Any] = []

    async def works(database: Database) -> None:
        events.append(database)
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)  # It has time to clean up.
            events.append("ended")

    app = create_app(Settings(), mongomock, background=[works])
    async with app.router.lifespan_context(app):
        await asyncio.sleep(0)
        during = list(events)
        alive = await Caller(app, None).http.get("/healthz")

    assert during == [mongomock]
    assert alive.status_code == 200
    assert events == [mongomock, "ended"]


async def test_a_failed_background_task_is_logged_and_the_server_continues(
    mongomock: Database, caplog: pytest.LogCaptureFixture
) -> None:
    done = []

    async def fails(_: Database) -> None:
        raise RuntimeError("mongodb://user:password@host")

    async def succeeds(_: Database) -> None:
        done.append("succeeds")

    app = create_app(Settings(), mongomock, background=[fails, succeeds])
    with caplog.at_level(logging.ERROR):
        async with app.router.lifespan_context(app):
            await asyncio.sleep(0.01)
            alive = await Caller(app, None).http.get("/healthz")

    (record,) = caplog.records
    assert record.getMessage() == "The background task fails failed"
    assert record.exc_info and isinstance(record.exc_info[1], RuntimeError)
    assert alive.status_code == 200
    assert done == ["succeeds"]


async def test_close_is_called_after_the_tasks_have_ended() -> None:
    events = []

    def waiting(name: str) -> Callable[[], Coroutine[Any, Any, None]]:
        async def wait() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                events.append(name)

        return wait

    tasks = {name: waiting(name) for name in ("a", "b")}
    with pytest.raises(ZeroDivisionError):
        async with lifespan(tasks, lambda: events.append("closed"))(Starlette()):
            await asyncio.sleep(0)
            raise ZeroDivisionError

    assert events == ["a", "b", "closed"]


@pytest.mark.parametrize("closes", [True, False])
async def test_a_worker_closes_its_database(mongod_uri: str, closes: bool) -> None:
    database = connect(mongod_uri, "test_lifespan")
    app = create_app(Settings(), database, closes_database=closes)

    async with app.router.lifespan_context(app):
        await ping(database)

    if closes:
        with pytest.raises(Unavailable, match="InvalidOperation"):
            await ping(database)
    else:
        await ping(database)
    database.client.close()
