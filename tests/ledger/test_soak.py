"""A server with four workers keeps its memory and its promises for as long as it runs.

LEDGER_SOAK_MINUTES lengthens the run; memory is judged from three minutes on.
"""

import os
import socket
from collections.abc import Iterator

import pytest

from tests.ledger.server import ServerProcess
from tests.ledger.soak import resident_mib, soak
from tests.ledger.test_ledger import ELECTION_SECONDS, stored, with_keys
from tests.ledger.workload import check
from tests.replica_set import ReplicaSet, replica_set

pytestmark = pytest.mark.slow

SECONDS = 60 * float(os.environ.get("LEDGER_SOAK_MINUTES", "0.25"))
KILL_SECONDS = min(120.0, SECONDS / 2)
JUDGED_SECONDS, MAX_GROWTH = 180, 0.1
WORKERS, MAX_MIB = 4, 350


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    with replica_set(tmp_path_factory.mktemp("soak"), ELECTION_SECONDS) as members:
        yield members


def test_a_server_that_runs_for_long(members: ReplicaSet) -> None:
    (key,) = with_keys(members.uri, "soak")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        metrics_port: int = free.getsockname()[1]
    server = ServerProcess(
        MONGODB_URI=members.uri,
        MODEL_TEMPLATES_MONGODB_DATABASE="soak",
        MODEL_TEMPLATES_ENVIRONMENT="production",
        MODEL_TEMPLATES_RATE_LIMIT="none",
        MODEL_TEMPLATES_METRICS_ADDRESS=f"127.0.0.1:{metrics_port}",
        WEB_CONCURRENCY=str(WORKERS),
    )
    server.start()
    workers = server.workers()
    try:
        result = soak(members, server, key, seconds=SECONDS, kill_seconds=KILL_SECONDS)
        assert server.workers() == workers
        assert max(map(resident_mib, workers)) < MAX_MIB
    finally:
        status = server.stop()
    members.primary()
    check(result.ledger, *stored(members.uri, "soak"))
    print(result.report())

    assert status == 0
    assert len(workers) == WORKERS
    assert result.ledger.problems == []
    assert result.codes.keys() <= {"OK", "SERVICE_UNAVAILABLE", "STALE", "NOT_FOUND"}
    assert result.codes["OK"] > 10 * SECONDS
    if SECONDS >= JUDGED_SECONDS:
        assert max(result.growth()) < MAX_GROWTH
