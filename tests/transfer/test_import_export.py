"""The commands export and import on a real MongoDB."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database, connect
from app.storage.history import REVISIONS
from app.storage.templates import TEMPLATES, stored
from app.transfer import record
from app.transfer.import_writer import ModelTemplateImportWriter
from tests.builders import (
    a_fragment,
    a_record,
    a_template,
    a_viewer,
    a_wire_template,
    an_input,
    seeds,
)
from tests.conftest import Caller, logging_in
from tests.wire import Wire, wire

__all__ = ["wire"]

ROOT = Path(__file__).parents[2]


class Command:
    """`python -m app` on one database."""

    def __init__(self, environment: dict[str, str], uri: str, database: Database) -> None:
        self.database = database
        self.environment = {
            **environment,
            "MODEL_TEMPLATES_MONGODB_URI": uri,
            "MODEL_TEMPLATES_MONGODB_DATABASE": database.name,
        }

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", *arguments),
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    async def run(self, *arguments: str, input: bytes = b"") -> tuple[int, bytes, str]:
        """Exit status, output, errors."""
        process = await self.start(*arguments)
        async with asyncio.timeout(300):
            output, errors = await process.communicate(input)
        assert "Traceback" not in errors.decode()
        return process.returncode or 0, output, errors.decode()

    async def export(self, *arguments: str) -> bytes:
        status, output, errors = await self.run("export", *arguments)
        assert (status, errors) == (0, "")
        return output

    async def imports(self, lines: Iterable[Any], *arguments: str) -> tuple[int, str, list[str]]:
        """Exit status, summary and reported violations."""
        text = b"\n".join(map(encoded, lines))
        status, output, errors = await self.run("import", "-", *arguments, input=text)
        return status, output.decode(), errors.splitlines()

    async def caller(self) -> Caller:
        keys = ApiKeyStore(self.database)
        app = create_app(Settings(), self.database)
        return await logging_in(app, keys)(a_viewer(a1="write", a2="write"))


def encoded(line: Any) -> bytes:
    return line if isinstance(line, bytes) else json.dumps(line).encode()


def summary(
    written: int = 0, updated: int = 0, unchanged: int = 0, skipped: int = 0, refused: int = 0
) -> str:
    return (
        f"{written:,} written, {updated:,} updated, {unchanged:,} unchanged, "
        f"{skipped:,} skipped, {refused:,} refused\n"
    )


@pytest.fixture
def command(environment: dict[str, str], mongod_uri: str, mongod: Database) -> Command:
    return Command(environment, mongod_uri, mongod)


@pytest.fixture
async def other(
    environment: dict[str, str], mongod_uri: str, mongod: Database
) -> AsyncIterator[Command]:
    """Another, empty database."""
    database = connect(mongod_uri, f"{mongod.name}_other")
    yield Command(environment, mongod_uri, database)
    await database.client.drop_database(database.name)
    database.client.close()


UPDATE = """
mutation($input: UpdateModelTemplateInput!) {
  updateModelTemplate(input: $input) { modelTemplate { revision } errors { message } }
}
"""
LISTED = (
    "{ modelTemplates(first: 100, filter: {archived: null}) { nodes { ...Everything } } }"
    + a_fragment()
)
HISTORY = """
    query($id: ID!) {
      modelTemplate(id: $id) {
        first: revisionAt(revision: 1) { ...Revision }
        revisions(first: 100) { nodes { ...Revision } }
      }
    }
    """ + a_fragment("Revision", "ModelTemplateRevision")
NODE = "query($id: ID!) { node(id: $id) { id ...Revision } }" + a_fragment(
    "Revision", "ModelTemplateRevision"
)


async def filled(caller: Caller) -> str:
    """Create all seeds in two accounts, with changed and archived templates and requests; return
    the id of one with a history."""
    ids = []
    for account in ("a2", "a1"):
        for seed in seeds():
            template = an_input({**seed, "account_id": account, "request_id": seed["name"]})
            ids.append((await caller.create(template))["modelTemplate"]["id"])
    plain = a_wire_template(
        name="\u00e9\U0001f600", description="a\n\u2028b", labels={"b": "", "a": "1"}
    )
    await caller.create(an_input(plain))
    for number in range(12):
        changes = {"description": f"state {number}", "labels": {f"k{number}": "v"}}
        update = {"id": ids[number % 4], "archived": number % 3 == 0, **changes}
        answer = await caller.ask(UPDATE, input=update)
        assert answer["updateModelTemplate"]["errors"] == []
    return str(ids[0])


async def test_a_re_export_gives_the_same_bytes(command: Command, other: Command) -> None:
    caller = await command.caller()
    id = await filled(caller)

    lines = await command.export()
    imported = await other.run("import", "-", input=lines)
    again = await other.export()

    assert imported == (0, summary(written=13).encode(), "")
    assert again == lines
    records = [json.loads(line) for line in lines.splitlines()]
    assert [r["account_id"] for r in records] == ["a1"] * 7 + ["a2"] * 6
    assert sum(len(r.get("revisions", ())) for r in records) == 12
    assert sum("request" in r for r in records) == 12
    assert any(r["archived_at"] for r in records)
    assert await command.export("--account", "a2") == b"".join(lines.splitlines(True)[7:])
    assert await command.export("--account", "a3") == b""

    there = await other.caller()
    templates = await caller.ask(LISTED)
    history = await caller.ask(HISTORY, id=id)
    second = await caller.ask(NODE, id=f"{id}:2")
    assert second["node"]["revision"] == 2
    assert await there.ask(LISTED) == templates
    assert await there.ask(HISTORY, id=id) == history
    assert await there.ask(NODE, id=f"{id}:2") == second
    repeated = an_input({**seeds()[0], "account_id": "a2", "request_id": seeds()[0]["name"]})
    assert (await there.create(repeated))["modelTemplate"]["id"] == id


async def test_of_100_000_lines_only_the_invalid_ones_are_reported_and_not_written(
    command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "templates.ndjson"
    bad = {
        50_001: b'{"name": "t", ',
        70_001: encoded(
            a_wire_template(
                name="t",
                vendor_configuration={
                    "bundle_config": {"tag": "a b"},
                    "endpoint_config": {"min_workers": 2, "max_workers": 1},
                },
            )
        ),
        90_001: encoded({k: v for k, v in a_wire_template().items() if k != "model_type"}),
    }
    template = encoded(a_wire_template(name="NAME"))
    with file.open("wb") as lines:
        for number in range(1, 100_001):
            line = bad.get(number) or template.replace(b"NAME", b"template %06d" % number)
            lines.write(line + b"\n")

    status, output, errors = await command.run("import", str(file))

    assert (status, output.decode()) == (1, summary(written=99_997, refused=3))
    assert errors.splitlines() == [
        f"{file}:50001: (all): The input is not JSON: Expecting property name enclosed in double "
        "quotes at character 14. [INVALID]",
        f"{file}:70001: vendor_configuration.bundle_config.tag: tag must be an image tag: at most "
        "128 letters, digits, _, . and -, without a digest. [INVALID]",
        f"{file}:70001: vendor_configuration.endpoint_config.min_workers: min_workers must not be "
        "greater than max_workers (1). [INCONSISTENT]",
        f"{file}:90001: model_type: model_type is required. [REQUIRED]",
    ]
    assert await command.database[TEMPLATES].count_documents({}) == 99_997
    missing = {"$in": [f"template {number:06}" for number in bad]}
    assert await command.database[TEMPLATES].count_documents({"name": missing}) == 0


async def test_handwritten_files_and_sgp_responses_are_imported(command: Command) -> None:
    answer = a_wire_template(
        name="answer", id="0a-1", created_at="2024-01-01T00:00:00Z", created_by_user_id="u1"
    )
    lines = [{**seed, "account_id": "a1"} for seed in seeds()] + [answer, seeds()[0]]

    status, output, errors = await command.imports([b"", *lines, b" \r\n", a_wire_template()])

    assert (status, output) == (1, summary(written=8, refused=1))
    assert errors == ["-:9: account_id: account_id is required. [REQUIRED]"]
    stored = await command.database[TEMPLATES].find_one({"_id": "0a-1"})
    assert stored and stored["created_by_user_id"] == "u1"


async def there(command: Command, record: record.ModelTemplateRecord) -> dict[str, Any]:
    """The line of a template that is put into the database."""
    assert await ModelTemplateImportWriter(command.database).add([record]) == [None]
    return line_of(record)


def line_of(given: record.ModelTemplateRecord) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(record.write(given))
    return line


async def test_a_conflict_is_a_violation_by_default(command: Command) -> None:
    line = await there(command, a_record("one"))
    mark = {"request_id": "r"}
    lines = [
        line,
        a_wire_template(),
        a_wire_template(name="t1", **mark),
        a_wire_template(name="t2", **mark),
        a_wire_template(name="t3", account_id="a2", id=line["id"]),
    ]

    status, output, errors = await command.imports(lines)

    assert (status, output) == (1, summary(written=1, refused=4))
    assert errors == [
        "-:1: id: id is already used by another template. [DUPLICATE]",
        "-:1: name: name is already used in this account. [DUPLICATE]",
        "-:2: name: name is already used in this account. [DUPLICATE]",
        "-:4: request_id: request_id was already used in this account for a different "
        "template. [DUPLICATE]",
        "-:5: id: id is already used by another template. [DUPLICATE]",
    ]
    assert (await command.export()).splitlines()[0] == encoded_line(line)


def encoded_line(line: dict[str, Any]) -> bytes:
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode()


async def test_existing_templates_can_be_skipped(command: Command) -> None:
    line = await there(command, a_record("one"))
    lines = [
        {**line, "description": "changed"},
        a_wire_template(description="changed"),
        a_wire_template(name="t1"),
        a_wire_template(name="t1"),
        a_wire_template(name="t2", account_id="a2", id=line["id"]),
    ]

    status, output, errors = await command.imports(lines, "--on-conflict", "skip")

    assert (status, output) == (1, summary(written=1, skipped=3, refused=1))
    assert errors == ["-:5: id: id is already used by another template. [DUPLICATE]"]
    assert (await command.export()).splitlines()[0] == encoded_line(line)


async def test_existing_templates_can_be_updated(command: Command) -> None:
    first = await there(command, a_record("one", name="t1"))
    second = await there(command, a_record(name="t2"))
    await there(command, a_record(name="t3"))
    fourth = await there(command, a_record(name="t4"))
    lines = [
        {**first, "name": "renamed"},
        {**first, "name": "renamed", "archived_at": "2026-01-01T00:00:00Z"},
        {**first, "name": "renamed", "archived_at": "2026-02-02T00:00:00Z"},
        first,
        a_wire_template(name="t2", description="by name"),
        a_wire_template(name="t3"),
        {**second, "name": "t3"},
        a_wire_template(name="t5", request_id="r"),
        a_wire_template(name="t6", request_id="r"),
        a_wire_template(name="t7", account_id="a2", id=first["id"]),
        {**fourth, "name": "renamed, too"},
        a_wire_template(name="t4"),
    ]

    status, output, errors = await command.imports(lines, "--on-conflict", "update")

    assert (status, output) == (1, summary(written=2, updated=5, unchanged=2, refused=3))
    assert errors == [
        "-:7: name: name is already used in this account. [DUPLICATE]",
        "-:9: request_id: request_id was already used in this account for a different "
        "template. [DUPLICATE]",
        "-:10: id: id is already used by another template. [DUPLICATE]",
    ]
    found = {line["id"]: line for line in map(json.loads, (await command.export()).splitlines())}
    changed = found[first["id"]]
    assert (changed["revision"], changed["name"], changed["archived_at"]) == (5, "t1", None)
    assert [state["name"] for state in changed["revisions"]] == ["t1", "t1", "renamed", "renamed"]
    assert changed["updated_by_user_id"] == "import"
    assert found[second["id"]]["description"] == "by name"


async def test_an_export_does_not_change_the_database(command: Command) -> None:
    await filled(await command.caller())
    lines = await command.export()

    for mode, came_to in (("update", "unchanged"), ("skip", "skipped")):
        result = await command.imports(lines.splitlines(), "--on-conflict", mode)
        assert result == (0, summary(**{came_to: 13}), [])
    assert await command.export() == lines


async def test_a_line_that_is_too_long_is_invalid(command: Command) -> None:
    lines = [a_wire_template(), {"name": "x" * 40_000_000}, a_wire_template(name="t2")]

    status, output, errors = await command.imports(lines)

    assert (status, output) == (1, summary(written=2, refused=1))
    assert errors == [
        "-:2: (all): The input must be a line of at most 16,777,216 bytes. [OUT_OF_RANGE]"
    ]


async def test_larger_templates_of_older_databases_are_exported(
    command: Command, other: Command
) -> None:
    env = {f"E{number}": "x" * 30_000 for number in range(32)}
    large = a_template(vendor_configuration={"bundle_config": {"env": env}})
    await command.database[TEMPLATES].insert_one(stored(large))
    exported = await command.export()

    status, output, errors = await other.imports([exported.strip()])
    other.environment["MODEL_TEMPLATES_MAX_TEMPLATE_BYTES"] = "1000000"
    again = await other.imports([exported.strip()])

    assert (status, output) == (1, summary(refused=1))
    assert errors == [
        "-:1: (all): The template must have at most 262,144 bytes as JSON, but has 961,016: "
        "vendor_configuration.bundle_config.env alone has 960,279. [OUT_OF_RANGE]"
    ]
    assert again == (0, summary(written=1), [])
    assert await other.export() == exported


async def test_an_empty_import_succeeds(command: Command) -> None:
    assert await command.imports([]) == (0, summary(), [])
    assert await command.export() == b""


async def until_there(database: Database, name: str, count: int) -> None:
    async with asyncio.timeout(60):
        while await database[name].count_documents({}) < count:
            pass


async def fed(command: Command, *arguments: str) -> asyncio.subprocess.Process:
    """An import that has written a batch of the 1,700 lines that it got, and waits for more."""
    process = await command.start("import", "-", *arguments)
    assert process.stdin is not None
    lines = (record.write(a_record("one", "two", name=f"t{n}")) for n in range(1_700))
    process.stdin.write(b"".join(lines))
    await process.stdin.drain()
    await until_there(command.database, TEMPLATES, 1_500)
    await asyncio.sleep(0.5)
    return process


async def test_an_interrupted_import_reports_what_it_has_written(command: Command) -> None:
    process = await fed(command)

    process.send_signal(signal.SIGINT)
    output, errors = await process.communicate()

    assert (process.returncode, errors) == (130, b"")
    assert output.decode() == summary(written=1_500)
    assert await command.database[TEMPLATES].count_documents({}) == 1_500


async def test_a_killed_import_leaves_complete_templates_and_can_be_repeated(
    command: Command,
) -> None:
    lines = [record.write(a_record("one", "two", name=f"t{n}")) for n in range(3_000)]
    process = await command.start("import", "-")
    assert process.stdin is not None
    feeding = asyncio.ensure_future(process.communicate(b"".join(lines)))
    await until_there(command.database, REVISIONS, 1)
    process.kill()
    await feeding

    after = (await command.export()).splitlines(True)
    written = len(after)
    status, output, errors = await command.imports(lines, "--on-conflict", "skip")

    assert written < 3_000
    assert {*after} <= {*lines}
    assert (status, output, errors) == (0, summary(written=3_000 - written, skipped=written), [])
    assert sorted((await command.export()).splitlines(True)) == sorted(lines)
    assert await command.database[REVISIONS].count_documents({}) == 6_000


async def test_without_a_database_the_status_is_3(command: Command, wire: tuple[Wire, int]) -> None:
    command.environment["MODEL_TEMPLATES_MONGODB_URI"] = (
        f"mongodb://127.0.0.1:{wire[1]}/?directConnection=true&serverMonitoringMode=poll"
    )
    process = await fed(command)
    wire[0].cut_before = 1_000_000

    output, errors = await process.communicate(encoded(a_wire_template()))

    assert (process.returncode, output.decode()) == (3, summary(written=1_500))
    assert errors.decode() == (
        "Error: The database is not available at the moment; try again. Some of lines 1,501 to "
        "1,701 may have been imported; use --on-conflict skip to skip them.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "settings", "status", "message"),
    [
        (("import", "missing.ndjson"), {}, 2, "'missing.ndjson' does not exist"),
        (("import", "."), {}, 2, "is a directory"),
        (("import", "-", "--on-conflict", "merge"), {}, 2, "'merge' is not one of"),
        (("export", "--account", " "), {}, 2, "is blank"),
        (("export",), {"MONGODB_URI": "http://h"}, 2, "not a valid MongoDB URI"),
        (("import", "-"), {"MONGODB_URI": "mongodb://127.0.0.1:9"}, 3, "is not available"),
        (("export",), {"MONGODB_URI": "mongodb://127.0.0.1:9"}, 3, "is not available"),
    ],
)
async def test_a_command_that_cannot_start_reports_the_reason(
    command: Command,
    arguments: tuple[str, ...],
    settings: dict[str, str],
    status: int,
    message: str,
) -> None:
    for name, value in settings.items():
        command.environment[f"MODEL_TEMPLATES_{name}"] = value

    result, output, errors = await command.run(*arguments)

    assert (result, output) == (status, b"")
    assert message in errors


async def test_an_export_to_a_closed_pipe_ends_quietly(command: Command) -> None:
    records = [a_record(name=f"t{n}", description="d" * 10_000) for n in range(50)]
    await ModelTemplateImportWriter(command.database).add(records)
    arguments = " ".join([sys.executable, "-m", "app", "export"])

    process = await asyncio.create_subprocess_shell(
        f"{arguments} | head -c 1000 | wc -c",
        cwd=ROOT,
        env=command.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )

    assert await process.communicate() == (b"1000\n", b"")
