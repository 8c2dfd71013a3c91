"""The `config` commands: show the settings and their sources."""

import shlex
from enum import Enum

import click

from app.cli.context import example
from app.settings import UNLIMITED, Settings, load, sources, variable
from app.storage.uri import masked


@click.group(epilog=example("python -m app config show"))
def config() -> None:
    """Settings of the server."""


@config.command(
    "show",
    epilog=example("python -m app config show", "python -m app config show | grep -v default"),
)
def config_show() -> None:
    """Show each setting and its source; secrets are masked.

    Prints one line per setting, as in a .env file. The comment names the source: environment or
    .env (with the variable if its name has no prefix), or default.
    """
    settings = load()
    shown = {name: f"{variable(name)}={_value(settings, name)}" for name in sources()}
    width = max(len(line) for line in shown.values() if len(line) < 60)
    for name, source in sources().items():
        click.echo(f"{shown[name]:<{width}}  # {source}")


def _value(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if name == "playground" and value is None:
        value = settings.has_playground
    if name == "rate_limit":
        value = settings.key_rate or UNLIMITED
    if name == "data_dir":
        value = settings.data_directory
    match value:
        case None | "":
            return ""
        case bool():
            return "on" if value else "off"
        case Enum():
            return str(value.value)
        case _:
            return shlex.quote(masked(value) if name == "mongodb_uri" else str(value))
