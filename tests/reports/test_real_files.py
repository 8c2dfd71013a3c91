"""Deployments of well-known projects, as template files: accepted, with warnings that are true."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.domain.naming import camel
from app.transfer.files import check_file
from tests.builders import an_input
from tests.conftest import Caller
from tests.reports.reported import CASES, created, planned

BUNDLE, ENDPOINT = "vendor_configuration.bundle_config.", "vendor_configuration.endpoint_config."
WARNINGS: dict[str, list[str]] = {
    "real-hf-tei.yaml": [
        f"{ENDPOINT}min_workers: min_workers must be at least 1 for SYNC endpoints, or Launch "
        "refuses the endpoint, unless its cluster has Prometheus: set it to 1. [OUT_OF_RANGE]"
    ],
    "real-kserve-tritonserver.yaml": [],
    "real-skypilot-gemma.yaml": [],
    "real-truss-nemotron.yaml": [
        f"{ENDPOINT}per_worker: per_worker is 32, but Launch gives a worker at most 20 requests at "
        "a time and would add workers too late, or never: set it to 20 or less. [OUT_OF_RANGE]",
        f"{BUNDLE}command.2: command[2] contains both kinds of quotes, which releases of Launch "
        "before August 2026 change or fail on when they start the container. Put it into a script "
        "in the image, or make sure that Launch is newer. [INVALID]",
    ],
}
WORKERS = {
    "real-hf-tei.yaml": (0, 1),
    "real-kserve-tritonserver.yaml": (1, 1),
    "real-skypilot-gemma.yaml": (2, 2),
    "real-truss-nemotron.yaml": (1, 1),
}
FILES = sorted(CASES.glob("real-*.yaml"))
INPUTS = {file.name: yaml.safe_load(file.read_text()) for file in FILES}


def test_every_file_has_its_warnings() -> None:
    assert WARNINGS.keys() == WORKERS.keys() == {file.name for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_is_valid_and_has_true_warnings(file: Path) -> None:
    messages = [*check_file(file)]

    assert {message.text for message in messages} == {*WARNINGS[file.name]}  # By line.
    assert all(message.is_warning for message in messages)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
async def test_a_create_says_the_same(dan: Caller, file: Path) -> None:
    input: Any = an_input({"account_id": "demo", **INPUTS[file.name]})

    id, warnings = await created(dan, input)
    plan = await planned(dan, id, autoscaling={"minWorkers": 1} if "hf" in file.name else None)

    assert [f"{w['message']} [{w['code']}]" for w in warnings] == [
        re.sub("[a-z]+_[a-z]+", lambda name: camel(name[0]), text.partition(": ")[2])
        for text in WARNINGS[file.name]
    ]
    assert plan["errors"] == []
    request = plan["createModelEndpointRequest"]
    least, most = WORKERS[file.name]
    assert (request["min_workers"], request["max_workers"]) == (max(least, 1), most)
