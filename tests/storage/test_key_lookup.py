"""Lookups of keys: cached, shared, and bounded in number and time."""

import asyncio
from datetime import timedelta

import pytest

from app.domain.api_key import digest, new_key
from app.domain.errors import Unavailable
from app.storage import key_lookup
from app.storage.api_keys import ApiKey, ApiKeyStore
from app.storage.driver import Database
from app.storage.key_lookup import INVALID_SECONDS, MAX_LOOKUPS, VALID_SECONDS, KeyLookup
from app.storage.wait_budget import WaitBudget
from tests.builders import a_viewer
from tests.storage.keys import Clock, added, settled


class CountingStore(ApiKeyStore):
    """Counts lookups, and lets them end only while `open` is set."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.open = asyncio.Event()
        self.open.set()
        self.looked_up: list[str] = []
        self.running = self.most = 0

    async def find_valid(self, digest: str) -> ApiKey | None:
        self.looked_up.append(digest)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.open.wait()
            return await super().find_valid(digest)
        finally:
            self.running -= 1


@pytest.fixture
def store(mongomock: Database) -> CountingStore:
    return CountingStore(mongomock)


@pytest.fixture
def lookup(store: CountingStore) -> KeyLookup:
    return KeyLookup(store)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def test_a_valid_key_is_cached_until_revocation_must_take_effect(
    store: CountingStore, lookup: KeyLookup, clock: Clock
) -> None:
    key = new_key()
    await store.add(key, a_viewer())
    owners = [await lookup.owner(digest(key)) for _ in range(3)]
    await store.revoke(key)
    clock.seconds += VALID_SECONDS + 0.1

    assert owners == [a_viewer()] * 3
    assert len(store.looked_up) == 1
    assert await lookup.owner(digest(key)) is None
    assert VALID_SECONDS <= 30


async def test_an_invalid_key_is_cached_and_works_soon_after_it_is_created(
    store: CountingStore, lookup: KeyLookup, clock: Clock
) -> None:
    key = new_key()
    before = [await lookup.owner(digest(key)) for _ in range(3)]
    await store.add(key, a_viewer())
    clock.seconds += INVALID_SECONDS + 0.1

    assert before == [None] * 3
    assert len(store.looked_up) == 1
    assert await lookup.owner(digest(key)) == a_viewer()
    assert INVALID_SECONDS <= 10


async def test_the_cache_of_made_up_keys_is_bounded_and_displaces_no_valid_key(
    store: CountingStore, lookup: KeyLookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_lookup, "MAX_CACHED", 10)
    lookup = KeyLookup(store)
    valid = await added(store)
    first, *others = (digest(new_key()) for _ in range(20))
    for made_up in (valid, first, *others):
        await lookup.owner(made_up)
    store.looked_up.clear()

    for known in (valid, *others[-10:], first):
        await lookup.owner(known)

    assert store.looked_up == [first]


async def test_a_cached_key_stops_working_at_its_expiry(
    store: CountingStore, lookup: KeyLookup, clock: Clock
) -> None:
    key = await added(store, clock.now() + timedelta(seconds=1))
    assert await lookup.owner(key) == a_viewer()

    clock.seconds += 0.999
    assert await lookup.owner(key) == a_viewer()
    clock.seconds += 0.001
    assert await lookup.owner(key) is None
    assert len(store.looked_up) == 1


@pytest.mark.parametrize("is_valid", [True, False])
async def test_concurrent_lookups_of_a_key_are_one(
    store: CountingStore, lookup: KeyLookup, is_valid: bool
) -> None:
    key = await added(store) if is_valid else digest(new_key())

    owners = await asyncio.gather(*(lookup.owner(key) for _ in range(50)))

    assert owners == [a_viewer() if is_valid else None] * 50
    assert len(store.looked_up) == 1


async def test_a_cancelled_lookup_does_not_fail_the_others(
    store: CountingStore, lookup: KeyLookup
) -> None:
    key = await added(store)
    store.open.clear()
    first, *others = (asyncio.create_task(lookup.owner(key)) for _ in range(5))
    await settled()

    first.cancel()
    store.open.set()

    assert await asyncio.gather(*others) == [a_viewer()] * 4
    assert len(store.looked_up) == 2


async def test_lookups_are_bounded_in_number_and_in_order(
    store: CountingStore, lookup: KeyLookup
) -> None:
    made_up = [digest(new_key()) for _ in range(50)]
    valid = await added(store)

    store.open.clear()
    asking = asyncio.gather(*map(lookup.owner, [*made_up, valid]))
    await settled()
    assert store.running == MAX_LOOKUPS
    store.open.set()
    *unknown, owner = await asking

    assert (unknown, owner) == ([None] * 50, a_viewer())
    assert store.most == MAX_LOOKUPS
    assert store.looked_up == [*made_up, valid]


async def test_a_lookup_that_cannot_be_made_in_time_is_unavailable_and_not_cached(
    store: CountingStore, lookup: KeyLookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await added(store)
    store.open.clear()
    with monkeypatch.context() as patch:
        patch.setattr("app.storage.driver.wait_budget", lambda: WaitBudget(0.05))
        asked = (key, key, *(digest(new_key()) for _ in range(2 * MAX_LOOKUPS)))
        outcomes = await asyncio.gather(*map(lookup.owner, asked), return_exceptions=True)
    store.open.set()

    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    assert await lookup.owner(key) == a_viewer()
