"""The `health` command. Containers run it every few seconds, so it imports very little."""

import sys

import click

from app.cli.context import example
from app.server import probe
from app.settings import SettingError, load, variable


@click.command(epilog=example("python -m app health && echo it works"))
def health() -> None:
    """Exit status 0 if the configured server is ready, else 1: for container health checks.

    Takes at most five seconds; the reason for a failure goes to standard error.
    """
    settings = load()
    if not settings.port:
        raise SettingError(f"{variable('port')}: with 0 the port of the server is unknown")
    address = f"{probe.url(settings.host, settings.port)}/readyz"
    if (failure := probe.failure(address)) is not None:
        click.echo(f"Error: {address}: {failure}", err=True)
        sys.exit(1)
