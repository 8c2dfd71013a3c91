"""The OpenAPI document of SGP's routes, and the page that shows it."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from app import __version__
from app.domain.model_template import CreateModelTemplate, ModelTemplate
from app.main import create_app
from app.rest.openapi import document
from app.rest.sgp_routes import OPERATIONS
from app.settings import Environment, Playground, Settings
from app.storage.driver import Database
from tests.builders import a_wire_template, seeds
from tests.clients.project import run
from tests.conftest import Caller
from tests.rest.conftest import V3, V4, Sgp

HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def api() -> Any:
    return json.loads(document(__version__))


def errors(api: Any, name: str, value: Any) -> list[str]:
    """The errors of a value by a schema of the document."""
    registry = Registry[Any]().with_resource("urn:api", DRAFT202012.create_resource(api))
    schema = {"$ref": f"urn:api#/components/schemas/{name}"}
    return [e.message for e in Draft202012Validator(schema, registry=registry).iter_errors(value)]


async def test_the_document_is_served(sgp: Sgp, api: Any) -> None:
    response = await sgp.http.get("/openapi.json")

    assert response.json() == api
    assert response.headers["content-type"] == "application/json; charset=utf-8"


def test_it_has_every_operation_and_every_field(api: Any) -> None:
    documented = {(path, method) for path, methods in api["paths"].items() for method in methods}
    assert documented == {(each.path, each.method.lower()) for each in OPERATIONS}
    schemas = api["components"]["schemas"]
    assert [*schemas["ModelTemplateRequest"]["properties"]] == [
        *CreateModelTemplate.__struct_fields__
    ]
    assert schemas["ModelTemplate"]["required"] == [*ModelTemplate.__struct_fields__]
    assert "errorMessage" not in json.dumps(api)
    for operation in (each for methods in api["paths"].values() for each in methods.values()):
        assert operation["summary"] and operation["description"]


@pytest.mark.parametrize("wire", seeds(), ids=lambda wire: wire["name"])
async def test_requests_and_answers_are_as_described(
    sgp: Sgp, api: Any, wire: dict[str, Any]
) -> None:
    given = {**wire, "account_id": "a1"}
    assert errors(api, "ModelTemplateRequest", given) == []

    made = (await sgp.http.post(V4, json=given)).json()

    assert errors(api, "ModelTemplate", made) == []
    assert errors(api, "Page", (await sgp.http.get(V4)).json()) == []
    changed = await sgp.http.patch(f"{V3}/{made['id']}", json={"labels": None})
    assert errors(api, "ModelTemplate", changed.json()) == []
    assert errors(api, "UserInfo", (await sgp.http.get("/user-info")).json()) == []


async def test_errors_are_as_described(sgp: Sgp, api: Any) -> None:
    wrong = await sgp.http.post(V4, json={})
    wrong_v3 = await sgp.http.post(V3, json={})

    assert errors(api, "Error", wrong.json()) == []
    assert errors(api, "ErrorV3", wrong_v3.json()) == []
    assert errors(api, "Error", wrong_v3.json()) != []


@pytest.mark.parametrize(
    "changes",
    [
        {"foo": 1},
        {"model_type": "BUNDLE"},
        {"name": None},
        {"vendor_configuration": {"endpoint_config": {"cpus": "3"}}},
        {"vendor_configuration": {"bundle_config": {"env": {"A-B": ""}}}},
    ],
    ids=str,
)
async def test_what_the_document_rules_out_is_refused(
    sgp: Sgp, api: Any, changes: dict[str, Any]
) -> None:
    wrong = a_wire_template(**changes)

    assert errors(api, "ModelTemplateRequest", wrong) != []
    assert (await sgp.http.post(V4, json=wrong)).status_code == 422


@pytest.mark.parametrize(
    "nulls",
    [
        {"labels": None},
        {"vendor_configuration": {"endpoint_config": None}},
        {"vendor_configuration": {"fine_tuning_job_bundle_config": None}},
        {"vendor_configuration": {"bundle_config": {"command": None}}},
    ],
    ids=str,
)
def test_null_for_a_default_is_documented(api: Any, nulls: dict[str, Any]) -> None:
    assert errors(api, "ModelTemplateRequest", a_wire_template(**nulls)) == []


async def test_the_examples_are_true(sgp: Sgp, api: Any) -> None:
    create = api["paths"][V4]["post"]
    given = create["requestBody"]["content"]["application/json"]["example"]
    shown = {**create["responses"]["200"]["content"]["application/json"]["example"]}

    made = (await sgp.http.post(V4, json={**given, "account_id": "a1"})).json()

    set_by_server = ("id", "account_id", "created_at", "updated_at")
    by_caller = ("created_by_user_id", "updated_by_user_id")
    for name in (*set_by_server, *by_caller):
        assert isinstance(made.pop(name), str)
        del shown[name]
    assert made == shown


@pytest.mark.slow
def test_a_validator_of_openapi_accepts_it(python: Path, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_bytes(document(__version__))

    printed = run(tmp_path, str(python), "-m", "openapi_spec_validator", "openapi.json")

    assert printed.strip() == "openapi.json: OK"


async def test_the_reference_has_all_and_needs_no_other_host(sgp: Sgp, api: Any) -> None:
    page = await sgp.http.get("/reference", headers=HTML)

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; script-src 'self'" in page.headers["content-security-policy"]
    for each in OPERATIONS:
        assert f"{each.method} {each.path}" in page.text
    assert {*api["components"]["schemas"]} <= {*re.findall(r'<h2 id="(\w+)">', page.text)}
    links = {*re.findall(r'(?:href|src)="([^"]*)"', page.text)}
    anchors = {*re.findall(r'id="([^"]*)"', page.text)}
    assert {link for link in links if link.startswith("#")} <= {f"#{name}" for name in anchors}
    assert all(link.startswith(("#", "/")) for link in links)
    assert "<script" not in page.text
    assert "style=" not in page.text


def production(mongomock: Database, **settings: Any) -> httpx.AsyncClient:
    given = Settings(
        environment=Environment.PRODUCTION,
        playground=Playground.ON,
        allowed_hosts="localhost",
        **settings,
    )
    return Caller(create_app(given, mongomock), None).http


async def test_in_production_the_document_needs_a_key(mongomock: Database) -> None:
    http = production(mongomock)

    assert (await http.get("/openapi.json")).status_code == 401
    assert (await http.get("/reference", headers=HTML)).status_code == 200


async def test_without_introspection_there_is_neither(mongomock: Database) -> None:
    http = production(mongomock, introspection=False)

    assert (await http.get("/openapi.json")).status_code == 404
    assert (await http.get("/reference")).status_code == 404
