"""Keys of every wrong shape."""

from itertools import count

import pytest

from app.storage.keys import new_key
from tests.web.conftest import Listening
from tests.web.hostile.refused import QUERY, assert_refused
from tests.web.raw import a_post, exchange

ADDRESSES = count(1)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "mt_",
        "null",
        "mt_" + "a" * 42,
        "mt_" + "a" * 44,
        "mt_" + "a" * 10_000,
        new_key(),
        new_key()[3:],
        "MT_" + new_key()[3:],
        new_key() + " " + new_key(),
        new_key() + "," + new_key(),
        "Bearer " + new_key(),
        '{"$ne": null}',
        "mt_" + "é" * 43,
        "' or 1=1 --",
    ],
)
def test_a_key_of_a_wrong_shape_opens_nothing(server: Listening, key: str) -> None:
    # As a proxy says it: one address could not try so many.
    lines = f"x-api-key: {key}", f"x-forwarded-for: 192.0.2.{next(ADDRESSES)}"
    answer = exchange(server.port, [a_post(QUERY, *lines, key="")])

    assert_refused(answer, 401, "UNAUTHENTICATED")


def test_two_keys_open_nothing(server: Listening) -> None:
    asked = a_post(QUERY, f"x-api-key: {server.ann}", key=server.ann)

    assert_refused(exchange(server.port, [asked]), 401, "UNAUTHENTICATED")
