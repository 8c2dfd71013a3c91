"""The store of API keys. A key itself is never stored, only its SHA-256 digest."""

import time
from datetime import datetime
from typing import Annotated

import msgspec
from cachetools import TTLCache
from msgspec import Meta

from app.domain.access import Viewer
from app.domain.api_key import PREFIX, digest, is_key
from app.domain.errors import DomainError
from app.domain.service import now
from app.domain.unknown_value import converted
from app.storage.codec import from_document, to_document
from app.storage.driver import Database, available, collection

KEYS = "api_keys"
CACHE_SECONDS = 5.0
"""How long a process caches a valid key, and so the longest that a revoked key still works."""

_PREFIX_LENGTH = len(PREFIX) + 8


class ApiKey(Viewer, frozen=True, kw_only=True):
    """The stored record of a key: its owner and the accounts it opens. `id` is the key's digest."""

    id: str
    prefix: Annotated[
        str, Meta(description="The first characters of the key, to identify it in lists.")
    ]
    issued_at: datetime
    revoked_at: datetime | None = None


class KeyNotFound(DomainError):
    """No valid key has this prefix, or several have it."""


class ApiKeyStore:
    """API keys in a MongoDB collection."""

    def __init__(self, database: Database) -> None:
        self._keys = collection(database, KEYS)
        self._cache: TTLCache[str, Viewer] = TTLCache(
            10_000, CACHE_SECONDS, lambda: time.monotonic()
        )

    async def add(self, key: str, viewer: Viewer) -> None:
        """Store a key unless it is already stored; its grants never change afterwards."""
        granted = msgspec.structs.asdict(viewer)
        entry = ApiKey(id=digest(key), prefix=key[:_PREFIX_LENGTH], issued_at=now(), **granted)
        document = to_document(entry)
        async with available():
            await self._keys.update_one(
                {"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True
            )

    async def authenticate(self, key: str) -> Viewer | None:
        """The owner of a key; None if the key is unknown or revoked. Raises Unavailable."""
        if not is_key(key):
            return None
        id = digest(key)
        if (cached := self._cache.get(id)) is not None:
            return cached
        async with available():
            document = await self._keys.find_one({"_id": id, "revoked_at": None})
        if document is None:
            return None
        viewer = self._cache[id] = converted(document, Viewer)
        return viewer

    async def list(self) -> list[ApiKey]:
        """All keys, revoked ones included, oldest first."""
        async with available():
            documents = await self._keys.find().sort("issued_at").to_list(None)
        return [from_document(document, ApiKey) for document in documents]

    async def revoke(self, key_or_prefix: str) -> ApiKey:
        """Revoke a key, given whole or as the prefix that `list` shows.

        Raises KeyNotFound unless exactly one valid key matches.
        """
        if is_key(key_or_prefix):
            condition = {"_id": digest(key_or_prefix)}
        elif len(key_or_prefix) == _PREFIX_LENGTH:
            condition = {"prefix": key_or_prefix}
        else:
            raise KeyNotFound(
                f"give the whole key or its first {_PREFIX_LENGTH} characters, as listed"
            )
        async with available():
            matches = await self._keys.find({**condition, "revoked_at": None}).to_list(2)
            if len(matches) != 1:
                matched = "several valid keys begin" if matches else "no valid key begins"
                raise KeyNotFound(f"{matched} with {key_or_prefix[:_PREFIX_LENGTH]}")
            (key,) = matches
            await self._keys.update_one({"_id": key["_id"]}, {"$set": {"revoked_at": now()}})
        return from_document(key, ApiKey)
