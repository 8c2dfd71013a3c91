"""The commands `schema`: the schema as text, and what a change of it would break."""

import sys
from typing import IO

import click
from graphql import GraphQLError, GraphQLSchema, assert_valid_schema, build_schema
from graphql.utilities import find_breaking_changes, find_dangerous_changes

from app.cli.context import example
from app.graphql.schema import sdl


@click.group(epilog=example("python -m app schema print > schema.graphql"))
def schema() -> None:
    """The GraphQL schema."""


@schema.command("print", epilog=example("python -m app schema print > schema.graphql"))
def schema_print() -> None:
    """Print the schema."""
    click.echo(sdl(), nl=False)


@schema.command(
    "check",
    epilog=example(
        "python -m app schema check old.graphql",
        "git show v1:schema.graphql | python -m app schema check -",
    ),
)
@click.argument("old", metavar="OLD.graphql", type=click.File(encoding="utf-8"))
def schema_check(old: IO[str]) -> None:
    """Name the breaking changes of this schema since an older one; - is a pipe.

    One line a change on standard output. Exit status 1 if one is breaking; dangerous ones, which
    a client may notice, are listed too.
    """
    before, after = _built(old), build_schema(sdl())
    breaking = find_breaking_changes(before, after)
    for change in breaking:
        click.echo(f"breaking: {change.description}")
    for danger in find_dangerous_changes(before, after):
        click.echo(f"dangerous: {danger.description}")
    sys.exit(1 if breaking else 0)


def _built(file: IO[str]) -> GraphQLSchema:
    try:
        schema = build_schema(file.read())
        assert_valid_schema(schema)
    # graphql-core raises TypeError for a text that can be parsed but is no schema.
    except (OSError, UnicodeError, GraphQLError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        if isinstance(error, GraphQLError) and error.locations:
            reason = f"line {error.locations[0].line}: {error.message}"
        raise click.BadParameter(
            f"{file.name}: not a GraphQL schema: {reason}", param_hint="OLD.graphql"
        ) from None
    return schema
