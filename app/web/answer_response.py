"""The response with an answer, sent piece by piece, as fast as the client reads."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.web.answer_memory import Share
from app.web.header_values import Raw

SMALL = 16 * 1024
"""Bytes of an answer that is passed to the connection at once: it may keep them after the share is
given back, which is as much as a request's headers may take."""

PIECE = 256 * 1024
"""Bytes that are passed to the connection at a time; it waits until they are read."""


class AnswerResponse(Response):
    """Keeps the share of its answer until the client has read it or is gone."""

    def __init__(self, content: bytes, status_code: int, headers: Raw, share: Share) -> None:
        # Not by Starlette, which encodes headers, and looks for those that these never have.
        self.body = content
        self.status_code = status_code
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(content))]
        self.background = None
        self._share = share

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code}
        try:
            await send({**start, "headers": self.raw_headers})
            if len(self.body) <= SMALL:
                await send({"type": "http.response.body", "body": self.body})
            else:
                await self._send_pieces(send)
        finally:
            self._share.release()

    async def _send_pieces(self, send: Send) -> None:
        for begin in range(0, len(self.body), PIECE):
            piece = bytes(self.body[begin : begin + PIECE])
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        # The connection takes the end only after everything before it has been read.
        await send({"type": "http.response.body", "body": b"", "more_body": False})
