"""Malformed keys."""

import pytest

from app.domain.api_key import PREFIX
from tests.web.conftest import Listening
from tests.web.hostile.rejection import QUERY, assert_rejected
from tests.web.raw import a_post, exchange

UNKNOWN = PREFIX + "k" * 43


@pytest.mark.parametrize(
    "key",
    [
        "",
        "mt_",
        "null",
        "mt_" + "a" * 42,
        "mt_" + "a" * 44,
        "mt_" + "a" * 10_000,
        UNKNOWN,
        UNKNOWN[3:],
        "MT_" + UNKNOWN[3:],
        UNKNOWN + " " + UNKNOWN,
        UNKNOWN + "," + UNKNOWN,
        "Bearer " + UNKNOWN,
        '{"$ne": null}',
        "mt_" + "é" * 43,
        "' or 1=1 --",
    ],
)
def test_a_malformed_key_is_unauthenticated(server: Listening, key: str) -> None:
    answer = exchange(server.port, [a_post(QUERY, f"x-api-key: {key}", key="")])

    assert_rejected(answer, 401, "UNAUTHENTICATED")


@pytest.mark.parametrize(("before", "after"), [("\t ", " "), ("", "\t"), ("", " " * 1_000)])
def test_white_space_around_a_key_is_no_part_of_it(
    server: Listening, before: str, after: str
) -> None:
    asked = a_post(QUERY, f"x-api-key:{before}{server.ann}{after}", key="")

    assert exchange(server.port, [asked])[0] == 200


def test_two_keys_are_unauthenticated(server: Listening) -> None:
    asked = a_post(QUERY, f"x-api-key: {server.ann}", key=server.ann)

    assert_rejected(exchange(server.port, [asked]), 401, "UNAUTHENTICATED")
