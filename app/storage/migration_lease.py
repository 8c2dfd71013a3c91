"""The lease of the process that brings a database up to date, so that others wait meanwhile.

It says how far that process is, and is gone when the work is done. That of a process that has died
expires. Two processes that work at the same time do no harm, only work twice.
"""

from datetime import datetime, timedelta
from uuid import uuid4

from msgspec import Struct, convert
from pymongo.errors import DuplicateKeyError

from app.storage.database_clock import clock_of
from app.storage.database_format import FORMATS
from app.storage.driver import Database, available, available_for_writing, collection

KEY, REBUILT = {"_id": "migration"}, {"_id": "rebuilt"}
LASTS = timedelta(seconds=8)


class Lease(Struct, frozen=True, kw_only=True):
    """The holder, and how far it has said that it is."""

    by: str
    until: datetime
    step: str = ""
    accepts_requests: bool = False


class MigrationLease:
    """The lease of a database, as this process sees it. Every method may raise Unavailable."""

    def __init__(self, database: Database) -> None:
        self._leases = collection(database, FORMATS)
        self._now = clock_of(database.client.options)
        self._by = uuid4().hex

    async def current(self) -> Lease | None:
        """The lease of another process, unless it has expired."""
        condition = {**KEY, "by": {"$ne": self._by}, "until": {"$gte": self._now()}}
        async with available():
            found = await self._leases.find_one(condition)
        return None if found is None else convert(found, Lease)

    async def acquire(self) -> bool:
        """Takes the lease, or prolongs it. False if another process has it."""
        now = self._now()
        free = {**KEY, "$or": [{"by": self._by}, {"until": {"$lt": now}}]}
        try:
            async with available_for_writing():
                change = {"$set": {"by": self._by, "until": now + LASTS}}
                await self._leases.update_one(free, change, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    async def prolong(self, step: str, *, accepts_requests: bool) -> None:
        """Keeps the lease, if it is still this process's, and says how far the work is."""
        said = {"step": step, "accepts_requests": accepts_requests, "until": self._now() + LASTS}
        async with available_for_writing():
            await self._leases.update_one({**KEY, "by": self._by}, {"$set": said})

    async def release(self) -> None:
        """Gives the lease back, if it is still this process's."""
        async with available_for_writing():
            await self._leases.delete_one({**KEY, "by": self._by})

    async def note_rebuild(self) -> None:
        """Notes that listing terms of an earlier release have been rebuilt."""
        async with available_for_writing():
            await self._leases.update_one(REBUILT, {"$set": {"at": self._now()}}, upsert=True)

    async def was_rebuilt(self, within: timedelta) -> bool:
        """Whether a rebuild has been noted that recently, by any process."""
        async with available():
            return bool(
                await self._leases.find_one({**REBUILT, "at": {"$gte": self._now() - within}})
            )
