"""A downloadable text file."""

from starlette.requests import Request
from starlette.responses import Response

from app.web.auth import Authentication
from app.web.compression import page_response


class Text:
    """A constant text, offered for download; only to callers with a key, if `authentication` is
    given."""

    def __init__(
        self,
        text: str,
        media_type: str,
        *,
        filename: str,
        authentication: Authentication | None = None,
    ) -> None:
        self._text = text
        self._authentication = authentication
        self._headers = {
            "content-type": media_type,
            "content-disposition": f'attachment; filename="{filename}"',
            "cache-control": "no-cache",
        }

    async def answer(self, request: Request) -> Response:
        """The file as a response. Raises RequestError for a caller without a key."""
        if self._authentication is not None:
            await self._authentication.caller(request.scope)
        return page_response(self._text, self._headers, request.scope)
