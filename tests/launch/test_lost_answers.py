"""Answers that are lost, before or after the request was carried out."""

from collections.abc import Callable

import pytest

from tests.launch.conftest import Launching, Start, Templates
from tests.launch.fake_launch import Call

pytestmark = pytest.mark.slow

WHEN = ("before", "after")


def once(when: str, method: str, path: str) -> Callable[[Call], str]:
    """Loses the first answer to such a request."""
    left = [when]
    return lambda call: (
        left.pop() if left and call.method == method and call.path.startswith(path) else ""
    )


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v2/model-bundles"),
        ("POST", "/v1/model-endpoints"),
        ("GET", "/v1/model-endpoints"),
        ("GET", "/v1/model-endpoints/end"),
        ("GET", "/v2/model-bundles"),
    ],
)
def test_the_first_launch(
    templates: Templates, launching: Launching, when: str, method: str, path: str
) -> None:
    launching.fake.loses = once(when, method, path)

    result = launching.launch(templates.create())

    assert result.exit_code == 0
    assert launching.fake.writes() == ["POST bundle", "POST endpoint"]
    assert [each.status for each in launching.fake.named("embed")] == ["READY"]


@pytest.mark.parametrize("when", WHEN)
def test_a_change(templates: Templates, launching: Launching, when: str) -> None:
    id = templates.create()
    launching.launch(id)
    launching.fake.loses = once(when, "PUT", "/v1")

    result = launching.launch(id, "--max-workers", "2")

    (endpoint,) = launching.fake.named("embed")
    assert result.exit_code == 0
    assert endpoint.infra
    assert endpoint.infra["max_workers"] == 2


@pytest.mark.parametrize("when", WHEN)
def test_a_deletion(templates: Templates, launching: Launching, when: str) -> None:
    id = templates.create()
    launching.launch(id)
    templates.update(
        id, vendorConfiguration={"endpointConfig": {"endpointType": "SYNC", "minWorkers": 1}}
    )
    launching.fake.forget()
    launching.fake.loses = once(when, "DELETE", "/v1")

    result = launching.launch(id, "--replace")

    (endpoint,) = launching.fake.named("embed")
    assert (result.exit_code, endpoint.endpoint_type) == (0, "sync")


@pytest.mark.parametrize("when", WHEN)
def test_a_fine_tuning_bundle(templates: Templates, launching: Launching, when: str) -> None:
    job = {"registry": "r.example", "image": "a/t", "tag": "1", "command": ["t"]}
    id = templates.create(
        vendor_configuration={"fine_tuning_job_bundle_config": {**job, "mount_location": "/m/c"}}
    )
    launching.fake.loses = once(when, "POST", "/v1")

    result = launching.launch(id, "--fine-tuning")

    assert (result.exit_code, len(launching.fake.job_bundles)) == (0, 1)


@pytest.mark.parametrize("method", ["POST", "PUT", "GET"])
def test_a_launch_that_never_answers(
    templates: Templates, launching: Launching, method: str
) -> None:
    id = templates.create()
    if method == "PUT":
        launching.launch(id)
    launching.fake.loses = lambda call: "before" if call.method == method else ""

    result = launching.launch(id, "--max-workers", "2")

    assert result.exit_code == 3
    assert result.stderr.startswith("Error: ")
    assert "no answer" in result.stderr


def test_stale_answers_of_several_processes(templates: Templates, start: Start) -> None:
    launching = start(processes=3)
    id = templates.create()

    first = launching.launch(id)
    changed = launching.launch(id, "--max-workers", "2")
    back = launching.launch(id)

    (endpoint,) = launching.fake.named("embed")
    assert [each.exit_code for each in (first, changed, back)] == [0, 0, 0]
    assert len(launching.fake.bundles) == 1
    assert endpoint.infra
    assert endpoint.infra["max_workers"] == 1
