"""The usage of accounts, counted as it changes: one small document for each account.

Counting an account's templates takes longer the more it has, so no write does that. Each process
adds up what its own writes change, and adds the sum to the account's document about once a second,
which also tells it what other processes have added. A crash loses the last sum, so accounts that
are written to are counted anew once a day, in the background.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from datetime import timedelta
from time import monotonic
from typing import Any
from weakref import WeakValueDictionary

from cachetools import TTLCache
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError, ServerSelectionTimeoutError

from app.domain.errors import Unavailable
from app.domain.quotas import Quotas, Usage, require_room
from app.storage.call_threads import writing
from app.storage.collections import USAGE
from app.storage.database_clock import clock_of
from app.storage.driver import Database, Document, available, available_for_writing, collection
from app.storage.measure import has_templates, measured_account

MAX_CACHED = 10_000
KNOWN_SECONDS = 2.0
"""How long the sum that an account's document had is relied on."""
FLUSH_SECONDS = 1.0
"""How long a process adds up changes before it adds them to the account's document."""
COUNTED_FOR = timedelta(days=1)
"""How long after a count the account is counted anew."""
CLAIMED_FOR = timedelta(minutes=10)
"""How long a process that has begun to count an account is waited for."""
LAST_FLUSH_SECONDS = 4.0
"""How long the end of the process may be delayed for."""

log = logging.getLogger(__name__)


class UsageMeter:
    """Knows what accounts store, and admits what their quotas have room for.

    The changes of one process are never forgotten by itself: quotas are exact for one process, and
    may be exceeded by what other processes write within KNOWN_SECONDS + FLUSH_SECONDS.
    """

    def __init__(self, database: Database, quotas: Quotas | None = None) -> None:
        self.quotas = quotas or Quotas()
        self._database = database
        self._usages = collection(database, USAGE)
        self._now = clock_of(database.client.options)
        self._known: TTLCache[str, Usage] = TTLCache(MAX_CACHED, KNOWN_SECONDS, lambda: monotonic())
        self._under_way: dict[str, Usage] = {}
        """Growth of writes that are not acknowledged yet."""
        self._pending: dict[str, Usage] = {}
        """Acknowledged changes that are not in the account's document yet."""
        self._doubtful = set[str]()
        """Accounts whose document may have been changed without an answer."""
        self._flushes: dict[str, asyncio.Task[None]] = {}
        self._counts: dict[str, asyncio.Task[None]] = {}
        self._counting = asyncio.Semaphore(1)
        self._locks = WeakValueDictionary[str, asyncio.Lock]()

    @property
    def is_on(self) -> bool:
        return bool(self.quotas.templates or self.quotas.bytes)

    @asynccontextmanager
    async def growing(self, account_id: str, growth: Usage) -> AsyncIterator[Callable[[], None]]:
        """Reserves room for a write; the function that it yields is to be called when the write is
        acknowledged. Raises QuotaExceeded or Unavailable."""
        await self.reserve(account_id, growth)
        happened = False

        def confirm() -> None:
            nonlocal happened
            happened = True

        try:
            yield confirm
        finally:
            self.settle(account_id, growth, happened=happened)

    async def reserve(self, account_id: str, growth: Usage) -> None:
        """Reserves room until `settle`. Raises QuotaExceeded or Unavailable."""
        await self.require_room(account_id, growth)
        _add(self._under_way, account_id, growth)

    async def require_room(self, account_id: str, growth: Usage) -> None:
        """Raises QuotaExceeded unless the account may grow so, or Unavailable."""
        if self.is_on:
            known = await self._total(account_id)
            mine = (sums.get(account_id, Usage()) for sums in (self._under_way, self._pending))
            require_room(self.quotas, account_id, sum(mine, known), growth)

    def settle(self, account_id: str, growth: Usage, *, happened: bool) -> None:
        """Ends a reservation: the write was acknowledged, or not."""
        _add(self._under_way, account_id, -growth)
        if happened:
            self.add(account_id, growth)

    def add(self, account_id: str, change: Usage) -> None:
        """Counts a change that has happened."""
        if not self.is_on:
            return
        _add(self._pending, account_id, change)
        self._flush_later(account_id)

    async def flush(self) -> None:
        """Adds everything to the accounts' documents, before the process ends. What cannot be added
        within LAST_FLUSH_SECONDS is lost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_FLUSH_SECONDS):
                for account_id in [*self._pending]:
                    if not await self._flush(account_id):
                        return

    async def keep(self) -> None:
        """A background task, which flushes when it is cancelled."""
        try:
            await asyncio.Event().wait()
        finally:
            await self.flush()

    async def recount(self, account_id: str) -> Usage:
        """Counts an account anew. What it writes meanwhile may be counted twice, or not at all,
        until the next time. Raises Unavailable."""
        await self._flush(account_id)
        async with available():
            before = _usage(await self._usages.find_one({"_id": account_id}))
        found = await measured_account(self._database, account_id)
        async with self._lock(account_id):
            await self._increase(account_id, found + -before, counted_at=self._now())
        return found

    async def _total(self, account_id: str) -> Usage:
        """The sum in the account's document, at most KNOWN_SECONDS old."""
        if (known := self._known.get(account_id)) is None:
            async with self._lock(account_id), available():
                if (known := self._known.get(account_id)) is None:
                    known = await self._read(account_id)
                    self._known[account_id] = known
        return known

    async def _read(self, account_id: str) -> Usage:
        document = await self._usages.find_one({"_id": account_id})
        counted_at = (document or {}).get("counted_at")
        if counted_at is None or counted_at < self._now() - COUNTED_FOR:
            await self._count_if_needed(account_id, is_new=document is None)
        return _usage(document)

    async def _count_if_needed(self, account_id: str, *, is_new: bool) -> None:
        """Starts a count of an account, unless it is empty or another process has started one."""
        now = self._now()
        outdated = {"counted_at": {"$not": {"$gte": now - COUNTED_FOR}}}
        is_empty = is_new and not await has_templates(self._database, account_id)
        counted_at = now if is_empty else now - COUNTED_FOR + CLAIMED_FOR
        try:
            with writing():
                claimed = await self._usages.update_one(
                    {"_id": account_id, **outdated},
                    {"$set": {"counted_at": counted_at}},
                    upsert=True,
                )
        except DuplicateKeyError:
            return
        was_claimed = claimed.upserted_id is not None or claimed.modified_count
        if was_claimed and not is_empty and account_id not in self._counts:
            self._start(self._counts, account_id, self._counted(account_id))

    async def _counted(self, account_id: str) -> None:
        try:
            async with self._counting:  # Each reads a whole account.
                await self.recount(account_id)
        except Exception as error:
            log.warning("The usage of an account was not counted", exc_info=error)
            with suppress(PyMongoError, Unavailable):
                async with available_for_writing():
                    await self._usages.update_one(
                        {"_id": account_id}, {"$unset": {"counted_at": ""}}
                    )

    def _start(self, tasks: dict[str, asyncio.Task[None]], account_id: str, work: Any) -> None:
        def ended(task: asyncio.Task[None]) -> None:
            del tasks[account_id]
            if not task.cancelled():
                self._flush_later(account_id)

        # In a context of its own, because the request's has its deadlines.
        tasks[account_id] = asyncio.create_task(work, context=Context())
        tasks[account_id].add_done_callback(ended)

    def _flush_later(self, account_id: str) -> None:
        if account_id in self._pending and account_id not in self._flushes:
            self._start(self._flushes, account_id, self._flush_soon(account_id))

    async def _flush_soon(self, account_id: str) -> None:
        while account_id in self._pending:
            await asyncio.sleep(FLUSH_SECONDS)
            await self._flush(account_id)

    async def _flush(self, account_id: str) -> bool:
        """Adds the pending changes to the account's document; they stay pending if it fails. False
        if the database is unavailable."""
        async with self._lock(account_id):
            if (change := self._pending.get(account_id)) is None:
                return True
            try:
                await self._increase(account_id, change)
            except Unavailable:
                return False  # Requests report it.
            except Exception as error:
                log.warning("The usage of an account was not updated", exc_info=error)
                return True
            _add(self._pending, account_id, -change)
            return True

    async def _increase(self, account_id: str, change: Usage, **values: object) -> None:
        """Adds to the account's document. If the answer was lost before, the change may be added
        twice: the account is then counted anew. Raises Unavailable."""
        update: Document = {"$inc": {"templates": change.templates, "bytes": change.bytes}}
        if values:
            update["$set"] = values
        elif account_id in self._doubtful:
            update["$unset"] = {"counted_at": ""}
        try:
            async with available_for_writing():
                document = await self._usages.find_one_and_update(
                    {"_id": account_id}, update, upsert=True, return_document=ReturnDocument.AFTER
                )
        except BaseException as error:
            if not isinstance(error.__cause__, ServerSelectionTimeoutError):
                self._doubtful.add(account_id)
            raise
        self._doubtful.discard(account_id)
        self._known[account_id] = _usage(document)

    def _lock(self, account_id: str) -> asyncio.Lock:
        return self._locks.setdefault(account_id, asyncio.Lock())


async def count_anew(database: Database, account_ids: Iterable[str]) -> None:
    """Has each account counted by the first process that writes to it."""
    accounts = {"_id": {"$in": [*account_ids]}}
    await collection(database, USAGE).update_many(accounts, {"$unset": {"counted_at": ""}})


def _usage(document: Document | None) -> Usage:
    values = document or {}
    return Usage(templates=values.get("templates", 0), bytes=values.get("bytes", 0))


def _add(sums: dict[str, Usage], account_id: str, change: Usage) -> None:
    """Adds to a sum; sums of nothing are left out, so that the dict stays small."""
    total = sums.get(account_id, Usage()) + change
    if total == Usage():
        sums.pop(account_id, None)
    else:
        sums[account_id] = total
