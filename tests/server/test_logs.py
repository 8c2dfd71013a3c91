"""Logs contain no secrets, in either format and at the lowest level."""

import asyncio
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from pathlib import Path
from select import PIPE_BUF
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from pymongo import MongoClient

from app.server.logs import PRETTY, Json, Lines, Pretty, where
from app.storage.terms import TERMS_INDEX
from app.web.request_log import ACCESS, FIELDS
from tests.program import ROOT
from tests.web.raw import exchange

MARK = "s3cret"
"""Part of every value that must not be logged."""
KEY = f"mt_{MARK:a<43}"
LIST = "query($a: String) { modelTemplates(filter: {search: $a}) { nodes { id } } }"
CREATE = "mutation($input: CreateModelTemplateInput!) { createModelTemplate(input: $input) {"
CREATE += " errors { message } } }"


@contextmanager
def serving(uri: str, tmp_path: Path, form: str) -> Iterator[tuple[str, str, Path]]:
    """The address of a server, a key, and the file with all of its output."""
    name = f"log_{form}"
    environment = {
        "PATH": os.environ["PATH"],
        "MODEL_TEMPLATES_MONGODB_URI": f"{uri}&authSource={MARK}",
        "MODEL_TEMPLATES_MONGODB_DATABASE": name,
        "MODEL_TEMPLATES_DATA_DIR": str(tmp_path),
        "MODEL_TEMPLATES_PORT": "0",
        "LOG_LEVEL": "debug",
        "MODEL_TEMPLATES_LOG_FORMAT": form,
    }
    output = tmp_path / "stderr"
    command = [sys.executable, "-m", "app"]
    with (
        output.open("wb") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            lines = iter(process.stdout.readline, "")
            url = next(line.split()[-1] for line in lines if " API " in line)
            key = next(line.split()[2] for line in lines if "Development key" in line)
            yield url, key, output
        finally:
            process.terminate()
            process.wait(30)
            with MongoClient[dict[str, Any]](uri) as client:
                client.drop_database(name)


def send_secrets(url: str, key: str) -> str:
    """Send a secret in everything that a caller can send; return the id of the resulting error."""
    headers = {"x-api-key": key}
    values = {"a": MARK, "input": {"accountId": "demo", "name": MARK, "endpointType": MARK}}
    literal = f'{{ modelTemplates(filter: {{search: "{MARK}"}}) {{ nodes {{ id }} }} }}'
    operations = [
        {"query": LIST, "variables": {"a": MARK}},
        {"query": LIST, "variables": {"a": {MARK: [MARK]}}},
        {"query": CREATE, "variables": {"input": values["input"]}},
        {"query": literal},
        {"query": f'{{ modelTemplates(after: "{MARK}") {{ nodes {{ {MARK} }} }} }}'},
        {"query": f'{{ modelTemplate(id: "{MARK}" }}'},
        {"query": LIST, "variables": MARK},
    ]
    with httpx.Client(headers=headers) as http:
        for operation in operations:
            http.post(url, json=operation)
        http.post(url, content=f'{{"query": {MARK}', headers={"content-type": "application/json"})
        http.get(f"{url}?query={quote(LIST)}&variables={quote(json.dumps(values))}")
        http.get(f"{url}?query={quote(literal)}&variables={MARK}")
        http.get(url, params={"query": "{ viewer { identityId } }"}, headers={"x-api-key": KEY})
        http.get(f"{url}?{MARK}", headers={"x-selected-account-id": MARK})
        exchange(urlsplit(url).port or 0, [f"GET /{MARK}\0 {MARK}\r\n\r\n".encode()])
        answer = http.post(url, json={"query": literal}).json()
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR", answer
    return str(error["extensions"]["id"])


def break_lists(uri: str, form: str) -> None:
    """A filtered list then names an index that cannot serve it: MongoDB's error has the query."""
    with MongoClient[dict[str, Any]](uri) as client:
        templates = client[f"log_{form}"]["model_templates"]
        templates.drop_indexes()
        templates.create_index("no_field.$**", name=TERMS_INDEX)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "pretty"])
def test_no_secret_gets_into_a_log(mongod_uri: str, tmp_path: Path, form: str) -> None:
    with serving(mongod_uri, tmp_path, form) as (url, key, output):
        break_lists(mongod_uri, form)
        id = send_secrets(url, key)
        deadline = time.monotonic() + 10
        while id not in output.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
    logged = output.read_text()

    assert MARK not in logged
    assert key not in logged
    assert id in logged
    assert "pymongo.errors.OperationFailure" in logged
    assert "/graphql" in logged
    if form == "json":
        entries = [json.loads(line) for line in logged.splitlines()]
        (unexpected,) = [entry for entry in entries if entry.get("id") == id]
        assert unexpected.keys() >= {"time", "level", "logger", "message", "exception"}
        assert (unexpected["level"], unexpected["message"]) == ("ERROR", f"Unexpected error {id}")
        for entry in entries:
            assert datetime.fromisoformat(entry["time"]).tzinfo is not None
            assert entry.keys() >= {"level", "logger", "message"}


def test_an_exception_is_logged_with_types_locations_and_causes() -> None:
    try:
        try:
            raise ValueError(MARK)
        except ValueError as error:
            raise ExceptionGroup(MARK, [KeyError(MARK)]) from error
    except ExceptionGroup as group:
        described = where(group).splitlines()

    assert MARK not in "".join(described)
    assert [line for line in described if not line.startswith(" ")] == [
        "builtins.ValueError",
        "which led to",
        "builtins.ExceptionGroup",
        "builtins.KeyError",
    ]
    assert __file__ in described[1]


HOSTILE = ["\n", "\r", "\r\n", "\x1b[31m", "\x9b31m", "\u2028", "\x85", "\u202e", "\x00", "\x7f"]


@pytest.mark.parametrize("given", HOSTILE)
@pytest.mark.parametrize("formatter", [Pretty(PRETTY), Json()])
def test_a_logged_text_cannot_forge_a_line(formatter: logging.Formatter, given: str) -> None:
    level, text = logging.INFO, f"/{given}2026-01-01 ERROR app: forged"
    records = [
        logging.LogRecord("uvicorn.access", level, "", 1, '%s "GET %s"', (text, text), None),
        logging.LogRecord("uvicorn.error", level, "", 1, text, (), None),
    ]

    for record in records:
        assert formatter.format(record).isprintable()


def test_the_locations_of_an_exception_stay_on_lines_of_their_own() -> None:
    try:
        raise ValueError(MARK)
    except ValueError:
        info = sys.exc_info()
    record = logging.LogRecord("app", logging.ERROR, "", 1, "a\nb", (), info)

    first, second, *_ = Pretty(PRETTY).format(record).splitlines()

    assert first.endswith(r"app: a\nb")
    assert second == "builtins.ValueError"


class Written(StringIO):
    """A stream that keeps the pieces that are written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return len(text)


def a_line(text: str, level: int = logging.INFO, name: str = ACCESS) -> logging.LogRecord:
    record = logging.LogRecord(name, level, "", 0, text, (), None)
    setattr(record, FIELDS, {"path": "/é"})
    return record


async def test_lines_about_requests_are_written_together_and_in_order() -> None:
    stream = Written()
    lines = Lines(stream)
    texts = [f"{number}{'é' * 200}" for number in range(40)]

    for text in texts:
        lines.handle(a_line(text))
    at_once = len(stream.pieces)
    await asyncio.sleep(0)

    assert at_once == 0
    assert len(stream.pieces) == 4  # 400 bytes each, of which ten are a piece.
    assert all(len(piece.encode()) <= PIPE_BUF for piece in stream.pieces)
    assert "".join(stream.pieces).splitlines() == texts


async def test_other_lines_are_written_at_once_after_those_that_wait() -> None:
    stream = Written()
    lines = Lines(stream)

    lines.handle(a_line("first"))
    lines.handle(a_line("slow", logging.WARNING))
    lines.handle(a_line("third"))
    lines.handle(a_line("other", name="app"))
    at_once = "".join(stream.pieces).split()
    lines.handle(a_line("last"))
    lines.flush()
    await asyncio.sleep(0)

    assert at_once == ["first", "slow", "third", "other"]
    assert "".join(stream.pieces).split() == [*at_once, "last"]


@pytest.mark.parametrize("time", [1_764_000_000.000_001, 1_764_000_000.5, 1_764_000_000.0])
def test_a_line_about_a_request_has_its_time_to_the_microsecond(time: float) -> None:
    record = a_line("Request")
    record.created = time

    shown = datetime.fromisoformat(json.loads(Json().format(record))["time"])

    assert shown.tzinfo is not None
    assert abs(shown.timestamp() - time) < 0.000_002


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "pretty"])
def test_a_request_cannot_forge_a_line(mongod_uri: str, tmp_path: Path, form: str) -> None:
    forged = b"2026-01-01 00:00:00,000 ERROR   app: forged"
    with serving(mongod_uri, tmp_path, form) as (url, _, output):
        port = urlsplit(url).port or 0
        heads = [b"GET /%s%s HTTP/1.1\r\nhost: a\r\n" % (quote(h).encode(), b"x") for h in HOSTILE]
        heads += [b"GET /a%s HTTP/1.1\r\nhost: a\r\n" % h.encode() for h in HOSTILE]
        names = [b"x-forwarded-for", b"user-agent", b"x-api-key", b"host", b"referer"]
        heads += [
            b"GET / HTTP/1.1\r\n%s: a%s%s\r\n" % (name, h.encode(), forged)
            for name in names
            for h in HOSTILE
        ]
        for head in heads:
            exchange(port, [head + b"connection: close\r\n\r\n"])
        httpx.get(f"{url}/last")
        deadline = time.monotonic() + 10
        while "/last" not in output.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
    logged = output.read_bytes().decode()

    lines = logged.removesuffix("\n").split("\n")
    assert "/last" in logged
    assert all(line.isprintable() for line in lines)
    assert not any(line.encode().startswith(forged) for line in lines)
