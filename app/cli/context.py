"""Error handling and help examples for all commands.

Every command imports this module, so it imports little.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from app.settings import SettingError

WRONG_SETTINGS, UNREACHABLE, INTERRUPTED = 2, 3, 130
"""Exit statuses. UNREACHABLE: a database or server does not answer, or refuses the key."""


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
        click.echo(f"Error: {error}", err=True)
        sys.exit(status)


def _exit_status(error: Exception) -> int | None:
    """The exit status for an expected error; None for an unexpected one."""
    if isinstance(error, SettingError):
        return WRONG_SETTINGS
    if isinstance(error, CommandError):
        return error.exit_status
    from app.domain.errors import DomainError, Unavailable  # Imported late: most commands succeed.

    if isinstance(error, Unavailable):
        return UNREACHABLE
    return 1 if isinstance(error, DomainError) else None
