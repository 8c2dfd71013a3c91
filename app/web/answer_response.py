"""The response with an answer, sent piece by piece, as fast as the client reads."""

from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.web.answer_memory import Share

PIECE = 256 * 1024
"""Bytes that are passed to the connection at a time; it waits until they are read."""


class AnswerResponse(Response):
    """Keeps the share of its answer until the client has read it or is gone."""

    def __init__(
        self, content: bytes, status_code: int, headers: Mapping[str, str], share: Share
    ) -> None:
        super().__init__(content, status_code, headers)
        self._share = share

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            start = {"type": "http.response.start", "status": self.status_code}
            await send({**start, "headers": self.raw_headers})
            for begin in range(0, len(self.body), PIECE):
                piece = bytes(self.body[begin : begin + PIECE])
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            # The connection takes the end only after everything before it has been read.
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._share.release()
