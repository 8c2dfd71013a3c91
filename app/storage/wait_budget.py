"""A time budget for waits, for the database and for a turn, shared by all waits of one request."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
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

    @contextmanager
    def charged(self) -> Iterator[float]:
        """Charges the time spent inside; yields the remaining seconds, at least 0."""
        if not self._waits:
            self._since = time.monotonic()
        self._waits += 1
        try:
            yield max(self._left - (time.monotonic() - self._since), 0.0)
        finally:
            self._waits -= 1
            if not self._waits:
                self._left -= time.monotonic() - self._since


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
