"""Cursors: opaque, ours, and bound to an order."""

import pytest

from app.domain.errors import BadUserInput
from app.domain.page import NEWEST_FIRST, Cursor


def test_a_cursor_comes_back_as_it_was() -> None:
    cursor = Cursor(order=NEWEST_FIRST, id="0192-é")

    assert Cursor.decode("after", cursor.encode(), NEWEST_FIRST) == cursor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        "\ud800",
        "AAAA",
        "W10",
        "WyIiXQ",
        "bnVsbA",
        "a" * 10_000,
        "\n",
        "====",
        "W1tdXQ",
    ],
)
def test_what_is_not_a_cursor_is_refused_by_the_argument(text: str) -> None:
    with pytest.raises(BadUserInput, match=r"^after: ") as refused:
        Cursor.decode("after", text, NEWEST_FIRST)

    assert refused.value.extensions == {"code": "BAD_USER_INPUT", "argument": "after"}


def test_a_cursor_of_another_order_is_refused() -> None:
    text = Cursor(order="name", id="1").encode()

    with pytest.raises(BadUserInput, match="another order"):
        Cursor.decode("after", text, NEWEST_FIRST)
