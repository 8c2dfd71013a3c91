"""The `schema` commands: print the schema, find breaking changes, and explain operations."""

import sys
from collections.abc import Iterator
from typing import IO

import click
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    assert_valid_schema,
    build_schema,
    parse,
    validate,
)
from graphql.utilities import find_breaking_changes, find_dangerous_changes

from app.cli.context import example
from app.graphql.compile.operation_plan import compiled
from app.graphql.compile.rendering import NotCovered
from app.graphql.compile.selection import condition_variables
from app.graphql.schema import schema as served
from app.graphql.schema import sdl


@click.group(epilog=example("python -m app schema print > schema.graphql"))
def schema() -> None:
    """Print and compare the GraphQL schema, and explain operations."""


@schema.command("print", epilog=example("python -m app schema print > schema.graphql"))
def schema_print() -> None:
    """Print the schema in SDL."""
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
    """List breaking and dangerous changes since an older schema; - reads standard input.

    Prints one line per change. Exit status 1 if a change is breaking; dangerous changes may affect
    some clients.
    """
    before, after = _built(old), build_schema(sdl())
    breaking = find_breaking_changes(before, after)
    for change in breaking:
        click.echo(f"breaking: {change.description}")
    for danger in find_dangerous_changes(before, after):
        click.echo(f"dangerous: {danger.description}")
    sys.exit(1 if breaking else 0)


@schema.command("explain", epilog=example("python -m app schema explain query.graphql"))
@click.argument("file", metavar="FILE.graphql", type=click.File(encoding="utf-8"))
def schema_explain(file: IO[str]) -> None:
    """Show how the server executes the operations of a document; - reads standard input.

    Prints the plan of each operation: the fields that it reads, and the functions that make the
    answer. Directives with variables count as if they include everything. An operation without a
    plan is executed by graphql-core.
    """
    try:
        document = parse(file.read())
        errors = validate(served._schema, document)
    except (OSError, UnicodeError, GraphQLError, RecursionError) as error:
        errors = [error if isinstance(error, GraphQLError) else GraphQLError(str(error))]
    if errors:
        reasons = "; ".join(_with_line(error) for error in errors)
        raise click.BadParameter(f"{file.name}: {reasons}", param_hint="FILE.graphql")
    click.echo("\n\n\n".join(_explanations(document)))


def _explanations(document: DocumentNode) -> Iterator[str]:
    """The plan of each operation of a valid document, as text, or why it has none."""
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            conditions = dict.fromkeys(condition_variables(document), True)
            name = operation.name.value if operation.name else "without a name"
            title = f"# {operation.operation.value} {name}"
            try:
                yield f"{title}\n\n{compiled(served._schema, document, operation, conditions)}"
            except NotCovered as reason:
                yield f"{title}\n\n# Executed by graphql-core: {reason}."


def _with_line(error: GraphQLError) -> str:
    return f"line {error.locations[0].line}: {error.message}" if error.locations else error.message


def _built(file: IO[str]) -> GraphQLSchema:
    try:
        schema = build_schema(file.read())
        assert_valid_schema(schema)
    # graphql-core raises TypeError for a document that is not a schema.
    except (OSError, UnicodeError, GraphQLError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        if isinstance(error, GraphQLError) and error.locations:
            reason = _with_line(error)
        raise click.BadParameter(
            f"{file.name}: not a GraphQL schema: {reason}", param_hint="OLD.graphql"
        ) from None
    return schema
