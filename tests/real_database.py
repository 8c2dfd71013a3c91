"""A real database for the tests of the API, which otherwise have one in memory.

With TEST_DATABASE=mongod, the fixture `mongomock` gives this one, so that `shard_keys` watches
every command of the API. It is set up once and emptied before each test.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pymongo
import pytest
from pymongo.database import Database as SynchronousDatabase

from app.storage.collections import SHARD_KEYS
from app.storage.driver import Database, connect
from app.storage.indexes import initialise
from tests.databases import close_soon

NAME = "test_api"


@pytest.fixture(scope="session")
def set_up(mongod_uri: str) -> Iterator[SynchronousDatabase[dict[str, Any]]]:
    """The database, for the commands of this file."""

    async def prepare() -> None:
        database = connect(mongod_uri, NAME)
        await initialise(database)
        close_soon(database)

    asyncio.run(prepare())
    with pymongo.MongoClient[dict[str, Any]](mongod_uri) as client:
        yield client[NAME]


@pytest.fixture
async def mongomock(
    mongod_uri: str,
    set_up: SynchronousDatabase[dict[str, Any]],
    request: pytest.FixtureRequest,
) -> AsyncIterator[Database]:
    """The database, empty."""
    if request.node.get_closest_marker("in_memory"):
        pytest.skip("only a database in memory does this")
    for name in SHARD_KEYS:
        set_up[name].delete_many({})
    database = connect(mongod_uri, NAME)
    yield database
    close_soon(database)
