"""One connection: uvicorn's, with limits on how much header it takes and for how long it waits.
How long an idle connection is kept between two requests stays uvicorn's business.
"""

import asyncio
import logging
import sys
from typing import Any

from httptools import HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from app.domain.errors import RequestError
from app.server.uvicorn_private import PrivateHooks
from app.web.errors import BadRequest, error_body
from app.web.headers import SECURITY
from app.web.negotiation import JSON

log = logging.getLogger(__name__)

MAX_HEADER_BYTES = 16_384
"""The request's target and its headers."""

RECEIVE_SECONDS = 10.0
"""For one whole request, from its first byte (or from the connection) to its last."""

SEND_SECONDS = 60.0
"""For what has been answered to leave: the system takes a few megabytes at once, and the rest of an
answer that nobody reads would stay in memory, past every close."""


class _HeaderTooLarge(Exception):
    pass


class _NoOneHost(Exception):
    """HTTP has such a request refused: two readers may take it for different hosts."""


class Connection(PrivateHooks):
    """Refuses what is too large with 431; closes, with 408, what is too slow; and drops whoever
    does not read."""

    def __init__(
        self,
        *arguments: Any,
        receive_seconds: float = RECEIVE_SECONDS,
        send_seconds: float = SEND_SECONDS,
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        self._receive_seconds = receive_seconds
        self._send_seconds = send_seconds
        self._unread: asyncio.TimerHandle | None = None
        self._answering: RequestResponseCycle | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._is_refused = False
        self._is_receiving = False
        self._header_bytes = 0  # Of this request, as far as it is parsed.
        self._raw_bytes = 0  # The same with what the parser still holds.
        self._body_bytes = 0  # These two count one read from the socket.
        self._begun = 0
        self._data = self._again = b""  # What is read, and what is to be read once more.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # Tell of every byte that the system does not take.
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        self._all_is_sent()
        self.pipeline.clear()
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True  # uvicorn tells only the latest of several.
            self._answering.message_event.set()
        super().connection_lost(exc)

    def request_begins(self, cycle: RequestResponseCycle) -> None:
        self._answering = cycle

    def data_received(self, data: bytes) -> None:
        if self._is_refused or self.transport.is_closing():
            return
        self._expect()
        self._body_bytes, self._begun = 0, int(self._is_receiving)
        self._data = self._again = data
        while self._again and not self._is_refused:
            self._data, self._again = self._again, b""
            super().data_received(self._data)
        # A read that holds parts of several requests cannot be told apart; the next one can.
        if self._is_receiving and self._begun == 1:
            # The framing of a chunked body, and its trailers, may be as large as the body.
            self._raw_bytes += len(data) - 2 * self._body_bytes
            if self._raw_bytes > MAX_HEADER_BYTES:
                self._refuse(431, "The headers are too large.")

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self._send_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._all_is_sent()
        super().resume_writing()

    def _all_is_sent(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_receiving = True
        self._header_bytes = self._raw_bytes = 0
        self._begun += 1
        self._expect()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value) + len(": \r\n"))

    def on_headers_complete(self) -> None:
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            raise _NoOneHost
        if not self._asks_to_upgrade():
            super().on_headers_complete()

    def _asks_to_upgrade(self) -> bool:
        is_connect = self.parser.get_method() == b"CONNECT"
        return not is_connect and self.parser.should_upgrade()

    def upgrade_offered(self) -> None:
        """To another protocol that a client offers (some do with every first request) we say
        nothing, as HTTP permits. The parser takes the body for that protocol's, and stops; so
        another one reads the request, without the offer."""
        stopped = sys.exc_info()[1]
        if not self._asks_to_upgrade() or not isinstance(stopped, HttpParserUpgrade):
            return
        version = self.parser.get_http_version().encode()
        lines = [
            b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version),
            *(b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"),
        ]
        rest = self._data[stopped.args[0] :]
        self.parser = HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # As uvicorn's.
        self._again = b"\r\n".join([*lines, b"", rest])

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._asks_to_upgrade():
            return
        self._is_receiving = False
        self._expect_nothing()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if self._header_bytes > MAX_HEADER_BYTES:
            self._refuse(431, "The headers are too large.")
        else:
            self._refuse(400, msg)

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MAX_HEADER_BYTES:
            raise _HeaderTooLarge  # The parser stops, and send_400_response is called.

    def _expect(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._receive_seconds, self._give_up)

    def _expect_nothing(self) -> None:
        if self._deadline is not None and not self._is_refused:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if not self._is_refused:
            self._refuse(408, "The request did not arrive in time.")
        self.transport.close()

    def _refuse(self, status: int, message: str) -> None:
        """Answer, and take no more. The rest is read and thrown away until the deadline: to close
        while the other side still sends would take the answer away from it."""
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused = True
        log.info("Refused with %d: %s", status, message)
        if not self._is_answering():
            self.transport.write(_answer(BadRequest(message, status), status))
        if self.cycle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()  # TLS.

    def _is_answering(self) -> bool:
        """Whether another answer would be one too many, or stand within another."""
        cycle = self.cycle
        if cycle is None or not cycle.response_started:
            return False
        is_earlier = cycle.scope is not self.scope
        return not (is_earlier and cycle.response_complete)


def _answer(error: RequestError, status: int) -> bytes:
    text = error_body(error)
    headers = {
        "content-type": f"{JSON}; charset=utf-8",
        "content-length": str(len(text)),
        "connection": "close",
        "cache-control": "no-store",
        **SECURITY,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return STATUS_LINE[status] + lines.encode() + b"\r\n" + text
