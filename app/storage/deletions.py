"""A log of deletions: what is still to be deleted, and which `requestId`s were used.

A deletion is noted here before the template is deleted, and its history after it. A process that
dies in between leaves the rest to `deletion_cleanup`. Notes are kept for KEPT, so that a late retry
of `createModelTemplate` does not create a template that was deleted meanwhile.
"""

from datetime import timedelta
from typing import Any

from app.domain.idempotency import IdempotencyRecord
from app.storage.collections import DELETIONS as DELETIONS
from app.storage.driver import Database, Document, collection, find_confirmed, in_thread

KEPT = timedelta(days=2)


class DeletionLog:
    """The deletions of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._deletions = collection(database, DELETIONS)

    async def begin(self, id: str, account: str, request: Any) -> None:
        """Note that a template is about to be deleted. `request` is its stored idempotency record,
        or None."""
        note = {"request": request, "is_finished": False}
        # The database's own time, by which notes expire.
        change = {"$set": note, "$currentDate": {"deleted_at": True}}
        await self._deletions.update_one(_key(id, account), change, upsert=True)

    async def finish(self, id: str, account: str) -> None:
        """Note that the template and its history are deleted."""
        await self._deletions.update_one(_key(id, account), {"$set": {"is_finished": True}})

    async def has(self, account: str, request: IdempotencyRecord) -> bool:
        """Whether a template that this request created may have been deleted."""
        condition = _of(account, request)
        found = await in_thread(self._deletions, lambda c: c.find_one(condition, {"_id": 1}))
        return found is not None

    async def has_confirmed(self, account: str, request: IdempotencyRecord) -> bool:
        """Like `has`, and no deletion that was noted before is missed."""
        condition = _of(account, request)
        return bool(await find_confirmed(self._database, DELETIONS, condition, {"_id": 1}))


def _key(id: str, account: str) -> Document:
    """The condition for one deletion, with the shard key."""
    return {"_id": id, "account_id": account}


def _of(account: str, request: IdempotencyRecord) -> Document:
    return {"account_id": account, "request.id": request.id}
