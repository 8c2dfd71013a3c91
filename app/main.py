"""Puts the parts together: the only module, beside the command line, that knows every other one."""

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
from app.storage.driver import BadDatabaseURI, Database, connect, ping, ping_for_health
from app.storage.indexes import Progress, initialise, no_progress
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
    """The settings name no database, and this is no place for an embedded one, or none runs."""


class OpenedDatabase(Struct, frozen=True, kw_only=True):
    """A database, and what to tell people about it. `uri` is None when it is in memory."""

    database: Database
    uri: str | None
    description: str
    is_lasting: bool = True


@contextmanager
def database(settings: Settings) -> Iterator[OpenedDatabase]:
    """The one that the settings name; else a private mongod; else one in memory.

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
        with _private(mongod, settings.data_directory, name) as opened:
            yield opened
    else:
        yield OpenedDatabase(
            database=embedded.in_memory(name),
            uri=None,
            description="IN MEMORY: everything is lost when the server stops",
            is_lasting=False,
        )


@contextmanager
def _private(mongod: Path, directory: Path, name: str) -> Iterator[OpenedDatabase]:
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
    """Makes the database what this release needs. Raises Unavailable."""
    await ping(database)
    await initialise(database, progress)


def service(database: Database) -> ModelTemplateService:
    """The use cases on a database."""
    return ModelTemplateService(MongoModelTemplateRepository(database))


def limits(settings: Settings) -> Limits:
    """The limits of one operation, by the settings."""
    given = {
        name: getattr(settings, f"max_{name}")
        for name in Limits.__struct_fields__
        if hasattr(settings, f"max_{name}")
    }
    return Limits(**given, introspection=settings.introspection)


BackgroundTask = Callable[[Database], Coroutine[Any, Any, None]]

BACKGROUND: tuple[BackgroundTask, ...] = (keep_relisting,)
"""Tasks that each server process runs beside answering requests, from its start. One that fails is
logged; one that still runs when the server stops is cancelled and awaited."""


def create_app(
    settings: Settings,
    database: Database,
    *,
    background: Iterable[BackgroundTask] = BACKGROUND,
    closes_database: bool = False,
) -> Starlette:
    """The server. The database must have been initialised; `closes_database` says that nobody else
    closes it."""
    shown, health = pages(settings, database), Health(partial(ping_for_health, database))
    endpoint = graphql_endpoint(settings, database, shown.playground)
    app = Starlette(
        routes=[
            Route("/graphql", endpoint.answer, methods=["GET", "POST"]),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            *shown.routes(),
        ],
        middleware=middleware(settings),
        exception_handlers={HTTPException: raise_http_error},
        lifespan=lifespan(
            {task.__name__: partial(task, database) for task in background},
            database.client.close if closes_database else lambda: None,
        ),
    )
    app.router.redirect_slashes = False  # A redirect is no JSON, and one address is enough.
    return app


def graphql_endpoint(settings: Settings, database: Database, playground: Page | None) -> Endpoint:
    """GraphQL over HTTP, on a database."""
    return Endpoint(
        Executor(schema, limits(settings)),
        service(database),
        Authentication(ApiKeyStore(database).authenticate, settings.rate_limit),
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
    """The pages that the settings permit."""
    key = partial(demo.key, settings.data_directory, ApiKeyStore(database))
    facts = {"Version": __version__, "Database": _kind(settings, database)}
    return Pages(
        assets=assets.load(),
        has_playground=settings.has_playground,
        is_from_cdn=settings.playground is Playground.CDN,
        schema=sdl() if settings.introspection else None,
        facts=facts if settings.in_development else {},
        development_key=DevelopmentKey(demo.ACCOUNT, key) if settings.hands_out_key else None,
    )


def _kind(settings: Settings, database: Database) -> str:
    """The kind of database: never its address."""
    if embedded.is_in_memory(database):
        return "in memory"
    return "MongoDB" if settings.mongodb_uri else "private mongod"


def worker() -> Starlette:
    """The server of one of several processes; the first process has named the database."""
    Thread(target=_end_with_parent, daemon=True).start()
    settings = load()
    if settings.mongodb_uri is None:
        raise DatabaseRequired(f"{variable('mongodb_uri')} is needed for several processes.")
    database = connect(settings.mongodb_uri, settings.mongodb_database)
    return create_app(settings, database, closes_database=True)


def _end_with_parent() -> None:
    """A parent that was killed cannot stop its workers, and they must not keep the port."""
    if (parent := parent_process()) is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
