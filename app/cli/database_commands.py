"""The `db` commands: set up and inspect the database."""

import asyncio
import sys

import click

from app import demo
from app.cli.context import example
from app.cli.database import opened_database
from app.settings import load
from app.storage import status
from app.storage.driver import Database, ping


@click.group(epilog=example("python -m app db status"))
def db() -> None:
    """Set up and inspect the database."""


@db.command("init", epilog=example("python -m app db init"))
def db_init() -> None:
    """Create or migrate indexes and validators; safe to repeat."""
    with opened_database():
        click.echo("indexes and validators are up to date")


@db.command("status", epilog=example("python -m app db status"))
def db_status() -> None:
    """Show sizes, indexes and the query plan of each kind of list; read-only.

    Exit status 1 if an index is missing or a list would scan the whole collection.
    """
    with opened_database(initialised=False) as (runner, database):
        runner.run(ping(database))
        is_sound = _show(runner, database)
    sys.exit(0 if is_sound else 1)


def _show(runner: asyncio.Runner, database: Database) -> bool:
    """Print the report. True if all indexes exist and are used."""
    click.echo(f"database {load().mongodb_database}\n")
    collections = runner.run(status.collections(database))
    for collection in collections:
        click.echo("\n".join(collection.lines()))
    if any(collection.missing for collection in collections):
        click.echo(
            "\nLists need the missing indexes. To create them, run: python -m app db init", err=True
        )
        return False
    example = runner.run(status.newest(database)) or demo.example()
    click.echo("\nquery plans of lists, by filter, in each order")
    plans = runner.run(status.lists(database, example))
    for filter, by_order in plans.items():
        click.echo(f"  {filter:<22} " + "; ".join(map(str, by_order)))
    return all(plan.is_sound for by_order in plans.values() for plan in by_order)
