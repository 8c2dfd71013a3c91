"""What commands are run in: a database, errors that end them clearly, a sight of their progress."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from app import demo
from app.domain.errors import DomainError, Unavailable
from app.main import DatabaseRequired, database
from app.server import run
from app.settings import SettingError, load, variable
from app.storage.driver import BadDatabaseURI, Database
from app.storage.embedded import EmbeddedUnavailable

T = TypeVar("T")
WRONG_SETTINGS, NO_DATABASE = 2, 3


def example(*lines: str) -> str:
    """What stands below the help of a command: lines that work as they are."""
    heading = "Example:" if len(lines) == 1 else "Examples:"
    return "\n".join(["\b", heading, *(f"  {line}" for line in lines)])


def with_database(use: Callable[[Database], Awaitable[T]]) -> T:
    """What a command does with the database of the settings."""

    async def run(database: Database) -> T:
        return await use(database)

    with opened_database() as (runner, database):
        return runner.run(run(database))


@contextmanager
def opened_database(*, make_ready: bool = True) -> Iterator[tuple[asyncio.Runner, Database]]:
    """The database of the settings, initialised unless said otherwise, and what runs everything
    that is done with it."""
    with database(load()) as found:
        if not found.is_lasting:
            raise DatabaseRequired(f"{variable('mongodb_uri')} is needed: there is no mongod here")
        with asyncio.Runner() as runner:
            if make_ready:
                runner.run(run.make_ready(found))
            yield runner, found.database


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
    except BadDatabaseURI as error:
        click.echo(f"Error: {variable('mongodb_uri')}: {error}", err=True)
        sys.exit(WRONG_SETTINGS)
    except (SettingError, DatabaseRequired, EmbeddedUnavailable, demo.NoKeyFile) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(WRONG_SETTINGS)
    except Unavailable as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(NO_DATABASE)
    except (DomainError, run.CannotListen) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
