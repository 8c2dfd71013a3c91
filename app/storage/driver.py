"""The connection to MongoDB. Only this file imports Motor, so only it depends on the driver."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import copy_context
from functools import partial
from typing import Any, NoReturn, TypeVar, cast

import pymongo
from bson.codec_options import TypeDecoder, TypeRegistry
from bson.int64 import Int64
from motor.frameworks import asyncio as motor_framework
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ReadPreference, WriteConcern
from pymongo.collection import Collection as SynchronousCollection
from pymongo.errors import (
    ConfigurationError,
    InvalidName,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.read_concern import ReadConcern

from app.domain.cpu_time import resumed
from app.domain.errors import Unavailable
from app.domain.service import now
from app.domain.trace_spans import span
from app.storage.call_threads import CallThreads, in_own_thread, writing
from app.storage.database_clock import Clock, DatabaseClock
from app.storage.database_state import DatabaseState
from app.storage.outages import is_outage
from app.storage.wait_budget import WaitBudget, wait_budget

T = TypeVar("T")
Document = dict[str, Any]
Database = AsyncIOMotorDatabase[Document]
Collection = AsyncIOMotorCollection[Document]
PyMongoCollection = SynchronousCollection[Document]
"""PyMongo's collection, which Motor's delegates its calls to."""


class _PlainInt(TypeDecoder):
    """Decodes BSON longs as plain ints: not every encoder accepts PyMongo's subclass Int64."""

    bson_type = Int64

    def transform_bson(self, value: int) -> int:
        return int(value)


TYPES = TypeRegistry([_PlainInt()])
DURABLE = WriteConcern(w="majority", j=True)
"""A write is acknowledged once a majority of the replica set has journaled it."""
MAJORITY = ReadConcern("majority")
"""Reads see only what a majority has, which no failover takes back."""
LINEARIZABLE = ReadConcern("linearizable")
"""Like MAJORITY, and the read waits until a majority confirms that nothing newer exists."""

NOT_A_REPLICA_SET = 123

TIMEOUTS: dict[str, Any] = {
    "timeoutMS": 3_000,
    "serverSelectionTimeoutMS": 2_500,
    "connectTimeoutMS": 2_000,
    "waitQueueTimeoutMS": 2_000,
}
WRITE_SECONDS = TIMEOUTS["timeoutMS"] / 1_000
A_DAY_SECONDS = 86_400.0

CONGESTED = (
    "The database did not answer in time, because other work of this API key keeps it busy; "
    "try again, with less at once."
)
HEALTH_SECONDS = 2.0
"""The deadline of a health check's ping: shorter than a request's, as probes time out early."""

# Motor has no public way to replace its pool, in which one caller could take all threads; a test
# reports if it is renamed.
THREADS = CallThreads()
motor_framework._EXECUTOR = THREADS  # type: ignore[assignment]


class BadDatabaseURI(ValueError):
    """The URI or database name is invalid. The message omits the URI, which may hold a password."""


def connect(
    uri: str, database: str, *, local_clock: Clock = now, logs_state: bool = True
) -> Database:
    """A database, connected at its first use. Raises BadDatabaseURI.

    `local_clock` is the one of this machine (see `database_clock`); with `logs_state`, the log says
    when the database goes and when it is back.
    """
    try:
        # `retry_once_if_interrupted` retries writes, also on a standalone server.
        client = AsyncIOMotorClient[Document](
            uri,
            appname="model-templates",
            retryWrites=False,
            tz_aware=True,
            type_registry=TYPES,
            event_listeners=[DatabaseClock(local_clock), DatabaseState(logs=logs_state)],
            **TIMEOUTS,
        )
        return client.get_database(database)
    except InvalidName as error:
        raise BadDatabaseURI(f"invalid database name: {error}") from None
    except (ConfigurationError, InvalidURI, ValueError, OSError) as error:
        # The driver's own words may repeat the password.
        raise BadDatabaseURI(f"not a valid MongoDB URI: {_advice(error)}") from None


def _advice(error: Exception) -> str:
    match error:
        case InvalidURI():
            return "in user, password, database and options, write special characters as %40 for @"
        case ConfigurationError():
            return "check its hosts and options, and write special characters as %40 for @"
        case OSError():
            return "a file that its options name cannot be read"
    return "check its hosts, and their ports, which are numbers from 1 to 65535"


def collection(database: Database, name: str) -> Collection:
    """A collection with DURABLE writes and MAJORITY reads."""
    return database.get_collection(name, write_concern=DURABLE, read_concern=MAJORITY)


def is_in_memory(database: Database) -> bool:
    """Whether a database is lost when the process ends."""
    mongomock = sys.modules.get("mongomock_motor")  # Not importing it keeps the start fast.
    return mongomock is not None and isinstance(database.client, mongomock.AsyncMongoMockClient)


def in_thread(collection: Collection, call: Callable[[PyMongoCollection], T]) -> asyncio.Future[T]:
    """The result of a call with the PyMongo collection behind Motor's, made in one of THREADS.

    Motor goes to a thread and back for each step of a command, which costs half as much again.
    """
    loop, database = asyncio.get_running_loop(), cast(Database, collection.database)
    if not is_in_memory(database):
        run = copy_context().run  # With the deadline, and for the caller.
        return loop.run_in_executor(THREADS, run, call, collection.delegate)
    result = loop.create_future()
    try:
        result.set_result(call(database.delegate.get_collection(collection.name)))
    except Exception as error:
        result.set_exception(error)
    return result


async def find_confirmed(
    database: Database, name: str, filter: Document, fields: Document | None = None
) -> list[Document]:
    """The documents that match, for answers that must not turn out to be wrong after a failover.

    On a replica set, the read waits until a majority confirms it: what it finds cannot vanish, and
    no acknowledged write is missing. A server on its own is simply read.
    """
    majority = database.get_collection(
        name, read_concern=LINEARIZABLE, read_preference=ReadPreference.PRIMARY
    )
    try:
        with writing():
            return await in_thread(majority, lambda c: list(c.find(filter, fields)))
    except OperationFailure as error:
        if error.code != NOT_A_REPLICA_SET:
            raise
        alone = collection(database, name)
        return await in_thread(alone, lambda c: list(c.find(filter, fields)))


async def unattended(of: Collection, method: str, *arguments: Any, **options: Any) -> Any:
    """The result of a method of a collection that may take hours. The end of the process does not
    wait for it, as it does for other calls."""
    if is_in_memory(cast(Database, of.database)):
        return await getattr(of, method)(*arguments, **options)
    return await in_own_thread(partial(getattr(of.delegate, method), *arguments, **options))


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
    is unreachable or exceeds it. A wait for a thread, while the key uses its share, is included, as
    it is in the span `database` of the request's trace."""
    try:
        with span("database"), (within or wait_budget()).charged() as seconds:
            if not seconds:
                raise Unavailable
            # PyMongo's deadline stops its threads; asyncio's includes the wait for a free thread.
            with pymongo.timeout(seconds):
                async with asyncio.timeout(seconds):
                    yield
        resumed()
    except (TimeoutError, PyMongoError) as error:
        _raise_unavailable(error)


async def answered(outcome: asyncio.Future[T]) -> T:
    """The outcome of a call that is made elsewhere, in a context of its own: waits for it as inside
    of `available`, at a third of the cost, and cancels it if the wait ends early."""
    try:
        with wait_budget().charged() as seconds:
            if not seconds:
                raise Unavailable
            timer = outcome.get_loop().call_later(seconds, _time_out, outcome)
            try:
                return await outcome
            finally:
                timer.cancel()
                resumed()
    except (TimeoutError, PyMongoError) as error:
        _raise_unavailable(error)
    finally:
        outcome.cancel()


async def answered_or_repeated(write: Callable[[], asyncio.Future[T]]) -> T:
    """`answered`, for a write that is repeated as by `retry_once_if_interrupted`."""
    deadline = time.monotonic() + WRITE_SECONDS
    try:
        return await answered(write())
    except Unavailable as unavailable:
        if not _is_interruption(unavailable.__cause__) or time.monotonic() >= deadline:
            raise
    return await answered(write())


def _time_out(outcome: asyncio.Future[Any]) -> None:
    if not outcome.done():
        outcome.set_exception(TimeoutError())


def _raise_unavailable(error: TimeoutError | PyMongoError) -> NoReturn:
    """Raises Unavailable for an error that passes by itself."""
    if isinstance(error, TimeoutError):
        raise Unavailable(CONGESTED if THREADS.is_congested() else None) from None
    if is_outage(error):
        raise Unavailable from error
    raise error


@asynccontextmanager
async def available_for_writing() -> AsyncIterator[None]:
    """`available`, for writes that are not repeated."""
    with writing():
        async with available():
            yield


@asynccontextmanager
async def without_deadline() -> AsyncIterator[None]:
    """Lifts the deadline for long jobs, which mostly write; raises Unavailable when the database is
    unreachable."""
    try:
        with writing(), pymongo.timeout(A_DAY_SECONDS):  # None would keep the client's timeout.
            yield
    except PyMongoError as error:
        if is_outage(error):
            raise Unavailable from error
        raise


async def retry_once_if_interrupted(write: Callable[[], Awaitable[T]]) -> T:
    """Perform a write, and repeat it once if the connection breaks or the primary steps down. Both
    attempts share a deadline.

    The first attempt may have succeeded, so the caller must be able to recognize that.
    """
    deadline = time.monotonic() + WRITE_SECONDS
    with writing(), pymongo.timeout(WRITE_SECONDS):
        try:
            return await write()
        except PyMongoError as error:
            if not _is_interruption(error) or time.monotonic() >= deadline:
                raise
        return await write()


def _is_interruption(error: BaseException | None) -> bool:
    """Whether a write has failed because the connection broke or the primary stepped down."""
    is_passing = isinstance(error, PyMongoError) and is_outage(error)
    return is_passing and not isinstance(error, ServerSelectionTimeoutError)
