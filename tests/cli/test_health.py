"""health: the exit status and error message of a container's health check."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.program import ROOT, run, serving_with


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_working_server_is_healthy(environment: dict[str, str], host: str) -> None:
    # A proxy of the environment has no say: the server is on this machine.
    proxy = {"http_proxy": "http://127.0.0.1:9"}
    with serving_with(environment, "--host", host, "--port", "0") as server:
        port = server.url.rsplit(":", 1)[1].split("/")[0]
        there = {**environment, **proxy, "PORT": port, "MODEL_TEMPLATES_HOST": host}
        everywhere = {"127.0.0.1": "0.0.0.0", "::1": "::"}[host]
        direct = run(there, "health")
        by_any = run({**there, "MODEL_TEMPLATES_HOST": everywhere}, "health")
    gone = run(there, "health")

    assert (direct.returncode, direct.stdout, direct.stderr) == (0, "", "")
    assert (by_any.returncode, by_any.stdout, by_any.stderr) == (0, "", "")
    assert (gone.returncode, gone.stdout) == (1, "")
    assert gone.stderr.startswith("Error: http://")
    assert "refused" in gone.stderr


def test_an_unresponsive_server_is_unhealthy(environment: dict[str, str]) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = str(silent.getsockname()[1])
        begun = time.monotonic()

        result = run({**environment, "PORT": port}, "health")

    assert time.monotonic() - begun < 10
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: http://127.0.0.1:{port}/readyz: ")


def test_port_0_cannot_be_checked(environment: dict[str, str]) -> None:
    result = run({**environment, "PORT": "0"}, "health")

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: MODEL_TEMPLATES_PORT: ")


def test_it_loads_no_server(environment: dict[str, str], tmp_path: Path) -> None:
    """A container runs it every few seconds; the whole program takes ten times the CPU."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "app", "health"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), **environment, "PORT": "9"},
        capture_output=True,
        text=True,
    )

    loaded = {line.split("|")[-1].strip().split(".")[0] for line in result.stderr.splitlines()}
    assert result.returncode == 1
    assert "click" in loaded
    assert loaded & HEAVY == set()


HEAVY = {
    *("graphql", "strawberry", "motor", "pymongo", "bson", "starlette", "uvicorn", "jsonschema"),
    *("mongomock_motor", "asyncio", "http", "ssl", "email", "logging", "dotenv", "platformdirs"),
}
