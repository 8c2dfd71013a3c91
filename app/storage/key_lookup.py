"""Looks up the owners of API keys: bounded, cached, and each key once at a time."""

import asyncio
import logging
import time
from contextvars import Context
from datetime import date
from weakref import WeakValueDictionary

from cachetools import TTLCache

from app.domain.access import Viewer
from app.domain.counters import count_lookup
from app.domain.service import now
from app.storage.api_keys import ApiKey, ApiKeyStore
from app.storage.driver import available

MAX_CACHED = 10_000
"""Valid keys, and unknown ones, that a process caches: a bound on memory."""
VALID_SECONDS = 5.0
"""How long a valid key is cached, and so the longest that a revoked key still works."""
INVALID_SECONDS = 10.0
"""How long an invalid key is cached, and so the longest that a key created just after a request
with it is still rejected."""
MAX_LOOKUPS = 4
"""Lookups at the same time: as many as threads of the driver are kept for the server itself, so
that made-up keys never delay the work for valid ones, nor that work a lookup."""

log = logging.getLogger(__name__)


class KeyLookup:
    """Finds the owners of keys by the digests of the keys.

    Lookups wait for each other in the order of their arrival. Made-up keys thus delay a valid key
    by the lookups before it, about a millisecond each, and are never a reason to reject it: keys
    of 256 random bits cannot be guessed, so guessing needs no throttle.
    """

    def __init__(self, store: ApiKeyStore) -> None:
        self._store = store
        # Apart from each other: made-up keys must not displace valid ones.
        self._valid: TTLCache[str, ApiKey] = TTLCache(
            MAX_CACHED, VALID_SECONDS, lambda: time.monotonic()
        )
        self._invalid: TTLCache[str, None] = TTLCache(
            MAX_CACHED, INVALID_SECONDS, lambda: time.monotonic()
        )
        self._lookups = asyncio.Semaphore(MAX_LOOKUPS)
        self._locks = WeakValueDictionary[str, asyncio.Lock]()
        self._uses: dict[str, asyncio.Task[None]] = {}
        self._recording = asyncio.Semaphore(1)

    async def owner(self, digest: str) -> Viewer | None:
        """The owner of a key; None if it is unknown, revoked or expired.

        Raises Unavailable if the key cannot be looked up in time.
        """
        try:  # Half the work of `get`.
            key = self._valid[digest]
        except KeyError:
            key = None
        is_known = key is not None or digest in self._invalid
        count_lookup("keys", hit=is_known)
        if not is_known:
            key = await self._looked_up_once(digest)
        if key is None or (key.expires_at is not None and key.has_expired(now())):
            return None
        return key.viewer()

    def cached_keys(self) -> int:
        """The number of keys in the cache, valid or not."""
        return len(self._valid) + len(self._invalid)

    async def _looked_up_once(self, digest: str) -> ApiKey | None:
        """Looks a key up; of concurrent lookups of one key, the first answers the others too."""
        lock = self._locks.setdefault(digest, asyncio.Lock())
        async with available(), lock:
            if (key := self._valid.get(digest)) is not None or digest in self._invalid:
                return key
            async with self._lookups:
                key = await self._store.find_valid(digest)
            if key is None:
                self._invalid[digest] = None
            else:
                self._valid[digest] = key
                self._record_use(key)
            return key

    def _record_use(self, key: ApiKey) -> None:
        """Record the day of this use in the background, unless it is recorded already."""
        today = now().date()
        is_recorded = key.last_used_on is not None and key.last_used_on >= today
        if is_recorded or key.id in self._uses:
            return
        # In a context of its own, because the request's has its deadlines.
        task = asyncio.create_task(self._recorded(key.id, today), context=Context())
        self._uses[key.id] = task
        task.add_done_callback(lambda _: self._uses.pop(key.id))

    async def _recorded(self, digest: str, day: date) -> None:
        try:
            async with self._recording:
                await self._store.record_use(digest, day)
        except Exception as error:
            log.warning("The last use of a key was not recorded", exc_info=error)
