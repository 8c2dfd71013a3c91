"""launch on a terminal: it asks, and writes over its line of progress."""

import os
import pty
import subprocess
import sys
from contextlib import suppress

import pytest

from tests.launch.conftest import LABELS, Launching, Templates
from tests.program import ROOT

pytestmark = pytest.mark.slow

QUESTION = "Do this in Launch? [y/N]: "


def converse(launching: Launching, template: str, answer: str) -> tuple[int, str]:
    """The exit status, and what the terminal shows; the question gets the answer."""
    ours, theirs = pty.openpty()
    arguments = ["launch", template, "--name", "embed", *LABELS]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.launch.quick_program", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **launching.environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown, is_answered = "", False
    with suppress(OSError):  # Linux says so at the end of the output.
        while text := os.read(ours, 65_536).decode():
            shown += text
            if QUESTION in shown and not is_answered:
                os.write(ours, f"{answer}\n".encode())
                is_answered = True
    os.close(ours)
    return process.wait(30), shown


def test_it_asks_and_shows_progress(templates: Templates, launching: Launching) -> None:
    status, shown = converse(launching, templates.create(), "y")

    assert (status, launching.fake.writes()) == (0, ["POST bundle", "POST endpoint"])
    assert "\r\x1b[Kembed: UPDATE_PENDING, 0 s" in shown
    assert "\r\nEndpoint embed (end_2) is READY" in shown


def test_no_means_no(templates: Templates, launching: Launching) -> None:
    status, shown = converse(launching, templates.create(), "n")

    assert (status, launching.fake.writes()) == (1, [])
    assert shown.endswith("Aborted!\r\n")
