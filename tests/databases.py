"""Databases of a real mongod for one test each, which later tests use again: to create one takes
ten times as long as to empty it."""

from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pymongo

from app.storage.database_format import FORMATS
from app.storage.driver import Database, connect
from app.storage.indexes import initialise

RESTING = 4
"""How many tests come before a database is used again, so that no late write of one test meets the
next one."""

Shape = dict[str, Any]
"""By collection: its options, its indexes and, of FORMATS, its documents."""

_closers = ThreadPoolExecutor(8, "closer")


def close_soon(database: Database) -> None:
    """Close its connections without waiting: PyMongo's monitors take half a second to end."""
    _closers.submit(database.client.close)


class Databases:
    """The databases that tests have used, with the shape that `initialise` gives them."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._used: deque[str] = deque()
        self._shape: Shape = {}

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[Database]:
        """A database that is initialised and empty."""
        with pymongo.timeout(60):  # Other tests may keep the machine busy.
            database = await self._reused()
            if database is None:
                database = await self._created()
        yield database
        self._used.append(database.name)
        close_soon(database)

    async def _created(self) -> Database:
        database = connect(self._uri, f"test_{uuid4().hex}")
        await initialise(database)
        self._shape = self._shape or await _shape(database)
        return database

    async def _reused(self) -> Database | None:
        """A used database, emptied. Those whose shape has been changed are dropped."""
        while len(self._used) > RESTING:
            database = connect(self._uri, self._used.popleft())
            found = await _shape(database)
            if all(found.get(name) == shape for name, shape in self._shape.items()) and (
                "system.profile" not in found
            ):
                for name in found:
                    await self._empty(database, name)
                return database
            await database.client.drop_database(database.name)
            close_soon(database)
        return None

    async def _empty(self, database: Database, name: str) -> None:
        if name not in self._shape:
            await database.drop_collection(name)
        elif name != FORMATS:
            await database[name].delete_many({})
            await database.command("planCacheClear", name)


async def _shape(database: Database) -> Shape:
    options = {each["name"]: each["options"] async for each in await database.list_collections()}
    return {
        name: (
            options[name],
            await database[name].index_information(),
            await database[name].find().to_list(None) if name == FORMATS else [],
        )
        for name in options
    }
