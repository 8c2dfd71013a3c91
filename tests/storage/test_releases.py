"""Databases written by earlier releases are read, listed and exported correctly."""

import json
from pathlib import Path
from typing import Any

import pytest
from bson.json_util import loads

from app.domain.filter import ModelTemplateFilter
from app.domain.pagination import Window
from app.domain.repository import Scope
from app.storage.driver import Database
from app.storage.explain import ORDERS
from app.storage.indexes import INDEXES, initialise
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository
from app.transfer import record
from app.transfer.export_reader import ModelTemplateExportReader

RELEASES = sorted(Path(__file__).with_name("releases").glob("*.json"))


@pytest.fixture(params=RELEASES, ids=lambda file: file.stem)
async def release(request: pytest.FixtureRequest, mongod: Database) -> Any:
    """The database of an earlier release with its indexes, opened by this release."""
    found = json.loads(request.param.read_text())
    for name, documents in found["documents"].items():
        await mongod.drop_collection(name)
        await mongod[name].insert_many(loads(json.dumps(documents)))
        for keys, options in found["indexes"][name]:
            await mongod[name].create_index([*keys.items()], **options)
    await initialise(mongod)
    return found


async def test_it_exports_the_same_bytes(release: Any, mongod: Database) -> None:
    exported = [
        record.write(found).decode()
        async for page in ModelTemplateExportReader(mongod).pages("a1")
        for found in page
    ]

    assert exported == release["export"]


async def test_its_lists_are_complete_in_every_order(release: Any, mongod: Database) -> None:
    repository = MongoModelTemplateRepository(mongod)
    lines = [json.loads(line) for line in release["export"]]

    async def names(order: Any, **conditions: Any) -> list[str]:
        scope = Scope(accounts=frozenset({"a1"}), filter=ModelTemplateFilter(**conditions))
        page = await repository.list(scope).read(Window(order=order, size=50))
        return [template.name for template in page.templates]

    for order in ORDERS:
        key = order.field.value
        in_order = sorted(lines, key=lambda line: (line[key], line["id"]))
        expected = in_order[:: -1 if order.direction.name == "DESC" else 1]
        active = [line["name"] for line in expected if line["archived_at"] is None]
        assert await names(order, archived=None) == [line["name"] for line in expected]
        assert await names(order) == active
        assert await names(order, archived=True) == [
            line["name"] for line in expected if line["archived_at"] is not None
        ]
        assert await names(order, search="VLLM") == [name for name in active if "vllm" in name]
        assert await names(order, search="changed", archived=None) == [
            line["name"] for line in expected if "Changed" in (line["description"] or "")
        ]


async def test_it_has_the_indexes_of_this_release(release: Any, mongod: Database) -> None:
    wanted = {options["name"] for _, options in INDEXES[TEMPLATES]}

    assert {*await mongod[TEMPLATES].index_information()} == wanted | {"_id_"}
