"""The bundle: how it is built into the package, and how its files are served."""

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from app.main import create_app
from app.settings import Environment, Playground, Settings
from app.storage.driver import Database
from app.web.pages.assets import load
from app.web.pages.catalog import Catalog
from app.web.pages.page import bundled
from tests.conftest import Caller

ROOT = Path(__file__).parents[1]
SCRIPT = b"import './chunk-1.js';" * 50


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """As frontend/build.mjs writes it."""
    for name, content in {"p-1.js": SCRIPT, "p-1.css": b"a{}", "i-1.ttf": b"font"}.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    entry = {"script": "p-1.js", "chunks": ["chunk-1.js"], "styles": ["p-1.css"]}
    (tmp_path / "manifest.json").write_text(json.dumps({"playground": entry}))
    return tmp_path


@pytest.fixture
def http(bundle: Path) -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/assets/{name}", load(bundle).answer)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def test_a_page_names_its_files(bundle: Path) -> None:
    html = bundled(load(bundle), "playground", "A & B").html

    assert "<title>A &amp; B</title>" in html
    assert '<script type="module" src="/assets/p-1.js"></script>' in html
    assert '<link rel="stylesheet" href="/assets/p-1.css">' in html
    assert '<link rel="modulepreload" href="/assets/chunk-1.js" fetchpriority="low">' in html


def test_a_page_shows_its_shell_and_starts_early(bundle: Path) -> None:
    manifest = bundle / "manifest.json"
    (page,) = json.loads(manifest.read_text()).values()
    entries = {
        "catalog": {**page, "shell": "<header></header>"},
        "catalog-start": {"script": "s-1.js", "chunks": [], "styles": []},
    }
    manifest.write_text(json.dumps(entries))
    html = bundled(load(bundle), "catalog", "Catalog").html

    assert '<div id="root"><header></header></div>' in html
    assert '<script async src="/assets/s-1.js"></script>' in html
    assert html.index("s-1.js") < html.index("chunk-1.js") < html.index("p-1.js")


@pytest.mark.parametrize(
    ("query", "files"),
    [
        ("", ["chunk-1.js"]),
        ("search=id%3D1&label=page%3D2&void=1", ["chunk-1.js"]),
        ("id=1", ["chunk-1.js", "chunk-2.js"]),
        ("view=launch&id=1", ["chunk-1.js", "chunk-2.js"]),
        ("page=new", ["chunk-1.js", "chunk-2.js"]),
    ],
)
async def test_the_address_of_a_template_names_what_it_needs(
    bundle: Path, query: str, files: list[str]
) -> None:
    manifest = bundle / "manifest.json"
    (page,) = json.loads(manifest.read_text()).values()
    manifest.write_text(json.dumps({"catalog": {**page, "firstPart": ["chunk-2.js"]}}))
    app = Starlette(routes=[Route("/catalog", Catalog(load(bundle)).answer)])
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
    html = (await http.get(f"/catalog?{query}")).text

    assert re.findall('<link rel="modulepreload" href="/assets/(.*?)"', html) == files


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, br", "gzip"),
        ("br, GZIP;q=0.5", "gzip"),
        ("", None),
        ("gzip;q=0", None),
        ("gzip" + ",a" * 8_000, None),
    ],
)
async def test_a_file_is_compressed_if_the_client_accepts_it(
    http: httpx.AsyncClient, accepted: str, encoding: str | None
) -> None:
    answer = await http.get("/assets/p-1.js", headers={"accept-encoding": accepted})

    assert answer.content == SCRIPT
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"] == "Accept-Encoding, Origin"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src")


def test_a_file_is_decompressed_once(bundle: Path) -> None:
    """However many clients do not accept gzip: all get the same bytes."""
    asset = load(bundle).files["p-1.js"]

    assert asset.plain == SCRIPT
    assert asset.plain is asset.plain


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 200),
        ({"playground": Playground.OFF}, 404),
        ({"environment": Environment.PRODUCTION}, 404),
        ({"environment": Environment.PRODUCTION, "playground": Playground.ON}, 404),
    ],
)
async def test_without_pages_there_are_no_files(
    mongomock: Database, given: dict[str, Any], status: int
) -> None:
    http = Caller(create_app(Settings(**given), mongomock), None).http
    addresses = load().own.values()

    assert {(await http.get(address)).status_code for address in addresses} == {status}


@pytest.mark.parametrize(
    "name", ["manifest.json", "p-1.js.gz", "..%2fmanifest.json", "%2e%2e/assets.py", "", "a/b"]
)
async def test_no_other_file_is_served(http: httpx.AsyncClient, name: str) -> None:
    answer = await http.get(f"/assets/{name}")

    assert answer.status_code == 404


def test_the_lock_file_has_hashes_and_no_urls() -> None:
    lock = json.loads((ROOT / "frontend/package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert {f"node_modules/@esbuild/{name}" for name in ("linux-x64", "darwin-arm64")} <= {
        *packages
    }


def test_a_bundle_is_current_until_a_source_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT)
    import hatch_build

    sources, bundle = tmp_path / "frontend", tmp_path / "bundle"
    (sources / "node_modules").mkdir(parents=True)
    bundle.mkdir()
    (sources / "a.js").write_text("1")
    (tmp_path / "schema.graphql").write_text("type Query { a: Int }")
    assert not hatch_build.is_current(sources, bundle)

    (bundle / hatch_build.STAMP).write_text(hatch_build.fingerprint(sources))
    (sources / "node_modules" / "b.js").write_text("1")
    assert hatch_build.is_current(sources, bundle)

    for source in (sources / "a.js", tmp_path / "schema.graphql"):
        before = source.read_text()
        source.write_text("2")
        assert not hatch_build.is_current(sources, bundle)
        source.write_text(before)
    sys.modules.pop("hatch_build")
