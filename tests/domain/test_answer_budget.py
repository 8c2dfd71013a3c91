"""The budget of an answer, and what it takes from the room for all answers."""

import pytest

from app.domain.answer_budget import (
    FREE,
    STEP,
    AnswerBudget,
    AnswerTooLarge,
    NoRoom,
    Unlimited,
    answer_budget,
    charge,
    charged,
    rewind,
)
from tests.builders import a_room

LIMIT = 4 * STEP


def test_small_answers_take_nothing_from_the_room() -> None:
    room = a_room(0)
    budget = AnswerBudget(LIMIT, room)

    budget.charge(FREE)

    assert (budget.used, room.taken) == (FREE, [])


def test_larger_answers_take_room_step_by_step() -> None:
    room = a_room(LIMIT)
    budget = AnswerBudget(LIMIT, room)

    budget.charge(FREE + 1)
    budget.charge(STEP)
    budget.charge(2 * STEP)

    assert room.taken == [STEP, STEP, 2 * STEP - FREE]
    with pytest.raises(NoRoom):
        AnswerBudget(LIMIT, room).charge(FREE + 1)


def test_an_answer_may_take_its_limit_and_nothing_after_more() -> None:
    budget = AnswerBudget(LIMIT, Unlimited())
    budget.charge(LIMIT)

    with pytest.raises(AnswerTooLarge) as too_large:
        budget.charge(1)
    with pytest.raises(AnswerTooLarge):
        budget.charge(0)

    assert too_large.value.limit == LIMIT
    assert "1,048,576 bytes" in str(too_large.value)


def test_a_reserved_budget_asks_for_nothing() -> None:
    budget = AnswerBudget(LIMIT, a_room(0), reserved=True)

    budget.charge(LIMIT)

    with pytest.raises(AnswerTooLarge):
        budget.charge(1)


def test_a_budget_without_room_stays_so() -> None:
    budget = AnswerBudget(LIMIT, a_room(0))

    for _ in range(2):
        with pytest.raises(NoRoom):
            budget.charge(FREE + 1)


def test_charges_go_to_the_budget_of_the_operation() -> None:
    with answer_budget(AnswerBudget(LIMIT, Unlimited())):
        charge(5)
        before = charged()
        charge(7)
        after = charged()
        rewind(before)
        rewind(100)

        assert (before, after, charged()) == (5, 12, 5)
    charge(LIMIT + 1)
    rewind(0)
    assert charged() == 0
