"""Migration of listing terms (see `terms`) that an earlier release wrote, or left out.

Lists miss documents with outdated terms. New ones appear as long as an earlier release still runs
on the same database; they are looked for in the background, and for some time before each list.
"""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Collection

from pymongo import UpdateOne
from pymongo.errors import OperationFailure, PyMongoError

from app.domain.counters import count, set_level
from app.domain.errors import Unavailable, Unreadable
from app.domain.model_template import ModelTemplate
from app.storage.codec import from_document
from app.storage.driver import Database, Document, collection, without_deadline
from app.storage.templates import TEMPLATES
from app.storage.terms import LISTING, OWN_FIELDS, TERMS_VERSION, UNREADABLE, VERSION, listing

log = logging.getLogger(__name__)

BATCH, EVERY_SECONDS = 500, 10.0
WITHOUT_PAUSE = 50
"""Templates of which the terms are computed before requests have their turn again."""
OUTDATED_INDEX, BAD_HINT = "terms_version", 2
"""The index that finds outdated documents, and MongoDB's error code where it is missing."""
OUTDATED: Document = {TERMS_VERSION: {"$in": [None, *range(1, VERSION)]}}
"""Documents with terms of earlier releases. Those of newer releases are left alone."""


EXPECTED_SECONDS = 600.0
"""How long after the last outdated terms servers of an earlier release may still be running beside
this one."""

_expected_until = -math.inf
"""Until when outdated terms are looked for before each list, by the monotonic clock."""


def expect_outdated() -> None:
    """From now on for EXPECTED_SECONDS, `relist_late` looks for outdated terms."""
    global _expected_until
    _expected_until = time.monotonic() + EXPECTED_SECONDS


async def count_outdated(database: Database) -> int:
    """The number of documents with outdated terms. Raises Unavailable."""
    async with without_deadline():
        return await collection(database, TEMPLATES).count_documents(OUTDATED)


async def has_outdated(database: Database, condition: Document | None = None) -> bool:
    """Whether documents have outdated terms: a lookup in an index. To be called within a
    deadline."""
    found = collection(database, TEMPLATES).find({**(condition or {}), **OUTDATED}, {"_id": 1})
    try:
        return bool(await found.hint(OUTDATED_INDEX).limit(1).to_list(None))
    except OperationFailure as error:
        if error.code != BAD_HINT:  # Without the index, none has been rebuilt yet.
            raise
        return True


async def relist(
    database: Database,
    advance: Callable[[int], None] = lambda _: None,
    condition: Document | None = None,
) -> None:
    """Update the terms of outdated documents in batches, and call `advance` with each batch's size.

    Safe to interrupt, to repeat and to run in several processes: a document that changes meanwhile
    is left for the next run. With a condition, only documents that meet it. Raises Unavailable.
    """
    templates, left = collection(database, TEMPLATES), 0
    async with without_deadline():
        async for batch in _batches(templates.find({**(condition or {}), **OUTDATED}, OWN_FIELDS)):
            expect_outdated()
            updated = await templates.bulk_write(batch, ordered=False)
            count("relisted", amount=updated.modified_count)
            advance(len(batch))
            if condition is None:
                left = (left or await templates.count_documents(OUTDATED) + len(batch)) - len(batch)
                set_level("outdated_terms", value=max(left, 0))
    if condition is None:
        set_level("outdated_terms", value=0)


async def relist_late(database: Database, account_ids: Collection[str]) -> None:
    """Update the terms of these accounts' templates that a server of an earlier release has just
    written, so that a list does not miss them. Without effect when such servers have been silent
    for EXPECTED_SECONDS. To be called within a deadline. Raises Unavailable."""
    if time.monotonic() > _expected_until:
        return
    of_accounts: Document = {"account_id": {"$in": sorted(account_ids)}}
    if await has_outdated(database, of_accounts):
        await relist(database, condition=of_accounts)


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
        if not len(batch) % WITHOUT_PAUSE:
            await asyncio.sleep(0)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _update(document: Document) -> UpdateOne:
    unchanged = {"revision": document.get("revision"), **OUTDATED}
    unchanged |= {"_id": document["_id"], "account_id": document.get("account_id")}
    try:
        fields = listing(from_document(document, ModelTemplate))
    except Unreadable:
        log.warning(
            "Template %s cannot be read: only lists without filters show it", document["id"]
        )
        fields = UNREADABLE
    # Field by field: servers of the earlier release read others beside them.
    return UpdateOne(unchanged, {"$set": {f"{LISTING}.{name}": v for name, v in fields.items()}})
