"""The commands `seed`, `export`, `import` and `validate`: templates in bulk, and in files."""

import sys
from itertools import chain
from pathlib import Path

import click

from app import demo
from app.cli.context import example
from app.cli.database import opened_database, with_database
from app.cli.key_commands import Name
from app.main import service
from app.server.progress import progress
from app.storage.driver import Database
from app.transfer import ndjson
from app.transfer.conflicts import OnConflict
from app.transfer.export_reader import ModelTemplateExportReader
from app.transfer.files import check_file, template_files


@click.command(epilog=example("python -m app seed", "python -m app seed --account acct_1"))
@click.option(
    "--account", type=Name(), default=demo.ACCOUNT, show_default=True, help="Who gets them."
)
def seed(account: str) -> None:
    """Create six realistic templates; again is harmless."""

    async def run(opened: Database) -> int:
        return await demo.seed(service(opened), account)

    click.echo(f"{with_database(run)} templates created in the account {account}")


@click.command(
    "export",
    epilog=example(
        "python -m app export > templates.ndjson", "python -m app export --account acct_1 | head"
    ),
)
@click.option("--account", type=Name(), help="Only the templates of this account.")
def export(account: str | None) -> None:
    """Write all templates with their history to standard output, one a line."""
    with opened_database() as (runner, opened):
        templates = ModelTemplateExportReader(opened)
        length = runner.run(templates.count(account)) if sys.stderr.isatty() else None
        with progress(length, "templates") as advance:
            for line in ndjson.exported(runner, templates, account):
                sys.stdout.buffer.write(line)
                advance(1)
        sys.stdout.flush()


@click.command("import", epilog=example("python -m app import templates.ndjson --on-conflict skip"))
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
        importing = ndjson.Import(opened, OnConflict(on_conflict), tell)
        length = None if file == "-" else Path(file).stat().st_size
        try:
            with progress(length, "bytes") as advance:
                importing.run(runner, stream, advance)
        finally:
            click.echo(importing.tally)
    sys.exit(1 if importing.tally.refused else 0)


@click.command(
    epilog=example("python -m app validate templates/*.yaml", "python -m app validate .")
)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--quiet", is_flag=True, help="Problems only, no warnings.")
def validate(files: tuple[str, ...], quiet: bool) -> None:
    """Check templates in SGP's wire form, JSON or YAML, without a server.

    A YAML file may hold several; of a directory, every .json, .yaml and .yml file below it is
    checked. One line a problem on standard output, and then exit status 1; warnings (what Launch
    would refuse) on standard error.
    """
    sound = True
    for file in chain.from_iterable(template_files(Path(name)) for name in files):
        for problem in check_file(file):
            if problem.is_warning and not quiet:
                click.echo(f"{problem} (warning)", err=True)
            elif not problem.is_warning:
                sound = False
                click.echo(str(problem))
    sys.exit(0 if sound else 1)
