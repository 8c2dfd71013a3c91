"""The size of an answer: a budget of bytes, charged before the memory is spent.

The documents that an answer is made of and the values of its fields are charged alike. The budget
takes its bytes from the room that the process has for all its answers, step by step, so that small
answers take little.
"""

import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Protocol, Self, TypeVar

from app.domain.context_values import bound
from app.domain.counters import count_limit
from app.domain.errors import DomainError, TooComplex, Unavailable

MAX_ANSWER_BYTES = 16 * 1024 * 1024

FREE = 64 * 1024
"""Bytes that every answer may have, however little room is left."""

STEP = 256 * 1024
"""Bytes that are taken from the room at a time."""

NO_ROOM = (
    "The server has no memory for the answer at the moment; try again. The operation has stopped, "
    "and some of its mutations may have been carried out."
)

Path = list[str | int]
T = TypeVar("T")


class Room(Protocol):
    """The bytes that an answer may take of those that the process has for all its answers."""

    def take(self, size: int) -> bool:
        """Takes bytes; False if there are too few."""

    async def reserve(self, size: int) -> None:
        """Gives back what was taken, and waits until `size` bytes can be taken at once."""


class Unlimited:
    """Room without an end, for answers outside of a server."""

    def take(self, size: int) -> bool:
        """Always True."""
        return True

    async def reserve(self, size: int) -> None:
        """Returns at once."""


class AnswerAborted(DomainError):
    """The answer cannot be completed, so its execution ends. `path` is that of the field."""

    path: Path | None = None

    def forget(self) -> None:
        """Drops the traceback, whose frames hold what there is of the answer, in a cycle."""
        self.__traceback__ = None


class AnswerTooLarge(AnswerAborted, TooComplex):
    """The answer exceeds its budget of `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The answer takes more than {limit:,} bytes, including the stored documents that it "
            "is made of. Request fewer templates or revisions at once (first, last), or fewer "
            "fields and aliases."
        )
        self.limit = limit


class NoRoom(AnswerAborted):
    """Other answers have taken the room that this one needs."""


class AnswerBudget:
    """The bytes that an answer has used, and those that it may use before it asks for more."""

    __slots__ = ("_limit", "_room", "granted", "used")

    def __init__(self, limit: int, room: Room, *, reserved: bool = False) -> None:
        self._limit = limit
        self._room = room
        self.granted = limit if reserved else min(FREE, limit)
        self.used = 0

    @classmethod
    def unlimited(cls) -> Self:
        """A budget that is never spent."""
        return cls(sys.maxsize, Unlimited(), reserved=True)

    def charge(self, size: int) -> None:
        """Uses bytes. Raises AnswerAborted, then at every further call, too."""
        self.used += size
        if self.used > self.granted:  # Also inline where it is called for every field.
            self.extend()

    def extend(self) -> None:
        """Takes room for what is used. Raises AnswerAborted."""
        missing = self.used - self.granted
        step = min(-(-missing // STEP) * STEP, self._limit - self.granted)
        if self.used > self._limit:
            self.granted = -1
            raise AnswerTooLarge(self._limit)
        if self.granted < 0 or not self._room.take(step):
            self.granted = -1
            raise NoRoom
        self.granted += step

    def rewind(self, used: int) -> None:
        """Gives back all but the first `used` bytes: what they were for is not kept."""
        self.used = min(self.used, used)


_current: ContextVar[AnswerBudget | None] = ContextVar("answer_budget", default=None)


def answer_budget(budget: AnswerBudget) -> AbstractContextManager[None]:
    """Inside, and in tasks started inside, `charge` takes from the budget."""
    return bound(_current, budget)


def current_budget() -> AnswerBudget | None:
    """The budget of the current operation; None outside of one."""
    return _current.get()


def charge(size: int) -> None:
    """Takes bytes from the budget of the current operation, if any. Raises AnswerAborted."""
    if (budget := _current.get()) is not None:
        budget.charge(size)


def charged() -> int:
    """The bytes that the current operation has taken from its budget."""
    return 0 if (budget := _current.get()) is None else budget.used


def rewind(used: int) -> None:
    """Gives back to the budget of the current operation all but the first `used` bytes."""
    if (budget := _current.get()) is not None:
        budget.rewind(used)


async def within_budget(
    work: Callable[[], Awaitable[T]], limit: int, room: Room, *, is_write: bool
) -> T:
    """The result of work whose answer may take `limit` bytes. Work for which there is no room waits
    for it, and begins again, unless it writes. Raises AnswerTooLarge, Unavailable, and what the
    work raises."""
    try:
        with answer_budget(AnswerBudget(limit, room)):
            return await work()
    except NoRoom as no_room:
        no_room.forget()
        count_limit("memory for answers")
        if is_write:
            raise Unavailable(NO_ROOM) from None
    await room.reserve(limit)
    with answer_budget(AnswerBudget(limit, room, reserved=True)):
        return await work()
