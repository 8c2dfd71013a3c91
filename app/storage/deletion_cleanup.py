"""Finishes deletions that were interrupted (see `deletions`)."""

import asyncio
import logging
from datetime import timedelta

from pymongo.errors import PyMongoError

from app.domain.errors import Unavailable
from app.storage.collections import DELETIONS, REVISIONS, TEMPLATES
from app.storage.database_clock import clock_of
from app.storage.driver import Database, collection, find_confirmed, without_deadline
from app.storage.usage import count_anew

log = logging.getLogger(__name__)

INTERRUPTED = timedelta(minutes=1)
"""A deletion that takes longer has been interrupted."""
EVERY_SECONDS, BATCH = 30.0, 500
ACCOUNT_ID = {"account_id": 1}


async def finish_interrupted(database: Database) -> None:
    """Delete the histories of templates whose deletion was interrupted, and forget deletions that
    did not happen. Raises Unavailable."""
    deletions, now = collection(database, DELETIONS), clock_of(database.client.options)
    interrupted = {"is_finished": False, "deleted_at": {"$lt": now() - INTERRUPTED}}
    async with without_deadline():
        while found := await deletions.find(interrupted, ACCOUNT_ID).limit(BATCH).to_list(None):
            ids = [document["_id"] for document in found]
            accounts = {note["account_id"] for note in found}
            owned = {"account_id": {"$in": [*accounts]}}
            noted = {"_id": {"$in": ids}, **owned}
            kept = await find_confirmed(database, TEMPLATES, noted, {"_id": 1})
            kept_ids = [document["_id"] for document in kept]
            await deletions.delete_many({"_id": {"$in": kept_ids}, **owned, **interrupted})
            gone = {"$in": [id for id in ids if id not in kept_ids]}
            await collection(database, REVISIONS).delete_many({"template_id": gone})
            await count_anew(database, accounts)
            await deletions.update_many({"_id": gone, **owned}, {"$set": {"is_finished": True}})


async def keep_finishing(database: Database) -> None:
    """Finish interrupted deletions every EVERY_SECONDS, for ever, from the start on."""
    while True:
        try:
            await finish_interrupted(database)
        except Unavailable:
            pass  # Requests report it.
        except PyMongoError as error:
            log.error("Interrupted deletions could not be finished", exc_info=error)
        await asyncio.sleep(EVERY_SECONDS)
