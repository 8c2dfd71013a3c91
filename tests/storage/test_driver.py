"""Failures of a real connection: what is retried, what is told."""

import asyncio
import time
from collections.abc import AsyncIterator
from urllib.parse import unquote, urlsplit

import pytest

from app.domain.errors import Unavailable
from app.domain.repository import Scope
from app.storage import driver
from app.storage.driver import BadDatabaseURI, Database, connect, ping
from app.storage.templates import MongoModelTemplateRepository
from tests.builders import a_template


class Wire:
    """A proxy before mongod that can cut a connection in the middle of an insert."""

    def __init__(self, socket_path: str) -> None:
        self._socket_path = socket_path
        self.cut_before = 0
        self.cut_after = 0
        self.inserts = 0
        self.connections: list[asyncio.Task[None]] = []

    def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(asyncio.create_task(self._connect(reader, writer)))

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, downstream = await asyncio.open_unix_connection(self._socket_path)
        try:
            await self._pass_on(reader, writer, upstream, downstream)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # One of the two has hung up.
        finally:
            writer.close()
            downstream.close()

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream: asyncio.StreamReader,
        downstream: asyncio.StreamWriter,
    ) -> None:
        while True:
            request = await _message(reader)
            is_insert = b"\x02insert\x00" in request
            self.inserts += is_insert
            if is_insert and self.cut_before:
                self.cut_before -= 1
                return
            downstream.write(request)
            answer = await _message(upstream)
            if is_insert and self.cut_after:
                self.cut_after -= 1
                return
            writer.write(answer)


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    return head + await reader.readexactly(int.from_bytes(head, "little") - 4)


@pytest.fixture
async def wire(mongod_uri: str) -> AsyncIterator[tuple[Wire, int]]:
    """The proxy and its port."""
    wire = Wire(unquote(urlsplit(mongod_uri).netloc))
    server = await asyncio.start_server(wire.connect, "127.0.0.1")
    yield wire, server.sockets[0].getsockname()[1]
    server.close()
    for connection in wire.connections:
        connection.cancel()
    await asyncio.gather(*wire.connections, return_exceptions=True)


@pytest.fixture
async def repository(
    wire: tuple[Wire, int], mongod: Database
) -> AsyncIterator[MongoModelTemplateRepository]:
    uri = f"mongodb://127.0.0.1:{wire[1]}/?directConnection=true&serverMonitoringMode=poll"
    database = connect(uri, mongod.name)
    yield MongoModelTemplateRepository(database)
    # Not on the loop that the proxy runs on: closing waits for an answer.
    await asyncio.to_thread(database.client.close)


async def test_an_insert_that_landed_unheard_is_not_made_twice(
    wire: tuple[Wire, int], repository: MongoModelTemplateRepository
) -> None:
    wire[0].cut_after = 1
    template = a_template()

    assert await repository.insert(template, None) == template
    assert wire[0].inserts == 2
    assert await repository.count(Scope(accounts=frozenset({"a1"}))) == 1


async def test_an_insert_that_was_cut_off_is_made_once_more(
    wire: tuple[Wire, int], repository: MongoModelTemplateRepository
) -> None:
    wire[0].cut_before = 1
    template = a_template()

    assert await repository.insert(template, None) == template
    assert await repository.find(template.id, {"a1"}) == template


async def test_an_insert_is_tried_twice_at_the_most(
    wire: tuple[Wire, int], repository: MongoModelTemplateRepository
) -> None:
    wire[0].cut_before = 3

    with pytest.raises(Unavailable):
        await repository.insert(a_template(), None)

    assert wire[0].inserts == 2
    wire[0].cut_before = 0
    assert await repository.count(Scope(accounts=frozenset({"a1"}))) == 0


async def test_a_database_that_is_away_is_unavailable_within_five_seconds() -> None:
    database = connect("mongodb://127.0.0.1:9", "test")
    repository = MongoModelTemplateRepository(database)

    for attempt in (ping(database), repository.insert(a_template(), None)):
        begun = time.monotonic()
        with pytest.raises(Unavailable) as unavailable:
            await attempt
        assert time.monotonic() - begun < 5
        assert "127.0.0.1" not in str(unavailable.value)
    database.client.close()


async def test_waiting_for_a_thread_of_the_driver_counts_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(driver, "PATIENCE_SECONDS", 0.05)

    with pytest.raises(Unavailable):
        async with driver.available():
            await asyncio.sleep(60)


@pytest.mark.parametrize("uri", ["", "http://h", "mongodb://", "mongodb://u:secret@h:port"])
def test_a_uri_of_something_else_is_refused_without_repeating_it(uri: str) -> None:
    with pytest.raises(BadDatabaseURI) as refused:
        connect(uri, "test")

    assert "secret" not in str(refused.value)
