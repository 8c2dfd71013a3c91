"""Inserting documents that wait at the same time with one command, each with its own outcome."""

from asyncio import Future
from collections.abc import Sequence
from functools import partial
from typing import Any

from pymongo.errors import BulkWriteError, DuplicateKeyError, WriteConcernError, WriteError

from app.domain.request_facts import stage
from app.storage.batches import Batches
from app.storage.call_threads import writing
from app.storage.driver import WRITE_SECONDS, Collection, Document, PyMongoCollection, in_thread

BYTES = 1024 * 1024
"""The size of the documents that one command inserts, unless a single one is larger."""

DUPLICATE_KEY = 11000


class GroupCommit:
    """Inserts documents into a collection; those that wait together share one acknowledgement.

    If a command fails as a whole or its answer is lost, every insert of it fails in that way, and
    each caller tries again or finds out whether its document is stored, as if it were alone.
    """

    def __init__(self, documents: Collection) -> None:
        self._documents = documents
        self._batches = Batches[None, Document, None](
            self._insert, limit=BYTES, seconds=WRITE_SECONDS
        )

    async def insert(self, document: Document, size: int) -> None:
        """Inserts a document, which has an `_id` and `size` bytes. Raises the errors of
        `insert_one`. A cancelled insert may have happened, or still happen."""
        with stage("database"):
            await self._batches.call(None, document, size)

    def _insert(self, _: None, documents: Sequence[Document]) -> Future[Sequence[Exception | None]]:
        with writing():
            return in_thread(self._documents, partial(_insert_all, documents))


def _insert_all(
    documents: Sequence[Document], collection: PyMongoCollection
) -> Sequence[Exception | None]:
    try:
        collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        return _outcomes(error.details, len(documents))
    return [None] * len(documents)


def _outcomes(details: Any, count: int) -> list[Exception | None]:
    """The error of each document, as `insert_one` would raise it; None if it is stored."""
    outcomes: list[Exception | None] = [None] * count
    if unconfirmed := details.get("writeConcernErrors"):
        outcomes = [_unconfirmed(unconfirmed[-1]) for _ in range(count)]
    for error in details["writeErrors"]:
        outcomes[error["index"]] = _rejected(error)
    return outcomes


def _unconfirmed(error: Document) -> Exception:
    return WriteConcernError(error.get("errmsg", ""), error.get("code"), error)


def _rejected(error: Document) -> Exception:
    kind = DuplicateKeyError if error["code"] == DUPLICATE_KEY else WriteError
    return kind(error["errmsg"], error["code"], error)
