"""The command line: `python -m app`, also installed as `model-templates`."""

import sys
from itertools import chain
from pathlib import Path
from typing import Any

import click

from app import __version__, demo, probe, serving, templatefile, transfer
from app.command import example, failing_clearly, opened_database, progress, with_database
from app.configcommand import config
from app.dbcommand import db
from app.keycommand import Name, keys
from app.main import database, service
from app.schemacommand import schema
from app.settings import SettingError, load, variable
from app.settlement import OnConflict
from app.storage.archive import MongoModelTemplateArchive
from app.storage.driver import Database


class Program(click.Group):
    """`python -m app --port 9000` is `python -m app serve --port 9000`; every command fails
    clearly."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with failing_clearly():
            return super().invoke(ctx)


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example("python -m app --seed", "python -m app serve --help"),
)
@click.version_option(__version__)
def main() -> None:
    """A GraphQL API for the templates that models are launched from. `serve` is the default."""


@main.command(epilog=example("python -m app serve --port 9000 --seed"))
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 for any.")
@click.option("--workers", type=int, help="Processes.")
@click.option("--reload", is_flag=True, help="Start again when the code changes.")
@click.option("--seed", is_flag=True, help="Create example templates in the account demo.")
@click.option("--open", "browser", is_flag=True, help="Open the playground in a browser.")
def serve(seed: bool, reload: bool, browser: bool, **settings: Any) -> None:
    """Serve the API."""
    loaded = load(settings)
    with database(loaded) as opened:
        serving.run(loaded, opened, reload=reload, seed=seed, browser=browser)


@main.command(epilog=example("python -m app seed", "python -m app seed --account acct_1"))
@click.option(
    "--account", type=Name(), default=demo.ACCOUNT, show_default=True, help="Who gets them."
)
def seed(account: str) -> None:
    """Create six realistic templates; again is harmless."""

    async def run(opened: Database) -> int:
        return await demo.seed(service(opened), account)

    click.echo(f"{with_database(run)} templates created in the account {account}")


main.add_command(config)
main.add_command(db)
main.add_command(keys)
main.add_command(schema)


@main.command(
    "export",
    epilog=example(
        "python -m app export > templates.ndjson", "python -m app export --account acct_1 | head"
    ),
)
@click.option("--account", type=Name(), help="Only the templates of this account.")
def export(account: str | None) -> None:
    """Write all templates with their history to standard output, one a line."""
    with opened_database() as (runner, opened):
        templates = MongoModelTemplateArchive(opened)
        length = runner.run(templates.count(account)) if sys.stderr.isatty() else None
        with progress(length, "templates") as advance:
            for line in transfer.exported(runner, templates, account):
                sys.stdout.buffer.write(line)
                advance(1)
        sys.stdout.flush()


@main.command("import", epilog=example("python -m app import templates.ndjson --on-conflict skip"))
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


@main.command(epilog=example("python -m app validate templates/*.yaml", "python -m app validate ."))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--quiet", is_flag=True, help="Problems only, no warnings.")
def validate(files: tuple[str, ...], quiet: bool) -> None:
    """Check templates in SGP's wire form, JSON or YAML, without a server.

    A YAML file may hold several; of a directory, every .json, .yaml and .yml file below it is
    checked. One line a problem on standard output, and then exit status 1; warnings (what Launch
    would refuse) on standard error.
    """
    sound = True
    for file in chain.from_iterable(templatefile.below(Path(name)) for name in files):
        for problem in templatefile.problems(file):
            if problem.is_warning and not quiet:
                click.echo(f"{problem} (warning)", err=True)
            elif not problem.is_warning:
                sound = False
                click.echo(str(problem))
    sys.exit(0 if sound else 1)


@main.command(epilog=example("python -m app health && echo it works"))
def health() -> None:
    """Exit status 0 if the server of these settings can work, else 1: for a container's check.

    It answers within five seconds; standard error says what is wrong.
    """
    settings = load()
    if not settings.port:
        raise SettingError(f"{variable('port')}: 0 leaves open where the server listens")
    address = f"{serving.url(settings, settings.port)}/readyz"
    if (trouble := probe.trouble(address)) is not None:
        click.echo(f"Error: {address}: {trouble}", err=True)
        sys.exit(1)
