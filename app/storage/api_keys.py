"""API keys: made, looked up by digest, revoked. The store holds no key, only its SHA-256 digest."""

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
"""A revoked key dies within this time in every process (30 seconds are allowed)."""

_SHOWN = len(PREFIX) + 8


class ApiKey(Viewer, frozen=True, kw_only=True):
    """What is kept of a key: what it grants to whom. `id` is its digest."""

    id: str
    prefix: Annotated[str, Meta(description="The key's first characters, to tell keys apart.")]
    issued_at: datetime
    revoked_at: datetime | None = None


class KeyNotFound(DomainError):
    """No single key that still works begins so."""


class ApiKeyStore:
    """API keys in a MongoDB collection."""

    def __init__(self, database: Database) -> None:
        self._keys = collection(database, KEYS)
        self._known: TTLCache[str, Viewer] = TTLCache(
            10_000, CACHE_SECONDS, lambda: time.monotonic()
        )

    async def add(self, key: str, viewer: Viewer) -> None:
        """Store a key that is not yet there; what it grants never changes afterwards."""
        granted = msgspec.structs.asdict(viewer)
        entry = ApiKey(id=digest(key), prefix=key[:_SHOWN], issued_at=now(), **granted)
        document = to_document(entry)
        async with available():
            await self._keys.update_one(
                {"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True
            )

    async def authenticate(self, key: str) -> Viewer | None:
        """Who the key belongs to; None unless it is known and not revoked."""
        if not is_key(key):
            return None
        id = digest(key)
        if (known := self._known.get(id)) is not None:
            return known
        async with available():
            document = await self._keys.find_one({"_id": id, "revoked_at": None})
        if document is None:
            return None
        viewer = self._known[id] = converted(document, Viewer)
        return viewer

    async def list(self) -> list[ApiKey]:
        """Every key ever made, oldest first."""
        async with available():
            documents = await self._keys.find().sort("issued_at").to_list(None)
        return [from_document(document, ApiKey) for document in documents]

    async def revoke(self, named: str) -> ApiKey:
        """Revoke the one key that is named, whole or by the beginning that `list` shows. Raises
        KeyNotFound when there is no such key that works, or several."""
        if is_key(named):
            which = {"_id": digest(named)}
        elif len(named) == _SHOWN:
            which = {"prefix": named}
        else:
            raise KeyNotFound(f"name a key by its first {_SHOWN} characters, as listed, or whole")
        async with available():
            found = await self._keys.find({**which, "revoked_at": None}).to_list(2)
            if len(found) != 1:
                many = "several keys begin" if found else "no key that works begins"
                raise KeyNotFound(f"{many} with {named[:_SHOWN]}")
            await self._keys.update_one({"_id": found[0]["_id"]}, {"$set": {"revoked_at": now()}})
        return from_document(found[0], ApiKey)
