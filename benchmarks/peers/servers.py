"""The servers that are compared: how each is started, and what it runs on."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from benchmarks.peers.data import ACCOUNTS, NEW_ACCOUNTS, Schema, account, new_account
from benchmarks.peers.database import DATABASES, Database, free_port
from benchmarks.peers.processes import Cores, end, start
from benchmarks.peers.workloads import READS, Workload

ROOT = Path(__file__).parents[2]
RATE_LIMIT = "999999999/minute"
"""As high as it can be set. It is checked nevertheless, at every request."""
START_SECONDS = 60.0
_UVICORN = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]


class Server(Struct, frozen=True):
    """A kind of server. `command` follows the environment's node or python, or ours."""

    name: str
    title: str
    command: list[str]
    schema: Schema = Schema.PEERS
    is_first_written: bool = False
    """Whether it is a peer as one writes it first."""
    is_constant: bool = False
    """Whether it answers every request with the answer to the first of W1."""
    has_extras: bool = True
    """Whether it is compared by all workloads, or by the four main ones."""
    workers: int = 1

    def serves(self, workload: Workload) -> bool:
        """Whether the server is measured with a workload."""
        if self.is_constant:
            return workload is READS
        return self.has_extras or not workload.is_extra

    @property
    def is_node(self) -> bool:
        return self.command[0].endswith(".mjs")


MERCURIUS = Server("mercurius", "Mercurius", ["mercurius.mjs"], is_first_written=True)
DATALOADER = Server(
    "mercurius-dataloader", "Mercurius, DataLoader and projections", ["mercurius-dataloader.mjs"]
)
YOGA = Server("yoga-jit", "Yoga with graphql-jit", ["yoga-jit.mjs"], is_first_written=True)
STRAWBERRY = Server(
    "strawberry",
    "Strawberry, tuned",
    ["strawberry_tuned:app"],
    is_first_written=True,
    has_extras=False,
)
FLOOR = Server("floor", "uvicorn and Starlette, constant body", ["floor:app"], is_constant=True)
OURS = Server("ours", "Model Templates", ["serve"], Schema.OURS)
OURS_4 = Server(
    "ours-4",
    "Model Templates, 4 workers on 2 cores",
    ["serve"],
    Schema.OURS,
    has_extras=False,
    workers=4,
)
SERVERS = [MERCURIUS, DATALOADER, YOGA, STRAWBERRY, FLOOR, OURS, OURS_4]


class Setting(Struct, frozen=True):
    """The surroundings of servers. `environment` is the directory into which `run` has installed
    them, `directory` one for the files of this run."""

    environment: Path
    directory: Path
    database: Database
    cores: Cores


class Running(Struct, frozen=True):
    """A server that runs."""

    server: Server
    process: subprocess.Popen[bytes]
    port: int
    keys: list[str]

    def key(self, account_id: str) -> str:
        """The API key for an account, empty for a peer."""
        number = int(account_id.rpartition("-")[2])
        return self.keys[number % len(self.keys)] if self.keys else ""


def create_keys(setting: Setting, count: int) -> list[str]:
    """API keys of our server. Each has its share of the accounts."""
    keys = []
    for share in range(count):
        grants = [f"{account(n)}:read" for n in range(ACCOUNTS) if n % count == share]
        grants += [new_account(n) for n in range(NEW_ACCOUNTS) if n % count == share]
        accounts = [argument for grant in grants for argument in ("--account", grant)]
        keys.append(command(setting, "keys", "create", "--identity", "bench", *accounts))
    return keys


def command(setting: Setting, *arguments: str) -> str:
    """Run one of our commands; its output."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "app", *arguments],
        cwd=setting.directory,
        env=_our_environment(setting),
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)} fails:\n{done.stderr}")
    return done.stdout.strip()


@contextmanager
def running(
    setting: Setting, servers: Collection[Server], keys: list[str]
) -> Iterator[list[Running]]:
    """All servers, until the end of the block."""
    with ExitStack() as stack:
        started = []
        for server in servers:
            port = free_port()
            process = start(
                _command(setting, server, port),
                output=setting.directory / f"{server.name}.log",
                environment=_environment(setting, server, port),
                directory=setting.directory,
                cores=setting.cores.server
                if server.workers == 1
                else setting.cores.several_workers,
            )
            stack.callback(end, process)
            given = keys if server.schema is Schema.OURS else []
            started.append(Running(server, process, port, given))
        for each in started:
            _wait_for(each, setting.directory)
        yield started


def _command(setting: Setting, server: Server, port: int) -> list[str | Path]:
    name = server.command[0]
    if server.schema is Schema.OURS:
        return [sys.executable, "-m", "app", *server.command]
    if server.is_node:
        node = setting.environment / "node"
        return [node / "node_modules/.bin/node", node / name]
    python = setting.environment / "python/bin/python"
    return [python, "-m", "uvicorn", name, "--port", str(port), *_UVICORN]


def _environment(setting: Setting, server: Server, port: int) -> dict[str, str]:
    if server.schema is Schema.OURS:
        return {
            **_our_environment(setting),
            "PORT": str(port),
            "WEB_CONCURRENCY": str(server.workers),
        }
    return {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "MONGODB_URI": setting.database.uri,
        "MONGODB_DATABASE": DATABASES[server.schema],
        "NODE_ENV": "production",
        "PYTHONPATH": str(Path(__file__).with_name("python")),
        "BODY": str(setting.directory / "body.json"),
    }


def _our_environment(setting: Setting) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "MONGODB_URI": setting.database.uri,
        "MODEL_TEMPLATES_MONGODB_DATABASE": DATABASES[Schema.OURS],
        "MODEL_TEMPLATES_ENVIRONMENT": "production",
        "MODEL_TEMPLATES_RATE_LIMIT": RATE_LIMIT,
    }


def _wait_for(running: Running, directory: Path) -> None:
    """Wait until the server accepts connections."""
    deadline = time.monotonic() + START_SECONDS
    while running.process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", running.port), timeout=1):
            return
        time.sleep(0.05)
    log = (directory / f"{running.server.name}.log").read_text(errors="replace")
    sys.exit(f"{running.server.title} does not start:\n{log[-2_000:]}")
