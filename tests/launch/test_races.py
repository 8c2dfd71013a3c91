"""Several launches at the same time."""

import asyncio

import pytest

from app.cli.context import CommandError
from app.cli.launching.given_values import GivenValues
from app.cli.launching.launch_run import launch
from app.cli.launching.prepared_plan import Options
from app.cli.launching.template_lookup import TemplateReference
from app.settings import Secret, Settings
from tests.launch.conftest import Launching, Start, Templates
from tests.launch.fake_launch import KEY
from tests.launch.quick_program import PACE

pytestmark = pytest.mark.slow


def settings(templates: Templates, launching: Launching) -> Settings:
    return Settings(
        server_url=templates.url,
        api_key=Secret(templates.key),
        launch_url=launching.environment["LAUNCH_URL"],
        launch_api_key=Secret(KEY),
    )


async def at_once(
    templates: Templates, launching: Launching, id: str, *workers: int
) -> list[BaseException | None]:
    """Launches that begin together, one for each number of workers; how each ends."""
    launches = (
        launch(
            settings(templates, launching),
            TemplateReference(id),
            Options(
                name="embed",
                given=GivenValues(),
                labels={"team": "search", "product": "web"},
                autoscaling={"maxWorkers": number},
                yes=True,
            ),
            PACE,
        )
        for number in workers
    )
    return await asyncio.gather(*launches, return_exceptions=True)


@pytest.mark.parametrize("processes", [1, 4])
def test_four_at_once_end_as_one_endpoint(
    templates: Templates, start: Start, processes: int
) -> None:
    launching, id = start(processes), templates.create()

    ends = asyncio.run(at_once(templates, launching, id, 2, 2, 2, 2))

    fake = launching.fake
    assert ends == [None] * 4
    assert [each.status for each in fake.named("embed")] == ["READY"]
    assert fake.writes().count("POST endpoint") == 1
    assert 1 <= len(fake.bundles) <= 4
    fake.forget()
    assert launching.launch(id, "--max-workers", "2").exit_code == 0
    assert fake.writes() == []


def test_four_at_once_make_one_change(templates: Templates, start: Start) -> None:
    launching, id = start(2), templates.create()
    launching.launch(id)
    templates.set_tag(id, "0.2.0")
    launching.fake.forget()

    ends = asyncio.run(at_once(templates, launching, id, 3, 3, 3, 3))

    (endpoint,) = launching.fake.named("embed")
    assert ends == [None] * 4
    assert endpoint.bundle["flavor"]["tag"] == "0.2.0"
    assert endpoint.infra
    assert endpoint.infra["max_workers"] == 3


def test_two_that_differ_do_not_mix(templates: Templates, launching: Launching) -> None:
    id = templates.create()

    ends = asyncio.run(at_once(templates, launching, id, 2, 3))

    (endpoint,) = launching.fake.named("embed")
    lost = [each for each in ends if each is not None]
    assert len(lost) < 2  # The later one, unless it found the endpoint of the other.
    assert all(isinstance(each, CommandError) and "somebody else" in str(each) for each in lost)
    asked = next(iter(endpoint.metadata.values()))["request"]["max_workers"]
    assert endpoint.infra
    assert endpoint.infra["max_workers"] == asked
