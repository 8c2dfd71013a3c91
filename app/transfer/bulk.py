"""Many documents at once: in commands that the server takes in time, each document by itself."""

from collections.abc import Iterator, Sequence

import bson
from bson.errors import BSONError
from msgspec import Struct
from pymongo.errors import BulkWriteError

from app.domain.errors import Unavailable
from app.storage.driver import Collection, Document, available, retry_once_if_disconnected

MAX_DOCUMENTS = 500
MAX_BYTES = 4_000_000
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
DUPLICATE_KEY = 11_000


class InsertErrors(Struct, frozen=True, kw_only=True):
    """What was not inserted: positions of documents whose place was taken, and reasons of others.
    After a cut connection, a place may have been taken by the first try."""

    taken: set[int] = set()
    others: dict[int, str] = {}
    was_cut_off: bool = False


def why_unstorable(document: Document) -> str | None:
    """Why the database would not take the document, whatever else is in it."""
    try:
        size = len(bson.encode(document))
    except (BSONError, OverflowError, UnicodeError) as error:
        return f"cannot be stored: {error}"
    if size > MAX_DOCUMENT_BYTES:
        return f"must take at most {MAX_DOCUMENT_BYTES:,} bytes when stored"
    return None


async def insert(collection: Collection, documents: Sequence[Document]) -> InsertErrors:
    """Insert what can be inserted. Raises Unavailable; then some of it may be there."""
    taken, others, was_cut_off = set[int](), dict[int, str](), False
    for start, batch in _batches(documents):
        tries = 0

        async def write(batch: list[Document] = batch) -> None:
            nonlocal tries
            tries += 1
            await collection.insert_many(batch, ordered=False)

        try:
            async with available():
                await retry_once_if_disconnected(write)
        except BulkWriteError as error:
            details = error.details or {}
            if error.timeout or details.get("writeConcernErrors"):
                raise Unavailable from error
            for refusal in details["writeErrors"]:
                if refusal["code"] == DUPLICATE_KEY:
                    taken.add(start + refusal["index"])
                else:
                    others[start + refusal["index"]] = refusal["errmsg"]
        was_cut_off = was_cut_off or tries > 1
    return InsertErrors(taken=taken, others=others, was_cut_off=was_cut_off)


def _batches(documents: Sequence[Document]) -> Iterator[tuple[int, list[Document]]]:
    """Each with the position of its first document."""
    start, batch, size = 0, list[Document](), 0
    for position, document in enumerate(documents):
        more = len(bson.encode(document))
        if batch and (len(batch) == MAX_DOCUMENTS or size + more > MAX_BYTES):
            yield start, batch
            start, batch, size = position, [], 0
        batch.append(document)
        size += more
    if batch:
        yield start, batch
