"""GraphQL over HTTP."""

import json
import logging
from typing import Any

import pytest
from starlette.applications import Starlette

from app.domain.service import ModelTemplateService
from app.main import create_app
from app.settings import Environment, Settings
from app.storage import driver, wait_budget
from app.storage.driver import Database, connect
from tests.builders import NAMED, a_wire_template, an_input
from tests.conftest import Caller

CREATE = """mutation($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { errors { path } }
}"""
VIEWER = "{ viewer { identityId } }"
GRAPHQL = "application/graphql-response+json"


def code(answer: Any) -> Any:
    return answer.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { viewer { identityId } } query B { viewer { identityId } }", "BAD_REQUEST"),
    ],
)
async def test_a_rejected_operation_has_no_data(ann: Caller, query: str, expected: str) -> None:
    name = {"x-request-id": "same"}
    plain = await ann.post(query, headers=name)
    strict = await ann.post(query, headers={"accept": GRAPHQL, **name})

    assert (plain.status_code, strict.status_code) == (200, 400)
    assert plain.headers["content-type"] == "application/json; charset=utf-8"
    assert strict.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
    assert plain.json() == strict.json()
    assert plain.json().keys() == {"errors"}
    assert code(plain) == expected


async def test_operation_name_selects_the_operation(ann: Caller) -> None:
    body = {
        "query": "query A { viewer { identityId } } query B { viewer { identityType } }",
        "operationName": "B",
    }

    chosen = await ann.http.post("/graphql", json=body)
    missing = await ann.http.post("/graphql", json={**body, "operationName": "C"})

    assert chosen.json() == {"data": {"viewer": {"identityType": "USER"}}}
    assert code(missing) == "BAD_REQUEST"


async def test_get_permits_queries_but_not_mutations(ann: Caller) -> None:
    query = await ann.http.get(
        "/graphql",
        params={"query": "query($a: ID!) { node(id: $a) { id } }", "variables": '{"a":1}'},
    )
    mutation = await ann.http.get("/graphql", params={"query": "mutation { __typename }"})

    assert query.json() == {"data": {"node": None}}
    assert (mutation.status_code, code(mutation)) == (405, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"null", "application/json", 400),
        (b"1", "application/json", 400),
        (b'"x"', "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"query": 1}', "application/json", 400),
        (b'{"query": "{ __typename }", "variables": []}', "application/json", 400),
        (b'{"query": "{ __typename }", "operationName": 1}', "application/json", 400),
        (b'{"query": "{ __typename }", "extensions": 1}', "application/json", 400),
        (b'{"query": "\xff"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"query": "{ __typename }"}', "text/plain", 415),
        (b'{"query": "{ __typename }"}', "", 415),
        (b" " * 1_000_001, "application/json", 413),
    ],
)
async def test_a_body_that_is_not_an_operation_is_rejected(
    ann: Caller, content: bytes, content_type: str, status: int
) -> None:
    headers = {"content-type": content_type}

    answer = await ann.http.post("/graphql", content=content, headers=headers)

    assert (answer.status_code, code(answer)) == (status, "BAD_REQUEST")


async def test_head_changes_nothing(ann: Caller) -> None:
    body = json.dumps({"query": CREATE, "variables": {"input": an_input(a_wire_template())}})
    headers = {"content-type": "application/json"}

    await ann.http.request("HEAD", "/graphql", content=body, headers=headers)
    by_query = await ann.http.head("/graphql", params={"query": "mutation { __typename }"})

    assert by_query.status_code == 405
    assert (await ann.ask("{ modelTemplates { totalCount } }"))["modelTemplates"] == {
        "totalCount": 0
    }


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_rejected_with_json(ann: Caller, method: str) -> None:
    answer = await ann.http.request(method, "/graphql")

    assert (answer.status_code, code(answer)) == (405, "BAD_REQUEST")


async def test_an_unexpected_error_is_masked_and_logged(
    app: Starlette, ann: Caller, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("mongodb://user:password@host")

    monkeypatch.setattr(ModelTemplateService, "find", fails)
    with caplog.at_level(logging.ERROR):
        answer = (await ann.post('{ modelTemplate(id: "1") { id } }')).json()

    (error,) = answer["errors"]
    assert "password" not in json.dumps(answer)
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["extensions"]["id"] in error["message"]
    assert error["extensions"]["id"] in caplog.text


async def test_an_unavailable_database_is_reported(
    ann: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wait_budget, "SECONDS", 0.1)
    away = connect("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100", "test")
    nowhere = create_app(Settings(), away)
    nobody = await Caller(nowhere, ann.http.headers["x-api-key"]).post(VIEWER)
    away.client.close()

    assert nobody.status_code == 503
    assert nobody.json()["errors"][0]["extensions"] == {
        "code": "SERVICE_UNAVAILABLE",
        "retryable": True,
        **NAMED,
    }


async def test_the_playground_is_for_browsers_in_development(mongomock: Database) -> None:
    html = {"accept": "text/html,*/*"}
    development = Caller(create_app(Settings(), mongomock), None)
    production = Caller(create_app(Settings(environment=Environment.PRODUCTION), mongomock), None)

    page = await development.http.get("/graphql", headers=html)
    none = await production.http.get("/graphql", headers=html)

    assert page.status_code == 200
    assert "<title>Playground · Model Templates</title>" in page.text
    assert none.status_code == 401


async def test_readiness_depends_on_the_database(
    mongomock: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "HEALTH_SECONDS", 0.1)
    well = Caller(create_app(Settings(), mongomock), None)
    away = connect("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100", "test")
    ill = Caller(create_app(Settings(), away), None)

    answers = [
        await caller.http.get(path) for caller in (well, ill) for path in ("/healthz", "/readyz")
    ]
    away.client.close()

    assert [answer.status_code for answer in answers] == [200, 200, 200, 503]


async def test_introspection_works_with_a_key(ann: Caller) -> None:
    data = await ann.ask("{ __schema { queryType { name } } }")

    assert data == {"__schema": {"queryType": {"name": "Query"}}}
