"""A template that a command names, and its launch plan, asked of a server or the database."""

import re
from collections.abc import Mapping
from typing import Any

import click
import msgspec
from msgspec import Struct

from app.cli.api.client import Api
from app.cli.context import CommandError
from app.domain.characters import escaped
from app.domain.parameters import ParameterType

IDENTITY = "id accountId name revision archived: archivedAt"

FIND = f"query Find($id: ID!) {{ modelTemplate(id: $id) {{ {IDENTITY} }} }}"

FIND_BY_NAME = f"""query FindByName($filter: ModelTemplateFilter!) {{
  modelTemplates(first: 1, filter: $filter) {{ nodes {{ {IDENTITY} }} }}
}}"""

PARAMETERS = "schema: modelCreationParametersSchema { parameters { name type isSecret: secret } }"

PLAN = """revision
  launchPlan(name: $name, modelCreationParameters: $values, autoscaling: $scale, labels: $labels) {
    createModelBundleRequest createModelEndpointRequest createDockerImageBatchJobBundleRequest
    errors { message path } warnings { message path }
  }"""

PLAN_ARGUMENTS = "$name: String!, $values: JSON, $scale: LaunchAutoscalingInput, $labels: StringMap"


class NotFound(CommandError):
    """There is no such template, or the caller may not read it."""


class TemplateReference(Struct, frozen=True):
    """`ID`, `ACCOUNT/NAME`, or either with `@REVISION`, as it was written."""

    text: str

    @property
    def parts(self) -> tuple[str, int | None]:
        """The text before the revision, and the revision if there is one."""
        match = re.fullmatch(r"(.+)@([1-9][0-9]{0,8})", self.text, re.DOTALL | re.ASCII)
        return (match[1], int(match[2])) if match else (self.text, None)


class Reference(click.ParamType[TemplateReference]):
    """Names a template."""

    name = "template"

    def convert(self, value: Any, *_: Any) -> TemplateReference:
        return TemplateReference(str(value))


class Parameter(Struct, frozen=True, kw_only=True, rename="camel"):
    """A creation parameter."""

    name: str
    type: str
    is_secret: bool

    @property
    def kind(self) -> ParameterType | None:
        """Its type; None for one that only a newer release knows."""
        return ParameterType.__members__.get(self.type)


class FoundTemplate(Struct, frozen=True, kw_only=True, rename="camel"):
    """A template, with its current revision, and the revision that a reference asks for.

    `archived` is when it was, or None."""

    id: str
    account_id: str
    name: str
    revision: int
    archived: str | None = None
    asked: int | None = None

    @property
    def title(self) -> str:
        return escaped(f"{self.account_id}/{self.name}")

    @property
    def is_earlier(self) -> bool:
        """Whether an earlier revision is asked for."""
        return self.asked is not None and self.asked != self.revision


class Message(Struct, frozen=True):
    """An error or a warning of a launch plan."""

    message: str
    path: list[str]


class Planned(Struct, frozen=True, kw_only=True, rename="camel"):
    """A launch plan."""

    create_model_bundle_request: dict[str, Any] | None = None
    create_model_endpoint_request: dict[str, Any] | None = None
    create_docker_image_batch_job_bundle_request: dict[str, Any] | None = None
    errors: list[Message] = []
    warnings: list[Message] = []


async def find_template(api: Api, reference: TemplateReference) -> FoundTemplate:
    """The template. A name that ends like a revision is tried as it is first."""
    base, revision = reference.parts
    found = await _find(api, reference.text) if revision is None or "/" in base else None
    if found is None and revision is not None and (found := await _find(api, base)) is not None:
        found = {**found, "asked": revision}
    if found is None:
        raise NotFound(
            f"{api.place}: there is no template {escaped(reference.text)}, or you may not read it"
        )
    template = convert_template(found)
    if template.asked is not None and template.asked > template.revision:
        raise NotFound(
            f"{template.title} has no revision {template.asked}; its newest is {template.revision}"
        )
    return template


def convert_template(found: Mapping[str, Any]) -> FoundTemplate:
    """An answer with the fields of IDENTITY."""
    return msgspec.convert(found, FoundTemplate)


async def _find(api: Api, text: str) -> dict[str, Any] | None:
    account, slash, name = text.partition("/")
    if not slash:
        template: dict[str, Any] | None = (await api.execute(FIND, {"id": text}))["modelTemplate"]
        return template
    filter = {"accountId": account, "name": name, "archived": None}
    data = await api.execute(FIND_BY_NAME, {"filter": filter})
    return next(iter(data["modelTemplates"]["nodes"]), None)


async def parameters(api: Api, template: FoundTemplate) -> list[Parameter]:
    """The creation parameters of the revision that is asked for."""
    state = await _state(api, template, PARAMETERS, "", {})
    schema = state["schema"] or {"parameters": []}
    return msgspec.convert(schema["parameters"], list[Parameter])


async def launch_plan(
    api: Api, template: FoundTemplate, arguments: Mapping[str, Any]
) -> tuple[int, Planned]:
    """The plan, and the revision that it is of."""
    state = await _state(api, template, PLAN, PLAN_ARGUMENTS, arguments)
    return state["revision"], msgspec.convert(state["launchPlan"], Planned)


async def _state(
    api: Api, template: FoundTemplate, selection: str, declared: str, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """Fields of the current state of a template, or of an earlier one."""
    variables = {"id": template.id, **arguments}
    declared = f"$id: ID!, {declared}"
    if template.is_earlier:
        declared += ", $revision: Int!"
        variables["revision"] = template.asked
        selection = f"revisionAt(revision: $revision) {{ {selection} }}"
    query = f"query State({declared}) {{ modelTemplate(id: $id) {{ {selection} }} }}"
    state = (await api.execute(query, variables))["modelTemplate"]
    if template.is_earlier and state is not None:
        state = state["revisionAt"]
    if state is None:
        raise NotFound(f"{api.place}: the template {template.title} was deleted meanwhile")
    found: dict[str, Any] = state
    return found
