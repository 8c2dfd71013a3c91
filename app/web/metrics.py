"""The metrics of a process, for Prometheus.

Requests are observed when they end. What other parts count and hold is read once a second: they
know nothing of metrics. If the environment has PROMETHEUS_MULTIPROC_DIR when this module is
imported, the numbers are in files of that directory, and another process adds up those of all.
"""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from app.domain.counters import Key, counts, levels
from app.domain.request_facts import RequestFacts
from app.web.api_paths import is_api_path
from app.web.operation_names import OperationNames

PREFIX = "model_templates"
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
EVERY_SECONDS = 1.0

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Levels = Mapping[Key, Callable[[], float | None]]
"""Functions that read a number that can go up and down; None while it is not known."""

COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "errors": ("Requests to the APIs with an error, by the code of the first.", ("code",)),
    "stage_seconds": ("Time of a stage; execute includes the calls of database.", ("stage",)),
    "stage_operations": ("Operations that had a stage.", ("stage",)),
    "answer_bytes": ("Bytes of answers.", ()),
    "limits_hit": ("How often a limit was hit.", ("limit",)),
    "cache_lookups": ("Lookups in a cache.", ("cache", "result")),
    "pool_calls": ("Calls in a pool of threads.", ("pool",)),
    "pool_wait_seconds": ("How long calls waited for a thread.", ("pool",)),
    "connections_rejected": ("Requests that are no valid HTTP, too large or late.", ("status",)),
    "relisted": ("Templates whose listing terms were brought up to date.", ()),
    "cpu_seconds": ("CPU time of the processes.", ()),
}
"""The description of each counter, and its labels."""


FROM_ZERO: tuple[Key, ...] = (
    *(("errors", code) for code in ("INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "UNREADABLE")),
    *(("limits_hit", limit) for limit in ("rate", "requests under way", "wait for a turn")),
    *(("limits_hit", limit) for limit in ("memory for answers", "answer bytes", "body bytes")),
    *(("limits_hit", limit) for limit in ("quota of templates", "quota of bytes")),
)
"""Series that alerts watch. They begin with 0, because Prometheus cannot see that a new series has
grown."""


class _Level(NamedTuple):
    text: str
    labels: tuple[str, ...]
    of_processes: Literal["livesum", "livemin", "livemax", "liveall"]
    """How the numbers of several processes become one."""


LEVELS: dict[str, _Level] = {
    "requests_under_way": _Level("Requests that are not answered yet.", (), "livesum"),
    "cache_entries": _Level("Entries of a cache.", ("cache",), "livesum"),
    "pool_running": _Level("Calls that run in a pool of threads.", ("pool",), "livesum"),
    "pool_waiting": _Level("Calls that wait for a thread.", ("pool",), "livesum"),
    "answer_memory_bytes": _Level("Memory of answers, made or sent.", (), "livesum"),
    "database_up": _Level("1 while a server of the database accepts writes.", (), "livemin"),
    "outdated_terms": _Level("Templates with outdated listing terms.", (), "livemax"),
    "event_loop_delay_seconds": _Level("How late the event loop last was.", (), "livemax"),
    "memory_bytes": _Level("Resident memory of a process.", (), "liveall"),
}


class Metrics:
    """Observes requests, and reads the numbers of the process."""

    def __init__(self, version: str) -> None:
        self.registry = registry = CollectorRegistry()
        self._requests = Counter(
            f"{PREFIX}_requests",
            "Requests to the APIs, by operation, type and code of the first error.",
            ("operation", "type", "code"),
            registry=registry,
        )
        self._seconds = Histogram(
            f"{PREFIX}_operation_seconds",
            "From the arrival of the whole request until there is an answer.",
            ("operation", "type"),
            buckets=BUCKETS,
            registry=registry,
        )
        Gauge(
            f"{PREFIX}_build_info",
            "The release of the server.",
            ("version",),
            multiprocess_mode="livemax",
            registry=registry,
        ).labels(version).set(1)
        self._counters = {
            name: Counter(f"{PREFIX}_{name}", text, labels, registry=registry)
            for name, (text, labels) in COUNTERS.items()
        }
        for name, *values in FROM_ZERO:
            self._counters[name].labels(*values)
        self._levels: dict[str, Gauge] = {}
        directory = os.environ.get(DIRECTORY)
        self._names = OperationNames(Path(directory, "operations.txt") if directory else None)
        self._read: Levels = {}
        self._under_way = 0
        self._summed = defaultdict[Key, float](float)
        """Sums that `sample` copies: an update of a metric takes microseconds."""
        self._counted: dict[Key, float] = {}

    def begun(self) -> None:
        """A request has arrived."""
        self._under_way += 1

    def ended(self, facts: RequestFacts, path: str, size: int, seconds: float) -> None:
        """A request has been answered, or could not be."""
        self._under_way -= 1
        if not is_api_path(path):
            return
        operation, type_ = self._names.label(facts.operation), facts.type or ""
        self._requests.labels(operation, type_, facts.code or "OK").inc()
        if facts.seconds is not None:
            self._seconds.labels(operation, type_).observe(facts.seconds)
        self._summed["answer_bytes",] += size
        if facts.code is not None:
            self._summed["errors", facts.code] += 1
        for stage, spent in facts.stages.items():
            self._summed["stage_seconds", stage] += spent
            self._summed["stage_operations", stage] += 1

    def read(self, levels: Levels) -> None:
        """Reads these numbers, too, from now on."""
        self._read = {**self._read, **levels}

    async def keep_sampling(self) -> None:
        """A background task that reads the numbers of the process, for ever."""
        while True:
            self.sample()
            due = time.monotonic() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            self._set(("event_loop_delay_seconds",), max(time.monotonic() - due, 0.0))

    def sample(self) -> None:
        """Reads the numbers of the process."""
        sums = {**counts(), **self._summed, ("cpu_seconds",): time.process_time()}
        for key, value in sums.items():
            if grown := value - self._counted.get(key, 0.0):
                name, *labels = key
                counter = self._counters[name]
                (counter.labels(*labels) if labels else counter).inc(grown)
                self._counted[key] = value
        found = {key: read() for key, read in self._read.items()}
        own: dict[Key, float | None] = {
            ("memory_bytes",): _resident_bytes(),
            ("requests_under_way",): self._under_way,
        }
        for key, level in {**levels(), **own, **found}.items():
            if level is not None:
                self._set(key, level)

    def _set(self, key: Key, value: float) -> None:
        name, *labels = key
        if name not in self._levels:  # Not before the number is known: a gauge begins with 0.
            self._levels[name] = self._gauge(name)
        gauge = self._levels[name]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def _gauge(self, name: str) -> Gauge:
        level = LEVELS[name]
        return Gauge(
            f"{PREFIX}_{name}",
            level.text,
            level.labels,
            multiprocess_mode=level.of_processes,
            registry=self.registry,
        )


def _resident_bytes() -> float | None:
    """The resident memory of this process; None where the system is not Linux."""
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return float(pages * os.sysconf("SC_PAGE_SIZE"))
    return None
