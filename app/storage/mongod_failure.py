"""Why a mongod stopped, in one sentence that says what to do."""

import errno
import json
import re
import shutil
import signal
from contextlib import suppress
from pathlib import Path

MIN_FREE_BYTES = 4 << 20
"""The free space below which a disk counts as full: a checkpoint of a small database needs some."""

WRONG_VERSION = '"id":20573,'
"""mongod's message id for data with the feature compatibility version of another release."""
_LOG_TAIL_BYTES, _MAX_DETAIL = 1 << 20, 300
"""How much of the log is searched, and how many characters of an unknown error are repeated."""

_PATTERNS: list[tuple[str, str]] = [
    (
        r"No space left on device|Disk quota exceeded",
        "the disk of {directory} is full: free some space",
    ),
    (
        rf"{WRONG_VERSION}|unsupported WiredTiger \S+ file version",
        "the data in {directory} was written by another version of mongod, which {mongod} cannot "
        "read: use that version, or another directory",
    ),
    (
        "DBPathInUse",
        "another mongod, which was not started by this program, uses {directory}/mongod: stop it",
    ),
    (
        "Permission denied|read-only directory|Read-only file system",
        "this user cannot write all files in {directory}/mongod: change their owner or mode",
    ),
    (
        r"WT_TRY_SALVAGE|InvalidBSON|not appear to be a WiredTiger file|data corruption|--repair\b",
        "the data in {directory}/mongod is damaged: restore it from a backup, run mongod --repair "
        "--dbpath on a copy, or use another directory",
    ),
]
"""Texts in a log, and their meanings; the first match counts, as causes come before effects.
Observed with MongoDB 5.0 and 6.0."""


class EmbeddedUnavailable(Exception):
    """mongod cannot run here; the message gives the reason."""


def is_full(directory: Path) -> bool:
    """Whether the directory's disk has less than MIN_FREE_BYTES left for this user."""
    return shutil.disk_usage(directory).free < MIN_FREE_BYTES


def disk_full(directory: Path) -> str:
    """The sentence for a full disk."""
    return _PATTERNS[0][1].format(directory=directory)


def unusable(directory: Path, error: OSError) -> EmbeddedUnavailable:
    """The error for a directory in which files cannot be created."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    reason = disk_full(directory) if full else str(error)
    return EmbeddedUnavailable(f"cannot store the database in {directory}: {reason}")


def reason(mongod: Path, directory: Path, status: int | None) -> str:
    """Why the directory's mongod stopped, from its log, the disk and its exit status if known."""
    log = directory / "mongod.log"
    lines = _tail(log)
    errors = [line for line in lines if '"s":"F"' in line or '"s":"E"' in line]
    known = _known(mongod, directory, errors)
    return f"{known or _unknown(errors, lines, status)} (see {log})"


def _tail(log: Path) -> list[str]:
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(log.stat().st_size - _LOG_TAIL_BYTES, 0))
        return file.read().decode(errors="replace").splitlines()
    return []


def _known(mongod: Path, directory: Path, errors: list[str]) -> str | None:
    text = "\n".join(errors)
    for pattern, sentence in _PATTERNS:
        if re.search(pattern, text):
            return sentence.format(mongod=mongod, directory=directory)
    with suppress(OSError):
        if is_full(directory):  # Then its log may have no room for the reason either.
            return disk_full(directory)
    return None


def _unknown(errors: list[str], lines: list[str], status: int | None) -> str:
    signaled = None if status is None else _signal(status)
    if signaled == "SIGKILL":
        return "it was killed, perhaps for want of memory"
    if errors:
        return _brief(errors[0])
    if signaled is not None:
        return f"it was ended by {signaled}"
    if status == 0:
        return "it was shut down"
    if status is None:  # Another process started it, and may have started it again.
        return "it ended"
    return _brief(lines[-1]) if lines else f"it ended with status {status} and an empty log"


def _signal(status: int) -> str | None:
    """The name of the signal that ended a process, of a status as Popen or a shell reports it."""
    number = -status if status < 0 else status - 128
    try:
        return signal.Signals(number).name
    except ValueError:
        return None


def _brief(line: str) -> str:
    """The message of a line of mongod's log; at startup, when no caller's values can be in it, also
    its error."""
    if line.startswith("{"):
        try:
            entry = json.loads(line)
        except ValueError:
            return "its log breaks off"
        is_starting = entry.get("ctx") == "initandlisten"
        error = entry.get("attr", {}).get("error", "") if is_starting else ""
        line = f"{entry.get('msg')} {error}"
    return " ".join(line.split())[:_MAX_DETAIL]
