"""Changes in the middle of which the database fails, by its own fail points."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from time import monotonic
from typing import Any

import pytest

from app.domain.audit import Audit, AuditEvent
from app.domain.errors import Invalid, Unavailable
from app.domain.markers import Changes
from app.domain.model_template import DeleteModelTemplate, ModelTemplate, UpdateModelTemplate
from app.domain.quotas import Quotas, Usage
from app.domain.service import ModelTemplateService, now
from app.storage.collections import REVISIONS, TEMPLATES, USAGE
from app.storage.deletion_cleanup import INTERRUPTED, finish_interrupted
from app.storage.deletions import DELETIONS
from app.storage.driver import Database, connect
from app.storage.indexes import initialise
from app.storage.measure import measured_account
from app.storage.templates import MongoModelTemplateRepository
from app.storage.usage import UsageMeter
from app.transfer.import_writer import ModelTemplateImportWriter
from tests.builders import a_create_command, a_record, a_viewer
from tests.mongod import Mongod

pytestmark = pytest.mark.slow

ANN = a_viewer()
EXCEEDED_TIME_LIMIT = 262
FAILING = {"errorCode": EXCEEDED_TIME_LIMIT}
UNANSWERED = {"writeConcernError": {"code": EXCEEDED_TIME_LIMIT, "errmsg": "too late"}}
"""The command does its work, and then fails."""


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    mongod = Mongod(tmp_path_factory.mktemp("lost"), "--setParameter", "enableTestCommands=1")
    mongod.start()
    try:
        yield mongod
    finally:
        mongod.kill()


@pytest.fixture
async def database(mongod: Mongod, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    database = connect(mongod.uri, f"db{abs(hash(request.node.name))}")
    await initialise(database)
    try:
        yield database
        await failing(database)
    finally:
        database.client.close()


async def failing(database: Database, *commands: str, times: int = 0, **how: Any) -> None:
    """Have these commands fail so, a number of times or from now on; without any, no longer."""
    mode: Any = ({"times": times} if times else "alwaysOn") if commands else "off"
    point = {"mode": mode, "data": {"failCommands": [*commands], **how}}
    await database.client.admin.command({"configureFailPoint": "failCommand", **point})


class Trail:
    """A service with quotas and an audit log, which is kept here."""

    def __init__(self, database: Database) -> None:
        self.events: list[AuditEvent] = []
        self.usage = UsageMeter(database, Quotas(templates=99, bytes=10**9))
        repository = MongoModelTemplateRepository(database, self.usage)
        self.service = ModelTemplateService(repository, audit=Audit(self.events.append))

    def outcomes(self) -> list[tuple[str, str]]:
        return [(event.action.value, event.outcome) for event in self.events]

    async def changed(self) -> ModelTemplate:
        """A template with a revision."""
        template = await self.service.create(ANN, a_create_command())
        return await self.service.update(ANN, an_update(template))


def an_update(template: ModelTemplate) -> UpdateModelTemplate:
    return UpdateModelTemplate(id=template.id, changes=Changes({"description": "changed"}))


async def documented(database: Database) -> Usage:
    found = await database[USAGE].find_one({"_id": "a1"}) or {}
    return Usage(templates=found["templates"], bytes=found["bytes"])


async def test_a_history_that_cannot_be_deleted_is_deleted_later(database: Database) -> None:
    trail = Trail(database)
    template = await trail.changed()
    await failing(database, "aggregate", **FAILING)

    assert await trail.service.delete(ANN, DeleteModelTemplate(id=template.id)) == template.id
    await trail.usage.flush()
    await failing(database)
    left = await documented(database)
    revisions = await database[REVISIONS].count_documents({})
    long_ago = {"$set": {"deleted_at": now() - 2 * INTERRUPTED}}
    await database[DELETIONS].update_one({"_id": template.id}, long_ago)
    await finish_interrupted(database)

    assert trail.outcomes()[-1] == ("delete", "done")
    assert (left.templates, left.bytes > 0, revisions) == (0, True, 1)
    assert await database[REVISIONS].count_documents({}) == 0
    later = UsageMeter(database, Quotas(bytes=10**9))
    await later.require_room("a1", Usage())
    for count in [*later._counts.values()]:
        await count
    assert await documented(database) == Usage()


@pytest.mark.parametrize("action", ["create", "update", "delete"])
async def test_a_change_whose_answer_is_lost_is_audited(database: Database, action: str) -> None:
    trail = Trail(database)
    template = await trail.changed()
    command = {"create": "insert", "update": "update", "delete": "findAndModify"}[action]
    changes: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "create": lambda: trail.service.create(ANN, a_create_command(name="other")),
        "update": lambda: trail.service.update(
            ANN, UpdateModelTemplate(id=template.id, changes=Changes({"name": "other"}))
        ),
        "delete": lambda: trail.service.delete(ANN, DeleteModelTemplate(id=template.id)),
    }
    await failing(database, command, **FAILING)

    with pytest.raises(Unavailable):
        await changes[action]()

    assert trail.outcomes() == [("create", "done"), ("update", "done"), (action, "unknown")]
    assert trail.events[-1].account == "a1"


async def test_a_change_that_is_cancelled_is_audited(database: Database) -> None:
    trail = Trail(database)
    template = await trail.changed()
    command = UpdateModelTemplate(id=template.id, changes=Changes({"name": "other"}))
    delay = {"blockConnection": True, "blockTimeMS": 1_000}
    await failing(database, "insert", times=1, **delay)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await trail.service.update(ANN, command)

    assert trail.outcomes()[2:] == [("update", "unknown")]


CREATES = [a_create_command(name=f"t{number % 50}") for number in range(60)]


@pytest.mark.parametrize("how", [UNANSWERED, FAILING, {"closeConnection": True}], ids=repr)
async def test_creates_survive_a_shared_command_that_fails_once(
    database: Database, how: dict[str, Any]
) -> None:
    trail = Trail(database)
    await failing(database, "insert", times=1, **how)

    outcomes = await asyncio.gather(
        *(trail.service.create(ANN, create) for create in CREATES), return_exceptions=True
    )

    made = [each for each in outcomes if isinstance(each, ModelTemplate)]
    rejected = [each for each in outcomes if isinstance(each, Invalid)]
    assert (len(made), len(rejected)) == (50, 10)
    assert {error.code.name for each in rejected for error in each.errors} == {"DUPLICATE"}
    assert await database[TEMPLATES].count_documents({}) == 50
    assert await asyncio.gather(*(trail.service.find(ANN, each.id) for each in made)) == made
    assert trail.outcomes() == [("create", "done")] * 50
    await trail.usage.flush()
    assert await documented(database) == await measured_account(database, "a1")


@pytest.mark.parametrize("how", [UNANSWERED, FAILING], ids=repr)
async def test_creates_whose_shared_command_keeps_failing_are_unknown(
    database: Database, how: dict[str, Any]
) -> None:
    trail = Trail(database)
    await failing(database, "insert", **how)

    outcomes = await asyncio.gather(
        *(trail.service.create(ANN, create) for create in CREATES[:50]), return_exceptions=True
    )
    await failing(database)

    # What was stored before its answer was lost is found by the second attempt.
    is_stored = how is UNANSWERED
    assert {type(each) for each in outcomes} == {ModelTemplate if is_stored else Unavailable}
    assert await database[TEMPLATES].count_documents({}) == (50 if is_stored else 0)
    assert trail.outcomes() == [("create", "done" if is_stored else "unknown")] * 50


async def test_a_create_that_is_cancelled_leaves_those_that_share_its_command(
    database: Database,
) -> None:
    trail = Trail(database)
    delay = {"blockConnection": True, "blockTimeMS": 1_500}
    await failing(database, "insert", **delay)
    creates = [asyncio.ensure_future(trail.service.create(ANN, each)) for each in CREATES[:3]]
    await asyncio.sleep(0.7)
    creates[1].cancel()

    outcomes = await asyncio.gather(*creates, return_exceptions=True)

    kinds = [ModelTemplate, asyncio.CancelledError, ModelTemplate]
    assert [type(each) for each in outcomes] == kinds
    assert Counter(trail.outcomes()) == {("create", "done"): 2, ("create", "unknown"): 1}
    assert await database[TEMPLATES].count_documents({}) == 3


async def test_an_import_audits_what_it_cannot_confirm(database: Database) -> None:
    events: list[AuditEvent] = []
    writer = ModelTemplateImportWriter(database, audit=Audit(events.append))
    await writer.add([a_record(name="t1")])
    await failing(database, "insert", **FAILING)
    with pytest.raises(Unavailable):
        await writer.add([a_record(name="t2")])
    await failing(database)

    assert [(event.name, event.outcome) for event in events] == [("t1", "done"), ("t2", "unknown")]


async def test_the_last_flush_ends_with_the_first_failure(
    database: Database, mongod: Mongod
) -> None:
    trail = Trail(database)
    for number in range(50):
        trail.usage.add(f"a{number}", Usage(bytes=1))
    mongod.silence()
    begun = monotonic()

    await trail.usage.flush()

    lasted = monotonic() - begun
    mongod.wake()
    assert lasted < 5


async def test_a_sum_that_may_be_added_twice_is_counted_anew(database: Database) -> None:
    trail = Trail(database)
    await trail.changed()
    await failing(database, "findAndModify", times=1, **UNANSWERED)

    await trail.usage.flush()
    await trail.usage.flush()
    doubled = await documented(database)
    found = await database[USAGE].find_one({"_id": "a1"}) or {}
    later = UsageMeter(database, trail.usage.quotas)
    await later.require_room("a1", Usage(templates=1))
    for count in [*later._counts.values()]:
        await count

    assert (doubled.templates, "counted_at" in found) == (2, False)
    assert await documented(database) == await measured_account(database, "a1")
    assert await database[TEMPLATES].count_documents({}) == 1
