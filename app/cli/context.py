"""Error handling and help examples for all commands.

Every command imports this module, so it imports little.
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from app.settings import SettingError

WRONG_SETTINGS, UNREACHABLE, INTERRUPTED = 2, 3, 130
"""Exit statuses. UNREACHABLE: a database or server does not answer, or refuses the key."""


NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Errors of writing where there is no more room."""


class CommandError(Exception):
    """An expected error of a command, with the exit status that it ends with."""

    exit_status = 1


def example(*lines: str) -> str:
    """The examples at the end of a command's help; tests check that they are valid."""
    heading = "Example:" if len(lines) == 1 else "Examples:"
    return "\n".join(["\b", heading, *(f"  {line}" for line in lines)])


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Expected errors end the process with one line and an exit status, without a traceback."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        status = _exit_status(error)
        if status is None:
            raise
        click.echo(f"Error: {_reason(error)}", err=True)
        sys.exit(status)


def open_closed_streams() -> None:
    """Opens standard streams that the caller has closed as the null device. Otherwise the next file
    or connection would get the descriptor, and what is printed would be written to it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _reason(error: Exception) -> str:
    if not isinstance(error, OSError) or error.filename is not None:
        return str(error)
    # What is still to be printed has no room, either.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return f"cannot write: {error.strerror}"


def _exit_status(error: Exception) -> int | None:
    """The exit status for an expected error; None for an unexpected one."""
    if isinstance(error, SettingError):
        return WRONG_SETTINGS
    if isinstance(error, CommandError):
        return error.exit_status
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return 1
    from app.domain.errors import DomainError, Unavailable  # Imported late: most commands succeed.

    if isinstance(error, Unavailable):
        return UNREACHABLE
    return 1 if isinstance(error, DomainError) else None
