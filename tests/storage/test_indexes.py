"""Indexes and validators of a real MongoDB, and query plans without a sort."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace
from pymongo.errors import WriteError

from app.domain.errors import Unavailable
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField
from app.domain.pagination import ModelTemplateOrder, OrderDirection, Window
from app.domain.repository import Scope
from app.storage.codec import to_document
from app.storage.driver import Database, available, connect, without_deadline
from app.storage.indexes import initialise, validator
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository, stored
from tests.builders import a_template, seeds


async def test_initialising_again_changes_nothing(mongod: Database) -> None:
    before = await mongod[TEMPLATES].index_information()

    await initialise(mongod)

    assert await mongod[TEMPLATES].index_information() == before
    assert set(before) == {
        "_id_",
        "account_name",
        "account_created_at",
        "account_archived_created_at",
        "account_updated_at",
        "account_terms",
        "terms_version",
        "account_request",
    }


async def test_many_processes_can_initialise_at_once(mongod_uri: str) -> None:
    databases = [connect(mongod_uri, f"test_{uuid4().hex}")] * 8
    try:
        await asyncio.gather(*map(initialise, databases))
        assert len(await databases[0].list_collection_names()) == 5
    finally:
        await databases[0].client.drop_database(databases[0].name)
        databases[0].client.close()


@pytest.mark.parametrize("wire", seeds(), ids=lambda wire: wire["name"])
async def test_the_validator_accepts_every_template(mongod: Database, wire: dict[str, Any]) -> None:
    template = a_template(**{**wire, "account_id": "a1"})

    await mongod[TEMPLATES].insert_one(to_document(template))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 1),
        ("name", None),
        ("endpoint_type", 1),
        ("created_at", "yesterday"),
        ("revision", 1.5),
        ("labels", {"a": 1}),
        ("vendor_configuration.endpoint_config.gpu_type", 100),
        ("vendor_configuration.endpoint_config.cpus", 0),
        ("vendor_configuration.bundle_config.command", "serve"),
    ],
)
async def test_the_validator_rejects_invalid_documents(
    mongod: Database, field: str, value: Any
) -> None:
    document = to_document(a_template())
    *parents, last = field.split(".")
    place: Any = document
    for parent in parents:
        place = place[parent]
    place[last] = value

    with pytest.raises(WriteError, match="Document failed validation"):
        await mongod[TEMPLATES].insert_one(document)


def test_the_validator_is_derived_from_the_fields() -> None:
    fields = set(ModelTemplate.__struct_fields__)

    assert set(validator(ModelTemplate)["properties"]) == fields - {"id"} | {"_id"}


@pytest.mark.parametrize("accounts", [{"a1"}, {"a1", "a2", "a3"}])
@pytest.mark.parametrize("from_end", [False, True])
@pytest.mark.parametrize("field", ModelTemplateOrderField)
@pytest.mark.parametrize("direction", OrderDirection)
async def test_a_plain_list_is_an_index_scan_without_a_sort(
    mongod: Database,
    accounts: set[str],
    from_end: bool,
    field: ModelTemplateOrderField,
    direction: OrderDirection,
) -> None:
    repository = MongoModelTemplateRepository(mongod)
    made = []
    for n in range(60):  # At different times.
        template = a_template(name=f"t{n:02}", account_id=f"a{n % 6}")
        at = template.created_at + timedelta(milliseconds=n)
        made.append(replace(template, created_at=at, updated_at=at))
    await mongod[TEMPLATES].insert_many([stored(template) for template in made])
    order = ModelTemplateOrder(field=field, direction=direction)
    middle = order.position("after", order.cursor(made[30]))
    scope = Scope(accounts=frozenset(accounts))
    await mongod.command({"profile": 2})

    for place in (None, middle):
        bounds = {"before": place} if from_end else {"after": place}
        window = Window(order=order, size=2, from_end=from_end, **bounds)
        assert len((await repository.list(scope).read(window)).templates) == 2

    profiles = await mongod["system.profile"].find({"op": "query"}).to_list(None)
    is_tied = field is ModelTemplateOrderField.NAME and len(accounts) > 1
    assert len(profiles) == (4 if is_tied else 2)
    for profile in profiles:
        assert "COLLSCAN" not in profile["planSummary"]
        assert not profile.get("hasSortStage")
        assert profile["docsExamined"] <= 3 + 2 * len(accounts)
        assert profile["keysExamined"] <= 3 + 3 * len(accounts)


@pytest.mark.slow
async def test_building_an_index_may_exceed_the_request_timeout(mongod: Database) -> None:
    await mongod[TEMPLATES].insert_one(stored(a_template()))
    slow = {"$where": "sleep(5000) || true"}

    with pytest.raises(Unavailable):
        async with available():
            await mongod[TEMPLATES].find_one(slow)
    async with without_deadline():
        assert await mongod[TEMPLATES].find_one(slow) is not None
