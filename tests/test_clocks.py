"""Servers whose clocks differ by days: no list hides a template, and no change seems older."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest

from app.domain.filter import ModelTemplateFilter
from app.domain.model_template import ModelTemplate, UpdateModelTemplate
from app.domain.pagination import ModelTemplateOrder
from app.domain.service import ModelTemplateService, now
from app.main import create_app
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database, connect
from app.storage.explain import ORDERS
from app.storage.indexes import initialise
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository
from app.transfer.conflicts import OnConflict
from app.transfer.ndjson import Import
from tests.builders import a_create_command, a_viewer, a_wire_template, an_input
from tests.conftest import Caller, logging_in
from tests.databases import close_soon

ANN = a_viewer()
FIVE_DAYS = timedelta(days=5)
SKEWS = [FIVE_DAYS, -FIVE_DAYS]

UPDATE = """
mutation($id: ID!, $description: String!) {
  updateModelTemplate(input: {id: $id, description: $description}) {
    modelTemplate { createdAt updatedAt revision }
  }
}
"""
FOLLOW = """
query($after: String, $field: ModelTemplateOrderField!) {
  modelTemplates(after: $after, orderBy: {field: $field, direction: ASC}) {
    nodes { name }
    pageInfo { endCursor }
  }
}
"""


def a_service(database: Database, ahead: timedelta = timedelta()) -> ModelTemplateService:
    """A server's use cases, by a clock that is ahead and not corrected."""
    repository = MongoModelTemplateRepository(database)
    return ModelTemplateService(repository, clock=lambda: now() + ahead)


async def walked(
    service: ModelTemplateService, order: ModelTemplateOrder, size: str, bound: str
) -> list[str]:
    """The names of the whole list, in pages of two."""
    found: list[str] = []
    window: dict[str, Any] = {size: 2}
    while True:
        page = await service.list(ANN, ModelTemplateFilter(), order, **window)
        names = [template.name for template in page.templates]
        found = found + names if size == "first" else names + found
        more = page.has_next_page() if size == "first" else page.has_previous_page()
        if not await more:
            return found
        edge = page.templates[-1 if size == "first" else 0]
        window[bound] = order.cursor(edge)


@pytest.mark.parametrize("ahead", SKEWS)
async def test_every_list_shows_the_templates_of_both(store: Database, ahead: timedelta) -> None:
    right, wrong = a_service(store), a_service(store, ahead)
    for name in ("t0", "t1", "t2", "t3", "t4"):
        service = wrong if name in ("t1", "t3") else right
        await service.create(ANN, a_create_command(name=name))

    for service in (right, wrong):
        for order in ORDERS:
            for size, bound in (("first", "after"), ("last", "before")):
                found = await walked(service, order, size, bound)
                assert sorted(found) == ["t0", "t1", "t2", "t3", "t4"]
        page = await service.list(ANN, ModelTemplateFilter(search="t3"), ORDERS[0])
        assert [template.name for template in page.templates] == ["t3"]
        assert await page.total_count() == 1


@pytest.mark.parametrize("ahead", SKEWS)
async def test_a_change_is_later_than_what_it_changes(store: Database, ahead: timedelta) -> None:
    right, wrong = a_service(store), a_service(store, ahead)
    states: list[ModelTemplate] = [await wrong.create(ANN, a_create_command())]
    for service in (right, wrong, right, right):
        command = UpdateModelTemplate(id=states[0].id, archived=not states[-1].is_archived())
        states.append(await service.update(ANN, command))
    history = await right.list_revisions(states[-1])

    times = [state.updated_at for state in states]
    assert times == sorted(set(times))
    assert times[0] == states[0].created_at
    assert [r.updated_at for r in history.revisions] == times[-2::-1]
    assert [state.archived_at for state in states[::2]] == [None, None, None]
    assert [state.archived_at for state in states[1::2]] == times[1::2]


@asynccontextmanager
async def a_caller(
    uri: str, name: str, keys: ApiKeyStore, ahead: timedelta
) -> AsyncIterator[Caller]:
    """A caller of a server with a connection and a clock of its own."""
    database = connect(uri, name, local_clock=lambda: now() + ahead)
    yield await logging_in(create_app(Settings(), database), keys)()
    close_soon(database)


async def following(caller: Caller, field: str, after: str | None) -> tuple[list[str], str]:
    page = (await caller.ask(FOLLOW, field=field, after=after))["modelTemplates"]
    return [node["name"] for node in page["nodes"]], page["pageInfo"]["endCursor"]


@pytest.mark.slow
@pytest.mark.parametrize("ahead", SKEWS)
async def test_whoever_follows_a_list_sees_each_template(
    mongod: Database, mongod_uri: str, ahead: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    keys = ApiKeyStore(mongod)
    async with (
        a_caller(mongod_uri, mongod.name, keys, timedelta()) as right,
        a_caller(mongod_uri, mongod.name, keys, ahead) as wrong,
    ):
        ids, seen, cursor, changes = {}, [], None, None
        for number, server in enumerate([right, wrong, right, wrong, right]):
            given = an_input(a_wire_template(name=f"t{number}"))
            made = (await server.create(given, "{ id name createdAt }"))["modelTemplate"]
            ids[made["name"]] = made["id"]
            created_at = datetime.fromisoformat(made["createdAt"])
            assert abs(created_at - now()) < timedelta(seconds=5)
            names, cursor = await following(right, "CREATED_AT", cursor)
            seen += names
        assert seen == ["t0", "t1", "t2", "t3", "t4"]

        _, changes = await following(right, "UPDATED_AT", None)
        for server, name in [(wrong, "t4"), (right, "t1"), (wrong, "t0"), (right, "t3")]:
            await server.ask(UPDATE, id=ids[name], description="changed")
            names, changes = await following(right, "UPDATED_AT", changes)
            assert names == [name]

    (warning,) = (record.getMessage() for record in caplog.records)
    direction = "ahead of" if ahead > timedelta() else "behind"
    assert warning == (
        f"This machine's clock is 432,000 s {direction} the database's. Templates get the time of "
        "the database, but keys expire by this machine's clock: correct it"
    )


@pytest.mark.parametrize("on_conflict", [OnConflict.FAIL, OnConflict.UPDATE])
def test_imports_are_dated_by_the_clock_of_the_database(
    mongod_uri: str, on_conflict: OnConflict
) -> None:
    is_off = False  # From the last comparison on, this machine's clock goes wrong.
    database = connect(
        mongod_uri,
        f"test_{uuid4().hex}",
        local_clock=lambda: now() + FIVE_DAYS if is_off else now(),
    )
    line, changed = (json.dumps(a_wire_template(description=text)) for text in ("one", "two"))
    with asyncio.Runner() as runner:
        runner.run(initialise(database))
        if on_conflict is OnConflict.UPDATE:
            importing = Import(database, on_conflict, print)
            importing.run(runner, BytesIO(line.encode()), "-", lambda _: None)
        is_off = True

        importing = Import(database, on_conflict, print)
        importing.run(runner, BytesIO(changed.encode()), "-", lambda _: None)

        found = runner.run(next_of(database))
        runner.run(dropped(database))
    close_soon(database)
    assert abs(found["updated_at"] - now() - FIVE_DAYS) < timedelta(minutes=1)


async def next_of(database: Database) -> Any:
    return await database[TEMPLATES].find_one({})


async def dropped(database: Database) -> None:
    await database.client.drop_database(database.name)
