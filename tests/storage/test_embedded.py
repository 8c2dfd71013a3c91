"""The private mongod: started when needed, shared, and stopped after its last user."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pymongo.errors import PyMongoError

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


def kill(processes: list[int]) -> None:
    for process in processes:
        os.kill(process, signal.SIGKILL)


def is_mongod(process: int) -> bool:
    """Whether a process is mongod itself, not its supervisor."""
    return Path(f"/proc/{process}/comm").read_text() == "mongod\n"


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def wait_until_gone(directory: Path) -> None:
    wait_until(lambda: not processes_of(directory))


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


async def is_answering(uri: str) -> bool:
    """Whether mongod answers within ten seconds; meanwhile it may be starting."""
    database, deadline = connect(uri, "test"), time.monotonic() + 10
    try:
        while time.monotonic() < deadline:
            try:
                return bool((await database.command({"ping": 1}))["ok"])
            except PyMongoError:
                await asyncio.sleep(0.1)
        return False
    finally:
        database.client.close()


@pytest.mark.parametrize("only_mongod", [True, False])
async def test_it_is_started_again_when_it_is_killed(
    mongod_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, only_mongod: bool
) -> None:
    caplog.set_level("INFO")
    for _ in range(2):
        with embedded.running(mongod_file, tmp_path) as uri:
            first = processes_of(tmp_path)
            kill([*filter(is_mongod, first)] if only_mongod else first)
            assert await is_answering(uri)
            assert set(processes_of(tmp_path)).isdisjoint(first)
        assert processes_of(tmp_path) == []

    stopped, runs_again = caplog.messages[:2]
    assert stopped == (
        "mongod stopped: it was killed, perhaps for want of memory "
        f"(see {tmp_path}/mongod.log). Starting it again"
    )
    assert re.fullmatch(r"mongod runs again after \d\.\d s", runs_again)


async def test_one_of_its_users_starts_it_again(mongod_file: Path, tmp_path: Path) -> None:
    starter = hold(tmp_path)
    with embedded.running(mongod_file, tmp_path) as uri:
        starter.kill()
        starter.communicate()
        kill(processes_of(tmp_path))

        assert await is_answering(uri)
    assert processes_of(tmp_path) == []


async def test_it_is_started_again_as_soon_as_it_can_start(
    mongod_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    turtle = tmp_path / "mongod" / "WiredTiger.turtle"
    with embedded.running(mongod_file, tmp_path) as uri:
        sound = turtle.read_bytes()
        turtle.write_bytes(b"damaged")
        kill(processes_of(tmp_path))
        wait_until(lambda: len(caplog.messages) == 2)
        turtle.write_bytes(sound)

        assert await is_answering(uri)

    _, cannot_start, runs_again = caplog.messages
    assert cannot_start.startswith(
        f"mongod cannot start again: mongod does not run: the data in {tmp_path}/mongod is damaged"
    )
    assert runs_again.startswith("mongod runs again after")


@pytest.mark.alone
def test_it_can_be_left_while_it_cannot_start(mongod_file: Path, tmp_path: Path) -> None:
    with embedded.running(mongod_file, tmp_path):
        (tmp_path / "mongod").rename(tmp_path / "moved")  # At once: it writes files meanwhile.
        (tmp_path / "mongod").write_text("not a directory")
        kill(processes_of(tmp_path))
        wait_until_gone(tmp_path)
        begun = time.monotonic()
    assert time.monotonic() - begun < 2
    assert processes_of(tmp_path) == []


async def test_a_long_path_works_too(mongod_file: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    with embedded.running(mongod_file, deep) as uri:
        database = connect(uri, "test")
        assert (await database.command({"ping": 1}))["ok"] == 1
        database.client.close()


def test_an_incompatible_mongod_is_not_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "mongod"
    broken.write_text("#!/bin/sh\necho libcurl.so.4: not found >&2; exit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    assert embedded.find_mongod() not in (None, broken)
    assert "libcurl.so.4: not found" in caplog.text
