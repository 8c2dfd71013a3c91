"""The database that a command works on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from app.main import DatabaseRequired, database, make_ready
from app.server.progress import RELISTED, progress
from app.settings import load, variable
from app.storage.driver import Database

T = TypeVar("T")


def with_database(use: Callable[[Database], Awaitable[T]]) -> T:
    """The result of `use`, called with the database of the settings."""

    async def run(database: Database) -> T:
        return await use(database)

    with opened_database() as (runner, database):
        return runner.run(run(database))


@contextmanager
def opened_database(*, initialised: bool = True) -> Iterator[tuple[asyncio.Runner, Database]]:
    """The database of the settings, initialised unless said otherwise, with the runner for
    everything that awaits it."""
    with database(load()) as found:
        if not found.is_lasting:
            raise DatabaseRequired(f"{variable('mongodb_uri')} is needed: there is no mongod here")
        with asyncio.Runner() as runner:
            if initialised:
                runner.run(make_ready(found.database, partial(progress, of=RELISTED)))
            yield runner, found.database
