"""Cursors: opaque, ours, and bound to an order."""

import pytest

from app.domain.errors import BadUserInput
from app.domain.model_template import ModelTemplateOrderField
from app.domain.pagination import REVISIONS, Cursor, ModelTemplateOrder, OrderDirection, Position
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
            with pytest.raises(BadUserInput, match="another order"):
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
def test_what_is_not_a_cursor_is_refused_by_the_argument(
    order: ModelTemplateOrder, text: str
) -> None:
    with pytest.raises(BadUserInput, match=r"^after: ") as refused:
        order.position("after", text)

    assert refused.value.extensions == {"code": "BAD_USER_INPUT", "argument": "after"}


@pytest.mark.parametrize(
    "cursor", [Cursor("UPDATED_AT DESC", "yesterday", "1"), Cursor("UPDATED_AT DESC", "", "\0")]
)
def test_a_forged_cursor_is_refused(cursor: Cursor) -> None:
    order = ModelTemplateOrder(field=ModelTemplateOrderField.UPDATED_AT)

    with pytest.raises(BadUserInput, match="not a cursor"):
        order.position("after", cursor.encode())


def test_a_cursor_of_a_history_is_one_of_a_revision() -> None:
    with pytest.raises(BadUserInput, match="not a cursor"):
        Cursor(REVISIONS, "1", "no revision").revision("after")
