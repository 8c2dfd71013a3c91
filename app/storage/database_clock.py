"""The database's clock, by which all servers date templates.

Clients follow lists by time of creation or last change, so a server with a wrong clock of its own
would place templates before or after those of other servers. Each server measures how far its clock
is from the database's whenever the driver checks the connection, which is every ten seconds.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pymongo.client_options import ClientOptions
from pymongo.monitoring import (
    ServerHeartbeatFailedEvent,
    ServerHeartbeatListener,
    ServerHeartbeatStartedEvent,
    ServerHeartbeatSucceededEvent,
)

from app.domain.service import now
from app.domain.timestamps import to_the_millisecond

TOLERATED = timedelta(seconds=5)
"""The difference between the clocks above which a warning is logged."""

Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


class DatabaseClock(ServerHeartbeatListener):
    """The time in UTC by the clock of the database's primary; by `local` until it is known."""

    def __init__(self, local: Clock = now) -> None:
        self._local = local
        self._ahead = timedelta()
        self._has_warned = False

    def __call__(self) -> datetime:
        """The current time, to the millisecond."""
        return to_the_millisecond(self._local() - self._ahead)

    def succeeded(self, event: ServerHeartbeatSucceededEvent) -> None:
        """Called by the driver's monitor with a server's reply to `hello`."""
        time = event.reply.document.get("localTime")
        if not event.reply.is_writable or not isinstance(time, datetime):
            return
        self._ahead = self._local() - time.replace(tzinfo=UTC)
        is_off = abs(self._ahead) > TOLERATED
        if is_off and not self._has_warned:
            log.warning(
                "This machine's clock is %s s %s the database's. Templates get the time of the "
                "database, but keys expire by this machine's clock: correct it",
                f"{abs(self._ahead).total_seconds():,.0f}",
                "ahead of" if self._ahead > timedelta() else "behind",
            )
        self._has_warned = is_off

    def started(self, event: ServerHeartbeatStartedEvent) -> None:
        """Ignored."""

    def failed(self, event: ServerHeartbeatFailedEvent) -> None:
        """Ignored: the last difference still holds."""


def clock_of(options: object) -> Clock:
    """The clock of a client with these options; this machine's if the client has no connection."""
    listeners = options.event_listeners if isinstance(options, ClientOptions) else []
    clocks = (listener for listener in listeners if isinstance(listener, DatabaseClock))
    return next(clocks, now)
