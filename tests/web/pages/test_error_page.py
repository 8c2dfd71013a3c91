"""Where nothing is found, browsers get a page, and programs JSON."""

import pytest

from app.main import create_app
from app.settings import Playground, Settings
from app.storage.driver import Database
from tests.conftest import Caller
from tests.web.pages.test_landing import HTML


@pytest.mark.parametrize("path", ["/nothing", "/graphql/", "/assets/nothing.js"])
async def test_a_browser_gets_a_page(mongomock: Database, path: str) -> None:
    http = Caller(create_app(Settings(), mongomock), None).http

    page, answer = await http.get(path, headers=HTML), await http.get(path)

    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>Page not found</h1>" in page.text
    assert '<a href="/">' in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "Accept" in page.headers["vary"]
    assert (answer.status_code, answer.headers["content-type"]) == (
        404,
        "application/json; charset=utf-8",
    )
    assert answer.json()["errors"][0]["message"] == "Not Found"


@pytest.mark.parametrize("path", ["/v4/nothing", "/v3/model-templates/a/b"])
async def test_routes_of_sgp_keep_their_errors(mongomock: Database, path: str) -> None:
    http = Caller(create_app(Settings(), mongomock), None).http

    answer = await http.get(path, headers=HTML)

    assert answer.headers["content-type"].startswith("application/json")
    assert "detail" in answer.json()


async def test_without_pages_browsers_get_json(mongomock: Database) -> None:
    http = Caller(create_app(Settings(playground=Playground.OFF), mongomock), None).http

    answer = await http.get("/nothing", headers=HTML)

    assert answer.headers["content-type"].startswith("application/json")
