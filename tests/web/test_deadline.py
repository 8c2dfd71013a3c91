"""Every request is answered."""

import asyncio
import json
import logging
import time

import pytest

from app.domain.service import ModelTemplateService
from app.main import create_app
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from tests.conftest import Caller

ONE = '{ modelTemplate(id: "1") { id } }'


async def test_what_takes_too_long_is_answered_and_cancelled(
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
    }


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

    monkeypatch.setattr(ApiKeyStore, "authenticate", fails)
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
