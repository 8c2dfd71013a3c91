"""The catalog's route and content security policy; the browser tests cover how it works."""

import os
import re

import pytest

from app.main import create_app
from app.settings import Environment, Playground, Settings
from app.storage.driver import Database
from app.web.pages.assets import BUNDLE
from app.web.pages.page import POLICY
from tests.builders import NAMED
from tests.conftest import Caller

IS_BUILT = (BUNDLE / "manifest.json").exists()
NONCE = re.compile(r" 'nonce-[\w-]{22}'")


async def test_its_page_is_for_everyone_and_loads_from_its_own_origin_only(
    mongomock: Database,
) -> None:
    http = Caller(create_app(Settings(), mongomock), None).http
    page = await http.get("/catalog?search=a")

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert NONCE.sub("", page.headers["content-security-policy"]) == POLICY
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.skipif(
    not IS_BUILT and "CI" not in os.environ, reason="the pages are not built; in CI they have to be"
)
async def test_each_response_admits_other_styles(mongomock: Database) -> None:
    http = Caller(create_app(Settings(), mongomock), None).http
    pages = [await http.get("/catalog") for _ in range(2)]
    policies = [page.headers["content-security-policy"] for page in pages]
    first, second = [NONCE.findall(policy) for policy in policies]

    assert len(first) == len(second) == 1
    assert first != second
    for page, (nonce,) in zip(pages, (first, second), strict=True):
        assert (
            f'nonce="{nonce.removeprefix(" ").strip(chr(39)).removeprefix("nonce-")}"' in page.text
        )


async def test_other_methods_are_rejected_with_json(mongomock: Database) -> None:
    answer = await Caller(create_app(Settings(), mongomock), None).http.post("/catalog")

    assert answer.status_code == 405
    assert {*answer.headers["allow"].split(", ")} == {"GET", "HEAD"}
    assert answer.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST", **NAMED}


@pytest.mark.parametrize(
    ("environment", "playground", "hosts", "status"),
    [
        (Environment.DEVELOPMENT, Playground.OFF, "", 404),
        (Environment.PRODUCTION, None, "localhost", 404),
        (Environment.PRODUCTION, Playground.ON, "localhost", 200),
        (Environment.PRODUCTION, Playground.ON, "a.example", 421),
        (Environment.PRODUCTION, Playground.ON, "", 404),
    ],
)
async def test_it_is_served_whenever_the_playground_is(
    mongomock: Database,
    environment: Environment,
    playground: Playground | None,
    hosts: str,
    status: int,
) -> None:
    settings = Settings(environment=environment, playground=playground, allowed_hosts=hosts)
    app = create_app(settings, mongomock)

    assert (await Caller(app, None).http.get("/catalog")).status_code == status
