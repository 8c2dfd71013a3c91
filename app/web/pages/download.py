"""A downloadable text file."""

from starlette.requests import Request
from starlette.responses import Response


class Text:
    """A constant text, offered for download."""

    def __init__(self, text: str, media_type: str, *, filename: str) -> None:
        self._text = text
        self._headers = {
            "content-type": media_type,
            "content-disposition": f'attachment; filename="{filename}"',
            "cache-control": "no-cache",
        }

    async def answer(self, _: Request) -> Response:
        """The file as a response."""
        return Response(self._text, headers=self._headers)
