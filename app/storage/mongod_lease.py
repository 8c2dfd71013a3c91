"""Leases on the mongod of one data directory, which all processes that use the directory share.

Each process holds a *lease*: the write end of a FIFO. A small supervisor stops mongod when the last
lease is closed, even by SIGKILL. So a command can work on the data of a running server, and no
mongod is left behind. When mongod dies, the FIFO loses its reader, which every lease can notice.

    DIR/mongod/      the data            DIR/mongod.log   mongod's log since its last start
    DIR/lease        the FIFO            DIR/lock         locked while a mongod runs here
"""

import errno
import fcntl
import hashlib
import os
import select
import socket
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Event

from msgspec import Struct

from app.storage import mongod_failure
from app.storage.mongod_failure import EmbeddedUnavailable

START_SECONDS = 30.0
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


class Lease(Struct, frozen=True):
    """A lease: the write end of the FIFO, and the supervisor if this process started mongod."""

    end: int
    supervisor: subprocess.Popen[bytes] | None = None

    def status(self) -> int | None:
        """The exit status of mongod; None if it has not stopped, or another process started it."""
        if self.supervisor is not None:
            with suppress(subprocess.TimeoutExpired):
                return self.supervisor.wait(1)
        return None


class SharedMongod:
    """The mongod of a directory, which is started for the first lease."""

    def __init__(self, mongod: Path, directory: Path, cache_gigabytes: float) -> None:
        """Creates the directory. Raises EmbeddedUnavailable."""
        self.mongod = mongod
        self.directory = directory
        self._cache_gigabytes = cache_gigabytes
        self._fifo = directory / "lease"
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.socket_path = _socket_path(directory)
        except OSError as error:
            raise mongod_failure.unusable(directory, error) from None

    def lease(self, given_up: Event) -> Lease:
        """A lease on a mongod that accepts connections. Raises EmbeddedUnavailable, also when the
        event is set meanwhile."""
        try:
            return self._lease(given_up)
        except OSError as error:
            raise mongod_failure.unusable(self.directory, error) from None

    def _lease(self, given_up: Event) -> Lease:
        self._make_fifo()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not given_up.is_set():
            lease = self._joined() or self._started()
            if lease is not None:
                if self._answers(lease, deadline, given_up):
                    return lease
                has_stopped = lease.status() is not None
                os.close(lease.end)
                if has_stopped:
                    raise EmbeddedUnavailable(f"mongod does not run: {self.reason(lease)}")
            time.sleep(0.05)
        seconds = f"{START_SECONDS:.0f} s"
        raise EmbeddedUnavailable(f"mongod in {self.directory} did not answer in {seconds}")

    def reason(self, lease: Lease) -> str:
        """Why the mongod of a lease has stopped."""
        return mongod_failure.reason(self.mongod, self.directory, lease.status())

    def release(self, lease: Lease) -> None:
        """Close a lease. If this process started mongod, wait until it has stopped, or return at
        once if another process holds a lease."""
        os.close(lease.end)
        if lease.supervisor is None:
            return
        for _ in range(100):
            with suppress(subprocess.TimeoutExpired):
                lease.supervisor.wait(0.1)
                return
            if (other := self._joined()) is not None:
                os.close(other.end)
                return

    def _make_fifo(self) -> None:
        with suppress(FileExistsError):
            os.mkfifo(self._fifo, 0o600)
        if not stat.S_ISFIFO(self._fifo.stat().st_mode):
            raise EmbeddedUnavailable(
                f"{self._fifo} is not a FIFO, perhaps because {self.directory} is a copy: delete "
                "it, and try again"
            )

    def _joined(self) -> Lease | None:
        """A lease on the running mongod; None if none runs."""
        try:
            return Lease(os.open(self._fifo, os.O_WRONLY | os.O_NONBLOCK))
        except OSError as error:
            if error.errno == errno.ENXIO:
                return None
            raise

    def _started(self) -> Lease | None:
        """A lease on a mongod that this process starts; None while one starts, runs or stops."""
        lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if mongod_failure.is_full(self.directory):
                raise EmbeddedUnavailable(mongod_failure.disk_full(self.directory))
            return self._start(lock)
        except BlockingIOError:
            return None
        finally:
            os.close(lock)

    def _start(self, lock: int) -> Lease:
        """Start a mongod, which inherits the lock together with its supervisor."""
        data = self.directory / "mongod"
        data.mkdir(mode=0o700, exist_ok=True)
        # fmt: off
        command: list[str | Path] = [
            self.mongod, "--dbpath", data, "--bind_ip", self.socket_path, "--nounixsocket",
            "--quiet", "--wiredTigerCacheSizeGB", str(self._cache_gigabytes),
            "--wiredTigerEngineConfigString", "log=(file_max=8MB,prealloc=false)",
            "--setParameter", "diagnosticDataCollectionEnabled=false",
        ]
        # fmt: on
        with (self.directory / "mongod.log").open("wb") as log:
            reading = os.open(self._fifo, os.O_RDONLY | os.O_NONBLOCK)
            end = os.open(self._fifo, os.O_WRONLY | os.O_NONBLOCK)
            os.set_blocking(reading, True)
            try:
                supervisor = subprocess.Popen(  # noqa: S603
                    ["/bin/sh", "-c", _SUPERVISOR, "model-templates-mongod", *command],
                    stdin=reading,
                    stdout=log,
                    stderr=log,
                    pass_fds=[lock],
                    start_new_session=True,
                )
            except OSError:
                os.close(end)
                raise
            finally:
                os.close(reading)
        return Lease(end, supervisor)

    def _answers(self, lease: Lease, deadline: float, given_up: Event) -> bool:
        """Wait until mongod accepts connections; False if it stops first, the deadline passes or
        the event is set."""
        watched = select.poll()
        watched.register(lease.end, 0)
        while time.monotonic() < deadline and not given_up.is_set():
            if lease.supervisor is not None and lease.supervisor.poll() is not None:
                return False
            with socket.socket(socket.AF_UNIX) as probe:
                connected = probe.connect_ex(str(self.socket_path)) == 0
            if watched.poll(0):  # The supervisor has closed the FIFO.
                return False
            if connected:
                return True
            time.sleep(0.02)
        return False


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
