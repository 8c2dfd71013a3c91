"""The log says once that the database is gone, and once that it is back."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain.errors import Unavailable
from app.storage.database_state import state_of
from app.storage.driver import connect, ping
from tests.mongod import Mongod

pytestmark = pytest.mark.slow


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_a_lost_database_is_one_warning_and_its_return_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "app.storage.database_state")
    mongod = Mongod(tmp_path)
    mongod.start()
    database = connect(f"{mongod.uri}&heartbeatFrequencyMS=500", "test")
    state = state_of(database.client.options)
    assert state is not None
    try:
        assert state.is_up() is None
        await ping(database)
        await until(lambda: state.is_up() is True)
        mongod.kill()
        await until(lambda: state.is_up() is False)
        pings = await asyncio.gather(*(ping(database) for _ in range(3)), return_exceptions=True)
        assert [type(ended) for ended in pings] == [Unavailable] * 3
        mongod.start()
        await until(lambda: state.is_up() is True)
        await ping(database)
    finally:
        database.client.close()
        mongod.kill()

    lines = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in lines] == ["WARNING", "INFO"]
    gone, back = (message for _, message in lines)
    assert re.fullmatch(r"The database is gone \(\w+\)\. Requests fail until it is back", gone)
    assert re.fullmatch(r"The database is back after \d+\.\d s", back)


async def test_a_client_that_is_closed_has_not_lost_its_database(
    mongod_uri: str, caplog: pytest.LogCaptureFixture
) -> None:
    database = connect(mongod_uri, "test")
    await ping(database)
    database.client.close()
    await asyncio.sleep(1)

    assert [r for r in caplog.records if r.name == "app.storage.database_state"] == []
