"""The contract of the store of API keys, on mongomock-motor and on a real mongod."""

from datetime import date, timedelta

import pytest

from app.domain.access import Viewer
from app.domain.api_key import digest, new_key
from app.domain.service import now
from app.storage import api_keys as module
from app.storage.api_keys import KEYS, ApiKeyStore, KeyNotFound
from app.storage.driver import Database
from tests.builders import a_viewer


@pytest.fixture
def keys(store: Database) -> ApiKeyStore:
    return ApiKeyStore(store)


async def owner(keys: ApiKeyStore, key: str) -> Viewer | None:
    found = await keys.find_valid(digest(key))
    return found and found.viewer()


async def test_only_the_digest_of_a_key_is_stored(keys: ApiKeyStore, store: Database) -> None:
    key, viewer = new_key(), a_viewer(a1="write", a2="read")

    await keys.add(key, viewer)

    assert await owner(keys, key) == viewer
    assert key not in str(await store[KEYS].find().to_list(None))


async def test_an_unknown_key_has_no_owner(keys: ApiKeyStore) -> None:
    await keys.add(new_key(), a_viewer())

    assert await owner(keys, new_key()) is None


async def test_adding_a_key_again_changes_nothing(keys: ApiKeyStore) -> None:
    key = new_key()
    await keys.add(key, a_viewer(a1="read"))
    await keys.add(key, a_viewer(a1="write"))

    assert await owner(keys, key) == a_viewer(a1="read")
    assert len(await keys.list()) == 1


async def test_a_revoked_key_is_listed_but_does_not_authenticate(keys: ApiKeyStore) -> None:
    key, other = new_key(), new_key()
    await keys.add(key, a_viewer())
    await keys.add(other, a_viewer())

    revoked = await keys.revoke(key[:11])

    assert revoked.prefix == key[:11]
    assert await owner(keys, key) is None
    assert await owner(keys, other) is not None
    assert [bool(entry.revoked_at) for entry in await keys.list()] == [True, False]


async def test_a_key_is_valid_until_its_expiry(
    keys: ApiKeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, expires_at = new_key(), now() + timedelta(hours=1)
    await keys.add(key, a_viewer(), expires_at)
    found = await keys.find_valid(digest(key))

    monkeypatch.setattr(module, "now", lambda: expires_at)

    assert found is not None and found.expires_at == expires_at
    assert await keys.find_valid(digest(key)) is None
    assert [entry.expires_at for entry in await keys.list()] == [expires_at]


async def test_the_last_day_of_use_is_recorded(keys: ApiKeyStore) -> None:
    key, unused = new_key(), new_key()
    await keys.add(key, a_viewer())
    await keys.add(unused, a_viewer())

    for day in (date(2027, 1, 9), date(2027, 1, 10), date(2026, 12, 31)):
        await keys.record_use(digest(key), day)
    await keys.record_use(digest(new_key()), date(2027, 1, 9))

    assert [entry.last_used_on for entry in await keys.list()] == [date(2027, 1, 10), None]


async def test_a_key_of_an_older_release_works(keys: ApiKeyStore, store: Database) -> None:
    key = new_key()
    await keys.add(key, a_viewer())

    (document,) = await store[KEYS].find().to_list(None)

    assert not document.keys() & {"expires_at", "last_used_on"}
    assert await owner(keys, key) == a_viewer()


async def test_a_key_of_a_newer_release_works(keys: ApiKeyStore, store: Database) -> None:
    key = new_key()
    await keys.add(key, a_viewer())
    await store[KEYS].update_one({}, {"$set": {"identity_type": "robot", "colour": "red"}})

    found = await owner(keys, key)

    assert found is not None and found.identity_type.value == "robot"
    assert found.accounts == a_viewer().accounts


async def test_revoking_requires_one_active_key(keys: ApiKeyStore, store: Database) -> None:
    key = new_key()
    await keys.add(key, a_viewer())
    await keys.add(new_key(), a_viewer())

    for named in ("", "m", "mt_", key[:10], key[:12], key[:11] + "x" * 33, "mt_" + "." * 8):
        with pytest.raises(KeyNotFound):
            await keys.revoke(named)
    with pytest.raises(KeyNotFound, match="no valid key"):
        await keys.revoke(key[:11] + "x" * 35)
    assert await owner(ApiKeyStore(store), key) is not None
    await keys.revoke(key)
    with pytest.raises(KeyNotFound, match="no valid key"):
        await keys.revoke(key)
