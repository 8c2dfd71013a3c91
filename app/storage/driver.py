"""The connection to MongoDB. Only this file imports Motor, so only it depends on the driver."""

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
from app.domain.service import now
from app.storage.database_clock import Clock, DatabaseClock
from app.storage.wait_budget import WaitBudget, wait_budget

T = TypeVar("T")
Document = dict[str, Any]
Database = AsyncIOMotorDatabase[Document]
Collection = AsyncIOMotorCollection[Document]


class _PlainInt(TypeDecoder):
    """Decodes BSON longs as plain ints: not every encoder accepts PyMongo's subclass Int64."""

    bson_type = Int64

    def transform_bson(self, value: int) -> int:
        return int(value)


TYPES = TypeRegistry([_PlainInt()])
DURABLE = WriteConcern(w="majority", j=True)
"""A write is acknowledged once a majority of the replica set has journaled it."""

TIMEOUTS: dict[str, Any] = {
    "timeoutMS": 3_000,
    "serverSelectionTimeoutMS": 2_500,
    "connectTimeoutMS": 2_000,
    "waitQueueTimeoutMS": 2_000,
}
A_DAY_SECONDS = 86_400.0
HEALTH_SECONDS = 2.0
"""The deadline of a health check's ping: shorter than a request's, as probes time out early."""


class BadDatabaseURI(ValueError):
    """The URI or database name is invalid. The message omits the URI, which may hold a password."""


def connect(uri: str, database: str, *, local_clock: Clock = now) -> Database:
    """A database, connected at its first use. Raises BadDatabaseURI.

    `local_clock` is the one of this machine (see `database_clock`).
    """
    try:
        # `retry_once_if_disconnected` retries writes, also on a standalone server.
        client = AsyncIOMotorClient[Document](
            uri,
            appname="model-templates",
            retryWrites=False,
            tz_aware=True,
            type_registry=TYPES,
            event_listeners=[DatabaseClock(local_clock)],
            **TIMEOUTS,
        )
        return client.get_database(database)
    except InvalidName as error:
        raise BadDatabaseURI(f"invalid database name: {error}") from None
    except (ConfigurationError, InvalidURI, ValueError, OSError) as error:
        raise BadDatabaseURI(f"not a valid MongoDB URI ({type(error).__name__})") from None


def collection(database: Database, name: str) -> Collection:
    """A collection with durable writes (see DURABLE)."""
    return database.get_collection(name, write_concern=DURABLE)


async def ping(database: Database, within: WaitBudget | None = None) -> None:
    """Raises Unavailable unless the database answers and accepts our credentials."""
    try:
        async with available(within):
            await database.command("ping")
    except PyMongoError as error:
        raise Unavailable(
            f"The database rejected the connection ({type(error).__name__})."
        ) from error


async def ping_for_health(database: Database) -> None:
    """`ping` with the shorter deadline of health checks."""
    await ping(database, WaitBudget(HEALTH_SECONDS))


@asynccontextmanager
async def available(within: WaitBudget | None = None) -> AsyncIterator[None]:
    """Applies a wait budget (the request's by default), and raises Unavailable when the database
    is unreachable or exceeds it."""
    try:
        with (within or wait_budget()).charged() as seconds:
            if not seconds:
                raise Unavailable
            # PyMongo's deadline stops its threads; asyncio's includes the wait for a free thread.
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
    """Lifts the deadline for long jobs; raises Unavailable when the database is unreachable."""
    try:
        with pymongo.timeout(A_DAY_SECONDS):  # None would keep the client's timeout.
            yield
    except ConnectionFailure as error:
        raise Unavailable from error


async def retry_once_if_disconnected(write: Callable[[], Awaitable[T]]) -> T:
    """Perform a write, and repeat it once if the connection breaks. Both attempts share a deadline.

    The first attempt may have succeeded, so the caller must be able to recognize that.
    """
    with pymongo.timeout(TIMEOUTS["timeoutMS"] / 1_000):
        try:
            return await write()
        except ServerSelectionTimeoutError:
            raise
        except AutoReconnect:
            return await write()
