"""Inserting documents that wait at the same time with one command, each with its own outcome."""

from asyncio import Future
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.errors import BulkWriteError, DuplicateKeyError, WriteConcernError, WriteError

from app.domain.request_facts import stage
from app.storage.batches import Batches
from app.storage.call_threads import writing
from app.storage.driver import (
    TYPES,
    WRITE_SECONDS,
    Collection,
    Database,
    Document,
    PyMongoCollection,
    answered_or_repeated,
    in_thread,
    is_in_memory,
)

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
        self._batches = Batches[None, bytes, None](self._insert, limit=BYTES, seconds=WRITE_SECONDS)

    async def insert(self, document: bytes) -> None:
        """Inserts a document in BSON, which has an `_id`, and repeats that once if it is
        interrupted. Raises Unavailable, or another error of `insert_one`. A cancelled insert may
        have happened, or still happen."""
        with stage("database"):
            await answered_or_repeated(lambda: self._batches.call(None, document, len(document)))

    def _insert(self, _: None, documents: Sequence[bytes]) -> Future[Sequence[Exception | None]]:
        # The one in memory takes dicts only.
        in_memory = is_in_memory(cast(Database, self._documents.database))
        given = [*map(_decoded if in_memory else RawBSONDocument, documents)]
        with writing():
            return in_thread(self._documents, partial(_insert_all, given))


def _decoded(document: bytes) -> Document:
    return bson.decode(document, CodecOptions(tz_aware=True, type_registry=TYPES))


def _insert_all(
    documents: Sequence[Any], collection: PyMongoCollection
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
