"""A server for synchronous tests: one event loop for all examples of a module."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from app.storage import embedded
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database, connect
from app.storage.indexes import initialise
from tests.conftest import Caller, logging_in
from tests.databases import close_soon


class Door:
    """A caller that writes in a1."""

    def __init__(self, runner: asyncio.Runner, caller: Caller) -> None:
        self._runner = runner
        self._caller = caller

    def post(self, query: str, **variables: Any) -> httpx.Response:
        return self._runner.run(self._caller.post(query, **variables))

    def ask(self, query: str, **variables: Any) -> Any:
        return self._runner.run(self._caller.ask(query, **variables))


@contextmanager
def door(open_database: Any) -> Iterator[Door]:
    with asyncio.Runner() as runner:

        async def enter() -> tuple[Database, Caller]:
            database: Database = open_database()
            await initialise(database)
            login = logging_in(create_app(Settings(), database), ApiKeyStore(database))
            return database, await login()

        async def leave(database: Database) -> None:
            await database.client.drop_database(database.name)
            close_soon(database)

        database, caller = runner.run(enter())
        yield Door(runner, caller)
        runner.run(leave(database))


@pytest.fixture(scope="module")
def in_memory() -> Iterator[Door]:
    with door(lambda: embedded.in_memory("fuzz")) as entered:
        yield entered


@pytest.fixture(scope="module")
def on_mongod(mongod_uri: str) -> Iterator[Door]:
    with door(lambda: connect(mongod_uri, f"fuzz_{uuid4().hex}")) as entered:
        yield entered
