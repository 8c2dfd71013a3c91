"""Templates of earlier releases that newer rules would refuse: they stay readable, and whatever
does not touch the old values can change."""

from collections.abc import Callable
from typing import Any

import pytest

from app.storage.driver import Database
from tests.builders import a_parameter, a_wire_template, an_input, with_parameters
from tests.conftest import Caller

UPDATE = """mutation($input: UpdateModelTemplateInput!) {
  updateModelTemplate(input: $input) { modelTemplate { description } errors { code path } }
}"""
READ = """query($id: ID!) {
  modelTemplate(id: $id) { id }
  modelTemplates { nodes {
    id
    modelCreationParametersSchema { parameters { pattern default } jsonSchema }
    vendorConfiguration { endpointConfig { memory } bundleConfig { registry } }
  } }
}"""

SCHEMA = "modelCreationParametersSchema"
VENDOR = "vendorConfiguration"


def with_pattern(pattern: str) -> Callable[[Any], None]:
    def change(stored: Any) -> None:
        stored["model_creation_parameters_schema"]["parameters"][1]["pattern"] = pattern

    return change


def with_default(default: float) -> Callable[[Any], None]:
    def change(stored: Any) -> None:
        stored["model_creation_parameters_schema"]["parameters"][0]["default"] = default

    return change


def with_memory(stored: Any) -> None:
    stored["vendor_configuration"]["endpoint_config"]["memory"] = "0.5"


def with_registry(stored: Any) -> None:
    stored["vendor_configuration"]["bundle_config"]["registry"] = "registry.example.com:99999"


OLD = {
    r"\Qa\E": with_pattern(r"\Qa\E"),
    "(?<n>a)|(?<n>b)": with_pattern("(?<n>a)|(?<n>b)"),
    "3.0": with_default(3.0),
    "1e30": with_default(1e30),
    "memory": with_memory,
    "registry": with_registry,
}


async def an_old_template(caller: Caller, database: Database, change: Callable[[Any], None]) -> str:
    parameters = a_parameter(name="N", type="int"), a_parameter(name="S", pattern="^a$")
    input = an_input(a_wire_template(**with_parameters(*parameters)))
    id: str = (await caller.create(input))["modelTemplate"]["id"]
    stored: Any = await database["model_templates"].find_one({"_id": id})
    change(stored)
    await database["model_templates"].replace_one({"_id": id}, stored)
    return id


async def updated(caller: Caller, id: str, **changes: Any) -> Any:
    return (await caller.ask(UPDATE, input={"id": id, **changes}))["updateModelTemplate"]


@pytest.mark.parametrize("name", OLD)
async def test_another_field_of_an_old_template_can_change(
    ann: Caller, mongomock: Database, name: str
) -> None:
    id = await an_old_template(ann, mongomock, OLD[name])

    assert await updated(ann, id, description="new") == {
        "modelTemplate": {"description": "new"},
        "errors": [],
    }
    read = await ann.ask(READ, id=id)
    assert [node["id"] for node in read["modelTemplates"]["nodes"]] == [id]


async def test_only_what_a_change_breaks_is_its_error(ann: Caller, mongomock: Database) -> None:
    id = await an_old_template(ann, mongomock, with_memory)
    changes = {"bundleConfig": {"tag": "a b"}, "endpointConfig": {"cpus": 2}}

    assert (await updated(ann, id, vendorConfiguration=changes))["errors"] == [
        {"code": "INVALID", "path": [VENDOR, "bundleConfig", "tag"]}
    ]


@pytest.mark.parametrize(
    ("old", "changes", "path"),
    [
        (
            with_memory,
            {VENDOR: {"endpointConfig": {"memory": "0.4"}}},
            [VENDOR, "endpointConfig", "memory"],
        ),
        (
            with_pattern(r"\Qa\E"),
            {SCHEMA: {"parameters": [an_input(a_parameter(name="S", pattern=r"\Qa\E"))]}},
            [SCHEMA, "parameters", "0", "pattern"],
        ),
    ],
)
async def test_an_old_value_cannot_be_replaced_by_another_wrong_one(
    ann: Caller, mongomock: Database, old: Callable[[Any], None], changes: Any, path: list[str]
) -> None:
    id = await an_old_template(ann, mongomock, old)

    payload = await updated(ann, id, **changes)

    assert payload["modelTemplate"] is None
    assert [error["path"] for error in payload["errors"]] == [path]
