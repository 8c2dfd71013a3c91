"""Databases of earlier releases: their documents get the listing terms of this one."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pymongo.errors import PyMongoError

from app.domain.errors import Unavailable
from app.domain.filter import ModelTemplateFilter
from app.domain.model_template import ModelTemplate
from app.domain.pagination import ModelTemplateOrder, Window
from app.domain.repository import Scope
from app.storage import relisting
from app.storage.driver import Database
from app.storage.indexes import initialise
from app.storage.relisting import count_outdated, relist
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository, stored
from app.storage.terms import VERSION
from tests.builders import a_template

RED = Scope(accounts=frozenset({"a1"}), filter=ModelTemplateFilter(labels={"team": "red"}))


def of_an_older_release(template: ModelTemplate, listing: Any) -> dict[str, Any]:
    """Nulls were stored, and other terms or none."""
    document = {**stored(template), "description": template.description, "archived_at": None}
    del document["listing"]
    return {**document, "listing": listing} if listing else document


async def red_names(database: Database) -> list[str]:
    window = Window(order=ModelTemplateOrder(), size=50)
    page = await MongoModelTemplateRepository(database).list(RED).read(window)
    return sorted(template.name for template in page.templates)


@pytest.mark.parametrize("listing", [None, {"tokens": ["+", "+labels:team=red"]}, {"version": 1}])
async def test_a_database_of_an_older_release_is_relisted(
    mongod: Database, listing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relisting, "BATCH", 2)
    made = [a_template(name=f"t{number}", labels={"team": "red"}) for number in range(5)]
    await mongod[TEMPLATES].insert_many([of_an_older_release(t, listing) for t in made])
    assert await count_outdated(mongod) == 5
    assert await red_names(mongod) == []
    steps: list[int] = []

    @contextmanager
    def watched(count: int) -> Iterator[Callable[[int], None]]:
        steps.append(count)
        yield steps.append

    await initialise(mongod, watched)

    assert steps == [5, 2, 2, 1]
    assert await count_outdated(mongod) == 0
    assert await red_names(mongod) == [template.name for template in made]
    found = await mongod[TEMPLATES].find().sort("_id", 1).to_list(None)
    for document, template in zip(found, made, strict=True):
        assert document["listing"].items() >= stored(template)["listing"].items()


async def test_the_indexes_of_an_older_release_go(mongod: Database) -> None:
    await mongod[TEMPLATES].create_index([("account_id", 1), ("_id", -1)], name="list_by_name")
    await mongod[TEMPLATES].drop_index("account_created_at")
    await mongod[TEMPLATES].create_index([("account_id", 1)], name="account_created_at")

    await initialise(mongod)

    indexes = await mongod[TEMPLATES].index_information()
    assert "list_by_name" not in indexes
    assert [*dict(indexes["account_created_at"]["key"])] == ["account_id", "created_at", "_id"]


async def test_a_newer_release_keeps_its_terms(mongod: Database) -> None:
    newer = {"version": VERSION + 1, "terms": ["@of=the future"]}
    await mongod[TEMPLATES].insert_one({**stored(a_template()), "listing": newer})

    await relist(mongod)

    (document,) = await mongod[TEMPLATES].find().to_list(None)
    assert document["listing"] == newer


async def test_documents_that_cannot_be_read_or_are_invalid_do_not_stop_the_others(
    mongod: Database,
) -> None:
    names = ("sound", "invalid", "unreadable")
    for name in names:
        document = of_an_older_release(a_template(name=name, labels={"team": "red"}), None)
        document["description"] = "x" * 30_000 if name == "invalid" else None
        if name == "unreadable":
            del document["vendor_configuration"]
        await mongod[TEMPLATES].insert_one(document, bypass_document_validation=True)

    await initialise(mongod)

    assert await count_outdated(mongod) == 0
    assert await red_names(mongod) == ["invalid", "sound"]
    everything = Scope(accounts=RED.accounts)
    window = Window(order=ModelTemplateOrder(), size=50)
    page = await MongoModelTemplateRepository(mongod).list(everything).read(window)
    assert (len(page.templates), len(page.unreadable)) == (2, 1)


async def test_relisting_goes_on_after_an_error(
    mongod: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(relisting, "EVERY_SECONDS", 0.01)
    calls = []

    async def failing(_: Database) -> None:
        calls.append(1)
        raise Unavailable if len(calls) % 2 else PyMongoError("no")

    monkeypatch.setattr(relisting, "relist", failing)
    running = asyncio.create_task(relisting.keep_relisting(mongod))
    await asyncio.sleep(0.2)

    assert len(calls) > 3
    assert not running.done()
    assert "could not be updated" in caplog.text
    running.cancel()


async def test_what_an_earlier_release_stored_for_its_lists_goes(mongod: Database) -> None:
    document = of_an_older_release(a_template(labels={"team": "red"}), {"tokens": ["+"]})
    await mongod[TEMPLATES].insert_one(document)
    await mongod[TEMPLATES].create_index([("account_id", 1), ("_id", -1)], name="list_by_name")

    await initialise(mongod)

    (found,) = await mongod[TEMPLATES].find().to_list(None)
    assert "tokens" not in found["listing"]


async def test_a_document_that_changes_meanwhile_is_left_to_the_next_run(mongod: Database) -> None:
    template = a_template(labels={"team": "red"})
    document = of_an_older_release(template, None)
    await mongod[TEMPLATES].insert_one(document)
    update = relisting._update({**document, "revision": 7})

    await mongod[TEMPLATES].bulk_write([update])

    assert await count_outdated(mongod) == 1


async def test_what_an_older_server_writes_meanwhile_is_relisted_by_a_running_one(
    mongod: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relisting, "EVERY_SECONDS", 0.05)
    running = asyncio.create_task(relisting.keep_relisting(mongod))
    template = a_template(name="late", labels={"team": "red"})
    await mongod[TEMPLATES].insert_one(of_an_older_release(template, {"tokens": ["+"]}))

    async with asyncio.timeout(10):
        while await red_names(mongod) != ["late"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    assert not running.done()
    running.cancel()
