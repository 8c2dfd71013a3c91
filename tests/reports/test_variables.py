"""A mistake in a variable does not hide the input's other errors."""

from typing import Any

import pytest
from starlette.applications import Starlette

from app.settings import Settings
from app.storage.driver import Database
from tests.builders import NAMED, a_wire_template, an_input
from tests.conftest import Caller, an_app

CREATE = """mutation($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { modelTemplate { id } errors { code path } } }"""


@pytest.fixture(params=[True, False], ids=["compiled", "interpreted"])
def app(request: pytest.FixtureRequest, mongomock: Database) -> Starlette:
    return an_app(mongomock, Settings(compiled=request.param))


@pytest.mark.parametrize("cpus", ["four", 1.5, None, [1], 2**31])
async def test_a_non_integer_and_two_bad_texts_are_three_errors(ann: Caller, cpus: Any) -> None:
    template = an_input(a_wire_template(name=" "))
    configuration = template["vendorConfiguration"]
    configuration["bundleConfig"]["tag"] = "1:0"
    configuration["endpointConfig"] = {"cpus": cpus}

    answer = (await ann.post(CREATE, input=template)).json()

    path = ".vendorConfiguration.endpointConfig.cpus"
    first, *others = answer["errors"]
    assert answer.keys() == {"errors"}
    assert first["message"].startswith(f"Variable '$input' has invalid value at {path}: ")
    assert first["extensions"] == {"code": "BAD_USER_INPUT", **NAMED}
    assert [(error["message"], error["extensions"]) for error in others] == [
        (
            "tag must be an image tag: at most 128 letters, digits, _, . and -, without a digest.",
            of("INVALID", "vendorConfiguration", "bundleConfig", "tag"),
        ),
        ("name must not be blank.", of("REQUIRED", "name")),
    ]
    assert await ann.ask("{ modelTemplates { totalCount } }") == {
        "modelTemplates": {"totalCount": 0}
    }


def of(violation: str, *path: str) -> dict[str, Any]:
    code = {"code": "BAD_USER_INPUT", "argument": "input"}
    return {**code, "path": [*path], "violation": violation, **NAMED}


async def test_a_wrong_value_in_a_map_hides_none_of_the_others(ann: Caller) -> None:
    template = an_input(a_wire_template(labels={"a": 1, "b c": "x", "d": "e f", "g": "h"}))
    template["vendorConfiguration"]["bundleConfig"]["env"] = {"A": None, "1B": "x", "C": "y"}

    errors = (await ann.post(CREATE, input=template)).json()["errors"]

    assert [error["extensions"] for error in errors[2:]] == [
        of("INVALID", "labels", "b c"),
        of("INVALID", "labels", "d"),
        of("INVALID", "vendorConfiguration", "bundleConfig", "env", "1B"),
    ]
    assert [error["message"].partition(":")[0] for error in errors[:2]] == [
        "Variable '$input' has invalid value at .labels",
        "Variable '$input' has invalid value at .vendorConfiguration.bundleConfig.env",
    ]
