"""HTTP responses for errors.

Routes raise a RequestError, and the middleware `Deadline` has a Renderer turn it into a response.
Statuses and headers are the same for all APIs; the format of the body belongs to each.
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from app.domain.errors import RateLimited, RequestError
from app.domain.json_text import to_json
from app.graphql.errors import ReadOnly, naming_request
from app.web.negotiation import JSON, accepted, media_type

Renderer = Callable[[HTTPConnection, RequestError], Response]
"""Makes the response to a request that failed as a whole."""

STATUSES = {
    "PERSISTED_QUERY_NOT_SUPPORTED": 200,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "RATE_LIMITED": 429,
    "INTERNAL_SERVER_ERROR": 500,
    "UNREADABLE": 500,
    "SERVICE_UNAVAILABLE": 503,
}
"""HTTP statuses by error code; all other codes have 400."""


class BadRequest(RequestError):
    """The request violates HTTP or cannot be parsed; the response has `status` and `headers`."""

    code = "BAD_REQUEST"

    def __init__(
        self, message: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


class TimedOut(RequestError):
    """The request exceeded its deadline and was cancelled."""

    code = "SERVICE_UNAVAILABLE"
    default_message = "The request took too long and was cancelled; try again."

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "retryable": True}


def graphql_error(request: HTTPConnection, error: RequestError) -> Response:
    """The Renderer for GraphQL: an object with `errors`, in the preferred media type."""
    return with_status(
        error, json_response(error_body(error), 400, media_type(accepted(request.scope)))
    )


def error_body(error: RequestError) -> bytes:
    """The JSON of a GraphQL response with a single error."""
    body = {"errors": [{"message": str(error), "extensions": error.extensions}]}
    return to_json(naming_request(body))


def with_status(
    error: RequestError, response: Response, statuses: Mapping[str, int] = STATUSES
) -> Response:
    """The response with the status and the headers of the error."""
    match error:
        case BadRequest():
            response.status_code = error.status
            response.headers.update(error.headers)
        case ReadOnly():
            response.status_code = 405
            response.headers["allow"] = "POST"
        case _:
            response.status_code = statuses.get(error.code, 400)
    if response.status_code == 401:
        response.headers["www-authenticate"] = 'ApiKey realm="model-templates"'
    if isinstance(error, RateLimited):
        response.headers["retry-after"] = str(error.retry_after)
    return response


def json_response(content: bytes, status: int = 200, media_type: str = JSON) -> Response:
    """A response with encoded JSON."""
    return Response(content, status, json_headers(media_type))


def json_headers(media_type: str) -> dict[str, str]:
    """The headers of a response with encoded JSON."""
    return {"content-type": f"{media_type}; charset=utf-8", "cache-control": "no-store"}


async def raise_http_error(_: Request, error: Exception) -> Response:
    """Converts Starlette's errors, such as an unknown path, to BadRequest for the Renderer."""
    assert isinstance(error, HTTPException)  # noqa: S101
    raise BadRequest(error.detail, error.status_code, error.headers)
