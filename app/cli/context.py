"""What commands run in: errors that end them clearly, a sight of their progress.

Every command imports this module, so it imports little.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from app.settings import SettingError

WRONG_SETTINGS, NO_DATABASE, INTERRUPTED = 2, 3, 130


def example(*lines: str) -> str:
    """What stands below the help of a command: lines that work as they are."""
    heading = "Example:" if len(lines) == 1 else "Examples:"
    return "\n".join(["\b", heading, *(f"  {line}" for line in lines)])


@contextmanager
def progress(length: int | None, of: str) -> Iterator[Callable[[int], None]]:
    """A bar on standard error when that is a terminal; it moves on by what it is told."""
    if length is None or not sys.stderr.isatty():
        yield _ignore
    else:
        with click.progressbar(length=length, label=of, file=sys.stderr) as bar:
            yield bar.update


def _ignore(_: int) -> None:
    """Nobody looks."""


@contextmanager
def failing_clearly() -> Iterator[None]:
    """What a person can mend ends the process with one line and a status, without a traceback."""
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
    """None for what nobody foresaw."""
    if isinstance(error, SettingError):
        return WRONG_SETTINGS
    from app.domain.errors import DomainError, Unavailable  # Only now: most commands succeed.

    if isinstance(error, Unavailable):
        return NO_DATABASE
    return 1 if isinstance(error, DomainError) else None
