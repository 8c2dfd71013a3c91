"""The `launched` command."""

import asyncio

import click
import msgspec

from app.cli.api.client import opened_api, server_option
from app.cli.context import example
from app.launch.pace import Pace
from app.settings import Settings, load

HEADINGS = ("ENDPOINT", "TEMPLATE", "REVISION", "STATE")


@click.command(
    epilog=example(
        "python -m app launched", "python -m app launched --template demo/chat --output json"
    )
)
@click.option("--template", help="Only endpoints of this template: its id, or ACCOUNT/NAME.")
@click.option(
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the list.",
)
@server_option
@click.pass_context
def launched(
    context: click.Context, /, template: str | None, output: str, server: str | None
) -> None:
    """List the endpoints in Launch that were launched from templates.

    Shows which revision of its template each runs, how many revisions that is behind, and its
    state. Nothing is stored outside of Launch. The list may be 15 seconds old. The exit status is
    3 if Launch or the server was not reached or refused the key.
    """
    settings = load({"server_url": server}, launches=True)
    asyncio.run(_list(settings, template, output, context.find_object(Pace) or Pace()))


async def _list(settings: Settings, template: str | None, output: str, pace: Pace) -> None:
    from app.cli.launching.launch_connection import check, failed, key_forms, launch_client
    from app.cli.launching.launched_endpoints import launched_endpoints
    from app.launch.errors import LaunchError
    from app.launch.redaction import Redactor

    check(settings)
    redactor = Redactor(key_forms(settings))
    async with launch_client(settings, pace, redactor) as client:
        try:
            async with opened_api(settings, identity="launched") as api:
                found = await launched_endpoints(client, api)
        except LaunchError as error:
            raise failed(error, redactor) from None
    if template is not None:
        found = [each for each in found if each.is_of(template)]
    if output == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    rows = [HEADINGS, *(each.cells() for each in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows if found else []:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
    if not found:
        click.echo("No endpoint was launched from a template.", err=True)
