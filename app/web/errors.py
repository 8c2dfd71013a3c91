"""Errors as HTTP responses.

Code inside a face raises a RequestError, and `Deadline`, which stands around every route, has a
Renderer make the response of it. Statuses and headers are the same for every face; the body is
each face's own.
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from app.domain.errors import RateLimited, RequestError
from app.domain.json_text import to_json
from app.graphql.errors import ReadOnly
from app.web.negotiation import JSON, accepted, media_type

Renderer = Callable[[HTTPConnection, RequestError], Response]
"""How a face answers a request that is refused as a whole."""

_STATUSES = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "RATE_LIMITED": 429,
    "INTERNAL_SERVER_ERROR": 500,
    "UNREADABLE": 500,
    "SERVICE_UNAVAILABLE": 503,
}
"""By code; 400 for every other one."""


class BadRequest(RequestError):
    """The request cannot be read, or HTTP refuses it: `status` and `headers` say how."""

    code = "BAD_REQUEST"

    def __init__(
        self, message: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


class TooSlow(RequestError):
    """The request's time is over; its work has been given up."""

    code = "SERVICE_UNAVAILABLE"
    default_message = "The request took too long and was given up; try again."

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "retryable": True}


def graphql_error(request: HTTPConnection, error: RequestError) -> Response:
    """GraphQL's Renderer: an object with `errors`, in the media type that the caller prefers."""
    return with_status(error, json_response(error_body(error), 400, media_type(accepted(request))))


def error_body(error: RequestError) -> bytes:
    """The JSON of an error as GraphQL has it."""
    return to_json({"errors": [{"message": str(error), "extensions": error.extensions}]})


def with_status(error: RequestError, response: Response) -> Response:
    """The response with the status of the error, and the headers that go with it."""
    match error:
        case BadRequest():
            response.status_code = error.status
            response.headers.update(error.headers)
        case ReadOnly():
            response.status_code = 405
            response.headers["allow"] = "POST"
        case _:
            response.status_code = _STATUSES.get(error.code, 400)
    if response.status_code == 401:
        response.headers["www-authenticate"] = 'ApiKey realm="model-templates"'
    if isinstance(error, RateLimited):
        response.headers["retry-after"] = str(error.retry_after)
    return response


def json_response(content: bytes, status: int = 200, media_type: str = JSON) -> Response:
    """An answer that is JSON already."""
    headers = {"content-type": f"{media_type}; charset=utf-8", "cache-control": "no-store"}
    return Response(content, status, headers)


async def raise_http_error(_: Request, error: Exception) -> Response:
    """Starlette's own errors (an unknown path, a wrong method) as ones that a face renders."""
    assert isinstance(error, HTTPException)  # noqa: S101
    raise BadRequest(error.detail, error.status_code, error.headers)
