"""The facets of lists through the API."""

from typing import Any

import pytest

from app.domain.model_template import EndpointProtocol, ModelType
from app.domain.vendor_configuration import GpuType, ModelEndpointType
from tests.builders import a_viewer, a_wire_template, an_input
from tests.conftest import Caller, Login
from tests.graphql.test_limits import TOO_COMPLEX, errors, numbered

FACETS = """query($filter: ModelTemplateFilter) {
  modelTemplateFacets(filter: $filter) {
    fields { field values { value count } isComplete }
    labels { values { name value count } isComplete }
  }
}"""
COUNT = "query($filter: ModelTemplateFilter) { modelTemplates(filter: $filter) { totalCount } }"


async def facets(caller: Caller, **filter: Any) -> Any:
    """The numbers above 0 by field and value, and the labels; all of them are complete."""
    found = (await caller.ask(FACETS, filter=filter))["modelTemplateFacets"]
    assert all(each["isComplete"] for each in (*found["fields"], found["labels"]))
    fields = {
        each["field"]: {v["value"]: v["count"] for v in each["values"] if v["count"]}
        for each in found["fields"]
    }
    labels = [(each["name"], each["value"], each["count"]) for each in found["labels"]["values"]]
    return fields, labels


@pytest.fixture
async def stocked(login: Login) -> Caller:
    """A caller with four templates in two accounts, and another one that it may not read."""
    bob = await login(a_viewer(a1="write", a2="write", a3="write", identity_id="bob"))
    gpu = {"endpoint_config": {"gpus": 1, "gpu_type": "nvidia-ampere-a10"}}
    made: list[dict[str, Any]] = [
        {"model_type": "EMBEDDING", "endpoint_type": "SYNC", "labels": {"team": "x", "env": "p"}},
        {"model_type": "EMBEDDING", "endpoint_type": "ASYNC", "labels": {"team": "x"}},
        {"model_type": "AGENT", "endpoint_type": "SYNC", "labels": {"team": "y"}},
        {"model_type": "AGENT", "endpoint_type": "SYNC", "account_id": "a2"},
        {"model_type": "AGENT", "endpoint_type": "SYNC", "account_id": "a3"},
    ]
    for number, changes in enumerate(made):
        if number == 0:
            changes["vendor_configuration"] = gpu
        wire = a_wire_template(name=f"t{number}", **changes)
        assert (await bob.create(an_input(wire)))["errors"] == []
    return await login(a_viewer(a1="read", a2="read"))


async def test_every_value_is_counted(stocked: Caller) -> None:
    found = (await stocked.ask(FACETS))["modelTemplateFacets"]

    kinds: dict[str, Any] = {
        "modelType": (ModelType, {"EMBEDDING": 2, "AGENT": 2}),
        "endpointType": (ModelEndpointType, {"SYNC": 3, "ASYNC": 1}),
        "endpointProtocol": (EndpointProtocol, {}),
        "gpuType": (GpuType, {"NVIDIA_AMPERE_A10": 1}),
    }
    assert {each["field"]: each for each in found["fields"]} == {
        **{
            field: {
                "field": field,
                "values": [{"value": m.name, "count": counts.get(m.name, 0)} for m in kind],
                "isComplete": True,
            }
            for field, (kind, counts) in kinds.items()
        },
        "accountId": {
            "field": "accountId",
            "values": [{"value": "a1", "count": 3}, {"value": "a2", "count": 1}],
            "isComplete": True,
        },
    }
    assert found["labels"] == {
        "values": [
            {"name": "team", "value": "x", "count": 2},
            {"name": "env", "value": "p", "count": 1},
            {"name": "team", "value": "y", "count": 1},
        ],
        "isComplete": True,
    }


async def test_a_facet_is_counted_without_its_own_condition(stocked: Caller) -> None:
    fields, labels = await facets(stocked, modelType=["EMBEDDING"], labels={"team": "x"})

    assert fields == {
        "modelType": {"EMBEDDING": 2},
        "endpointType": {"SYNC": 1, "ASYNC": 1},
        "endpointProtocol": {},
        "gpuType": {"NVIDIA_AMPERE_A10": 1},
        "accountId": {"a1": 2},
    }
    assert labels == [("team", "x", 2), ("env", "p", 1)]
    fields, labels = await facets(stocked, endpointType=["SYNC"], labels={"team": "y"})
    assert fields["endpointType"] == {"SYNC": 1}
    assert labels == [("team", "x", 1), ("team", "y", 1)]
    fields, _ = await facets(stocked, accountId="a2")
    assert (fields["accountId"], fields["modelType"]) == ({"a1": 3, "a2": 1}, {"AGENT": 1})


@pytest.mark.parametrize("filter", [{}, {"search": "t"}, {"search": "t1"}, {"accountId": "a2"}])
async def test_numbers_are_total_counts(stocked: Caller, filter: dict[str, Any]) -> None:
    fields, _ = await facets(stocked, **filter)

    for value in ModelType.__members__:
        answer = await stocked.ask(COUNT, filter={**filter, "modelType": [value]})
        assert answer["modelTemplates"]["totalCount"] == fields["modelType"].get(value, 0)


async def test_other_accounts_are_not_counted(stocked: Caller) -> None:
    fields, labels = await facets(stocked, accountId="a3")

    assert fields["accountId"] == {"a1": 3, "a2": 1}
    assert fields["modelType"] == {}
    assert labels == []


async def test_a_filter_beyond_the_limits_is_rejected(stocked: Caller) -> None:
    answer = (await stocked.post(FACETS, filter={"search": "x" * 1_001})).json()

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"] == "filter: search must have at most 1,000 characters"


async def test_an_operation_asks_for_few_facets(stocked: Caller) -> None:
    facets = "a#: modelTemplateFacets { labels { isComplete } } "

    assert await errors(stocked, f"{{ {numbered(13, facets)} }}") == []
    (error,) = await errors(stocked, f"{{ {numbered(14, facets)} }}")
    assert error["extensions"]["code"] == TOO_COMPLEX
