"""The rate limit of a key, which does not concern made-up keys."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.applications import Starlette

from app.domain.api_key import new_key
from app.domain.errors import RateLimited
from app.graphql.execute import REJECTED_COST
from app.main import create_app
from app.settings import Environment, Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from app.web.rate import KeyRate
from tests.builders import NAMED, a_viewer
from tests.conftest import Caller, Login, logging_in

VIEWER = "{ viewer { identityId } }"


def rate_limited(answer: httpx.Response) -> Mapping[str, Any]:
    """The error of a 429 response that has Retry-After."""
    assert answer.status_code == 429
    assert answer.headers["retry-after"].isdecimal()
    error: Mapping[str, Any]
    (error,) = answer.json()["errors"]
    assert answer.json().keys() == {"errors"}
    return error


def limited(database: Database, rate: str) -> tuple[Starlette, Login]:
    app = create_app(Settings(rate_limit=rate), database)
    return app, logging_in(app, ApiKeyStore(database))


async def statuses(caller: Caller, *queries: str, **variables: Any) -> list[int]:
    return [(await caller.post(query, **variables)).status_code for query in queries]


async def test_only_the_key_over_its_rate_limit_is_limited(mongomock: Database) -> None:
    _, login = limited(mongomock, "4/hour")
    ann, bob = await login(), await login()

    served = await statuses(ann, VIEWER, VIEWER)  # Two fields each.
    over = await ann.post(VIEWER)
    other = await bob.post(VIEWER)

    assert served == [200, 200]
    assert rate_limited(over) == {
        "message": "Over the limit of 4 fields per hour for a key.",
        "extensions": {"code": "RATE_LIMITED", "retryable": True, **NAMED},
    }
    assert 1 <= int(over.headers["retry-after"]) <= 7_200
    assert other.status_code == 200


async def test_an_operation_counts_what_it_costs(mongomock: Database) -> None:
    _, login = limited(mongomock, "20/hour")
    ann, bob, carl, dora = [await login() for _ in range(4)]
    plans = (
        '{ modelTemplates(first: 4) { nodes { launchPlan(name: "a") { env errors { path } } } } }'
    )
    many = await login(a_viewer(**{f"a{number}": "read" for number in range(300)}))

    assert await statuses(ann, plans, VIEWER, VIEWER) == [200, 200, 429]  # 2 + 4 x 4, and 2.
    assert await statuses(bob, "{", "{ nothing }", VIEWER) == [200, 200, 429]  # Ten if rejected.
    assert await statuses(many, "{ modelTemplates { totalCount } }") == [200]  # 2 + 600 / 40
    assert await statuses(many, VIEWER, VIEWER) == [200, 429]
    large = {"unused": "x" * 64_000}  # 16 x 4 KB
    assert await statuses(carl, VIEWER, VIEWER, **large) == [200, 429]
    json = {"content-type": "application/json"}
    broken = [
        (await dora.http.post("/graphql", content=b"{", headers=json)).status_code for _ in range(3)
    ]
    assert broken == [400, 400, 429]


async def test_an_answer_tells_what_is_left(mongomock: Database, ann: Caller) -> None:
    _, login = limited(mongomock, "20/minute")
    bob = await login()

    answers = [await bob.post(VIEWER) for _ in range(2)]

    assert [answer.headers["ratelimit"] for answer in answers] == ['"key";r=18', '"key";r=16']
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"key";q=20;w=60'}
    assert "ratelimit" not in (await ann.post(VIEWER)).headers


@pytest.mark.slow
async def test_an_operation_that_costs_more_than_the_limit_takes_all_of_it(
    mongomock: Database,
) -> None:
    _, login = limited(mongomock, "1/second")
    ann = await login()

    over = await statuses(ann, VIEWER, VIEWER)
    deadline = time.monotonic() + 10
    while (answer := await ann.post(VIEWER)).status_code == 429:
        assert time.monotonic() < deadline
        await asyncio.sleep(int(answer.headers["retry-after"]))

    assert over == [200, 429]


@pytest.mark.parametrize("used", [1, 55, 100])
def test_after_the_announced_time_the_key_can_pay(used: int) -> None:
    clock = [1_000_000.0]
    in_time, early = [KeyRate("100/minute", lambda: clock[0]) for _ in range(2)]
    for rate in (in_time, early):
        rate.charge("a", used)
    clock[0] += 40
    for rate in (in_time, early):
        rate.charge("a", 100 - used or 1) if used < 100 else None
        with pytest.raises(RateLimited) as over:
            rate.charge("a", 70)

    clock[0] += over.value.retry_after - 4  # Seconds are rounded up, and counts down.
    with pytest.raises(RateLimited):
        early.charge("a", 70)  # Which costs something, too.
    clock[0] += 4

    in_time.charge("a", 70)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 0, 1, 20, 63.875, 64, 65, 127, 128, 200]),
            st.sampled_from("ab"),
            st.integers(1, 120),
        ),
        max_size=40,
    )
)
def test_it_counts_as_the_library_does(steps: list[tuple[float, str, int]]) -> None:
    """Whose counter is the reference. All numbers have exact fractions, as 64 is a power of two."""
    limit, clock = "100 per 64 seconds", [64_000.0]
    rate, item = KeyRate(limit, lambda: clock[0]), parse(limit)
    with patch("limits.storage.memory.time.time", lambda: clock[0]):
        reference = SlidingWindowCounterRateLimiter(MemoryStorage())
        for seconds, key, cost in steps:
            clock[0] += seconds
            assert rate.left(key) == reference.get_window_stats(item, key).remaining
            try:
                rate.charge(key, cost)
            except RateLimited:
                assert not reference.hit(item, key, cost=min(cost, 100))
                left = reference.get_window_stats(item, key).remaining
                reference.hit(item, key, cost=min(REJECTED_COST, left))
            else:
                assert reference.hit(item, key, cost=min(cost, 100))


def test_it_forgets_keys_that_have_been_idle_for_two_windows() -> None:
    clock = [0.0]
    rate = KeyRate("100/second", lambda: clock[0])
    for number in range(100_000):
        clock[0] += 0.001
        rate.charge(str(number), 1)

    assert rate.keys() <= 2_000
    clock[0] += 2
    rate.check("a")
    assert rate.keys() == 0


async def test_an_operation_over_the_limit_costs_something(mongomock: Database) -> None:
    _, login = limited(mongomock, "110/hour")
    ann = await login()
    large = {"unused": "x" * 4 * 95_000}

    assert await statuses(ann, VIEWER, VIEWER, **large) == [200, 429]  # 97, and 10 of 13.
    assert await statuses(ann, VIEWER, VIEWER) == [200, 429]  # 2, and 1, which was left.


async def test_a_mutation_with_get_costs_what_rejected_operations_do(mongomock: Database) -> None:
    _, login = limited(mongomock, "20/hour")
    ann = await login()
    mutation = {"query": "mutation { __typename }"}

    answers = [await ann.http.get("/graphql", params=mutation) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [405, 405, 429]


async def test_there_is_no_rate_limit_in_development(ann: Caller) -> None:
    assert {(await ann.post(VIEWER)).status_code for _ in range(50)} == {200}


@pytest.mark.parametrize(
    ("given", "environment", "rate"),
    [
        (None, Environment.DEVELOPMENT, None),
        (None, Environment.PRODUCTION, "60000/minute"),
        ("600/minute", Environment.PRODUCTION, "600/minute"),
        ("600/minute", Environment.DEVELOPMENT, "600/minute"),
        ("none", Environment.PRODUCTION, None),
        ("off", Environment.PRODUCTION, None),
    ],
)
def test_production_has_a_limit_by_default(
    given: str | None, environment: Environment, rate: str | None
) -> None:
    assert Settings(rate_limit=given, environment=environment).key_rate == rate


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
