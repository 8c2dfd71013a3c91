"""Temporary directories that are removed even if the process that owns them is killed: by the next
one that makes such a directory."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LOCK = "lock"
"""The file in a directory that its owner has locked."""


@contextmanager
def owned_directory(prefix: str) -> Iterator[Path]:
    """A temporary directory, until the end of the block. Those with the same prefix whose owner
    has been killed are removed at the beginning."""
    for directory in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        if _is_abandoned(directory):
            shutil.rmtree(directory, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix) as made:
        directory = Path(made)
        # It gets its name when it is locked, so that nobody takes a new directory for abandoned.
        with (directory / f"{LOCK}.new").open("wb") as lock:
            _take(lock)
            (directory / f"{LOCK}.new").rename(directory / LOCK)
            yield directory


def _is_abandoned(directory: Path) -> bool:
    try:
        if directory.is_symlink() or directory.stat().st_uid != os.getuid():
            return False
        with (directory / LOCK).open("rb") as lock:
            return _take(lock)
    except OSError:  # It is another's, or has been removed meanwhile.
        return False


def _take(lock: BinaryIO) -> bool:
    """Locks a file until it is closed; False if another process has done so."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
