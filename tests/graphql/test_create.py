"""createModelTemplate: stored templates, payloads and errors."""

from typing import Any

import pytest

from tests.builders import NAMED, a_fragment, a_viewer, a_wire_template, an_input, seeds
from tests.conftest import Caller, Login

READ = f"query($id: ID!) {{ modelTemplate(id: $id) {{ ...Everything }} }} {a_fragment()}"
CREATE = f"""
mutation($input: CreateModelTemplateInput!) {{
  createModelTemplate(input: $input) {{
    modelTemplate {{ ...Everything }}
    errors {{ code message path }}
  }}
}} {a_fragment()}"""


async def create(caller: Caller, template: Any) -> Any:
    return (await caller.ask(CREATE, input=template))["createModelTemplate"]


def contains(answer: Any, given: Any) -> bool:
    """Whether the answer contains everything that was given."""
    if isinstance(given, dict):
        return all(contains(answer[key], value) for key, value in given.items())
    if isinstance(given, list):
        return len(answer) == len(given) and all(map(contains, answer, given))
    return bool(answer == given)


@pytest.mark.parametrize("wire", seeds(), ids=lambda wire: wire["name"])
async def test_a_template_reads_back_as_the_mutation_returned_it(
    ann: Caller, wire: dict[str, Any]
) -> None:
    given = an_input({**wire, "account_id": "a1"})

    payload = await create(ann, given)
    read = await ann.ask(READ, id=payload["modelTemplate"]["id"])

    assert payload["errors"] == []
    assert read["modelTemplate"] == payload["modelTemplate"]
    assert contains(read["modelTemplate"], given)


async def test_defaults_are_stored(ann: Caller) -> None:
    payload = await create(ann, an_input(a_wire_template(endpoint_type="STREAMING")))

    template = payload["modelTemplate"]
    assert template["description"] is None
    assert template["labels"] == {}
    assert template["revision"] == 1
    assert template["archivedAt"] is None
    assert template["createdByUserId"] == template["updatedByUserId"] == "ann"
    assert template["createdByIdentityType"] == "USER"
    assert template["createdAt"] == template["updatedAt"]
    assert template["vendorConfiguration"] == {
        "vendor": "LAUNCH",
        "bundleConfig": {
            "registry": "docker.io",
            "image": "library/echo-model",
            "tag": "0.1.0",
            "digest": None,
            "imageReference": "docker.io/library/echo-model:0.1.0",
            "command": ["/serve"],
            "streamingCommand": None,
            "env": {},
            "readinessInitialDelaySeconds": 120,
            "healthcheckRoute": "/readyz",
            "predictRoute": "/predict",
            "streamingPredictRoute": "/generate_streaming",
            "routes": [],
            "extraRoutes": [],
            "forwarderType": "DEFAULT",
            "workerCommand": None,
            "workerEnv": None,
        },
        "endpointConfig": {
            "endpointType": "STREAMING",
            "cpus": 3,
            "memory": "8Gi",
            "storage": "16Gi",
            "gpus": 0,
            "gpuType": None,
            "minWorkers": 0,
            "maxWorkers": 1,
            "perWorker": 10,
            "highPriority": False,
            "forwarderMaxConcurrency": None,
            "taskExpiresSeconds": None,
            "queueMessageTimeoutSeconds": None,
            "publicInference": False,
            "nodesPerWorker": 1,
        },
        "fineTuningJobBundleConfig": None,
    }


async def test_an_optional_field_with_a_default_can_be_null(ann: Caller) -> None:
    wire = a_wire_template(
        vendor_configuration={
            "bundle_config": {"streaming_predict_route": None},
            "endpoint_config": {"endpoint_type": None},
        }
    )

    payload = await create(ann, an_input(wire))

    vendor = payload["modelTemplate"]["vendorConfiguration"]
    assert vendor["bundleConfig"]["streamingPredictRoute"] is None
    assert vendor["endpointConfig"]["endpointType"] == "ASYNC"


async def test_eight_invalid_fields_give_eight_errors_and_no_template(ann: Caller) -> None:
    wire = a_wire_template(
        name=" ",
        labels={"team": "a b"},
        vendor_configuration={
            "bundle_config": {"registry": "http://x", "env": {"A-B": "1"}, "predict_route": "x"},
            "endpoint_config": {"memory": "lots", "gpus": 1, "min_workers": 9, "max_workers": 1},
        },
    )

    payload = await create(ann, an_input(wire))

    assert payload["modelTemplate"] is None
    assert {(error["code"], ".".join(error["path"])) for error in payload["errors"]} == {
        ("REQUIRED", "name"),
        ("INVALID", "labels.team"),
        ("INVALID", "vendorConfiguration.bundleConfig.registry"),
        ("INVALID", "vendorConfiguration.bundleConfig.env.A-B"),
        ("INVALID", "vendorConfiguration.bundleConfig.predictRoute"),
        ("INVALID", "vendorConfiguration.endpointConfig.memory"),
        ("INCONSISTENT", "vendorConfiguration.endpointConfig.gpuType"),
        ("INCONSISTENT", "vendorConfiguration.endpointConfig.minWorkers"),
    }
    assert await count(ann) == 0


async def test_a_name_is_unique_within_an_account(login: Login) -> None:
    ann = await login(a_viewer(a1="write", a2="write"))
    first = await create(ann, an_input(a_wire_template()))

    again = await create(ann, an_input(a_wire_template()))
    elsewhere = await create(ann, an_input(a_wire_template(account_id="a2")))
    otherwise_written = await create(ann, an_input(a_wire_template(name="Echo")))

    assert first["errors"] == elsewhere["errors"] == otherwise_written["errors"] == []
    assert again == {
        "modelTemplate": None,
        "errors": [
            {
                "code": "DUPLICATE",
                "message": "name is already used in this account.",
                "path": ["name"],
            }
        ],
    }


async def test_a_repeated_request_returns_the_first_template(ann: Caller) -> None:
    wire = a_wire_template(request_id="r1", labels={"a": "1", "b": "2"})
    reordered = a_wire_template(request_id="r1", labels={"b": "2", "a": "1"})

    first, second = await create(ann, an_input(wire)), await create(ann, an_input(reordered))

    assert first == second
    assert await count(ann) == 1


async def test_an_explicit_default_is_the_same_request(ann: Caller) -> None:
    vendor = {"endpoint_config": {"cpus": 3}, "bundle_config": {"env": {}}}
    said = a_wire_template(request_id="r1", description=None, vendor_configuration=vendor)

    first = await create(ann, an_input(a_wire_template(request_id="r1")))
    second = await create(ann, an_input(said))

    assert first == second


async def test_a_request_id_is_bound_to_one_input(ann: Caller) -> None:
    await create(ann, an_input(a_wire_template(request_id="r1")))

    other_name = await create(ann, an_input(a_wire_template(request_id="r1", name="other")))
    other_tag = await create(ann, an_input(a_wire_template(request_id="r1", description="x")))

    assert paths(other_name) == [("DUPLICATE", ["requestId"])]
    assert paths(other_tag) == [("DUPLICATE", ["name"]), ("DUPLICATE", ["requestId"])]
    assert await count(ann) == 1


async def test_a_request_id_belongs_to_an_account(login: Login) -> None:
    ann = await login(a_viewer(a1="write", a2="write"))
    first = await create(ann, an_input(a_wire_template(request_id="r1")))
    second = await create(ann, an_input(a_wire_template(request_id="r1", account_id="a2")))

    assert first["modelTemplate"]["id"] != second["modelTemplate"]["id"]


@pytest.mark.parametrize("account", ["a2", "unknown", "", "\0"])
async def test_writing_outside_the_callers_accounts_is_forbidden(
    login: Login, account: str
) -> None:
    caller = await login(a_viewer(a1="write", a2="read"))

    answer = await caller.post(CREATE, input=an_input(a_wire_template(account_id=account)))

    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "FORBIDDEN", **NAMED}
    assert error["message"] == "The API key does not permit this on that account."
    assert await count(caller) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"endpointType": "MAYBE"},
        {"labels": {"a": 1}},
        {"labels": [["a", "b"]]},
        {"name": None},
        {"name": {"$ne": ""}},
        {"unknown": 1},
        {"vendorConfiguration": {}},
        {"vendorConfiguration": {"bundleConfig": {"registry": "r", "image": "i"}}},
    ],
)
async def test_an_input_of_the_wrong_type_is_rejected_before_execution(
    ann: Caller, change: dict[str, Any]
) -> None:
    answer = await ann.post(CREATE, input={**an_input(a_wire_template()), **change})

    assert "data" not in answer.json()
    assert {e["extensions"]["code"] for e in answer.json()["errors"]} == {"BAD_USER_INPUT"}
    assert await count(ann) == 0


async def test_input_can_be_a_literal(ann: Caller) -> None:
    data = await ann.ask(
        """mutation { createModelTemplate(input: {
          accountId: "a1", name: "literal", endpointType: SYNC, modelType: GENERIC
          labels: {team: "a"}
          vendorConfiguration: {bundleConfig: {
            registry: "docker.io", image: "a", tag: "1", env: {A: "1"}
          }}
        }) { modelTemplate { labels vendorConfiguration { bundleConfig { env } } } } }"""
    )

    assert data["createModelTemplate"]["modelTemplate"] == {
        "labels": {"team": "a"},
        "vendorConfiguration": {"bundleConfig": {"env": {"A": "1"}}},
    }


async def test_a_literal_can_hold_variables(ann: Caller) -> None:
    document = """mutation($team: String!, $value: String!) { createModelTemplate(input: {
      accountId: "a1", name: "variables", endpointType: ASYNC, modelType: GENERIC
      labels: {team: $team, fixed: "x"}
      vendorConfiguration: {bundleConfig: {
        registry: "docker.io", image: "a", tag: "1", env: {A: $value}
      }}
    }) { modelTemplate { labels vendorConfiguration { bundleConfig { env } } } } }"""

    data = await ann.ask(document, team="search", value="1")
    rejected = (await ann.post(document.replace('"x"', "1"), team="search", value="1")).json()

    assert data["createModelTemplate"]["modelTemplate"] == {
        "labels": {"team": "search", "fixed": "x"},
        "vendorConfiguration": {"bundleConfig": {"env": {"A": "1"}}},
    }
    assert rejected["errors"][0]["message"] == (
        "StringMap takes only strings; the value of 'fixed' is not one."
    )
    assert rejected["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("literal", "code"),
    [
        ("default: $absent", None),
        ("default: [$absent]", "INVALID"),
        ("default: {a: $absent}", "INVALID"),
        ("enum: [[$absent]]", "INVALID"),
        ("default: 9" + "9" * 5_000, "INVALID"),
        ("default: 1e999", "INVALID"),
    ],
)
async def test_unusual_literals_are_invalid_values(
    ann: Caller, literal: str, code: str | None
) -> None:
    document = """{ createModelTemplate(input: {
      accountId: "a1", name: "odd", endpointType: ASYNC, modelType: GENERIC
      vendorConfiguration: {bundleConfig: {registry: "docker.io", image: "a", tag: "1"}}
      modelCreationParametersSchema: {parameters: [
        {name: "A", type: STR, description: "", required: false, %s}
      ]}
    }) { errors { code } } }"""

    variables = "($absent: JSON)" if "$absent" in literal else ""

    data = await ann.ask(f"mutation{variables} {document % literal}")

    assert [error["code"] for error in data["createModelTemplate"]["errors"]] == [code] * bool(code)


@pytest.mark.parametrize("literal", ["{a: FOO}", "{a: 1}", "{a: null}", '["a"]', '"a"'])
async def test_a_string_map_accepts_only_strings(ann: Caller, literal: str) -> None:
    query = f'{{ modelTemplate(id: "x") {{ launchPlan(name: "m", labels: {literal}) {{ env }} }} }}'

    (error,) = (await ann.post(query)).json()["errors"]

    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert error["locations"]


def paths(payload: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["path"]) for error in payload["errors"]]


async def count(caller: Caller) -> int:
    data = await caller.ask("{ modelTemplates { totalCount } }")
    return int(data["modelTemplates"]["totalCount"])
