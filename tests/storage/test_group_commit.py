"""Creates that share a command: each has its own outcome."""

import asyncio
from collections import Counter

import pytest
from msgspec.structs import replace
from pymongo.errors import WriteError

from app.domain.errors import Invalid, UserErrorCode
from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import CreateModelTemplate, ModelTemplate
from app.domain.quotas import QuotaExceeded, Quotas, Usage
from app.domain.repository import NotUnique, Scope
from app.domain.service import ModelTemplateService
from app.storage.collections import TEMPLATES
from app.storage.driver import Database
from app.storage.templates import MongoModelTemplateRepository
from app.storage.usage import UsageMeter
from tests.builders import a_create_command, a_template, a_viewer
from tests.wire import Wire, through, wire

__all__ = ["wire"]

ANN = a_viewer()


DUPLICATE_NAME = [(UserErrorCode.DUPLICATE, ("name",))]


def errors(outcome: object) -> list[tuple[UserErrorCode, tuple[str, ...]]]:
    """Code and path of each error of a create."""
    assert isinstance(outcome, Invalid), outcome
    return [(error.code, error.path) for error in outcome.errors]


async def inserts(database: Database) -> int:
    """The insert commands that the server has received."""
    status = await database.command("serverStatus")
    return int(status["metrics"]["commands"]["insert"]["total"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("store", "count"),
    # The one in memory compares each name with all others.
    [("mongomock", 200), ("mongod", 1_000)],
    indirect=["store"],
)
async def test_of_many_creates_each_duplicate_is_told_to_its_own_caller(
    store: Database, count: int
) -> None:
    service = ModelTemplateService(MongoModelTemplateRepository(store))
    different = count * 9 // 10
    commands = [
        a_create_command(name=f"t{number % different}", description=f"that of caller {number}")
        for number in range(count)
    ]

    outcomes = await asyncio.gather(
        *(service.create(ANN, command) for command in commands), return_exceptions=True
    )

    rejected = [number for number, each in enumerate(outcomes) if isinstance(each, Exception)]
    assert len(rejected) == count // 10
    # One of each two.
    assert {number % different for number in rejected} == set(range(count // 10))
    for number in rejected:
        assert errors(outcomes[number]) == DUPLICATE_NAME
    made = [each for each in outcomes if isinstance(each, ModelTemplate)]
    assert [each.description for each in made] == [
        command.description for number, command in enumerate(commands) if number not in rejected
    ]
    kept = await store[TEMPLATES].find({}, {"description": 1}).to_list(None)
    assert {each["_id"]: each["description"] for each in kept} == {
        each.id: each.description for each in made
    }
    assert len(kept) == different


async def test_creates_that_wait_together_share_commands(mongod: Database) -> None:
    repository = MongoModelTemplateRepository(mongod)
    templates = [a_template(name=f"t{number}") for number in range(200)]
    before = await inserts(mongod)

    made = await asyncio.gather(*(repository.insert(each, None) for each in templates))

    assert made == templates
    assert await inserts(mongod) - before == 4
    assert await mongod[TEMPLATES].count_documents({}) == 200


async def test_large_templates_do_not_share_a_command(mongod: Database) -> None:
    repository = MongoModelTemplateRepository(mongod)
    templates = [a_template(name=f"t{number}", description="x" * 400_000) for number in range(6)]
    await mongod.command({"collMod": TEMPLATES, "validationLevel": "off"})
    before = await inserts(mongod)

    made = await asyncio.gather(*(repository.insert(each, None) for each in templates))

    assert made == templates
    assert await inserts(mongod) - before == 3


async def test_requests_that_are_repeated_at_once_create_once(store: Database) -> None:
    repository = MongoModelTemplateRepository(store)
    request = [IdempotencyRecord(id=f"r{number % 10}", digest="d") for number in range(50)]

    made = await asyncio.gather(
        *(repository.insert(a_template(name=f"t{n % 10}"), request[n]) for n in range(50))
    )
    other_input, other_request, again = await asyncio.gather(
        repository.insert(a_template(), IdempotencyRecord(id="r1", digest="another")),
        repository.insert(a_template(name="t2"), None),
        repository.insert(a_template(name="t3"), request[3]),
        return_exceptions=True,
    )

    assert Counter(each.name for each in made) == {f"t{number}": 5 for number in range(10)}
    assert len({each.id for each in made}) == 10
    assert again == made[3]
    assert isinstance(other_input, NotUnique)
    assert (other_input.name, other_input.request) == (False, True)
    assert isinstance(other_request, NotUnique)
    assert (other_request.name, other_request.request) == (True, False)
    assert await repository.list(Scope(accounts=frozenset({"a1"}))).count() == 10


async def test_a_document_that_mongodb_rejects_fails_alone(mongod: Database) -> None:
    repository = MongoModelTemplateRepository(mongod)
    invalid = replace(a_template(name="odd"), revision="one")
    templates = [a_template(name="t1"), invalid, a_template(name="t2")]

    made = await asyncio.gather(
        *(repository.insert(each, None) for each in templates), return_exceptions=True
    )

    assert [made[0], made[2]] == [templates[0], templates[2]]
    failure = made[1]
    assert isinstance(failure, WriteError)
    assert failure.code == 121  # DocumentValidationFailure


async def test_each_create_has_its_own_room(store: Database) -> None:
    usage = UsageMeter(store, Quotas(templates=20))
    service = ModelTemplateService(MongoModelTemplateRepository(store, usage))

    outcomes = await asyncio.gather(
        *(service.create(ANN, a_create_command(name=f"t{n % 25}")) for n in range(60)),
        return_exceptions=True,
    )

    made = [each for each in outcomes if isinstance(each, ModelTemplate)]
    # A name that turns out to be taken gives its room back, but others may have been told by then.
    assert 10 <= len(made) <= 20
    assert {code for each in outcomes if each not in made for code, _ in errors(each)} <= {
        UserErrorCode.DUPLICATE,
        UserErrorCode.QUOTA_EXCEEDED,
    }
    assert await store[TEMPLATES].count_documents({}) == len(made)
    await usage.require_room("a1", Usage(templates=20 - len(made)))
    with pytest.raises(QuotaExceeded):
        await usage.require_room("a1", Usage(templates=21 - len(made)))


@pytest.mark.slow
@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
async def test_a_lost_command_or_answer_loses_and_doubles_nothing(
    wire: tuple[Wire, int], mongod: Database, cut: str
) -> None:
    async with through(wire, mongod) as database:
        service = ModelTemplateService(MongoModelTemplateRepository(database))
        await service.create(ANN, a_create_command(name="taken"))
        before = wire[0].inserts
        setattr(wire[0], cut, 1)

        outcomes = await asyncio.gather(
            *(service.create(ANN, command) for command in with_duplicates(50)),
            return_exceptions=True,
        )

        found = await asyncio.gather(
            *(service.find(ANN, each.id) for each in outcomes if isinstance(each, ModelTemplate))
        )
    made = [each for each in outcomes if isinstance(each, ModelTemplate)]
    assert wire[0].inserts - before < 20  # Of 60.
    assert found == made
    assert len(made) == 50
    for outcome in outcomes:
        if outcome not in made:
            assert errors(outcome) == DUPLICATE_NAME
    assert await mongod[TEMPLATES].count_documents({}) == 51


def with_duplicates(count: int) -> list[CreateModelTemplate]:
    """Creates of so many templates, and ten whose name is taken."""
    return [
        a_create_command(name="taken" if number % 6 == 5 else f"t{number}")
        for number in range(count + 10)
    ]
