"""A text that never changes while the server runs."""

from starlette.requests import Request
from starlette.responses import Response


class Text:
    """A file to download."""

    def __init__(self, text: str, media_type: str, *, filename: str) -> None:
        self._text = text
        self._headers = {
            "content-type": media_type,
            "content-disposition": f'attachment; filename="{filename}"',
            "cache-control": "no-cache",
        }

    async def answer(self, _: Request) -> Response:
        """Always the same."""
        return Response(self._text, headers=self._headers)
