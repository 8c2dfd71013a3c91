"""Imports obey the quotas: a line for which its account has no room is named."""

import pytest
from msgspec.structs import replace

from app.domain.errors import UserError, UserErrorCode
from app.domain.quotas import Quotas, Usage
from app.storage.collections import USAGE
from app.storage.driver import Database
from app.storage.history import REVISIONS
from app.storage.measure import measured_account
from app.storage.templates import MongoModelTemplateRepository
from app.storage.usage import UsageMeter
from app.transfer import record
from app.transfer.import_writer import Conflict, ModelTemplateImportWriter
from tests.builders import a_record, a_template
from tests.transfer.test_import_export import Command, command, summary

__all__ = ["command"]

TWO = (
    "account_id: The account a1 may have at most 2 templates, archived ones included: delete some, "
    "or ask the server's operator for a higher limit. [QUOTA_EXCEEDED]"
)


async def test_a_full_account_gets_no_more_records(store: Database) -> None:
    usage = UsageMeter(store, Quotas(templates=3, bytes=10**9))
    await MongoModelTemplateRepository(store, usage).insert(a_template(name="t0"), None)
    names = ("t1", "t2", "t3", "t4")
    records = [*(a_record("new", name=name) for name in names), a_record(account_id="a2")]
    writer = ModelTemplateImportWriter(store, usage)

    *written, third, fourth, foreign = await writer.add(records)
    again = await writer.add(records)

    assert [*written, foreign] == [None] * 3
    for outcome in (third, fourth, *again[2:4]):
        assert isinstance(outcome, UserError)
        assert (outcome.code, outcome.path) == (UserErrorCode.QUOTA_EXCEEDED, ("accountId",))
    # What is stored already conflicts, as without a quota.
    for outcome, written_record in zip(again[:2], records[:2], strict=True):
        assert isinstance(outcome, Conflict)
        assert outcome.by_id == written_record.template
    assert await store[REVISIONS].count_documents({}) == 2
    await usage.flush()
    assert await stored_usage(store) == await measured_account(store, "a1")


async def test_only_the_newest_revisions_are_imported(store: Database) -> None:
    usage = UsageMeter(store, Quotas(templates=9, revisions=2))
    given = a_record("one", "two", "three", "four")

    assert await ModelTemplateImportWriter(store, usage).add([given]) == [None]

    found = await MongoModelTemplateRepository(store).revisions(given.template.id, limit=9, below=9)
    assert found == [*given.revisions[:1:-1]]


async def test_records_that_conflict_take_no_room(store: Database) -> None:
    usage = UsageMeter(store, Quotas(templates=9, bytes=10**9))
    writer = ModelTemplateImportWriter(store, usage)
    first = a_record("one", name="t1")
    same_name = a_record("one", "two", name="t1")

    await writer.add([first, same_name])
    await writer.add([first, replace(first, template=a_template(name="t1"), revisions=())])
    await usage.flush()

    assert await stored_usage(store) == await measured_account(store, "a1")
    assert (await stored_usage(store)).templates == 1


async def stored_usage(database: Database) -> Usage:
    found = await database[USAGE].find_one({"_id": "a1"})
    assert found is not None
    return Usage(templates=found["templates"], bytes=found["bytes"])


@pytest.mark.slow
async def test_the_lines_are_named_and_the_others_are_written(command: Command) -> None:
    command.environment["MODEL_TEMPLATES_MAX_TEMPLATES_PER_ACCOUNT"] = "2"
    command.environment["MODEL_TEMPLATES_MAX_REVISIONS_PER_TEMPLATE"] = "1"
    records = [a_record("one", "two", name=f"t{number}") for number in range(4)]
    lines = [record.write(given).strip() for given in records]

    first = await command.imports(lines)
    again = await command.imports(lines, "--on-conflict", "skip")

    named = [f"-:3: {TWO}", f"-:4: {TWO}"]
    assert first == (1, summary(written=2, refused=2), named)
    assert again == (1, summary(skipped=2, refused=2), named)
    assert await stored_usage(command.database) == await measured_account(command.database, "a1")
    assert (await stored_usage(command.database)).templates == 2
    assert await command.database[REVISIONS].count_documents({}) == 2


@pytest.mark.slow
async def test_accounts_are_counted_again_on_request(command: Command) -> None:
    await command.imports(record.write(a_record("new", account_id=name)) for name in ("a1", "a2"))
    await command.database[USAGE].update_many({}, {"$set": {"templates": 77, "bytes": 1}})

    status, output, errors = await command.run("db", "recount")

    right = await measured_account(command.database, "a1")
    line = f"1 templates  {right.bytes:,} bytes\n"
    assert (status, output.decode(), errors) == (0, f"a1  {line}a2  {line}", "")
    assert await stored_usage(command.database) == right


@pytest.mark.slow
async def test_seeds_are_counted(command: Command) -> None:
    assert (await command.run("seed", "--account", "a1"))[0] == 0

    assert await stored_usage(command.database) == await measured_account(command.database, "a1")
    assert (await stored_usage(command.database)).templates == 6
