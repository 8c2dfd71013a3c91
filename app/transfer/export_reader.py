"""Templates on their way out of a database: whole records, account by account."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime

import msgspec
from pymongo import ASCENDING, DESCENDING

from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField, ModelTemplateRevision
from app.storage.codec import from_document
from app.storage.driver import Database, Document, available, collection
from app.storage.listing import OWN_FIELDS, TOKENS, index_name
from app.storage.templates import REQUEST, REVISIONS, TEMPLATES
from app.storage.token import CREATED, signs
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
        """Every template of an account once, by the time it was made, whatever changes meanwhile;
        those that come or go meanwhile may be among them."""
        # Where the account ends now: whoever makes templates faster than they are read does not
        # keep the reader for ever.
        ends = [await self._read(account, {}, DESCENDING, size=1) for _ in range(2)]
        end = max((_place(document) for found in ends for document in found), default=None)
        beyond: Document = {}
        while end is not None and (documents := await self._page(account, beyond)):
            made, id = last = _place(documents[-1])
            later = [{CREATED: {"$gt": made}}, {"_id": {"$gt": id}}]
            beyond = {CREATED: {"$gte": made}, "$or": later}
            for group in _groups(documents):
                yield await self._records(group)
            if last >= end:
                return

    async def _page(self, account: str, beyond: Document) -> list[Document]:
        """Read twice: a template that changes from one run of the index to another while the runs
        are read can be missed, but hardly in both."""
        documents = await self._read(account, beyond, ASCENDING, size=PAGE)
        again = await self._read(account, beyond, ASCENDING, size=PAGE, fields={CREATED: 1})
        read = {document["_id"] for document in documents}
        missed = [
            document["_id"]
            for document in again
            if document["_id"] not in read
            and (not documents or _place(document) < _place(documents[-1]))
        ]
        if missed:
            async with available():
                found = self._templates.find({"_id": {"$in": missed}}, OWN_FIELDS)
                documents += await found.to_list(None)
        return sorted(documents, key=_place)

    async def _read(
        self, account: str, beyond: Document, way: int, size: int, fields: Document = OWN_FIELDS
    ) -> list[Document]:
        """What stands beyond a place of an account, of the index's runs for every state."""
        run = {"account_id": account, TOKENS: {"$in": [*signs(None, None)]}}
        found = self._templates.find({**run, **beyond}, fields)
        found = found.hint(index_name(ModelTemplateOrderField.CREATED_AT))
        found = found.sort([(CREATED, way), ("_id", way)])
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
    return document[CREATED], document["_id"]


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
