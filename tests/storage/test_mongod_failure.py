"""Data directories and mongods that cannot work: each is reported in one sentence."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.storage import embedded, mongod_failure
from app.storage.embedded import EmbeddedUnavailable
from app.storage.mongod_failure import reason
from tests.mongod import Mongod
from tests.processes import processes_of


def line(severity: str, context: str, rest: str) -> str:
    time = '{"$date":"2026-11-25T19:06:32.960+00:00"}'
    return f'{{"t":{time},"s":"{severity}",  "c":"WT",  "ctx":"{context}",{rest}}}\n'


ABORTED = line("F", "conn3", r'"id":23090, "msg":"\n\n***aborting after fassert() failure\n\n"')

FULL = line(
    *("E", "conn3", '"id":22435, "msg":"WiredTiger error message","attr":{"error":28,"message":{'),
)[:-3] + (
    '"msg":"__log_fs_write:218:journal/WiredTigerTmplog.0000000002: fatal log failure",'
    '"error_str":"No space left on device","error_code":28}}}\n'
)
NEWER = line(
    *("F", "initandlisten"),
    '"id":20573, "msg":"Wrong mongod version","attr":{"error":"UPGRADE PROBLEM: Found an invalid '
    "featureCompatibilityVersion document (ERROR: Location4926900: Invalid value for "
    "featureCompatibilityVersiondocument in admin.system.version, found 6.0, expected '4.4' or "
    "'4.9' or '5.0.)\"}",
)
NEWER_FILES = line(
    *("E", "initandlisten"),
    '"id":22435, "msg":"WiredTiger error message","attr":{"error":13,"message":{"msg":'
    '"__ckpt_version_chk:1387:file:WiredTiger.wt is an unsupported WiredTiger source file version '
    '91.1; this WiredTiger build only supports versions from 1.1 to 1.1","error_str":'
    '"Permission denied","error_code":13}}',
)
UNKNOWN = line(
    *("E", "initandlisten"),
    '"id":20557, "msg":"DBException in initAndListen, terminating",'
    '"attr":{"error":"SocketException: Failed to unlink socket file"}',
)
WHILE_SERVING = line(
    "F", "conn7", '"id":1, "msg":"Invariant failure","attr":{"error":"a caller\'s secret"}'
)
SHUT_DOWN = line("I", "SignalHandler", '"id":23138, "msg":"Shutting down","attr":{"exitCode":0}')


@pytest.mark.parametrize(
    ("log", "status", "sentence"),
    [
        (FULL + ABORTED, 134, "the disk of {0} is full: free some space"),
        (
            NEWER,
            62,
            "the data in {0} was written by another version of mongod, which /bin/mongod cannot "
            "read: use that version, or another directory",
        ),
        (
            NEWER_FILES + ABORTED,
            14,
            "the data in {0} was written by another version of mongod, which /bin/mongod cannot "
            "read: use that version, or another directory",
        ),
        (
            UNKNOWN,
            100,
            "DBException in initAndListen, terminating SocketException: Failed to unlink socket "
            "file",
        ),
        (WHILE_SERVING + ABORTED, 134, "Invariant failure"),
        (WHILE_SERVING[:60], 134, "its log breaks off"),
        ("Illegal instruction\n", 132, "it was ended by SIGILL"),
        ("", 137, "it was killed, perhaps for want of memory"),
        ("", -9, "it was killed, perhaps for want of memory"),
        (SHUT_DOWN, 0, "it was shut down"),
        (SHUT_DOWN, None, "it ended"),
        ("cannot open shared object file\n", 127, "cannot open shared object file"),
        ("", 3, "it ended with status 3 and an empty log"),
    ],
)
def test_a_log_explains_the_end_of_mongod(
    tmp_path: Path, log: str, status: int | None, sentence: str
) -> None:
    """The lines are those of MongoDB 5.0 and 6.0 on a full disk and on files of a newer release,
    shortened."""
    (tmp_path / "mongod.log").write_text(log)

    given = reason(Path("/bin/mongod"), tmp_path, status)

    assert given == f"{sentence.format(tmp_path)} (see {tmp_path}/mongod.log)"


def test_a_full_disk_is_recognized_without_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongod_failure, "MIN_FREE_BYTES", 1 << 60)
    file = embedded.find_mongod()
    assert file is not None

    with (
        pytest.raises(EmbeddedUnavailable, match=f"^the disk of {tmp_path} is full"),
        embedded.running(file, tmp_path),
    ):
        pass
    assert f"the disk of {tmp_path} is full" in reason(file, tmp_path, 134)
    assert processes_of(tmp_path) == []


def refused(directory: Path) -> str:
    """The message when mongod cannot run in a directory."""
    file = embedded.find_mongod()
    assert file is not None
    with pytest.raises(EmbeddedUnavailable) as refusal, embedded.running(file, directory):
        pass
    assert processes_of(directory) == []
    return str(refusal.value)


def used(directory: Path) -> None:
    """Let mongod create its files in a directory."""
    file = embedded.find_mongod()
    assert file is not None
    with embedded.running(file, directory):
        pass


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir])
def test_a_copied_lease_says_what_to_do(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "lease")

    assert refused(tmp_path) == (
        f"{tmp_path}/lease is not a FIFO, perhaps because {tmp_path} is a copy: delete it, and "
        "try again"
    )


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["WiredTiger.turtle", "WiredTiger.wt", "_mdb_catalog.wt"])
def test_damaged_data_are_named(tmp_path: Path, damage: str) -> None:
    used(tmp_path)
    file = tmp_path / "mongod" / damage
    file.write_bytes(b"damaged " * (file.stat().st_size // 8))

    assert refused(tmp_path) == (
        f"mongod does not run: the data in {tmp_path}/mongod is damaged: restore it from a backup, "
        "run mongod --repair --dbpath on a copy, or use another directory "
        f"(see {tmp_path}/mongod.log)"
    )


@pytest.mark.slow
def test_data_in_use_by_another_mongod_are_named(tmp_path: Path) -> None:
    used(tmp_path)
    other = Mongod(tmp_path / "mongod")
    other.start()
    try:
        file = embedded.find_mongod()
        assert file is not None
        with (
            pytest.raises(EmbeddedUnavailable, match=r"another mongod, which was not started by"),
            embedded.running(file, tmp_path),
        ):
            pass
    finally:
        other.kill()


@pytest.mark.slow
def test_what_a_killed_mongod_leaves_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "mongod").mkdir(parents=True)
    other = Mongod(tmp_path / "mongod")
    other.start()
    other.kill()
    assert (tmp_path / "mongod" / "mongod.lock").read_text() != ""
    (tmp_path / "mongod.sock").touch()

    used(tmp_path)


START = """
import sys
from pathlib import Path
from app.storage import embedded
try:
    with embedded.running(embedded.find_mongod(), Path(sys.argv[1])):
        print("runs")
except embedded.EmbeddedUnavailable as error:
    print(error)
"""

MODES_COUNT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
"""Runs a command of root without the privilege to write where modes forbid it."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("forbidden", "message"),
    [
        (".", "cannot store the database in {0}: [Errno 13] Permission denied"),
        (
            "mongod",
            "mongod does not run: this user cannot write all files in {0}/mongod: change their "
            "owner or mode (see {0}/mongod.log)",
        ),
    ],
    ids=["directory", "data"],
)
def test_a_directory_without_write_permission_is_named(
    tmp_path: Path, forbidden: str, message: str
) -> None:
    used(tmp_path)
    (tmp_path / "lease").unlink()
    (tmp_path / forbidden).chmod(0o500)

    started = subprocess.run(
        [*(MODES_COUNT if os.geteuid() == 0 else []), sys.executable, "-c", START, tmp_path],
        capture_output=True,
        text=True,
        timeout=60,
    )
    (tmp_path / forbidden).chmod(0o700)

    assert (started.stdout, started.stderr) == (message.format(tmp_path) + "\n", "")
