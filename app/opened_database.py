"""The database that the settings name, open for as long as a command or server runs."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from app.settings import SettingError, Settings, variable
from app.storage import embedded
from app.storage.connection_check import check_connection, permitted
from app.storage.database_format import join
from app.storage.driver import BadDatabaseURI, Database, available, connect
from app.storage.indexes import Progress, initialise, no_progress


class DatabaseRequired(SettingError):
    """No database is configured, and an embedded one is not allowed or not available."""


class OpenedDatabase(Struct, frozen=True, kw_only=True):
    """A database with its description for the banner. `uri` is None for one in memory."""

    database: Database
    uri: str | None
    description: str
    is_lasting: bool = True


@contextmanager
def database(settings: Settings) -> Iterator[OpenedDatabase]:
    """The configured database; in development, else an embedded mongod, else one in memory.

    Raises SettingError.
    """
    name = settings.mongodb_database
    if settings.mongodb_uri is not None:
        with _connected(settings.mongodb_uri, name, f"MongoDB, database {name}") as opened:
            yield opened
    elif not (settings.in_development and settings.on_loopback):
        raise DatabaseRequired(
            f"{variable('mongodb_uri')} is needed: the embedded database is only for development "
            "on a loopback host."
        )
    elif (mongod := embedded.find_mongod()) is not None:
        with _embedded(mongod, settings.data_directory, name) as opened:
            yield opened
    else:
        yield OpenedDatabase(
            database=embedded.in_memory(name),
            uri=None,
            description="IN MEMORY: everything is lost when the server stops",
            is_lasting=False,
        )


@contextmanager
def _embedded(mongod: Path, directory: Path, name: str) -> Iterator[OpenedDatabase]:
    with ExitStack() as stack:
        try:
            uri = stack.enter_context(embedded.running(mongod, directory))
        except embedded.EmbeddedUnavailable as error:
            raise DatabaseRequired(str(error)) from None
        description = f"private mongod, data in {directory}"
        yield stack.enter_context(_connected(uri, name, description))


@contextmanager
def _connected(uri: str, name: str, description: str) -> Iterator[OpenedDatabase]:
    try:
        database = connect(uri, name)
    except BadDatabaseURI as error:
        raise SettingError(f"{variable('mongodb_uri')}: {error}") from None
    try:
        yield OpenedDatabase(database=database, uri=uri, description=description)
    finally:
        database.client.close()


async def reach(opened: OpenedDatabase) -> None:
    """Check that the database responds and that this release may use it. Raises Unavailable, which
    names its hosts and the reason, or NewerDatabase."""
    await check_connection(opened.database, opened.uri)
    with permitted(opened.uri):
        async with available():
            await join(opened.database)


async def make_ready(opened: OpenedDatabase, progress: Progress = no_progress) -> None:
    """Initialise or migrate the database for this release. Raises Unavailable, which names its
    hosts and the reason, or NewerDatabase."""
    await check_connection(opened.database, opened.uri)
    with permitted(opened.uri):
        await initialise(opened.database, progress)
