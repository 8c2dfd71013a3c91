"""The time for which clients get no successful answer when something breaks.

    python -m benchmarks.gaps [--election 10 --election 3] [--rounds 3]

Four clients write and four read, without pause, from two servers with two workers each, over a
replica set of three members; a client goes on to the other server when one does not answer, as a
load balancer would. A gap is the longest time in which no write, or no read, was answered with
success. Prints a Markdown table with the median and the worst gap of each fault, in seconds.

`--election` is electionTimeoutMillis in seconds; heartbeats are those of MongoDB's default, every
two seconds.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import click
import httpx

from tests.builders import a_wire_template, an_input
from tests.ledger.server import ServerProcess
from tests.ledger.test_ledger import with_keys
from tests.ledger.workload import CREATE, answer
from tests.replica_set import ReplicaSet, replica_set

CLIENTS, PAUSE_SECONDS, HEARTBEAT_SECONDS = 4, 0.02, 2.0
STEADY_SECONDS, LONGEST_SECONDS = 3.0, 90.0
"""How long everything has to succeed until a fault is over, and when it is given up."""
ALONE_SECONDS = 20.0
"""For how long both secondaries are away."""
READ = "{ modelTemplates(first: 5) { nodes { id name } } }"
UPDATE = """mutation($id: ID!, $text: String!) {
  updateModelTemplate(input: {id: $id, description: $text}) {
    modelTemplate { revision } errors { code }
  }
}"""


class Probe:
    """A client that sends one request after the other; `times` has the end of each success."""

    def __init__(self, servers: list[ServerProcess], key: str, query: str, **variables: str):
        self._servers = [f"{server.url}/graphql" for server in servers]
        self._headers = {"x-api-key": key}
        self._query, self._variables = query, variables
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.times: list[float] = []
        self.failures = 0
        self.last_failure = 0.0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        server = 0
        with httpx.Client(headers=self._headers, timeout=10) as http:
            while not self._stop.wait(PAUSE_SECONDS):
                text = {"text": str(time.monotonic())} if self._variables else {}
                url = self._servers[server]
                _, codes = answer(http, url, self._query, **self._variables, **text)
                if codes == {"OK"}:
                    self.times.append(time.monotonic())
                else:
                    self.failures += 1
                    self.last_failure = time.monotonic()
                    server = (server + 1) % len(self._servers)


class Setting:
    """A replica set, servers on it, and clients."""

    def __init__(self, members: ReplicaSet, name: str) -> None:
        self.members = members
        (key,) = with_keys(members.uri, name)
        self.servers = [
            ServerProcess(
                MONGODB_URI=members.uri,
                MODEL_TEMPLATES_MONGODB_DATABASE=name,
                MODEL_TEMPLATES_ENVIRONMENT="production",
                MODEL_TEMPLATES_RATE_LIMIT="none",
                WEB_CONCURRENCY="2",
            )
            for _ in range(2)
        ]
        for server in self.servers:
            server.start()
        ids = [self._template(key, f"t{number}") for number in range(CLIENTS)]
        self.writers = [Probe(self.servers, key, UPDATE, id=id) for id in ids]
        self.readers = [Probe(self.servers, key, READ) for _ in ids]

    @property
    def probes(self) -> list[Probe]:
        return [*self.writers, *self.readers]

    def stop(self) -> None:
        for probe in self.probes:
            probe.stop()
        for server in self.servers:
            server.stop()

    def gaps(self, fault: Callable[["Setting"], None]) -> tuple[float, float, int]:
        """The gap of writes and of reads, and how many requests failed."""
        failures = sum(probe.failures for probe in self.probes)
        begun = time.monotonic()
        fault(self)
        caused = time.monotonic()
        while not self._is_steady(caused):
            if time.monotonic() > caused + LONGEST_SECONDS:
                raise AssertionError("it does not recover")
            time.sleep(0.1)
        writes, reads = (_gap(probes, begun) for probes in (self.writers, self.readers))
        self._heal()
        return writes, reads, sum(probe.failures for probe in self.probes) - failures

    def _is_steady(self, since: float) -> bool:
        now = time.monotonic()
        is_quiet = all(now - probe.last_failure > STEADY_SECONDS for probe in self.probes)
        is_answered = all(probe.times and now - probe.times[-1] < 1 for probe in self.probes)
        return is_quiet and is_answered and now - since > STEADY_SECONDS

    def _heal(self) -> None:
        for member in self.members.members:
            if member.is_running:
                member.wake()
            else:
                member.start()
        self.members.wait_until_whole()
        time.sleep(STEADY_SECONDS)

    def _template(self, key: str, name: str) -> str:
        with httpx.Client(headers={"x-api-key": key}) as http:
            url = f"{self.servers[0].url}/graphql"
            body, _ = answer(http, url, CREATE, input=an_input(a_wire_template(name=name)))
        return str(body["data"]["createModelTemplate"]["modelTemplate"]["id"])


def _gap(probes: list[Probe], begun: float) -> float:
    """The longest time between two successes since shortly before `begun`."""
    times = sorted(at for probe in probes for at in probe.times if at > begun - 1)
    return max(later - earlier for earlier, later in pairwise(times))


def _alone(setting: Setting) -> None:
    for secondary in setting.members.secondaries():
        secondary.kill()
    time.sleep(ALONE_SECONDS)
    for member in setting.members.members:
        if not member.is_running:
            member.start()


def _server_killed(setting: Setting) -> None:
    setting.servers[0].kill()
    setting.servers[0].start()


def _restarted(setting: Setting) -> None:
    for server in setting.servers:
        server.stop()
        server.start()


DATABASE: dict[str, Callable[[Setting], None]] = {
    "the primary is killed": lambda s: s.members.primary().kill(),
    "the primary is shut down (SIGTERM)": lambda s: s.members.primary().terminate(),
    "the primary steps down": lambda s: s.members.step_down(),
    "the primary hangs (SIGSTOP)": lambda s: s.members.primary().silence(),
    f"both secondaries are away for {ALONE_SECONDS:.0f} s": _alone,
}
SERVER: dict[str, Callable[[Setting], None]] = {
    "a worker is killed": lambda s: s.servers[0].kill_worker(),
    "one of two servers is killed": _server_killed,
    "both servers are restarted in turn (SIGTERM)": _restarted,
    "the workers of a server are restarted (SIGHUP)": lambda s: s.servers[0].restart_workers(),
}


def measure(
    election_seconds: float, faults: dict[str, Callable[[Setting], None]], rounds: int
) -> None:
    """Prints the rows of one replica set."""
    with (
        tempfile.TemporaryDirectory() as directory,
        replica_set(Path(directory), election_seconds, HEARTBEAT_SECONDS) as members,
    ):
        members.wait_until_whole()
        setting = Setting(members, "gaps")
        try:
            for probe in setting.probes:
                probe.start()
            time.sleep(5)
            for name, fault in faults.items():
                found = [setting.gaps(fault) for _ in range(rounds)]
                writes, reads, failures = zip(*found, strict=True)
                print(
                    f"| {name} | {election_seconds:g} | {_shown(writes)} | {_shown(reads)} | "
                    f"{statistics.median(failures):.0f} |",
                    flush=True,
                )
        finally:
            setting.stop()


def _shown(seconds: tuple[float, ...]) -> str:
    return f"{statistics.median(seconds):.1f} ({max(seconds):.1f})"


@click.command()
@click.option("--election", "elections", multiple=True, type=float, default=(10.0, 3.0))
@click.option("--rounds", default=3, show_default=True)
def main(elections: tuple[float, ...], rounds: int) -> None:
    """Measure gaps."""
    print("| fault | election | writes | reads | failed requests |\n|---|---|---|---|---|")
    for number, seconds in enumerate(elections):
        measure(seconds, DATABASE if number else DATABASE | SERVER, rounds)


if __name__ == "__main__":
    sys.exit(main())
