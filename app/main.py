"""Puts the parts together: the only module, beside the command line, that knows every other one."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import parent_process
from threading import Thread

from msgspec import Struct
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from app.domain.service import ModelTemplateService
from app.graphql.execute import Executor
from app.graphql.limits.limits import Limits
from app.graphql.schema import schema
from app.pages import Pages
from app.settings import Settings, load, variable
from app.storage import embedded, wait_budget
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database, connect, ping_soon
from app.storage.templates import MongoModelTemplateRepository
from app.web.auth import Authentication
from app.web.deadline import Deadline
from app.web.endpoint import Endpoint
from app.web.errors import graphql_error, raise_http_error
from app.web.headers import HSTS, SECURITY, Cors, DefaultHeaders
from app.web.health import Health


class DatabaseRequired(Exception):
    """The settings name no database, and this is no place for an embedded one."""


class OpenedDatabase(Struct, frozen=True, kw_only=True):
    """A database, and what to tell people about it. `uri` is None when it is in memory."""

    database: Database
    uri: str | None
    description: str
    is_lasting: bool = True


@contextmanager
def database(settings: Settings) -> Iterator[OpenedDatabase]:
    """The one that the settings name; else a private mongod; else one in memory.

    Raises DatabaseRequired, EmbeddedUnavailable, BadDatabaseURI.
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
        description = f"private mongod, data in {settings.data_dir}"
        with (
            embedded.running(mongod, settings.data_dir) as uri,
            _connected(uri, name, description) as opened,
        ):
            yield opened
    else:
        yield OpenedDatabase(
            database=embedded.in_memory(name),
            uri=None,
            description="IN MEMORY: everything is lost when the server stops",
            is_lasting=False,
        )


@contextmanager
def _connected(uri: str, name: str, description: str) -> Iterator[OpenedDatabase]:
    database = connect(uri, name)
    try:
        yield OpenedDatabase(database=database, uri=uri, description=description)
    finally:
        database.client.close()


def service(database: Database) -> ModelTemplateService:
    """The use cases on a database."""
    return ModelTemplateService(MongoModelTemplateRepository(database))


def limits(settings: Settings) -> Limits:
    """What the settings permit a document to be."""
    given = {
        name: getattr(settings, f"max_{name}")
        for name in Limits.__struct_fields__
        if hasattr(settings, f"max_{name}")
    }
    return Limits(**given, introspection=settings.introspection)


def create_app(settings: Settings, database: Database) -> Starlette:
    """The server. The database must have been initialised."""
    pages = Pages(settings, database)
    endpoint = Endpoint(
        Executor(schema, limits(settings)),
        service(database),
        Authentication(ApiKeyStore(database).authenticate, settings.rate_limit),
        max_body_bytes=settings.max_body_bytes,
        playground=pages.playground,
    )
    health = Health(partial(ping_soon, database))
    headers = SECURITY if settings.in_development else {**SECURITY, **HSTS}

    app = Starlette(
        routes=[
            Route("/graphql", endpoint.answer, methods=["GET", "POST"]),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            *pages.routes(),
        ],
        middleware=[
            Middleware(DefaultHeaders, headers),
            Middleware(Cors, settings.origins),
            Middleware(
                Deadline,
                settings.request_timeout_seconds,
                wait_budget.shared_wait_budget,
                graphql_error,
            ),
        ],
        exception_handlers={HTTPException: raise_http_error},
    )
    app.router.redirect_slashes = False  # A redirect is no JSON, and one address is enough.
    return app


def worker() -> Starlette:
    """The server of one of several processes; the first process has named the database."""
    Thread(target=_end_with_parent, daemon=True).start()
    settings = load()
    if settings.mongodb_uri is None:
        raise DatabaseRequired(f"{variable('mongodb_uri')} is needed for several processes.")
    return create_app(settings, connect(settings.mongodb_uri, settings.mongodb_database))


def _end_with_parent() -> None:
    """A parent that was killed cannot stop its workers, and they must not keep the port."""
    if (parent := parent_process()) is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
