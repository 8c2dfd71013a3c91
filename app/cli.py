"""The command line: `python -m app`, also installed as `model-templates`."""

import sys
from pathlib import Path
from typing import Any

import click

from app import __version__, demo, serving, templatefile, transfer
from app.api.schema import sdl
from app.command import failing_clearly, opened_database, progress, with_database
from app.dbcommand import db
from app.keycommand import Name, keys
from app.main import database, service
from app.settings import load
from app.settlement import OnConflict
from app.storage.archive import MongoModelTemplateArchive
from app.storage.driver import Database


class ServeByDefault(click.Group):
    """`python -m app --port 9000` is `python -m app serve --port 9000`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=ServeByDefault, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """A GraphQL API for the templates that models are launched from. `serve` is the default."""


@main.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 for any.")
@click.option("--workers", type=int, help="Processes.")
@click.option("--reload", is_flag=True, help="Start again when the code changes.")
@click.option("--seed", is_flag=True, help="Create example templates in the account demo.")
@click.option("--open", "browser", is_flag=True, help="Open the playground in a browser.")
def serve(seed: bool, reload: bool, browser: bool, **settings: Any) -> None:
    """Serve the API.  Example: python -m app serve --port 9000 --seed"""
    with failing_clearly():
        loaded = load(settings)
        with database(loaded) as opened:
            serving.run(loaded, opened, reload=reload, seed=seed, browser=browser)


@main.command()
@click.option("--account", default=demo.ACCOUNT, show_default=True, help="Who gets them.")
def seed(account: str) -> None:
    """Create six realistic templates; again is harmless.  Example: python -m app seed"""

    async def run(opened: Database) -> int:
        return await demo.seed(service(opened), account)

    click.echo(f"{with_database(run)} templates created in the account {account}")


@main.group()
def schema() -> None:
    """The GraphQL schema."""


@schema.command("print")
def schema_print() -> None:
    """Print the schema.  Example: python -m app schema print > schema.graphql"""
    click.echo(sdl(), nl=False)


main.add_command(db)
main.add_command(keys)


@main.command("export")
@click.option("--account", type=Name(), help="Only the templates of this account.")
def export(account: str | None) -> None:
    """Write all templates with their history to standard output, one a line.

    Example: python -m app export > templates.ndjson
    """
    with opened_database() as (runner, opened):
        templates = MongoModelTemplateArchive(opened)
        length = runner.run(templates.count(account)) if sys.stderr.isatty() else None
        with progress(length, "templates") as advance:
            for line in transfer.exported(runner, templates, account):
                sys.stdout.buffer.write(line)
                advance(1)
        sys.stdout.flush()


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--on-conflict",
    type=click.Choice([member.value for member in OnConflict]),
    default=OnConflict.FAIL.value,
    show_default=True,
    help="What to do with a line whose id, name or request is there already.",
)
def import_(file: str, on_conflict: str) -> None:
    """Write the templates of a file, one a line, as export or teams write them; - is a pipe.

    A bad line is named on standard error and nothing of it is written; then the exit status is 1.

    Example: python -m app import templates.ndjson --on-conflict skip
    """

    def tell(number: int, text: str) -> None:
        click.echo(f"{file}:{number}: {text}", err=True)

    with click.open_file(file, "rb") as stream, opened_database() as (runner, opened):
        importing = transfer.Import(opened, OnConflict(on_conflict), tell)
        length = None if file == "-" else Path(file).stat().st_size
        try:
            with progress(length, "bytes") as advance:
                importing.run(runner, stream, advance)
        finally:
            click.echo(importing.tally)
    sys.exit(1 if importing.tally.refused else 0)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--quiet", is_flag=True, help="Problems only, no warnings.")
def validate(files: tuple[str, ...], quiet: bool) -> None:
    """Check templates in SGP's wire form, JSON or YAML, without a server.

    One line a problem on standard output, and then exit status 1; warnings (what Launch would
    refuse) on standard error.

    Example: python -m app validate templates/*.yaml
    """
    sound = True
    for file in files:
        for problem in templatefile.problems(Path(file)):
            if problem.is_warning and not quiet:
                click.echo(f"{problem} (warning)", err=True)
            elif not problem.is_warning:
                sound = False
                click.echo(str(problem))
    sys.exit(0 if sound else 1)


@main.command()
def health() -> None:
    """Exit status 0 if the server of these settings can work, else 1: for a container's check."""
    with failing_clearly():
        settings = load()
    if not serving.answers(f"{serving.url(settings, settings.port)}/readyz", seconds=0):
        sys.exit(1)
