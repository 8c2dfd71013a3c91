"""Reads do not stand behind writes that wait for a majority which is not there."""

import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.builders import a_wire_template, an_input
from tests.ledger.server import ServerProcess
from tests.ledger.test_ledger import with_keys
from tests.ledger.workload import CREATE
from tests.replica_set import ReplicaSet, replica_set

pytestmark = [pytest.mark.slow, pytest.mark.alone]

WRITERS, READS, MEDIAN_SECONDS = 24, 30, 0.1
LIST = "{ modelTemplates(first: 5) { nodes { name } } }"


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    with replica_set(tmp_path_factory.mktemp("head_of_line"), election_seconds=120) as members:
        yield members


@pytest.mark.parametrize("keys", [1, WRITERS])
def test_reads_do_not_wait_for_writes(members: ReplicaSet, keys: int) -> None:
    name = f"head_of_line_{keys}"
    writers = with_keys(members.uri, name, keys)
    server = ServerProcess(MONGODB_URI=members.uri, MODEL_TEMPLATES_MONGODB_DATABASE=name)
    server.start()
    secondaries = members.secondaries()
    stop = threading.Event()
    codes: set[str] = set()

    def post(key: str, query: str, **variables: object) -> httpx.Response:
        body = {"query": query, "variables": variables}
        headers = {"x-api-key": key}
        url = f"{server.url}/graphql"
        return httpx.post(url, json=body, headers=headers, timeout=30, verify=False)

    def write(number: int) -> None:
        while not stop.is_set():
            wire = a_wire_template(name=f"t{number}-{time.monotonic_ns()}")
            body = post(writers[number % keys], CREATE, input=an_input(wire)).json()
            codes.update(error["extensions"]["code"] for error in body.get("errors", ()))

    def read() -> float:
        begun = time.monotonic()
        assert "errors" not in post(writers[0], LIST).json()
        return time.monotonic() - begun

    try:
        for key in writers:  # Each is looked up once, as in a server that has been running.
            post(key, LIST)
        for secondary in secondaries:
            secondary.silence()
        with ThreadPoolExecutor(WRITERS) as pool:
            written = [pool.submit(write, number) for number in range(WRITERS)]
            time.sleep(1)
            waits = [read() for _ in range(READS)]
            stop.set()
        for each in written:
            each.result()
    finally:
        stop.set()
        for secondary in secondaries:
            secondary.wake()
        server.stop()

    assert statistics.median(waits) < MEDIAN_SECONDS
    assert codes <= {"SERVICE_UNAVAILABLE"}
