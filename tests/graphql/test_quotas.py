"""Quotas, as a caller of the API meets them."""

from typing import Any

import pytest

from app.domain.model_template import ModelTemplateRevision
from app.main import create_app
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from tests.builders import a_viewer, a_wire_template, an_input
from tests.conftest import Caller, logging_in

UPDATE = """mutation($input: UpdateModelTemplateInput!) {
  updateModelTemplate(input: $input) { modelTemplate { revision } errors { code message path } }
}"""
DELETE = "mutation($id: ID!) { deleteModelTemplate(input: {id: $id}) { deletedId } }"
VALIDATE = """query($input: CreateModelTemplateInput!) {
  validateModelTemplate(input: $input) { valid errors { code message path } }
}"""
FULL: Any = {
    "code": "QUOTA_EXCEEDED",
    "message": "The account a1 may have at most 2 templates, archived ones included: delete some, "
    "or ask the server's operator for a higher limit.",
    "path": ["accountId"],
}
NO_ROOM = {
    "code": "QUOTA_EXCEEDED",
    "message": "The account a1 may store at most 5,000 bytes of templates and earlier revisions: "
    "delete templates, or ask the server's operator to purge revisions or for a higher limit.",
}


async def a_caller(database: Database, **limits: int) -> Caller:
    """A caller with write access to a1 and a2."""
    app = create_app(Settings(**limits), database)  # type: ignore[arg-type]
    return await logging_in(app, ApiKeyStore(database))(a_viewer(a1="write", a2="write"))


def a_template(**changes: Any) -> Any:
    return an_input(a_wire_template(**changes))


async def test_an_account_has_no_more_templates_than_it_may(store: Database) -> None:
    caller = await a_caller(store, max_templates_per_account=2)
    first = await caller.create(a_template(name="t1"))
    id = first["modelTemplate"]["id"]
    repeated = a_template(name="t2", request_id="r")
    second = await caller.create(repeated)
    archive = {"id": id, "archived": True}

    assert await caller.create(a_template(name="t3")) == {"modelTemplate": None, "errors": [FULL]}
    assert (await caller.ask(VALIDATE, input=a_template(name="t3")))["validateModelTemplate"] == {
        "valid": False,
        "errors": [FULL],
    }
    assert await caller.create(repeated) == second
    assert (await caller.create(a_template(account_id="a2")))["errors"] == []
    archived = await caller.ask(UPDATE, input=archive)
    assert archived["updateModelTemplate"] == {"modelTemplate": {"revision": 2}, "errors": []}
    assert (await caller.create(a_template(name="t3")))["errors"] == [FULL]

    await caller.ask(DELETE, id=id)

    assert (await caller.create(a_template(name="t3")))["errors"] == []


async def test_an_account_stores_no_more_bytes_than_it_may(store: Database) -> None:
    caller = await a_caller(store, max_bytes_per_account=5_000)
    made = await caller.create(a_template(name="t1", description="x" * 2_500))
    id = made["modelTemplate"]["id"]

    created = await caller.create(a_template(name="t2", description="x" * 2_500))
    changed = await caller.ask(UPDATE, input={"id": id, "description": "y" * 2_500})
    archived = await caller.ask(UPDATE, input={"id": id, "archived": True})
    unchanged = await caller.ask(UPDATE, input={"id": id, "archived": False})

    assert created == {"modelTemplate": None, "errors": [{**NO_ROOM, "path": ["accountId"]}]}
    for answer in (changed, archived):
        assert answer["updateModelTemplate"] == {
            "modelTemplate": None,
            "errors": [{**NO_ROOM, "path": []}],
        }
    assert unchanged["updateModelTemplate"] == {"modelTemplate": {"revision": 1}, "errors": []}


async def test_the_oldest_revisions_are_no_longer_kept(store: Database) -> None:
    caller = await a_caller(store, max_revisions_per_template=2)
    id = (await caller.create(a_template()))["modelTemplate"]["id"]
    for number in range(2, 7):
        await caller.ask(UPDATE, input={"id": id, "description": f"state {number}"})
    query = """query($id: ID!, $oldest: ID!, $gone: ID!) {
      oldest: node(id: $oldest) { id } gone: node(id: $gone) { id }
      modelTemplate(id: $id) {
        revision
        revisions { nodes { revision description } totalCount oldestRevision }
      }
    }"""
    ids = {name: ModelTemplateRevision.id_of(id, n) for name, n in (("oldest", 4), ("gone", 3))}

    answer = await caller.ask(query, id=id, **ids)

    assert answer == {
        "oldest": {"id": f"{id}:4"},
        "gone": None,
        "modelTemplate": {
            "revision": 6,
            "revisions": {
                "nodes": [
                    {"revision": 5, "description": "state 5"},
                    {"revision": 4, "description": "state 4"},
                ],
                "totalCount": 2,
                "oldestRevision": 4,
            },
        },
    }


@pytest.mark.parametrize("limit", ["max_templates_per_account", "max_bytes_per_account"])
async def test_zero_is_no_limit(mongomock: Database, limit: str) -> None:
    caller = await a_caller(mongomock, **{limit: 0})

    assert (await caller.create(a_template()))["errors"] == []
