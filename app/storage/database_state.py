"""Whether the database accepts writes, as the driver's monitor sees it, and a line in the log when
that changes.

The monitor notices a broken connection at once, and a server that does not answer within some
twelve seconds.
"""

import logging
import time
from collections.abc import Callable

from pymongo.client_options import ClientOptions
from pymongo.monitoring import (
    TopologyClosedEvent,
    TopologyDescriptionChangedEvent,
    TopologyListener,
    TopologyOpenedEvent,
)
from pymongo.topology_description import TopologyDescription

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())  # Commands, which configure no logs, report it themselves.


class DatabaseState(TopologyListener):
    """Whether there is a server that accepts writes. With `logs`, logs its loss and its return: of
    several processes, only one should."""

    def __init__(self, *, logs: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self._logs = logs
        self._clock = clock
        self._was_up = False
        self._lost_at: float | None = None

    def is_up(self) -> bool | None:
        """None before the first connection."""
        return self._lost_at is None if self._was_up else None

    def description_changed(self, event: TopologyDescriptionChangedEvent) -> None:
        """Called by the driver's monitor."""
        now = event.new_description
        if not now.server_descriptions():
            return  # The client has been closed.
        if now.has_writable_server():
            self._found()
        elif self._was_up and self._lost_at is None:
            self._lose(now)

    def _found(self) -> None:
        self._was_up = True
        if self._lost_at is not None:
            if self._logs:
                log.info("The database is back after %.1f s", self._clock() - self._lost_at)
            self._lost_at = None

    def _lose(self, now: TopologyDescription) -> None:
        self._lost_at = self._clock()
        if self._logs:
            errors = {type(s.error).__name__ for s in now.server_descriptions().values() if s.error}
            reason = ", ".join(sorted(errors)) or "it has no primary"
            log.warning("The database is gone (%s). Requests fail until it is back", reason)

    def opened(self, event: TopologyOpenedEvent) -> None:
        """Ignored."""

    def closed(self, event: TopologyClosedEvent) -> None:
        """Ignored."""


def state_of(options: object) -> DatabaseState | None:
    """The state that a client with these options has; None if the client has no connection."""
    listeners = options.event_listeners if isinstance(options, ClientOptions) else []
    return next((each for each in listeners if isinstance(each, DatabaseState)), None)
