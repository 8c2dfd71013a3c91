"""Changing templates with values that this release does not know loses no data."""

from app.storage.driver import Database
from app.storage.history import REVISIONS
from app.storage.templates import TEMPLATES
from tests.builders import a_wire_template, an_input
from tests.conftest import Caller
from tests.newer_release import (
    ENDPOINT,
    EVERYWHERE,
    GPU,
    WHOLE,
    api_path,
    not_known,
    stored,
    updated,
    value_at,
)


async def test_a_patch_of_other_fields_fails_and_loses_nothing(
    store: Database, writer: Caller
) -> None:
    id = await stored(store, writer, EVERYWHERE)
    before = await store[TEMPLATES].find_one({"_id": id})

    payload, errors = await updated(writer, id, description="new", labels={"team": "a"})

    assert errors == []
    assert payload["modelTemplate"] is None
    assert {error["code"] for error in payload["errors"]} == {"INVALID"}
    assert sorted((e["message"], e["path"]) for e in payload["errors"]) == sorted(
        (
            not_known(path[-1], text),
            [str(part) for part in path],
        )
        for place, text in EVERYWHERE.items()
        if (path := api_path(place)) != ["createdByIdentityType"]
    )
    assert await store[TEMPLATES].find_one({"_id": id}) == before
    assert await store[REVISIONS].count_documents({}) == 0


async def test_a_patch_may_replace_the_value(store: Database, writer: Caller) -> None:
    id = await stored(store, writer, {f"{ENDPOINT}.gpu_type": GPU})
    change = {"endpointConfig": {"gpuType": "NVIDIA_HOPPER_H100"}}

    payload, errors = await updated(writer, id, vendorConfiguration=change)

    assert errors == payload["errors"] == []
    assert payload["modelTemplate"]["vendorConfiguration"] == {
        "endpointConfig": {"gpuType": "NVIDIA_HOPPER_H100"}
    }
    remembered = await store[REVISIONS].find_one({"template_id": id})
    assert value_at(remembered, ENDPOINT.split("."))["gpu_type"] == GPU


async def test_archiving_keeps_the_value(store: Database, writer: Caller) -> None:
    id = await stored(store, writer, {**EVERYWHERE, "model_type": "VIDEO"})

    payload, errors = await updated(writer, id, archived=True)

    assert payload["errors"] == []
    assert payload["modelTemplate"]["archivedAt"] is not None
    assert (payload["modelTemplate"]["revision"], payload["modelTemplate"]["modelType"]) == (
        2,
        "VIDEO",
    )
    assert ["updateModelTemplate", "modelTemplate", "modelType"] in [e["path"] for e in errors]
    after = await store[TEMPLATES].find_one({"_id": id})
    remembered = await store[REVISIONS].find_one({"template_id": id})
    for place, text in EVERYWHERE.items():
        way = [int(part) if part.isdecimal() else part for part in place.split(".")]
        assert value_at(after, way) == text
        assert place == "created_by_identity_type" or value_at(remembered, way) == text


async def test_deleting_works(store: Database, writer: Caller) -> None:
    id = await stored(store, writer, EVERYWHERE)
    delete = "mutation($id: ID!) { deleteModelTemplate(input: {id: $id}) { deletedId } }"

    assert await writer.ask(delete, id=id) == {"deleteModelTemplate": {"deletedId": id}}
    assert await store[TEMPLATES].count_documents({}) == 0


async def test_a_repeated_request_finds_its_template(store: Database, writer: Caller) -> None:
    id = await stored(store, writer, {"model_type": "VIDEO"}, request_id="r1")
    again = an_input(a_wire_template(**WHOLE, request_id="r1"))

    payload = await writer.create(again)

    assert payload == {"modelTemplate": {"id": id}, "errors": []}
