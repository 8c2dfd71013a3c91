"""Brings a database up to date while the server runs already, and says what the server waits for.

Requests are answered as soon as what keeps data consistent is there; lists, which would miss
templates, when everything is.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from pymongo.errors import OperationFailure, PyMongoError

from app.domain.counters import set_level
from app.domain.errors import Unavailable
from app.storage.database_format import NewerDatabase
from app.storage.driver import Database
from app.storage.indexes import initialise, is_up_to_date
from app.storage.migration_lease import MigrationLease
from app.storage.relisting import EXPECTED_SECONDS, expect_outdated, relist_late

log = logging.getLogger(__name__)

NO_DATABASE, INDEXES, FAILED = "no database", "creating indexes", "an error, which the log explains"
BUILDS_INDEX = 12587
"""MongoDB's error code for a change of a collection while an index of it is built."""
POLL_SECONDS, PROLONG_SECONDS, RETRY_SECONDS = 0.5, 2.0, 10.0
GRACE_SECONDS = 1.0
"""How long a request waits for what is often ready in a moment."""


class Migration:
    """Brings a database up to date, once for all processes that share it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lease = MigrationLease(database)
        self._accepts_requests, self._has_ended = asyncio.Event(), asyncio.Event()
        self._step = NO_DATABASE
        self._has_rebuilt = False

    @property
    def step(self) -> str | None:
        """The step that the server waits for, as text; None if it is ready."""
        return None if self._has_ended.is_set() else self._step

    async def ended(self) -> None:
        """Returns when the database is up to date."""
        await self._has_ended.wait()

    async def require_requests(self) -> None:
        """Raises Unavailable if nothing may be read or written yet."""
        await self._require(self._accepts_requests)

    async def require_lists(self, account_ids: Collection[str]) -> None:
        """Raises Unavailable if lists of these accounts would miss templates."""
        await self._require(self._has_ended)
        await relist_late(self._database, account_ids)

    async def _require(self, event: asyncio.Event) -> None:
        if event.is_set():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await event.wait()
        if not event.is_set():
            raise Unavailable(f"The server is not ready yet: {self._step}. Try again.")

    async def keep(self) -> None:
        """A background task, which goes on until the database is up to date."""
        began = time.monotonic()
        while not self._has_ended.is_set():
            delay = POLL_SECONDS
            try:
                await self.attempt()
            except Unavailable:
                self._step = NO_DATABASE
            except NewerDatabase as error:
                log.error("%s", error)
                self._step, delay = str(error), RETRY_SECONDS
            except Exception as error:  # Of the driver, or of a document that cannot be decoded.
                log.error("The database could not be brought up to date", exc_info=error)
                self._step, delay = FAILED, RETRY_SECONDS
            if self._has_ended.is_set():
                break
            await asyncio.sleep(delay)
        if (seconds := time.monotonic() - began) > GRACE_SECONDS:
            log.info("The database is up to date after %.1f s: the server is ready", seconds)

    async def attempt(self, *, is_thorough: bool = False) -> None:
        """Brings the database up to date, or waits until another process has. Unless
        `is_thorough`, the validators are not looked at first. Raises Unavailable, NewerDatabase or
        PyMongoError."""
        while not self._has_ended.is_set():
            if (other := await self._lease.current()) is not None:
                is_thorough = False
                self._step = other.step or INDEXES
                if other.accepts_requests:
                    self._accepts_requests.set()
                await asyncio.sleep(POLL_SECONDS)
            elif await self._is_done(is_thorough=is_thorough):
                await self._end()
            else:
                await asyncio.sleep(POLL_SECONDS)

    async def _is_done(self, *, is_thorough: bool) -> bool:
        if not is_thorough and await is_up_to_date(self._database):
            return True
        return await self._lease.acquire() and await self._is_migrated()

    async def _is_migrated(self) -> bool:
        """Brings the database up to date; False if that has to wait for an index that an
        interrupted migration has begun."""
        self._step = INDEXES
        prolonging = asyncio.create_task(self._keep_lease())
        try:
            await initialise(self._database, self._rebuilding, self._accepts_requests.set)
            if self._has_rebuilt:
                await self._lease.note_rebuild()
        except OperationFailure as error:
            if error.code != BUILDS_INDEX:
                raise
            return False
        finally:
            prolonging.cancel()
            with suppress(Unavailable, PyMongoError):  # It expires.
                await self._lease.release()
        return True

    async def _keep_lease(self) -> None:
        while True:
            with suppress(Unavailable, PyMongoError):  # The work itself reports it.
                accepts = self._accepts_requests.is_set()
                await self._lease.prolong(self._step, accepts_requests=accepts)
            await asyncio.sleep(PROLONG_SECONDS)

    @contextmanager
    def _rebuilding(self, of: int) -> Iterator[Callable[[int], None]]:
        """A Progress that the server shows to those who ask what it waits for."""
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            self._step = f"rebuilding listing terms: {min(done, of)} of {of} templates done"

        advance(0)
        self._has_rebuilt = True
        log.info("Listing terms of %d templates are rebuilt; lists have to wait", of)
        yield advance
        self._step = INDEXES

    async def _end(self) -> None:
        if await self._lease.was_rebuilt(within=timedelta(seconds=EXPECTED_SECONDS)):
            expect_outdated()  # Servers of the earlier release may still run.
        set_level("outdated_terms", value=0)
        self._accepts_requests.set()
        self._has_ended.set()
