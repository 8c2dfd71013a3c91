"""Exporting a database: everything exactly once, despite concurrent changes."""

from datetime import timedelta

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplate
from app.storage.driver import Database
from app.storage.history import REVISIONS, MongoHistory
from app.storage.templates import MongoModelTemplateRepository
from app.transfer import export_reader
from app.transfer.export_reader import ModelTemplateExportReader
from app.transfer.import_writer import ModelTemplateImportWriter
from app.transfer.record import ModelTemplateRecord
from tests.builders import a_record, a_template, a_viewer


async def add(database: Database, *records: ModelTemplateRecord) -> None:
    outcomes = await ModelTemplateImportWriter(database).add(records)
    assert outcomes == [None] * len(records)


async def records(database: Database, account: str = "a1") -> list[ModelTemplateRecord]:
    pages = ModelTemplateExportReader(database).pages(account)
    return [record async for page in pages for record in page]


async def change(database: Database, template: ModelTemplate, description: str) -> ModelTemplate:
    spec, identity = replace(template, description=description), a_viewer().identity()
    changed = template.changed(spec, archived=UNSET, identity=identity, at=template.updated_at)
    assert await MongoModelTemplateRepository(database).replace(template, changed)
    return changed


async def test_accounts_are_found_in_order(store: Database) -> None:
    for account in ("b", "", "\U0001f600", "a", "\ufffd", "a"):
        await add(store, a_record(name=f"{account}{a_template().id}", account_id=account))

    accounts = [account async for account in ModelTemplateExportReader(store).accounts()]

    assert accounts == ["", "a", "b", "\ufffd", "\U0001f600"]
    assert await ModelTemplateExportReader(store).count(None) == 6
    assert await ModelTemplateExportReader(store).count("a") == 2


async def test_records_are_complete(store: Database) -> None:
    marked = replace(
        a_record("one", "two", name="t1"), request=IdempotencyRecord(id="r", digest="d")
    )
    plain = a_record(name="t2")
    await add(store, plain, marked)

    assert await records(store) == [marked, plain]
    assert await records(store, "a2") == []


async def test_a_history_that_begins_later_is_exported_and_imported(store: Database) -> None:
    whole = a_record("one", "two", "three", name="t1")
    await add(store, whole)
    history = MongoHistory(store)

    await history.delete_oldest(whole.template.id, below=2)
    (part,) = await records(store)
    await history.delete_oldest(whole.template.id)
    (none,) = await records(store)

    assert part == replace(whole, revisions=whole.revisions[1:], oldest_revision=2)
    assert none == replace(whole, revisions=(), oldest_revision=4)
    await MongoModelTemplateRepository(store).delete(whole.template.id, "a1", None)
    await add(store, part)
    assert await records(store) == [part]


async def test_a_state_before_a_gap_is_not_exported(store: Database) -> None:
    whole = a_record("one", "two", "three")
    await add(store, whole)
    await store[REVISIONS].delete_one({"revision": 2})  # 1 was inserted again after a removal.

    (found,) = await records(store)

    assert found == replace(whole, revisions=whole.revisions[2:], oldest_revision=3)


async def test_order_is_by_time_and_then_by_id(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_reader, "PAGE", 2)
    made = a_template()
    places = [(1, "b"), (0, "z"), (1, "a"), (1, "c"), (0, "y"), (1, "d"), (2, "0")]
    for minutes, id in places:
        at = made.created_at + timedelta(minutes=minutes)
        await add(store, ModelTemplateRecord(template=replace(made, id=id, name=id, created_at=at)))

    found = await records(store)

    assert [record.template.id for record in found] == [id for _, id in sorted(places)]


@pytest.mark.parametrize("size", [1, 32_000_000])
async def test_an_existing_template_is_read_once_despite_changes(
    store: Database, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(export_reader, "PAGE", 5)
    monkeypatch.setattr(export_reader, "MAX_HISTORY_BYTES", size)
    repository = MongoModelTemplateRepository(store)
    made = [a_record("one", name=f"t{n:02}") for n in range(40)]
    await add(store, *made)
    kept, doomed = made[::2], made[1::2]
    found: list[ModelTemplateRecord] = []

    async for page in ModelTemplateExportReader(store).pages("a1"):
        found += page
        if doomed:
            await repository.delete(doomed.pop(0).template.id, "a1", None)
            await repository.delete(doomed.pop().template.id, "a1", None)
        current = await repository.find(kept[len(found) % 20].template.id, {"a1"})
        assert current is not None
        await change(store, current, f"changed {current.revision}")
        await add(store, *(a_record(name=a_template().id) for _ in range(5)))

    ids = [record.template.id for record in found]
    assert len(ids) == len({*ids})
    assert {record.template.id for record in kept} <= {*ids}
    for record in found:
        numbers = [revision.revision for revision in record.revisions]
        assert numbers == [*range(1, record.template.revision)]


async def test_a_revision_of_an_unfinished_update_is_omitted(store: Database) -> None:
    record = a_record("one")
    await add(store, record)
    template = record.template
    changed = await change(store, template, "two")
    # As after a crash between the two steps of the next update.
    later = await change(store, changed, "three")
    await MongoModelTemplateRepository(store)._templates.update_one(
        {"_id": later.id, "account_id": "a1"}, {"$set": {"revision": 3, "description": "two"}}
    )

    (found,) = await records(store)

    assert await store[REVISIONS].count_documents({}) == 3
    assert [revision.revision for revision in found.revisions] == [1, 2]


async def test_a_template_deleted_between_the_reads_is_omitted(store: Database) -> None:
    first, second = a_record("one", name="t1"), a_record("one", name="t2")
    await add(store, first, second)
    reading = ModelTemplateExportReader(store)
    documents = await reading._read("a1", {}, 1, size=9)
    await MongoModelTemplateRepository(store).delete(first.template.id, "a1", None)

    assert await reading._records(documents) == [second]
