"""The `launch` command."""

import asyncio
import math
from collections.abc import Callable
from typing import Any, TypeVar

import click

from app.cli.api.client import server_option
from app.cli.context import example
from app.cli.launching.given_values import GivenValues, Pair
from app.cli.launching.template_lookup import Reference, TemplateReference
from app.domain.characters import escaped
from app.domain.launch.plan import LaunchAutoscaling
from app.domain.naming import camel
from app.domain.validation.integers import LARGEST
from app.launch.decision import Permissions
from app.launch.pace import Pace
from app.settings import load

Pairs = tuple[tuple[str, str], ...]

C = TypeVar("C", bound=Callable[..., Any])


def autoscaling_options(command: C) -> C:
    """An option for each override of a launch plan."""
    for name in reversed(LaunchAutoscaling.__struct_fields__):
        option = click.option(
            f"--{name.replace('_', '-')}",
            name,
            type=click.IntRange(min=0, max=LARGEST),
            help=f"Instead of the template's {camel(name)}.",
        )
        command = option(command)
    return command


def _pairs(option: str, name: str, form: str, help: str) -> Callable[[C], C]:
    return click.option(option, name, type=Pair(form), multiple=True, help=help)


def _flag(option: str, help: str) -> Callable[[C], C]:
    return click.option(option, is_flag=True, help=help)


@click.command(
    epilog=example(
        "python -m app launch demo/bge-large-embedding --name embed "
        "--label team=search --label product=web --dry-run",
        "python -m app launch demo/chat@3 --name chat --set-env HF_TOKEN=HF_TOKEN "
        "--label team=search --label product=web --max-workers 2 --yes",
    ),
)
@click.argument("template", type=Reference())
@click.option("--name", required=True, help="Name of the endpoint in Launch.")
@_pairs("--set", "values", "K=V", "Value of a creation parameter; repeatable.")
@_pairs("--set-file", "paths", "K=PATH", "The same, read from a file; for secrets.")
@_pairs("--set-env", "variables", "K=VARIABLE", "The same, of a variable; for secrets.")
@_pairs("--label", "labels", "K=V", "Label; Launch needs team and product. Repeatable.")
@autoscaling_options
@_flag("--fine-tuning", "The bundle for fine-tuning jobs instead of the endpoint.")
@_flag("--dry-run", "Show what would happen, and write nothing.")
@_flag("--yes", "Do not ask.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Until it is ready.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, max=86_400),
    default=1_800,
    show_default=True,
    help="Seconds to wait.",
)
@_flag("--rollback", "Put back what was there if this fails.")
@_flag("--replace", "Delete and create anew what Launch cannot change.")
@_flag("--adopt", "Change an endpoint that is not of this template.")
@_flag("--reapply", "Send the request again even if nothing differs.")
@server_option
@click.pass_context
def launch(
    context: click.Context,
    /,
    template: TemplateReference,
    name: str,
    values: Pairs,
    paths: Pairs,
    variables: Pairs,
    labels: Pairs,
    server: str | None,
    **options: Any,
) -> None:
    """Run a template as an endpoint in Launch.

    TEMPLATE is an id or ACCOUNT/NAME; @REVISION after it means an earlier revision. Shows the
    requests and what they change, asks on a terminal, sends them, and waits until the endpoint is
    ready. It is safe to repeat: what is there already is used, and only what differs is written. If
    it was interrupted, run it again.

    The address and key of Launch are read from LAUNCH_URL and LAUNCH_API_KEY.

    Exit status: 0 it is so; 1 it failed, and the message says what is there now; 2 wrong arguments
    or settings; 3 Launch or the server was not reached or refused the key; 4 not ready in time; 130
    interrupted.
    """
    from app.cli.launching.launch_run import launch as run
    from app.cli.launching.prepared_plan import Options

    if options["rollback"] and not options["wait"]:
        raise click.UsageError("--rollback needs to wait: leave out --no-wait")
    if not math.isfinite(options["timeout"]):
        raise click.UsageError("--timeout: not a number of seconds")
    overrides = {camel(each): options.pop(each) for each in LaunchAutoscaling.__struct_fields__}
    may = {each: options.pop(each) for each in Permissions.__struct_fields__}
    chosen = Options(
        name=name,
        given=GivenValues(values, paths, variables),
        labels=_unique("--label", labels),
        autoscaling={key: value for key, value in overrides.items() if value is not None},
        may=Permissions(**may),
        **options,
    )
    settings = load({"server_url": server}, launches=True)
    try:
        asyncio.run(run(settings, template, chosen, context.find_object(Pace) or Pace()))
    except KeyboardInterrupt:
        click.echo(
            "\nInterrupted. Launch goes on with what it has accepted; to see the outcome, run the "
            "same command again.",
            err=True,
        )
        raise


def _unique(option: str, pairs: Pairs) -> dict[str, str]:
    found = dict[str, str]()
    for key, value in pairs:
        if key in found:
            raise click.UsageError(f"{option} {escaped(key)}: the key is given twice")
        found[key] = value
    return found
