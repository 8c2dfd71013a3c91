"""Writes imported template records to a database in bulk, each one completely or not at all."""

from collections.abc import Iterable, Sequence
from functools import partial

from msgspec import Struct

from app.domain.audit import DONE, Audit, unless_answered
from app.domain.errors import UserError, UserErrorCode
from app.domain.model_template import ModelTemplate
from app.domain.quotas import QuotaExceeded, Usage
from app.domain.validation.json_schema import user_error
from app.storage.codec import from_document, to_document
from app.storage.driver import Database, Document, available, collection, find_confirmed
from app.storage.history import REVISIONS
from app.storage.templates import REQUEST, TEMPLATES, stored
from app.storage.terms import OWN_FIELDS
from app.storage.usage import UsageMeter
from app.transfer.bulk import Encoded, encoded, insert
from app.transfer.record import ModelTemplateRecord


class Conflict(Struct, frozen=True, kw_only=True):
    """The stored templates that prevent an insert: the one with the record's id, and those with its
    name or its request in its account."""

    by_id: ModelTemplate | None = None
    by_name: ModelTemplate | None = None
    by_request: ModelTemplate | None = None


Outcome = Conflict | UserError | None
"""The result of writing a record: None if it was written, else the reason why not."""


class PreparedRecord(Struct, kw_only=True):
    """A record with its encoded documents, and what becomes of it while it is written."""

    record: ModelTemplateRecord
    document: Encoded
    history: list[Encoded]
    outcome: Outcome = None
    conflicts: bool = False
    """A stored template prevents the insert; `_explain` finds out which."""
    may_be_written: bool = False
    """The conflict may be with the first attempt of a retried insert."""
    history_is_written: bool = False
    is_written: bool = False
    growth: Usage | None = None
    """Room that is reserved in the account."""
    quota_error: UserError | None = None
    """The account has no room. `_explain` finds out whether the record is stored already."""

    @property
    def account_id(self) -> str:
        return self.record.template.account_id

    @property
    def id(self) -> str:
        return self.record.template.id

    @property
    def usage(self) -> Usage:
        return Usage(templates=1, bytes=self.document.size + sum(r.size for r in self.history))

    @property
    def is_pending(self) -> bool:
        return self.outcome is None and not self.conflicts and self.quota_error is None


class ModelTemplateImportWriter:
    """Writes records to a database. The unique indexes detect conflicts."""

    def __init__(
        self, database: Database, usage: UsageMeter | None = None, audit: Audit | None = None
    ) -> None:
        self._database = database
        self._usage = usage or UsageMeter(database)
        self._audit = audit or Audit()
        self._templates = collection(database, TEMPLATES)
        self._revisions = collection(database, REVISIONS)

    async def add(self, records: Sequence[ModelTemplateRecord]) -> list[Outcome]:
        """Prepare and write records."""
        return await self.write([prepare(record) for record in records])

    async def write(self, entries: list[PreparedRecord]) -> list[Outcome]:
        """Insert the records without conflicts; the outcomes are in the order of the records.

        Histories are inserted first: they are invisible without their templates. Raises
        Unavailable; some records may be written then.
        """
        await self._mark_existing(entries)
        try:
            await self._reserve(entries)
            await self._insert_histories(entries)
            await self._insert_templates(entries)
        finally:
            self._settle(entries)
        await self._explain([entry for entry in entries if entry.conflicts or entry.quota_error])
        await self._delete_unused_histories(entries)
        for entry in entries:
            if entry.outcome == Conflict():
                # Only the quota prevents the insert, or a template that was deleted meanwhile.
                entry.outcome = entry.quota_error or (await self.add([entry.record]))[0]
        return [entry.outcome for entry in entries]

    async def _reserve(self, entries: list[PreparedRecord]) -> None:
        """Reserve room for the records and the part of their histories that is kept."""
        kept = self._usage.quotas.revisions
        for entry in entries:
            if not entry.is_pending:
                continue
            entry.history = entry.history[-kept:] if kept else entry.history
            try:
                await self._usage.reserve(entry.account_id, growth := entry.usage)
                entry.growth = growth
            except QuotaExceeded as exceeded:
                entry.quota_error = exceeded.error("accountId")

    def _settle(self, entries: list[PreparedRecord]) -> None:
        for entry in entries:
            if entry.growth is not None:
                self._usage.settle(entry.account_id, entry.growth, happened=entry.is_written)
                entry.growth = None

    async def _mark_existing(self, entries: list[PreparedRecord]) -> None:
        """Mark conflicts by id first: nothing may be inserted into the history of a template that
        exists, or that precedes in the same batch."""
        ids = [entry.id for entry in entries if entry.history]
        known = set[str]()
        if ids:
            async with available():
                stored_ids = await self._templates.find({"_id": {"$in": ids}}, {"_id": 1}).to_list(
                    None
                )
            known = {document["_id"] for document in stored_ids}
        for entry in entries:
            entry.conflicts = entry.is_pending and entry.id in known
            known.add(entry.id)

    async def _insert_histories(self, entries: list[PreparedRecord]) -> None:
        """Duplicates are ignored: an earlier attempt has written the same revision."""
        revisions = [(entry, r) for entry in entries if entry.is_pending for r in entry.history]
        errors = await insert(self._revisions, [revision for _, revision in revisions])
        for entry, _ in revisions:
            entry.history_is_written = True
        for position, reason in errors.others.items():
            revisions[position][0].outcome = _invalid(reason, "revisions")

    async def _insert_templates(self, entries: list[PreparedRecord]) -> None:
        entries = [entry for entry in entries if entry.is_pending]
        with unless_answered(partial(self._report, entries)):
            errors = await insert(self._templates, [entry.document for entry in entries])
        for entry in entries:
            entry.is_written = True
        for position in {*errors.duplicates, *errors.others}:
            entries[position].is_written = False
        for position in errors.duplicates:
            entries[position].conflicts = True
            entries[position].may_be_written = errors.was_retried
        for position, reason in errors.others.items():
            entries[position].outcome = _invalid(reason)
        self._report(entry for entry in entries if entry.is_written)

    def _report(self, entries: Iterable[PreparedRecord], outcome: str = DONE) -> None:
        for entry in entries:
            self._audit.created(entry.record.template, outcome=outcome)

    async def _explain(self, entries: list[PreparedRecord]) -> None:
        """Find the stored templates with which these entries conflict."""
        if not entries:
            return
        async with available():
            documents = await find_confirmed(
                self._database, TEMPLATES, _conflicting(entries), OWN_FIELDS
            )
        requests = [(document.get(REQUEST) or {}).get("id") for document in documents]
        stored = [from_document(document, ModelTemplate) for document in documents]
        by_id = {t.id: t for t in stored}
        by_name = {(t.account_id, t.name): t for t in stored}
        by_request = {(t.account_id, r): t for t, r in zip(stored, requests, strict=True) if r}
        for entry in entries:
            template, request = entry.record.template, entry.record.request
            account = template.account_id
            entry.outcome = Conflict(
                by_id=by_id.get(template.id),
                by_name=by_name.get((account, template.name)),
                by_request=by_request.get((account, request.id)) if request else None,
            )
            if entry.may_be_written and by_id.get(template.id) == template:
                entry.outcome = None
                self._usage.add(entry.account_id, entry.usage)
                self._report([entry])

    async def _delete_unused_histories(self, entries: list[PreparedRecord]) -> None:
        """Delete the histories of templates that were not written."""
        ids = [
            entry.id
            for entry in entries
            if entry.history_is_written
            and (
                isinstance(entry.outcome, UserError)
                or (isinstance(entry.outcome, Conflict) and entry.outcome.by_id is None)
            )
        ]
        if ids:
            async with available():
                await self._revisions.delete_many({"template_id": {"$in": ids}})


def prepare(record: ModelTemplateRecord) -> PreparedRecord:
    document = encoded(stored(record.template, record.request))
    history = [encoded(to_document(revision)) for revision in record.revisions]
    reason = next((part.unstorable for part in (document, *history) if part.unstorable), None)
    outcome = None if reason is None else _invalid(reason)
    return PreparedRecord(record=record, document=document, history=history, outcome=outcome)


def _invalid(reason: str, *path: str) -> UserError:
    return user_error(UserErrorCode.INVALID, path, reason)


def _conflicting(entries: list[PreparedRecord]) -> Document:
    """The condition for templates that have the id, name or request of an entry."""
    accounts: dict[str, tuple[list[str], list[str]]] = {}
    for entry in entries:
        template, request = entry.record.template, entry.record.request
        names, requests = accounts.setdefault(template.account_id, ([], []))
        names.append(template.name)
        if request is not None:
            requests.append(request.id)
    alternatives: list[Document] = [{"_id": {"$in": [entry.id for entry in entries]}}]
    for account, (names, requests) in accounts.items():
        alternatives.append({"account_id": account, "name": {"$in": names}})
        if requests:
            alternatives.append({"account_id": account, f"{REQUEST}.id": {"$in": requests}})
    return {"$or": alternatives}
