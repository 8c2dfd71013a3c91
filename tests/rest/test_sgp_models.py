"""The requests for SGP's version 5, against the types of SGP's own client for it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.domain.launch.plan import EndpointNaming, LaunchAutoscaling, LaunchPlan, plan
from app.domain.model_template import ModelTemplate
from tests.builders import a_template, seeds
from tests.rest.conftest import EXAMPLES, SDKS

LABELS = {"team": "search", "product": "demo"}


def planned(template: ModelTemplate) -> LaunchPlan:
    """The plan with some value for each required parameter."""
    schema = template.model_creation_parameters_schema
    required = [each for each in schema.parameters if each.required] if schema else []
    values = {"str": "a/b", "int": 1, "float": 0.5, "bool": True}
    given = {each.name: values[each.type.value] for each in required}
    workers = LaunchAutoscaling(min_workers=1, max_workers=2, per_worker=1)
    return plan(template, EndpointNaming(name="my-model", labels=LABELS), given, workers)


def templates() -> list[dict[str, Any]]:
    examples = [json.loads(file.read_text()) for file in EXAMPLES]
    return [{**wire, "account_id": "a1"} for wire in (*seeds(), *examples)]


@pytest.mark.slow
def test_sgps_own_client_knows_every_key_and_value(python: Path) -> None:
    plans = [planned(a_template(**wire)) for wire in templates()]
    bodies = [each.create_sgp_model_request for each in plans]
    assert [each.errors for each in plans] == [()] * len(plans)
    assert sum(body is None for body in bodies) == 2  # Those for BATCH.

    checked = subprocess.run(
        [python, SDKS / "v5.py"],
        input=json.dumps([body for body in bodies if body is not None]),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout) == [[]] * (len(bodies) - 2)
