"""A rolling update from 0.1.0: every list is compared with the contract at each step.

The servers of 0.1.0 are what they write: documents in their form, with the indexes that they had.
`python -m tests.rolling_update` does the same with real servers of an earlier release.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from app.domain.access import AccountAccess, Id, IdentityType, Viewer
from app.domain.model_template import ModelTemplate
from app.main import create_app
from app.settings import Settings
from app.storage import relisting
from app.storage.api_keys import ApiKeyStore
from app.storage.codec import from_document
from app.storage.database_format import FORMAT, FORMATS, KEY
from app.storage.driver import Database
from app.storage.inserts import stored
from app.storage.migration import Migration
from app.storage.relisting import count_outdated
from app.storage.templates import TEMPLATES
from app.storage.terms import OWN_FIELDS
from tests.builders import a_template, an_input
from tests.conftest import Caller, logging_in
from tests.list_table import SELECTION, TABLE, an_entry, differences

pytestmark = pytest.mark.slow

RELEASE = json.loads(
    Path(__file__).with_name("storage").joinpath("releases/0.1.0.json").read_text()
)
ACCOUNTS = tuple(AccountAccess(account_id=Id(id), can_write=True) for id in ("a1", "a2"))
ANN = Viewer(identity_id=Id("ann"), identity_type=IdentityType.USER, accounts=ACCOUNTS)
UPDATE = """mutation($input: UpdateModelTemplateInput!) { updateModelTemplate(input: $input) {
  errors { message } } }"""
BY_ID = f"query($id: ID!) {{ modelTemplate(id: $id) {SELECTION} }}"


class OldServer:
    """Writes as a server of 0.1.0: nulls, tokens instead of terms, and no log of deletions."""

    def __init__(self, database: Database) -> None:
        self._templates = database[TEMPLATES]
        self._made = 0

    async def create(self) -> str:
        template = a_template(**an_entry(self._made))
        self._made += 1
        await self._templates.insert_one(self._document(template))
        return template.id

    async def change(self, id: str, *, archived: bool = False) -> None:
        document = await self._templates.find_one({"_id": id}, OWN_FIELDS)
        assert document is not None
        template = from_document(document, ModelTemplate)
        at = template.updated_at
        changed = replace(
            template,
            description="Prose of an old server.",
            labels={"team": "red", "tier": "gold"},
            revision=template.revision + 1,
            archived_at=at if archived else None,
        )
        await self._templates.replace_one({"_id": id}, self._document(changed))

    async def delete(self, id: str) -> None:
        await self._templates.delete_one({"_id": id})

    def _document(self, template: ModelTemplate) -> dict[str, Any]:
        nulls: dict[str, Any] = {
            "description": None,
            "endpoint_protocol": None,
            "archived_at": None,
        }
        return {**nulls, **stored(template), "listing": {"tokens": ["+", "+team=blue"]}}


class Update:
    """A database of 0.1.0 with its server, and this release's server, which begins its migration
    with `app`'s lifespan."""

    def __init__(self, database: Database, ann: Caller, old: OldServer, app: Any) -> None:
        self.database, self.ann, self.old, self.app = database, ann, old, app

    async def ids(self) -> list[str]:
        found = self.database[TEMPLATES].find({}, {"_id": 1}).sort("_id", 1)
        return [document["_id"] for document in await found.to_list(None)]

    async def wrong_lists(self) -> list[str]:
        nodes = [(await self.ann.ask(BY_ID, id=id))["modelTemplate"] for id in await self.ids()]
        return await differences(self.ann.ask, nodes)

    async def old_writes(self, count: int) -> None:
        made = [await self.old.create() for _ in range(count)]
        await self.old.change(made[0])
        await self.old.change(made[1], archived=True)
        await self.old.delete(made[2])

    async def new_writes(self, first: int = 200) -> None:
        made = [
            (await self.ann.create(an_input(an_entry(number))))["modelTemplate"]["id"]
            for number in range(first, first + 10)
        ]
        changes: list[dict[str, Any]] = [
            {"archived": True},
            {"description": "New prose.", "labels": {"team": "blue"}},
        ]
        for id, change in zip([*made, *await self.ids()], changes * 10, strict=False):
            given: dict[str, Any] = {"id": id, **change}
            answer = await self.ann.ask(UPDATE, input=given)
            assert answer["updateModelTemplate"]["errors"] == []


async def this_release(database: Database, old: OldServer) -> Update:
    """Another server of this release."""
    app = create_app(Settings(), database, migration=Migration(database))
    return Update(database, await logging_in(app, ApiKeyStore(database))(ANN), old, app)


@pytest.fixture
async def update(mongod: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Update]:
    monkeypatch.setattr(relisting, "BATCH", 2)
    for name, indexes in RELEASE["indexes"].items():
        await mongod.drop_collection(name)
        for keys, options in indexes:
            await mongod[name].create_index([*keys.items()], **options)
    await mongod.drop_collection(FORMATS)
    old = OldServer(mongod)
    made = [await old.create() for _ in range(30)]
    for id in made[::7]:
        await old.change(id)
    for id in made[::11]:
        await old.change(id, archived=True)
    yield await this_release(mongod, old)


async def until_ready(update: Update) -> None:
    async with asyncio.timeout(30):
        while (await update.ann.http.get("/readyz")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def test_there_are_63_different_lists() -> None:
    assert len({json.dumps(case) for case in TABLE}) == 63


async def test_no_list_misses_a_template_at_any_step(update: Update) -> None:
    async with update.app.router.lifespan_context(update.app):
        rounds = 0
        while (await update.ann.http.get("/readyz")).status_code != 200:
            await update.old_writes(3)  # While their terms are rebuilt.
            rounds += 1
        assert rounds
        assert await update.wrong_lists() == [], "mixed"
        for _ in range(2):
            await update.old_writes(4)
            assert await update.wrong_lists() == [], "right after writes of the old server"
        await update.new_writes()
        await update.old_writes(3)
        assert await update.wrong_lists() == [], "after writes of both"
        assert await count_outdated(update.database) == 0
        assert await update.wrong_lists() == [], "new alone"


async def test_lists_are_complete_after_an_update_back_that_the_format_allows(
    update: Update,
) -> None:
    async with update.app.router.lifespan_context(update.app):
        await until_ready(update)
        await update.new_writes()
    newer = {"format": FORMAT + 1, "oldest": FORMAT, "release": "9.9.9"}
    await update.database[FORMATS].update_one(KEY, {"$set": newer})
    indexes = await update.database[TEMPLATES].index_information()

    back = await this_release(update.database, update.old)
    async with back.app.router.lifespan_context(back.app):
        await until_ready(back)
        await back.new_writes(300)
        assert await back.wrong_lists() == []

    assert await update.database[TEMPLATES].index_information() == indexes
    assert (await update.database[FORMATS].find_one(KEY) or {})["release"] == "9.9.9"
