"""Writing many records: each whole or not at all, and what stands in the way of one is told."""

import pytest
from msgspec.structs import replace

from app.domain.errors import Unavailable, UserError
from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplateRevision
from app.storage.driver import Database
from app.storage.history import REVISIONS
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository
from app.transfer import bulk
from app.transfer.import_writer import Conflict, ModelTemplateImportWriter
from app.transfer.record import ModelTemplateRecord
from tests.builders import a_parameter, a_record, with_parameters
from tests.wire import Wire, through, wire

__all__ = ["wire"]


@pytest.fixture
def writer(store: Database) -> ModelTemplateImportWriter:
    return ModelTemplateImportWriter(store)


async def counts(database: Database) -> tuple[int, int]:
    """Templates and earlier states."""
    templates = await database[TEMPLATES].count_documents({})
    return templates, await database[REVISIONS].count_documents({})


async def test_records_are_there_whole(store: Database, writer: ModelTemplateImportWriter) -> None:
    record = replace(a_record("one", "two"), request=IdempotencyRecord(id="r", digest="d"))
    repository = MongoModelTemplateRepository(store)

    assert await writer.add([record, a_record(name="other")]) == [None, None]

    id = record.template.id
    assert await repository.find(id, {"a1"}) == record.template
    assert await repository.revisions(id, limit=9, below=9) == [*record.revisions[::-1]]
    assert await repository.insert(a_record(name="x").template, record.request) == record.template
    assert await counts(store) == (2, 2)


async def test_nothing_is_added_from_nothing(
    writer: ModelTemplateImportWriter, store: Database
) -> None:
    assert await writer.add([]) == []
    assert await counts(store) == (0, 0)


async def test_what_stands_in_the_way_is_told_and_the_others_are_written(
    store: Database, writer: ModelTemplateImportWriter
) -> None:
    mark = IdempotencyRecord(id="r", digest="d")
    first = replace(a_record(name="t1"), request=mark)
    second, third = a_record(name="t2"), a_record(name="t3", account_id="a2")
    await writer.add([first, second, third])
    same_id = a_record("one", name="t4")
    same_id = replace(same_id, template=replace(same_id.template, id=third.template.id))
    same_name = a_record("one", "two", name="t2")
    same_request = replace(a_record("one", name="t5"), request=mark)
    all_three = ModelTemplateRecord(template=replace(first.template, name="t2"), request=mark)
    free = a_record("one", name="t2", account_id="a2")

    outcomes = await writer.add([same_id, same_name, same_request, all_three, free])

    assert outcomes == [
        Conflict(by_id=third.template),
        Conflict(by_name=second.template),
        Conflict(by_request=first.template),
        Conflict(by_id=first.template, by_name=second.template, by_request=first.template),
        None,
    ]
    assert await counts(store) == (4, 1)


async def test_of_two_records_of_one_batch_the_first_is_written(
    store: Database, writer: ModelTemplateImportWriter
) -> None:
    first = a_record("one")
    longer = a_record("one", "two", "three", name="other")
    longer = replace(longer, template=replace(longer.template, id=first.template.id))

    outcomes = await writer.add([first, longer, a_record("one")])

    assert outcomes == [None, Conflict(by_id=first.template), Conflict(by_name=first.template)]
    assert await counts(store) == (1, 1)


async def test_a_record_takes_the_place_of_one_that_was_refused_before_it(
    store: Database, writer: ModelTemplateImportWriter
) -> None:
    await writer.add([a_record(name="taken")])
    refused = a_record("one", "two", name="taken")
    record = a_record("one", name="free")
    id = refused.template.id
    revisions = tuple(
        replace(revision, id=ModelTemplateRevision.id_of(id, 1), template_id=id)
        for revision in record.revisions
    )
    record = replace(record, template=replace(record.template, id=id), revisions=revisions)

    outcomes = await writer.add([refused, record])

    assert [outcome is None for outcome in outcomes] == [False, True]
    assert await counts(store) == (2, 1)
    assert await MongoModelTemplateRepository(store).revision(id, 1) == revisions[0]


async def test_batches_are_as_small_as_the_server_needs(
    store: Database, writer: ModelTemplateImportWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [a_record("one", name=f"t{n}") for n in range(7)]
    for limit, value in (("MAX_DOCUMENTS", 2), ("MAX_BYTES", 2_000)):
        monkeypatch.setattr(bulk, limit, value)
    batches = [
        (start, len(batch))
        for start, batch in bulk._batches([bulk.encoded({"n": n}) for n in range(5)])
    ]

    outcomes = await writer.add([*records, records[6], records[0]])

    assert batches == [(0, 2), (2, 2), (4, 1)]
    assert [outcome is None for outcome in outcomes] == [True] * 7 + [False] * 2
    assert await counts(store) == (7, 7)


async def test_what_is_too_large_for_the_database_is_refused_alone(
    mongod: Database,
) -> None:
    huge = a_record("one", name="huge")
    large = with_parameters(a_parameter(enum=["x" * 1_000_000] * 17))
    state = replace(
        huge.revisions[0],
        model_creation_parameters_schema=a_record(
            **large
        ).template.model_creation_parameters_schema,
    )

    outcomes = await ModelTemplateImportWriter(mongod).add(
        [a_record(name="t1"), replace(huge, revisions=(state,)), a_record("one", name="t2")]
    )

    assert [outcome is None for outcome in outcomes] == [True, False, True]
    assert isinstance(outcomes[1], UserError)
    assert "at most 16,777,216 bytes" in outcomes[1].message
    assert await counts(mongod) == (2, 1)


async def test_what_the_validator_refuses_is_refused_alone(mongod: Database) -> None:
    record = a_record("one", "two", name="odd")
    state = replace(record.revisions[1], name="n" * 1_001)

    outcomes = await ModelTemplateImportWriter(mongod).add(
        [a_record("one", name="t1"), replace(record, revisions=(record.revisions[0], state))]
    )

    assert outcomes[0] is None
    assert isinstance(outcomes[1], UserError)
    assert outcomes[1].path == ("revisions",)
    assert await counts(mongod) == (1, 1)


@pytest.mark.slow
async def test_what_landed_unheard_is_no_conflict(wire: tuple[Wire, int], mongod: Database) -> None:
    standing = a_record("one", name="t0")
    await ModelTemplateImportWriter(mongod).add([standing])
    records = [a_record(name="t0"), a_record(name="t1"), a_record(name="t2")]

    async with through(wire, mongod) as database:
        wire[0].cut_after = 1
        outcomes = await ModelTemplateImportWriter(database).add(records)

    assert outcomes == [Conflict(by_name=standing.template), None, None]
    assert wire[0].inserts == 2
    assert await counts(mongod) == (3, 1)


@pytest.mark.slow
async def test_histories_that_landed_unheard_are_no_conflict(
    wire: tuple[Wire, int], mongod: Database
) -> None:
    async with through(wire, mongod) as database:
        wire[0].cut_after = 1
        outcomes = await ModelTemplateImportWriter(database).add([a_record("one")])

    assert outcomes == [None]
    assert await counts(mongod) == (1, 1)


@pytest.mark.slow
async def test_a_database_that_goes_away_is_unavailable(
    wire: tuple[Wire, int], mongod: Database
) -> None:
    async with through(wire, mongod) as database:
        wire[0].cut_before = 2
        with pytest.raises(Unavailable):
            await ModelTemplateImportWriter(database).add([a_record("one")])

    assert await counts(mongod) == (0, 0)
