"""Each command of a request carries the shard key of its collection (see `tests.shard_keys`)."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pymongo import UpdateOne

from app.domain.api_key import new_key
from app.domain.idempotency import IdempotencyRecord
from app.storage.api_keys import ApiKeyStore
from app.storage.collections import SHARD_KEYS, TEMPLATES, USAGE
from app.storage.database_format import FORMATS
from app.storage.deletion_cleanup import finish_interrupted
from app.storage.driver import Collection, Database, collection
from app.storage.indexes import INDEXES
from app.storage.orphaned_histories import sweep_if_due
from app.storage.purge import NoSuchTemplate, planned
from app.storage.relisting import count_outdated, drop_tokens, relist
from app.storage.status import newest
from app.transfer.export_reader import ModelTemplateExportReader
from app.transfer.import_writer import ModelTemplateImportWriter
from tests.builders import a_record, a_viewer
from tests.shard_keys import SCATTERED, SEEN, Scatter

APP = Path(__file__).parents[2] / "app"
SCALE = APP.parent / "docs/scale.md"


@pytest.mark.parametrize(
    ("act", "scatter"),
    [
        (lambda c: c.find_one({"_id": "t"}), ("find", {"_id"})),
        (
            lambda c: c.find_one({"account_id": {"$gt": "a"}, "x": 1}),
            ("find", {"account_id $gt", "x"}),
        ),
        (
            lambda c: c.find_one({"$or": [{"account_id": "a"}, {"name": "n"}]}),
            ("find", {"account_id", "name"}),
        ),
        (lambda c: c.count_documents({"name": "n"}), ("aggregate", {"name"})),
        (lambda c: c.update_one({"_id": "t"}, {"$set": {"name": "n"}}), ("update", {"_id"})),
        (
            lambda c: c.bulk_write([UpdateOne({"_id": "t"}, {"$set": {"x": 1}})]),
            ("update", {"_id"}),
        ),
        (lambda c: c.delete_many({"name": "n"}), ("delete", {"name"})),
        (lambda c: c.find_one_and_delete({"_id": "t"}), ("findAndModify", {"_id"})),
    ],
)
async def test_a_command_without_the_shard_key_is_found(
    mongod: Database,
    act: Callable[[Collection], Awaitable[Any]],
    scatter: tuple[str, set[str]],
) -> None:
    SEEN.found.clear()
    command, fields = scatter

    await act(collection(mongod, TEMPLATES))

    found = {*SEEN.found}
    SEEN.found.clear()
    assert found == {Scatter(TEMPLATES, command, frozenset(fields))}


async def test_a_command_with_the_shard_key_is_not(mongod: Database) -> None:
    templates = collection(mongod, TEMPLATES)
    checked = SEEN.checked

    await templates.find_one({"account_id": "a"})
    await templates.find_one({"$and": [{"account_id": {"$in": ["a", "b"]}}, {"name": "n"}]})
    await templates.find_one({"$or": [{"account_id": "a", "_id": "t"}, {"account_id": "b"}]})
    await templates.delete_one({"_id": "t", "account_id": {"$eq": "a"}})
    await mongod[TEMPLATES].find_one({"_id": "a command of the test"})

    assert SEEN.checked == checked + 4
    assert SEEN.found == set()


async def test_each_exception_is_maintenance(mongod: Database) -> None:
    request = IdempotencyRecord(id="r", digest="d")
    record = a_record("one")
    keys, writer = ApiKeyStore(mongod), ModelTemplateImportWriter(mongod)
    await keys.add(key := new_key(), a_viewer())
    SEEN.allowed.clear()

    for each in (record, record, replace(record, request=request)):
        await writer.add([each])
    exported = [
        page
        async for account in ModelTemplateExportReader(mongod).accounts()
        async for page in ModelTemplateExportReader(mongod).pages(account)
    ]
    await count_outdated(mongod)
    await relist(mongod)
    await drop_tokens(mongod)
    await finish_interrupted(mongod)
    await sweep_if_due(mongod)
    with pytest.raises(NoSuchTemplate):
        await planned(mongod, "unknown", None)
    found = await newest(mongod)
    listed = await keys.list()
    await keys.revoke(key[: len(listed[0].prefix)])

    assert [len(page) for page in exported] == [1]
    assert found == record.template
    assert {(s.collection, s.command, s.fields) for s in SEEN.allowed} == SCATTERED.keys()


def test_unique_indexes_begin_with_the_shard_key() -> None:
    """Each shard enforces them alone."""
    unique = [
        (name, next(iter(keys)))
        for name, indexes in INDEXES.items()
        for keys, options in indexes
        if options.get("unique")
    ]

    assert len(unique) == 3
    assert unique == [(name, SHARD_KEYS[name]) for name, _ in unique]
    assert INDEXES.keys() | {USAGE} == SHARD_KEYS.keys()


def test_collections_are_reached_with_the_servers_concerns() -> None:
    """By which `tests.shard_keys` tells the server's commands from those of tests."""
    reaching = {
        file.name
        for file in APP.rglob("*.py")
        if re.search(r"database\[|\.get_collection\(|_database\[", file.read_text())
    }

    assert reaching == {"driver.py", "indexes.py"}


def test_the_documentation_shards_each_collection() -> None:
    text = SCALE.read_text()
    commands = dict(re.findall(r'sh\.shardCollection\("model_templates\.(\w+)", \{ ?(\w+):', text))

    assert commands == SHARD_KEYS
    assert FORMATS in text
