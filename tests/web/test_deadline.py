"""Every request gets a response within the deadline."""

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.domain.errors import RequestError, Unauthenticated
from app.domain.service import ModelTemplateService
from app.main import create_app
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from app.storage.key_lookup import KeyLookup
from app.web.deadline import Deadline
from app.web.errors import BadRequest, raise_http_error, with_status
from tests.builders import NAMED, a_viewer, a_wire_template, an_input
from tests.conftest import Caller, logging_in

ONE = '{ modelTemplate(id: "1") { id } }'


@pytest.mark.alone
async def test_a_request_that_takes_too_long_is_cancelled(
    mongomock: Database, ann: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = []

    async def lasts(*_: object) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    monkeypatch.setattr(ModelTemplateService, "find", lasts)
    impatient = create_app(Settings(request_timeout_seconds=0.1), mongomock)
    begun = time.monotonic()

    answer = await Caller(impatient, ann.http.headers["x-api-key"]).post(ONE)

    assert time.monotonic() - begun < 2
    assert ended == ["cancelled"]
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["extensions"] == {
        "code": "SERVICE_UNAVAILABLE",
        "retryable": True,
        **NAMED,
    }


@pytest.mark.slow
async def test_work_without_waits_is_cancelled_too(mongomock: Database) -> None:
    lists = " ".join(f"a{n}: viewer {{ accounts {{ accountId canWrite }} }}" for n in range(20))
    viewer = a_viewer(**{f"a{number}": "read" for number in range(12_000)})
    keys = ApiKeyStore(mongomock)
    patient = await logging_in(create_app(Settings(), mongomock), keys)(viewer)
    app = create_app(Settings(request_timeout_seconds=0.02), mongomock)
    impatient = Caller(app, patient.http.headers["x-api-key"])
    await impatient.post("{ viewer { identityId } }")

    whole = await patient.post(f"{{ {lists} }}")
    cut_off = await impatient.post(f"{{ {lists} }}")

    assert len(whole.json()["data"]) == 20
    assert cut_off.status_code == 503
    assert cut_off.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert (await impatient.post("{ viewer { identityId } }")).status_code == 200


async def test_mutations_that_have_not_begun_at_the_deadline_are_not_executed(
    mongomock: Database, ann: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = ModelTemplateService.create

    async def lasts(*given: Any) -> Any:
        made = await create(*given)
        await asyncio.sleep(0.4)
        return made

    monkeypatch.setattr(ModelTemplateService, "create", lasts)
    impatient = create_app(Settings(request_timeout_seconds=0.3), mongomock)
    inputs = {f"i{n}": an_input(a_wire_template(name=f"t{n}")) for n in range(2)}
    given = ", ".join(f"${name}: CreateModelTemplateInput!" for name in inputs)
    fields = " ".join(
        f"{name}: createModelTemplate(input: ${name}) {{ errors {{ code }} }}" for name in inputs
    )

    answer = await Caller(impatient, ann.http.headers["x-api-key"]).post(
        f"mutation({given}) {{ {fields} }}", **inputs
    )

    assert answer.status_code == 503
    found = await ann.ask("{ modelTemplates { nodes { name } } }")
    assert found["modelTemplates"]["nodes"] == [{"name": "t0"}]  # Its answer was lost.


@pytest.mark.parametrize("error", [RuntimeError, TimeoutError, RecursionError])
async def test_an_unexpected_error_anywhere_is_masked_and_logged(
    mongomock: Database,
    ann: Caller,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
) -> None:
    async def fails(*_: object) -> None:
        raise error("mongodb://user:password@host")

    monkeypatch.setattr(KeyLookup, "owner", fails)
    fresh = create_app(Settings(), mongomock)
    with caplog.at_level(logging.ERROR):
        answer = await Caller(fresh, ann.http.headers["x-api-key"]).post(ONE)

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    (shown,) = answer.json()["errors"]
    assert "password" not in json.dumps(answer.json())
    assert shown["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert shown["extensions"]["id"] in shown["message"]
    assert shown["extensions"]["id"] in caplog.text
    assert "password" in caplog.text


def plain_error(_: HTTPConnection, error: RequestError) -> Response:
    """A renderer for an API that is not GraphQL."""
    return with_status(error, PlainTextResponse(str(error)))


@pytest.mark.parametrize(
    ("error", "status"),
    [(Unauthenticated(), 401), (BadRequest("No.", 415), 415), (HTTPException(404), 404)],
)
async def test_an_error_uses_its_renderer_and_one_wait_budget(
    error: Exception, status: int
) -> None:
    events = []

    @contextmanager
    def budget() -> Iterator[None]:
        events.append("opened")
        yield

    async def fails(_: Request) -> Response:
        events.append("asked")
        raise error

    deadline = Middleware(Deadline, 1.0, budget, plain_error)
    app = Starlette(
        routes=[Route("/graphql", fails)],
        middleware=[deadline],
        exception_handlers={HTTPException: raise_http_error},
    )

    answer = await Caller(app, None).http.get("/graphql")

    assert events == ["opened", "asked"]
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text in (str(error), "Not Found")


async def test_an_error_has_the_preferred_media_type(ann: Caller) -> None:
    accept = {"accept": "application/graphql-response+json"}

    rejected = await ann.http.put("/graphql", headers=accept)
    missing = await ann.http.get("/nothing")

    assert rejected.headers["content-type"] == f"{accept['accept']}; charset=utf-8"
    assert rejected.headers["allow"]
    assert missing.headers["content-type"] == "application/json; charset=utf-8"
    assert missing.json() == {
        "errors": [{"message": "Not Found", "extensions": {"code": "BAD_REQUEST", **NAMED}}]
    }
