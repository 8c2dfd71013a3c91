"""A database is brought up to date while the server runs: who does it, what is said, what works."""

import asyncio
import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bson.datetime_ms import DatetimeMS
from starlette.applications import Starlette

from app.domain.counters import counts
from app.main import create_app
from app.settings import Settings
from app.storage import migration, migration_lease, relisting
from app.storage.api_keys import ApiKeyStore
from app.storage.database_format import FORMAT, FORMATS, KEY
from app.storage.driver import Database, connect
from app.storage.indexes import INDEXES, initialise, is_up_to_date
from app.storage.migration import Migration
from app.storage.migration_lease import MigrationLease
from app.storage.relisting import OUTDATED_INDEX, count_outdated
from app.storage.templates import TEMPLATES, stored
from app.storage.terms import VERSION
from tests.builders import NAMED, a_template, a_wire_template, an_input
from tests.conftest import Caller, logging_in
from tests.mongod import Mongod

COUNT = 9
REBUILDING = f"rebuilding listing terms: 4 of {COUNT} templates done"
NAMES = "{ modelTemplates(orderBy: {field: NAME}, last: 9) { nodes { name } } }"


@pytest.fixture
async def outdated(mongod: Database) -> Database:
    """A database of an earlier release: templates without listing terms, and no index of them."""
    documents = [stored(a_template(name=f"t{number}")) for number in range(COUNT)]
    for document in documents:
        del document["listing"]
    await mongod[TEMPLATES].insert_many(documents)
    await mongod[TEMPLATES].drop_index(OUTDATED_INDEX)
    await mongod[TEMPLATES].drop_index("account_terms")
    return mongod


async def served(database: Database, migration: Migration) -> tuple[Starlette, Caller]:
    app = create_app(Settings(), database, background=[], migration=migration)
    return app, await logging_in(app, ApiKeyStore(database))()


async def is_ready(caller: Caller) -> tuple[int, Any]:
    answer = await caller.http.get("/readyz")
    return answer.status_code, answer.json()


async def until_ready(caller: Caller) -> None:
    async with asyncio.timeout(20):
        while (await is_ready(caller))[0] != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def relisted() -> float:
    return counts().get(("relisted",), 0)


async def test_a_server_brings_the_database_up_to_date_in_the_background(
    outdated: Database,
) -> None:
    app, caller = await served(outdated, Migration(outdated))
    async with app.router.lifespan_context(app):
        assert (await caller.http.get("/healthz")).status_code == 200
        await until_ready(caller)
        listed = await caller.ask(NAMES)

    assert [node["name"] for node in listed["modelTemplates"]["nodes"]] == [
        f"t{number}" for number in reversed(range(COUNT))
    ]
    assert await is_up_to_date(outdated)
    assert await outdated[FORMATS].find_one({"_id": "migration"}) is None


@pytest.mark.slow
async def test_meanwhile_it_says_what_it_waits_for_and_only_lists_wait(outdated: Database) -> None:
    other = MigrationLease(outdated)
    assert await other.acquire()
    await other.prolong(REBUILDING, accepts_requests=True)
    app, caller = await served(outdated, Migration(outdated))
    async with app.router.lifespan_context(app):
        while await is_ready(caller) == (503, {"status": "no database"}):  # noqa: ASYNC110
            await asyncio.sleep(0.02)

        assert await is_ready(caller) == (503, {"status": REBUILDING})
        made = await caller.create(an_input(a_wire_template(name="new")))
        by_id = "query($id: ID!) { modelTemplate(id: $id) { name } }"
        found = await caller.ask(by_id, id=made["modelTemplate"]["id"])
        listed = await caller.post(NAMES)
        await other.release()
        await until_ready(caller)

        assert len((await caller.ask(NAMES))["modelTemplates"]["nodes"]) == 9

    assert found == {"modelTemplate": {"name": "new"}}
    (error,) = listed.json()["errors"]
    assert error["message"] == f"The server is not ready yet: {REBUILDING}. Try again."
    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryable": True, **NAMED}


@pytest.mark.slow
async def test_nothing_is_written_before_the_unique_indexes_are_there(outdated: Database) -> None:
    other = MigrationLease(outdated)
    await other.acquire()
    app, caller = await served(outdated, Migration(outdated))
    async with app.router.lifespan_context(app):
        answer = await caller.post("{ viewer { identityId } }")
        await other.release()
        await until_ready(caller)

    assert answer.status_code == 503
    (error,) = answer.json()["errors"]
    assert error["message"] == "The server is not ready yet: creating indexes. Try again."
    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryable": True, **NAMED}


@pytest.mark.slow
async def test_an_index_that_is_being_built_is_missing_still(mongod: Database) -> None:
    """MongoDB lists it from the beginning of the build on."""
    templates, index = mongod[TEMPLATES], "account_terms"
    terms = [f"term{number}" for number in range(50)]
    documents = [
        {"account_id": "a1", "name": f"t{n}", "listing": {"terms": terms, "version": VERSION}}
        for n in range(10_000)
    ]
    await templates.drop_index(index)
    await templates.insert_many(documents, bypass_document_validation=True)
    assert not await is_up_to_date(mongod)

    building = asyncio.create_task(initialise(mongod))
    seen = set[tuple[bool, bool]]()
    while not building.done():
        is_listed = index in await templates.index_information()
        is_done = await is_up_to_date(mongod)
        if not building.done():
            seen.add((is_listed, is_done))
    await building

    assert (True, False) in seen
    assert await is_up_to_date(mongod)


async def test_it_is_tried_again_after_any_error(
    outdated: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time after the year 9999 is not decoded, with an error that is not the driver's."""
    monkeypatch.setattr(migration, "RETRY_SECONDS", 0.1)
    damaged = {"name": "t0"}
    change = {"$set": {"created_at": DatetimeMS(300_000_000_000_000)}}
    await outdated[TEMPLATES].update_one(damaged, change)
    app, caller = await served(outdated, Migration(outdated))
    async with app.router.lifespan_context(app):
        async with asyncio.timeout(5):
            while (await is_ready(caller))[1] != {"status": migration.FAILED}:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await outdated[TEMPLATES].delete_one(damaged)
        await until_ready(caller)


@pytest.mark.slow
async def test_of_servers_that_start_at_once_one_does_the_work(outdated: Database) -> None:
    before = relisted()

    await asyncio.gather(*(Migration(outdated).attempt(is_thorough=True) for _ in range(6)))

    assert relisted() - before == COUNT
    assert await is_up_to_date(outdated)


@pytest.mark.slow
async def test_the_next_start_goes_on_after_a_crash(
    outdated: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relisting, "BATCH", 2)
    monkeypatch.setattr(migration_lease, "LASTS", timedelta(seconds=1))
    dead = MigrationLease(outdated)
    await dead.acquire()  # And never releases it.
    await initialise_until(outdated, left=COUNT - 4)
    before, migration = relisted(), Migration(outdated)

    await asyncio.wait_for(migration.attempt(), 20)

    assert relisted() - before == COUNT - 4
    assert migration.step is None
    assert await is_up_to_date(outdated)


class CutOff(Exception):
    """Ends a migration, as a crash would."""


async def initialise_until(database: Database, *, left: int) -> None:
    """A migration that is cut off when so many documents are left."""

    @contextmanager
    def progress(count: int) -> Iterator[Callable[[int], None]]:
        rest = count

        def advance(size: int) -> None:
            nonlocal rest
            rest -= size
            if rest <= left:
                raise CutOff

        yield advance

    with pytest.raises(CutOff):
        await initialise(database, progress)
    assert await count_outdated(database) == left


async def test_progress_is_told_as_it_is(
    outdated: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relisting, "BATCH", 1)
    migration, seen = Migration(outdated), list[str | None]()

    async def watch() -> None:
        while migration.step is not None:
            if migration.step not in seen:
                seen.append(migration.step)
            await asyncio.sleep(0)

    await asyncio.gather(watch(), migration.attempt())

    parts = [f"rebuilding listing terms: {n} of {COUNT} templates done" for n in range(COUNT + 1)]
    assert seen[:2] == ["no database", "creating indexes"]
    assert [step for step in seen if step in parts] == [p for p in parts if p in seen]
    assert len([step for step in seen if step in parts]) > COUNT // 2


async def test_what_is_up_to_date_is_not_touched(mongod: Database) -> None:
    await mongod.command({"collMod": TEMPLATES, "validator": {}})

    await Migration(mongod).attempt()
    without = await validator_of(mongod)
    await Migration(mongod).attempt(is_thorough=True)

    assert without == {}
    assert await validator_of(mongod) != {}


async def validator_of(database: Database) -> Any:
    (found,) = [c async for c in await database.list_collections(filter={"name": TEMPLATES})]
    return found["options"].get("validator", {})


@pytest.mark.parametrize("name", [options["name"] for _, options in INDEXES[TEMPLATES]])
async def test_a_missing_index_is_noticed(mongod: Database, name: str) -> None:
    assert await is_up_to_date(mongod)
    await mongod[TEMPLATES].drop_index(name)

    assert not await is_up_to_date(mongod)
    await Migration(mongod).attempt()
    assert await is_up_to_date(mongod)


async def test_a_server_does_not_become_ready_on_a_database_that_it_cannot_share(
    mongod: Database, caplog: pytest.LogCaptureFixture
) -> None:
    newer = {"format": FORMAT + 1, "oldest": FORMAT + 1, "release": "9.9.9"}
    await mongod[FORMATS].update_one(KEY, {"$set": newer})
    await mongod[TEMPLATES].drop_index("account_terms")  # The newer release has others.
    migration = Migration(mongod)
    app, caller = await served(mongod, migration)
    with caplog.at_level(logging.ERROR):
        async with app.router.lifespan_context(app):
            while "9.9.9" not in (migration.step or ""):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            status, said = await is_ready(caller)

    assert (status, "set up by release 9.9.9" in said["status"]) == (503, True)
    assert [record.getMessage() for record in caplog.records] == [said["status"]]
    assert "account_terms" not in await mongod[TEMPLATES].index_information()


async def test_a_template_that_an_older_server_has_just_written_is_listed(
    mongod: Database,
) -> None:
    relisting.expect_outdated()
    _, caller = await served(mongod, migration := Migration(mongod))
    await migration.attempt()
    for number in range(3):
        document = stored(a_template(name=f"late{number}", labels={"team": "red"}))
        document["listing"] = {"tokens": ["+"]}
        await mongod[TEMPLATES].insert_one(document)
        listed = await caller.ask(
            """{ modelTemplates(filter: {labels: {team: "red"}}) { totalCount nodes { name } } }"""
        )
        assert listed["modelTemplates"]["totalCount"] == number + 1
        assert listed["modelTemplates"]["nodes"][0] == {"name": f"late{number}"}


async def test_lists_look_for_templates_of_older_servers_for_some_time_only(
    mongod: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relisting, "_expected_until", -math.inf)  # Other tests expect some.
    _, caller = await served(mongod, migration := Migration(mongod))
    await migration.attempt()
    await mongod.command({"profile": 2})

    await caller.ask("{ modelTemplates { nodes { name } } }")

    looked = {"ns": f"{mongod.name}.{TEMPLATES}", "command.hint": OUTDATED_INDEX}
    assert await mongod["system.profile"].count_documents(looked) == 0
    relisting.expect_outdated()
    await caller.ask("{ modelTemplates { nodes { name } } }")
    assert await mongod["system.profile"].count_documents(looked) == 1


@pytest.mark.slow
async def test_a_database_that_is_away_is_waited_for(tmp_path: Path) -> None:
    mongod = Mongod(tmp_path)
    database = connect(mongod.uri, "late")
    migration = Migration(database)
    keeping = asyncio.create_task(migration.keep())
    await asyncio.sleep(1)
    assert migration.step == "no database"
    mongod.start()
    try:
        await asyncio.wait_for(keeping, 30)
        assert migration.step is None
        assert await is_up_to_date(database)
    finally:
        database.client.close()
        mongod.kill()


async def test_a_server_that_starts_soon_after_a_rebuild_looks_for_them_too(
    mongod: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await MigrationLease(mongod).note_rebuild()
    monkeypatch.setattr(relisting, "_expected_until", -math.inf)

    await Migration(mongod).attempt()

    assert relisting._expected_until > 0
