"""Errors as HTTP responses: JSON with `errors` and a code, wherever the error comes from."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.domain.errors import RateLimited, RequestError

JSON = "application/json"

_STATUSES = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "RATE_LIMITED": 429,
    "INTERNAL_SERVER_ERROR": 500,
    "UNREADABLE": 500,
    "SERVICE_UNAVAILABLE": 503,
}


class BadRequest(RequestError):
    """Not a GraphQL request as HTTP carries it."""

    code = "BAD_REQUEST"

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class TooSlow(RequestError):
    """The request's time is over; its work has been given up."""

    code = "SERVICE_UNAVAILABLE"
    default_message = "The request took too long and was given up; try again."

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "retryable": True}


def error_response(error: RequestError, media_type: str = JSON) -> Response:
    """The whole answer to a request that was refused."""
    own = getattr(error, "status", None)
    status = own if isinstance(own, int) else _STATUSES.get(error.code, 400)
    response = json_response(error_body(error), status, media_type)
    if status == 401:
        response.headers["www-authenticate"] = 'ApiKey realm="model-templates"'
    if isinstance(error, RateLimited):
        response.headers["retry-after"] = str(error.retry_after)
    return response


def error_body(error: RequestError) -> dict[str, Any]:
    """What a error_response says."""
    return {"errors": [{"message": str(error), "extensions": error.extensions}]}


def json_response(error_body: Mapping[str, Any], status: int, media_type: str = JSON) -> Response:
    """An answer in JSON."""
    # Escaped to ASCII: a message may repeat a lone surrogate, which UTF-8 cannot hold.
    text = json.dumps(error_body, separators=(",", ":"))
    headers = {"content-type": f"{media_type}; charset=utf-8", "cache-control": "no-store"}
    return Response(text, status, headers)


async def http_error(_: Request, error: Exception) -> Response:
    """The router's own errors (unknown path, wrong method), in the form of every other one."""
    assert isinstance(error, HTTPException)  # noqa: S101
    response = error_response(BadRequest(error.detail, error.status_code))
    response.headers.update(error.headers or {})
    return response
