"""The audit log: one line of JSON for each event, appended to a file or a standard stream."""

import json
import logging
import os

import msgspec

from app.domain.audit import AuditEvent

OFF = "off"
_STREAMS = {"stdout": 1, "stderr": 2}

log = logging.getLogger(__name__)


class AuditLog:
    """Appends events to `target`: `stdout`, `stderr`, or the path of a file.

    Each line is one write of ASCII text, so that lines of several processes do not mix, and texts
    of callers cannot begin a line. The file is opened for each line, so that it can be rotated.
    """

    def __init__(self, target: str) -> None:
        self._target = target

    def check(self) -> None:
        """Raises OSError if the file cannot be opened."""
        self._append(b"")

    def write(self, event: AuditEvent) -> None:
        """Appends a line. A failure is logged and does not raise: the event has happened."""
        try:
            self._append(encoded(event))
        except OSError as error:
            log.error("An event was not written to the audit log", exc_info=error)

    def _append(self, line: bytes) -> None:
        if (stream := _STREAMS.get(self._target)) is not None:
            _write(stream, line)
            return
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        file = os.open(self._target, flags, mode=0o600)
        try:
            _write(file, line)
        finally:
            os.close(file)


def encoded(event: AuditEvent) -> bytes:
    """The line of an event, without what does not apply to it."""
    values = msgspec.to_builtins(event)
    applying = {name: value for name, value in values.items() if value is not None}
    return json.dumps(applying).encode() + b"\n"


def _write(file: int, line: bytes) -> None:
    if line and os.write(file, line) != len(line):
        raise OSError("the line was written in part")
