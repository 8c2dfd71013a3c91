"""Parameters, warnings and plans, as clients ask for them."""

from typing import Any

import pytest

from tests.builders import (
    a_fragment,
    a_parameter,
    a_viewer,
    a_wire_template,
    an_input,
    with_parameters,
)
from tests.conftest import Caller, Login

PLAN = f"""
query($id: ID!, $name: String!, $parameters: JSON, $autoscaling: LaunchAutoscalingInput,
      $labels: StringMap) {{
  modelTemplate(id: $id) {{
    launchPlan(name: $name, modelCreationParameters: $parameters, autoscaling: $autoscaling,
               labels: $labels) {{ ...Everything }}
  }}
}} {a_fragment(of="LaunchPlan")}"""
VALIDATE = """
query($input: CreateModelTemplateInput!) {
  validateModelTemplate(input: $input) {
    valid errors { code path } warnings { code path }
  }
}"""
STREAMING = {
    "endpoint_type": "STREAMING",
    "vendor_configuration": {"bundle_config": {"streaming_command": ["/serve"]}},
}
WARNED = [
    {"code": "OUT_OF_RANGE", "path": ["vendorConfiguration", "endpointConfig", name]}
    for name in ("minWorkers", "perWorker")
]


async def made(caller: Caller, **changes: Any) -> str:
    payload = await caller.create(an_input(a_wire_template(**changes)))
    return str(payload["modelTemplate"]["id"])


async def planned(caller: Caller, id: str, **variables: Any) -> Any:
    variables = {"name": "m", "labels": {"team": "t", "product": "p"}, **variables}
    return (await caller.ask(PLAN, id=id, **variables))["modelTemplate"]["launchPlan"]


async def test_a_schema_is_shown_as_json_schema_and_validates(ann: Caller) -> None:
    fields = [
        a_parameter(name="A", required=True),
        a_parameter(name="B", type="int", default=2, maximum=5),
    ]
    id = await made(ann, **with_parameters(*fields))
    query = """query($id: ID!, $good: JSON!, $bad: JSON!) {
      modelTemplate(id: $id) { modelCreationParametersSchema {
        jsonSchema
        good: validate(bindings: $good) { valid bindings errors { path } }
        bad: validate(bindings: $bad) { valid bindings errors { code path } }
      } modelRequestParametersSchema { jsonSchema } } }"""

    template = (await ann.ask(query, id=id, good={"A": "x"}, bad={"B": 9, "C": 1}))["modelTemplate"]

    schema = template["modelCreationParametersSchema"]
    assert schema["jsonSchema"]["properties"]["B"] == {
        "type": "integer",
        "description": "",
        "default": 2,
        "maximum": 5,
    }
    assert schema["good"] == {"valid": True, "bindings": {"A": "x", "B": 2}, "errors": []}
    assert (schema["bad"]["valid"], schema["bad"]["bindings"]) == (False, None)
    assert schema["bad"]["errors"] == [
        {"code": "UNKNOWN", "path": ["C"]},
        {"code": "REQUIRED", "path": ["A"]},
        {"code": "OUT_OF_RANGE", "path": ["B"]},
    ]
    assert template["modelRequestParametersSchema"] is None


async def test_a_template_has_warnings_and_overrides_fix_its_plan(ann: Caller) -> None:
    payload = await ann.create(
        an_input(a_wire_template(**STREAMING)), "{ id warnings { code path } }"
    )
    id = payload["modelTemplate"]["id"]

    unrendered = await planned(ann, id)
    rendered = await planned(ann, id, autoscaling={"minWorkers": 1, "perWorker": 1})

    assert payload["modelTemplate"]["warnings"] == WARNED
    assert [{"code": e["code"], "path": e["path"]} for e in unrendered["errors"]] == WARNED
    assert unrendered["createModelEndpointRequest"] is None
    assert rendered["errors"] == rendered["warnings"] == []
    assert rendered["createModelEndpointRequest"]["endpoint_type"] == "streaming"
    assert rendered["env"] == {}


async def test_the_same_plan_twice_is_the_same_bytes(ann: Caller) -> None:
    id = await made(ann, **with_parameters(a_parameter(name="A"), a_parameter(name="B")))
    variables = {"id": id, "name": "m", "labels": {"team": "t", "product": "p"}}

    first = await ann.post(PLAN, **variables, parameters={"A": "1", "B": "2"})
    second = await ann.post(PLAN, **variables, parameters={"B": "2", "A": "1"})

    assert first.content == second.content
    assert b'"env":{"A":"1","B":"2"}' in first.content


async def test_a_plan_without_arguments_reports_what_is_missing(ann: Caller) -> None:
    id = await made(ann)
    query = """query($id: ID!) { modelTemplate(id: $id) {
      launchPlan(name: "m") { env errors { code path } } } }"""

    plan = (await ann.ask(query, id=id))["modelTemplate"]["launchPlan"]

    assert plan == {
        "env": None,
        "errors": [
            {"code": "REQUIRED", "path": ["labels", "team"]},
            {"code": "REQUIRED", "path": ["labels", "product"]},
        ],
    }


async def test_null_arguments_are_treated_as_absent(ann: Caller) -> None:
    id = await made(ann)

    plan = await planned(ann, id, parameters=None, autoscaling={"minWorkers": None})

    assert plan["errors"] == []


@pytest.mark.parametrize("parameters", [[], "x", 1, True])
async def test_parameters_of_another_type_are_an_error(ann: Caller, parameters: Any) -> None:
    id = await made(ann)

    (error,) = (await planned(ann, id, parameters=parameters))["errors"]

    assert (error["code"], error["path"]) == ("INVALID", ["modelCreationParameters"])


async def test_validating_returns_the_errors_of_a_create_and_writes_nothing(ann: Caller) -> None:
    await made(ann, name="taken", request_id="r")
    inputs = [
        a_wire_template(name="free"),
        a_wire_template(name="streaming", **STREAMING),
        a_wire_template(name="taken"),
        a_wire_template(name="taken", request_id="r"),
        a_wire_template(name="other", request_id="r"),
        a_wire_template(name="", description="\0", labels={"-": ""}),
    ]

    validated = [
        (await ann.ask(VALIDATE, input=an_input(wire)))["validateModelTemplate"] for wire in inputs
    ]
    count = (await ann.ask("{ modelTemplates { totalCount } }"))["modelTemplates"]["totalCount"]
    created = [await ann.create(an_input(wire)) for wire in inputs]

    assert count == 1
    assert [validation["errors"] for validation in validated] == [
        [{"code": error["code"], "path": error["path"]} for error in payload["errors"]]
        for payload in created
    ]
    assert [len(validation["errors"]) for validation in validated] == [0, 0, 1, 0, 1, 3]
    assert [validation["valid"] for validation in validated] == [1, 1, 0, 1, 0, 0]
    assert validated[1]["warnings"] == WARNED


async def test_validating_requires_write_access(login: Login) -> None:
    caller = await login(a_viewer(a1="read"))

    answer = (await caller.post(VALIDATE, input=an_input(a_wire_template()))).json()

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
