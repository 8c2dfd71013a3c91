"""Temporary directories, also of processes that are killed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.server.owned_directory import owned_directory
from tests.program import ROOT

KILLED = """
import os, signal
from app.server.owned_directory import owned_directory
with owned_directory("ours-") as directory:
    (directory / "numbers").write_bytes(bytes(100_000))
    print(directory.name, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_what_a_killed_process_has_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    command, environment = [sys.executable, "-c", KILLED], {"TMPDIR": str(tmp_path)}
    killed = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    left = tmp_path / killed.stdout.strip()
    others = [tmp_path / name for name in ("ours-new", "theirs-1")]
    for other in others:
        other.mkdir()

    assert killed.returncode == -signal.SIGKILL
    assert [file.name for file in left.iterdir() if file.name != "lock"] == ["numbers"]
    with owned_directory("ours-") as first, owned_directory("ours-") as second:
        assert {*tmp_path.iterdir()} == {first, second, *others}
    assert {*tmp_path.iterdir()} == {*others}
