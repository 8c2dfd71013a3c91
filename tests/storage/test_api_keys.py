"""The contract of the store of API keys, on mongomock-motor and on a real mongod."""

import pytest

from app.domain.api_key import new_key
from app.storage import api_keys as module
from app.storage.api_keys import KEYS, ApiKeyStore, KeyNotFound
from app.storage.driver import Database
from tests.builders import a_viewer


@pytest.fixture
def keys(store: Database) -> ApiKeyStore:
    return ApiKeyStore(store)


async def test_only_the_digest_of_a_key_is_stored(keys: ApiKeyStore, store: Database) -> None:
    key, viewer = new_key(), a_viewer(a1="write", a2="read")

    await keys.add(key, viewer)

    assert await keys.authenticate(key) == viewer
    assert key not in str(await store[KEYS].find().to_list(None))


async def test_an_unknown_key_has_no_owner(keys: ApiKeyStore) -> None:
    await keys.add(new_key(), a_viewer())

    for key in (new_key(), "", "mt_", "x" * 100_000, "mt_é", "\ud800"):
        assert await keys.authenticate(key) is None


async def test_adding_a_key_again_changes_nothing(keys: ApiKeyStore) -> None:
    key = new_key()
    await keys.add(key, a_viewer(a1="read"))
    await keys.add(key, a_viewer(a1="write"))

    assert await keys.authenticate(key) == a_viewer(a1="read")
    assert len(await keys.list()) == 1


async def test_a_revoked_key_is_listed_but_does_not_authenticate(keys: ApiKeyStore) -> None:
    key, other = new_key(), new_key()
    await keys.add(key, a_viewer())
    await keys.add(other, a_viewer())

    revoked = await keys.revoke(key[:11])

    assert revoked.prefix == key[:11]
    assert await keys.authenticate(key) is None
    assert await keys.authenticate(other) is not None
    assert [bool(entry.revoked_at) for entry in await keys.list()] == [True, False]


async def test_a_revoked_key_in_use_stops_working_when_its_cache_entry_expires(
    keys: ApiKeyStore, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, time = new_key(), [0.0]
    monkeypatch.setattr("app.storage.api_keys.time.monotonic", lambda: time[0])
    server = ApiKeyStore(store)
    await server.add(key, a_viewer())
    assert await server.authenticate(key) is not None

    await keys.revoke(key)
    time[0] += module.CACHE_SECONDS + 0.1

    assert module.CACHE_SECONDS <= 30
    assert await server.authenticate(key) is None


async def test_revoking_requires_one_active_key(keys: ApiKeyStore, store: Database) -> None:
    key = new_key()
    await keys.add(key, a_viewer())
    await keys.add(new_key(), a_viewer())

    for named in ("", "m", "mt_", key[:10], key[:12], key[:11] + "x" * 33, "mt_" + "." * 8):
        with pytest.raises(KeyNotFound):
            await keys.revoke(named)
    with pytest.raises(KeyNotFound, match="no valid key"):
        await keys.revoke(key[:11] + "x" * 35)
    assert await ApiKeyStore(store).authenticate(key) is not None
    await keys.revoke(key)
    with pytest.raises(KeyNotFound, match="no valid key"):
        await keys.revoke(key)
