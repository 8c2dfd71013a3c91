"""A server whose database takes long to bring up to date responds, says so, and can be ended."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pymongo
import pytest

from app.storage.indexes import INDEXES
from app.storage.templates import TEMPLATES
from tests.ledger.server import ServerProcess
from tests.mongod import Mongod
from tests.program import ROOT

DATABASE = "migrated"
HANGS = "hangAfterInitializingIndexBuild"
"""A fail point of mongod: index builds begin and do not end."""


class Paused:
    """A mongod that can keep index builds from ending."""

    def __init__(self, mongod: Mongod) -> None:
        self.mongod = mongod
        self.servers: list[ServerProcess] = []

    def builds_hang(self, hang: bool) -> None:
        with pymongo.MongoClient[dict[str, Any]](self.mongod.uri) as client:
            mode = "alwaysOn" if hang else "off"
            client.admin.command({"configureFailPoint": HANGS, "mode": mode})

    def has_build(self) -> bool:
        with pymongo.MongoClient[dict[str, Any]](self.mongod.uri) as client:
            found = client.admin.command("currentOp", {"command.createIndexes": TEMPLATES})
        return bool(found["inprog"])


@pytest.fixture
def paused(tmp_path: Path) -> Iterator[Paused]:
    """Its database has templates without the index of their listing terms."""
    (tmp_path / "db").mkdir()
    mongod = Mongod(tmp_path / "db", "--setParameter", "enableTestCommands=1")
    mongod.start()
    paused = Paused(mongod)
    try:
        with pymongo.MongoClient[dict[str, Any]](mongod.uri) as client:
            templates = client[DATABASE][TEMPLATES]
            # With documents, because an empty collection's indexes are made without a build.
            documents = [{"_id": f"t{n}", "account_id": "a1", "name": f"t{n}"} for n in range(3)]
            templates.insert_many(documents)
            for keys, options in INDEXES[TEMPLATES]:
                if options.get("unique"):
                    templates.create_index([*keys.items()], **options)
        yield paused
    finally:
        for server in paused.servers:
            if server.is_running():
                server.kill()
        mongod.kill()


def environment_of(paused: Paused) -> dict[str, str]:
    return {
        "MONGODB_URI": paused.mongod.uri,
        "MODEL_TEMPLATES_MONGODB_DATABASE": DATABASE,
        "MODEL_TEMPLATES_ENVIRONMENT": "production",
    }


def begun(paused: Paused, **more: str) -> ServerProcess:
    server = ServerProcess(**environment_of(paused), **more)
    server._process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", str(server.port)],
        cwd=ROOT,
        env=server._environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    paused.servers.append(server)
    return server


def status(server: ServerProcess, path: str) -> tuple[int, Any]:
    deadline = time.monotonic() + 30
    while True:
        try:
            answer = httpx.get(f"{server.url}/{path}", verify=False, timeout=10)
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
            continue
        return answer.status_code, answer.json()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_responds_and_ends_while_an_index_is_built(paused: Paused, workers: str) -> None:
    paused.builds_hang(True)
    server = begun(paused, WEB_CONCURRENCY=workers)
    assert status(server, "healthz") == (200, {"status": "alive"})
    while not paused.has_build():
        time.sleep(0.05)

    while (seen := status(server, "readyz")) == (503, {"status": "no database"}):
        time.sleep(0.05)  # Each worker says how far it has come itself.
    assert seen == (503, {"status": "creating indexes"})
    asked = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - asked < 10

    again = begun(paused, WEB_CONCURRENCY=workers)
    assert status(again, "readyz")[0] == 503
    paused.builds_hang(False)
    while status(again, "readyz") != (200, {"status": "ready"}):
        time.sleep(0.05)
    assert again.stop() == 0
