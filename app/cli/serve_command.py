"""The `serve` command."""

from typing import Any

import click

from app.cli.context import example
from app.main import new_tracing
from app.opened_database import database
from app.server import run
from app.settings import load


@click.command(epilog=example("python -m app serve --port 9000 --seed"))
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 for any free port.")
@click.option("--workers", type=int, help="Number of server processes.")
@click.option("--reload", is_flag=True, help="Restart when the code changes.")
@click.option("--seed", is_flag=True, help="Create example templates in the account demo.")
@click.option("--open", "browser", is_flag=True, help="Open the playground in a browser.")
def serve(seed: bool, reload: bool, browser: bool, **settings: Any) -> None:
    """Serve the API."""
    loaded = load(settings)
    has_workers = reload or loaded.workers > 1
    tracing = None if has_workers else new_tracing()
    with database(loaded) as opened:
        run.run(loaded, opened, reload=reload, seed=seed, browser=browser, tracing=tracing)
