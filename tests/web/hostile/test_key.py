"""Keys of every wrong shape."""

import pytest

from app.domain.api_key import new_key
from tests.web.conftest import Listening
from tests.web.hostile.refused import QUERY, assert_refused
from tests.web.raw import a_post, exchange


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
    answer = exchange(server.port, [a_post(QUERY, f"x-api-key: {key}", key="")])

    assert_refused(answer, 401, "UNAUTHENTICATED")


def test_two_keys_open_nothing(server: Listening) -> None:
    asked = a_post(QUERY, f"x-api-key: {server.ann}", key=server.ann)

    assert_refused(exchange(server.port, [asked]), 401, "UNAUTHENTICATED")
