"""The earlier states of templates in MongoDB: one document for each revision."""

from msgspec import Struct
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from app.domain.model_template import ModelTemplateRevision
from app.storage.call_threads import writing
from app.storage.codec import from_document
from app.storage.collections import REVISIONS as REVISIONS
from app.storage.collections import SHARD_KEYS
from app.storage.documents import completed, completed_one, own_fields, unwrapped
from app.storage.driver import (
    Database,
    Document,
    PyMongoCollection,
    available,
    collection,
    in_thread,
    retry_once_if_interrupted,
)
from app.storage.measure import measured

KEY = SHARD_KEYS[REVISIONS]
BATCH = 100
"""Revisions that are deleted at once. An earlier release may have left a history of any length."""


class Removed(Struct, frozen=True, kw_only=True):
    """How many revisions were deleted, their size in bytes, and whether more are left."""

    count: int
    bytes: int
    are_left: bool


class MongoHistory:
    """The revisions of all templates. Every method may raise Unavailable."""

    def __init__(self, database: Database) -> None:
        self._revisions = collection(database, REVISIONS)

    async def insert(self, revision: Document) -> bool:
        """Inserts the document of a revision; False if it was stored already."""
        attempts = 0

        async def write() -> None:
            nonlocal attempts
            attempts += 1
            await in_thread(self._revisions, lambda c: c.insert_one(revision))

        async with available():
            try:
                await retry_once_if_interrupted(write)
            except DuplicateKeyError:
                return attempts > 1  # The first attempt had succeeded.
        return True

    async def find(self, template_id: str, revision: int) -> ModelTemplateRevision | None:
        """Reads by id."""
        id = ModelTemplateRevision.id_of(template_id, revision)
        condition, fields = {"_id": id, KEY: template_id}, own_fields(self._revisions, KEY)
        async with available():
            found = await in_thread(self._revisions, lambda c: c.find_one(condition, fields))
        document = await completed_one(self._revisions, KEY, found)
        return None if document is None else from_document(document, ModelTemplateRevision)

    async def page(
        self, template_id: str, *, limit: int, below: int
    ) -> list[ModelTemplateRevision]:
        """Reads at most `limit` in the order of their index, newest first."""
        fields = own_fields(self._revisions, KEY)

        def read(revisions: PyMongoCollection) -> list[Document]:
            cursor = revisions.find(_below(template_id, below), fields)
            return list(cursor.sort("revision", DESCENDING).limit(limit))

        async with available():
            found = await in_thread(self._revisions, read)
        documents = await completed(self._revisions, KEY, unwrapped(found))
        return [from_document(document, ModelTemplateRevision) for document in documents]

    async def oldest(self, template_id: str, *, below: int) -> int | None:
        """The lowest revision number below `below`, read from the index; None without one."""
        async with available():
            document = await in_thread(
                self._revisions,
                lambda c: c.find_one(
                    _below(template_id, below),
                    {"_id": 0, "revision": 1},
                    sort=[("revision", ASCENDING)],
                ),
            )
        return None if document is None else int(document["revision"])

    async def count(self, template_id: str, *, below: int | None = None) -> int:
        """How many revisions have numbers below `below`, or how many there are."""
        async with available():
            condition = _below(template_id, below)
            return await in_thread(self._revisions, lambda c: c.count_documents(condition))

    async def delete_oldest(self, template_id: str, *, below: int | None = None) -> Removed:
        """Deletes the oldest BATCH of the revisions with numbers below `below`, or of all. To be
        called within a deadline, or without one.

        What another request deletes at the same time is not counted as deleted here.
        """
        condition, ascending = _below(template_id, below), [("revision", ASCENDING)]
        fields = {"_id": 0, "revision": 1}
        after = await self._revisions.find_one(condition, fields, sort=ascending, skip=BATCH)
        if after is not None:
            condition = _below(template_id, after["revision"])
        count, size = await measured(self._revisions, condition)
        deleted = 0
        if count:
            with writing():
                deleted = (await self._revisions.delete_many(condition)).deleted_count
        return Removed(
            count=deleted, bytes=size * deleted // max(count, 1), are_left=after is not None
        )


def _below(template_id: str, revision: int | None) -> Document:
    numbers = {} if revision is None else {"revision": {"$lt": revision}}
    return {KEY: template_id, **numbers}
