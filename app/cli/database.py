"""Access to the configured database for commands."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from app.opened_database import DatabaseRequired, database, make_ready
from app.server.progress import MIGRATED, progress
from app.settings import load, variable
from app.storage.connection_check import check_connection
from app.storage.driver import Database

T = TypeVar("T")


def with_database(use: Callable[[Database], Awaitable[T]]) -> T:
    """The result of `use`, called with the configured database, initialised."""

    async def run(database: Database) -> T:
        return await use(database)

    with opened_database() as (runner, database):
        return runner.run(run(database))


@contextmanager
def opened_database(*, initialised: bool = True) -> Iterator[tuple[asyncio.Runner, Database]]:
    """The configured database, and the runner on which all its coroutines must run.

    Raises DatabaseRequired where the database would be in memory.
    """
    with database(load()) as opened:
        if not opened.is_lasting:
            raise DatabaseRequired(f"{variable('mongodb_uri')} is needed: no mongod was found")
        with asyncio.Runner() as runner:
            if initialised:
                runner.run(make_ready(opened, partial(progress, of=MIGRATED)))
            else:
                runner.run(check_connection(opened.database, opened.uri))
            yield runner, opened.database
