"""The launch plan that a command line asks for."""

import click
from msgspec import Struct

from app.cli.api.client import Api
from app.cli.api.errors import OperationFailed
from app.cli.context import CommandError
from app.cli.launching.given_values import GivenValues, secrets
from app.cli.launching.launch_connection import key_forms
from app.cli.launching.template_lookup import (
    FoundTemplate,
    Message,
    Planned,
    TemplateReference,
    find_template,
    launch_plan,
    parameters,
)
from app.domain.characters import escaped
from app.launch.decision import Permissions
from app.launch.provenance import Wanted
from app.launch.redaction import Redactor
from app.settings import Settings


class PlanHasErrors(CommandError):
    """Launch would reject the plan."""


class Options(Struct, frozen=True, kw_only=True):
    """The options of `launch`."""

    name: str
    given: GivenValues
    labels: dict[str, str]
    autoscaling: dict[str, int]
    may: Permissions = Permissions()
    fine_tuning: bool = False
    dry_run: bool = False
    yes: bool = False
    wait: bool = True
    rollback: bool = False
    timeout: float = 1_800.0


class Prepared(Struct, frozen=True, kw_only=True):
    """A plan without errors, of one revision of a template."""

    template: FoundTemplate
    revision: int
    plan: Planned
    redactor: Redactor

    @property
    def origin(self) -> str:
        return f"{self.template.title}@{self.revision}"

    def wanted(self) -> Wanted:
        return Wanted(
            template_id=self.template.id,
            template_revision=self.revision,
            template=f"{self.template.account_id}/{self.template.name}",
            bundle_request=self.plan.create_model_bundle_request or {},
            endpoint_request=self.plan.create_model_endpoint_request or {},
        )


async def prepare(
    api: Api, settings: Settings, reference: TemplateReference, options: Options
) -> Prepared:
    """Asks for the plan, and prints its warnings. Raises CommandError, also for a plan with errors,
    and click.UsageError for values that the template does not take."""
    template = await find_template(api, reference)
    known = await parameters(api, template)
    values = options.given.typed(known)
    names = [each.name for each in known if each.is_secret]
    redactor = Redactor([*secrets(values, known), *key_forms(settings)], names)
    arguments = {
        "name": options.name,
        "values": values,
        "scale": options.autoscaling,
        "labels": options.labels,
    }
    try:
        revision, plan = await launch_plan(api, template, arguments)
    except OperationFailed as error:
        raise PlanHasErrors(redactor.text(str(error))) from None
    if plan.errors:
        lines = (f"  {_text(message)}" for message in plan.errors)
        text = "\n".join(["Launch would reject this, so nothing was sent:", *lines])
        raise PlanHasErrors(redactor.text(text))
    if template.archived:
        click.echo(f"warning: the template {template.title} is archived", err=True)
    for warning in plan.warnings:
        click.echo(redactor.text(f"warning: {_text(warning)}"), err=True)
    return Prepared(template=template, revision=revision, plan=plan, redactor=redactor)


def _text(message: Message) -> str:
    """The message after the option that it is about, or the field of the template."""
    match message.path:
        case ["modelCreationParameters", name]:
            where = f"--set {name}"
        case ["labels", name]:
            where = f"--label {name}"
        case ["autoscaling", name]:
            where = "--" + "".join(f"-{c.lower()}" if c.isupper() else c for c in name)
        case ["name"]:
            where = "--name"
        case path:
            where = ".".join(path)
    return escaped(f"{where}: {message.message}" if where else message.message)
