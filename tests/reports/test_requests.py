"""Requests as clients and proxies send them: persisted queries, empty names, media types, and
preflights with the headers of tracing."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from app.settings import Settings
from tests.builders import NAMED
from tests.conftest import Caller
from tests.web.conftest import Listening, listening
from tests.web.raw import exchange, head

QUERY = "query Me { viewer { identityId } }"
ANSWER = {"data": {"viewer": {"identityId": "ann"}}}
GRAPHQL, JSON = "application/graphql-response+json", "application/json"
HASH = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"
PERSISTED = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}
NOT_SUPPORTED = {
    "errors": [
        {
            "message": "PersistedQueryNotSupported",
            "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED", **NAMED},
        }
    ]
}
ORIGIN = "https://a.example"


async def asked(caller: Caller, method: str, body: dict[str, Any], **headers: str) -> Any:
    """The response to a request, whose parts are parameters in a GET."""
    if method == "POST":
        return await caller.http.post("/graphql", json=body, headers=headers)
    texts = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()
    }
    return await caller.http.get("/graphql", params=texts, headers=headers)


both_methods = pytest.mark.parametrize("method", ["POST", "GET"])


@both_methods
@pytest.mark.parametrize("accept", ["*/*", JSON, GRAPHQL])
@pytest.mark.parametrize(
    "more", [{}, {"query": ""}, {"operationName": "Me", "variables": {}}, {"query": None}]
)
async def test_a_hash_alone_is_not_supported(
    ann: Caller, method: str, accept: str, more: dict[str, Any]
) -> None:
    if method == "GET" and more.get("query", "") is None:
        more = {}  # A query string has no null.

    answer = await asked(ann, method, {"extensions": PERSISTED, **more}, accept=accept)

    assert (answer.status_code, answer.json()) == (200, NOT_SUPPORTED)
    kind = GRAPHQL if accept == GRAPHQL else JSON
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


@both_methods
@pytest.mark.parametrize("extensions", [PERSISTED, {"persistedQuery": {"version": 2}}, {"a": 1}])
async def test_a_query_is_executed_whatever_its_hash(
    ann: Caller, method: str, extensions: Any
) -> None:
    answer = await asked(ann, method, {"query": QUERY, "extensions": extensions})

    assert (answer.status_code, answer.json()) == (200, ANSWER)


@both_methods
@pytest.mark.parametrize(
    ("extensions", "message"),
    [
        ({"persistedQuery": "x"}, "extensions.persistedQuery must be an object."),
        ({"persistedQuery": []}, "extensions.persistedQuery must be an object."),
        ({"persistedQuery": {}}, "extensions.persistedQuery.version must be 1."),
        (
            {"persistedQuery": {"version": 2, "sha256Hash": HASH}},
            "extensions.persistedQuery.version must be 1.",
        ),
        (
            {"persistedQuery": {"version": True, "sha256Hash": HASH}},
            "extensions.persistedQuery.version must be 1.",
        ),
        (
            {"persistedQuery": {"version": 1}},
            "extensions.persistedQuery.sha256Hash must be the hash of a query.",
        ),
        (
            {"persistedQuery": {"version": 1, "sha256Hash": 5}},
            "extensions.persistedQuery.sha256Hash must be the hash of a query.",
        ),
        ({"persistedQuery": None}, "Not a GraphQL request: Object missing required field `query`."),
        ({}, "Not a GraphQL request: Object missing required field `query`."),
    ],
)
async def test_extensions_without_a_hash_are_explained(
    ann: Caller, method: str, extensions: Any, message: str
) -> None:
    answer = await asked(ann, method, {"extensions": extensions})

    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error == {"message": message, "extensions": {"code": "BAD_REQUEST", **NAMED}}


@pytest.mark.parametrize("extensions", ["{", "5", "[]", "x"])
async def test_a_parameter_that_is_no_object_is_named(ann: Caller, extensions: str) -> None:
    params = {"query": QUERY, "extensions": extensions}
    answer = await ann.http.get("/graphql", params=params)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith("The parameter extensions ")


@both_methods
@pytest.mark.parametrize("extensions", [PERSISTED, {"persistedQuery": 1}])
async def test_a_hash_needs_a_key_as_well(app: Any, method: str, extensions: Any) -> None:
    answer = await asked(Caller(app, None), method, {"extensions": extensions})

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@both_methods
async def test_an_empty_operation_name_is_none(ann: Caller, method: str) -> None:
    answer = await asked(ann, method, {"query": QUERY, "operationName": ""})
    several = await asked(ann, method, {"query": f"{QUERY} {QUERY[:5]} B {{ __typename }}"} | NONE)

    assert (answer.status_code, answer.json()) == (200, ANSWER)
    assert several.json()["errors"][0]["message"] == (
        "The document has several operations: select one with operationName."
    )


NONE = {"operationName": ""}


@pytest.fixture(scope="module")
def server(mongod_uri: str) -> Iterator[Listening]:
    settings = Settings(port=0, mongodb_uri=mongod_uri, cors_origins=ORIGIN)
    with listening(mongod_uri, f"requests_{uuid4().hex}", settings) as server:
        yield server


SENT = {
    "content-type": "application/json;",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "tracestate": "a=b",
    "baggage": "user=1",
    "apollographql-client-name": "web",
    "apollographql-client-version": "1.0",
    "x-apollo-operation-name": "Me",
    "apollo-require-preflight": "true",
    "graphql-client-name": "web",
}
"""Headers of a page's request: of Apollo Client and other clients, with tracing."""


def preflight(origin: str, *names: str) -> list[str]:
    return [
        f"origin: {origin}",
        "access-control-request-method: POST",
        f"access-control-request-headers: {','.join(sorted(names))}",
    ]


def test_a_page_of_an_allowed_origin_sends_the_headers_of_its_client(server: Listening) -> None:
    lines = preflight(ORIGIN, "x-api-key", *SENT)
    status, headers, _ = exchange(server.port, [head(*lines, method="OPTIONS")])
    body = json.dumps({"query": QUERY}).encode()
    given = [f"{name}: {value}" for name, value in SENT.items()]
    length = f"content-length: {len(body)}"
    request = head(f"origin: {ORIGIN}", length, *given, key=server.ann) + body
    answered, answer_headers, answer = exchange(server.port, [request])

    assert status == 204
    assert {"x-api-key", *SENT} <= {*headers["access-control-allow-headers"].split(", ")}
    assert headers["access-control-allow-origin"] == ORIGIN
    assert headers["vary"] == "origin, access-control-request-headers"
    assert (answered, answer) == (200, ANSWER)
    assert answer_headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize("origin", ["https://b.example", "https://a.example.evil.example", "null"])
def test_a_page_of_another_origin_is_allowed_nothing(server: Listening, origin: str) -> None:
    lines = preflight(origin, "x-api-key", "traceparent")
    status, headers, _ = exchange(server.port, [head(*lines, method="OPTIONS")])

    assert status == 405
    assert not [name for name in headers if name.startswith("access-control")]
    assert headers["vary"] == "origin"
