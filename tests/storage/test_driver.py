"""Failures of a real connection: retries and errors."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest
from motor.frameworks import asyncio as motor_framework

from app.domain.errors import Unavailable
from app.domain.fair_threads import working_for
from app.domain.repository import Scope
from app.storage import driver, wait_budget
from app.storage.driver import BadDatabaseURI, Database, available, connect, ping
from app.storage.templates import MongoModelTemplateRepository
from app.storage.wait_budget import WaitBudget
from tests.builders import a_template
from tests.wire import Wire, through, wire

__all__ = ["wire"]


@pytest.fixture
async def repository(
    wire: tuple[Wire, int], mongod: Database
) -> AsyncIterator[MongoModelTemplateRepository]:
    async with through(wire, mongod) as database:
        yield MongoModelTemplateRepository(database)


@pytest.mark.slow
async def test_an_insert_with_a_lost_reply_is_not_repeated(
    wire: tuple[Wire, int], repository: MongoModelTemplateRepository
) -> None:
    wire[0].cut_after = 1
    template = a_template()

    assert await repository.insert(template, None) == template
    assert wire[0].inserts == 2
    assert await repository.list(Scope(accounts=frozenset({"a1"}))).count() == 1


@pytest.mark.slow
async def test_an_interrupted_insert_is_retried(
    wire: tuple[Wire, int], repository: MongoModelTemplateRepository
) -> None:
    wire[0].cut_before = 1
    template = a_template()

    assert await repository.insert(template, None) == template
    assert await repository.find(template.id, {"a1"}) == template


@pytest.mark.slow
async def test_an_insert_is_attempted_at_most_twice(
    wire: tuple[Wire, int], repository: MongoModelTemplateRepository
) -> None:
    wire[0].cut_before = 3

    with pytest.raises(Unavailable):
        await repository.insert(a_template(), None)

    assert wire[0].inserts == 2
    wire[0].cut_before = 0
    assert await repository.list(Scope(accounts=frozenset({"a1"}))).count() == 0


@pytest.mark.slow
async def test_an_unreachable_database_is_unavailable_within_five_seconds() -> None:
    database = connect("mongodb://127.0.0.1:9", "test")
    repository = MongoModelTemplateRepository(database)

    for attempt in (ping(database), repository.insert(a_template(), None)):
        begun = time.monotonic()
        with pytest.raises(Unavailable) as unavailable:
            await attempt
        assert time.monotonic() - begun < 5
        assert "127.0.0.1" not in str(unavailable.value)
    database.client.close()


async def test_waiting_for_a_driver_thread_spends_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wait_budget, "SECONDS", 0.05)

    with pytest.raises(Unavailable):
        async with driver.available():
            await asyncio.sleep(60)


@pytest.mark.slow
@pytest.mark.alone
async def test_all_waits_of_a_request_share_one_budget(
    wire: tuple[Wire, int], repository: MongoModelTemplateRepository
) -> None:
    id = (await repository.insert(a_template(), None)).id
    inserts = wire[0].inserts
    wire[0].delays = [2.5, 60]
    begun = time.monotonic()

    with wait_budget.shared_wait_budget():
        await repository.find(id, {"a1"})
        with pytest.raises(Unavailable):
            await repository.find(id, {"a1"})
        waited = time.monotonic() - begun
        with pytest.raises(Unavailable):
            await repository.insert(a_template(), None)

    assert 4 < waited < 5
    assert time.monotonic() - begun - waited < 0.1
    assert wire[0].inserts == inserts


@pytest.mark.slow
async def test_time_between_waits_does_not_spend_the_budget(
    monkeypatch: pytest.MonkeyPatch, mongod: Database
) -> None:
    monkeypatch.setattr(wait_budget, "SECONDS", 0.5)
    repository = MongoModelTemplateRepository(mongod)

    with wait_budget.shared_wait_budget():
        await repository.find("1", {"a1"})
        await asyncio.sleep(0.6)
        assert await repository.find("1", {"a1"}) is None


@pytest.mark.parametrize("uri", ["", "http://h", "mongodb://", "mongodb://u:secret@h:port"])
def test_an_invalid_uri_is_rejected_without_repeating_it(uri: str) -> None:
    with pytest.raises(BadDatabaseURI) as raised:
        connect(uri, "test")

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("uri", "advice"),
    [
        ("mongodb://u:p%w@h", "in user, password, database and options, write special characters"),
        ("mongodb://u@:27017", "check its hosts and options"),
        (
            "mongodb://h:99999",
            "check its hosts, and their ports, which are numbers from 1 to 65535",
        ),
        ("mongodb://h/?tls=true&tlsCAFile=/nope", "a file that its options name cannot be read"),
    ],
)
def test_an_invalid_uri_is_answered_with_advice(uri: str, advice: str) -> None:
    with pytest.raises(BadDatabaseURI) as raised:
        connect(uri, "test")

    assert str(raised.value).startswith(f"not a valid MongoDB URI: {advice}")


async def sleeping(database: Database, seconds: float) -> None:
    """A command that takes its time in MongoDB."""
    script = f"sleep({seconds * 1_000:.0f}) || true"
    async with available():
        await database["some"].find_one({"$where": script})


@pytest.mark.slow
@pytest.mark.alone
async def test_a_key_has_its_share_of_the_calls(mongod: Database) -> None:
    await mongod["some"].insert_one({})

    async def attack() -> float:
        begun = time.monotonic()
        with working_for("attacker"):
            await asyncio.gather(*(sleeping(mongod, 0.25) for _ in range(12)))
        return time.monotonic() - begun

    async def small(*_: object) -> float:
        begun = time.monotonic()
        await ping(mongod)
        return time.monotonic() - begun

    attacking = asyncio.create_task(attack())
    await asyncio.sleep(0.05)
    own = await small()
    with working_for("other"):
        others = await asyncio.gather(*map(small, range(4)))

    assert max(own, *others) < 0.25
    assert await attacking > 0.7  # Three rounds of four.


@pytest.mark.slow
@pytest.mark.alone
async def test_a_call_that_waits_for_too_long_says_why(mongod: Database) -> None:
    await mongod["some"].insert_one({})

    async def read(budget: WaitBudget) -> None:
        async with available(budget):
            await mongod["some"].find_one({"$where": "sleep(1000) || true"})

    with working_for("attacker"):
        earlier = [asyncio.create_task(sleeping(mongod, 1)) for _ in range(4)]
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable) as waited:
            await read(WaitBudget(0.1))
        await asyncio.gather(*earlier)
        with pytest.raises(Unavailable) as slow:
            await read(WaitBudget(0.1))

    assert str(waited.value) == driver.CONGESTED
    assert str(slow.value) == "The database is not available at the moment; try again."


async def test_motor_makes_its_calls_in_the_shared_threads(mongod: Database) -> None:
    await ping(mongod)

    assert vars(motor_framework)["_EXECUTOR"] is driver.THREADS
    assert any(thread.name.startswith("database") for thread in threading.enumerate())
