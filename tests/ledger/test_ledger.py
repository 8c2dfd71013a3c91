"""No fault of a replica set or of the server loses, doubles or takes back what was acknowledged.

LEDGER_SECONDS is the time that clients work before and after each fault.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest

from app.domain.api_key import new_key
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import connect
from app.storage.indexes import initialise
from tests.builders import a_viewer
from tests.databases import close_soon
from tests.ledger.server import ROOT, ServerProcess
from tests.ledger.workload import Ledger, check
from tests.replica_set import ReplicaSet, replica_set

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("LEDGER_SECONDS", "1.5"))
ELECTION_SECONDS = 3.0
CLIENTS = 8
ISOLATED_SECONDS = 11.0
"""Time for each request to fail twice."""
RECOVERY_SECONDS = 40


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    with replica_set(tmp_path_factory.mktemp("ledger"), ELECTION_SECONDS) as members:
        yield members


def killed(members: ReplicaSet, _: ServerProcess, __: Ledger) -> None:
    primary = members.primary()
    primary.kill()
    time.sleep(SECONDS)
    primary.start()


def terminated(members: ReplicaSet, _: ServerProcess, __: Ledger) -> None:
    primary = members.primary()
    primary.terminate()
    time.sleep(SECONDS)
    primary.start()


def paused(members: ReplicaSet, _: ServerProcess, __: Ledger) -> None:
    """Longer than an election takes: when it wakes, it still believes that it is primary."""
    primary = members.primary()
    primary.silence()
    time.sleep(2 * ELECTION_SECONDS + SECONDS)
    primary.wake()


def stepped_down(members: ReplicaSet, _: ServerProcess, __: Ledger) -> None:
    members.step_down()


def isolated(members: ReplicaSet, _: ServerProcess, ledger: Ledger) -> None:
    """The primary takes writes that only it has, repeated ones too, and dies; the others come back
    first."""
    members.set_election_seconds(10 * ISOLATED_SECONDS)
    primary, secondaries = members.primary(), members.secondaries()
    ledger.deletes_only = True
    time.sleep(0.5)
    for secondary in secondaries:
        secondary.kill()
    time.sleep(ISOLATED_SECONDS)
    primary.kill()
    ledger.deletes_only = False
    for secondary in secondaries:
        secondary.start()
    members.step_up(secondaries[0])
    primary.start()
    members.set_election_seconds(ELECTION_SECONDS)


def worker_killed(_: ReplicaSet, server: ServerProcess, __: Ledger) -> None:
    server.kill_worker()


def server_killed(_: ReplicaSet, server: ServerProcess, __: Ledger) -> None:
    server.kill()
    server.start()


Fault = Callable[[ReplicaSet, ServerProcess, Ledger], None]
DATABASE: list[Fault] = [killed, terminated, paused, stepped_down, isolated]


def with_keys(uri: str, name: str, count: int = 1) -> list[str]:
    """Keys that may write, in a new database."""
    keys = [new_key() for _ in range(count)]

    async def prepare() -> None:
        database = connect(uri, name)
        await initialise(database)
        for key in keys:
            await ApiKeyStore(database).add(key, a_viewer())
        close_soon(database)

    asyncio.run(prepare())
    return keys


def stored(uri: str, name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The templates and revisions that a majority has."""
    with pymongo.MongoClient[dict[str, Any]](uri, readConcernLevel="majority") as client:
        database = client[name]
        return (
            [*database["model_templates"].find()],
            [*database["model_template_revisions"].find()],
        )


def ledger_of(members: ReplicaSet, name: str, faults: list[Fault], **environment: str) -> Ledger:
    """The checked ledger of a server that suffers faults."""
    (key,) = with_keys(members.uri, name)
    server = ServerProcess(
        MONGODB_URI=members.uri,
        MODEL_TEMPLATES_MONGODB_DATABASE=name,
        MODEL_TEMPLATES_ENVIRONMENT="production",
        MODEL_TEMPLATES_RATE_LIMIT="100000000/second",
        **environment,
    )
    server.start()
    ledger = Ledger(server.url, key)
    try:
        ledger.start(CLIENTS)
        for fault in faults:
            time.sleep(SECONDS)
            fault(members, server, ledger)
            wait_for_success(ledger)
        time.sleep(SECONDS)
    finally:
        ledger.stop()
        status = server.stop()
    assert status == 0
    members.primary()
    check(ledger, *stored(members.uri, name))
    return ledger


@pytest.mark.parametrize(
    ("workers", "faults"),
    [
        (1, [*DATABASE, server_killed]),
        (4, [*DATABASE, worker_killed, server_killed]),
    ],
    ids=["one worker", "four workers"],
)
def test_faults_take_nothing_back(members: ReplicaSet, workers: int, faults: list[Fault]) -> None:
    ledger = ledger_of(members, f"ledger_{workers}", faults, WEB_CONCURRENCY=str(workers))

    assert ledger.problems == []
    assert ledger.answers["known"] > 20 * len(faults)
    assert ledger.answers["open"] > 0


WEAKENED = """
from pymongo import WriteConcern
from pymongo.read_concern import ReadConcern
from app.storage import driver
"""


@pytest.mark.parametrize(
    "change",
    [
        "driver.DURABLE = WriteConcern(w=1)",
        "driver.MAJORITY = driver.LINEARIZABLE = ReadConcern('local')",
    ],
    ids=["writes to one member", "local reads"],
)
def test_the_ledger_notices_weaker_guarantees(
    members: ReplicaSet, tmp_path: Path, change: str, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WEAKENED + change)
    name = f"weak_{len(request.node.name)}"

    ledger = ledger_of(members, name, [isolated], PYTHONPATH=f"{tmp_path}:{ROOT}")

    kinds = {problem.split(":")[0] for problem in ledger.problems}
    assert kinds & {"lost", "came back", "vanished"}


def wait_for_success(ledger: Ledger) -> None:
    begun = time.monotonic()
    while ledger.last_success < begun + 0.1:
        assert time.monotonic() < begun + RECOVERY_SECONDS, "the server does not recover"
        time.sleep(0.1)
