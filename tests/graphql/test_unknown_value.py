"""Values that a newer release has stored and this one does not know cause an error for their own
fields, and affect nothing else. Tested through the API on both stores."""

from typing import Any

import pytest

from app.storage.api_keys import KEYS
from app.storage.driver import Database
from app.storage.history import REVISIONS
from tests.builders import a_fragment, a_parameter, with_parameters
from tests.conftest import Caller
from tests.newer_release import (
    ENDPOINT,
    EVERYWHERE,
    GPU,
    NOT_NULLABLE,
    answered,
    api_path,
    not_known,
    stored,
    updated,
    value_at,
)

LIST = "{ modelTemplates(filter: {archived: null}) { nodes { %s } } }"


def messages_and_paths(errors: list[Any]) -> list[tuple[str, Any]]:
    assert {error["extensions"]["code"] for error in errors} <= {"UNKNOWN_VALUE"}
    return sorted((error["message"], error["path"]) for error in errors)


@pytest.mark.parametrize("place", EVERYWHERE)
async def test_an_unknown_value_affects_only_its_field(
    store: Database, writer: Caller, place: str
) -> None:
    text = EVERYWHERE[place]
    unknown = await stored(store, writer, {place: text}, name="unknown")
    known = await stored(store, writer, {}, name="known")
    fragment = a_fragment()

    data, errors = await answered(writer, LIST % "...Everything" + fragment)

    newest, oldest = data["modelTemplates"]["nodes"]
    path = api_path(place)
    assert (newest["id"], oldest["id"]) == (known, unknown)
    assert value_at(oldest, path) == (text if place in NOT_NULLABLE else None)
    message = not_known(path[-1], text)
    assert messages_and_paths(errors) == [(message, ["modelTemplates", "nodes", 1, *path])]
    is_of_launch = place != "created_by_identity_type"
    assert (message in {warning["message"] for warning in oldest["warnings"]}) == is_of_launch
    assert message not in {warning["message"] for warning in newest["warnings"]}
    value_at(oldest, path[:-1])[path[-1]] = value_at(newest, path)
    for differing in ("id", "name", "createdAt", "updatedAt", "warnings"):
        newest.pop(differing), oldest.pop(differing)
    if "parameters" not in path:  # `jsonSchema` has no type for it.
        assert newest == oldest


async def test_all_unknown_values_by_every_operation(store: Database, writer: Caller) -> None:
    id = await stored(store, writer, EVERYWHERE)
    fragment = a_fragment()
    query = "query($id: ID!) { modelTemplate(id: $id) { ...Everything } }"

    one, errors = await answered(writer, query + fragment, id=id)
    by_node, node_errors = await answered(
        writer, "query($id: ID!) { node(id: $id) { ...Everything } }" + fragment, id=id
    )

    paths = [["modelTemplate", *api_path(place)] for place in EVERYWHERE]
    assert sorted([error["path"] for error in errors], key=str) == sorted(paths, key=str)
    assert all("locations" in error for error in errors)
    assert one["modelTemplate"] == by_node["node"]
    assert [error["message"] for error in node_errors] == [error["message"] for error in errors]


async def test_an_unselected_field_causes_no_error(store: Database, writer: Caller) -> None:
    await stored(store, writer, EVERYWHERE)

    data = await writer.ask(
        "{ modelTemplates(filter: {modelType: null}) { totalCount edges { cursor node "
        "{ __typename name vendorConfiguration { __typename bundleConfig { tag } } } } } }"
    )

    assert data["modelTemplates"]["totalCount"] == 1
    assert data["modelTemplates"]["edges"][0]["node"]["__typename"] == "ModelTemplate"


async def test_error_paths_use_aliases(store: Database, writer: Caller) -> None:
    await stored(store, writer, {"model_type": "VIDEO", f"{ENDPOINT}.gpu_type": GPU})
    query = """{ all: modelTemplates { edges { entry: node { ...Kind kind: modelType } } } }
    fragment Kind on ModelTemplateSpec { modelType vendorConfiguration {
      ends: endpointConfig { gpu: gpuType gpus } } }"""

    data, errors = await answered(writer, query)

    start = ["all", "edges", 0, "entry"]
    assert value_at(data, start) == {
        "modelType": "VIDEO",
        "kind": "VIDEO",
        "vendorConfiguration": {"ends": {"gpu": None, "gpus": 1}},
    }
    kind = not_known("modelType", "VIDEO")
    assert messages_and_paths(errors) == [
        (
            not_known("gpuType", GPU),
            [*start, "vendorConfiguration", "ends", "gpu"],
        ),
        (kind, [*start, "kind"]),
        (kind, [*start, "modelType"]),
    ]


async def test_values_are_returned_beyond_the_error_limit(store: Database, writer: Caller) -> None:
    types = {f"model_creation_parameters_schema.parameters.{n}.type": "list" for n in range(30)}
    declared = with_parameters(*(a_parameter(name=f"P{n}") for n in range(30)))
    id = await stored(store, writer, types, **declared)
    query = """query($id: ID!) { modelTemplate(id: $id) {
      modelCreationParametersSchema { parameters { type } }
      revisions(first: 0) { totalCount } } }"""
    sound = query.replace("revisions(first: 0) { totalCount }", "")

    data, errors = await answered(writer, sound, id=id)
    _, mixed = await answered(writer, query, id=id)

    parameters = data["modelTemplate"]["modelCreationParametersSchema"]["parameters"]
    assert parameters == [{"type": "list"}] * 30
    assert len(messages_and_paths(errors)) == len(mixed) == 20
    assert mixed[0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_revisions_behave_in_the_same_way(store: Database, writer: Caller) -> None:
    id = await stored(store, writer, {})
    await updated(writer, id, description="changed")
    values = {"model_type": "VIDEO", f"{ENDPOINT}.gpu_type": GPU}
    await store[REVISIONS].update_one({"template_id": id}, {"$set": values})
    query = """query($id: ID!, $node: ID!) {
      modelTemplate(id: $id) {
        modelType
        revisions { nodes { ...Revision } }
        revisionAt(revision: 1) { ...Revision }
      }
      node(id: $node) { ...Revision }
    }
    fragment Revision on ModelTemplateRevision {
      modelType vendorConfiguration { endpointConfig { gpuType } } warnings { code path }
    }"""

    data, errors = await answered(writer, query, id=id, node=f"{id}:1")

    assert data["modelTemplate"]["modelType"] == "GENERIC"
    revision = data["node"]
    assert revision["modelType"] == "VIDEO"
    assert revision["warnings"][:2] == [
        {"code": "INVALID", "path": ["modelType"]},
        {"code": "INVALID", "path": ["vendorConfiguration", "endpointConfig", "gpuType"]},
    ]
    assert data["modelTemplate"]["revisionAt"] == revision
    assert data["modelTemplate"]["revisions"]["nodes"] == [revision]
    assert len(messages_and_paths(errors)) == 6


async def test_a_plan_names_the_unknown_values(store: Database, writer: Caller) -> None:
    id = await stored(store, writer, EVERYWHERE)
    query = """query($id: ID!) { modelTemplate(id: $id) {
      launchPlan(name: "m", labels: {team: "t", product: "p"}, modelCreationParameters: {A: "a"}) {
        env createModelEndpointRequest errors { code message path } } } }"""

    plan = (await writer.ask(query, id=id))["modelTemplate"]["launchPlan"]

    assert plan["env"] is plan["createModelEndpointRequest"] is None
    assert {
        "code": "INVALID",
        "message": not_known("gpuType", GPU),
        "path": ["vendorConfiguration", "endpointConfig", "gpuType"],
    } in plan["errors"]
    assert {error["path"][-1] for error in plan["errors"]} >= {"endpointType", "type", "gpuType"}


async def test_a_parameter_of_an_unknown_type_accepts_any_value(
    store: Database, writer: Caller
) -> None:
    id = await stored(store, writer, {"model_creation_parameters_schema.parameters.0.type": "list"})
    query = """query($id: ID!) { modelTemplate(id: $id) { modelCreationParametersSchema {
      jsonSchema
      good: validate(bindings: {A: ["x", "y"], B: 1}) { valid bindings errors { message } }
      bad: validate(bindings: {A: ["x"], B: "text"}) { valid errors { path } }
    } } }"""

    schema = (await writer.ask(query, id=id))["modelTemplate"]["modelCreationParametersSchema"]

    assert schema["jsonSchema"]["properties"] == {
        "A": {"description": ""},
        "B": {"type": "integer", "description": ""},
    }
    assert schema["good"] == {"valid": True, "bindings": {"A": ["x", "y"], "B": 1}, "errors": []}
    assert schema["bad"] == {"valid": False, "errors": [{"path": ["B"]}]}


async def test_lists_can_be_filtered_by_known_values(store: Database, writer: Caller) -> None:
    id = await stored(store, writer, {f"{ENDPOINT}.gpu_type": GPU})
    query = """query($filter: ModelTemplateFilter) {
      modelTemplates(filter: $filter) { nodes { id } totalCount } }"""
    found = {"modelTemplates": {"nodes": [{"id": id}], "totalCount": 1}}

    filters: list[dict[str, Any]] = [
        {"modelType": ["GENERIC"], "endpointType": ["ASYNC", "SYNC"]},
        {"search": "echo"},
        {"endpointProtocol": ["SGP"]},
        {"modelType": ["GENERIC"], "endpointType": ["ASYNC"], "endpointProtocol": ["SGP"]},
    ]
    for filter in filters:
        assert await writer.ask(query, filter=filter) == found


async def test_unknown_document_keys_are_ignored(store: Database, writer: Caller) -> None:
    added = {"mood": "B", f"{ENDPOINT}.shards": 2, f"{ENDPOINT}.gpu_type": GPU}
    await stored(store, writer, added)

    data, errors = await answered(writer, LIST % "...Everything" + a_fragment())

    assert len(data["modelTemplates"]["nodes"]) == len(errors) == 1


async def test_an_identity_of_an_unknown_type_is_authenticated(
    store: Database, writer: Caller
) -> None:
    await store[KEYS].update_many({}, {"$set": {"identity_type": "robot"}})

    data, errors = await answered(writer, "{ viewer { identityId identityType } }")

    assert data == {"viewer": {"identityId": "ann", "identityType": "robot"}}
    assert messages_and_paths(errors) == [
        (not_known("identityType", "robot"), ["viewer", "identityType"]),
    ]
