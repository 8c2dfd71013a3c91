"""Secret parameters, warnings about secrets that a template exposes, and removed revisions."""

import logging
from typing import Any

import pytest

from app.storage.driver import Database
from app.storage.history import MongoHistory
from tests.builders import NAMED, a_parameter, a_wire_template, an_input, with_parameters
from tests.conftest import Caller

VALUE = "hf_1a2B3c4D5e"
WARNINGS = "{ id warnings { code message path } }"
IN_ENV = "looks like a secret, which everyone who can read the template can see: remove it from env"


def with_env(**env: str) -> dict[str, Any]:
    return {"vendor_configuration": {"bundle_config": {"env": env}}}


async def warnings(caller: Caller, **changes: Any) -> list[Any]:
    made = await caller.create(an_input(a_wire_template(**changes)), WARNINGS)
    found: list[Any] = made["modelTemplate"]["warnings"]
    return found


async def test_a_secret_parameter_is_write_only(ann: Caller) -> None:
    declared = with_parameters(
        a_parameter(name="A", secret=True, min_length=8), a_parameter(name="B")
    )
    selection = """{ modelCreationParametersSchema {
        parameters { name secret } jsonSchema
        missing: validate(bindings: {}) { valid }
        given: validate(bindings: {A: "hf_1a2B3c4D5e"}) { valid bindings }
    } }"""

    made = await ann.create(an_input(a_wire_template(**declared)), selection)

    assert made["modelTemplate"]["modelCreationParametersSchema"] == {
        "parameters": [{"name": "A", "secret": True}, {"name": "B", "secret": False}],
        "jsonSchema": {
            "type": "object",
            "properties": {
                "A": {"type": "string", "description": "", "minLength": 8, "writeOnly": True},
                "B": {"type": "string", "description": ""},
            },
            "required": [],
            "additionalProperties": False,
        },
        "missing": {"valid": True},
        "given": {"valid": True, "bindings": {"A": VALUE}},
    }


PLAN = """query($id: ID!, $values: JSON!) { modelTemplate(id: $id) {
  modelCreationParametersSchema { validate(bindings: $values) { errors { message path } } }
  launchPlan(name: "m", modelCreationParameters: $values, labels: {team: "t", product: "p"}) {
    errors { message path } warnings { message path }
  }
} }"""


@pytest.mark.parametrize(
    ("keywords", "value"),
    [
        ({"pattern": "^sk-"}, VALUE),
        ({"min_length": 20}, VALUE),
        ({"max_length": 3}, VALUE),
        ({"enum": ["a", "b"]}, VALUE),
        ({"type": "int"}, VALUE),
        ({"type": "int", "maximum": 10}, 98765432109),
        ({"type": "bool"}, VALUE),
        ({}, [VALUE]),
        ({}, VALUE + "\0"),
    ],
)
async def test_an_error_about_a_secret_does_not_show_it(
    ann: Caller, caplog: pytest.LogCaptureFixture, keywords: dict[str, Any], value: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    declared = with_parameters(a_parameter(secret=True, **keywords))
    made = await ann.create(an_input(a_wire_template(**declared)))

    answer = (await ann.post(PLAN, id=made["modelTemplate"]["id"], values={"P": value})).text

    assert '"path":["modelCreationParameters","P"]' in answer
    for shown in (VALUE, "98765432109"):
        assert shown not in answer
        assert shown not in caplog.text


async def test_a_secret_in_env_is_a_warning_that_says_what_to_do(ann: Caller) -> None:
    advice = "and declare a creation parameter HF_TOKEN with secret: true instead"

    found = await warnings(ann, **with_env(HF_TOKEN=VALUE, MAX_TOKENS="9", API_KEY="", LEVEL="x"))

    assert found == [
        {
            "code": "EXPOSED",
            "message": f"HF_TOKEN {IN_ENV}, {advice}.",
            "path": ["vendorConfiguration", "bundleConfig", "env", "HF_TOKEN"],
        }
    ]


async def test_a_secret_of_the_job_is_a_warning_too(ann: Caller) -> None:
    advice = "and let the job read it from a secret store instead"
    job = {"registry": "docker.io", "image": "tune", "tag": "1", "env": {"WANDB_API_KEY": VALUE}}

    found = await warnings(ann, vendor_configuration={"fine_tuning_job_bundle_config": job})

    assert found == [
        {
            "code": "EXPOSED",
            "message": f"WANDB_API_KEY {IN_ENV}, {advice}.",
            "path": ["vendorConfiguration", "fineTuningJobBundleConfig", "env", "WANDB_API_KEY"],
        }
    ]


async def test_the_default_of_a_secret_is_a_warning(ann: Caller) -> None:
    parameter = a_parameter(secret=True, default=VALUE)
    schema = {"model_request_parameters_schema": {"parameters": [parameter]}}

    (found,) = await warnings(ann, **schema)

    assert (found["code"], found["path"][-3:]) == ("EXPOSED", ["parameters", "0", "default"])
    assert VALUE not in found["message"]


HISTORY = """query($id: ID!, $revision: Int!, $first: Int) { modelTemplate(id: $id) {
  revisionAt(revision: $revision) { description }
  revisions(first: $first) {
    nodes { revision } totalCount oldestRevision pageInfo { hasNextPage hasPreviousPage }
  }
} }"""
UPDATE = """mutation($id: ID!, $text: String!) {
  updateModelTemplate(input: {id: $id, description: $text}) { modelTemplate { revision } }
}"""


async def a_history(caller: Caller) -> str:
    """The id of a template at revision 5."""
    made = await caller.create(an_input(a_wire_template()))
    id = str(made["modelTemplate"]["id"])
    for number in range(2, 6):
        await caller.ask(UPDATE, id=id, text=f"state {number}")
    return id


async def test_a_history_says_where_it_begins(writer: Caller, store: Database) -> None:
    id = await a_history(writer)
    whole = await writer.ask(HISTORY, id=id, revision=2, first=2)

    assert (await MongoHistory(store).delete_oldest(id, below=3)).count == 2
    part = (await writer.post(HISTORY, id=id, revision=2, first=2)).json()
    rest = await writer.ask(HISTORY, id=id, revision=4, first=1)
    assert (await MongoHistory(store).delete_oldest(id, below=5)).count == 2
    none = await writer.ask(HISTORY, id=id, revision=5)

    def connection(*nodes: int, total: int, oldest: int, more: bool) -> dict[str, Any]:
        info = {"hasNextPage": more, "hasPreviousPage": False}
        found = [{"revision": number} for number in nodes]
        return {"nodes": found, "totalCount": total, "oldestRevision": oldest, "pageInfo": info}

    assert whole["modelTemplate"] == {
        "revisionAt": {"description": "state 2"},
        "revisions": connection(4, 3, total=4, oldest=1, more=True),
    }
    assert part["data"]["modelTemplate"] == {
        "revisionAt": None,
        "revisions": connection(4, 3, total=2, oldest=3, more=False),
    }
    assert part["errors"] == [
        {
            "message": "revision: 2 is no longer kept; the history begins with 3",
            "locations": [{"line": 2, "column": 3}],
            "path": ["modelTemplate", "revisionAt"],
            "extensions": {"code": "BAD_USER_INPUT", "argument": "revision", **NAMED},
        }
    ]
    assert rest["modelTemplate"]["revisions"] == connection(4, total=2, oldest=3, more=True)
    assert none["modelTemplate"] == {
        "revisionAt": None,
        "revisions": connection(total=0, oldest=5, more=False),
    }
