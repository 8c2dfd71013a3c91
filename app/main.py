"""The composition root: creates the application from settings and a database."""

import os
import signal
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from multiprocessing import parent_process
from threading import Thread
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from app import __version__, demo
from app.domain import cpu_time
from app.domain.audit import Audit
from app.domain.launch.cluster import LaunchCluster
from app.domain.quotas import Quotas
from app.domain.service import ModelTemplateService
from app.graphql.execute import Executor
from app.graphql.limits.limits import Limits
from app.graphql.schema import schema, sdl
from app.opened_database import DatabaseRequired
from app.rest.sgp_routes import USER_INFO
from app.settings import Playground, SettingError, Settings, load, variable
from app.storage import embedded, wait_budget
from app.storage.api_keys import ApiKeyStore
from app.storage.audit_log import OFF, AuditLog
from app.storage.database_clock import clock_of
from app.storage.database_state import state_of
from app.storage.deletion_cleanup import keep_finishing
from app.storage.driver import (
    THREADS,
    Database,
    connect,
    ping_for_health,
)
from app.storage.key_lookup import KeyLookup
from app.storage.lists import is_complete
from app.storage.migration import Migration
from app.storage.orphaned_histories import keep_sweeping
from app.storage.relisting import keep_relisting
from app.storage.templates import MongoModelTemplateRepository
from app.storage.usage import UsageMeter
from app.web.admission import Admission
from app.web.api_paths import GRAPHQL
from app.web.auth import Authentication
from app.web.deadline import Deadline
from app.web.direct import Direct
from app.web.endpoint import Endpoint
from app.web.errors import graphql_error, raise_http_error
from app.web.headers import HSTS, SECURITY, Cors, DefaultHeaders
from app.web.health import Health
from app.web.hosts import AllowedHosts, HostCheck
from app.web.lifespan import lifespan
from app.web.pages import assets
from app.web.pages.development_key import DevelopmentKey
from app.web.pages.error_page import for_browsers
from app.web.pages.link_tokens import LinkTokens
from app.web.pages.reference import Reference
from app.web.pages.routes import Pages
from app.web.rate import KeyRate
from app.web.request_log import RequestLog
from app.web.sgp_endpoint import SgpEndpoint, by_path
from app.web.trace_settings import tracing_for
from app.web.turns import Turns

if TYPE_CHECKING:
    from app.web.metrics import Levels, Metrics
    from app.web.tracing import Tracing


def quotas(settings: Settings) -> Quotas:
    """The configured quotas."""
    return Quotas(
        templates=settings.max_templates_per_account,
        revisions=settings.max_revisions_per_template,
        bytes=settings.max_bytes_per_account,
    )


def usage_meter(settings: Settings, database: Database) -> UsageMeter:
    """The usage of accounts, with the configured quotas."""
    return UsageMeter(database, quotas(settings))


def audit(settings: Settings) -> Audit:
    """The configured audit log. Raises SettingError if it cannot be written."""
    if settings.audit_log == OFF:
        return Audit()
    audit_log = AuditLog(settings.audit_log)
    try:
        audit_log.check()
    except OSError as error:
        raise SettingError(f"{variable('audit_log')}: {error}") from None
    return Audit(audit_log.write)


def service(
    database: Database,
    settings: Settings,
    usage: UsageMeter | None = None,
    migration: Migration | None = None,
) -> ModelTemplateService:
    """The use cases, with a repository on the database, and its clock."""
    usage = usage or usage_meter(settings, database)
    completed = is_complete if migration is None else migration.require_lists
    return ModelTemplateService(
        MongoModelTemplateRepository(database, usage, completed),
        audit=audit(settings),
        cluster=launch_cluster(settings),
        clock=clock_of(database.client.options),
        max_template_bytes=settings.max_template_bytes,
    )


def launch_cluster(settings: Settings) -> LaunchCluster:
    """The configured properties of the Launch cluster."""
    return LaunchCluster(
        scale_from_zero=settings.launch_scale_from_zero,
        image_prefix=settings.launch_image_prefix or None,
    )


def limits(settings: Settings) -> Limits:
    """The configured limits of a GraphQL operation."""
    given = {
        name: getattr(settings, f"max_{name}")
        for name in Limits.__struct_fields__
        if hasattr(settings, f"max_{name}")
    }
    return Limits(**given, introspection=settings.introspection)


def new_executor(settings: Settings) -> Executor:
    """An executor with the configured limits, and a cache of documents and plans."""
    return Executor(schema, limits(settings), compiled=settings.compiled)


BackgroundTask = Callable[[Database], Coroutine[Any, Any, None]]

BACKGROUND: tuple[BackgroundTask, ...] = (keep_relisting, keep_finishing, keep_sweeping)
"""Background tasks of each server process (see `lifespan`), once the database is up to date."""


def create_app(
    settings: Settings,
    database: Database,
    *,
    background: Iterable[BackgroundTask] = BACKGROUND,
    executor: Executor | None = None,
    closes_database: bool = False,
    metrics: "Metrics | None" = None,
    tracing: "Tracing | None" = None,
    migration: Migration | None = None,
) -> Starlette:
    """The ASGI application. Unless it has a migration of the database, which then goes on in the
    background, the database must be initialised (see `make_ready`). Without an executor it gets one
    of its own.

    With `closes_database` the application closes the connection at shutdown, and always the traces.
    """
    usage = usage_meter(settings, database)
    waits_for = (lambda: None) if migration is None else lambda: migration.step
    health = Health(partial(ping_for_health, database), waits_for)
    keys = KeyLookup(ApiKeyStore(database))
    authentication = Authentication(keys.owner)
    executor = executor or new_executor(settings)
    enabled_pages = pages(settings, database, authentication)
    admission = Admission(
        authentication,
        turns=Turns(wait_budget.waiting),
        rate=KeyRate(settings.key_rate) if settings.key_rate else None,
        max_body_bytes=settings.max_body_bytes,
        max_answer_bytes=settings.max_answer_bytes,
        require_ready=None if migration is None else migration.require_requests,
    )
    templates = service(database, settings, usage, migration)
    endpoint = Endpoint(executor, templates, admission, playground=enabled_pages.playground)
    sgp = SgpEndpoint(templates, admission, max_answer_bytes=settings.max_answer_bytes)
    tasks = _tasks(database, background, migration)
    if metrics is not None:
        metrics.read(levels(executor, keys, admission, database))
        tasks["keep_sampling"] = metrics.keep_sampling
    app = Starlette(
        routes=[
            Route(GRAPHQL, endpoint, methods=["GET", "POST"]),
            *(Route(path, sgp) for path in ("/v4/{path:path}", "/v3/{path:path}", USER_INFO)),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            *enabled_pages.routes(),
        ],
        middleware=[
            *middleware(settings, metrics, tracing, enabled_pages.assets),
            Middleware(Direct, GRAPHQL, endpoint),
        ],
        exception_handlers={HTTPException: raise_http_error},
        lifespan=lifespan(
            {**tasks, "keep_usage": usage.keep},
            *([database.client.close] if closes_database else []),
            *([tracing.close] if tracing else []),
        ),
    )
    app.router.redirect_slashes = False  # A redirect is not a JSON response.
    return app


def _tasks(
    database: Database, background: Iterable[BackgroundTask], migration: Migration | None
) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
    """The background tasks by name. Those of the database wait for its migration."""

    async def after_migration(task: BackgroundTask) -> None:
        if migration is not None:
            await migration.ended()
        await task(database)

    tasks: dict[str, Callable[[], Coroutine[Any, Any, None]]]
    tasks = {task.__name__: partial(after_migration, task) for task in background}
    return tasks if migration is None else {**tasks, "migration": migration.keep}


def levels(
    executor: Executor, keys: KeyLookup, admission: Admission, database: Database
) -> "Levels":
    """Numbers that metrics show."""
    state = state_of(database.client.options)
    pools = {**THREADS.pools, "cpu": cpu_time.threads()}
    return {
        ("cache_entries", "documents"): executor.cached_documents,
        ("cache_entries", "keys"): keys.cached_keys,
        ("answer_memory_bytes",): admission.memory_bytes,
        **({("database_up",): state.is_up} if state else {}),
        **{("pool_running", name): pool.running for name, pool in pools.items()},
        **{("pool_waiting", name): pool.waiting for name, pool in pools.items()},
    }


def new_metrics(settings: Settings) -> "Metrics | None":
    """The metrics of this process, if they are on."""
    if not settings.metrics_address:
        return None
    from app.web.metrics import Metrics  # Imported late: most commands have no metrics.

    return Metrics(__version__)


def new_tracing() -> "Tracing | None":
    """The traces of this process, if they are on. To be called before the database is connected."""
    return tracing_for(os.environ, __version__)


def middleware(
    settings: Settings,
    metrics: "Metrics | None" = None,
    tracing: "Tracing | None" = None,
    page_assets: assets.Assets | None = None,
) -> list[Middleware]:
    """The middleware, outermost first. With the assets of pages, errors have pages, too."""
    headers = SECURITY if settings.in_development else {**SECURITY, **HSTS}
    seconds, budget = settings.request_timeout_seconds, wait_budget.shared_wait_budget
    hosts, render = allowed_hosts(settings), by_path(for_browsers(graphql_error, page_assets))
    return [
        Middleware(RequestLog, settings.slow_operation_seconds, metrics),
        *([Middleware(tracing.requests)] if tracing else []),
        Middleware(DefaultHeaders, headers),
        *([Middleware(HostCheck, hosts, render)] if hosts else []),
        *([Middleware(Cors, settings.origins)] if settings.origins else []),
        Middleware(Deadline, seconds, budget, render),
    ]


def allowed_hosts(settings: Settings) -> AllowedHosts | None:
    """The hosts under which the server answers; None for any, where keys alone protect it."""
    if settings.in_development:
        return AllowedHosts(settings.hosts, listening=settings.host)
    return AllowedHosts(settings.hosts) if settings.hosts else None


def pages(settings: Settings, database: Database, authentication: Authentication) -> Pages:
    """The pages that the settings enable."""
    facts = {"Version": __version__, "Database": _database_kind(settings, database)}
    asked = None if settings.in_development else authentication
    return Pages(
        assets=assets.load() if settings.has_playground else None,
        is_from_cdn=settings.playground is Playground.CDN,
        schema=sdl() if settings.introspection else None,
        schema_authentication=asked,
        reference=Reference(__version__, asked) if settings.introspection else None,
        facts=facts if settings.in_development else {},
        development_key=development_key(settings, database) if settings.hands_out_key else None,
    )


def development_key(settings: Settings, database: Database) -> DevelopmentKey:
    """The endpoint that gives the development key to pages."""
    key = partial(demo.key, settings.data_directory, ApiKeyStore(database))
    return DevelopmentKey(demo.ACCOUNT, key, link_tokens(settings))


def link_tokens(settings: Settings) -> LinkTokens:
    """The one-time tokens with which pages get the development key."""
    return LinkTokens(settings.data_directory / "tokens")


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
    tracing = new_tracing()
    database = connect(settings.mongodb_uri, settings.mongodb_database, logs_state=False)
    metrics = new_metrics(settings)
    return create_app(
        settings,
        database,
        closes_database=True,
        metrics=metrics,
        tracing=tracing,
        migration=Migration(database),
    )


def _end_with_parent() -> None:
    """Stop when the main process ends, even if killed: workers must not keep the port in use."""
    if (parent := parent_process()) is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
