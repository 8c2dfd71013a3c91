"""Histories without a template are found and deleted, and no others."""

import asyncio
import random
from collections import Counter
from datetime import UTC, timedelta
from typing import Any

import pytest

from app.domain.errors import Invalid
from app.domain.markers import Changes
from app.domain.model_template import DeleteModelTemplate, ModelTemplate, UpdateModelTemplate
from app.domain.service import ModelTemplateService, now
from app.storage import orphaned_histories
from app.storage.collections import REVISIONS, TEMPLATES
from app.storage.database_format import FORMATS
from app.storage.driver import Database
from app.storage.orphaned_histories import SWEPT, sweep, sweep_if_due
from app.storage.templates import MongoModelTemplateRepository
from app.transfer.import_writer import ModelTemplateImportWriter
from tests.builders import a_create_command, a_record, a_viewer

ANN = a_viewer(a1="write")


@pytest.fixture(autouse=True)
def no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphaned_histories, "DOUBT", timedelta())


@pytest.fixture
def service(store: Database) -> ModelTemplateService:
    return ModelTemplateService(MongoModelTemplateRepository(store))


async def changed(service: ModelTemplateService, template: ModelTemplate) -> ModelTemplate:
    changes = Changes({"description": f"of revision {template.revision + 1}"})
    return await service.update(ANN, UpdateModelTemplate(id=template.id, changes=changes))


async def with_history(service: ModelTemplateService, name: str, count: int = 3) -> ModelTemplate:
    template = await service.create(ANN, a_create_command(name=name))
    for _ in range(count):
        template = await changed(service, template)
    return template


async def orphaned(store: Database, service: ModelTemplateService, name: str) -> str:
    """The id of a template that an earlier release was killed while deleting."""
    template = await with_history(service, name)
    await store[TEMPLATES].delete_one({"_id": template.id})
    return template.id


async def histories(store: Database) -> Counter[str]:
    return Counter([document["template_id"] async for document in store[REVISIONS].find()])


@pytest.mark.parametrize(("batch", "doubtful"), [(500, 10_000), (2, 3), (1, 1)])
async def test_orphans_go_and_others_stay(
    store: Database,
    service: ModelTemplateService,
    batch: int,
    doubtful: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(orphaned_histories, "BATCH", batch)
    monkeypatch.setattr(orphaned_histories, "MAX_DOUBTFUL", doubtful)
    kept = [await with_history(service, f"kept{number}", number) for number in range(5)]
    for number in range(7):
        await orphaned(store, service, f"gone{number}")
    told = list[int]()

    assert await sweep(store, told.append) == 7

    assert sum(told) == 7
    assert await histories(store) == {t.id: t.revision - 1 for t in kept if t.revision > 1}
    assert await sweep(store, told.append) == 0


async def test_a_history_that_an_import_is_writing_stays(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphaned_histories, "DOUBT", timedelta(seconds=0.3))
    record = a_record("second", "third")
    assert await ModelTemplateImportWriter(store).add([record]) == [None]
    template = await store[TEMPLATES].find_one_and_delete({"_id": record.template.id})

    def later(_: int) -> None:
        asyncio.get_running_loop().call_later(
            0.1,
            lambda: inserts.append(asyncio.ensure_future(store[TEMPLATES].insert_one(template))),
        )

    inserts = list[Any]()
    assert await sweep(store, later) == 0

    await asyncio.gather(*inserts)
    assert await histories(store) == {record.template.id: 2}


async def test_no_living_template_loses_its_history_to_sweeps_beside_writes(
    mongod: Database,
) -> None:
    service = ModelTemplateService(MongoModelTemplateRepository(mongod))
    living = {t.id: t for t in [await with_history(service, f"t{n}", 1) for n in range(12)]}
    random_, done = random.Random(1), asyncio.Event()

    async def write(number: int) -> None:
        for turn in range(12):
            id = random_.choice([*living])
            try:
                if random_.random() < 0.25:
                    del living[id]
                    await service.delete(ANN, DeleteModelTemplate(id=id))
                    made = await with_history(service, f"new{number}.{turn}", 2)
                    living[made.id] = made
                else:
                    await service.update(
                        ANN,
                        UpdateModelTemplate(id=id, changes=Changes({"description": f"{turn}"})),
                    )
            except Invalid:
                pass  # Another writer has deleted it.

    async def sweep_on() -> int:
        turns = 0
        while not done.is_set():
            await sweep(mongod)
            turns += 1
        return turns

    sweeping = asyncio.create_task(sweep_on())
    await asyncio.gather(*map(write, range(4)))
    done.set()
    assert await sweeping > 3

    await sweep(mongod)
    templates = {d["_id"]: d["revision"] async for d in mongod[TEMPLATES].find()}
    assert templates.keys() == living.keys()
    assert await histories(mongod) == {id: revision - 1 for id, revision in templates.items()}


async def test_a_database_is_swept_by_one_process_and_again_after_a_week(
    store: Database, service: ModelTemplateService
) -> None:
    first = await orphaned(store, service, "first")
    await asyncio.gather(*(sweep_if_due(store) for _ in range(5)))
    assert first not in await histories(store)

    second = await orphaned(store, service, "second")
    await sweep_if_due(store)
    assert second in await histories(store)

    await store[FORMATS].update_one(SWEPT, {"$set": {"due_at": now() - timedelta(seconds=1)}})
    await sweep_if_due(store)
    assert second not in await histories(store)


async def test_a_sweep_that_was_interrupted_is_due_again_after_an_hour(
    store: Database, service: ModelTemplateService, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = await orphaned(store, service, "gone")
    monkeypatch.setattr(orphaned_histories, "DOUBT", timedelta(minutes=1))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sweep_if_due(store), 0.5)

    due_in = (await store[FORMATS].find_one(SWEPT) or {})["due_at"].replace(tzinfo=UTC) - now()
    assert timedelta(minutes=59) < due_in <= timedelta(hours=1)
    assert gone in await histories(store)
