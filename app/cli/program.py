"""The command line: `python -m app`, also installed as `model-templates`."""

from typing import Any

import click

from app import __version__
from app.cli.config_commands import config
from app.cli.context import example, failing_clearly
from app.cli.database_commands import db
from app.cli.key_commands import keys
from app.cli.schema_commands import schema
from app.cli.server_commands import health, serve
from app.cli.template_commands import export, import_, seed, validate


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


for command in (serve, seed, export, import_, validate, health, config, db, keys, schema):
    main.add_command(command)
