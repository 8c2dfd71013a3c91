"""The id of each request, and its line in the log."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from app.main import create_app
from app.server.logs import PRETTY, Json, Pretty, WithRequest
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from tests.builders import a_viewer, a_wire_template, an_input
from tests.conftest import Caller, Login, logging_in
from tests.web.conftest import Listening
from tests.web.raw import exchange

LIST = "query Names { modelTemplates(first: 1) { nodes { name } } }"

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """The fields of the lines about requests, with their levels, in order."""
    caplog.set_level(logging.INFO, "access")

    def read() -> list[dict[str, Any]]:
        return [
            {"level": record.levelname, **vars(record)["fields"]}
            for record in caplog.records
            if record.name == "access"
        ]

    return read


async def test_a_request_is_one_line(login: Login, lines: Lines) -> None:
    ann = await login(a_viewer(a2="read"))
    key = ann.http.headers["x-api-key"]

    answer = await ann.post(LIST, headers={"x-request-id": "from-the-proxy:1"}, secret="S3CRET")

    (line,) = lines()
    assert 0 < line.pop("ms") < 10_000
    assert line == {
        "level": "INFO",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "operation": "Names",
        "type": "query",
        "key": key[:11],
        "account": "a2",
        "bytes": len(answer.content),
        "client": "127.0.0.1",
        "request_id": "from-the-proxy:1",
    }
    assert answer.headers["x-request-id"] == "from-the-proxy:1"


async def test_what_does_not_apply_is_left_out(ann: Caller, login: Login, lines: Lines) -> None:
    both = await login(a_viewer(a1="read", a2="read"))
    await both.post("{ viewer { identityId } }")
    await both.http.get("/nothing", params={"query": "S3CRET"})

    named, unknown = lines()
    assert "account" not in named
    assert named["operation"] == ""
    assert unknown.keys().isdisjoint({"operation", "type", "key", "account"})
    assert (unknown["path"], unknown["status"], unknown["code"]) == ("/nothing", 404, "BAD_REQUEST")


@pytest.mark.parametrize(
    "given",
    ["", "a b", "a\tb", "é", "a" * 129, '"', "a,b", "<b>"],
    ids=lambda given: repr(given)[:9],
)
async def test_another_id_is_replaced(ann: Caller, given: str) -> None:
    answer = await ann.http.get("/healthz", headers={b"x-request-id": given.encode()})

    assert UUID(answer.headers["x-request-id"]).version == 7


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("query A { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ('query A { modelTemplates(after: "x") { totalCount } }', "BAD_USER_INPUT"),
        ("query A { " + "a: viewer { identityId } " * 40 + "}", "QUERY_TOO_COMPLEX"),
        ('query A { node(id: "x") { id } viewer { nothing } }', "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_each_error_names_the_request(
    ann: Caller, lines: Lines, query: str, code: str
) -> None:
    first = await ann.post(query)
    again = await ann.post(query, headers={"x-request-id": "second"})  # Its document is cached.

    for answer in (first, again):
        ids = {error["extensions"]["xRequestId"] for error in answer.json()["errors"]}
        assert ids == {answer.headers["x-request-id"]}
    assert again.headers["x-request-id"] == "second"
    assert [line["code"] for line in lines()] == [code] * 2


async def test_the_errors_of_a_payload_have_a_code_in_the_log(ann: Caller, lines: Lines) -> None:
    await ann.create(an_input(a_wire_template()))
    payload = await ann.create(an_input(a_wire_template()))

    assert payload["errors"][0]["code"] == "DUPLICATE"
    assert [line.get("code") for line in lines()] == [None, "DUPLICATE"]
    assert [line["type"] for line in lines()] == ["mutation"] * 2


async def test_what_is_logged_about_a_request_has_its_id(
    ann: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> None:
        raise ValueError("S3CRET")

    monkeypatch.setattr("app.domain.service.ModelTemplateService.find", fails)
    lines: list[str] = []

    class Written(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.extend(formatter.format(record) for formatter in (Json(), Pretty(PRETTY)))

    handler = Written()
    handler.addFilter(WithRequest())
    logging.getLogger("app").addHandler(handler)
    try:
        await ann.post('{ modelTemplate(id: "x") { id } }', headers={"x-request-id": "r1"})
    finally:
        logging.getLogger("app").removeHandler(handler)

    assert len([line for line in lines if "Unexpected error" in line]) == 2
    assert all('"request_id": "r1"' in line or "request_id=r1" in line for line in lines)
    assert "S3CRET" not in "".join(lines)


@pytest.mark.in_memory
@pytest.mark.parametrize(("seconds", "level"), [(0.0001, "WARNING"), (0, "INFO"), (60, "INFO")])
async def test_a_slow_operation_is_a_warning_with_its_stages(
    mongomock: Database, lines: Lines, seconds: float, level: str
) -> None:
    app = create_app(Settings(slow_operation_seconds=seconds), mongomock)
    caller = await logging_in(app, ApiKeyStore(mongomock))()

    await caller.post(LIST)

    (line,) = lines()
    stages = {name for name in line if name.endswith("_ms")}
    assert line["level"] == level
    is_slow = level == "WARNING"
    assert stages == ({f"{s}_ms" for s in STAGES} if is_slow else set())


STAGES = ("wait", "parse", "plan", "execute", "encode")
"""Those without a real database, whose driver's threads count as the stage `database`."""


@pytest.mark.slow
def test_a_request_that_the_connection_rejects_has_an_id(server: Listening) -> None:
    status, headers, answer = exchange(
        server.port, [b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"x" * 20_000 + b"\r\n\r\n"]
    )

    (error,) = answer["errors"]
    assert status == 431
    assert error["extensions"]["xRequestId"] == dict(headers)["x-request-id"]
