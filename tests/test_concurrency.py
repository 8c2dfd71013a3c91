"""Many callers at once, over a real MongoDB."""

import asyncio
from collections import Counter

import pytest

from app.main import create_app
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from tests.builders import a_wire_template, an_input
from tests.conftest import logging_in


@pytest.mark.slow
async def test_of_200_creates_of_one_name_one_wins(mongod: Database) -> None:
    ann = await logging_in(create_app(Settings(), mongod), ApiKeyStore(mongod))()

    payloads = await asyncio.gather(*(ann.create(an_input(a_wire_template())) for _ in range(200)))

    answers = Counter(
        tuple(error["code"] for error in payload["errors"]) or "created" for payload in payloads
    )
    assert answers == {"created": 1, ("DUPLICATE",): 199}
    assert await mongod["model_templates"].count_documents({}) == 1


@pytest.mark.slow
async def test_50_creates_of_one_request_are_one_template(mongod: Database) -> None:
    ann = await logging_in(create_app(Settings(), mongod), ApiKeyStore(mongod))()

    payloads = await asyncio.gather(
        *(ann.create(an_input(a_wire_template(request_id="r"))) for _ in range(50))
    )

    assert len({payload["modelTemplate"]["id"] for payload in payloads}) == 1
    assert [payload["errors"] for payload in payloads] == [[]] * 50
    assert await mongod["model_templates"].count_documents({}) == 1
