"""The repository of model templates in MongoDB: one document for each template."""

from collections import abc
from contextlib import suppress
from typing import TypeVar

from msgspec import Struct, to_builtins
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.domain.repository import NotUnique, Scope
from app.storage.codec import from_document, to_document, update_of
from app.storage.deletions import DeletionLog
from app.storage.documents import completed, own_fields, unwrapped
from app.storage.driver import (
    Collection,
    Database,
    Document,
    available,
    collection,
    find_confirmed,
    retry_once_if_interrupted,
)
from app.storage.lists import ACCOUNT, MongoModelTemplateList
from app.storage.terms import LISTING, OWN_FIELDS, listing

T = TypeVar("T", bound=Struct)
list_ = list  # The repository's method `list` shadows the type.

TEMPLATES = "model_templates"
REVISIONS = "model_template_revisions"
TEMPLATE_ID = "template_id"
"""The field of a revision with the id of its template."""

REQUEST = "request"
"""The document field with the idempotency record of the create; the domain does not see it."""


class MongoModelTemplateRepository:
    """`ModelTemplateRepository` on a MongoDB collection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._templates = collection(database, TEMPLATES)
        self._revisions = collection(database, REVISIONS)
        self._deletions = DeletionLog(database)

    async def insert(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate:
        """Inserts the document; the unique indexes detect conflicts, and a read explains them."""
        document = stored(template, request)
        async with available():
            if request is not None and await self._deletions.has(template.account_id, request):
                return await self._repeated(template, request)
            try:
                await retry_once_if_interrupted(lambda: self._templates.insert_one(document))
            except DuplicateKeyError:
                if (earlier := await self._earlier(template, request)) is not None:
                    return earlier
                raise NotUnique(
                    name=True, request=False
                ) from None  # The conflicting template was deleted just now.
        return template

    async def _repeated(self, template: ModelTemplate, request: IdempotencyRecord) -> ModelTemplate:
        """The template of a request whose deletion was at least attempted. Raises NotUnique."""
        if (earlier := await self._earlier(template, request)) is not None:
            return earlier
        raise NotUnique(name=False, request=True)

    async def check_insert(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate:
        """Reads the documents with which an insert would conflict."""
        async with available():
            if request is not None and await self._deletions.has(template.account_id, request):
                return await self._repeated(template, request)
            return await self._earlier(template, request) or template

    async def _earlier(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate | None:
        """The template that an earlier attempt or the same request stored. Raises NotUnique."""
        account = {"account_id": template.account_id}
        conflicts: list[Document] = [{"_id": template.id}, {**account, "name": template.name}]
        if request is not None:
            conflicts.append({**account, f"{REQUEST}.id": request.id})
        conflicting = await self._confirmed({"$or": conflicts})
        if any(document["_id"] == template.id for document in conflicting):
            return template  # The connection broke after the first attempt had succeeded.
        by_request = {d[REQUEST]["id"]: d for d in conflicting if REQUEST in d}
        repeated = by_request.get(request.id) if request else None
        if request and repeated and repeated[REQUEST]["digest"] == request.digest:
            return from_document(repeated, ModelTemplate)
        if conflicting:
            name = any(document["name"] == template.name for document in conflicting)
            raise NotUnique(name=name, request=repeated is not None)
        return None

    async def replace(self, current: ModelTemplate, changed: ModelTemplate) -> bool:
        """Inserts the current state into the history, then replaces it.

        A crash in between is harmless: a second insert of the same state is ignored, and only
        states below the template's revision count as its history.
        """
        revision = to_document(ModelTemplateRevision.of(current))
        expected = {"_id": current.id, "revision": current.revision}
        change = update_of(current, changed)
        change["$set"][LISTING] = listing(changed)
        async with available():
            with suppress(DuplicateKeyError):
                await retry_once_if_interrupted(lambda: self._revisions.insert_one(revision))
            try:
                replaced = await retry_once_if_interrupted(
                    lambda: self._templates.update_one(expected, change)
                )
            except DuplicateKeyError:
                raise NotUnique(name=True, request=False) from None
            return replaced.matched_count == 1 or await self._is_stored(changed)

    async def _is_stored(self, changed: ModelTemplate) -> bool:
        """Whether an update that matched nothing is stored: its first attempt may have succeeded
        before the connection broke."""
        documents = await self._confirmed({"_id": changed.id})
        if not documents:
            await self._revisions.delete_many({TEMPLATE_ID: changed.id})  # Deleted meanwhile.
        return [from_document(document, ModelTemplate) for document in documents] == [changed]

    async def _confirmed(self, filter: Document, fields: Document = OWN_FIELDS) -> list_[Document]:
        return await find_confirmed(self._database, TEMPLATES, filter, fields)

    async def delete(self, id: str, revision: int | None) -> bool:
        """Notes the deletion, then deletes the template first: a history without a template is
        invisible."""
        expected = {"_id": id} if revision is None else {"_id": id, "revision": revision}
        async with available():
            template = await self._templates.find_one(expected, {"account_id": 1, REQUEST: 1})
            if template is None:
                return False
            await self._deletions.begin(id, template["account_id"], template.get(REQUEST))
            deleted = await self._templates.delete_one(expected)
            if deleted.deleted_count:
                await self._revisions.delete_many({TEMPLATE_ID: id})
                await self._deletions.finish(id)
        return deleted.deleted_count == 1

    async def revision(self, id: str, revision: int) -> ModelTemplateRevision | None:
        """Reads by id."""
        condition = {"_id": ModelTemplateRevision.id_of(id, revision)}
        document = await _found(self._revisions, TEMPLATE_ID, condition)
        return None if document is None else from_document(document, ModelTemplateRevision)

    async def revisions(self, id: str, *, limit: int, below: int) -> list_[ModelTemplateRevision]:
        """Reads them in the order of their index, newest first."""
        fields = own_fields(self._revisions, TEMPLATE_ID)
        cursor = self._revisions.find({TEMPLATE_ID: id, "revision": {"$lt": below}}, fields)
        async with available():
            found = await cursor.sort("revision", DESCENDING).limit(limit).to_list(None)
        documents = await completed(self._revisions, TEMPLATE_ID, unwrapped(found))
        return [from_document(document, ModelTemplateRevision) for document in documents]

    async def find(
        self, id: str, accounts: abc.Collection[str], *, confirmed: bool = False
    ) -> ModelTemplate | None:
        """Reads by id and accounts, so that templates of other accounts are never read."""
        condition = {"_id": id, **_of(accounts)}
        found = None if confirmed else await _found(self._templates, ACCOUNT, condition)
        return await self._decoded(ModelTemplate, found, condition, OWN_FIELDS)

    async def find_part(
        self, cls: type[T], id: str, accounts: abc.Collection[str], *, confirmed: bool = False
    ) -> T | None:
        """Fields that the class does not have are neither read nor decoded."""
        condition = {"_id": id, **_of(accounts)}
        fields = dict.fromkeys(cls.__struct_fields__, 1)  # `_id` comes with every document.
        found = None
        if not confirmed:
            async with available():
                found = await self._templates.find_one(condition, fields)
        return await self._decoded(cls, found, condition, fields)

    async def _decoded(
        self, cls: type[T], found: Document | None, condition: Document, fields: Document
    ) -> T | None:
        """The object of a document. Right after a failover, an ordinary read may miss one that was
        acknowledged, which is therefore read with confirmation."""
        if found is None:
            async with available():
                confirmed = unwrapped(await self._confirmed(condition, fields))
            found = confirmed[0] if confirmed else None
        return None if found is None else from_document(found, cls)

    def list(self, scope: Scope) -> MongoModelTemplateList:
        """A lazy list: nothing is read yet."""
        return MongoModelTemplateList(self._templates, scope)


def stored(template: ModelTemplate, request: IdempotencyRecord | None = None) -> Document:
    """The document of a template: its fields, listing terms and idempotency record."""
    document = {**to_document(template), LISTING: listing(template)}
    if request is not None:
        document[REQUEST] = to_builtins(request)
    return document


async def _found(collection: Collection, key: str, condition: Document) -> Document | None:
    """The document that meets the condition, if any. `key` is the collection's shard key."""
    async with available():
        found = await collection.find_one(condition, own_fields(collection, key))
    documents = await completed(collection, key, unwrapped([found] if found else []))
    return documents[0] if documents else None


def _of(accounts: abc.Collection[str]) -> Document:
    return {"account_id": {"$in": sorted(accounts)}}
