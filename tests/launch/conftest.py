"""A server with templates, a Launch, and the program that launches the former in the latter."""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from app.cli.program import main
from app.domain.api_key import new_key
from app.main import create_app
from app.storage import embedded
from app.storage.api_keys import ApiKeyStore
from app.storage.indexes import initialise
from tests.builders import a_viewer, a_wire_template, an_input
from tests.conftest import SETTINGS
from tests.launch.fake_launch import KEY, FakeLaunch
from tests.launch.quick_program import PACE
from tests.launch.serving import serving

LABELS = ("--label", "team=search", "--label", "product=web")


@dataclass
class Templates:
    """A server of model templates, and a key that may write in the account a1."""

    url: str
    key: str
    count: int = 0

    def ask(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        headers = {"x-api-key": self.key}
        answer = httpx.post(self.url, json=body, headers=headers, verify=False).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def create(self, **changes: Any) -> str:
        """A new template with a name of its own; its id."""
        self.count += 1
        query = (
            "mutation($input: CreateModelTemplateInput!) { createModelTemplate(input: $input) "
            "{ modelTemplate { id } errors { message path } } }"
        )
        wire = a_wire_template(**{"name": f"echo-{self.count}", **changes})
        payload = self.ask(query, input=an_input(wire))["createModelTemplate"]
        assert payload["errors"] == []
        return str(payload["modelTemplate"]["id"])

    def update(self, id: str, **patch: Any) -> None:
        query = (
            "mutation($input: UpdateModelTemplateInput!) { updateModelTemplate(input: $input) "
            "{ errors { message path } } }"
        )
        payload = self.ask(query, input={"id": id, **patch})["updateModelTemplate"]
        assert payload["errors"] == []

    def delete(self, id: str) -> None:
        query = (
            "mutation($input: DeleteModelTemplateInput!) "
            "{ deleteModelTemplate(input: $input) { deletedId } }"
        )
        self.ask(query, input={"id": id})

    def set_tag(self, id: str, tag: str) -> None:
        self.update(id, vendorConfiguration={"bundleConfig": {"tag": tag}})

    def plan(self, id: str, name: str, **arguments: Any) -> Any:
        """The plan of the current state, with the labels of LABELS."""
        query = (
            "query($id: ID!, $name: String!, $values: JSON, $scale: LaunchAutoscalingInput) { "
            "modelTemplate(id: $id) { launchPlan(name: $name, modelCreationParameters: $values, "
            'autoscaling: $scale, labels: {team: "search", product: "web"}) '
            "{ createModelBundleRequest createModelEndpointRequest "
            "createDockerImageBatchJobBundleRequest } } }"
        )
        return self.ask(query, id=id, name=name, **arguments)["modelTemplate"]["launchPlan"]


@pytest.fixture(scope="session")
def templates() -> Iterator[Templates]:
    database, key = embedded.in_memory("launch"), new_key()

    async def prepare() -> None:
        await initialise(database)
        await ApiKeyStore(database).add(key, a_viewer())

    asyncio.run(prepare())
    with serving(create_app(SETTINGS, database)) as url:
        yield Templates(f"{url}/graphql", key)


@dataclass
class Launching:
    """A Launch, and the program with settings for it."""

    fake: FakeLaunch
    environment: dict[str, str]
    labels: tuple[str, ...] = LABELS
    given: str | None = None
    results: list[Result] = field(default_factory=list)

    def run(self, *arguments: str, **environment: str | None) -> Result:
        """The command, in this process; `result.output` has both of its outputs."""
        unset = {name: None for name in os.environ if name.startswith("MODEL_TEMPLATES_")}
        env = {**unset, **self.environment, **environment}
        result = CliRunner().invoke(main, [*arguments], env=env, obj=PACE, input=self.given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.results.append(result)
        return result

    def launch(self, template: str, *arguments: str, **environment: str | None) -> Result:
        """`launch --name embed --yes`, with labels and more arguments."""
        given = ("--name", "embed", "--yes", *self.labels, *arguments)
        return self.run("launch", template, *given, **environment)


Start = Callable[..., Launching]


@pytest.fixture
def start(templates: Templates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Start]:
    """Starts a Launch."""
    monkeypatch.chdir(tmp_path)
    stack = []

    def starting(processes: int = 1) -> Launching:
        fake = FakeLaunch(processes)
        server = serving(fake)
        stack.append(server)
        return Launching(
            fake,
            {
                "LAUNCH_URL": server.__enter__(),
                "LAUNCH_API_KEY": KEY,
                "MODEL_TEMPLATES_SERVER_URL": templates.url,
                "MODEL_TEMPLATES_API_KEY": templates.key,
            },
        )

    yield starting
    for server in stack:
        server.__exit__(None, None, None)


@pytest.fixture
def launching(start: Start) -> Launching:
    """A Launch of one process."""
    return start()
