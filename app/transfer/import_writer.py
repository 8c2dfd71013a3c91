"""Templates on their way into a database: whole records, many at once, never a part of one."""

from collections.abc import Sequence

from msgspec import Struct

from app.domain.errors import UserError, UserErrorCode
from app.domain.model_template import ModelTemplate
from app.domain.validation.json_schema import user_error
from app.storage.codec import from_document, to_document
from app.storage.driver import Database, Document, available, collection
from app.storage.templates import REQUEST, REVISIONS, TEMPLATES, stored
from app.storage.terms import OWN_FIELDS
from app.transfer.bulk import insert, why_unstorable
from app.transfer.record import ModelTemplateRecord


class Conflict(Struct, frozen=True, kw_only=True):
    """What stands where a record was to be: the template that has its id, and those that have its
    name or its request in its account."""

    by_id: ModelTemplate | None = None
    by_name: ModelTemplate | None = None
    by_request: ModelTemplate | None = None


Outcome = Conflict | UserError | None
"""What came of a record that was to be added: None when it is there now."""


class _Entry(Struct, kw_only=True):
    """A record on its way."""

    record: ModelTemplateRecord
    document: Document
    history: list[Document]
    outcome: Outcome = None
    is_taken: bool = False
    """Something stands in its place; what, is still to be seen."""
    may_be_ours: bool = False
    """A first try may have landed, and stand in the way of the second."""
    history_is_there: bool = False

    @property
    def id(self) -> str:
        return self.record.template.id

    @property
    def is_open(self) -> bool:
        return self.outcome is None and not self.is_taken


class MongoModelTemplateRestoration:
    """Puts records into a database. Uniqueness is the indexes' business."""

    def __init__(self, database: Database) -> None:
        self._templates = collection(database, TEMPLATES)
        self._revisions = collection(database, REVISIONS)

    async def add(self, records: Sequence[ModelTemplateRecord]) -> list[Outcome]:
        """Insert the records that nothing stands in the way of: first the histories, which are out
        of sight until their templates are there. Raises Unavailable; then some may be there."""
        entries = [_entry(record) for record in records]
        await self._hold_back(entries)
        await self._insert_histories(entries)
        await self._insert_templates(entries)
        await self._explain([entry for entry in entries if entry.is_taken])
        await self._forget_histories(entries)
        for entry in entries:
            if entry.is_taken and entry.outcome == Conflict():  # Deleted in the meantime.
                (entry.outcome,) = await self.add([entry.record])
        return [entry.outcome for entry in entries]

    async def _hold_back(self, entries: list[_Entry]) -> None:
        """No state may ever be added to the history of a template that is there, be it of the
        same batch: so those are looked for first."""
        ids = [entry.id for entry in entries if entry.history]
        known = set[str]()
        if ids:
            async with available():
                found = await self._templates.find({"_id": {"$in": ids}}, {"_id": 1}).to_list(None)
            known = {document["_id"] for document in found}
        for entry in entries:
            entry.is_taken = entry.is_open and entry.id in known
            known.add(entry.id)

    async def _insert_histories(self, entries: list[_Entry]) -> None:
        """A state that is there already is left by an earlier try, and cannot differ."""
        states = [(entry, state) for entry in entries if entry.is_open for state in entry.history]
        refusals = await insert(self._revisions, [state for _, state in states])
        for entry, _ in states:
            entry.history_is_there = True
        for position, reason in refusals.others.items():
            states[position][0].outcome = _refused(reason, "revisions")

    async def _insert_templates(self, entries: list[_Entry]) -> None:
        entries = [entry for entry in entries if entry.is_open]
        refusals = await insert(self._templates, [entry.document for entry in entries])
        for position in refusals.taken:
            entries[position].is_taken = True
            entries[position].may_be_ours = refusals.was_cut_off
        for position, reason in refusals.others.items():
            entries[position].outcome = _refused(reason)

    async def _explain(self, entries: list[_Entry]) -> None:
        """Find what stands in the way of those that were not inserted."""
        if not entries:
            return
        async with available():
            found = await self._templates.find(_in_the_way(entries), OWN_FIELDS).to_list(None)
        marks = [(document.get(REQUEST) or {}).get("id") for document in found]
        there = [from_document(document, ModelTemplate) for document in found]
        by_id = {t.id: t for t in there}
        by_name = {(t.account_id, t.name): t for t in there}
        by_request = {(t.account_id, m): t for t, m in zip(there, marks, strict=True) if m}
        for entry in entries:
            template, request = entry.record.template, entry.record.request
            account = template.account_id
            entry.outcome = Conflict(
                by_id=by_id.get(template.id),
                by_name=by_name.get((account, template.name)),
                by_request=by_request.get((account, request.id)) if request else None,
            )
            if entry.may_be_ours and by_id.get(template.id) == template:
                entry.outcome = None

    async def _forget_histories(self, entries: list[_Entry]) -> None:
        """Those that were written for nothing."""
        ids = [
            entry.id
            for entry in entries
            if entry.history_is_there
            and (
                isinstance(entry.outcome, UserError)
                or (isinstance(entry.outcome, Conflict) and entry.outcome.by_id is None)
            )
        ]
        if ids:
            async with available():
                await self._revisions.delete_many({"template_id": {"$in": ids}})


def _entry(record: ModelTemplateRecord) -> _Entry:
    document = stored(record.template, record.request)
    history = [to_document(revision) for revision in record.revisions]
    reasons = (reason for part in (document, *history) if (reason := why_unstorable(part)))
    reason = next(reasons, None)
    outcome = None if reason is None else _refused(reason)
    return _Entry(record=record, document=document, history=history, outcome=outcome)


def _refused(reason: str, *path: str) -> UserError:
    return user_error(UserErrorCode.INVALID, path, reason)


def _in_the_way(entries: list[_Entry]) -> Document:
    """Whatever has an id, a name or a request of theirs."""
    accounts: dict[str, tuple[list[str], list[str]]] = {}
    for entry in entries:
        template, request = entry.record.template, entry.record.request
        names, requests = accounts.setdefault(template.account_id, ([], []))
        names.append(template.name)
        if request is not None:
            requests.append(request.id)
    either: list[Document] = [{"_id": {"$in": [entry.id for entry in entries]}}]
    for account, (names, requests) in accounts.items():
        either.append({"account_id": account, "name": {"$in": names}})
        if requests:
            either.append({"account_id": account, f"{REQUEST}.id": {"$in": requests}})
    return {"$or": either}
