"""Paging through a long list while templates are added and deleted, on a real MongoDB."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from msgspec.structs import replace
from pymongo import MongoClient, monitoring

from app.domain.filter import ModelTemplateFilter
from app.domain.model_template import DeleteModelTemplate, ModelTemplate
from app.domain.pagination import ModelTemplateOrder
from app.domain.service import ModelTemplateService
from app.storage.driver import TYPES, Database
from app.storage.explain import ORDERS
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository, stored
from tests.builders import a_create_command, a_template, a_viewer

pytestmark = pytest.mark.slow

COUNT, SIZE = 1_000, 37
ANN = a_viewer(a1="write", a2="write")


async def stock(database: Database) -> set[str]:
    """The ids of new templates in two accounts. Many have the same time; each name occurs twice."""
    random_ = random.Random(1)
    made: list[ModelTemplate] = []
    for number in range(COUNT):
        template = a_template(name=f"t{number // 2:03}", account_id=f"a{number % 2 + 1}")
        at = template.created_at - timedelta(milliseconds=random_.randrange(100))
        later = at + timedelta(milliseconds=random_.choice([0, 0, random_.randrange(100)]))
        made.append(replace(template, created_at=at, updated_at=later))
    await database[TEMPLATES].insert_many([stored(template) for template in made])
    return {template.id for template in made}


@asynccontextmanager
async def others_come_and_go(service: ModelTemplateService) -> AsyncIterator[asyncio.Queue[str]]:
    """Add and delete templates until the context ends; the queue gets the name of each new one."""
    came: asyncio.Queue[str] = asyncio.Queue()

    async def churn(account_id: str) -> None:
        there: list[ModelTemplate] = []
        while True:
            name = f"t{random.randrange(500):03} {uuid4()}"  # All over the list.
            command = a_create_command(name=name, account_id=account_id)
            there.append(await service.create(ANN, command))
            came.put_nowait(name)
            if len(there) > 3:
                gone = there.pop(random.randrange(len(there)))
                await service.delete(ANN, DeleteModelTemplate(id=gone.id))

    tasks = [asyncio.create_task(churn(account)) for account in ("a1", "a2")]
    try:
        yield came
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def walked(
    service: ModelTemplateService, order: ModelTemplateOrder, way: str, came: asyncio.Queue[str]
) -> list[str]:
    """The ids of the whole list, page by page, forwards or backwards; between any two pages some
    come and go."""
    size, bound = ("first", "after") if way == "forwards" else ("last", "before")
    found: list[str] = []
    cursor = None
    while True:
        window: dict[str, Any] = {size: SIZE, bound: cursor}
        page = await service.list(ANN, ModelTemplateFilter(), order, **window)
        ids = [template.id for template in page.templates]
        found += ids if way == "forwards" else ids[::-1]
        if way == "forwards":
            more, edge = await page.has_next_page(), -1
        else:
            more, edge = await page.has_previous_page(), 0
        if not more:
            return found
        cursor = order.cursor(page.templates[edge])
        async with asyncio.timeout(10):
            await came.get()
            await came.get()


@pytest.mark.parametrize("way", ["forwards", "backwards"])
async def test_nothing_is_missed_or_seen_twice(mongod: Database, way: str) -> None:
    service = ModelTemplateService(MongoModelTemplateRepository(mongod))
    lasting = await stock(mongod)

    for order in ORDERS:
        async with others_come_and_go(service) as came:
            found = await walked(service, order, way, came)

        assert len(found) == len(set(found))
        assert lasting <= set(found), order


class DeletesTheLastFound(monitoring.CommandListener):
    """Deletes the last document of the first full page that a find returns, before the server goes
    on with it."""

    def __init__(self, other: MongoClient[dict[str, Any]]) -> None:
        self.deleted: list[str] = []
        self._other = other

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        found = event.reply.get("cursor", {}).get("firstBatch", [])
        if event.command_name == "find" and len(found) == SIZE + 1 and not self.deleted:
            id = found[-1].get("document", found[-1])["_id"]
            self._other[event.database_name][TEMPLATES].delete_one({"_id": id})
            self.deleted.append(id)


@pytest.mark.parametrize("way", ["forwards", "backwards"])
async def test_a_list_goes_on_when_the_template_after_a_page_is_deleted(
    mongod: Database, mongod_uri: str, way: str
) -> None:
    """By name and over several accounts, templates of the last name are read once more."""
    lasting = await stock(mongod)
    order = next(order for order in ORDERS if order.field.value == "name")
    with MongoClient[dict[str, Any]](mongod_uri) as other:
        listener = DeletesTheLastFound(other)
        client = AsyncIOMotorClient[dict[str, Any]](
            mongod_uri, tz_aware=True, type_registry=TYPES, event_listeners=[listener]
        )
        service = ModelTemplateService(MongoModelTemplateRepository(client[mongod.name]))
        arrivals: asyncio.Queue[str] = asyncio.Queue()
        for _ in range(2 * len(lasting)):
            arrivals.put_nowait("")
        found = await walked(service, order, way, arrivals)
        client.close()

    assert listener.deleted
    assert len(found) == len(set(found))
    assert lasting - {*listener.deleted} <= set(found)
