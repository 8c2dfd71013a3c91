"""Plans of the seeds and examples are the same to the byte as those of the release before."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.domain.json_text import to_json
from app.domain.launch.plan import EndpointNaming, LaunchAutoscaling, plan
from app.domain.model_template import ModelTemplate
from app.domain.service import new_id, now
from app.transfer import wire
from tests.builders import a_viewer, seeds

HERE = Path(__file__).parent
PLANS = json.loads((HERE / "plans.json").read_text())
"""Recorded with the release before: arguments, and each request as its JSON text."""

EXAMPLES = {file.name: json.loads(file.read_text()) for file in (HERE / "examples").iterdir()}
TEMPLATES = {**{seed["name"]: seed for seed in seeds()}, **EXAMPLES}
JOB = "create_docker_image_batch_job_bundle_request"
REQUESTS = ("env", "create_model_bundle_request", "create_model_endpoint_request", JOB)


def made(raw: dict[str, Any]) -> ModelTemplate:
    command = wire.read({**raw, "account_id": "a1"})
    return ModelTemplate.create(command, id=new_id(), identity=a_viewer().identity(), at=now())


def with_bare_image(request: str, raw: dict[str, Any]) -> str:
    """The recorded request of a job, without the registry that Launch puts before the image."""
    job = raw["vendor_configuration"].get("fine_tuning_job_bundle_config")
    return request.replace(f'"{job["registry"]}/', '"', 1) if job else request


def test_every_template_has_recorded_plans() -> None:
    assert {recorded["template"] for recorded in PLANS} == TEMPLATES.keys()
    assert (len(PLANS), len(TEMPLATES)) == (60, 10)
    jobs = [recorded[JOB] for recorded in PLANS if recorded[JOB] != "null"]
    assert {'"image_repository":"692474966980.' in job for job in jobs} == {True}


@pytest.mark.parametrize("recorded", PLANS, ids=lambda recorded: str(recorded["template"]))
def test_a_plan_is_the_same_to_the_byte(recorded: dict[str, Any]) -> None:
    raw = TEMPLATES[recorded["template"]]
    naming = EndpointNaming(name="my-model", labels={"team": "search", "product": "demo"})
    autoscaling = LaunchAutoscaling(**recorded["autoscaling"])

    rendered = plan(made(raw), naming, recorded["parameters"], autoscaling)

    assert rendered.errors == ()
    assert {name: to_json(getattr(rendered, name)).decode() for name in REQUESTS} == {
        **{name: recorded[name] for name in REQUESTS},
        JOB: with_bare_image(recorded[JOB], raw),
    }
