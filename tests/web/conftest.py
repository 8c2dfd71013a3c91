"""A listening server with the protocol and options of the real one."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import httpx
import pytest
import uvicorn

from app.domain.api_key import new_key
from app.main import create_app
from app.server.run import uvicorn_options
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database, connect
from app.storage.indexes import initialise
from tests.builders import a_viewer
from tests.databases import close_soon


class Listening:
    """A server's port, two keys for it, and its database (bound to the server's event loop)."""

    def __init__(self, port: int, ann: str, bob: str) -> None:
        self.port = port
        self.ann = ann
        self.bob = bob
        self.url = f"http://127.0.0.1:{port}/graphql"

    def post(self, body: object, key: str | None = None) -> httpx.Response:
        headers = {"x-api-key": key or self.ann}
        # Loading certificates, which plain HTTP does not need, takes 20 ms.
        return httpx.post(self.url, json=body, headers=headers, verify=False)


@contextmanager
def listening(uri: str, name: str, settings: Settings, **options: float) -> Iterator[Listening]:
    """A server in a thread, until the end of the block. ann writes in a1, bob in b1."""
    started, stop = Event(), Event()
    ann, bob = new_key(), new_key()
    ports: list[int] = []

    config = uvicorn.Config("", **uvicorn_options(settings, **options))

    async def serve() -> None:
        database: Database = connect(uri, name)
        await initialise(database)
        await ApiKeyStore(database).add(ann, a_viewer())
        await ApiKeyStore(database).add(bob, a_viewer(b1="write"))
        config.app = create_app(settings, database)
        server = uvicorn.Server(config)
        with config.bind_socket() as bound:
            ports.append(bound.getsockname()[1])
            serving = asyncio.create_task(server.serve([bound]))
            while not server.started:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            started.set()
            await asyncio.to_thread(stop.wait)
            server.should_exit = server.force_exit = True
            await serving
        await database.client.drop_database(name)
        close_soon(database)

    def run() -> None:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(serve())

    thread = Thread(target=run)
    thread.start()
    try:
        assert started.wait(30)
        yield Listening(ports[0], ann, bob)
    finally:
        stop.set()
        thread.join(30)


RECEIVE_SECONDS, SEND_SECONDS = 1.5, 1.5


@pytest.fixture(scope="session")
def server(mongod_uri: str) -> Iterator[Listening]:
    """On a real mongod; a request must arrive, and its answer leave, within a short
    time."""
    settings = Settings(port=0, mongodb_uri=mongod_uri)
    seconds = {"receive_seconds": RECEIVE_SECONDS, "send_seconds": SEND_SECONDS}
    with listening(mongod_uri, "hostile", settings, **seconds) as server:
        yield server
