"""The command line: `python -m app`, also installed as `model-templates`."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import click

from app import __version__
from app.cli.context import example, failing_clearly

MODULES = {
    "serve": "serve_command",
    "seed": "template_commands",
    "export": "template_commands",
    "import": "template_commands",
    "validate": "template_commands",
    "health": "health_command",
    "config": "config_commands",
    "db": "database_commands",
    "keys": "key_commands",
    "schema": "schema_commands",
}
"""Where each command is. Its module is imported when the command runs, or its help is shown: what
checks a server's health every few seconds need not load a server."""


class Commands(Mapping[str, click.Command]):
    """The commands by name, each imported when it is looked up."""

    def __getitem__(self, name: str) -> click.Command:
        module = import_module(f"app.cli.{MODULES[name]}")
        found = vars(module)["import_" if name == "import" else name]
        assert isinstance(found, click.Command)  # noqa: S101
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


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
    commands=Commands(),
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example("python -m app --seed", "python -m app serve --help"),
)
@click.version_option(__version__)
def main() -> None:
    """A GraphQL API for the templates that models are launched from. `serve` is the default."""
