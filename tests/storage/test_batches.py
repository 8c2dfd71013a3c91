"""Reads that share a command: each caller gets what it would get alone."""

import asyncio
import time
from asyncio import Future
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Any

import pytest
from bson.datetime_ms import DatetimeMS
from bson.errors import InvalidBSON
from msgspec.structs import replace

from app.domain.access import Id
from app.domain.answer_budget import (
    AnswerBudget,
    AnswerTooLarge,
    Unlimited,
    answer_budget,
    charged,
)
from app.domain.errors import Unavailable, Unreadable
from app.domain.fair_threads import working_for
from app.domain.model_template import ModelTemplate, ModelTemplateVersion
from app.domain.request_facts import RequestFacts, answering
from app.storage import wait_budget
from app.storage.batches import SIZE, Batches
from app.storage.call_threads import CALLS_OF_A_KEY
from app.storage.documents import LARGE
from app.storage.driver import Database
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository, stored
from app.storage.wait_budget import shared_wait_budget
from tests.builders import a_template
from tests.wire import Wire, through, wire

__all__ = ["wire"]

A1 = frozenset({"a1"})


@pytest.fixture
def repository(store: Database) -> MongoModelTemplateRepository:
    return MongoModelTemplateRepository(store)


@pytest.fixture
async def far(wire: tuple[Wire, int], mongod: Database) -> AsyncIterator[Database]:
    """A database whose answers the wire may delay."""
    async with through(wire, mongod) as database:
        yield database


async def put(database: Database, count: int, **changes: Any) -> list[ModelTemplate]:
    made = [a_template(name=f"t{number}", **changes) for number in range(count)]
    await database[TEMPLATES].insert_many([*map(stored, made)], bypass_document_validation=True)
    return made


async def finds(database: Database, reads: Awaitable[object]) -> list[Any]:
    """The find commands by which something is read."""
    await database.command("profile", 2)
    try:
        await reads
    finally:
        await database.command("profile", 0)
    ours = {"ns": f"{database.name}.{TEMPLATES}", "op": "query"}
    return [each["command"] async for each in database["system.profile"].find(ours)]


async def test_reads_that_wait_together_share_commands(mongod: Database) -> None:
    made = await put(mongod, 200)
    repository = MongoModelTemplateRepository(mongod)
    found: list[ModelTemplate | None] = []

    async def read() -> None:
        found.extend(await asyncio.gather(*(repository.find(each.id, A1) for each in made)))

    commands = await finds(mongod, read())

    assert found == made
    sizes = [len(command["filter"]["_id"]["$in"]) for command in commands]
    assert (len(sizes), sum(sizes), max(sizes)) == (4, 200, SIZE)
    assert {tuple(command["filter"]["account_id"]["$in"]) for command in commands} == {("a1",)}


async def test_each_caller_gets_its_own(
    store: Database, repository: MongoModelTemplateRepository
) -> None:
    one, two = [*await put(store, 1), *await put(store, 1, account_id="a2")]

    got = await asyncio.gather(
        repository.find(one.id, {"a1"}),
        repository.find(one.id, {"a2"}),
        repository.find(one.id, set()),
        repository.find(two.id, {"a1"}),
        repository.find(two.id, {"a1", "a2"}),
        repository.find(one.id, {"a1", "a3"}),
        repository.find("unknown", {"a1"}),
        repository.find_part(ModelTemplateVersion, one.id, {"a1"}),
        repository.find_part(ModelTemplateVersion, one.id, {"a2"}),
    )

    version = ModelTemplateVersion(id=one.id, account_id=one.account_id, revision=1)
    assert got == [one, None, None, None, two, one, None, version, None]


async def test_only_the_reader_of_a_damaged_template_fails(
    store: Database, repository: MongoModelTemplateRepository
) -> None:
    made = await put(store, 3)
    damage: dict[str, Any] = {"$set": {"vendor_configuration": 1}}
    await store[TEMPLATES].update_one({"_id": made[1].id}, damage, bypass_document_validation=True)

    ids = [made[0].id, made[1].id, made[1].id, made[2].id]
    got = await asyncio.gather(*(repository.find(id, A1) for id in ids), return_exceptions=True)

    assert [type(each) for each in got] == [ModelTemplate, Unreadable, Unreadable, ModelTemplate]
    assert got[1] is not got[2]


async def test_only_the_reader_of_a_value_that_python_cannot_hold_fails(mongod: Database) -> None:
    repository = MongoModelTemplateRepository(mongod)
    sound, damaged, other = await put(mongod, 3)
    late = DatetimeMS(300_000_000_000_000)  # After the year 9999.
    await mongod[TEMPLATES].update_one({"_id": damaged.id}, {"$set": {"created_at": late}})

    reads = [repository.find(each.id, A1) for each in (sound, damaged, other, damaged)]
    found = await asyncio.gather(*reads, return_exceptions=True)

    assert found[::2] == [sound, other]
    assert [type(each) for each in found[1::2]] == [InvalidBSON, InvalidBSON]


async def test_an_unknown_value_is_kept_for_every_reader(
    store: Database, repository: MongoModelTemplateRepository
) -> None:
    (template,) = await put(store, 1)
    path = "vendor_configuration.endpoint_config.gpu_type"
    await store[TEMPLATES].update_one(
        {"_id": template.id}, {"$set": {path: "h900"}}, bypass_document_validation=True
    )

    for found in await asyncio.gather(*(repository.find(template.id, A1) for _ in range(3))):
        assert found is not None
        assert str(found.vendor_configuration.endpoint_config.gpu_type.value) == "h900"  # type: ignore[union-attr]


@pytest.mark.parametrize("id", ["x" * 2_000_000, "\ud800"])
async def test_an_id_that_is_none_is_read_alone(
    store: Database, repository: MongoModelTemplateRepository, id: str
) -> None:
    (template,) = await put(store, 1)

    *odd, found = await asyncio.gather(
        *(repository.find(id, A1) for _ in range(20)),
        repository.find(template.id, A1),
        return_exceptions=True,
    )

    assert found == template
    assert all(each is None or isinstance(each, UnicodeError) for each in odd)


@pytest.mark.parametrize("size", [10, 3 * LARGE])
async def test_each_caller_is_charged_for_its_own(
    store: Database, repository: MongoModelTemplateRepository, size: int
) -> None:
    small, sized = [*await put(store, 1), a_template(name="sized", description="x" * size)]
    await store[TEMPLATES].insert_one(stored(sized), bypass_document_validation=True)

    async def charge(id: str, limit: int = 10**6) -> int:
        with answer_budget(AnswerBudget(limit, Unlimited())):
            assert await repository.find(id, A1)
            return charged()

    got: list[Any] = await asyncio.gather(
        *map(charge, [small.id, sized.id, sized.id]),
        charge(sized.id, 100),
        return_exceptions=True,
    )

    assert isinstance(got[3], AnswerTooLarge)
    assert got[1] == got[2]
    assert 0 < got[0] < 5_000
    assert size < got[1] < size + 5_000


@pytest.mark.slow
async def test_a_caller_that_ends_early_leaves_the_others(
    wire: tuple[Wire, int], far: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await put(far, 4)
    repository = MongoModelTemplateRepository(far)
    wire[0].delays = [0.5]

    async def within(seconds: float, id: str) -> ModelTemplate | None:
        monkeypatch.setattr(wait_budget, "SECONDS", seconds)
        with shared_wait_budget():
            monkeypatch.undo()
            return await repository.find(id, A1)

    reads = [
        asyncio.ensure_future(within(seconds, each.id))
        for seconds, each in zip((4.5, 4.5, 0.2, 4.5), made, strict=True)
    ]
    await asyncio.sleep(0.1)
    reads[1].cancel()
    got = await asyncio.gather(*reads, return_exceptions=True)

    assert [got[0], got[3]] == [made[0], made[3]]
    assert [type(got[1]), type(got[2])] == [asyncio.CancelledError, Unavailable]


@pytest.mark.slow
@pytest.mark.alone
async def test_a_key_does_not_wait_for_the_batches_of_another(
    wire: tuple[Wire, int], far: Database
) -> None:
    made = await put(far, 2 * CALLS_OF_A_KEY)
    repository = MongoModelTemplateRepository(far)
    wire[0].delays = [1.0] * CALLS_OF_A_KEY

    async def read(key: str, templates: Sequence[ModelTemplate]) -> float:
        begun = time.monotonic()
        with working_for(key):
            for template in templates:
                assert await repository.find(template.id, A1) == template
        return time.monotonic() - begun

    slow = []
    for template in made:
        slow.append(asyncio.create_task(read("attacker", [template])))
        await asyncio.sleep(0.02)
    other = await read("other", made[:3])

    assert other < 0.5
    assert all(0.5 < seconds < 2.5 for seconds in await asyncio.gather(*slow))


async def test_a_lone_call_is_made_at_the_next_turn_of_the_loop() -> None:
    made: list[Sequence[int]] = []

    def perform(_: str, items: Sequence[int]) -> Future[Sequence[int | Exception]]:
        made.append(items)
        return after(0.0, items)

    outcome = Batches[str, int, int](perform).call("kind", 1)
    assert made == []
    await asyncio.sleep(0)

    assert made == [[1]]
    assert await outcome == 1


async def test_calls_collect_while_batches_are_under_way() -> None:
    sizes: list[int] = []
    under_way: list[Future[Any]] = []

    def perform(_: str, items: Sequence[int]) -> Future[Sequence[int | Exception]]:
        sizes.append(len(items))
        under_way[:] = [each for each in under_way if not each.done()]
        assert len(under_way) < CALLS_OF_A_KEY
        under_way.append(after(0.02, [item if item % 7 else ValueError() for item in items]))
        return under_way[-1]

    batches = Batches[str, int, int](perform)
    first = batches.call("kind", 1)
    await asyncio.sleep(0)
    given_up = batches.call("kind", -1)
    outcomes = [batches.call("kind", item) for item in range(1_000)]
    given_up.cancel()
    got = await asyncio.gather(first, *outcomes, return_exceptions=True)

    assert [each for each in got if not isinstance(each, ValueError)] == [
        1,
        *(item for item in range(1_000) if item % 7),
    ]
    assert (sizes[0], sum(sizes), max(sizes)) == (1, 1_001, SIZE)
    await asyncio.sleep(0.001)
    assert batches._queues == {}


async def test_a_batch_that_cannot_be_made_fails_all_its_calls() -> None:
    def perform(_: str, items: Sequence[int]) -> Future[Sequence[int | Exception]]:
        raise RuntimeError

    batches = Batches[str, int, int](perform)
    got = await asyncio.gather(
        *(batches.call("kind", item) for item in range(100)), return_exceptions=True
    )

    assert [type(each) for each in got] == [RuntimeError] * 100


def after(seconds: float, result: Sequence[int | Exception]) -> Future[Sequence[int | Exception]]:
    """A future with this result after some time."""
    return asyncio.ensure_future(asyncio.sleep(seconds, result))


async def test_waiting_for_a_batch_is_time_of_the_database(mongod: Database) -> None:
    (template,) = await put(mongod, 1)
    repository = MongoModelTemplateRepository(mongod)
    facts = [RequestFacts(id=str(number)) for number in range(3)]

    async def read(own: RequestFacts) -> None:
        with answering(own):
            await repository.find(template.id, A1)

    await asyncio.gather(*map(read, facts))

    assert [[*each.stages] for each in facts] == [["database"]] * 3
    assert all(0 < each.stages["database"] < 5 for each in facts)


async def test_a_template_has_the_same_state_for_all_its_readers(
    repository: MongoModelTemplateRepository,
) -> None:
    template = await repository.insert(a_template(labels={"a": "1"}), None)
    found = await asyncio.gather(*(repository.find(template.id, A1) for _ in range(5)))
    changed = replace(template, revision=2, description="changed", id=Id(template.id))

    assert await repository.replace(template, changed)

    assert found == [template] * 5
    assert await repository.find(template.id, A1) == changed
