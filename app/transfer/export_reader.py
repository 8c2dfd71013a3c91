"""Reads complete template records for an export, account by account."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import Any

import bson
import msgspec
from pymongo import ASCENDING, DESCENDING

from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.storage.codec import from_document
from app.storage.driver import Database, Document, available, collection
from app.storage.history import REVISIONS
from app.storage.lists import CREATED_AT
from app.storage.templates import REQUEST, TEMPLATES
from app.storage.terms import OWN_FIELDS
from app.transfer.record import ModelTemplateRecord

PAGE = 500
MAX_HISTORY_BYTES = 32_000_000
"""Bytes of the histories that are read at once, estimated: a bound on memory."""


class ModelTemplateExportReader:
    """Reads all templates of a database with their histories and idempotency records.

    Its methods raise Unavailable.
    """

    def __init__(self, database: Database) -> None:
        self._templates = collection(database, TEMPLATES)
        self._revisions = collection(database, REVISIONS)

    async def count(self, account: str | None) -> int:
        """The number of templates in an account, or an estimate of all."""
        async with available():
            if account is None:
                return await self._templates.estimated_document_count()
            return await self._templates.count_documents({"account_id": account})

    async def accounts(self) -> AsyncIterator[str]:
        """The accounts that have templates, in order. Reads one index entry for each."""
        condition: Document = {}
        while True:
            async with available():
                document = await self._templates.find_one(
                    condition, {"_id": 0, "account_id": 1}, sort=[("account_id", ASCENDING)]
                )
            if document is None:
                return
            yield document["account_id"]
            condition = {"account_id": {"$gt": document["account_id"]}}

    async def pages(self, account: str) -> AsyncIterator[list[ModelTemplateRecord]]:
        """Each template of an account once, oldest first, in batches.

        Templates that are created or deleted meanwhile may be missing or included.
        """
        # Without an end, this would never stop while templates are created faster than read.
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
        """Up to `size` templates of an account that match `beyond`, in order of creation."""
        cursor = self._templates.find({"account_id": account, **beyond}, OWN_FIELDS)
        cursor = cursor.sort([(CREATED_AT, direction), ("_id", direction)])
        async with available():
            # With a negative limit MongoDB returns a single batch, which is at most 16 MB.
            return await cursor.limit(-size).batch_size(size).to_list(None)

    async def _records(self, documents: list[Document]) -> list[ModelTemplateRecord]:
        requests = [document.get(REQUEST) for document in documents]
        templates = [from_document(document, ModelTemplate) for document in documents]
        histories = await self._histories([t.id for t in templates if t.revision > 1])
        records = [
            _record(template, request, histories[template.id])
            for template, request in zip(templates, requests, strict=True)
        ]
        return await self._without_deleted(records)

    async def _histories(self, ids: list[str]) -> dict[str, list[ModelTemplateRevision]]:
        histories = defaultdict[str, list[ModelTemplateRevision]](list)
        if ids:
            async with available():
                documents = await self._revisions.find({"template_id": {"$in": ids}}).to_list(None)
            for document in sorted(documents, key=lambda document: document["revision"]):
                revision = from_document(document, ModelTemplateRevision)
                histories[revision.template_id].append(revision)
        return histories

    async def _without_deleted(
        self, records: list[ModelTemplateRecord]
    ) -> list[ModelTemplateRecord]:
        """The records whose template, and with it its history, was not deleted meanwhile."""
        incomplete = [record.template.id for record in records if record.oldest_revision > 1]
        accounts = {str(record.template.account_id) for record in records}
        deleted = {*incomplete} - await self._existing(incomplete, accounts)
        return [record for record in records if record.template.id not in deleted]

    async def _existing(self, ids: Sequence[str], accounts: set[str]) -> set[str]:
        """The ids that templates of the accounts have."""
        if not ids:
            return set()
        condition = {"_id": {"$in": [*ids]}, "account_id": {"$in": [*accounts]}}
        async with available():
            documents = await self._templates.find(condition, {"_id": 1}).to_list(None)
        return {document["_id"] for document in documents}


def _record(
    template: ModelTemplate, request: Any, history: list[ModelTemplateRevision]
) -> ModelTemplateRecord:
    """The record of a template. Its history begins after the last gap, if there is one: an update
    that was overtaken may have inserted a state again that had been removed."""
    oldest = template.revision
    # A concurrent or later update has already inserted the current revision.
    revisions = [revision for revision in history if revision.revision < oldest]
    for revision in reversed(revisions):
        if revision.revision != oldest - 1:
            break
        oldest = revision.revision
    return ModelTemplateRecord(
        template=template,
        request=None if request is None else msgspec.convert(request, IdempotencyRecord),
        revisions=tuple(revision for revision in revisions if revision.revision >= oldest),
        oldest_revision=oldest,
    )


def _place(document: Document) -> tuple[datetime, str]:
    return document[CREATED_AT], document["_id"]


def _groups(documents: list[Document]) -> Iterator[list[Document]]:
    """Groups of templates whose histories have at most MAX_HISTORY_BYTES, or of one template. Each
    revision counts as many bytes as the template."""
    group, size = list[Document](), 0
    for document in documents:
        history = (document["revision"] - 1) * len(bson.encode(document))
        if group and size + history > MAX_HISTORY_BYTES:
            yield group
            group, size = [], 0
        group.append(document)
        size += history
    if group:
        yield group
