"""The commands `apply` and `diff`: templates that are kept as files."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from app.cli.api.client import server_option
from app.cli.api.errors import OperationFailed
from app.cli.apply.api_form import UnknownValue
from app.cli.apply.applying import Options, run
from app.cli.apply.sources import OWNER_LABEL
from app.cli.arguments import Account, Owner
from app.cli.context import example

C = TypeVar("C", bound=Callable[..., Any])

OPTIONS = (
    click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True)),
    server_option,
    click.option(
        "--account",
        type=Account(),
        help="Account of the templates: it owns files that name none, and other accounts' files "
        "are errors.",
    ),
    click.option(
        "--owner",
        type=Owner(),
        default="apply",
        show_default=True,
        help=f"Value of the label {OWNER_LABEL}; give each set of files its own.",
    ),
    click.option(
        "--prune",
        is_flag=True,
        help="Archive templates of the files' accounts that have the owner's label but no file.",
    ),
    click.option(
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Format of standard output; JSON is one object.",
    ),
    click.option("--quiet", is_flag=True, help="Omit unchanged templates and warnings."),
)


def _with_options(command: C) -> C:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.command(
    epilog=example(
        "python -m app apply . --account acct_1 --dry-run",
        "python -m app apply . --account acct_1 --prune",
    )
)
@_with_options
@click.option("--dry-run", is_flag=True, help="Stop after the plan; exit status 2 for changes.")
def apply(dry_run: bool, **options: Any) -> None:
    """Make the templates of an account as files describe them: create what is missing, update what
    differs.

    Takes the files that `validate` takes, directories, and - for standard input. Prints the plan
    first. Nothing is written if a file has errors, and nothing is overwritten that someone else
    changes meanwhile. Exit status 1 for errors, 3 if the server or the database cannot be reached
    or refuses the key.
    """
    made = run(Options(**options), writes=not dry_run)
    if made.files.errors or made.has_failed:
        sys.exit(1)
    sys.exit(2 if dry_run and made.has_changes else 0)


@click.command(epilog=example("python -m app diff . --account acct_1"))
@_with_options
def diff(**options: Any) -> None:
    """Show what `apply` would change, with exit status 1 if it would.

    Exit status 2 for files with errors, 3 if the server or the database cannot be reached or
    refuses the key.
    """
    try:
        made = run(Options(**options), writes=False)
    except (OperationFailed, UnknownValue) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    if made.files.errors:
        sys.exit(2)
    sys.exit(1 if made.has_changes else 0)
