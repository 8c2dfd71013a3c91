"""The day on which a key was last used, recorded in the background of requests."""

import asyncio
from datetime import date, timedelta

import pytest

from app.domain.api_key import digest, new_key
from app.domain.errors import Unavailable
from app.domain.service import now
from app.storage.api_keys import KEYS, ApiKeyStore
from app.storage.driver import Database
from app.storage.key_lookup import VALID_SECONDS, KeyLookup
from tests.builders import a_viewer
from tests.storage.keys import Clock, added, settled


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def days(store: ApiKeyStore) -> list[date | None]:
    await settled()
    return [key.last_used_on for key in await store.list()]


async def test_the_day_of_use_is_recorded_once_a_day(
    mongomock: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    class Recording(ApiKeyStore):
        async def record_use(self, digest: str, day: date) -> None:
            written.append(day)
            await super().record_use(digest, day)

    store = Recording(mongomock)
    lookup, key = KeyLookup(store), await added(store)
    await added(store)
    today = clock.now().date()

    for _ in range(3):
        await lookup.owner(key)
        await lookup.owner(digest(new_key()))
        assert await days(store) == [today, None]
        clock.seconds += VALID_SECONDS + 0.1
    clock.seconds += 86_400
    await lookup.owner(key)

    assert await days(store) == [today + timedelta(days=1), None]
    assert written == [today, today + timedelta(days=1)]


async def test_an_expired_key_is_not_recorded_as_used(mongomock: Database) -> None:
    store = ApiKeyStore(mongomock)

    await KeyLookup(store).owner(await added(store, now()))

    assert await days(store) == [None]


async def test_recording_neither_delays_nor_fails_a_request(
    mongomock: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    fail = asyncio.Event()

    class Failing(ApiKeyStore):
        async def record_use(self, digest: str, day: date) -> None:
            await fail.wait()
            raise Unavailable

    store = Failing(mongomock)
    lookup, key = KeyLookup(store), await added(store)
    assert await lookup.owner(key) == a_viewer()
    fail.set()
    await settled()

    clock.seconds += VALID_SECONDS + 0.1
    assert await lookup.owner(key) == a_viewer()
    assert "The last use of a key was not recorded" in caplog.text
    assert key not in caplog.text


async def test_a_key_of_an_older_release_is_looked_up(mongod: Database) -> None:
    store = ApiKeyStore(mongod)
    key = await added(store)
    await mongod[KEYS].update_one({}, {"$unset": {"expires_at": "", "last_used_on": ""}})

    assert await KeyLookup(store).owner(key) == a_viewer()
