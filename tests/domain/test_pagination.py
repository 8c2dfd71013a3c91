"""Cursors: opaque, ours, and bound to an order."""

from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from app.domain.errors import BadUserInput
from app.domain.model_template import ModelTemplateOrderField, ModelTemplateRevision
from app.domain.pagination import (
    REVISIONS,
    Cursor,
    History,
    ModelTemplateOrder,
    OrderDirection,
    Position,
    Window,
)
from tests.builders import a_template

ORDERS = [
    ModelTemplateOrder(field=field, direction=direction)
    for field in ModelTemplateOrderField
    for direction in OrderDirection
]


@pytest.mark.parametrize("order", ORDERS)
def test_a_cursor_names_a_place_in_its_order(order: ModelTemplateOrder) -> None:
    template = a_template(name="Größe ✨")
    value = getattr(template, order.field.value)

    assert order.position("after", order.cursor(template)) == Position(value=value, id=template.id)
    assert order.position("after", None) is None
    for other in ORDERS:
        if other != order:
            with pytest.raises(BadUserInput, match="not a cursor of this order"):
                other.position("before", order.cursor(template))


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
@pytest.mark.parametrize("order", ORDERS)
def test_an_invalid_cursor_is_an_error_of_its_argument(
    order: ModelTemplateOrder, text: str
) -> None:
    with pytest.raises(BadUserInput, match=r"^after: ") as raised:
        order.position("after", text)

    assert raised.value.extensions == {"code": "BAD_USER_INPUT", "argument": "after"}


@pytest.mark.parametrize(
    "cursor", [Cursor("UPDATED_AT DESC", "yesterday", "1"), Cursor("UPDATED_AT DESC", "", "\0")]
)
def test_a_forged_cursor_is_an_error(cursor: Cursor) -> None:
    order = ModelTemplateOrder(field=ModelTemplateOrderField.UPDATED_AT)

    with pytest.raises(BadUserInput, match="not a cursor"):
        order.position("after", cursor.encode())


def test_a_cursor_of_a_history_is_one_of_a_revision() -> None:
    with pytest.raises(BadUserInput, match="not a cursor"):
        Cursor(REVISIONS, "1", "no revision").revision("after")


def returning(oldest: int) -> Callable[[], Awaitable[int]]:
    async def find_oldest() -> int:
        return oldest

    return find_oldest


@pytest.mark.parametrize(
    ("first", "last", "oldest", "has_next", "has_previous"),
    [
        (9, 7, 1, True, False),
        (9, 1, 1, False, False),
        (8, 2, 1, True, True),
        (1, 1, 1, False, True),
        (9, 7, 6, True, False),
        (8, 7, 7, False, True),
    ],
)
async def test_a_page_of_revisions_has_page_info(
    first: int, last: int, oldest: int, has_next: bool, has_previous: bool
) -> None:
    template = replace(a_template(), revision=10)
    numbers = range(first, last - 1, -1)
    states = [ModelTemplateRevision.of(replace(template, revision=number)) for number in numbers]

    history = History(template, states, returning(oldest))

    assert history.revisions == states
    assert await history.has_next_page() is has_next
    assert await history.has_previous_page() is has_previous
    assert await history.total_count() == 10 - oldest
    assert await history.oldest_revision() == oldest


async def test_an_empty_page_of_revisions_has_no_neighbours() -> None:
    history = History(a_template(), [], returning(1))

    assert await history.has_next_page() is False
    assert await history.has_previous_page() is False
    assert await history.total_count() == 0


def test_a_cursor_of_a_revision_names_it() -> None:
    revision = ModelTemplateRevision.of(replace(a_template(), revision=3))
    cursor = Cursor.of_revision(revision)

    assert Cursor.decode("after", cursor.encode(), REVISIONS) == cursor
    assert cursor.revision("after") == 3


@pytest.mark.parametrize("id", ["1", "12", "123", "1234"])
def test_a_cursor_of_any_length_can_be_decoded(id: str) -> None:
    """Base64 without its padding."""
    cursor = Cursor("NAME ASC", "n", id)

    assert "=" not in cursor.encode()
    assert Cursor.decode("after", cursor.encode(), "NAME ASC") == cursor


def test_a_window_is_the_beginning_of_a_list_unless_told_otherwise() -> None:
    order = ModelTemplateOrder()

    assert (order.field.name, order.direction.name) == ("CREATED_AT", "DESC")
    assert Window(order=order, size=1) == Window(
        order=order, size=1, after=None, before=None, from_end=False
    )
