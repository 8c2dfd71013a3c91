"""Quotas and the counts that they rely on, on mongomock-motor and on a real mongod."""

import asyncio
from datetime import timedelta

import bson
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplate
from app.domain.quotas import QuotaExceeded, Quotas, Usage
from app.domain.repository import NotUnique
from app.domain.service import now
from app.storage import history, usage
from app.storage.collections import USAGE
from app.storage.driver import Database
from app.storage.history import REVISIONS, MongoHistory
from app.storage.measure import measured_account
from app.storage.purge import planned, purge
from app.storage.templates import MongoModelTemplateRepository
from app.storage.usage import UsageMeter
from tests.builders import a_template, a_viewer

MANY = 10**9


def a_meter(database: Database, **limits: int) -> UsageMeter:
    return UsageMeter(database, Quotas(**{"templates": MANY, "bytes": MANY, **limits}))


async def change(
    repository: MongoModelTemplateRepository, template: ModelTemplate, text: str | None = None
) -> ModelTemplate:
    """The template with a new description, or archived or restored without one."""
    spec = template if text is None else replace(template, description=text)
    archived = UNSET if text is not None else not template.is_archived()
    identity = a_viewer().identity()
    changed = template.changed(spec, archived=archived, identity=identity, at=now())
    assert await repository.replace(template, changed)
    return changed


async def documented(database: Database, account: str = "a1") -> Usage:
    """The usage in the account's document."""
    found = await database[USAGE].find_one({"_id": account})
    assert found is not None
    return Usage(templates=found.get("templates", 0), bytes=found.get("bytes", 0))


async def test_counts_follow_every_kind_of_write(store: Database) -> None:
    meter = a_meter(store, revisions=2)
    repository = MongoModelTemplateRepository(store, meter)
    first, second = a_template(name="t1"), a_template(name="t2", description="two words")
    await repository.insert(first, IdempotencyRecord(id="r", digest="d"))
    await repository.insert(second, None)
    for number in range(4):
        first = await change(repository, first, f"state {number} with many new words")
    second = await change(repository, second)
    third = await change(repository, await repository.insert(a_template(name="t3"), None), "3")
    assert await repository.delete(third.id, third.account_id, None)
    await repository.insert(a_template(account_id="a2"), None)

    await meter.flush()

    assert await documented(store) == await measured_account(store, "a1")
    assert (await documented(store)).templates == 2
    assert await documented(store, "a2") == await measured_account(store, "a2")
    assert await store[REVISIONS].count_documents({}) == 3


async def test_an_update_that_fails_counts_the_revision_that_it_leaves(store: Database) -> None:
    meter = a_meter(store)
    repository = MongoModelTemplateRepository(store, meter)
    await repository.insert(a_template(name="taken"), None)
    template = await repository.insert(a_template(name="t"), None)
    renamed = replace(template, name="taken", revision=2)

    for _ in range(2):
        with pytest.raises(NotUnique):
            await repository.replace(template, renamed)
    await meter.flush()
    left = await documented(store)
    counted = await measured_account(store, "a1")
    assert await repository.delete(template.id, template.account_id, None)
    await meter.flush()

    assert left == counted
    assert await documented(store) == await measured_account(store, "a1")


async def test_an_update_of_a_deleted_template_counts_nothing(store: Database) -> None:
    meter = a_meter(store)
    repository = MongoModelTemplateRepository(store, meter)
    template = await repository.insert(a_template(), None)
    assert await repository.delete(template.id, template.account_id, None)

    assert not await repository.replace(template, replace(template, name="new", revision=2))
    await meter.flush()

    assert await store[REVISIONS].count_documents({}) == 0
    assert await documented(store) == Usage()


async def test_what_overlapping_deletions_delete_is_counted_once(store: Database) -> None:
    repository = MongoModelTemplateRepository(store)
    template = await repository.insert(a_template(), None)
    for number in range(9):
        template = await change(repository, template, f"state {number}")
    size = sum([len(bson.encode(document)) async for document in store[REVISIONS].find()])
    revisions = MongoHistory(store)

    removed = await asyncio.gather(*(revisions.delete_oldest(template.id) for _ in range(5)))

    assert sum(each.count for each in removed) == 9
    assert abs(sum(each.bytes for each in removed) - size) < len(removed)  # Rounded down.


async def test_a_long_history_is_deleted_little_by_little(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "BATCH", 4)
    unlimited = MongoModelTemplateRepository(store)
    template = await unlimited.insert(a_template(), None)
    for number in range(12):
        template = await change(unlimited, template, f"state {number}")
    meter = a_meter(store, revisions=2)
    await meter.recount("a1")
    repository = MongoModelTemplateRepository(store, meter)

    left = []
    for number in range(3):
        template = await change(repository, template, f"later {number}")
        left.append(await store[REVISIONS].count_documents({}))
    batches = [n async for n in purge(store, meter, await planned(store, template.id, before=14))]
    for number in range(6):
        template = await change(unlimited, template, f"last {number}")
    await meter.recount("a1")
    assert await repository.delete(template.id, template.account_id, None)
    await meter.flush()

    assert left == [9, 6, 3]
    assert batches == [1]
    assert await store[REVISIONS].count_documents({}) == 0
    assert await documented(store) == Usage()


async def test_an_empty_account_stores_nothing(store: Database) -> None:
    meter = a_meter(store)
    repository = MongoModelTemplateRepository(store, meter)
    template = await change(repository, await repository.insert(a_template(), None), "new")
    await meter.flush()
    full = await documented(store)
    await repository.delete(template.id, template.account_id, template.revision)
    await meter.flush()

    assert (full.templates, full.bytes > 1_000) == (1, True)
    assert await documented(store) == Usage()
    assert await meter.recount("a1") == Usage()


async def test_concurrent_creates_never_exceed_the_quota_of_one_process(store: Database) -> None:
    repository = MongoModelTemplateRepository(store, a_meter(store, templates=5))

    outcomes = await asyncio.gather(
        *(repository.insert(a_template(name=f"t{n}"), None) for n in range(30)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, ModelTemplate) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, QuotaExceeded) for outcome in outcomes) == 25
    assert await store["model_templates"].count_documents({}) == 5


async def test_another_process_is_told_within_seconds(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "FLUSH_SECONDS", 0.01)
    monkeypatch.setattr(usage, "KNOWN_SECONDS", 0.01)
    first = MongoModelTemplateRepository(store, a_meter(store, templates=2))
    second = MongoModelTemplateRepository(store, a_meter(store, templates=2))

    await first.insert(a_template(name="t1"), None)
    await first.insert(a_template(name="t2"), None)
    while (await store[USAGE].find_one({"_id": "a1"}) or {}).get("templates") != 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)

    with pytest.raises(QuotaExceeded):
        await second.insert(a_template(name="t3"), None)


async def test_a_full_account_can_shrink_and_then_grow_again(store: Database) -> None:
    repository = MongoModelTemplateRepository(store, a_meter(store, bytes=10_000))
    large = await repository.insert(a_template(name="t1", description="x" * 8_000), None)

    with pytest.raises(QuotaExceeded, match="at most 10,000 bytes"):
        await repository.insert(a_template(name="t2", description="x" * 2_000), None)
    with pytest.raises(QuotaExceeded):
        await change(repository, large)
    assert await store[REVISIONS].count_documents({}) == 0
    assert await repository.delete(large.id, large.account_id, None)

    await repository.insert(a_template(name="t2", description="x" * 2_000), None)


async def test_what_is_stored_already_is_found_in_a_full_account(store: Database) -> None:
    repository = MongoModelTemplateRepository(store, a_meter(store, templates=1))
    request = IdempotencyRecord(id="r", digest="d")
    first = await repository.insert(a_template(), request)

    assert await repository.insert(a_template(name="again"), request) == first
    assert await repository.check_insert(a_template(name="again"), request) == first
    with pytest.raises(NotUnique):
        await repository.insert(a_template(), None)
    with pytest.raises(QuotaExceeded):
        await repository.check_insert(a_template(name="new"), None)


async def test_the_oldest_revisions_go(store: Database) -> None:
    repository = MongoModelTemplateRepository(store, a_meter(store, revisions=2))
    template = await repository.insert(a_template(name="t1"), None)
    other = await change(repository, await repository.insert(a_template(name="t2"), None), "kept")
    for number in range(2, 7):
        template = await change(repository, template, f"state {number}")

    kept = await repository.revisions(template.id, limit=9, below=9)

    assert [revision.revision for revision in kept] == [5, 4]
    assert [revision.description for revision in kept] == ["state 5", "state 4"]
    assert await repository.oldest_revision(other.id, below=2) == 1


async def test_updates_of_one_state_exclude_each_other_though_only_one_revision_is_kept(
    store: Database,
) -> None:
    repository = MongoModelTemplateRepository(store, a_meter(store, revisions=1))
    template = await repository.insert(a_template(), None)
    for round in range(3):
        identity = a_viewer().identity()
        versions = [
            template.changed(
                replace(template, description=f"{round} {n}"),
                archived=UNSET,
                identity=identity,
                at=now(),
            )
            for n in range(5)
        ]

        won = await asyncio.gather(*(repository.replace(template, v) for v in versions))

        assert sorted(won) == [False] * 4 + [True]
        earlier, template = template, versions[won.index(True)]
        assert await repository.find(template.id, {"a1"}) == template
        (kept,) = await repository.revisions(template.id, limit=9, below=99)
        assert (kept.revision, kept.description) == (earlier.revision, earlier.description)


async def settled(meter: UsageMeter) -> None:
    """Wait for background counts."""
    while meter._counts:
        await asyncio.gather(*meter._counts.values())


async def test_an_account_of_an_earlier_release_is_counted_in_the_background(
    store: Database,
) -> None:
    uncounted = MongoModelTemplateRepository(store)
    for name in ("t1", "t2"):
        await change(uncounted, await uncounted.insert(a_template(name=name), None), "changed")
    meter = a_meter(store, templates=2)
    repository = MongoModelTemplateRepository(store, meter)
    await meter.require_room("a1", Usage(templates=1))  # Not counted yet.

    await settled(meter)

    assert await documented(store) == await measured_account(store, "a1")
    with pytest.raises(QuotaExceeded):
        await repository.insert(a_template(name="t3"), None)


@pytest.mark.parametrize(
    "wrong", [Usage(templates=900, bytes=12_345), Usage(templates=-5, bytes=-1), Usage()]
)
async def test_a_wrong_count_is_repaired_once_a_day(store: Database, wrong: Usage) -> None:
    writer = a_meter(store)
    await MongoModelTemplateRepository(store, writer).insert(a_template(), None)
    await writer.flush()  # Later, it would repair the count itself.
    values = {"templates": wrong.templates, "bytes": wrong.bytes}
    for hours, is_repaired in ((23, False), (25, True)):
        counted_at = now() - timedelta(hours=hours)
        document = {"$set": {**values, "counted_at": counted_at}}
        await store[USAGE].update_one({"_id": "a1"}, document, upsert=True)
        meter = a_meter(store)

        await meter.require_room("a1", Usage())
        await settled(meter)

        right = await measured_account(store, "a1")
        assert await documented(store) == (right if is_repaired else wrong)


async def test_a_count_that_its_process_does_not_finish_is_begun_again(store: Database) -> None:
    repository = MongoModelTemplateRepository(store)
    await repository.insert(a_template(), None)
    dying = a_meter(store)
    await dying.require_room("a1", Usage())
    (begun,) = dying._counts.values()
    begun.cancel()
    claim = (await store[USAGE].find_one({"_id": "a1"}) or {})["counted_at"]

    for minutes, is_counted in ((9, False), (11, True)):
        passed = claim - timedelta(minutes=minutes)
        await store[USAGE].update_one({"_id": "a1"}, {"$set": {"counted_at": passed}})
        meter = a_meter(store)
        await meter.require_room("a1", Usage())
        await settled(meter)
        found = await store[USAGE].find_one({"_id": "a1"}) or {}
        assert ("templates" in found) is is_counted

    assert now() - found["counted_at"] < timedelta(minutes=1)
    assert await documented(store) == await measured_account(store, "a1")


async def test_without_quotas_nothing_is_counted(store: Database) -> None:
    repository = MongoModelTemplateRepository(store, UsageMeter(store, Quotas(revisions=1)))
    template = await repository.insert(a_template(), None)
    await change(repository, await change(repository, template, "2"), "3")

    assert await store[USAGE].count_documents({}) == 0
    assert await store[REVISIONS].count_documents({}) == 1
