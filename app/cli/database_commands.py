"""The `db` commands: set up and inspect the database."""

import asyncio
import sys
from collections.abc import Iterator

import click

from app import demo
from app.cli.arguments import Name
from app.cli.context import example
from app.cli.database import opened_database
from app.domain.audit import DONE, UNKNOWN, Action
from app.domain.characters import escaped
from app.main import audit, usage_meter
from app.settings import load
from app.storage import orphaned_histories, status
from app.storage.driver import Database
from app.storage.purge import Purge, planned, purge
from app.transfer.export_reader import ModelTemplateExportReader


@click.group(epilog=example("python -m app db status"))
def db() -> None:
    """Set up and inspect the database."""


@db.command("init", epilog=example("python -m app db init"))
def db_init() -> None:
    """Create or migrate indexes, listing terms and validators, and delete the histories that
    deleted templates have left; safe to repeat."""
    with opened_database() as (runner, database):
        if deleted := runner.run(orphaned_histories.sweep(database, wait=_say_doubt)):
            click.echo(f"deleted the histories of {deleted:,} templates that no longer exist")
        runner.run(orphaned_histories.note_swept(database))
        click.echo("indexes and validators are up to date")


def _say_doubt(count: int) -> None:
    seconds = f"{orphaned_histories.DOUBT.total_seconds():.0f} seconds"
    click.echo(
        f"{count:,} histories without a template: waiting {seconds} for imports that run", err=True
    )


@db.command("status", epilog=example("python -m app db status"))
def db_status() -> None:
    """Show sizes, indexes and the query plan of each kind of list; read-only.

    Exit status 1 if an index is missing or a list would scan the whole collection.
    """
    with opened_database(initialised=False) as (runner, database):
        is_sound = _show(runner, database)
    sys.exit(0 if is_sound else 1)


@db.command(
    "purge-revisions",
    epilog=example(
        "python -m app db purge-revisions --template 01a20a4b-d737-7591-a374-e9672ece7c9d",
        "python -m app db purge-revisions --template 01a20a4b-d737-7591-a374-e9672ece7c9d "
        "--before 7 --yes",
    ),
)
@click.option("--template", "id", type=Name(), required=True, help="Id of the template.")
@click.option(
    "--before",
    type=click.IntRange(min=1),
    help="Keep this revision and later ones; by default only the current state is kept.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def db_purge_revisions(id: str, before: int | None, yes: bool) -> None:
    """Delete earlier revisions of a template, with all that they contain, for ever.

    For a secret in a template's history: first change the template, whose current state is never
    deleted, and change the secret itself, because others may have read it. Shows what will be
    deleted, and asks on a terminal. Exports, backups and MongoDB's own logs keep what they have.
    """
    with opened_database() as (runner, database):
        audit(load())  # Fails early if it cannot be written.
        plan = runner.run(planned(database, id, before))
        click.echo("\n".join(_described(plan)))
        if plan.count and not yes:
            if not sys.stdin.isatty():
                raise click.UsageError("nothing was deleted: confirm with --yes")
            click.confirm("Delete them for ever?", abort=True)
        deleted = _purge(runner, database, plan)
        left = runner.run(planned(database, id, before)).kept if plan.kept > deleted else 0
        click.echo(f"deleted {_revisions(deleted)}; {_revisions(left)} left")


def _purge(runner: asyncio.Runner, database: Database, plan: Purge) -> int:
    """How many revisions were deleted. They are audited even if not all could be deleted."""
    settings = load()
    trail, usage, deleted, outcome = audit(settings), usage_meter(settings, database), 0, UNKNOWN

    async def run() -> None:
        nonlocal deleted
        try:
            async for count in purge(database, usage, plan):
                deleted += count
        finally:
            await usage.flush()

    try:
        runner.run(run())
        outcome = DONE
    finally:
        trail.report(
            Action.PURGE_REVISIONS,
            outcome=outcome,
            account=plan.account_id or None,
            template=plan.template_id,
            name=plan.name or None,
            before=plan.below,
            revisions=deleted,
        )
    return deleted


def _described(plan: Purge) -> Iterator[str]:
    name = escaped(plan.name)
    if plan.revision is None:
        yield f"the template {plan.template_id} was deleted, but revisions of it remain"
    else:
        yield f"template {name} ({plan.template_id}) of the account {escaped(plan.account_id)}"
        yield f"stays as it is: revision {plan.revision}, its current state"
    until = "" if plan.below is None else f" before {plan.below}"
    yield f"to delete: {_revisions(plan.count)}{until}, of {plan.kept:,}"


def _revisions(count: int) -> str:
    return f"{count:,} earlier revision{'' if count == 1 else 's'}"


@db.command(
    "recount", epilog=example("python -m app db recount", "python -m app db recount --account a1")
)
@click.option("--account", type=Name(), help="Count only this account.")
def db_recount(account: str | None) -> None:
    """Count what accounts store, and print it: templates, and bytes with earlier revisions.

    Servers count the accounts that are written to once a day; quotas rely on these counts.
    """
    with opened_database() as (runner, database):
        usage = usage_meter(load(), database)
        accounts = [account] if account is not None else runner.run(_accounts(database))
        for name in accounts:
            found = runner.run(usage.recount(name))
            click.echo(f"{escaped(name)}  {found.templates:,} templates  {found.bytes:,} bytes")


async def _accounts(database: Database) -> list[str]:
    return [account async for account in ModelTemplateExportReader(database).accounts()]


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
