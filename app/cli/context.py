"""Shared by all commands: errors that end them clearly, examples in their help.

Every command imports this module, so it imports little.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from app.settings import SettingError

WRONG_SETTINGS, NO_DATABASE, INTERRUPTED = 2, 3, 130


def example(*lines: str) -> str:
    """The end of a command's help: command lines that work as they are."""
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
    """None for an unexpected error."""
    if isinstance(error, SettingError):
        return WRONG_SETTINGS
    from app.domain.errors import DomainError, Unavailable  # Only now: most commands succeed.

    if isinstance(error, Unavailable):
        return NO_DATABASE
    return 1 if isinstance(error, DomainError) else None
