"""The account and the times of imported lines."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.errors import Invalid
from app.domain.idempotency import idempotency_record
from app.storage.templates import TEMPLATES
from app.transfer import record
from tests.builders import a_create_command, a_record, a_wire_template
from tests.transfer.test_import_export import Command, command, summary
from tests.transfer.test_record import a_line, violations, with_state

__all__ = ["command"]

pytestmark = pytest.mark.slow

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def read(values: Any, account: str) -> record.ModelTemplateRecord:
    return record.read(values, id="new", at=AT, account=account)


def without_account(**changes: Any) -> dict[str, Any]:
    line = a_wire_template(**changes)
    del line["account_id"]
    return line


@pytest.mark.parametrize("line", [without_account(), a_wire_template(account_id=None)])
def test_a_line_without_an_account_gets_that_of_the_import(line: dict[str, Any]) -> None:
    assert read(line, "a9").template.account_id == "a9"
    assert violations(line) == {("REQUIRED", "accountId")}


def test_the_request_of_such_a_line_is_that_of_a_create_in_the_account() -> None:
    line = without_account(request_id="r")

    created = a_create_command(account_id="a9", request_id="r")
    assert read(line, "a9").request == idempotency_record(created)


@pytest.mark.parametrize("account", ["a2", "A1", "", "a1\n", 1, ["a1"]])
def test_a_line_of_another_account_is_an_error_beside_its_others(account: Any) -> None:
    line = {**a_line("one"), "account_id": account, "revision": 3}

    with pytest.raises(Invalid) as invalid:
        read(line, "a1")

    errors = {".".join(error.path): error for error in invalid.value.errors}
    assert errors.keys() >= {"accountId"}
    assert errors["accountId"].message == "accountId is not a1, the account of this import."


@pytest.mark.parametrize("account", ["_a", "a b", "a/b", "é", "a" * 65, "a\u202e"])
def test_an_account_has_the_form_of_one(account: str) -> None:
    assert violations(a_wire_template(account_id=account)) == {("INVALID", "accountId")}


OUTSIDE = ["1999-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "9999-12-31T00:00:00Z"]
OUTSIDE += ["1970-01-01T00:00:00Z", "2000-01-01T00:00:00+01:00", "2200-12-31T23:00:00-02:00"]


@pytest.mark.parametrize("time", OUTSIDE)
@pytest.mark.parametrize("field", ["created_at", "updated_at", "archived_at"])
def test_a_time_is_in_a_plausible_year(field: str, time: str) -> None:
    api_name = {"created_at": "createdAt", "updated_at": "updatedAt", "archived_at": "archivedAt"}

    assert violations(a_wire_template(**{field: time})) == {("OUT_OF_RANGE", api_name[field])}


@pytest.mark.parametrize("time", OUTSIDE)
def test_a_time_of_an_earlier_state_is_in_a_plausible_year(time: str) -> None:
    assert violations(with_state(updated_at=time)) == {("OUT_OF_RANGE", "revisions.0.updatedAt")}


@pytest.mark.parametrize("time", ["2000-01-01T00:00:00Z", "2200-12-31T23:59:59.999Z"])
def test_the_first_and_last_times_are_imported(time: str) -> None:
    assert read(a_wire_template(created_at=time), "a1").template.created_at.year in (2000, 2200)


async def test_only_lines_of_the_account_are_written(command: Command) -> None:
    foreign = record.write(a_record("one", name="foreign", account_id="a2"))
    lines = [a_wire_template(name="own"), without_account(name="bare"), foreign]

    result = await command.imports(lines, "--account", "a1")

    message = "-:3: account_id: account_id is not a1, the account of this import. [INCONSISTENT]"
    assert result == (1, summary(written=2, refused=1), [message])
    stored = await command.database[TEMPLATES].find({}, {"name": 1, "account_id": 1}).to_list(None)
    assert {(t["account_id"], t["name"]) for t in stored} == {("a1", "own"), ("a1", "bare")}
    assert await command.database["model_template_revisions"].count_documents({}) == 0


async def test_an_update_by_import_does_not_reach_another_account(command: Command) -> None:
    line = a_wire_template(name="t", account_id="a2", id="x1")
    await command.imports([line])

    status, output, errors = await command.imports(
        [{**line, "description": "changed"}, {**without_account(name="u"), "id": "x1"}],
        *("--account", "a1", "--on-conflict", "update"),
    )

    assert (status, output) == (1, summary(refused=2))
    assert [error.split(" [")[1] for error in errors] == ["INCONSISTENT]", "DUPLICATE]"]
    (stored,) = await command.database[TEMPLATES].find({}).to_list(None)
    assert (stored["account_id"], stored["name"], stored["revision"]) == ("a2", "t", 1)
