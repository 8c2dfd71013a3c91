"""Templates on their way out of a database: whole records, account by account."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime

import msgspec
from pymongo import ASCENDING, DESCENDING

from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.storage.codec import from_document
from app.storage.driver import Database, Document, available, collection
from app.storage.lists import CREATED_AT
from app.storage.templates import REQUEST, REVISIONS, TEMPLATES
from app.storage.terms import OWN_FIELDS
from app.transfer.record import ModelTemplateRecord

PAGE = 500
MOST_STATES = 2_000
"""Of templates whose earlier states are read at once."""


class MongoModelTemplateArchive:
    """All templates of a database, with everything that is kept of them."""

    def __init__(self, database: Database) -> None:
        self._templates = collection(database, TEMPLATES)
        self._revisions = collection(database, REVISIONS)

    async def count(self, account: str | None) -> int:
        """About how many templates there are, in an account or in all."""
        async with available():
            if account is None:
                return await self._templates.estimated_document_count()
            return await self._templates.count_documents({"account_id": account})

    async def accounts(self) -> AsyncIterator[str]:
        """Those that have templates, in order: a key of the index for each."""
        beyond: Document = {}
        while True:
            async with available():
                found = await self._templates.find_one(
                    beyond, {"_id": 0, "account_id": 1}, sort=[("account_id", ASCENDING)]
                )
            if found is None:
                return
            yield found["account_id"]
            beyond = {"account_id": {"$gt": found["account_id"]}}

    async def pages(self, account: str) -> AsyncIterator[list[ModelTemplateRecord]]:
        """Every template of an account once, oldest first, whatever changes meanwhile; templates
        that are created or deleted meanwhile may be included or not."""
        # Whoever creates templates faster than they are read must not keep the reader for ever.
        newest = await self._read(account, {}, DESCENDING, size=1)
        end = _place(newest[0]) if newest else None
        beyond: Document = {}
        while end and (documents := await self._read(account, beyond, ASCENDING, size=PAGE)):
            created, id = last = _place(documents[-1])
            later = [{CREATED_AT: {"$gt": created}}, {"_id": {"$gt": id}}]
            beyond = {CREATED_AT: {"$gte": created}, "$or": later}
            for group in _groups(documents):
                yield await self._records(group)
            if last >= end:
                return

    async def _read(
        self, account: str, beyond: Document, direction: int, size: int
    ) -> list[Document]:
        """Templates beyond a place of an account, in order of creation."""
        found = self._templates.find({"account_id": account, **beyond}, OWN_FIELDS)
        found = found.sort([(CREATED_AT, direction), ("_id", direction)])
        async with available():
            # A negative limit is one batch of the server's, so never more than 16 MB.
            return await found.limit(-size).batch_size(size).to_list(None)

    async def _records(self, documents: list[Document]) -> list[ModelTemplateRecord]:
        requests = [document.get(REQUEST) for document in documents]
        templates = [from_document(document, ModelTemplate) for document in documents]
        histories = await self._histories([t.id for t in templates if t.revision > 1])
        records = [
            ModelTemplateRecord(
                template=template,
                request=None if mark is None else msgspec.convert(mark, IdempotencyRecord),
                # A change that is under way, or was made since, has remembered more.
                revisions=tuple(
                    r for r in histories[template.id] if r.revision < template.revision
                ),
            )
            for template, mark in zip(templates, requests, strict=True)
        ]
        return await self._without_deleted(records)

    async def _histories(self, ids: list[str]) -> dict[str, list[ModelTemplateRevision]]:
        histories = defaultdict[str, list[ModelTemplateRevision]](list)
        if ids:
            async with available():
                found = await self._revisions.find({"template_id": {"$in": ids}}).to_list(None)
            for document in sorted(found, key=lambda document: document["revision"]):
                revision = from_document(document, ModelTemplateRevision)
                histories[revision.template_id].append(revision)
        return histories

    async def _without_deleted(
        self, records: list[ModelTemplateRecord]
    ) -> list[ModelTemplateRecord]:
        """A template that was deleted between the two reads has lost its history."""
        short = [r.template.id for r in records if len(r.revisions) + 1 < r.template.revision]
        gone = {*short} - await self._known(short)
        return [record for record in records if record.template.id not in gone]

    async def _known(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are some template's."""
        if not ids:
            return set()
        async with available():
            found = await self._templates.find({"_id": {"$in": [*ids]}}, {"_id": 1}).to_list(None)
        return {document["_id"] for document in found}


def _place(document: Document) -> tuple[datetime, str]:
    return document[CREATED_AT], document["_id"]


def _groups(documents: list[Document]) -> Iterator[list[Document]]:
    """Templates whose earlier states are read at once."""
    group, states = list[Document](), 0
    for document in documents:
        states += document["revision"]
        if group and states > MOST_STATES:
            yield group
            group, states = [], document["revision"]
        group.append(document)
    if group:
        yield group
