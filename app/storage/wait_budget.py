"""How long to wait for the database, in one place or in all the places of one request together."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SECONDS = 4.5
"""Nobody waits longer than five seconds to hear that there is no database."""


class WaitBudget:
    """Seconds that are charged by waiting. Waits at the same time spend them once, and what is done
    between two waits (receiving a body, say) spends none."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._waits = 0
        self._since = 0.0

    @contextmanager
    def charged(self) -> Iterator[float]:
        """Inside, waiting goes on. Gives the seconds that are left for it, 0 for none."""
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


@contextmanager
def shared_wait_budget() -> Iterator[None]:
    """Inside, and in tasks that begin inside, all waits spend the same wait_budget."""
    token = _shared.set(WaitBudget(SECONDS))
    try:
        yield
    finally:
        _shared.reset(token)


def wait_budget() -> WaitBudget:
    """The one that is shared_wait_budget here, else a new one."""
    return _shared.get() or WaitBudget(SECONDS)
