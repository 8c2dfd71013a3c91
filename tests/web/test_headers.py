"""CORS and security headers, and the media type of responses."""

import re
import time
from base64 import b64encode
from hashlib import sha256

import pytest
from starlette.applications import Starlette

from app.main import create_app
from app.settings import Environment, Playground, Settings
from app.storage.driver import Database
from app.web.negotiation import GRAPHQL_RESPONSE, media_type, wants_html
from app.web.pages import assets
from tests.conftest import Caller

ORIGIN = "https://a.example"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type,x-api-key,x-selected-account-id",
}


@pytest.fixture
def caller(mongomock: Database, ann: Caller) -> Caller:
    settings = Settings(cors_origins=f"{ORIGIN}, https://b.example")
    return Caller(create_app(settings, mongomock), ann.http.headers["x-api-key"])


async def test_a_configured_origin_is_allowed(caller: Caller) -> None:
    preflight = await caller.http.options("/graphql", headers={"origin": ORIGIN, **PREFLIGHT})
    answer = await caller.post("{ __typename }", headers={"origin": ORIGIN})
    rejected = await caller.http.post("/graphql", headers={"origin": ORIGIN, "x-api-key": ""})

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"] == (
        "content-type, x-api-key, x-selected-account-id, x-request-id"
    )
    assert (answer.status_code, rejected.status_code) == (200, 401)
    for response in (preflight, answer, rejected):
        assert response.headers["access-control-allow-origin"] == ORIGIN
        assert "retry-after" in response.headers["access-control-expose-headers"]
        assert "x-request-id" in response.headers["access-control-expose-headers"]
        varies = ", Access-Control-Request-Headers" if response is preflight else ""
        assert response.headers["vary"] == f"Origin{varies}"
        assert "access-control-allow-credentials" not in response.headers


ASKED = "access-control-request-headers"
CLIENTS = ["traceparent", "tracestate", "baggage", "apollographql-client-name"]


@pytest.mark.parametrize(
    ("asked", "more"),
    [
        ([], []),
        (["content-type, x-api-key"], []),
        ([", ".join(CLIENTS)], CLIENTS),
        (["TraceParent,,x-apollo-operation-name, traceparent"], ["traceparent", "x-apollo-o"]),
        (["a", "b"], ["a", "b"]),
        (["traceparent, a b"], []),
        (['"quoted"'], []),
        (["x-\x1f"], []),
        (["*"], ["*"]),
        ([",".join(f"x{n}" for n in range(51))], []),
        (["x" * 2_001], []),
    ],
)
async def test_a_preflight_allows_the_headers_that_it_asks_for(
    caller: Caller, asked: list[str], more: list[str]
) -> None:
    request = {"access-control-request-method": "POST", "origin": ORIGIN}
    headers = [*request.items(), *((ASKED, each) for each in asked)]

    preflight = await caller.http.options("/graphql", headers=headers)

    allowed = preflight.headers["access-control-allow-headers"].split(", ")
    assert allowed[:4] == ["content-type", "x-api-key", "x-selected-account-id", "x-request-id"]
    assert [name[:10] if name.startswith("x-a") else name for name in allowed[4:]] == more


@pytest.mark.parametrize("origin", ["https://c.example", "http://a.example", "null", "*", ""])
async def test_another_origin_is_not_allowed(caller: Caller, origin: str) -> None:
    headers = {"origin": origin}

    preflight = await caller.http.options("/graphql", headers={**headers, **PREFLIGHT})
    answer = await caller.post("{ __typename }", headers=headers)

    assert preflight.status_code == 405
    for response in (preflight, answer):
        assert not [name for name in response.headers if name.startswith("access-control")]
        assert response.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("origin", [ORIGIN, "https://c.example", None])
@pytest.mark.parametrize(
    ("path", "vary"),
    [
        ("/", "Accept, Origin"),
        ("/graphql", "Origin"),
        (assets.load().own["icon.svg"], "Accept-Encoding, Origin"),
    ],
)
async def test_caches_tell_origins_apart(
    caller: Caller, path: str, vary: str, origin: str | None
) -> None:
    answer = await caller.http.get(path, headers={} if origin is None else {"origin": origin})

    assert answer.headers["vary"] == vary
    assert ("access-control-allow-origin" in answer.headers) is (origin == ORIGIN)


@pytest.mark.parametrize("path", ["/", "/graphql", "/healthz", "/nothing"])
async def test_every_answer_has_the_security_headers(mongomock: Database, path: str) -> None:
    production = Settings(environment=Environment.PRODUCTION)
    for settings in (Settings(), production):
        answer = await Caller(create_app(settings, mongomock), None).http.get(path)

        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert ("strict-transport-security" in answer.headers) == (settings is production)


async def test_responses_are_not_cached(ann: Caller) -> None:
    assert (await ann.post("{ __typename }")).headers["cache-control"] == "no-store"


async def test_the_cdn_playground_runs_its_own_scripts_only(mongomock: Database) -> None:
    by_choice = Caller(create_app(Settings(playground=Playground.CDN), mongomock), None)
    page = await by_choice.http.get("/graphql", headers={"accept": "text/html"})

    policy = page.headers["content-security-policy"]
    own = re.findall(r"<script>(.*?)</script>", page.text, re.S)
    assert own
    for script in own:
        assert f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in policy
    assert not re.findall(r"\son\w+=", page.text)
    for address in re.findall(r'<(?:script|link)[^>]*(?:src|href)="(http[^"]*)"', page.text):
        assert address.startswith("https://unpkg.com/")
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts


JSON = "application/json"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/html", JSON),
        (JSON, JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (GRAPHQL_RESPONSE.upper() + "; charset=utf-8", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, {JSON};q=0.9", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE};q=0.9", JSON),
        (f"{GRAPHQL_RESPONSE};q=0.5, */*", JSON),
        (f"{GRAPHQL_RESPONSE};q=0.5, */*;q=0.1", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0", JSON),
        (f"{GRAPHQL_RESPONSE};q=x", JSON),
        (f"{GRAPHQL_RESPONSE};q=nan", JSON),
        (f"x{GRAPHQL_RESPONSE}", JSON),
        (f"{GRAPHQL_RESPONSE};", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE} ; x=1 ;; Q=0.5 ;, {JSON};q=0.4;", GRAPHQL_RESPONSE),
        (f'{GRAPHQL_RESPONSE};profile="a, b;q=0"', GRAPHQL_RESPONSE),
        (f'{JSON};profile="{GRAPHQL_RESPONSE},";q=1', JSON),
        (f'{GRAPHQL_RESPONSE};x=", {JSON}', GRAPHQL_RESPONSE),
    ],
)
def test_the_type_of_an_answer_is_negotiated(accept: str, expected: str) -> None:
    assert media_type(accept) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html;q=0", False),
        (f"text/html;q=0.5, {JSON}", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_browsers_prefer_html(accept: str, expected: bool) -> None:
    assert wants_html(accept) is expected


LONG = [",", ";", "*/*;q=x,", f"{GRAPHQL_RESPONSE},", "text/html;q=0.5,", "a;"]


@pytest.mark.parametrize("part", LONG)
async def test_a_long_accept_header_counts_as_none(app: Starlette, part: str) -> None:
    accept = (part * 16_000)[:16_000]
    begun = time.process_time()
    for _ in range(100):
        answer = await Caller(app, None).http.get("/graphql", headers={"accept": accept})
    spent = time.process_time() - begun

    assert (answer.status_code, answer.headers["content-type"]) == (401, f"{JSON}; charset=utf-8")
    assert spent < 1.5  # Reading all of it took 100 requests 2 s and more.
