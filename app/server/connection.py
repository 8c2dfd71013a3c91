"""uvicorn's HTTP connection, with limits on header size and on the time to receive and send.

`draining` closes connections that are idle between requests.
"""

import asyncio
import logging
import re
import sys
from typing import Any

from httptools import HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from app.domain.counters import count
from app.domain.errors import RequestError
from app.domain.request_facts import answering
from app.server.draining import Draining
from app.server.uvicorn_private import PipelineFlow
from app.web.errors import BadRequest, error_body
from app.web.headers import SECURITY
from app.web.negotiation import JSON
from app.web.request_log import REQUEST_ID, new_facts

log = logging.getLogger(__name__)

MAX_HEADER_BYTES = 16_384
"""The size of a request's target and headers."""

_SEPARATORS = len(": \r\n")

HEAD_BYTES = 2_048
"""Output that uvloop need not pass to the socket at once: the head of a response, which it then
sends together with the body. A client that does not read can have as much left for it in memory."""

RECEIVE_SECONDS = 10.0
"""The time to receive a request, from its first byte, or from the connection, to its last."""

MAX_PIPELINED = 8
"""Requests of a connection that wait for the response to the one before them, and about how many
are parsed. The others stay unparsed, and then in the socket."""

PIECE_BYTES = 2_048
"""Input that is parsed at a time: it may hold 80 requests."""

SEND_SECONDS = 60.0
"""The time for a client to read a whole response that exceeds the socket's buffer; without a limit,
unread responses would stay in memory."""


class _HeaderTooLarge(Exception):
    pass


class _AmbiguousHost(Exception):
    """The request has several Host headers, or none in HTTP/1.1; RFC 9112 requires a 400."""


class Connection(Draining):
    """Rejects large headers with 431 and slow requests with 408; drops clients that do not read.

    Pipelined requests are parsed as earlier ones are answered, and nothing is read meanwhile.
    """

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
        self._send_deadline: asyncio.TimerHandle | None = None
        self._sent_late: RequestResponseCycle | None = None  # What _send_deadline applies to.
        self._is_paused = False
        self._current: RequestResponseCycle | None = None
        self._receive_deadline: asyncio.TimerHandle | None = None
        self._is_rejected = False
        self._is_whole = True  # Whether all input belongs to requests that have arrived.
        self._unparsed = bytearray()
        self._header_bytes = 0  # Parsed so far, of this request.
        self._raw_bytes = 0  # Including what the parser has buffered.
        self._body_bytes = 0  # This and the next count one piece.
        self._requests_begun = 0
        self._data = self._replay = b""  # The current input, and input to parse again.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = PipelineFlow(transport, self.pipeline)
        # pause_writing follows once the socket is full. The head of a response waits for its body.
        transport.set_write_buffer_limits(HEAD_BYTES, 0)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        self._stop_send_deadline()
        self.pipeline.clear()
        self._unparsed.clear()
        if self._current is not None and not self._current.response_complete:
            self._current.disconnected = True  # uvicorn only notifies the latest of several.
            self._current.message_event.set()
        super().connection_lost(exc)

    def request_begins(self, cycle: RequestResponseCycle) -> None:
        self._current = cycle

    def data_received(self, data: bytes) -> None:
        self._unparsed += data
        self._parse()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._parse()

    def _parse(self) -> None:
        """Parses input until many requests wait."""
        while self._unparsed and len(self.pipeline) < MAX_PIPELINED:
            if self._is_rejected or self._is_ending():
                self._unparsed.clear()
                return
            piece = bytes(self._unparsed[:PIECE_BYTES])
            del self._unparsed[:PIECE_BYTES]
            self._parse_piece(piece)

    def _parse_piece(self, data: bytes) -> None:
        self._is_whole = False
        self._body_bytes, self._requests_begun = 0, int(self._is_receiving)
        self._data = self._replay = data
        while self._replay and not self._is_rejected:
            self._data, self._replay = self._replay, b""
            super().data_received(self._data)
        # A piece with parts of several requests cannot be attributed; the next one can.
        if self._is_receiving and self._requests_begun == 1:
            # Chunk framing and trailers may be as large as the body itself.
            self._raw_bytes += len(data) - 2 * self._body_bytes
            if self._raw_bytes > MAX_HEADER_BYTES:
                self._reject(431, "The headers are too large.")
        # Most requests are whole by now, and timers cost more than to parse them.
        if not self._is_whole or self._is_rejected:
            self._start_deadline()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._is_paused = True
        if self._send_deadline is None or self._sent_late is not self._current:
            self._stop_send_deadline()
            self._sent_late = self._current
            self._send_deadline = self.loop.call_later(self._send_seconds, self._drop)

    def resume_writing(self) -> None:
        self._is_paused = False
        if self._sent_late is None or self._sent_late.response_complete:
            self._stop_send_deadline()  # Otherwise more of the response follows.
        super().resume_writing()

    def _drop(self) -> None:
        is_sent = self._sent_late is None or self._sent_late.response_complete
        if self._is_paused or not is_sent:
            self.transport.abort()

    def _stop_send_deadline(self) -> None:
        if self._send_deadline is not None:
            self._send_deadline.cancel()
            self._send_deadline = None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._header_bytes = self._raw_bytes = 0
        self._requests_begun += 1
        self._is_whole = False

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value) + _SEPARATORS)

    def on_headers_complete(self) -> None:
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            raise _AmbiguousHost
        if (authority := _authority(self.url)) is not None:
            self.headers[:] = [header for header in self.headers if header[0] != b"host"]
            self.headers.append((b"host", authority))
        if not self._asks_to_upgrade():
            super().on_headers_complete()

    def _asks_to_upgrade(self) -> bool:
        return self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"

    def upgrade_offered(self) -> None:
        """Ignores the offer, as HTTP permits; some clients make it with every first request.

        The parser has stopped, as the body might be of the other protocol. So a new parser reads
        the request again, without the Upgrade header.
        """
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
        self._replay = b"\r\n".join([*lines, b"", rest])

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._asks_to_upgrade():
            return
        self._is_whole = True
        self._stop_deadline()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if self._header_bytes > MAX_HEADER_BYTES:
            self._reject(431, "The headers are too large.")
        else:
            self._reject(400, msg)

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MAX_HEADER_BYTES:
            raise _HeaderTooLarge  # Stops the parser; uvicorn then calls send_400_response.

    def _start_deadline(self) -> None:
        if self._receive_deadline is None:
            self._receive_deadline = self.loop.call_later(self._receive_seconds, self._time_out)

    def _stop_deadline(self) -> None:
        if self._receive_deadline is not None and not self._is_rejected:
            self._receive_deadline.cancel()
            self._receive_deadline = None

    def _time_out(self) -> None:
        if self.pipeline and not self._is_rejected:  # It is not read for that reason.
            self._receive_deadline = None
            return self._start_deadline()
        if not self._is_rejected:
            self._reject(408, "The request did not arrive in time.")
        self.transport.close()

    def _reject(self, status: int, message: str) -> None:
        """Send an error response and stop. Input is discarded until the deadline: closing while the
        client still sends would reset the connection, and the client would lose the response."""
        if self._is_rejected or self._is_half_closed or self.transport.is_closing():
            return
        self._is_rejected = True
        with answering(facts := new_facts()):
            log.info("Rejected with %d: %s", status, message)
            if not self._has_responded():
                response = _error_response(BadRequest(message, status), status, facts.id)
                self.transport.write(response)
        count("connections_rejected", str(status))
        if self.cycle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()  # TLS.

    def _has_responded(self) -> bool:
        """Whether a response to this request, or an unfinished one to an earlier, has started."""
        cycle = self.cycle
        if cycle is None or not cycle.response_started:
            return False
        is_earlier = cycle.scope is not self.scope
        return not (is_earlier and cycle.response_complete)


def _authority(target: bytes) -> bytes | None:
    """The host and port in the target of a request to a proxy (`http://a.example/b`), which replace
    the Host header (RFC 9112, 3.2.2); None in an ordinary target."""
    if target.startswith(b"/"):
        return None
    scheme, separator, rest = target.partition(b"://")
    if not separator or not scheme.isalpha():
        return None
    return re.split(rb"[/?#]", rest, maxsplit=1)[0]


def _error_response(error: RequestError, status: int, request_id: str) -> bytes:
    text = error_body(error)
    headers = {
        "content-type": f"{JSON}; charset=utf-8",
        "content-length": str(len(text)),
        "connection": "close",
        "cache-control": "no-store",
        REQUEST_ID: request_id,
        **SECURITY,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return STATUS_LINE[status] + lines.encode() + b"\r\n" + text
