"""A server in a process of its own, and a second caller, whose waits are measured while the first
one attacks."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx

from app.domain.access import Viewer
from app.domain.api_key import new_key
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import connect
from app.storage.indexes import initialise
from tests.builders import a_viewer
from tests.databases import close_soon

ROOT = Path(__file__).parents[2]
SMALL = {"query": "{ modelTemplates(first: 1) { nodes { name } } }"}
PAUSE_SECONDS = 0.05


class Waits:
    """The seconds of each request of a bystander, and the server's memory."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.statuses: set[int] = set()
        self.peak_mib = 0.0

    @property
    def worst(self) -> float:
        return max(self.seconds)


class Served:
    """A server, with a key of the attacker (by default, it writes in a1) and one of a bystander (it
    writes in b1)."""

    def __init__(self, port: int, pid: int, attacker: str, other: str) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/graphql"
        self.attacker = attacker
        self.other = other
        self._pid = pid

    def memory_mib(self) -> float:
        """The resident memory of the server's process, in MiB."""
        status = Path(f"/proc/{self._pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def attack(self, query: str, seconds: float = 60, **variables: object) -> httpx.Response:
        """The answer to one request of the attacker."""
        body = {"query": query, "variables": variables}
        headers = {"x-api-key": self.attacker}
        return httpx.post(self.url, json=body, headers=headers, timeout=seconds, verify=False)

    @contextmanager
    def watched(self) -> Iterator[Waits]:
        """Asks small queries with the other key until the end of the block."""
        waits, stop = Waits(), Event()

        def ask() -> None:
            headers = {"x-api-key": self.other}
            with httpx.Client(headers=headers, timeout=60, verify=False) as http:
                while not stop.is_set() or not waits.seconds:
                    begun = time.monotonic()
                    waits.statuses.add(http.post(self.url, json=SMALL).status_code)
                    waits.seconds.append(time.monotonic() - begun)
                    waits.peak_mib = max(waits.peak_mib, self.memory_mib())
                    stop.wait(PAUSE_SECONDS)

        thread = Thread(target=ask)
        thread.start()
        try:
            yield waits
        finally:
            stop.set()
            thread.join()


@contextmanager
def served(
    uri: str, name: str, viewer: Viewer | None = None, **environment: str
) -> Iterator[Served]:
    """A server on the database `name`, which is dropped at the end of the block. The attacker's key
    is that of the viewer, if given."""
    attacker, other = asyncio.run(_with_keys(uri, name, viewer or a_viewer()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", str(port)],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "MONGODB_URI": uri,
            "MODEL_TEMPLATES_MONGODB_DATABASE": name,
            "MODEL_TEMPLATES_ENVIRONMENT": "production",
            **environment,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(port, process)
        yield Served(port, process.pid, attacker, other)
    finally:
        process.terminate()
        process.wait(30)
        asyncio.run(_dropped(uri, name))


async def _with_keys(uri: str, name: str, viewer: Viewer) -> tuple[str, str]:
    database = connect(uri, name)
    await initialise(database)
    attacker, other = new_key(), new_key()
    await ApiKeyStore(database).add(attacker, viewer)
    await ApiKeyStore(database).add(other, a_viewer(b1="write"))
    close_soon(database)
    return attacker, other


async def _dropped(uri: str, name: str) -> None:
    database = connect(uri, name)
    await database.client.drop_database(name)
    close_soon(database)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    with httpx.Client(verify=False) as http:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if http.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
    raise AssertionError("the server does not start")
