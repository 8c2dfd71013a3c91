"""Inputs that people reported, and what the server says about them."""

import json
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from tests.builders import a_viewer
from tests.conftest import SETTINGS, Caller, an_app, logging_in

CASES = Path(__file__).parent / "cases"
LABELS = {"team": "a", "product": "b"}
BUNDLE = "vendorConfiguration.bundleConfig."
ENDPOINT = "vendorConfiguration.endpointConfig."
JOB = "vendorConfiguration.fineTuningJobBundleConfig."

REPORT = "code message path"
PLAN = """
query($id: ID!, $name: String!, $labels: StringMap, $parameters: JSON,
      $autoscaling: LaunchAutoscalingInput) {
  modelTemplate(id: $id) {
    launchPlan(name: $name, labels: $labels, modelCreationParameters: $parameters,
               autoscaling: $autoscaling) {
      env createModelBundleRequest createModelEndpointRequest
      createDockerImageBatchJobBundleRequest
      errors { code message path } warnings { code message path }
    }
  }
}"""


def case(name: str) -> Any:
    """The input of a report."""
    (file,) = CASES.glob(f"{name}*.json")
    return json.loads(file.read_text())


def bundle(input: Any) -> Any:
    """The container of an input."""
    return input["vendorConfiguration"]["bundleConfig"]


async def a_server(database: Database, **settings: Any) -> Caller:
    """A caller who may write in the account demo, of a server with these settings."""
    app = an_app(database, replace(SETTINGS, **settings))
    return await logging_in(app, ApiKeyStore(database))(a_viewer(demo="write"))


async def errors_of(caller: Caller, input: Any) -> list[tuple[str, str]]:
    """Code and path of each error of a create, which fails."""
    payload = await caller.create(input)
    assert payload["modelTemplate"] is None
    return told(payload["errors"])


async def created(caller: Caller, input: Any) -> tuple[str, list[dict[str, Any]]]:
    """The id of a new template, and its warnings."""
    payload = await caller.create(input, f"{{ id warnings {{ {REPORT} }} }}")
    assert payload["errors"] == []
    return payload["modelTemplate"]["id"], payload["modelTemplate"]["warnings"]


async def planned(caller: Caller, id: str, **variables: Any) -> Any:
    """The launch plan of a template."""
    variables = {"name": "x", "labels": LABELS, **variables}
    return (await caller.ask(PLAN, id=id, **variables))["modelTemplate"]["launchPlan"]


def told(reports: Any) -> list[tuple[str, str]]:
    """Code and path of errors or warnings."""
    return [(report["code"], ".".join(report["path"])) for report in reports]
