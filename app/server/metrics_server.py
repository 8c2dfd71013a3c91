"""Serves the metrics on an address of their own, those of several processes added up."""

import logging
import os
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

import click
from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from app.server.owned_directory import owned_directory
from app.server.probe import url
from app.web.metrics import DIRECTORY

log = logging.getLogger(__name__)


UNFINISHED = (struct.error, ValueError, FileNotFoundError)
"""The exceptions of reading while a process creates its file, or removes it."""

ATTEMPTS, RETRY_SECONDS = 5, 0.05


class CannotServeMetrics(click.ClickException):
    """The address is in use or not local. click prints the message and exits with status 1."""


@contextmanager
def serving(address: str, registry: CollectorRegistry) -> Iterator[None]:
    """Serves the metrics of a registry at `host:port` inside, and logs the URL."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        server, thread = start_http_server(int(port), host, registry)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else "unknown host"
        raise CannotServeMetrics(f"cannot serve metrics on {address}: {reason}") from None
    log.info("Metrics at %s/metrics", url(host, server.server_port))
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def of_processes() -> Iterator[CollectorRegistry]:
    """The metrics of all processes that are started inside, through a temporary directory."""
    with owned_directory("model-templates-metrics-") as directory:
        os.environ[DIRECTORY] = str(directory)
        registry = CollectorRegistry()
        registry.register(_Processes(directory))
        try:
            yield registry
        finally:
            del os.environ[DIRECTORY]


class _Processes(MultiProcessCollector):
    """Adds up what the processes have written. Those that have ended have no more levels, and their
    sums go to one file, so that restarts do not fill the disk."""

    def __init__(self, directory: Path) -> None:
        super().__init__(None, str(directory))  # type: ignore[no-untyped-call]
        self._directory = directory
        self._lock = Lock()  # Each scrape has a thread.

    def collect(self) -> Iterable[Metric]:
        for _ in range(ATTEMPTS):
            with suppress(*UNFINISHED):
                return self._collected()
            time.sleep(RETRY_SECONDS)
        return self._collected()

    def _collected(self) -> Iterable[Metric]:
        with self._lock:
            self._clean_up()
            found: Iterable[Metric] = super().collect()  # type: ignore[no-untyped-call]
        return found

    def _clean_up(self) -> None:
        for file in self._directory.glob("*.db"):
            kind, *_, pid = file.stem.split("_")
            if pid == _ENDED or _is_running(int(pid)):
                continue
            if kind == "gauge" or not file.stat().st_size:
                file.unlink(missing_ok=True)
            else:
                _move(file, file.with_name(f"{kind}_{_ENDED}.db"))


_ENDED = "ended"
"""In the name of a file, in the place of a process."""


def _move(sums: Path, total: Path) -> None:
    """Adds the sums of a file to those of another, and removes it."""
    found = MmapedDict(str(total))  # type: ignore[no-untyped-call]
    values = MmapedDict.read_all_values_from_file(str(sums))  # type: ignore[no-untyped-call]
    for key, value, timestamp, _ in values:
        before, _ = found.read_value(key)  # type: ignore[no-untyped-call]
        found.write_value(key, before + value, timestamp)  # type: ignore[no-untyped-call]
    found.close()  # type: ignore[no-untyped-call]
    sums.unlink()


def _is_running(pid: int) -> bool:
    """Whether a process that this one has started runs, and not another one with the same id."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return not Path("/proc/self").exists() and _exists(pid)  # The system is not Linux.
    state, parent, *_ = status.rpartition(")")[2].split()
    return state != "Z" and int(parent) == os.getpid()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
