"""The store of API keys. A key itself is never stored, only its SHA-256 digest."""

from datetime import date, datetime
from functools import cached_property
from typing import Annotated

import msgspec
from msgspec import Meta

from app.domain.access import Viewer
from app.domain.api_key import PREFIX_LENGTH, digest, is_key, prefix_of
from app.domain.errors import DomainError
from app.domain.service import now
from app.storage.codec import from_document, to_document
from app.storage.collections import KEYS as KEYS
from app.storage.driver import Database, available, available_for_writing, collection, in_thread


class ApiKey(Viewer, frozen=True, kw_only=True):
    """The stored record of a key: its owner and the accounts it opens. `id` is the key's digest."""

    id: str
    prefix: Annotated[
        str, Meta(description="The first characters of the key, to identify it in lists.")
    ]
    issued_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_on: Annotated[
        date | None, Meta(description="The last day, in UTC, on which the key was looked up.")
    ] = None

    def has_expired(self, at: datetime) -> bool:
        """Whether the key no longer works at this time because of its expiry."""
        return self.expires_at is not None and self.expires_at <= at

    def viewer(self) -> Viewer:
        """The caller that the key authenticates."""
        return self._viewer

    @cached_property
    def _viewer(self) -> Viewer:
        return Viewer(
            identity_id=self.identity_id,
            identity_type=self.identity_type,
            accounts=self.accounts,
        )


class KeyNotFound(DomainError):
    """No valid key has this prefix, or several have it."""


class ApiKeyStore:
    """API keys in a MongoDB collection."""

    def __init__(self, database: Database) -> None:
        self._keys = collection(database, KEYS)

    async def add(self, key: str, viewer: Viewer, expires_at: datetime | None = None) -> None:
        """Store a key unless it is already stored; its grants never change afterwards."""
        entry = ApiKey(
            id=digest(key),
            prefix=prefix_of(key),
            issued_at=now(),
            expires_at=expires_at,
            **msgspec.structs.asdict(viewer),
        )
        document = to_document(entry)
        async with available():
            await self._keys.update_one(
                {"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True
            )

    async def find_valid(self, digest: str) -> ApiKey | None:
        """The record of a key that is neither revoked nor expired. Raises Unavailable."""
        async with available():
            condition = {"_id": digest, "revoked_at": None}
            document = await in_thread(self._keys, lambda c: c.find_one(condition))
        if document is None:
            return None
        key = from_document(document, ApiKey)
        return None if key.has_expired(now()) else key

    async def record_use(self, digest: str, day: date) -> None:
        """Record that a key was used on a day, unless that day or a later one is recorded."""
        text = day.isoformat()
        async with available_for_writing():
            await self._keys.update_one(
                {"_id": digest, "last_used_on": {"$not": {"$gte": text}}},
                {"$set": {"last_used_on": text}},
            )

    async def list(self) -> list[ApiKey]:
        """All keys, revoked and expired ones included, oldest first."""
        async with available():
            documents = await self._keys.find().sort("issued_at").to_list(None)
        return [from_document(document, ApiKey) for document in documents]

    async def revoke(self, key_or_prefix: str) -> ApiKey:
        """Revoke a key, given whole or as the prefix that `list` shows.

        Raises KeyNotFound unless exactly one valid key matches.
        """
        if is_key(key_or_prefix):
            condition = {"_id": digest(key_or_prefix)}
        elif len(key_or_prefix) == PREFIX_LENGTH:
            condition = {"prefix": key_or_prefix}
        else:
            raise KeyNotFound(
                f"give the whole key or its first {PREFIX_LENGTH} characters, as listed"
            )
        async with available():
            matches = await self._keys.find({**condition, "revoked_at": None}).to_list(2)
            if len(matches) != 1:
                matched = "several valid keys begin" if matches else "no valid key begins"
                raise KeyNotFound(f"{matched} with {key_or_prefix[:PREFIX_LENGTH]}")
            (key,) = matches
            await self._keys.update_one({"_id": key["_id"]}, {"$set": {"revoked_at": now()}})
        return from_document(key, ApiKey)
