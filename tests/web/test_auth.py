"""Authentication: keys and accounts in headers."""

from typing import Any

import pytest
from starlette.applications import Starlette

from app.domain.api_key import new_key
from app.domain.service import now
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from tests.builders import NAMED, a_viewer, a_wire_template, an_input
from tests.conftest import Caller, Login

VIEWER = "{ viewer { accounts { accountId } } }"


def code(answer: Any) -> Any:
    (error,) = answer.json()["errors"]
    assert "data" not in answer.json()
    return error["extensions"]["code"]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("x-api-key", "")],
        [("x-api-key", "mt_")],
        [("x-api-key", new_key())],
        [("x-api-key", new_key()[3:])],
        [("x-api-key", "é")],
        [("x-api-key", "mt_" + "a" * 10_000)],
        [("authorization", "Bearer " + new_key())],
    ],
)
async def test_a_request_without_a_valid_key_is_unauthenticated(
    app: Starlette, headers: list[tuple[str, str]]
) -> None:
    caller = Caller(app, None)

    encoded = [(name.encode(), value.encode()) for name, value in headers]
    answer = await caller.http.post("/graphql", json={"query": VIEWER}, headers=encoded)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json() == {
        "errors": [
            {
                "message": "A valid API key is required in the x-api-key header.",
                "extensions": {"code": "UNAUTHENTICATED", **NAMED},
            }
        ]
    }


async def test_two_key_headers_are_unauthenticated(ann: Caller, app: Starlette) -> None:
    key = ann.http.headers["x-api-key"]
    twice = [("x-api-key", key), ("x-api-key", key)]

    answer = await Caller(app, None).http.post("/graphql", json={"query": VIEWER}, headers=twice)

    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("space", [" ", "\t", " \t "])
async def test_white_space_around_a_header_is_no_part_of_its_value(
    ann: Caller, app: Starlette, space: str
) -> None:
    headers = {
        "x-api-key": space + ann.http.headers["x-api-key"] + space,
        "x-selected-account-id": f"{space}a1{space}",
    }

    answer = await Caller(app, None).post(VIEWER, headers=headers)

    assert answer.json() == {"data": {"viewer": {"accounts": [{"accountId": "a1"}]}}}


@pytest.mark.parametrize("around", ["\n", "\xa0", '"', "mt_"])
async def test_anything_else_around_a_key_is_a_part_of_it(
    ann: Caller, app: Starlette, around: str
) -> None:
    key = around + ann.http.headers["x-api-key"] + around
    headers = [(b"x-api-key", key.encode("latin-1")), (b"content-type", b"application/json")]

    answer = await Caller(app, None).http.post(
        "/graphql", content=b'{"query": "{ __typename }"}', headers=headers
    )

    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")


async def test_a_revoked_key_is_unauthenticated(mongomock: Database, app: Starlette) -> None:
    keys, key = ApiKeyStore(mongomock), new_key()
    await keys.add(key, a_viewer())
    await keys.revoke(key)

    answer = await Caller(app, key).post(VIEWER)

    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")


async def test_an_expired_key_is_unauthenticated(mongomock: Database, app: Starlette) -> None:
    key = new_key()
    await ApiKeyStore(mongomock).add(key, a_viewer(), expires_at=now())

    answer = await Caller(app, key).post(VIEWER)

    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")


async def test_a_selected_account_restricts_every_operation(login: Login) -> None:
    ann = await login(a_viewer(a1="write", a2="write"))
    made = await ann.create(an_input(a_wire_template()))
    selected = {"x-selected-account-id": "a2"}

    viewer = await ann.post(VIEWER, headers=selected)
    found = await ann.post(
        "query($id: ID!) { modelTemplate(id: $id) { id } modelTemplates { totalCount } }",
        headers=selected,
        id=made["modelTemplate"]["id"],
    )

    assert viewer.json()["data"]["viewer"]["accounts"] == [{"accountId": "a2"}]
    assert found.json()["data"] == {"modelTemplate": None, "modelTemplates": {"totalCount": 0}}


@pytest.mark.parametrize("account", ["a2", "", " ", "a1 a2", "a1,a1"])
async def test_an_account_without_access_cannot_be_selected(ann: Caller, account: str) -> None:
    answer = await ann.post(VIEWER, headers={"x-selected-account-id": account})

    assert (answer.status_code, code(answer)) == (403, "FORBIDDEN")


async def test_two_selected_accounts_are_forbidden(ann: Caller) -> None:
    twice = [("x-selected-account-id", "a1"), ("x-selected-account-id", "a1")]

    answer = await ann.http.post("/graphql", json={"query": VIEWER}, headers=twice)

    assert (answer.status_code, code(answer)) == (403, "FORBIDDEN")
