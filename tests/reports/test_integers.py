"""Integers, however they are written: the number that is written, or an error beyond 64 bits."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.domain.errors import Invalid
from app.domain.service import new_id, now
from app.transfer import record
from app.transfer.files import check_file
from tests.builders import a_parameter, a_wire_template, an_input, with_parameters
from tests.conftest import Caller
from tests.reports.reported import CASES, case, planned

DEFAULT = "modelCreationParametersSchema.parameters.0.default"
INTEGERS = {
    "1e3": 1_000,
    "1E+3": 1_000,
    "1.0e3": 1_000,
    "10e-1": 1,
    "1.0": 1,
    "-2.50e1": -25,
    "1e18": 10**18,
    "9.2e18": 92 * 10**17,
    "9007199254740993.0": 2**53 + 1,
    "9223372036854775807.0": 2**63 - 1,
    "9223372036854775807": 2**63 - 1,
    "-9.223372036854775808e18": -(2**63),
}
TOO_LARGE = [
    *("1e30", "1E+30", "1.0e30", "-1e30", "1e19", "9223372036854775808", "9223372036854775808.0"),
    *("1000000000000000000000", "1" + "0" * 30 + ".0"),
]
NO_INTEGERS = ["1e-1", "1.5", "15e-1", '"1e3"', '"1"', "true"]
NOT_64_BITS = "must fit in a signed 64-bit integer."


def create(text: str) -> str:
    """A mutation with a default as a literal, next to one as a variable."""
    return f"""mutation($input: CreateModelTemplateInput!) {{
      literal: createModelTemplate(input: {{
        accountId: "demo", name: "literal", endpointType: SYNC, modelType: GENERIC,
        vendorConfiguration: {{bundleConfig: {{registry: "r.example", image: "i", tag: "t",
          command: ["serve"]}}, endpointConfig: {{minWorkers: 1}}}},
        modelCreationParametersSchema: {{parameters: [
          {{name: "N", type: INT, description: "", required: false, default: {text}}}]}}
      }}) {{ ...Payload }}
      variable: createModelTemplate(input: $input) {{ ...Payload }}
    }} fragment Payload on ModelTemplatePayload {{ modelTemplate {{
      id modelCreationParametersSchema {{ jsonSchema parameters {{ default }} }}
    }} errors {{ code path message }} }}"""


async def payloads(caller: Caller, text: str) -> list[Any]:
    """The payloads of creates with the number as a literal, and in a body's text."""
    input = {**case("02"), "name": "variable"}
    fields = [an_input(a_parameter(name="N", type="int", default="HERE"))]
    input["modelCreationParametersSchema"] = {"parameters": fields}
    body = json.dumps({"query": create(text), "variables": {"input": input}})
    headers = {"content-type": "application/json"}
    content = body.replace('"HERE"', text)
    answer = (await caller.http.post("/graphql", content=content, headers=headers)).json()
    return [answer["data"]["literal"], answer["data"]["variable"]]


@pytest.mark.parametrize("text", INTEGERS)
async def test_a_default_is_the_integer_that_it_writes(dan: Caller, text: str) -> None:
    for payload in await payloads(dan, text):
        assert payload["errors"] == []
        schema = payload["modelTemplate"]["modelCreationParametersSchema"]
        found = (
            schema["parameters"][0]["default"],
            schema["jsonSchema"]["properties"]["N"]["default"],
        )
        assert repr(found) == repr((INTEGERS[text],) * 2)
        plan = await planned(dan, payload["modelTemplate"]["id"])
        assert plan["env"] == {"N": str(INTEGERS[text])}


@pytest.mark.parametrize("text", [*TOO_LARGE, *NO_INTEGERS])
async def test_a_default_of_other_digits_is_refused(dan: Caller, text: str) -> None:
    said = NOT_64_BITS if text in TOO_LARGE else "must be an integer."
    for payload in await payloads(dan, text):
        assert payload["modelTemplate"] is None
        assert payload["errors"] == [
            {"code": "INVALID", "path": DEFAULT.split("."), "message": f"default {said}"}
        ]


@pytest.mark.parametrize("text", [*INTEGERS, *TOO_LARGE, *NO_INTEGERS])
def test_files_say_the_same(tmp_path: Path, text: str) -> None:
    wire = a_wire_template(**with_parameters(a_parameter(name="N", type="int", default="HERE")))
    as_json = tmp_path / "a.json"
    as_json.write_text(json.dumps(wire).replace('"HERE"', text))
    as_yaml = tmp_path / "a.yaml"
    as_yaml.write_text(yaml.safe_dump(wire).replace("HERE", text))
    messages = [
        [str(each).partition(": ")[2] for each in check_file(f)] for f in (as_json, as_yaml)
    ]

    expected = []
    if text not in INTEGERS:
        said = NOT_64_BITS if text in TOO_LARGE else "must be an integer."
        path = "model_creation_parameters_schema.parameters.0.default"
        expected = [f"{path}: default {said} [INVALID]"]
    assert messages == [expected, expected]


@pytest.mark.parametrize("text", [*INTEGERS, *TOO_LARGE])
def test_a_line_of_an_import_says_the_same(text: str) -> None:
    field = a_parameter(name="N", type="int", default="HERE", enum=["HERE"])
    line = json.dumps(a_wire_template(**with_parameters(field))).replace('"HERE"', text)

    if text in INTEGERS:
        found = record.read(record.parse(line.encode())[0], id=new_id(), at=now()).template
        assert found.model_creation_parameters_schema is not None
        (parameter,) = found.model_creation_parameters_schema.parameters
        assert repr((parameter.default, parameter.enum)) == repr((INTEGERS[text], [INTEGERS[text]]))
    else:
        with pytest.raises(Invalid) as raised:
            record.read(record.parse(line.encode())[0], id=new_id(), at=now())
        assert {error.path[-2:] for error in raised.value.errors} == {
            ("0", "default"),
            ("enum", "0"),
        }
        assert {error.message.partition(" ")[2] for error in raised.value.errors} == {NOT_64_BITS}


@pytest.mark.parametrize("text", [*INTEGERS, *TOO_LARGE, *NO_INTEGERS])
async def test_a_binding_says_the_same(dan: Caller, text: str) -> None:
    field = an_input(a_parameter(name="N", type="int"))
    input = {**case("02"), "modelCreationParametersSchema": {"parameters": [field]}}
    id = (await dan.create(input))["modelTemplate"]["id"]
    query = f"""query($id: ID!, $given: JSON!) {{ modelTemplate(id: $id) {{
      modelCreationParametersSchema {{
        literal: validate(bindings: {{N: {text}}}) {{ bindings errors {{ code message path }} }}
        variable: validate(bindings: $given) {{ bindings errors {{ code message path }} }}
      }} }} }}"""
    body = json.dumps({"query": query, "variables": {"id": id, "given": {"N": "HERE"}}})
    headers = {"content-type": "application/json"}
    content = body.replace('"HERE"', text)
    answer = (await dan.http.post("/graphql", content=content, headers=headers)).json()

    schema = answer["data"]["modelTemplate"]["modelCreationParametersSchema"]
    expected: Any = {"bindings": {"N": INTEGERS.get(text)}, "errors": []}
    if text not in INTEGERS:
        said = NOT_64_BITS if text in TOO_LARGE else "must be an integer."
        error = {"code": "INVALID", "message": f"N {said}", "path": ["N"]}
        expected = {"bindings": None, "errors": [error]}
    assert repr(schema) == repr({"literal": expected, "variable": expected})


async def test_the_report_is_refused(dan: Caller) -> None:
    field = json.loads((CASES / "21-int-as-float.json").read_text())
    payload = await dan.create({**case("02"), **field})

    assert payload["errors"] == [
        {"code": "INVALID", "path": DEFAULT.split("."), "message": f"default {NOT_64_BITS}"}
    ]


async def test_bounds_of_an_integer_fit_too(dan: Caller) -> None:
    fields = [
        an_input(a_parameter(name="N", type="int", minimum=-1e30, maximum=1e30)),
        an_input(a_parameter(name="M", type="int", minimum=-(2.0**63), maximum=2.0**63)),
        an_input(a_parameter(name="F", type="float", minimum=-1e30, maximum=1e30, default=1e30)),
    ]
    input = {**case("02"), "modelCreationParametersSchema": {"parameters": fields}}

    payload = await dan.create(input)

    assert [(".".join(e["path"][2:]), e["message"]) for e in payload["errors"]] == [
        ("0.minimum", f"minimum {NOT_64_BITS}"),
        ("0.maximum", f"maximum {NOT_64_BITS}"),
    ]


def test_a_field_of_a_yaml_file_may_have_an_exponent(tmp_path: Path) -> None:
    file, kept = tmp_path / "a.yaml", list[Any]()
    wire = a_wire_template(
        vendor_configuration={
            "bundle_config": {"readiness_initial_delay_seconds": "NUMBER", "env": {"cpus": "1e1"}},
            "endpoint_config": {"cpus": "1e400", "max_workers": "NUMBER"},
        },
        **with_parameters(a_parameter(max_length="NUMBER")),
    )
    text = yaml.safe_dump(wire).replace("NUMBER", "1e2")
    file.write_text(re.sub("'(1e1|1e400)'", r"\1", text))

    (message,) = check_file(file, keep=kept.append)

    vendor = kept[0]["vendor_configuration"]
    assert str(message).endswith("cpus must be an integer. [INVALID]")
    assert vendor["bundle_config"]["readiness_initial_delay_seconds"] == 100
    assert vendor["bundle_config"]["env"] == {"cpus": "1e1"}
    assert vendor["endpoint_config"]["max_workers"] == 100


def test_a_text_of_a_yaml_file_stays_one(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    parameters = [a_parameter(name="A", default="TEXT"), a_parameter(name="B", type="float")]
    wire = a_wire_template(
        vendor_configuration={"bundle_config": {"tag": "TEXT", "env": {"LR": "TEXT"}}},
        **with_parameters(*parameters),
    )
    file.write_text(yaml.safe_dump(wire).replace("TEXT", "1e3"))

    assert [*check_file(file)] == []
