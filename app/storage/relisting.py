"""Migration of listing terms (see `terms`) that an earlier release wrote, or left out.

Filtered lists miss documents with outdated terms. New ones appear as long as an earlier release
still runs on the same database.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from app.domain.counters import count, set_level
from app.domain.errors import Unavailable, Unreadable
from app.domain.model_template import ModelTemplate
from app.storage.codec import from_document
from app.storage.driver import Database, Document, collection, without_deadline
from app.storage.templates import TEMPLATES
from app.storage.terms import LISTING, OWN_FIELDS, TERMS_VERSION, UNREADABLE, VERSION, listing

log = logging.getLogger(__name__)

BATCH, EVERY_SECONDS = 500, 10.0
OUTDATED: Document = {TERMS_VERSION: {"$in": [None, *range(1, VERSION)]}}
"""Documents with terms of earlier releases. Those of newer releases are left alone."""


async def count_outdated(database: Database) -> int:
    """The number of documents with outdated terms. Raises Unavailable."""
    async with without_deadline():
        return await collection(database, TEMPLATES).count_documents(OUTDATED)


async def relist(database: Database, advance: Callable[[int], None] = lambda _: None) -> None:
    """Update the terms of outdated documents in batches, and call `advance` with each batch's size.

    Safe to interrupt, to repeat and to run in several processes: a document that changes meanwhile
    is left for the next run. Raises Unavailable.
    """
    templates, left = collection(database, TEMPLATES), 0
    async with without_deadline():
        async for batch in _batches(templates.find(OUTDATED, OWN_FIELDS)):
            left = left or await templates.count_documents(OUTDATED)
            await templates.bulk_write(batch, ordered=False)
            left = max(left - len(batch), 0)
            count("relisted", amount=len(batch))
            set_level("outdated_terms", value=left)
            advance(len(batch))
    set_level("outdated_terms", value=0)


async def keep_relisting(database: Database) -> None:
    """Update outdated terms every EVERY_SECONDS, for ever. An idle run is one index lookup."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await relist(database)
        except Unavailable:
            pass  # Requests report it.
        except PyMongoError as error:
            log.error("Outdated terms could not be updated", exc_info=error)


async def drop_tokens(database: Database) -> None:
    """Remove what release 0.1.0 stored for its lists. Raises Unavailable."""
    tokens = f"{LISTING}.tokens"
    async with without_deadline():
        await collection(database, TEMPLATES).update_many(
            {tokens: {"$exists": True}}, {"$unset": {tokens: ""}}
        )


async def _batches(documents: AsyncIterator[Document]) -> AsyncIterator[list[UpdateOne]]:
    batch = list[UpdateOne]()
    async for document in documents:
        batch.append(_update(document))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _update(document: Document) -> UpdateOne:
    given = ("_id", "account_id", "revision")
    unchanged = {**{name: document.get(name) for name in given}, **OUTDATED}
    try:
        fields = listing(from_document(document, ModelTemplate))
    except Unreadable:
        log.warning(
            "Template %s cannot be read: only lists without filters show it", document["id"]
        )
        fields = UNREADABLE
    # Field by field: servers of the earlier release read others beside them.
    return UpdateOne(unchanged, {"$set": {f"{LISTING}.{name}": v for name, v in fields.items()}})
