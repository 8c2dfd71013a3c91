"""The load on a server: wrk, with the requests of a workload."""

import json
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.peers.processes import cpu_seconds
from benchmarks.peers.servers import Running
from benchmarks.peers.workloads import Workload

SCRIPT = Path(__file__).with_name("load.lua")
TOLERANCE = 0.1
"""By which share the mean size of answers may differ from that of right ones."""

HEADER_BYTES = 1_000
"""The most that headers may add."""

IDLE_SECONDS, IDLE_CPU = 0.2, 0.1
"""A server is idle if it uses less than this share of a core for this time."""

DRAIN_SECONDS = 10.0


class Slice(Struct, frozen=True):
    """Measurements of a workload in a few seconds. `bytes` are those of the responses, and
    `cpu` is how many cores the server used."""

    requests: int
    seconds: float
    bytes: int
    median_ms: float
    p99_ms: float
    errors: int
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


class Load:
    """Sends the requests of workloads, which are kept in files of a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._runs = count(int(time.time()) * 1_000)  # Also after those of an earlier run.

    def run(
        self, running: Running, workload: Workload, seconds: float, connections: int | None = None
    ) -> Slice:
        """Send requests for some seconds, then wait until the server is idle."""
        command: list[str | Path] = [
            *("wrk", "--threads", "1", "--timeout", "60s", "--script", SCRIPT),
            *("--connections", str(connections or workload.connections)),
            *("--duration", f"{max(round(seconds), 1)}s"),
            f"http://127.0.0.1:{running.port}/",
            *("--", self._requests(running, workload), str(next(self._runs))),
        ]
        begun, used = time.monotonic(), cpu_seconds(running.process.pid)
        sent = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
        used = cpu_seconds(running.process.pid) - used
        spent = time.monotonic() - begun
        try:
            measured = msgspec.json.decode(sent.stdout.splitlines()[-1], type=Slice)
        except (IndexError, msgspec.DecodeError):
            sys.exit(f"wrk fails: {sent.stdout}{sent.stderr}")
        _drain(running.process.pid)
        return replace(measured, cpu=used / spent)

    def _requests(self, running: Running, workload: Workload) -> Path:
        schema = running.server.schema
        path = self._directory / f"{schema.value}-{workload.name}.requests"
        if not path.exists():
            with path.open("w") as file:
                for sent in workload.requests(schema):
                    body = json.dumps(workload.body(sent, schema), separators=(",", ":"))
                    file.write(f"{running.key(sent.account)}\t{body}\n")
        return path


def verify(measured: Slice, running: Running, workload: Workload, size: float) -> None:
    """Exit if answers do not have the mean size of right ones."""
    what = f"{running.server.title}, {workload.name}"
    mean = measured.bytes / max(measured.requests, 1)
    if not size * (1 - TOLERANCE) <= mean <= size * (1 + TOLERANCE) + HEADER_BYTES:
        sys.exit(f"{what}: answers have {mean:.0f} bytes instead of {size:.0f}")


def _drain(process: int) -> None:
    """Wait until the server has dealt with requests whose connections are closed."""
    deadline = time.monotonic() + DRAIN_SECONDS
    used = IDLE_CPU
    while used >= IDLE_CPU * IDLE_SECONDS and time.monotonic() < deadline:
        before = cpu_seconds(process)
        time.sleep(IDLE_SECONDS)
        used = cpu_seconds(process) - before
