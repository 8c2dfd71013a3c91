"""Rate limits: requests of one key, and unknown keys from one address."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from app.domain.api_key import new_key
from app.main import create_app
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from app.web import rate
from tests.builders import a_viewer
from tests.conftest import Caller, logging_in

VIEWER = "{ viewer { identityId } }"


async def ask(app: Starlette, key: str | None, client: str, query: str = VIEWER) -> httpx.Response:
    headers = {} if key is None else {"x-api-key": key}
    transport = httpx.ASGITransport(app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        return await http.post("/graphql", json={"query": query}, headers=headers)


def rate_limited(answer: httpx.Response) -> Mapping[str, Any]:
    """The error of a 429 response that has Retry-After."""
    assert answer.status_code == 429
    assert answer.headers["retry-after"].isdecimal()
    error: Mapping[str, Any]
    (error,) = answer.json()["errors"]
    assert answer.json().keys() == {"errors"}
    return error


async def test_only_the_key_over_its_rate_limit_is_limited(mongomock: Database) -> None:
    app = create_app(Settings(rate_limit="2/hour"), mongomock)
    login = logging_in(app, ApiKeyStore(mongomock))
    ann, bob = await login(), await login()

    served = [(await ann.post(query)).status_code for query in (VIEWER, "{")]
    over = await ann.post(VIEWER)
    other = await bob.post(VIEWER)

    assert served == [200, 200]
    assert rate_limited(over) == {
        "message": "Over the limit of 2 requests per hour for a key.",
        "extensions": {"code": "RATE_LIMITED", "retryable": True},
    }
    assert 1 <= int(over.headers["retry-after"]) <= 7_200
    assert other.status_code == 200


async def test_there_is_no_rate_limit_by_default(ann: Caller) -> None:
    assert {(await ann.post(VIEWER)).status_code for _ in range(50)} == {200}


async def test_an_address_that_tries_keys_is_slowed_but_valid_keys_work(
    app: Starlette, mongomock: Database
) -> None:
    valid, unseen = new_key(), new_key()
    for key in (valid, unseen):
        await ApiKeyStore(mongomock).add(key, a_viewer())
    await ask(app, valid, "192.0.2.1")

    tried = [
        (await ask(app, key, "192.0.2.1")).status_code
        for key in (new_key() for _ in range(rate.MAX_FAILURES))
    ]
    trickle = await ask(app, new_key(), "192.0.2.1")  # The one that is looked up in this second.
    over = [await ask(app, key, "192.0.2.1") for key in (new_key(), unseen)]
    seen = await ask(app, valid, "192.0.2.1")
    elsewhere = await ask(app, new_key(), "192.0.2.2")
    keyless = [await ask(app, key, "192.0.2.1") for key in (None, "mt_")]

    assert tried == [401] * rate.MAX_FAILURES
    for answer in (trickle, *over):
        assert rate_limited(answer) == {
            "message": "Over 30 invalid keys within a minute from this address.",
            "extensions": {"code": "RATE_LIMITED", "retryable": True},
        }
        assert answer.headers["retry-after"] == "1"
    assert (seen.status_code, elsewhere.status_code) == (200, 401)
    assert [answer.status_code for answer in keyless] == [401, 401]


async def test_a_new_valid_key_works_from_a_slowed_address(
    app: Starlette, mongomock: Database
) -> None:
    key = new_key()
    await ApiKeyStore(mongomock).add(key, a_viewer())
    for _ in range(rate.MAX_FAILURES):
        await ask(app, new_key(), "192.0.2.1")

    assert (await ask(app, key, "192.0.2.1")).status_code == 200
    assert rate_limited(await ask(app, new_key(), "192.0.2.1"))


async def test_a_slowed_address_causes_one_lookup_a_second(mongomock: Database) -> None:
    lookups = []

    class Counted(ApiKeyStore):
        async def authenticate(self, key: str) -> Any:
            lookups.append(key)
            return await super().authenticate(key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.main.ApiKeyStore", Counted)
        app = create_app(Settings(), mongomock)
    for _ in range(100):
        await ask(app, new_key(), "192.0.2.1")

    assert rate.MAX_FAILURES < len(lookups) <= rate.MAX_FAILURES + 10


async def test_failed_keys_expire(mongomock: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(rate, "time", SimpleNamespace(monotonic=lambda: now))
    app = create_app(Settings(), mongomock)
    for _ in range(rate.MAX_FAILURES):
        await ask(app, new_key(), "192.0.2.1")
    assert rate_limited(await ask(app, new_key(), "192.0.2.1"))

    now += rate.FAILURES_SECONDS + 1

    assert (await ask(app, new_key(), "192.0.2.1")).status_code == 401


async def test_an_ipv6_network_counts_as_one_address(app: Starlette) -> None:
    for i in range(rate.MAX_FAILURES):
        await ask(app, new_key(), f"2001:db8::{i:x}")

    assert rate_limited(await ask(app, new_key(), "2001:db8::ffff"))
    assert (await ask(app, new_key(), "2001:db8:0:1::1")).status_code == 401
