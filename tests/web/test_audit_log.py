"""The audit log: who did what to which template, one line each, without values."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from app.domain.access import Viewer
from app.domain.api_key import new_key
from app.domain.audit import Action, request_of
from app.domain.errors import Forbidden
from app.main import audit, create_app
from app.settings import SettingError, Settings, load
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from tests.builders import a_viewer, a_wire_template, an_input
from tests.conftest import Caller

VALUE = "hf_1a2B3c4D5e"
UPDATE = """mutation($input: UpdateModelTemplateInput!) {
  updateModelTemplate(input: $input) { errors { code } }
}"""
DELETE = """mutation($id: ID!) {
  deleteModelTemplate(input: {id: $id}) { errors { code } }
}"""


class Audited:
    """A server with an audit log, and callers of it."""

    def __init__(self, database: Database, file: Path) -> None:
        self.file = file
        self.app = create_app(Settings(audit_log=str(file)), database)
        self._keys = ApiKeyStore(database)

    async def login(self, viewer: Viewer | None = None) -> tuple[Caller, str]:
        """A caller, and the first characters of its key."""
        key = new_key()
        await self._keys.add(key, viewer or a_viewer())
        return Caller(self.app, key), key[:11]

    def lines(self) -> list[dict[str, Any]]:
        """The events; the time of each is checked and left out."""
        events = [json.loads(line) for line in self.file.read_text().splitlines()]
        for event in events:
            assert event.pop("time").endswith("Z")
        return events


@pytest.fixture
def audited(mongomock: Database, tmp_path: Path) -> Audited:
    return Audited(mongomock, tmp_path / "audit.ndjson")


async def test_each_change_is_one_line_without_values(audited: Audited) -> None:
    ann, key = await audited.login()
    env = {"vendorConfiguration": {"bundleConfig": {"env": {VALUE: VALUE}, "tag": VALUE}}}
    template = an_input(a_wire_template(name="t1", description=VALUE, request_id=VALUE))

    id = (await ann.create(template))["modelTemplate"]["id"]
    await ann.create(template)  # The same request again.
    await ann.ask(UPDATE, input={"id": id, "labels": {"team": VALUE}, **env})
    await ann.ask(UPDATE, input={"id": id, "labels": {"team": VALUE}, **env})  # Changes nothing.
    await ann.ask(UPDATE, input={"id": id, "archived": True})
    await ann.ask(UPDATE, input={"id": id, "archived": False, "name": "t2"})
    await ann.ask(UPDATE, input={"id": id, "name": "", "description": "invalid"})
    await ann.ask(DELETE, id=id)
    await ann.ask(DELETE, id=id)  # There is no such template.

    who = {
        "outcome": "done",
        "identity": "ann",
        "identity_type": "user",
        "key": key,
        "client": "127.0.0.1",
        "account": "a1",
        "template": id,
    }
    changed = [
        "labels",
        "vendorConfiguration.bundleConfig.tag",
        "vendorConfiguration.bundleConfig.env",
    ]
    assert audited.lines() == [
        {"action": "create", **who, "name": "t1", "to_revision": 1},
        {"action": "update", **who, "name": "t1", "from_revision": 1, "to_revision": 2}
        | {"changed": changed},
        {"action": "archive", **who, "name": "t1", "from_revision": 2, "to_revision": 3}
        | {"changed": []},
        {"action": "restore", **who, "name": "t2", "from_revision": 3, "to_revision": 4}
        | {"changed": ["name"]},
        {"action": "delete", **who, "name": "t2", "from_revision": 4},
    ]
    assert VALUE not in audited.file.read_text()
    assert audited.file.stat().st_mode & 0o777 == 0o600


async def test_what_is_refused_for_lack_of_access_is_a_line(audited: Audited) -> None:
    ann, _ = await audited.login()
    reader, key = await audited.login(a_viewer(a1="read"))
    id = (await ann.create(an_input(a_wire_template())))["modelTemplate"]["id"]
    account = "x\n{}" * 1_000

    create = "mutation($input: CreateModelTemplateInput!) { createModelTemplate(input: $input) "
    foreign = an_input(a_wire_template(account_id=account))
    await reader.post(f"{create} {{ errors {{ code }} }} }}", input=foreign)
    await reader.post(UPDATE, input={"id": id, "archived": True})
    await reader.post(DELETE, id=id)

    who = {
        "outcome": "forbidden",
        "identity": "ann",
        "identity_type": "user",
        "key": key,
        "client": "127.0.0.1",
    }
    assert audited.lines()[1:] == [
        {"action": "create", **who, "account": account[:255]},
        {"action": "update", **who, "account": "a1", "template": id},
        {"action": "delete", **who, "account": "a1", "template": id},
    ]


async def test_no_text_can_begin_a_line(audited: Audited) -> None:
    odd = "\u2028\u0085\x7f\x1b[2J\r\n\udcff"
    trail = audit(Settings(audit_log=str(audited.file)))

    with pytest.raises(Forbidden):
        trail.require_write(a_viewer(), Action.CREATE, odd)

    text = audited.file.read_bytes()
    assert text.isascii()
    assert text.count(b"\n") == 1
    assert text.splitlines() == [text[:-1]]
    assert audited.lines()[0]["account"] == odd


def test_texts_of_callers_are_cut(audited: Audited) -> None:
    trail = audit(Settings(audit_log=str(audited.file)))

    with request_of("mt_1234", "x" * 9_000):
        trail.report(Action.CREATE, account="y" * 9_000)

    (event,) = audited.lines()
    assert (event["client"], event["account"]) == ("x" * 255, "y" * 255)


async def test_a_log_that_cannot_be_written_does_not_fail_a_request(
    audited: Audited, caplog: pytest.LogCaptureFixture
) -> None:
    ann, _ = await audited.login()
    audited.file.unlink()
    audited.file.mkdir()

    made = await ann.create(an_input(a_wire_template(name=VALUE)))

    assert made["errors"] == []
    logged = [record for record in caplog.records if record.levelno >= logging.ERROR]
    (message,) = (record.getMessage() for record in logged)
    assert message == "An event was not written to the audit log"
    assert VALUE not in caplog.text


async def test_a_rotated_file_is_opened_again(audited: Audited) -> None:
    ann, _ = await audited.login()
    await ann.create(an_input(a_wire_template(name="t1")))
    audited.file.rename(audited.file.with_suffix(".1"))
    await ann.create(an_input(a_wire_template(name="t2")))

    assert [line["name"] for line in audited.lines()] == ["t2"]


async def test_it_is_off_by_default(
    ann: Caller, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    await ann.create(an_input(a_wire_template()))

    assert capfd.readouterr() == ("", "")
    assert Settings().audit_log == "off"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_it_may_go_to_a_standard_stream(
    mongomock: Database, capfd: pytest.CaptureFixture[str], stream: str
) -> None:
    app = create_app(Settings(audit_log=stream), mongomock)
    key = new_key()
    await ApiKeyStore(mongomock).add(key, a_viewer())

    await Caller(app, key).create(an_input(a_wire_template()))

    printed = getattr(capfd.readouterr(), stream[3:])
    assert json.loads(printed)["action"] == "create"


@pytest.mark.parametrize("target", ["on", "true", "audit.log", "", "a\n/b"])
def test_a_target_is_a_word_or_a_path(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    monkeypatch.setenv("MODEL_TEMPLATES_AUDIT_LOG", target)
    if not target:
        assert load().audit_log == "off"
        return
    with pytest.raises(SettingError, match=r"MODEL_TEMPLATES_AUDIT_LOG.*off, stdout, stderr"):
        load()


def test_a_file_that_cannot_be_opened_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"MODEL_TEMPLATES_AUDIT_LOG: .*No such file"):
        audit(Settings(audit_log=str(tmp_path / "missing" / "audit.ndjson")))
