"""A proxy to a real mongod whose connections a test can break."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import unquote, urlsplit

import pytest

from app.storage.driver import Database, connect


class Wire:
    """A proxy before mongod that can cut a connection in the middle of an insert."""

    def __init__(self, socket_path: str) -> None:
        self._socket_path = socket_path
        self.cut_before = 0
        self.cut_after = 0
        self.inserts = 0
        self.delays: list[float] = []  # Seconds, for the next finds.
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
            if b"\x02find\x00" in request and self.delays:
                await asyncio.sleep(self.delays.pop(0))
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


@asynccontextmanager
async def through(wire: tuple[Wire, int], database: Database) -> AsyncIterator[Database]:
    """The database by way of the proxy."""
    uri = f"mongodb://127.0.0.1:{wire[1]}/?directConnection=true&serverMonitoringMode=poll"
    proxied = connect(uri, database.name)
    yield proxied
    # Not on the loop that the proxy runs on: closing waits for an answer.
    await asyncio.to_thread(proxied.client.close)
