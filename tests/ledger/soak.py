"""A long run of a server with several processes under reads and writes, while the primary of its
replica set is killed, and started again, time after time."""

import statistics
import threading
import time
from collections import Counter

import httpx
from msgspec import Struct

from tests.builders import a_fragment
from tests.ledger.server import ServerProcess
from tests.ledger.workload import NEWEST, Ledger, answer
from tests.replica_set import ReplicaSet

WRITERS, READERS, PAUSE_SECONDS = 6, 4, 0.02
"""Clients that write, those that only read, and the time that each waits before a request."""
SAMPLE_SECONDS = 5.0
AWAY = 1 / 4
"""The part of the time between two kills for which the killed member is away."""

READS = (
    NEWEST,
    "{ viewer { identityId } }",
    "{ modelTemplates(first: 20, orderBy: {field: UPDATED_AT, direction: DESC}) "
    "{ nodes { ...Everything } pageInfo { endCursor hasNextPage } } }" + a_fragment(),
    '{ modelTemplates(first: 20, filter: {search: "echo", modelType: [GENERIC]}) '
    "{ totalCount nodes { id name warnings { code } } } }",
    "{ modelTemplates(last: 5) { nodes { name revisions(first: 5) { nodes { revision } } } } }",
    '{ modelTemplates(filter: {labels: {team: "search"}}) { totalCount } }',
    '{ modelTemplates(first: 5) { nodes { launchPlan(name: "soak") { env } } } }',
)
"""Operations that the readers take turns with."""


class Readers:
    """Clients that read until they are stopped; `codes` counts their answers."""

    def __init__(self, url: str, key: str) -> None:
        self._url = f"{url}/graphql"
        self._headers = {"x-api-key": key}
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work) for _ in range(READERS)]
        self.codes: Counter[str] = Counter()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _work(self) -> None:
        while not self._stop.is_set():
            # A new connection for each round, so that all workers get their share.
            with httpx.Client(headers=self._headers, verify=False, timeout=20) as http:
                for query in READS:
                    if self._stop.wait(PAUSE_SECONDS):
                        return
                    self.codes.update(answer(http, self._url, query)[1])


class Memory:
    """The resident memory of processes, in MiB, sampled while they run."""

    def __init__(self, processes: list[int]) -> None:
        self._samples: dict[int, list[tuple[float, float]]] = {id: [] for id in processes}
        self._begun = time.monotonic()
        self._last = 0.0

    def sample(self) -> None:
        """Measures, unless it has just done so."""
        now = time.monotonic()
        if now - self._last >= SAMPLE_SECONDS:
            self._last = now
            for id, samples in self._samples.items():
                samples.append((now - self._begun, resident_mib(id)))

    def around(self, seconds: float) -> list[float]:
        """The median of each process within 15 seconds before and after a time."""
        return [
            statistics.median(mib for at, mib in samples if abs(at - seconds) <= 15)
            for samples in self._samples.values()
        ]

    def at_most(self) -> list[float]:
        """The highest of each process."""
        return [max(mib for _, mib in samples) for samples in self._samples.values()]


def resident_mib(process: int) -> float:
    with open(f"/proc/{process}/status") as status:
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


class Soak(Struct, frozen=True, kw_only=True):
    """The result of a run. `codes` counts the answers to all clients."""

    seconds: float
    kills: int
    codes: Counter[str]
    memory: Memory
    ledger: Ledger

    @property
    def warm_seconds(self) -> float:
        """The time after which memory should not grow."""
        return min(60.0, self.seconds / 2)

    def growth(self) -> list[float]:
        """By what part each worker has grown since it was warm."""
        first, last = self.memory.around(self.warm_seconds), self.memory.around(self.seconds)
        return [end / begin - 1 for begin, end in zip(first, last, strict=True)]

    def report(self) -> str:
        minutes = range(1, int(self.seconds / 60) + 1)
        each_minute = [
            f"{minute:>3}: {' '.join(f'{mib:.1f}' for mib in self.memory.around(60 * minute))}"
            for minute in minutes
        ]
        return "\n".join(
            [
                f"{self.seconds / 60:.1f} minutes; primaries killed: {self.kills}",
                f"answers: {dict(self.codes.most_common())}",
                f"templates: {len(self.ledger.entries)}; wrong: {self.ledger.problems}",
                "MiB of each worker after each minute:",
                *each_minute,
                f"at most: {' '.join(f'{mib:.1f}' for mib in self.memory.at_most())}",
                f"growth: {' '.join(f'{part:+.1%}' for part in self.growth())}",
            ]
        )


def soak(
    members: ReplicaSet, server: ServerProcess, key: str, *, seconds: float, kill_seconds: float
) -> Soak:
    """Runs clients, and kills a primary every `kill_seconds`. Nothing is checked yet."""
    ledger, readers = Ledger(server.url, key, PAUSE_SECONDS), Readers(server.url, key)
    memory, begun, kills = Memory(server.workers()), time.monotonic(), 0

    def run_until(at: float) -> None:
        while (left := begun + min(at, seconds) - time.monotonic()) > 0:
            memory.sample()
            time.sleep(min(left, 0.5))

    try:
        ledger.start(WRITERS)
        readers.start()
        while (kills + 1) * kill_seconds < seconds:
            kills += 1
            run_until(kills * kill_seconds)
            killed = members.primary()
            killed.kill()
            run_until((kills + AWAY) * kill_seconds)
            killed.start()
        run_until(seconds)
    finally:
        readers.stop()
        ledger.stop()
    return Soak(
        seconds=seconds,
        kills=kills,
        codes=ledger.codes + readers.codes,
        memory=memory,
        ledger=ledger,
    )
