"""Serves the metrics on an address of their own, those of several processes added up."""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from app.server.probe import url
from app.web.metrics import DIRECTORY

log = logging.getLogger(__name__)


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
    with TemporaryDirectory(prefix="model-templates-metrics-") as directory:
        os.environ[DIRECTORY] = directory
        registry = CollectorRegistry()
        registry.register(_Processes(Path(directory)))
        try:
            yield registry
        finally:
            del os.environ[DIRECTORY]


class _Processes(MultiProcessCollector):
    """Adds up what the processes have written; those that have ended have no more levels."""

    def __init__(self, directory: Path) -> None:
        super().__init__(None, str(directory))  # type: ignore[no-untyped-call]
        self._directory = directory

    def collect(self) -> Iterable[Metric]:
        for file in self._directory.glob("gauge_live*.db"):
            if not _is_alive(pid := int(file.stem.rpartition("_")[2])):
                mark_process_dead(pid, str(self._directory))  # type: ignore[no-untyped-call]
        found: Iterable[Metric] = super().collect()  # type: ignore[no-untyped-call]
        return found


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
