"""A time budget for waits, for the database and for a turn, shared by all waits of one request."""

import time
from contextlib import AbstractContextManager
from contextvars import ContextVar

from app.domain.context_values import bound

SECONDS = 4.5
"""The budget of a request: it fails within five seconds when the database is unavailable."""


class WaitBudget:
    """A time budget in seconds. Concurrent waits are charged once, and time between waits (such as
    receiving a body) is not charged."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._waits = 0
        self._since = 0.0

    def charged(self) -> AbstractContextManager[float]:
        """Charges the time spent inside; yields the remaining seconds, at least 0."""
        return _Charged(self)

    def begin(self) -> float:
        """Begins a wait, for which there are so many seconds."""
        now = time.monotonic()
        if not self._waits:
            self._since = now
        self._waits += 1
        return max(self._left - (now - self._since), 0.0)

    def end(self) -> None:
        """Ends a wait."""
        self._waits -= 1
        if not self._waits:
            self._left -= time.monotonic() - self._since


class _Charged:
    __slots__ = ("_budget",)

    def __init__(self, budget: WaitBudget) -> None:
        self._budget = budget

    def __enter__(self) -> float:
        return self._budget.begin()

    def __exit__(self, *_: object) -> None:
        self._budget.end()


_shared: ContextVar[WaitBudget | None] = ContextVar("wait_budget", default=None)


def shared_wait_budget() -> AbstractContextManager[None]:
    """Inside, and in tasks started inside, all waits share one budget."""
    return bound(_shared, WaitBudget(SECONDS))


def waiting() -> AbstractContextManager[float]:
    """Charges the shared budget with the time spent inside; yields the remaining seconds."""
    return wait_budget().charged()


def wait_budget() -> WaitBudget:
    """The shared budget, or a new one outside of `shared_wait_budget`."""
    return _shared.get() or WaitBudget(SECONDS)
