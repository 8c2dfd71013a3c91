"""A mongod for one test, which can be killed, paused and restarted."""

import signal
import socket
import subprocess
import time
from pathlib import Path

from app.storage.embedded import find_mongod


class Mongod:
    """Keeps its port and its data when it is killed and restarted."""

    def __init__(self, directory: Path, *options: str) -> None:
        self._directory = directory
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.uri = f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        mongod = find_mongod()
        assert mongod is not None
        # fmt: off
        command: list[str | Path] = [
            mongod, "--dbpath", self._directory, "--bind_ip", "127.0.0.1", "--port", str(self.port),
            "--nounixsocket", "--quiet", "--wiredTigerCacheSizeGB", "0.25",
            *self._options,
        ]
        # fmt: on
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("mongod does not start")

    @property
    def is_running(self) -> bool:
        """Whether it has been started and not ended; it may be paused."""
        return self._process is not None

    def silence(self) -> None:
        """Pause it: connections stay open and are accepted, but get no response."""
        self._send(signal.SIGSTOP)
        while not self._is_paused():
            time.sleep(0.005)

    def _is_paused(self) -> bool:
        """Whether the signal has reached all threads, which on a busy machine takes a while."""
        assert self._process is not None
        threads = Path(f"/proc/{self._process.pid}/task").glob("*/stat")
        return all(stat.read_text().rpartition(")")[2].split()[0] == "T" for stat in threads)

    def wake(self) -> None:
        if self._process is not None:
            self._send(signal.SIGCONT)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def terminate(self) -> None:
        """Let it shut down in an orderly way."""
        self._end(signal.SIGTERM)

    def _end(self, signal: signal.Signals) -> None:
        if self._process is not None:
            self._send(signal)
            self._process.wait()
            self._process = None

    def _send(self, signal: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(signal)
