"""Bulk inserts, in batches that the server can store before the deadline."""

from collections.abc import Iterator, Sequence

import bson
from bson.errors import BSONError
from msgspec import Struct
from pymongo.errors import BulkWriteError

from app.storage.driver import Collection, Document, available, retry_once_if_interrupted

MAX_DOCUMENTS = 500
MAX_BYTES = 4_000_000
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
DUPLICATE_KEY = 11_000


class InsertErrors(Struct, frozen=True, kw_only=True):
    """The documents that were not inserted, by position: duplicates, and others with the reason.

    If a write was retried, its first attempt may have inserted the duplicates.
    """

    duplicates: set[int] = set()
    others: dict[int, str] = {}
    was_retried: bool = False


class Encoded(Struct, frozen=True):
    """A document with its size in bytes as BSON, or the reason why it cannot be stored."""

    document: Document
    size: int = 0
    unstorable: str | None = None


def encoded(document: Document) -> Encoded:
    """Measures a document by encoding it."""
    try:
        size = len(bson.encode(document))
    except (BSONError, OverflowError, UnicodeError) as error:
        return Encoded(document, unstorable=f"cannot be stored: {error}")
    if size > MAX_DOCUMENT_BYTES:
        limit = f"must take at most {MAX_DOCUMENT_BYTES:,} bytes when stored"
        return Encoded(document, size, limit)
    return Encoded(document, size)


async def insert(collection: Collection, documents: Sequence[Encoded]) -> InsertErrors:
    """Insert each document that can be. Raises Unavailable; some documents may be stored then."""
    duplicates, others, was_retried = set[int](), dict[int, str](), False
    for start, batch in _batches(documents):
        attempts = 0

        async def write(batch: list[Document] = batch) -> None:
            nonlocal attempts
            attempts += 1
            await collection.insert_many(batch, ordered=False)

        try:
            async with available():
                await retry_once_if_interrupted(write)
        except BulkWriteError as error:
            for write_error in (error.details or {})["writeErrors"]:
                if write_error["code"] == DUPLICATE_KEY:
                    duplicates.add(start + write_error["index"])
                else:
                    others[start + write_error["index"]] = write_error["errmsg"]
        was_retried = was_retried or attempts > 1
    return InsertErrors(duplicates=duplicates, others=others, was_retried=was_retried)


def _batches(documents: Sequence[Encoded]) -> Iterator[tuple[int, list[Document]]]:
    """Batches, each with the position of its first document."""
    start, batch, size = 0, list[Document](), 0
    for position, encoded in enumerate(documents):
        if batch and (len(batch) == MAX_DOCUMENTS or size + encoded.size > MAX_BYTES):
            yield start, batch
            start, batch, size = position, [], 0
        batch.append(encoded.document)
        size += encoded.size
    if batch:
        yield start, batch
