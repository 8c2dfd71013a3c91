"""launch, in the usual order of things."""

from typing import Any

import pytest

from app.launch.provenance import KEY, digest
from tests.builders import a_parameter, with_parameters
from tests.launch.conftest import LABELS, Launching, Templates

pytestmark = pytest.mark.slow

JOB = {
    "vendor_configuration": {
        "fine_tuning_job_bundle_config": {
            "registry": "docker.io",
            "image": "acme/train",
            "tag": "2.0",
            "command": ["train"],
            "env": {"EPOCHS": "3"},
            "mount_location": "/etc/train/config.json",
            "resources": {"cpus": 2, "memory": "4Gi", "storage": "8Gi"},
        }
    }
}


def without_metadata(body: Any) -> Any:
    return {key: value for key, value in body.items() if key not in ("metadata", "model_bundle_id")}


def planned(request: Any) -> Any:
    assert request["metadata"] == {}
    return without_metadata(request)


def test_the_first_time_it_makes_a_bundle_and_an_endpoint(
    templates: Templates, launching: Launching
) -> None:
    id = templates.create(**with_parameters(a_parameter(name="SIZE", type="int", required=True)))

    result = launching.launch(id, "--set", "SIZE=8", "--max-workers", "2")

    fake = launching.fake
    (endpoint,) = fake.named("embed")
    plan = templates.plan(id, "embed", values={"SIZE": 8}, scale={"maxWorkers": 2})
    (bundle,), (created,) = fake.bodies("POST", "/v2"), fake.bodies("POST", "/v1/model-endpoints")
    assert result.exit_code == 0
    assert f"Endpoint embed ({endpoint.id}) is READY" in result.stdout
    assert fake.writes() == ["POST bundle", "POST endpoint"]
    assert without_metadata(bundle) == planned(plan["createModelBundleRequest"])
    assert without_metadata(created) == planned(plan["createModelEndpointRequest"])
    assert [*created] == [*plan["createModelEndpointRequest"], "model_bundle_id"]
    assert bundle["metadata"] == {
        KEY: {
            "template_id": id,
            "template_revision": 1,
            "request_digest": digest(plan["createModelBundleRequest"]),
        }
    }
    assert created["metadata"] == {
        KEY: {
            "template_id": id,
            "template_revision": 1,
            "template": f"a1/echo-{templates.count}",
            "bundle_id": fake.bundles[0]["id"],
            "bundle_digest": digest(plan["createModelBundleRequest"]),
            "request_digest": digest(plan["createModelEndpointRequest"]),
            "request": planned(plan["createModelEndpointRequest"]),
        }
    }


def test_again_it_writes_nothing(templates: Templates, launching: Launching) -> None:
    id = templates.create()
    launching.launch(id)
    launching.fake.forget()

    for arguments in ((), ("--dry-run",), ("--replace",)):
        again = launching.launch(id, *arguments)

        assert (again.exit_code, again.stderr) == (0, "")
        assert "Endpoint  = embed (end_2) stays as it is" in again.stdout
    assert launching.fake.writes() == []
    assert len(launching.fake.calls) == 3 * 3 + 2  # The dry run does not look at the state.


def test_a_change_of_workers_changes_the_endpoint_only(
    templates: Templates, launching: Launching
) -> None:
    id = templates.create()
    launching.launch(id)
    launching.fake.forget()

    result = launching.launch(id, "--max-workers", "3", "--per-worker", "4")

    (body,) = launching.fake.bodies("PUT", "/v1/model-endpoints/end_2")
    plan = templates.plan(id, "embed", scale={"maxWorkers": 3, "perWorker": 4})
    expected = planned(plan["createModelEndpointRequest"])
    (endpoint,) = launching.fake.named("embed")
    assert (result.exit_code, launching.fake.writes()) == (0, ["PUT endpoint"])
    assert "    max_workers: 1 -> 3\n    per_worker: 10 -> 4\nPUT " in result.stdout
    assert without_metadata(body) == {
        key: value for key, value in expected.items() if key not in ("name", "endpoint_type")
    }
    assert body["model_bundle_id"] == launching.fake.bundles[0]["id"]
    assert endpoint.deployments_replaced == 0
    assert endpoint.infra
    assert (endpoint.infra["max_workers"], endpoint.infra["per_worker"]) == (3, 4)


def test_a_change_of_the_tag_makes_a_bundle_and_changes_the_endpoint(
    templates: Templates, launching: Launching
) -> None:
    id = templates.create()
    launching.launch(id)
    templates.set_tag(id, "0.2.0")
    launching.fake.forget()

    result = launching.launch(id)

    (endpoint,) = launching.fake.named("embed")
    assert (result.exit_code, launching.fake.writes()) == (0, ["POST bundle", "PUT endpoint"])
    assert "    tag: 0.1.0 -> 0.2.0\n    template revision: 1 -> 2\n" in result.stdout
    assert endpoint.bundle["flavor"]["tag"] == "0.2.0"
    assert endpoint.metadata[KEY]["template_revision"] == 2


def test_an_earlier_revision_gets_its_own_bundle_again(
    templates: Templates, launching: Launching
) -> None:
    id = templates.create()
    launching.launch(id)
    templates.set_tag(id, "0.2.0")
    launching.launch(f"a1/echo-{templates.count}")
    launching.fake.forget()

    result = launching.launch(f"a1/echo-{templates.count}@1")

    (endpoint,) = launching.fake.named("embed")
    assert (result.exit_code, launching.fake.writes()) == (0, ["PUT endpoint"])
    assert "tag: 0.2.0 -> 0.1.0" in result.stdout
    assert endpoint.bundle["flavor"]["tag"] == "0.1.0"
    assert "It runs a1/echo" in result.stdout


def test_a_revision_with_the_same_requests_is_noted(
    templates: Templates, launching: Launching
) -> None:
    id = templates.create()
    launching.launch(id)
    templates.update(id, description="The same model.")
    launching.fake.forget()

    result = launching.launch(id)

    (endpoint,) = launching.fake.named("embed")
    assert (result.exit_code, launching.fake.writes()) == (0, ["PUT endpoint"])
    assert endpoint.metadata[KEY]["template_revision"] == 2
    assert len(launching.fake.bundles) == 1


def test_metadata_of_others_is_kept(templates: Templates, launching: Launching) -> None:
    id = templates.create()
    launching.launch(id)
    (endpoint,) = launching.fake.named("embed")
    endpoint.metadata |= {"owner": "ann", "_MODEL_BUNDLE_CHANGED": True}
    launching.fake.forget()

    launching.launch(id, "--max-workers", "4")

    assert endpoint.metadata.keys() == {"owner", KEY}


def test_without_a_terminal_it_wants_to_be_told(templates: Templates, launching: Launching) -> None:
    id = templates.create()

    asked = launching.run("launch", id, "--name", "embed", *LABELS)
    shown = launching.run("launch", id, "--name", "embed", *LABELS, "--dry-run")

    assert (asked.exit_code, shown.exit_code, launching.fake.writes()) == (2, 0, [])
    assert "nothing was written: confirm with --yes" in asked.stderr
    assert "Bundle    + embed is made from" in shown.stdout
    assert "Endpoint  + embed is created\nPOST /v1/model-endpoints\n{" in shown.stdout


def test_it_need_not_wait(templates: Templates, launching: Launching) -> None:
    result = launching.launch(templates.create(), "--no-wait")

    assert result.exit_code == 0
    assert "Launch has accepted a1/echo" in result.stdout
    assert "embed (end_2) is UPDATE_PENDING." in result.stdout


def test_a_template_for_batch_jobs_gets_its_bundle(
    templates: Templates, launching: Launching
) -> None:
    id = templates.create(endpoint_type="BATCH")

    first, second = launching.launch(id), launching.launch(id)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert launching.fake.writes() == ["POST bundle"]
    assert "for batch jobs, which need no endpoint" in first.stdout
    assert "Bundle    = embed is reused (bun_1)" in second.stdout


def test_fine_tuning_bundles_are_compared(templates: Templates, launching: Launching) -> None:
    id = templates.create(**JOB)

    first = launching.launch(id, "--fine-tuning")
    again = launching.launch(id, "--fine-tuning")
    templates.update(
        id, vendorConfiguration={"fineTuningJobBundleConfig": {"resources": {"cpus": 4}}}
    )
    changed = launching.launch(id, "--fine-tuning")

    plan = templates.plan(id, "embed")["createDockerImageBatchJobBundleRequest"]
    assert [each.exit_code for each in (first, again, changed)] == [0, 0, 0]
    assert "Bundle embed-ft (batch_1) is there." in again.stdout
    assert launching.fake.writes() == ["POST bundle"] * 2
    assert launching.fake.bodies("POST", "/v1/docker-image-batch-job-bundles")[1] == plan


def test_a_template_without_a_fine_tuning_job_says_so(
    templates: Templates, launching: Launching
) -> None:
    result = launching.launch(templates.create(), "--fine-tuning")

    assert (result.exit_code, launching.fake.calls) == (1, [])
    assert "has no fine-tuning job; nothing was sent" in result.stderr


@pytest.mark.parametrize(
    ("template", "arguments", "status", "said"),
    [
        ("01a20a4b-d737-7591-a374-e9672ece7c9d", LABELS, 1, "there is no template 01a20a4b"),
        ("a1/nothing", LABELS, 1, "there is no template a1/nothing, or you may not read it"),
        ("{id}@7", LABELS, 1, "has no revision 7; its newest is 1"),
        ("{id}", (), 1, "  --label team: Launch requires the label team."),
        ("{id}", (*LABELS, "--max-workers", "999"), 1, "  --max-workers: "),
        ("{id}", (*LABELS, "--set", "X=1"), 2, "the template has no creation parameters"),
        ("{id}", (*LABELS, "--set", "X"), 2, "the form is K=V"),
        ("{id}", (*LABELS, "--label", "team=x"), 2, "--label team: the key is given twice"),
        ("{id}", (*LABELS, "--min-workers", "2147483648"), 2, "Invalid value for '--min-workers'"),
        ("{id}", (*LABELS, "--rollback", "--no-wait"), 2, "--rollback needs to wait"),
    ],
)
def test_what_cannot_be_launched_is_said_before_anything_is_sent(
    templates: Templates,
    launching: Launching,
    template: str,
    arguments: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    name = template.format(id=templates.create())

    result = launching.run("launch", name, "--name", "embed", "--yes", *arguments)

    assert (result.exit_code, result.stdout, launching.fake.calls) == (status, "", [])
    assert said in result.stderr


def test_a_name_that_ends_like_a_revision_is_a_name(
    templates: Templates, launching: Launching
) -> None:
    templates.create(name="echo@1")

    assert launching.launch("a1/echo@1", "--dry-run").exit_code == 0
    assert launching.launch("a1/echo@1@1", "--dry-run").exit_code == 0


@pytest.mark.parametrize("name", ["LAUNCH_URL", "LAUNCH_API_KEY"])
def test_a_missing_setting_is_named(templates: Templates, launching: Launching, name: str) -> None:
    result = launching.launch(templates.create(), **{name: None})

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Error: MODEL_TEMPLATES_{name} is needed to talk to Launch" in result.stderr
