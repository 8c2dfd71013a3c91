"""The playground: its security policy, and its initial tabs."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import build_schema, parse, validate

from app import demo
from app.graphql.schema import sdl
from app.main import create_app, service
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from app.web.pages import assets
from tests.builders import NAMED
from tests.conftest import Caller

OPERATIONS = Path(__file__).parents[3] / "frontend/src/playground/operations"
KEY = "/development-key"


def browser(settings: Settings, database: Database, host: str = "127.0.0.1:8000") -> Any:
    """A browser on this machine."""
    transport = httpx.ASGITransport(create_app(settings, database))
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


IS_BUILT = (assets.BUNDLE / "manifest.json").exists()
"""Otherwise the page says how to build it."""


def operation(name: str) -> tuple[str, Any]:
    """A tab's document and variables."""
    variables = json.loads((OPERATIONS / f"{name}.json").read_text())
    return (OPERATIONS / f"{name}.graphql").read_text(), variables


async def ran(http: httpx.AsyncClient, name: str) -> Any:
    query, variables = operation(name)
    answer = (await http.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def test_its_page_loads_from_its_own_origin_only(
    settings: Settings, mongomock: Database
) -> None:
    page = await browser(settings, mongomock).get("/graphql", headers={"accept": "text/html"})

    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    policy = dict(
        part.split(" ", 1) for part in page.headers["content-security-policy"].split("; ")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'" if IS_BUILT else "'self'",
        "font-src": "'self' data:",
        "img-src": "'self' data:",
        "worker-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert "//" not in re.sub(r"<pre>.*?</pre>", "", page.text, flags=re.S)
    assert not re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|<style", page.text)


async def test_without_a_bundle_its_page_says_how_to_build_it(
    settings: Settings, mongomock: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets.load, "__defaults__", (tmp_path / "nothing",))

    page = await browser(settings, mongomock).get("/graphql", headers={"accept": "text/html"})

    assert page.status_code == 200
    assert "MODEL_TEMPLATES_BUNDLE=require pip install ." in page.text
    assert "<script" not in page.text


def test_its_operations_are_valid() -> None:
    schema = build_schema(sdl())
    found = sorted(file.stem for file in OPERATIONS.glob("*.graphql"))

    assert found == ["create", "facets", "launch-plan", "list"]
    for name in found:
        assert validate(schema, parse(operation(name)[0])) == []


async def test_its_operations_succeed_on_a_seeded_server(
    settings: Settings, mongomock: Database
) -> None:
    await demo.seed(service(mongomock, settings), demo.ACCOUNT)
    http = browser(settings, mongomock)
    key = await demo.key(settings.data_directory, ApiKeyStore(mongomock))
    http.headers["x-api-key"] = key

    listed = await ran(http, "list")
    created = (await ran(http, "create"))["createModelTemplate"]
    again = (await ran(http, "create"))["createModelTemplate"]
    (planned,) = (await ran(http, "launch-plan"))["modelTemplates"]["nodes"]
    facets = (await ran(http, "facets"))["modelTemplateFacets"]

    assert all(facet["isComplete"] for facet in (*facets["fields"], facets["labels"]))
    assert listed["modelTemplates"]["totalCount"] == len(listed["modelTemplates"]["nodes"]) == 6
    assert created["errors"] == created["modelTemplate"]["warnings"] == []
    assert again == created
    assert planned["launchPlan"]["errors"] == []
    assert planned["launchPlan"]["env"]["MODEL_ID"] == "BAAI/bge-m3"
    assert planned["launchPlan"]["createModelEndpointRequest"]["name"] == "search-embedder"


@pytest.mark.parametrize("path", ["/", KEY, "/schema.graphql", "/assets/x.js", "/assets/%2e%2e/x"])
async def test_other_methods_are_rejected_with_json(
    settings: Settings, mongomock: Database, path: str
) -> None:
    answer = await Caller(create_app(settings, mongomock), None).http.post(path)

    assert answer.status_code in (404, 405)
    assert answer.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST", **NAMED}
