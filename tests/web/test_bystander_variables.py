"""Another caller is answered in time while one key sends large inputs with mistakes in variables,
whose other violations are told."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.builders import a_parameter, a_wire_template, an_input, with_parameters
from tests.web.bystander import served

pytestmark = [pytest.mark.slow, pytest.mark.alone]

CREATE = """mutation($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { errors { message } } }"""


def mistaken(**changes: Any) -> Any:
    return an_input(a_wire_template(**changes)) | {"endpointType": 5}


def inputs() -> list[Any]:
    """Inputs of almost a megabyte."""
    parameters = (a_parameter(name=f"P{n}", minimum="x") for n in range(9_000))
    return [
        mistaken(vendor_configuration={"bundle_config": {"command": ["x"] * 200_000}}),
        mistaken(**with_parameters(a_parameter(enum=["x"] * 200_000))),
        mistaken(labels={f"a b{n}": "" for n in range(60_000)}),
        mistaken(**with_parameters(*parameters)),
    ]


def test_telling_violations_beside_mistakes_delays_no_other_caller(mongod_uri: str) -> None:
    sent = inputs()
    with (
        served(mongod_uri, "bystander_variables") as server,
        server.watched() as waits,
        ThreadPoolExecutor(len(sent)) as threads,
    ):
        answers = [*threads.map(lambda given: server.attack(CREATE, input=given), sent)]

    told = [[error["extensions"].get("path") for error in a.json()["errors"]] for a in answers]
    assert [each[1] for each in told] == [
        ["vendorConfiguration", "bundleConfig", "command"],
        ["modelCreationParametersSchema", "parameters", "0", "enum"],
        ["labels"],
        None,  # The next minimum that is no number.
    ]
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350
