"""The command `health`. A container runs it every few seconds, so it imports next to nothing."""

import sys

import click

from app.cli.context import example
from app.server import probe
from app.settings import SettingError, load, variable


@click.command(epilog=example("python -m app health && echo it works"))
def health() -> None:
    """Exit status 0 if the server of these settings can work, else 1: for a container's check.

    It answers within five seconds; standard error says what is wrong.
    """
    settings = load()
    if not settings.port:
        raise SettingError(f"{variable('port')}: 0 leaves open where the server listens")
    address = f"{probe.url(settings.host, settings.port)}/readyz"
    if (failure := probe.failure(address)) is not None:
        click.echo(f"Error: {address}: {failure}", err=True)
        sys.exit(1)
