"""The composition root: creates the application from settings and a database."""

import os
import signal
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread
from typing import Any

from msgspec import Struct
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from app import __version__, demo
from app.domain.service import ModelTemplateService
from app.graphql.execute import Executor
from app.graphql.limits.limits import Limits
from app.graphql.schema import schema, sdl
from app.settings import Playground, SettingError, Settings, load, variable
from app.storage import embedded, wait_budget
from app.storage.api_keys import ApiKeyStore
from app.storage.database_clock import clock_of
from app.storage.driver import BadDatabaseURI, Database, connect, ping, ping_for_health
from app.storage.indexes import Progress, initialise, no_progress
from app.storage.key_lookup import KeyLookup
from app.storage.relisting import keep_relisting
from app.storage.templates import MongoModelTemplateRepository
from app.web.auth import Authentication
from app.web.deadline import Deadline
from app.web.endpoint import Endpoint
from app.web.errors import graphql_error, raise_http_error
from app.web.headers import HSTS, SECURITY, Cors, DefaultHeaders
from app.web.health import Health
from app.web.lifespan import lifespan
from app.web.pages import assets
from app.web.pages.development_key import DevelopmentKey
from app.web.pages.page import Page
from app.web.pages.routes import Pages


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


async def make_ready(database: Database, progress: Progress = no_progress) -> None:
    """Initialise or migrate the database for this release. Raises Unavailable."""
    await ping(database)
    await initialise(database, progress)


def service(database: Database) -> ModelTemplateService:
    """The use cases, with a repository on the database, and its clock."""
    repository = MongoModelTemplateRepository(database)
    return ModelTemplateService(repository, clock=clock_of(database.client.options))


def limits(settings: Settings) -> Limits:
    """The configured limits of a GraphQL operation."""
    given = {
        name: getattr(settings, f"max_{name}")
        for name in Limits.__struct_fields__
        if hasattr(settings, f"max_{name}")
    }
    return Limits(**given, introspection=settings.introspection)


BackgroundTask = Callable[[Database], Coroutine[Any, Any, None]]

BACKGROUND: tuple[BackgroundTask, ...] = (keep_relisting,)
"""Background tasks of each server process (see `lifespan`)."""


def create_app(
    settings: Settings,
    database: Database,
    *,
    background: Iterable[BackgroundTask] = BACKGROUND,
    closes_database: bool = False,
) -> Starlette:
    """The ASGI application. The database must be initialised (see `make_ready`).

    With `closes_database` the application closes the connection at shutdown.
    """
    enabled_pages, health = pages(settings, database), Health(partial(ping_for_health, database))
    endpoint = graphql_endpoint(settings, database, enabled_pages.playground)
    app = Starlette(
        routes=[
            Route("/graphql", endpoint.answer, methods=["GET", "POST"]),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            *enabled_pages.routes(),
        ],
        middleware=middleware(settings),
        exception_handlers={HTTPException: raise_http_error},
        lifespan=lifespan(
            {task.__name__: partial(task, database) for task in background},
            database.client.close if closes_database else lambda: None,
        ),
    )
    app.router.redirect_slashes = False  # A redirect is not a JSON response.
    return app


def graphql_endpoint(settings: Settings, database: Database, playground: Page | None) -> Endpoint:
    """The GraphQL endpoint on a database."""
    keys = KeyLookup(ApiKeyStore(database))
    return Endpoint(
        Executor(schema, limits(settings)),
        service(database),
        Authentication(keys.owner, settings.rate_limit),
        max_body_bytes=settings.max_body_bytes,
        playground=playground,
    )


def middleware(settings: Settings) -> list[Middleware]:
    """The middleware, outermost first."""
    headers = SECURITY if settings.in_development else {**SECURITY, **HSTS}
    seconds, budget = settings.request_timeout_seconds, wait_budget.shared_wait_budget
    return [
        Middleware(DefaultHeaders, headers),
        Middleware(Cors, settings.origins),
        Middleware(Deadline, seconds, budget, graphql_error),
    ]


def pages(settings: Settings, database: Database) -> Pages:
    """The pages that the settings enable."""
    key = partial(demo.key, settings.data_directory, ApiKeyStore(database))
    facts = {"Version": __version__, "Database": _database_kind(settings, database)}
    return Pages(
        assets=assets.load(),
        has_playground=settings.has_playground,
        is_from_cdn=settings.playground is Playground.CDN,
        schema=sdl() if settings.introspection else None,
        facts=facts if settings.in_development else {},
        development_key=DevelopmentKey(demo.ACCOUNT, key) if settings.hands_out_key else None,
    )


def _database_kind(settings: Settings, database: Database) -> str:
    """The kind of database, without its address."""
    if embedded.is_in_memory(database):
        return "in memory"
    return "MongoDB" if settings.mongodb_uri else "private mongod"


def worker() -> Starlette:
    """The application of a worker process; the main process sets the URI of the database."""
    Thread(target=_end_with_parent, daemon=True).start()
    settings = load()
    if settings.mongodb_uri is None:
        raise DatabaseRequired(f"{variable('mongodb_uri')} is needed for several processes.")
    database = connect(settings.mongodb_uri, settings.mongodb_database)
    return create_app(settings, database, closes_database=True)


def _end_with_parent() -> None:
    """Stop when the main process ends, even if killed: workers must not keep the port in use."""
    if (parent := parent_process()) is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
