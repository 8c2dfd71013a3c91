"""The commands `db`: what the database must have, and what it has."""

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
    """The database."""


@db.command("init", epilog=example("python -m app db init"))
def db_init() -> None:
    """Make indexes and validator as they should be; again is harmless."""
    with opened_database():
        click.echo("indexes and validator are in place")


@db.command("status", epilog=example("python -m app db status"))
def db_status() -> None:
    """Show what is there and how each kind of list would be read; nothing is changed.

    Exit status 1 if an index is missing or a list would be sorted in memory.
    """
    with opened_database(initialised=False) as (runner, database):
        runner.run(ping(database))
        sound = _show(runner, database)
    sys.exit(0 if sound else 1)


def _show(runner: asyncio.Runner, database: Database) -> bool:
    click.echo(f"database {load().mongodb_database}\n")
    found = runner.run(status.collections(database))
    for collection in found:
        click.echo("\n".join(collection.lines()))
    if any(collection.missing for collection in found):
        click.echo(
            "\nAn index is missing, so lists cannot be read: python -m app db init", err=True
        )
        return False
    example = runner.run(status.newest(database)) or demo.example()
    click.echo("\nlists, by what they ask for, in each order")
    plans = runner.run(status.lists(database, example))
    for what, by_order in plans.items():
        click.echo(f"  {what:<22} " + "; ".join(map(str, by_order)))
    return all(plan.is_sound for by_order in plans.values() for plan in by_order)
