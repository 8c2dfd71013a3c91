"""The names of operations that metrics tell apart: a bounded number, whatever callers send."""

import fcntl
from pathlib import Path

MAX_NAMES = 64
MAX_LENGTH = 80
OTHER = "other"


class OperationNames:
    """The first MAX_NAMES names that operations had; all later ones are OTHER.

    Processes that share a file agree on the names.
    """

    def __init__(self, shared: Path | None = None) -> None:
        self._file = shared
        self._names: set[str] = set()

    def label(self, name: str | None) -> str:
        """The name, or OTHER; empty for an operation without a name."""
        if not name or name in self._names:
            return name or ""
        if len(self._names) >= MAX_NAMES or len(name) > MAX_LENGTH:
            return OTHER
        if self._file is None:
            self._names.add(name)
        else:
            self._share(name, self._file)
        return name if name in self._names else OTHER

    def _share(self, name: str, file: Path) -> None:
        """Reads the names of all processes, and adds one if there is room."""
        with file.open("a+") as shared:
            fcntl.flock(shared, fcntl.LOCK_EX)
            shared.seek(0)
            self._names = {*shared.read().split()}
            if name not in self._names and len(self._names) < MAX_NAMES:
                shared.write(f"{name}\n")
                self._names.add(name)
