"""The commands `seed`, `export`, `import` and `validate`."""

import sys
from pathlib import Path

import click

from app import demo
from app.cli.arguments import Account, Name
from app.cli.context import example
from app.cli.database import opened_database, with_database
from app.domain.characters import escaped
from app.main import audit, launch_cluster, quotas, service, usage_meter
from app.server.progress import progress
from app.settings import load
from app.storage.driver import Database
from app.transfer import ndjson
from app.transfer.conflicts import OnConflict
from app.transfer.export_reader import ModelTemplateExportReader
from app.transfer.files import check_path
from app.transfer.wrong_forms import UnreadableFile


@click.command(epilog=example("python -m app seed", "python -m app seed --account acct_1"))
@click.option(
    "--account",
    type=Account(),
    default=demo.ACCOUNT,
    show_default=True,
    help="Account to create them in.",
)
def seed(account: str) -> None:
    """Create six realistic example templates; safe to repeat."""

    settings = load()

    async def run(opened: Database) -> int:
        usage = usage_meter(settings, opened)
        try:
            return await demo.seed(service(opened, settings, usage), account)
        finally:
            await usage.flush()

    click.echo(f"{with_database(run)} templates created in the account {account}")


@click.command(
    "export",
    epilog=example(
        "python -m app export > templates.ndjson", "python -m app export --account acct_1 | head"
    ),
)
@click.option("--account", type=Name(), help="Export only this account.")
def export(account: str | None) -> None:
    """Write all templates with their history to standard output, one JSON object per line."""
    with opened_database() as (runner, opened):
        reader = ModelTemplateExportReader(opened)
        length = runner.run(reader.count(account)) if sys.stderr.isatty() else None
        with progress(length, "templates") as advance:
            for line in ndjson.exported(runner, reader, account):
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
    help="What to do with a line whose id, name or request is already stored.",
)
@click.option(
    "--account",
    type=Account(),
    help="Import into this account only: it owns lines that name none, and other accounts' lines "
    "are errors.",
)
def import_(file: str, on_conflict: str, account: str | None) -> None:
    """Import templates from a file; - reads standard input.

    The file has one JSON template per line (NDJSON), as `export` writes, or a JSON template, a JSON
    list, a page of SGP's lists, or YAML documents. A template with errors is reported on standard
    error with its line, and not imported; the exit status is then 1.
    """

    def report(number: int, text: str) -> None:
        click.echo(f"{escaped(file)}:{number}: {text}", err=True)

    settings = load()
    with click.open_file(file, "rb") as stream, opened_database() as (runner, opened):
        importing = ndjson.Import(
            opened,
            OnConflict(on_conflict),
            report,
            account,
            settings.max_template_bytes,
            quotas=quotas(settings),
            audit=audit(settings),
        )
        length = None if file == "-" else Path(file).stat().st_size
        try:
            with progress(length, "bytes") as advance:
                importing.run(runner, stream, file, advance)
        except UnreadableFile as error:
            importing.tally.refused += 1
            click.echo(f"{escaped(file)}: cannot be read: {escaped(str(error))}", err=True)
        finally:
            click.echo(importing.tally)
    sys.exit(1 if importing.tally.refused else 0)


@click.command(
    epilog=example("python -m app validate templates/*.yaml", "python -m app validate .")
)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True))
@click.option("--quiet", is_flag=True, help="Print errors only, no warnings.")
def validate(files: tuple[str, ...], quiet: bool) -> None:
    """Check template files in SGP's wire format, JSON or YAML, without a server.

    Takes all files that `import` takes; - reads standard input. In a directory, all .json, .ndjson,
    .jsonl, .yaml and .yml files are checked, at any depth. Prints one line per error, with exit
    status 1. Warnings about what Launch would reject go to standard error.
    """
    settings = load()
    is_valid, max_bytes, cluster = True, settings.max_template_bytes, launch_cluster(settings)
    for name in files:
        for message in check_path(Path(name), max_bytes, cluster):
            if message.is_warning and not quiet:
                click.echo(f"{message} (warning)", err=True)
            elif not message.is_warning:
                is_valid = False
                click.echo(str(message))
    sys.exit(0 if is_valid else 1)
