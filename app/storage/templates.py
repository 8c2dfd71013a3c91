"""Model templates in MongoDB: one document each, written whole."""

from collections.abc import Collection
from contextlib import suppress
from typing import TypeVar

from msgspec import Struct, to_builtins
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.domain.repository import NotUnique, Scope
from app.storage.codec import from_document, to_document
from app.storage.driver import Database, Document, available, collection, retry_once_if_disconnected
from app.storage.lists import MongoModelTemplateList
from app.storage.terms import LISTING, OWN_FIELDS, listing

T = TypeVar("T", bound=Struct)
list_ = list  # The repository's own `list` hides it.

TEMPLATES = "model_templates"
REVISIONS = "model_template_revisions"
REQUEST = "request"
"""Beside a template's own fields: which request made it. Storage alone knows of it."""


class MongoModelTemplateRepository:
    """`ModelTemplateRepository` on a MongoDB collection."""

    def __init__(self, database: Database) -> None:
        self._templates = collection(database, TEMPLATES)
        self._revisions = collection(database, REVISIONS)

    async def insert(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate:
        """One insert; uniqueness is the indexes' business, and read only to explain a refusal."""
        document = stored(template, request)
        async with available():
            try:
                await retry_once_if_disconnected(lambda: self._templates.insert_one(document))
            except DuplicateKeyError:
                if (earlier := await self._earlier(template, request)) is not None:
                    return earlier
                raise NotUnique(name=True, request=False) from None  # Deleted in the meantime.
        return template

    async def check_insert(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate:
        """One read of what the unique indexes would refuse."""
        async with available():
            return await self._earlier(template, request) or template

    async def _earlier(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate | None:
        """The template that an earlier try or the same request stored. Raises NotUnique."""
        ours = {"account_id": template.account_id}
        conflicts: list[Document] = [{"_id": template.id}, {**ours, "name": template.name}]
        if request is not None:
            conflicts.append({**ours, f"{REQUEST}.id": request.id})
        found = await self._templates.find({"$or": conflicts}, OWN_FIELDS).to_list(None)
        if any(document["_id"] == template.id for document in found):
            return template  # The connection broke after the first try had landed.
        by_request = {d[REQUEST]["id"]: d for d in found if REQUEST in d}
        repeated = by_request.get(request.id) if request else None
        if request and repeated and repeated[REQUEST]["digest"] == request.digest:
            return from_document(repeated, ModelTemplate)
        if found:
            name = any(document["name"] == template.name for document in found)
            raise NotUnique(name=name, request=repeated is not None)
        return None

    async def replace(self, current: ModelTemplate, changed: ModelTemplate) -> bool:
        """Two steps. The state that is to be replaced is remembered first, and again by everyone
        who tries, for it can never differ; so a crash in between loses nothing and blocks nothing.
        The template's earlier states are those below its revision."""
        remembered = to_document(ModelTemplateRevision.of(current))
        here = {"_id": current.id, "revision": current.revision}
        new = {key: value for key, value in stored(changed).items() if key != "_id"}
        cleared = {name: "" for name in ModelTemplate.__struct_fields__ if name not in new}
        del cleared["id"]
        change = {"$set": new, **({"$unset": cleared} if cleared else {})}
        async with available():
            with suppress(DuplicateKeyError):
                await retry_once_if_disconnected(lambda: self._revisions.insert_one(remembered))
            try:
                replaced = await retry_once_if_disconnected(
                    lambda: self._templates.update_one(here, change)
                )
            except DuplicateKeyError:
                raise NotUnique(name=True, request=False) from None
            return replaced.matched_count == 1 or await self._is(changed)

    async def _is(self, changed: ModelTemplate) -> bool:
        """Whether a change that matched nothing is there: the connection broke after it landed."""
        document = await self._templates.find_one({"_id": changed.id}, OWN_FIELDS)
        if document is None:
            await self._revisions.delete_many({"template_id": changed.id})  # Deleted meanwhile.
            return False
        return from_document(document, ModelTemplate) == changed

    async def delete(self, id: str, revision: int | None) -> bool:
        """The template first: a history without a template is out of everyone's sight."""
        here = {"_id": id} if revision is None else {"_id": id, "revision": revision}
        async with available():
            deleted = await self._templates.delete_one(here)
            if deleted.deleted_count:
                await self._revisions.delete_many({"template_id": id})
        return deleted.deleted_count == 1

    async def revision(self, id: str, revision: int) -> ModelTemplateRevision | None:
        """One read by id."""
        async with available():
            document = await self._revisions.find_one(
                {"_id": ModelTemplateRevision.id_of(id, revision)}
            )
        return None if document is None else from_document(document, ModelTemplateRevision)

    async def revisions(self, id: str, *, limit: int, below: int) -> list_[ModelTemplateRevision]:
        """In the order of the index."""
        found = self._revisions.find({"template_id": id, "revision": {"$lt": below}})
        async with available():
            documents = await found.sort("revision", DESCENDING).limit(limit).to_list(None)
        return [from_document(document, ModelTemplateRevision) for document in documents]

    async def find(self, id: str, accounts: Collection[str]) -> ModelTemplate | None:
        """One read by id that the accounts are a part of."""
        async with available():
            document = await self._templates.find_one({"_id": id, **_of(accounts)}, OWN_FIELDS)
        return None if document is None else from_document(document, ModelTemplate)

    async def find_part(self, cls: type[T], id: str, accounts: Collection[str]) -> T | None:
        """Fields that the class does not have are neither read nor decoded."""
        fields = dict.fromkeys(cls.__struct_fields__, 1)  # `_id` comes with every document.
        async with available():
            document = await self._templates.find_one({"_id": id, **_of(accounts)}, fields)
        return None if document is None else from_document(document, cls)

    def list(self, scope: Scope) -> MongoModelTemplateList:
        """Planned at its first use."""
        return MongoModelTemplateList(self._templates, scope)


def stored(template: ModelTemplate, request: IdempotencyRecord | None = None) -> Document:
    """The document of a template: its own fields, its listing terms, the request that made it."""
    document = {**to_document(template), LISTING: listing(template)}
    if request is not None:
        document[REQUEST] = to_builtins(request)
    return document


def _of(accounts: Collection[str]) -> Document:
    return {"account_id": {"$in": sorted(accounts)}}
