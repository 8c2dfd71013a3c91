"""The private mongod: started when needed, shared, and stopped after its last user."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.storage import embedded
from app.storage.driver import connect
from tests.processes import processes_of

pytestmark = pytest.mark.slow

HOLD = """
import sys
from pathlib import Path
from app.storage import embedded
with embedded.running(embedded.find_mongod(), Path(sys.argv[1])) as uri:
    print(uri, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def mongod_file() -> Path:
    file = embedded.find_mongod()
    assert file is not None
    return file


def size(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.rglob("*"))


def hold(directory: Path) -> subprocess.Popen[str]:
    """Another process that uses the directory's mongod until its input closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("mongodb://")
    return process


def wait_until_gone(directory: Path) -> None:
    deadline = time.monotonic() + 15
    while processes_of(directory):
        assert time.monotonic() < deadline, processes_of(directory)
        time.sleep(0.05)


async def test_the_data_is_there_after_a_restart(mongod_file: Path, tmp_path: Path) -> None:
    for start in range(2):
        with embedded.running(mongod_file, tmp_path) as uri:
            database = connect(uri, "test")
            if start == 0:
                await database["things"].insert_one({"_id": 1})
            assert await database["things"].count_documents({}) == 1
            database.client.close()
        assert processes_of(tmp_path) == []
    assert size(tmp_path) < 20_000_000


async def test_it_is_shared_and_outlives_the_process_that_started_it(
    mongod_file: Path, tmp_path: Path
) -> None:
    starter = hold(tmp_path)
    with embedded.running(mongod_file, tmp_path) as uri:
        starter.communicate("")
        database = connect(uri, "test")
        await database["things"].insert_one({"_id": 1})
        database.client.close()
        assert processes_of(tmp_path)
    wait_until_gone(tmp_path)


def test_it_stops_when_its_user_is_killed(tmp_path: Path) -> None:
    user = hold(tmp_path)
    assert processes_of(tmp_path)

    os.kill(user.pid, signal.SIGKILL)
    user.communicate()

    wait_until_gone(tmp_path)


async def test_it_starts_again_after_mongod_was_killed(mongod_file: Path, tmp_path: Path) -> None:
    with embedded.running(mongod_file, tmp_path):
        for process in processes_of(tmp_path):
            os.kill(process, signal.SIGKILL)
        wait_until_gone(tmp_path)
    with embedded.running(mongod_file, tmp_path) as uri:
        database = connect(uri, "test")
        assert (await database.command({"ping": 1}))["ok"] == 1
        database.client.close()
    assert processes_of(tmp_path) == []


async def test_a_long_path_works_too(mongod_file: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    with embedded.running(mongod_file, deep) as uri:
        database = connect(uri, "test")
        assert (await database.command({"ping": 1}))["ok"] == 1
        database.client.close()


def test_a_failed_start_reports_the_reason(tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.write_text(
        """#!/bin/sh\necho '{"s":"F","msg":"no space left"}'; echo '{"s":"I"}'; exit 14\n"""
    )
    full.chmod(0o755)

    with (
        pytest.raises(embedded.EmbeddedUnavailable, match=r"stopped at once: .*no space left"),
        embedded.running(full, tmp_path / "data"),
    ):
        pass
    assert processes_of(tmp_path) == []


def test_an_incompatible_mongod_is_not_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "mongod"
    broken.write_text("#!/bin/sh\necho libcurl.so.4: not found >&2; exit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    assert embedded.find_mongod() not in (None, broken)
    assert "libcurl.so.4: not found" in caplog.text
