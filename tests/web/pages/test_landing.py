"""The page at the root, and the schema to download."""

import json
import re
import shlex
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from app import __version__
from app.graphql.schema import sdl
from app.main import create_app
from app.settings import Environment, Playground, Settings
from app.storage.driver import Database
from tests.conftest import Caller

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
LINKS = {
    "graphql": "/graphql",
    "schema": "/schema.graphql",
    "openapi": "/openapi.json",
    "health": "/readyz",
}
PAGES = {"catalog": "/catalog", "playground": "/graphql", "reference": "/reference"}
URI = "mongodb://user:secret@db.example/"


@pytest.mark.in_memory
@pytest.mark.parametrize(
    ("given", "database"), [({}, "in memory"), ({"mongodb_uri": URI}, "in memory")]
)
async def test_in_development_it_shows_version_and_database(
    mongomock: Database, given: dict[str, str], database: str
) -> None:
    http = Caller(create_app(Settings(**given), mongomock), None).http  # type: ignore[arg-type]

    summary, page = await http.get("/"), await http.get("/", headers=HTML)

    assert summary.json() == {
        "name": "Model Templates",
        "version": __version__,
        "database": database,
        "links": {**LINKS, **PAGES},
    }
    assert __version__ in page.text
    assert database in page.text
    assert "secret" not in page.text + summary.text


async def test_a_database_on_a_server_is_named_by_its_kind(mongod: Database) -> None:
    named = Caller(create_app(Settings(mongodb_uri=URI), mongod), None)
    private = Caller(create_app(Settings(), mongod), None)

    assert (await named.http.get("/")).json()["database"] == "MongoDB"
    assert (await private.http.get("/")).json()["database"] == "private mongod"


async def test_in_production_it_shows_only_name_and_links(mongomock: Database) -> None:
    settings = Settings(
        environment=Environment.PRODUCTION, playground=Playground.ON, allowed_hosts="localhost"
    )
    http = Caller(create_app(settings, mongomock), None).http

    summary, page = await http.get("/"), await http.get("/", headers=HTML)

    assert summary.json() == {
        "name": "Model Templates",
        "links": {**LINKS, **PAGES},
    }
    assert "Database" not in page.text
    assert __version__ not in page.text
    shown = re.findall(r'<a href="([^"]+)"', page.text)
    assert shown == ["/catalog", "/graphql", "/reference", "/readyz"]


async def test_without_pages_it_is_json_for_browsers_too(mongomock: Database) -> None:
    settings = Settings(environment=Environment.PRODUCTION)
    http = Caller(create_app(settings, mongomock), None).http

    for headers in ({}, HTML):
        answer = await http.get("/", headers=headers)

        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert answer.json() == {"name": "Model Templates", "links": LINKS}


async def test_every_link_on_the_page_works(ann: Caller) -> None:
    page = await ann.http.get("/", headers=HTML)
    found = re.findall(r'(?:href|src)="([^"]+)"', page.text)

    assert len(found) == 9
    for address in found:
        assert address.startswith("/")
        answer = await ann.http.get(address, headers=HTML)
        assert answer.status_code == 200, address
        if address != "/graphql":
            head = await ann.http.head(address, headers=HTML)
            assert (head.status_code, head.content) == (200, b""), address
    assert not re.findall(r"<script|<style|\sstyle=|\son\w+=", page.text)


async def test_a_hostile_host_header_is_harmless(ann: Caller) -> None:
    page = await ann.http.get("/", headers={**HTML, "host": "a<script>alert(1)</script>"})

    assert page.status_code == 421
    assert "<script" not in page.text


@pytest.mark.parametrize("base", ["http://localhost:8000", "http://[::1]:8000"])
async def test_the_command_that_it_shows_has_its_address_as_one_word(
    app: Starlette, base: str
) -> None:
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base, headers=HTML)

    page = await http.get("/")

    command = unescape(re.findall(r"<pre[^>]*><code>(.*?)</code>", page.text, re.S)[0])
    words = shlex.split(command)
    assert words[:5] == ["curl", "-s", f"{base}/graphql", "-H", "x-api-key: $KEY"]
    assert json.loads(words[-1]) == {"query": "{ modelTemplates { nodes { id name } } }"}


async def test_the_schema_can_be_downloaded(ann: Caller, mongomock: Database) -> None:
    answer = await ann.http.get("/schema.graphql")
    hidden = create_app(Settings(introspection=False), mongomock)

    assert answer.text == sdl()
    assert answer.headers["content-disposition"] == 'attachment; filename="schema.graphql"'
    assert (await Caller(hidden, None).http.get("/schema.graphql")).status_code == 404


@pytest.mark.parametrize(("introspection", "known"), [(True, 200), (False, 404)])
async def test_in_production_the_schema_needs_a_key_as_introspection_does(
    mongomock: Database, ann: Caller, introspection: bool, known: int
) -> None:
    settings = Settings(environment=Environment.PRODUCTION, introspection=introspection)
    app = create_app(settings, mongomock)
    key = ann.http.headers["x-api-key"]

    stranger, caller = Caller(app, None), Caller(app, key)

    assert (await caller.http.get("/schema.graphql")).status_code == known
    assert (await stranger.http.get("/schema.graphql")).status_code == (
        401 if known == 200 else 404
    )
    asked = await caller.post("{ __schema { queryType { name } } }")
    assert ("errors" not in asked.json()) is introspection
    assert (await stranger.post("{ __schema { queryType { name } } }")).status_code == 401
