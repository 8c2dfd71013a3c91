"""The repository of model templates in MongoDB: one document for each template."""

from collections import abc
from contextlib import AbstractAsyncContextManager, suppress
from typing import TypeVar

from msgspec import Struct
from pymongo.errors import DuplicateKeyError

from app.domain.errors import Unavailable
from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.domain.quotas import Usage
from app.domain.repository import NotUnique, Scope
from app.domain.tally import Counted, Tally
from app.storage.call_threads import writing
from app.storage.codec import from_document, to_document, update_of
from app.storage.collections import TEMPLATES as TEMPLATES
from app.storage.deletions import DeletionLog
from app.storage.documents import unwrapped
from app.storage.driver import (
    Database,
    Document,
    available,
    available_for_writing,
    collection,
    find_confirmed,
    retry_once_if_interrupted,
)
from app.storage.facet_counts import tally
from app.storage.history import MongoHistory
from app.storage.inserts import REQUEST as REQUEST
from app.storage.inserts import TemplateInserts
from app.storage.inserts import stored as stored
from app.storage.lists import ACCOUNT, Completed, MongoModelTemplateList, is_complete
from app.storage.measure import size_of
from app.storage.reads_by_id import ReadsById, fields_of
from app.storage.terms import LISTING, OWN_FIELDS, listing
from app.storage.usage import UsageMeter

T = TypeVar("T", bound=Struct)
Growing = AbstractAsyncContextManager[abc.Callable[[], None]]
list_ = list  # The repository's method `list` shadows the type.


class MongoModelTemplateRepository:
    """`ModelTemplateRepository` on a MongoDB collection."""

    def __init__(
        self,
        database: Database,
        usage: UsageMeter | None = None,
        completed: Completed = is_complete,
    ) -> None:
        self._database = database
        self._completed = completed
        self._templates = collection(database, TEMPLATES)
        self._deletions = DeletionLog(database)
        self._history = MongoHistory(database)
        self._usage = usage or UsageMeter(database)
        self._inserts = TemplateInserts(database, self._usage)
        self._reads = ReadsById(self._templates)

    async def insert(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate:
        """Inserts the document; the unique indexes detect conflicts, and a read explains them."""
        return await self._inserts.insert(template, request)

    async def check_insert(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate:
        """Reads the documents with which an insert would conflict."""
        return await self._inserts.check(template, request)

    async def replace(self, current: ModelTemplate, changed: ModelTemplate) -> bool:
        """Inserts the current state into the history, then replaces it.

        A crash in between is harmless: a second insert of the same state is ignored, and only
        states below the template's revision count as its history. Revisions beyond the quota are
        deleted last, never the one that was inserted.
        """
        revision = to_document(ModelTemplateRevision.of(current))
        growth = size_of(stored(changed)) - size_of(stored(current))
        async with (
            self._growing(changed, growth) as confirm,
            self._growing(changed, size_of(revision)) as confirm_revision,
        ):
            if await self._history.insert(revision):
                confirm_revision()  # It stays, whatever becomes of the update.
            if not await self._replace(current, changed):
                return False
            confirm()
        await self._prune(changed)
        return True

    def _growing(self, template: ModelTemplate, bytes: int) -> Growing:
        return self._usage.growing(template.account_id, Usage(bytes=bytes))

    async def _replace(self, current: ModelTemplate, changed: ModelTemplate) -> bool:
        expected = {**_key(current.id, current.account_id), "revision": current.revision}
        change = update_of(current, changed)
        change["$set"][LISTING] = listing(changed)
        async with available():
            try:
                replaced = await retry_once_if_interrupted(
                    lambda: self._templates.update_one(expected, change)
                )
            except DuplicateKeyError:
                raise NotUnique(name=True, request=False) from None
            return replaced.matched_count == 1 or await self._is_stored(changed)

    async def _prune(self, template: ModelTemplate) -> None:
        """Deletes the oldest revisions beyond the quota, not all at once if there are many. A
        failure does no harm: the next update goes on."""
        kept = self._usage.quotas.revisions
        if kept and template.revision - 1 > kept:
            with suppress(Unavailable):
                async with available():
                    below = template.revision - kept
                    removed = await self._history.delete_oldest(template.id, below=below)
                    self._usage.add(template.account_id, Usage(bytes=-removed.bytes))

    async def _delete_history(self, id: str, account_id: str) -> None:
        """Deletes all revisions of a template. Raises Unavailable; some may be deleted then."""
        are_left = True
        async with available():
            while are_left:
                removed = await self._history.delete_oldest(id)
                self._usage.add(account_id, Usage(bytes=-removed.bytes))
                are_left = removed.are_left

    async def _is_stored(self, changed: ModelTemplate) -> bool:
        """Whether an update that matched nothing is stored: its first attempt may have succeeded
        before the connection broke."""
        documents = await self._confirmed(_key(changed.id, changed.account_id))
        if not documents:  # Deleted meanwhile.
            await self._delete_history(changed.id, changed.account_id)
        return [from_document(document, ModelTemplate) for document in documents] == [changed]

    async def _confirmed(self, filter: Document, fields: Document = OWN_FIELDS) -> list_[Document]:
        return await find_confirmed(self._database, TEMPLATES, filter, fields)

    async def delete(self, id: str, account_id: str, revision: int | None) -> bool:
        """Notes the deletion, then deletes the template first: a history without a template is
        invisible, and `deletion_cleanup` deletes what is left of it."""
        expected = _key(id, account_id) | ({} if revision is None else {"revision": revision})
        async with available():
            found = await self._templates.find_one(expected, {REQUEST: 1})
            if found is None:
                return False
            with writing():
                await self._deletions.begin(id, account_id, found.get(REQUEST))
                document = await self._templates.find_one_and_delete(expected)
        if document is None:
            return False
        self._usage.add(account_id, Usage(templates=-1, bytes=-size_of(document)))
        with suppress(Unavailable):
            await self._delete_history(id, account_id)
            async with available_for_writing():
                await self._deletions.finish(id, account_id)
        return True

    async def revision(self, id: str, revision: int) -> ModelTemplateRevision | None:
        """Reads by id."""
        return await self._history.find(id, revision)

    async def revisions(self, id: str, *, limit: int, below: int) -> list_[ModelTemplateRevision]:
        """Reads them in the order of their index, newest first."""
        return await self._history.page(id, limit=limit, below=below)

    async def oldest_revision(self, id: str, *, below: int) -> int | None:
        """Reads the index of revisions only."""
        return await self._history.oldest(id, below=below)

    async def find(
        self, id: str, accounts: abc.Collection[str], *, confirmed: bool = False
    ) -> ModelTemplate | None:
        """Reads by id and accounts, so that templates of other accounts are never read."""
        return await self.find_part(ModelTemplate, id, accounts, confirmed=confirmed)

    async def find_part(
        self, cls: type[T], id: str, accounts: abc.Collection[str], *, confirmed: bool = False
    ) -> T | None:
        """Fields that the class does not have are neither read nor decoded. Right after a failover,
        an ordinary read may miss what was acknowledged, so None is always confirmed."""
        found = None if confirmed else await self._reads.find(cls, id, accounts)
        if found is not None:
            return found
        condition = {"_id": id, ACCOUNT: {"$in": sorted(accounts)}}
        async with available():
            documents = unwrapped(await self._confirmed(condition, fields_of(cls)))
        return from_document(documents[0], cls) if documents else None

    def list(self, scope: Scope) -> MongoModelTemplateList:
        """A lazy list: nothing is read yet."""
        return MongoModelTemplateList(self._templates, scope, self._completed)

    async def tally(self, scope: Scope, counted: Counted) -> Tally:
        """Aggregations on the indexes of lists."""
        return await tally(self._templates, scope, counted, self._completed)


def _key(id: str, account_id: str) -> Document:
    """The condition for one template, with the shard key."""
    return {"_id": id, ACCOUNT: account_id}
