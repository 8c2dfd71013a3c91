"""Runs the server in one or several processes, and prints a banner with its address."""

import asyncio
import json
import logging
import os
import shlex
import signal
import webbrowser
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from math import ceil, inf
from threading import Thread
from typing import TYPE_CHECKING, Any

import click
import uvicorn
from uvicorn.supervisors import ChangeReload

from app import demo
from app.main import (
    create_app,
    link_tokens,
    new_metrics,
    service,
    usage_meter,
)
from app.opened_database import DatabaseRequired, OpenedDatabase, reach
from app.server import logs
from app.server.connection import RECEIVE_SECONDS, SEND_SECONDS, Connection
from app.server.draining import DRAIN_SECONDS
from app.server.listening import listen
from app.server.probe import answers, url
from app.server.shutdown import Server, Workers
from app.settings import Settings, variable
from app.storage.api_keys import ApiKeyStore
from app.storage.migration import Migration
from app.web.pages.link_tokens import Link
from app.web.trace_settings import reason_off

if TYPE_CHECKING:
    from app.web.metrics import Metrics
    from app.web.tracing import Tracing

log = logging.getLogger(__name__)

WORKER_SECONDS = 30
"""How long a worker process may take to start, and a hanging one is left alone. On a busy machine,
imports alone can take longer than uvicorn's default of five seconds: it would kill the workers that
it has just started, and abandon a restart."""

QUICK_SECONDS = 1.0
"""How long the server brings the database up to date before it responds, which is enough for most:
then it never responds that it is not ready."""


def run(
    settings: Settings,
    opened: OpenedDatabase,
    *,
    reload: bool,
    seed: bool,
    browser: bool,
    tracing: "Tracing | None" = None,
) -> None:
    """Serve until a signal arrives. Raises CannotListen, or Unavailable without a database.

    `tracing` are the traces of this process; others make their own.
    """
    if reload or settings.workers > 1:
        _in_several_processes(settings, opened, reload=reload, seed=seed, browser=browser)
    else:
        _in_this_process(settings, opened, tracing, seed=seed, browser=browser)


def _in_this_process(
    settings: Settings,
    opened: OpenedDatabase,
    tracing: "Tracing | None",
    *,
    seed: bool,
    browser: bool,
) -> None:
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)  # One process needs no files.
    metrics = new_metrics(settings)
    migration = Migration(opened.database)
    app = create_app(
        settings, opened.database, metrics=metrics, tracing=tracing, migration=migration
    )
    config = uvicorn.Config(app, **uvicorn_options(settings))

    async def run() -> None:
        await reach(opened)
        listening = listen(config)  # Only now, because uvicorn says then that it is running.
        key = await _prepare(settings, opened, migration, seed=seed)
        base = url(settings.host, listening.getsockname()[1])
        with (
            _metrics_served(settings, metrics),
            _announced(settings, opened, base, key, browser=browser),
        ):
            # After its shutdown, uvicorn raises the signals again, which would kill the process.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            await Server(config, is_alone=True).serve([listening])

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(run())


def _in_several_processes(
    settings: Settings, opened: OpenedDatabase, *, reload: bool, seed: bool, browser: bool
) -> None:
    if opened.uri is None:
        raise DatabaseRequired("a database in memory cannot be shared by several processes")
    config = uvicorn.Config(
        "app.main:worker",
        factory=True,
        reload=reload,
        workers=None if reload else settings.workers,
        timeout_worker_healthcheck=WORKER_SECONDS,
        **uvicorn_options(settings, drain_seconds=0 if reload else DRAIN_SECONDS),
    )
    with asyncio.Runner() as runner:
        runner.run(reach(opened))
        listening = listen(config)
        key = runner.run(_prepare(settings, opened, seed=seed))
    os.environ[variable("mongodb_uri")] = opened.uri
    os.environ[variable("host")] = settings.host  # It may come from the command line.
    base = url(settings.host, listening.getsockname()[1])
    with (
        _metrics_served(settings),
        _announced(settings, opened, base, key, browser=browser),
    ):
        if reload:
            ChangeReload(config, Server(config).run, [listening]).run()
        else:
            Workers(config, [listening]).run()


@contextmanager
def _metrics_served(settings: Settings, metrics: "Metrics | None" = None) -> Iterator[None]:
    """Serves metrics, if they are on: the given ones, or those of all processes started inside."""
    if not settings.metrics_address:
        yield
        return
    from app.server import metrics_server  # Slow to import, and metrics are off by default.

    of_processes = metrics_server.of_processes
    with (
        of_processes() if metrics is None else nullcontext(metrics.registry) as registry,
        metrics_server.serving(settings.metrics_address, registry),
    ):
        yield


def uvicorn_options(
    settings: Settings,
    *,
    receive_seconds: float = RECEIVE_SECONDS,
    send_seconds: float = SEND_SECONDS,
    drain_seconds: float = DRAIN_SECONDS,
) -> dict[str, Any]:
    """uvicorn's options, the same in every process."""
    connection = partial(
        Connection,
        receive_seconds=receive_seconds,
        send_seconds=send_seconds,
        drain_seconds=drain_seconds,
    )
    return {
        "http": connection,
        "timeout_keep_alive": settings.keep_alive_seconds,
        # Each request that has begun when the server shuts down ends within this time.
        "timeout_graceful_shutdown": ceil(receive_seconds + settings.request_timeout_seconds),
        "ws": "none",
        "log_config": logs.configuration(settings),
        "access_log": False,  # `RequestLog` writes it.
        "host": settings.host,
        "port": settings.port,
        "log_level": settings.log_level.value,
        "server_header": False,
    }


def _color() -> bool | None:
    """False with NO_COLOR (https://no-color.org); None for colors on a terminal."""
    return False if os.environ.get("NO_COLOR") else None


async def _prepare(
    settings: Settings,
    opened: OpenedDatabase,
    migration: Migration | None = None,
    *,
    seed: bool,
) -> str | None:
    """Seed a database that responds, and bring it up to date if that is quick: if not, the
    migration goes on while the server runs. The development key, or None in production."""
    if settings.lacks_page_hosts:
        names = variable("playground"), variable("allowed_hosts")
        log.warning("%s has no effect: in production, it needs hosts in %s", *names)
    if reason := reason_off(os.environ):
        log.warning("Traces are off: %s", reason)
    migration = migration or Migration(opened.database)
    with suppress(TimeoutError):
        # Without a limit before templates are created, whose uniqueness needs the indexes.
        async with asyncio.timeout(None if seed else QUICK_SECONDS):
            await migration.attempt(is_thorough=True)
    if seed:
        usage = usage_meter(settings, opened.database)
        await demo.seed(service(opened.database, settings, usage), demo.ACCOUNT)
        await usage.flush()
    if not settings.in_development:
        return None
    return await demo.key(settings.data_directory, ApiKeyStore(opened.database))


@contextmanager
def _announced(
    settings: Settings, opened: OpenedDatabase, base: str, key: str | None, *, browser: bool
) -> Iterator[None]:
    """Prints the banner, and opens a browser, as soon as the server is ready. The link in them is
    valid until the end of the block."""
    endpoint = f"{base}/graphql"
    with _link(settings, endpoint) as link:

        def announce() -> None:
            if answers(f"{base}/readyz", seconds=inf):
                click.echo(_banner(settings, opened, endpoint, key, link), color=_color())
                if browser:
                    webbrowser.open(endpoint if link is None else link.file.as_uri())

        Thread(target=announce, daemon=True).start()
        yield


def _link(settings: Settings, address: str) -> AbstractContextManager[Link | None]:
    """A link whose token gets the development key, if pages get one."""
    return link_tokens(settings).issued(address) if settings.hands_out_key else nullcontext()


def _banner(
    settings: Settings,
    opened: OpenedDatabase,
    url: str,
    key: str | None,
    link: Link | None = None,
) -> str:
    base = url.removesuffix("graphql")
    lines = ["", f"  Model Templates  {base}"]
    if settings.has_playground:
        pages = f"{base}catalog", url
        catalog, playground = pages if link is None else map(link.to, pages)
        lines += [f"  Catalog          {catalog}", f"  Playground       {playground}"]
    lines += [f"  API              {url}", f"  Database         {opened.description}"]
    if key is not None:
        query = json.dumps({"query": "{ modelTemplates { totalCount nodes { id name } } }"})
        lines.append(f"  Development key  {key} (account {demo.ACCOUNT})")
        if link is not None:
            lines.append("  Open one of the links: the token works once, for one browser.")
        lines += [
            "",
            f"  curl -s {shlex.quote(url)} -H 'content-type: application/json' "
            f"-H {shlex.quote(f'x-api-key: {key}')} -d {shlex.quote(query)}",
        ]
    if not opened.is_lasting:
        lines += ["", click.style(f"  !!! {opened.description.upper()} !!!", fg="red", bold=True)]
    return "\n".join([*lines, ""])
