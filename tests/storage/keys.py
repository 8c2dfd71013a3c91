"""What tests of keys share: keys, the time, and background tasks."""

import asyncio
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from app.domain.api_key import digest, new_key
from app.domain.service import now
from app.storage import api_keys, key_lookup
from app.storage.api_keys import ApiKeyStore
from tests.builders import a_viewer


class Clock:
    """The time that caches and expiry go by."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.seconds = now(), 1_000.0
        monkeypatch.setattr(key_lookup, "time", SimpleNamespace(monotonic=lambda: self.seconds))
        for module in (api_keys, key_lookup):
            monkeypatch.setattr(module, "now", self.now)

    def now(self) -> datetime:
        return self.begun + timedelta(seconds=self.seconds - 1_000)


async def added(store: ApiKeyStore, expires_at: datetime | None = None) -> str:
    """The digest of a new valid key."""
    key = new_key()
    await store.add(key, a_viewer(), expires_at)
    return digest(key)


async def settled() -> None:
    """Lets background tasks end; those on mongomock need no other thread."""
    for _ in range(20):
        await asyncio.sleep(0)
