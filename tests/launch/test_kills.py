"""Launches that are killed after each of their requests, and run again."""

import os
import signal
import subprocess
import sys

import pytest

from tests.launch.conftest import LABELS, Launching, Templates
from tests.launch.fake_launch import Call
from tests.program import ROOT

pytestmark = pytest.mark.slow

FIRST = [
    *("GET list", "GET bundles", "POST bundles", "POST endpoint", "GET list again", "GET endpoint"),
    "GET endpoint again",
]
CHANGE = [
    *("GET list", "GET endpoint", "GET bundles", "POST bundles", "GET endpoint again"),
    *("PUT endpoint", "GET endpoint a third time"),
]
REPLACE = [*CHANGE[:3], "DELETE endpoint", "GET endpoint again", "POST endpoint", "GET list again"]
"""The requests of a launch, in order."""


def start(launching: Launching, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.launch.quick_program", "launch", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **launching.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_after(launching: Launching, number: int, *arguments: str) -> Call:
    """Runs the program, and kills it after a request was carried out, before it gets the answer."""
    fake, running = launching.fake, list[subprocess.Popen[str]]()

    def done(_: Call) -> None:
        if len(fake.calls) == number:
            running[0].kill()

    fake.done = done
    running.append(start(launching, *arguments, "--name", "embed", "--yes", *LABELS))
    output, _ = running[0].communicate(timeout=60)
    fake.done = lambda _: None
    assert running[0].returncode == -signal.SIGKILL, output
    return fake.calls[number - 1]


@pytest.mark.parametrize("number", range(1, len(FIRST) + 1), ids=lambda n: FIRST[n - 1])
def test_the_first_launch(templates: Templates, launching: Launching, number: int) -> None:
    id = templates.create()
    last = kill_after(launching, number, id)

    again = launching.launch(id)

    (endpoint,) = launching.fake.named("embed")
    assert last.method == FIRST[number - 1].split()[0]
    assert (again.exit_code, endpoint.status) == (0, "READY")
    assert f"Endpoint embed ({endpoint.id}) is READY" in again.stdout
    assert launching.fake.writes() == ["POST bundle", "POST endpoint"]


@pytest.mark.parametrize("number", range(1, len(CHANGE) + 1), ids=lambda n: CHANGE[n - 1])
def test_a_change(templates: Templates, launching: Launching, number: int) -> None:
    id = templates.create()
    launching.launch(id)
    templates.set_tag(id, "0.2.0")
    launching.fake.forget()
    last = kill_after(launching, number, id)

    again = launching.launch(id)

    (endpoint,) = launching.fake.named("embed")
    assert last.method == CHANGE[number - 1].split()[0]
    assert (again.exit_code, endpoint.status) == (0, "READY")
    assert endpoint.bundle["flavor"]["tag"] == "0.2.0"
    assert launching.fake.writes() == ["POST bundle", "PUT endpoint"]


@pytest.mark.parametrize("number", range(4, len(REPLACE) + 1), ids=lambda n: REPLACE[n - 1])
def test_a_replacement(templates: Templates, launching: Launching, number: int) -> None:
    id = templates.create()
    launching.launch(id)
    config = {"endpointType": "SYNC", "minWorkers": 1}
    templates.update(id, vendorConfiguration={"endpointConfig": config})
    launching.fake.forget()
    last = kill_after(launching, number, id, "--replace")

    again = launching.launch(id, "--replace")

    (endpoint,) = launching.fake.named("embed")
    assert last.method == REPLACE[number - 1].split()[0]
    assert (again.exit_code, endpoint.status, endpoint.endpoint_type) == (0, "READY", "sync")
    assert launching.fake.writes() == ["DELETE endpoint", "POST endpoint"]


def test_an_interrupt_says_what_goes_on(templates: Templates, launching: Launching) -> None:
    running = list[subprocess.Popen[str]]()
    launching.fake.done = lambda call: (
        running[0].send_signal(signal.SIGINT) if call.method == "POST" else None
    )
    running.append(start(launching, templates.create(), "--name", "embed", "--yes", *LABELS))

    output, _ = running[0].communicate(timeout=60)

    assert running[0].returncode == 130
    assert output.endswith(
        "Interrupted. Launch goes on with what it has accepted; to see the outcome, run the same "
        "command again.\n"
    )
    assert "Traceback" not in output
