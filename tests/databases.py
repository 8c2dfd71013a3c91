"""Databases of a real mongod for one test each, which later tests use again: to create one takes
ten times as long as to empty it."""

from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pymongo
from pymongo.database import Database as SynchronousDatabase

from app.storage.database_format import FORMATS
from app.storage.driver import Database, connect
from app.storage.indexes import initialise

RESTING = 4
"""How many tests come before a database is used again, so that no late write of one test meets the
next one."""

PROFILE = "system.profile"
"""The collection of the commands that a test has had MongoDB record."""

Shape = dict[str, Any]
"""By collection: its options, its indexes and, of FORMATS, its documents."""

_closers = ThreadPoolExecutor(8, "closer")


def close_soon(database: Database) -> None:
    """Close its connections without waiting: PyMongo's monitors take half a second to end."""
    _closers.submit(database.client.close)


class Databases:
    """The databases that tests have used, with the shape that `initialise` gives them. They are
    emptied by PyMongo itself, at a third of the processor time that Motor takes."""

    def __init__(self, client: pymongo.MongoClient[dict[str, Any]]) -> None:
        self._client = client
        self._used: deque[str] = deque()
        self._shape: Shape = {}

    @asynccontextmanager
    async def fresh(self, uri: str) -> AsyncIterator[Database]:
        """A database that is initialised and empty."""
        with pymongo.timeout(60):  # Other tests may keep the machine busy.
            name = self._reused()
            database = connect(uri, name or f"test_{uuid4().hex}")
            if name is None:
                await initialise(database)
                self._shape = self._shape or _shape(self._client[database.name])
        yield database
        self._used.append(database.name)
        close_soon(database)

    def _reused(self) -> str | None:
        """The name of a used database, emptied. Those whose shape has been changed are dropped."""
        while len(self._used) > RESTING:
            database = self._client[self._used.popleft()]
            found = _shape(database)
            if all(found.get(name) == shape for name, shape in self._shape.items()):
                if PROFILE in found:
                    database.command("profile", 0)  # Otherwise it cannot be dropped.
                for name in found:
                    self._empty(database, name)
                return database.name
            self._client.drop_database(database.name)
        return None

    def _empty(self, database: SynchronousDatabase[dict[str, Any]], name: str) -> None:
        if name not in self._shape:
            database.drop_collection(name)
        elif name != FORMATS:
            database[name].delete_many({})
            database.command("planCacheClear", name)


def _shape(database: SynchronousDatabase[dict[str, Any]]) -> Shape:
    options = {each["name"]: each.get("options") for each in database.list_collections()}
    return {
        name: (
            options[name],
            database[name].index_information(),
            database[name].find().to_list() if name == FORMATS else [],
        )
        for name in options
    }
