"""The end of connections: none is reset while a request or its response is on the way.

Closing a socket while the client is sending resets the connection. So an idle connection is closed
in one direction first, and input is discarded until the client has closed the other.
"""

import select
from asyncio import TimerHandle
from typing import Any

from app.server.uvicorn_private import PrivateHooks

DRAIN_SECONDS = 1.0
"""How long an idle connection still accepts a request after the server began to shut down."""

LINGER_SECONDS = 1.0
"""The time for a client to close its direction of a connection."""

_CHECK_AGAIN_SECONDS = 0.01


class Draining(PrivateHooks):
    """uvicorn's protocol, which ends idle connections gently.

    At shutdown, requests that have begun to arrive are answered. The response asks the client to
    close the connection (`connection: close`), unless it has begun before.
    """

    def __init__(self, *arguments: Any, drain_seconds: float = DRAIN_SECONDS, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._drain_seconds = drain_seconds
        self._is_draining = False
        self._is_half_closed = False
        self._is_receiving = False
        self._closing: TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_closing()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Called by uvicorn for each connection when the server shuts down."""
        self._is_draining = True
        self._drain()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_receiving = True

    def on_message_complete(self) -> None:
        self._is_receiving = False
        super().on_message_complete()
        self._drain()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._drain()

    def timeout_keep_alive_handler(self) -> None:
        self._close_if_idle()

    def _drain(self) -> None:
        """While the server shuts down: let the response under way be the last, or close later."""
        if not self._is_draining or self._is_receiving or self._is_ending():
            return
        if self._is_idle():
            self._close_later(self._drain_seconds)
        elif not self.cycle.response_started:
            self.cycle.keep_alive = False

    def _is_ending(self) -> bool:
        return self._is_half_closed or self.transport.is_closing()

    def _is_idle(self) -> bool:
        return not self._is_receiving and (self.cycle is None or self.cycle.response_complete)

    def _close_later(self, seconds: float) -> None:
        self._stop_closing()
        self._closing = self.loop.call_later(seconds, self._close_if_idle)

    def _stop_closing(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None

    def _close_if_idle(self) -> None:
        if self._is_ending() or not self._is_idle():
            return
        if _has_input(self.transport.get_extra_info("socket").fileno()):
            self._close_later(_CHECK_AGAIN_SECONDS)
            return
        self._is_half_closed = True
        self.transport.write_eof()
        # Not `close`, which would wait for a client that does not read the end of its response.
        self._closing = self.loop.call_later(LINGER_SECONDS, self.transport.abort)


def _has_input(socket: int) -> bool:
    """Whether a socket has received what has not been read yet, or its end."""
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
