"""Deletions leave nothing behind, and a late retry of a create does not undo them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.domain.errors import Invalid
from app.domain.idempotency import IdempotencyRecord
from app.domain.markers import Changes
from app.domain.model_template import DeleteModelTemplate, ModelTemplate, UpdateModelTemplate
from app.domain.quotas import Quotas, Usage
from app.domain.repository import NotUnique
from app.domain.service import ModelTemplateService, now
from app.storage.collections import REVISIONS, USAGE
from app.storage.deletion_cleanup import INTERRUPTED, finish_interrupted
from app.storage.deletions import DELETIONS, DeletionLog
from app.storage.driver import Database
from app.storage.purge import planned, purge
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository
from app.storage.usage import UsageMeter
from tests.builders import a_create_command, a_template, a_viewer

ANN = a_viewer(a1="write", a2="write")


@pytest.fixture
def service(store: Database) -> ModelTemplateService:
    return ModelTemplateService(MongoModelTemplateRepository(store))


async def changed(service: ModelTemplateService, **values: Any) -> ModelTemplate:
    """A template with one revision."""
    template = await service.create(ANN, a_create_command(**values))
    change = UpdateModelTemplate(id=template.id, changes=Changes({"description": "changed"}))
    return await service.update(ANN, change)


async def delete(service: ModelTemplateService, template: ModelTemplate) -> None:
    await service.delete(ANN, DeleteModelTemplate(id=template.id))


async def interrupted(store: Database, template: ModelTemplate) -> None:
    """The deletion of a template that began long ago."""
    await DeletionLog(store).begin(template.id, template.account_id, None)
    long_ago = now() - 2 * INTERRUPTED
    await store[DELETIONS].update_one({"_id": template.id}, {"$set": {"deleted_at": long_ago}})


async def test_a_late_retry_does_not_create_a_deleted_template_again(
    store: Database, service: ModelTemplateService
) -> None:
    command = a_create_command(request_id="r1")
    await delete(service, await service.create(ANN, command))

    for attempt in (service.create, service.validate):
        try:
            answer: Any = await attempt(ANN, command)
            errors = answer.errors
        except Invalid as invalid:
            errors = invalid.errors
        assert [(e.code.name, e.path) for e in errors] == [("DUPLICATE", ("requestId",))]
    assert await store[TEMPLATES].count_documents({}) == 0
    assert await service.create(ANN, a_create_command(request_id="r1", account_id="a2"))
    assert await service.create(ANN, a_create_command(request_id="r2"))


class Slow(UsageMeter):
    """Something happens while a write waits for room."""

    def __init__(self, database: Database, meanwhile: Callable[[], Awaitable[Any]]) -> None:
        super().__init__(database, Quotas(templates=9))
        self._meanwhile = meanwhile

    async def reserve(self, account_id: str, growth: Usage) -> None:
        await self._meanwhile()
        await super().reserve(account_id, growth)


async def test_a_retry_that_is_overtaken_by_a_deletion_creates_nothing(store: Database) -> None:
    repository = MongoModelTemplateRepository(store)
    request = IdempotencyRecord(id="r", digest="d")
    first = await repository.insert(a_template(), request)
    meter = Slow(store, lambda: repository.delete(first.id, first.account_id, None))

    with pytest.raises(NotUnique) as repeated:
        await MongoModelTemplateRepository(store, meter).insert(a_template(), request)
    await meter.flush()

    assert (repeated.value.name, repeated.value.request) == (False, True)
    assert await store[TEMPLATES].count_documents({}) == 0
    assert (await store[USAGE].find_one({"_id": "a1"}) or {}).get("templates", 0) == 0


async def test_a_retry_finds_a_template_whose_deletion_did_not_happen(
    store: Database, service: ModelTemplateService
) -> None:
    command = a_create_command(request_id="r1")
    template = await service.create(ANN, command)
    request = {"id": "r1"}
    await DeletionLog(store).begin(template.id, template.account_id, request)

    assert await service.create(ANN, command) == template


async def test_an_interrupted_deletion_is_finished(
    store: Database, service: ModelTemplateService
) -> None:
    gone, kept, recent = [await changed(service, name=name) for name in ("gone", "kept", "recent")]
    for template in (gone, kept):
        await interrupted(store, template)
    await DeletionLog(store).begin(recent.id, recent.account_id, None)
    await store[TEMPLATES].delete_many({"_id": {"$in": [gone.id, recent.id]}})

    await finish_interrupted(store)

    histories = [document["template_id"] async for document in store[REVISIONS].find()]
    notes = {d["_id"]: d["is_finished"] async for d in store[DELETIONS].find()}
    assert sorted(histories) == sorted([kept.id, recent.id])
    assert notes == {gone.id: True, recent.id: False}


async def test_a_purge_keeps_what_it_is_told_to_of_a_deleted_template(
    store: Database, service: ModelTemplateService
) -> None:
    template = await changed(service)
    change = UpdateModelTemplate(id=template.id, changes=Changes({"description": "again"}))
    await service.update(ANN, change)
    await store[TEMPLATES].delete_one({"_id": template.id})

    plan = await planned(store, template.id, before=2)
    deleted = [count async for count in purge(store, UsageMeter(store), plan)]

    assert (plan.below, plan.count, plan.kept, deleted) == (2, 1, 2, [1])
    assert [document["revision"] async for document in store[REVISIONS].find()] == [2]


async def test_a_deletion_leaves_no_history(store: Database, service: ModelTemplateService) -> None:
    await delete(service, await changed(service))

    assert await store[REVISIONS].count_documents({}) == 0
    assert [d["is_finished"] async for d in store[DELETIONS].find()] == [True]
