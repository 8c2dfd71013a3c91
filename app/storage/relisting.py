"""New listing terms for documents whose terms are of another version.

Earlier releases made terms of other things, or none. A release also meets such documents while an
older one still writes beside it; until they have new terms, filtered lists miss them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from pymongo import UpdateOne

from app.domain.errors import Unavailable, Unreadable
from app.domain.model_template import ModelTemplate
from app.storage.codec import from_document
from app.storage.driver import Database, Document, collection, without_deadline
from app.storage.templates import TEMPLATES
from app.storage.terms import LISTING, OWN_FIELDS, TERMS_VERSION, VERSION, listing

log = logging.getLogger(__name__)

BATCH, EVERY_SECONDS = 500, 10.0
OUTDATED: Document = {TERMS_VERSION: {"$in": [None, *range(1, VERSION)]}}
"""Documents of older releases. Those of a newer one keep their terms."""


async def outdated(database: Database) -> int:
    """The number of documents that need new terms. Raises Unavailable."""
    async with without_deadline():
        return await collection(database, TEMPLATES).count_documents(OUTDATED)


async def relist(database: Database, advance: Callable[[int], None] = lambda _: None) -> None:
    """Give every outdated document new terms, in batches; `advance` is told the size of each.

    Safe to interrupt, to repeat and to run in several processes. A document that changes meanwhile
    is left to the next run. Raises Unavailable.
    """
    templates = collection(database, TEMPLATES)
    async with without_deadline():
        async for batch in _batches(templates.find(OUTDATED, OWN_FIELDS)):
            if updates := [update for document in batch if (update := _update(document))]:
                await templates.bulk_write(updates, ordered=False)
            advance(len(batch))


async def keep_relisting(database: Database) -> None:
    """For as long as a server runs: what an older release writes beside it is soon in filtered
    lists too. Finding nothing costs one look into an index."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        with suppress(Unavailable):
            await relist(database)


async def _batches(documents: AsyncIterator[Document]) -> AsyncIterator[list[Document]]:
    batch = list[Document]()
    async for document in documents:
        batch.append(document)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _update(document: Document) -> UpdateOne | None:
    unchanged = {"_id": document["_id"], "revision": document.get("revision"), **OUTDATED}
    try:
        template = from_document(document, ModelTemplate)
    except Unreadable:
        log.warning("Template %s cannot be read, so it gets no terms", unchanged["_id"])
        return None
    return UpdateOne(unchanged, {"$set": {LISTING: listing(template)}})
