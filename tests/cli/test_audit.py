"""The audit log of commands, and of a server with several processes."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.transfer import record
from tests.builders import a_record, a_wire_template, an_input
from tests.program import run, serving_with

CREATE = """mutation($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { modelTemplate { id } errors { message } }
}"""


@pytest.fixture
def file(environment: dict[str, str], tmp_path: Path) -> Path:
    """The file of the audit log, which the environment sets."""
    file = tmp_path / "audit.ndjson"
    environment["MODEL_TEMPLATES_AUDIT_LOG"] = str(file)
    return file


def events(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_commands_are_audited(environment: dict[str, str], file: Path) -> None:
    whole = a_record("one", "two", name="t1")
    changed = {**json.loads(record.write(a_record(name="t1"))), "description": "changed"}
    id = whole.template.id

    run(environment, "import", "-", given=record.write(whole).decode())
    run(environment, "import", "-", "--on-conflict", "update", given=json.dumps(changed))
    run(environment, "db", "purge-revisions", "--template", id, "--before", "3", "--yes")
    key = run(environment, "keys", "create", "--identity", "ci", "--account", "a1:read").stdout
    run(environment, "keys", "revoke", key.strip())
    run(environment, "keys", "revoke", key.strip())  # It is revoked already.
    run(environment, "seed")

    imported, updated, purged, made, revoked, *seeded = events(file)
    who = {"outcome": "done", "identity": "command line"}
    template = {"account": "a1", "template": id, "name": "t1"}
    about = {"about_key": key[:11], "about_identity": "ci", "grants": ["a1:read"]}
    for event in (imported, updated, purged, made, revoked):
        del event["time"]
    assert imported == {"action": "create", **who, **template, "to_revision": 3}
    assert updated == {"action": "update", **who, **template, "changed": ["description"]} | {
        "from_revision": 3,
        "to_revision": 4,
    }
    assert purged == {"action": "purge revisions", **who, **template, "before": 3, "revisions": 2}
    assert made == {"action": "create key", **who, **about}
    assert revoked == {"action": "revoke key", **who, **about}
    assert [event["action"] for event in seeded] == ["create"] * 6
    assert {event["identity"] for event in seeded} == {"command line"}


def test_processes_share_a_file(environment: dict[str, str], file: Path) -> None:
    names = [f"t{number}" for number in range(100)]
    with serving_with(environment, "--port", "0", "--workers", "2") as server:

        def create(name: str) -> None:
            template = an_input(a_wire_template(account_id="demo", name=name))
            answer = server.ask(CREATE, input=template).json()["data"]["createModelTemplate"]
            assert answer["errors"] == []

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(create, names))

    found = events(file)
    assert sorted(event["name"] for event in found) == sorted(names)
    assert {event["identity"] for event in found} == {"developer"}
    assert {event["client"] for event in found} == {"127.0.0.1"}


def test_a_wrong_target_ends_the_server(environment: dict[str, str], tmp_path: Path) -> None:
    environment["MODEL_TEMPLATES_AUDIT_LOG"] = str(tmp_path / "missing" / "audit.ndjson")

    result = run(environment, "serve", "--port", "0")

    assert result.returncode == 2
    assert result.stderr.startswith("Error: MODEL_TEMPLATES_AUDIT_LOG: ")
