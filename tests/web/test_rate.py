"""The rate limit of a key, which does not concern made-up keys."""

from collections.abc import Mapping
from typing import Any

import httpx
from starlette.applications import Starlette

from app.domain.api_key import new_key
from app.main import create_app
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from tests.conftest import Caller, logging_in

VIEWER = "{ viewer { identityId } }"


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


async def test_made_up_keys_are_rejected_without_a_limit(
    app: Starlette, mongomock: Database
) -> None:
    answers = [await Caller(app, new_key()).post(VIEWER) for _ in range(100)]
    unseen = await logging_in(app, ApiKeyStore(mongomock))()

    assert {answer.status_code for answer in answers} == {401}
    assert (await unseen.post(VIEWER)).status_code == 200


async def test_a_made_up_key_does_not_count_as_a_request(mongomock: Database) -> None:
    app, made_up = create_app(Settings(rate_limit="1/hour"), mongomock), new_key()

    answers = [await Caller(app, made_up).post(VIEWER) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [401] * 3
