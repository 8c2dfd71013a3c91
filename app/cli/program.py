"""The command line: `python -m app`, also installed as `model-templates`."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import click

from app import __version__
from app.cli.context import example, failing_clearly, open_closed_streams

MODULES = {
    "serve": "serve_command",
    "seed": "template_commands",
    "export": "template_commands",
    "import": "template_commands",
    "validate": "template_commands",
    "apply": "apply_commands",
    "diff": "apply_commands",
    "launch": "launch_command",
    "launched": "launched_command",
    "health": "health_command",
    "config": "config_commands",
    "db": "database_commands",
    "keys": "key_commands",
    "schema": "schema_commands",
}
"""The module of each command, imported on use: health checks must not load the whole server."""


class Commands(Mapping[str, click.Command]):
    """The commands by name, each imported when it is looked up."""

    def __getitem__(self, name: str) -> click.Command:
        module = import_module(f"app.cli.{MODULES[name]}")
        command = vars(module)["import_" if name == "import" else name]
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


class Program(click.Group):
    """The root command, with `serve` as the default and without tracebacks for expected errors."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        open_closed_streams()
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
    """A GraphQL API for reusable model templates. The default command is `serve`."""
