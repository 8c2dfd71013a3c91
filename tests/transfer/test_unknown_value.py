"""Exporting and importing values that this release does not know."""

import json

import pytest

from app.domain.errors import Invalid, Unreadable
from app.domain.service import new_id, now
from app.storage.driver import Database
from app.storage.history import REVISIONS
from app.storage.templates import TEMPLATES
from app.transfer import record
from app.transfer.export_reader import ModelTemplateExportReader
from app.transfer.import_writer import ModelTemplateImportWriter
from app.transfer.record import ModelTemplateRecord
from tests.builders import a_record
from tests.newer_release import EVERYWHERE, WHOLE, api_path, value_at


async def exported(database: Database) -> list[bytes]:
    pages = ModelTemplateExportReader(database).pages("a1")
    return [record.write(each) async for page in pages for each in page]


async def add(database: Database, *records: ModelTemplateRecord) -> None:
    assert not any(await ModelTemplateImportWriter(database).add(records))


@pytest.mark.parametrize("place", EVERYWHERE)
async def test_an_export_has_the_stored_value_and_an_import_names_the_field(
    store: Database, place: str
) -> None:
    text = EVERYWHERE[place]
    await add(store, a_record(**WHOLE))
    (before,) = await exported(store)
    await store[TEMPLATES].update_many({}, {"$set": {place: text}})

    (line,) = await exported(store)

    way = [int(part) if part.isdecimal() else part for part in place.split(".")]
    values = json.loads(line)
    assert value_at(values, way) == text
    value_at(values, way[:-1])[way[-1]] = value_at(json.loads(before), way)
    assert values == json.loads(before)
    with pytest.raises(Invalid) as raised:
        record.read(record.parse(line)[0], id=new_id(), at=now())
    (error,) = raised.value.errors
    assert (error.code.name, list(error.path)) == ("INVALID", [*map(str, api_path(place))])


async def test_an_earlier_state_is_exported_unchanged(store: Database) -> None:
    await add(store, a_record("changed", **WHOLE))
    place = "model_creation_parameters_schema.parameters.0.type"
    await store[REVISIONS].update_many({}, {"$set": {"model_type": "VIDEO", place: "list"}})

    (line,) = await exported(store)

    (revision,) = json.loads(line)["revisions"]
    assert revision["model_type"] == "VIDEO"
    assert value_at(revision, ["model_creation_parameters_schema", "parameters", 0])["type"] == (
        "list"
    )
    with pytest.raises(Invalid) as raised:
        record.read(record.parse(line)[0], id=new_id(), at=now())
    assert {error.path for error in raised.value.errors} <= {
        ("revisions", "0", "modelType"),
        ("revisions", "0", "modelCreationParametersSchema", "parameters", "0", "type"),
    }


async def test_an_export_ends_at_a_damaged_document_and_names_it(mongomock: Database) -> None:
    damaged = a_record()
    await add(mongomock, damaged)
    cpus = "vendor_configuration.endpoint_config.cpus"
    await mongomock[TEMPLATES].update_many({}, {"$set": {cpus: "many"}})

    with pytest.raises(Unreadable, match=damaged.template.id):
        await exported(mongomock)
