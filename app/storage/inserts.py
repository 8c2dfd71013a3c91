"""The first document of a template, and what may prevent it: names, requests and quotas."""

import bson
from msgspec import to_builtins
from pymongo.errors import DuplicateKeyError

from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplate
from app.domain.quotas import QuotaExceeded, Usage
from app.domain.repository import NotUnique
from app.storage.codec import from_document, to_document
from app.storage.collections import TEMPLATES
from app.storage.deletions import DeletionLog
from app.storage.driver import (
    Database,
    Document,
    available,
    available_for_writing,
    collection,
    find_confirmed,
)
from app.storage.group_commit import GroupCommit
from app.storage.measure import size_of
from app.storage.terms import LISTING, OWN_FIELDS, listing
from app.storage.usage import UsageMeter

REQUEST = "request"
"""The document field with the idempotency record of the create; the domain does not see it."""


class TemplateInserts:
    """Inserts templates, each once for each request of a client. Every method may raise
    Unavailable, NotUnique or QuotaExceeded."""

    def __init__(self, database: Database, usage: UsageMeter) -> None:
        self._database = database
        self._templates = collection(database, TEMPLATES)
        self._deletions = DeletionLog(database)
        self._usage = usage
        self._commit = GroupCommit(self._templates)

    async def insert(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate:
        """Inserts the document; the unique indexes detect conflicts, and a read explains them."""
        if (repeated := await self._repeated(template, request)) is not None:
            return repeated
        document = bson.encode(stored(template, request))
        growth = Usage(templates=1, bytes=len(document))
        try:
            async with self._usage.growing(template.account_id, growth) as confirm:
                earlier = await self._insert(template, request, document)
                if earlier is None:
                    confirm()
                    await self._undo_if_repeated(template, request, growth)
        except QuotaExceeded:
            async with available():
                earlier = await self._earlier(template, request)
            if earlier is None:
                raise
        return earlier or template

    async def _insert(
        self,
        template: ModelTemplate,
        request: IdempotencyRecord | None,
        document: bytes,
    ) -> ModelTemplate | None:
        """The template that the same request stored earlier; None if this one is stored now."""
        try:
            await self._commit.insert(document)
        except DuplicateKeyError:
            async with available():
                earlier = await self._earlier(template, request)
            if earlier is None:  # The conflicting template was deleted just now.
                raise NotUnique(name=True, request=False) from None
            return None if earlier is template else earlier
        return None

    async def _repeated(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate | None:
        """The template of a request whose deletion was attempted. Raises NotUnique if it was
        deleted."""
        if request is None:
            return None
        async with available():
            if not await self._deletions.has(template.account_id, request):
                return None
            if (earlier := await self._earlier(template, request)) is not None:
                return earlier
        raise NotUnique(name=False, request=True)

    async def _undo_if_repeated(
        self, template: ModelTemplate, request: IdempotencyRecord | None, growth: Usage
    ) -> None:
        """Deletes the template and raises NotUnique if one that the same request had created was
        deleted just before the insert: a deletion is noted first, so its note is visible now."""
        if request is None:
            return
        async with available_for_writing():
            if not await self._deletions.has_confirmed(template.account_id, request):
                return
            account = {"account_id": template.account_id}
            inserted = {"_id": template.id, **account, "revision": template.revision}
            if (await self._templates.delete_one(inserted)).deleted_count:
                self._usage.add(template.account_id, -growth)
        raise NotUnique(name=False, request=True)

    async def check(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate:
        """Reads the documents with which an insert would conflict."""
        earlier = await self._repeated(template, request)
        if earlier is None:
            async with available():
                earlier = await self._earlier(template, request)
        if earlier is None:
            growth = Usage(templates=1, bytes=size_of(stored(template, request)))
            await self._usage.require_room(template.account_id, growth)
        return earlier or template

    async def _earlier(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate | None:
        """The template that an earlier attempt or the same request stored. Raises NotUnique."""
        account = {"account_id": template.account_id}
        conflicts: list[Document] = [
            {**account, "_id": template.id},
            {**account, "name": template.name},
        ]
        if request is not None:
            conflicts.append({**account, f"{REQUEST}.id": request.id})
        conflicting = await find_confirmed(
            self._database, TEMPLATES, {"$or": conflicts}, OWN_FIELDS
        )
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


def stored(template: ModelTemplate, request: IdempotencyRecord | None = None) -> Document:
    """The document of a template: its fields, listing terms and idempotency record."""
    document = {**to_document(template), LISTING: listing(template)}
    if request is not None:
        document[REQUEST] = to_builtins(request)
    return document
