"""The connection to MongoDB: the only file that imports Motor.

Another driver (PyMongo's own asynchronous client, say) is a change of this file.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pymongo
from bson.codec_options import TypeDecoder, TypeRegistry
from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import WriteConcern
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    ConnectionFailure,
    InvalidName,
    InvalidURI,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from app.domain.errors import Unavailable
from app.storage.wait_budget import WaitBudget, wait_budget

T = TypeVar("T")
Document = dict[str, Any]
Database = AsyncIOMotorDatabase[Document]
Collection = AsyncIOMotorCollection[Document]


class _PlainInt(TypeDecoder):
    """A long is an int: PyMongo's own Int64 is a subclass that not every encoder takes."""

    bson_type = Int64

    def transform_bson(self, value: int) -> int:
        return int(value)


TYPES = TypeRegistry([_PlainInt()])
DURABLE = WriteConcern(w="majority", j=True)
"""A write is acknowledged once the majority of the set has it in its journal."""

TIMEOUTS: dict[str, Any] = {
    "timeoutMS": 3_000,
    "serverSelectionTimeoutMS": 2_500,
    "connectTimeoutMS": 2_000,
    "waitQueueTimeoutMS": 2_000,
}
A_DAY_SECONDS = 86_400.0
HEALTH_SECONDS = 2.0
"""Whoever checks the server's health has little patience of their own."""


class BadDatabaseURI(ValueError):
    """The URI is not one of MongoDB; the message does not repeat it, for it may hold a password."""


def connect(uri: str, database: str) -> Database:
    """A database; nothing is sent before it is first used. Raises BadDatabaseURI."""
    try:
        # The one retry of a write is ours (see `templates`), the same on a single server.
        client = AsyncIOMotorClient[Document](
            uri,
            appname="model-templates",
            retryWrites=False,
            tz_aware=True,
            type_registry=TYPES,
            **TIMEOUTS,
        )
        return client.get_database(database)
    except InvalidName as error:
        raise BadDatabaseURI(f"the database's name will not do: {error}") from None
    except (ConfigurationError, InvalidURI, ValueError, OSError) as error:
        raise BadDatabaseURI(f"not a URI of MongoDB that works ({type(error).__name__})") from None


def collection(database: Database, name: str) -> Collection:
    """A collection whose writes are durable."""
    return database.get_collection(name, write_concern=DURABLE)


async def ping(database: Database, within: WaitBudget | None = None) -> None:
    """Raises Unavailable when the database does not answer, or does not let us in."""
    try:
        async with available(within):
            await database.command("ping")
    except PyMongoError as error:
        raise Unavailable(f"The database refuses us ({type(error).__name__}).") from error


async def ping_soon(database: Database) -> None:
    """The same for a check of health."""
    await ping(database, WaitBudget(HEALTH_SECONDS))


@asynccontextmanager
async def available(within: WaitBudget | None = None) -> AsyncIterator[None]:
    """Inside, a database that is away or too slow is the domain's Unavailable.

    The driver's deadline ends the work in its threads; the other counts the wait for one of Motor's
    few threads, too.
    """
    try:
        with (within or wait_budget()).charged() as seconds:
            if not seconds:
                raise Unavailable
            with pymongo.timeout(seconds):
                async with asyncio.timeout(seconds):
                    yield
    except TimeoutError:
        raise Unavailable from None
    except PyMongoError as error:
        if isinstance(error, ConnectionFailure) or error.timeout:
            raise Unavailable from error
        raise


@asynccontextmanager
async def without_deadline() -> AsyncIterator[None]:
    """Inside, a call may take as long as it takes; a database that is away is Unavailable."""
    try:
        with pymongo.timeout(A_DAY_SECONDS):  # None would leave the client's own in force.
            yield
    except ConnectionFailure as error:
        raise Unavailable from error


async def retry_once_if_disconnected(write: Callable[[], Awaitable[T]]) -> T:
    """Do a write that can be told to have happened; repeat it once if the connection broke.

    Both tries share one deadline.
    """
    with pymongo.timeout(TIMEOUTS["timeoutMS"] / 1_000):
        try:
            return await write()
        except ServerSelectionTimeoutError:
            raise
        except AutoReconnect:
            return await write()
