"""Paired measurements: all servers run, and short slices alternate, so that a machine whose speed
changes does so for all of them."""

import sys
from collections.abc import Iterator

import click
from msgspec import Struct, field

from benchmarks.peers.check import check
from benchmarks.peers.database import Database
from benchmarks.peers.load import Load, Slice, verify
from benchmarks.peers.processes import Memory
from benchmarks.peers.servers import Running
from benchmarks.peers.workloads import CREATES, Workload

FIRST_WARM_UP_SECONDS, WARM_UP_SECONDS = 4, 2
MAX_SECONDS = 20
"""A slice without any answer, or with failures, which a busy machine may cause, is repeated for
twice the time, up to this one."""

LATENCY_CYCLES, LATENCY_SECONDS = 2, 1

Slices = dict[str, dict[str, list[Slice]]]
"""Slices by the names of the workload and the server, in the order of the cycles."""


class Measurements(Struct):
    """The measurements of a run."""

    slices: Slices = field(default_factory=dict)
    alone: Slices = field(default_factory=dict)
    """Slices with a single connection."""
    memory: dict[str, Memory] = field(default_factory=dict)
    """Memory after the run by the name of the server."""


class Measuring:
    """Measures servers that run."""

    def __init__(self, servers: list[Running], database: Database, load: Load) -> None:
        self._servers = servers
        self._database = database
        self._load = load
        self._sizes: dict[str, dict[str, float]] = {}
        self.measurements = Measurements()

    def run(self, workloads: list[Workload], cycles: int, seconds: int) -> Measurements:
        """Check all servers, then measure one workload after the other."""
        for each in self._servers:
            served = [workload for workload in workloads if each.server.serves(workload)]
            self._sizes[each.server.name] = check(each, served)
        for workload in workloads:
            self._measure(workload, cycles, seconds)
        self.measurements.memory = {
            each.server.name: Memory.of(each.process.pid) for each in self._servers
        }
        return self.measurements

    def _measure(self, workload: Workload, cycles: int, seconds: int) -> None:
        servers = [each for each in self._servers if each.server.serves(workload)]
        is_first = not self.measurements.slices
        slices = {each.server.name: list[Slice]() for each in servers}
        self.measurements.slices[workload.name] = slices
        for each in servers:
            warm_up = FIRST_WARM_UP_SECONDS if is_first else WARM_UP_SECONDS
            self._load.run(each, workload, warm_up)
        with click.progressbar(length=cycles, label=f"{workload.name:>10}", file=sys.stderr) as bar:
            for cycle in range(cycles):
                for each in _in_order(servers, cycle):
                    slices[each.server.name].append(self._slice(each, workload, seconds))
                bar.update(1)
        if not workload.is_extra:
            self._measure_alone(servers, workload)

    def _measure_alone(self, servers: list[Running], workload: Workload) -> None:
        slices = {each.server.name: list[Slice]() for each in servers}
        self.measurements.alone[workload.name] = slices
        for cycle in range(LATENCY_CYCLES):
            for each in _in_order(servers, cycle):
                measured = self._load.run(each, workload, LATENCY_SECONDS, connections=1)
                slices[each.server.name].append(measured)

    def _slice(self, running: Running, workload: Workload, seconds: int) -> Slice:
        """A slice whose answers are right, as far as their size and number tell."""
        schema = running.server.schema
        before = self._database.count(schema)
        measured = self._load.run(running, workload, seconds)
        if measured.errors or not measured.requests:
            what = f"{running.server.title}, {workload.name}"
            click.echo(
                f"\n{what}: {measured.errors} of {measured.requests} requests failed in "
                f"{seconds} s, and the slice is repeated",
                err=True,
            )
            if seconds > MAX_SECONDS:
                sys.exit(f"{what}: too many failures")
            return self._slice(running, workload, 2 * seconds)
        verify(measured, running, workload, self._sizes[running.server.name][workload.name])
        created = self._database.count(schema) - before
        if workload is CREATES and created < measured.requests:
            sys.exit(f"{running.server.title}: {created} of {measured.requests} were created")
        return measured


def _in_order(servers: list[Running], cycle: int) -> Iterator[Running]:
    """The servers; in every other cycle in reverse, so that none always follows the same one."""
    return iter(servers if cycle % 2 == 0 else servers[::-1])
