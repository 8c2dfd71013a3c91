"""Deletes the histories of templates that do not exist.

Earlier releases left some behind when they were killed while they deleted a template, and nothing
else looks for them: they kept no log of deletions (see `deletions`). Others are left by imports
that were killed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

from pymongo.errors import DuplicateKeyError, PyMongoError

from app.domain.errors import Unavailable
from app.storage.collections import REVISIONS, TEMPLATES
from app.storage.database_clock import clock_of
from app.storage.database_format import FORMATS
from app.storage.driver import (
    Database,
    available_for_writing,
    collection,
    find_confirmed,
    without_deadline,
)
from app.storage.history import KEY, MongoHistory

log = logging.getLogger(__name__)

SWEPT = {"_id": "orphaned_histories"}
EVERY = timedelta(days=7)
"""More than once, because servers of an earlier release may run for a while beside this one's."""
CLAIMED_FOR = timedelta(hours=1)
"""How long a process that has begun is waited for."""
DOUBT = timedelta(minutes=1)
"""An import inserts a history before its template, but takes less time in between."""
BATCH, MAX_DOUBTFUL, RETRY_SECONDS = 500, 10_000, 60.0

_INDEX = "template_newest_first"


async def sweep(database: Database, wait: Callable[[int], None] = lambda _: None) -> int:
    """Deletes all orphaned histories, and returns of how many templates. Raises Unavailable.

    A history is orphaned if its template is missing now and after DOUBT. (A template exists
    before an update inserts a revision.) `wait` is called with the number of those in doubt.
    """
    deleted, doubtful = 0, list[str]()
    async with without_deadline():
        async for ids in _batches(database):
            doubtful += await _without_template(database, ids)
            if len(doubtful) >= MAX_DOUBTFUL:
                deleted += await _delete(database, doubtful, wait)
                doubtful = []
        return deleted + await _delete(database, doubtful, wait)


async def sweep_if_due(database: Database) -> None:
    """Sweeps unless this database has been swept in the last week. Raises Unavailable."""
    if not await _claimed(database):
        return
    if deleted := await sweep(database):
        log.info("Deleted the histories of %d templates that no longer exist", deleted)
    await note_swept(database)


async def note_swept(database: Database) -> None:
    """Notes that the database has been swept just now. Raises Unavailable."""
    due_at = clock_of(database.client.options)() + EVERY
    async with available_for_writing():
        await collection(database, FORMATS).update_one(
            SWEPT, {"$set": {"due_at": due_at}}, upsert=True
        )


async def keep_sweeping(database: Database) -> None:
    """Sweeps at the start and whenever it is due, for ever. An idle run is one lookup by id."""
    while True:
        try:
            await sweep_if_due(database)
        except Unavailable:
            pass  # Requests report it.
        except PyMongoError as error:
            log.error("Orphaned histories could not be deleted", exc_info=error)
        await asyncio.sleep(RETRY_SECONDS)


async def _claimed(database: Database) -> bool:
    """Whether a sweep is due, and this process is the one to do it."""
    now = clock_of(database.client.options)()
    due = {**SWEPT, "due_at": {"$lt": now}}
    try:
        async with available_for_writing():
            formats = collection(database, FORMATS)
            if await formats.find_one({**SWEPT, "due_at": {"$gte": now}}, {"_id": 1}):
                return False
            await formats.update_one(due, {"$set": {"due_at": now + CLAIMED_FOR}}, upsert=True)
    except DuplicateKeyError:  # Another process has claimed it just now.
        return False
    return True


async def _batches(database: Database) -> AsyncIterator[list[str]]:
    """The ids of all templates with a history, in order, read from the index."""
    found = collection(database, REVISIONS).find({}, {"_id": 0, KEY: 1}).hint(_INDEX)
    batch = list[str]()
    # Small batches, because the event loop waits while their documents are looked at.
    async for document in found.sort([(KEY, 1), ("revision", -1)]).batch_size(BATCH):
        if not batch or batch[-1] != document[KEY]:
            if len(batch) == BATCH:
                yield batch
                batch = []
            batch.append(document[KEY])
    if batch:
        yield batch


async def _without_template(database: Database, ids: list[str]) -> list[str]:
    kept = await find_confirmed(database, TEMPLATES, {"_id": {"$in": ids}}, {"_id": 1})
    existing = {document["_id"] for document in kept}
    return [id for id in ids if id not in existing]


async def _delete(database: Database, ids: list[str], wait: Callable[[int], None]) -> int:
    if not ids:
        return 0
    wait(len(ids))
    await asyncio.sleep(DOUBT.total_seconds())
    history, deleted = MongoHistory(database), 0
    for id in ids:
        if await _without_template(database, [id]):
            while (await history.delete_oldest(id)).are_left:
                pass
            deleted += 1
    return deleted
