"""A server in a process of its own, which can be killed and restarted on its port."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


class ServerProcess:
    """Its environment is `environment`, and nothing else."""

    def __init__(self, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {"PATH": os.environ["PATH"], **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", str(self.port)],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            if self.is_ready():
                return
            time.sleep(0.1)
        raise AssertionError("the server does not start")

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        try:
            answer = httpx.get(f"{self.url}/readyz", verify=False, timeout=10)
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    def workers(self) -> list[int]:
        """The ids of the processes that serve requests: children, or the only process itself."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        found = [int(id) for id in children.read_text().split()]
        return [id for id in found if b"resource_tracker" not in command_line(id)] or [
            self._process.pid
        ]

    def kill_worker(self) -> None:
        """Kill one worker; the supervisor replaces it."""
        os.kill(self.workers()[0], signal.SIGKILL)

    def restart_workers(self) -> None:
        """Let the supervisor replace its workers one after the other."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """Kill it with all of its workers."""
        assert self._process is not None
        for id in {*self.workers(), self._process.pid}:
            os.kill(id, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """Let it end in an orderly way; returns its exit status."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)


def command_line(id: int) -> bytes:
    return Path(f"/proc/{id}/cmdline").read_bytes()
