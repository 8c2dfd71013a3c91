"""The error responses of SGP's routes in the OpenAPI document."""

import json

from app.rest.details import NOTHING_HERE, Detail, error_body
from app.rest.json_schemas import REF, JsonSchema
from app.rest.openapi_components import content
from app.rest.sgp_routes import SgpOperation

_ERRORS: dict[int, tuple[str, Detail]] = {
    400: (
        "The body is not JSON, or the connection was closed.",
        Detail([], "The request is not valid JSON.", "bad_request"),
    ),
    401: (
        "The API key is missing or invalid.",
        Detail(
            ["header", "x-api-key"],
            "A valid API key is required in the x-api-key header.",
            "unauthenticated",
        ),
    ),
    403: (
        "The API key does not permit this.",
        Detail([], "The API key does not permit this on that account.", "forbidden"),
    ),
    404: (
        "The caller can read no template with this id.",
        Detail(["path"], NOTHING_HERE, "not_found"),
    ),
    405: (
        "The path has other methods: see the header `allow`.",
        Detail([], "The method is not allowed here.", "bad_request"),
    ),
    409: (
        "Another template has the name. `x-should-retry` is false.",
        Detail(["body", "name"], "name is already used in this account.", "duplicate"),
    ),
    413: (
        "The body is too large.",
        Detail([], "The body is larger than 1,000,000 bytes.", "bad_request"),
    ),
    415: (
        "The body is not JSON by its content type.",
        Detail(
            [], "The content type of the body must be application/json, in UTF-8.", "bad_request"
        ),
    ),
    421: (
        "The server does not answer under this host.",
        Detail(
            [],
            "The server does not answer under this host; MODEL_TEMPLATES_ALLOWED_HOSTS can name "
            "it.",
            "bad_request",
        ),
    ),
    422: (
        "The input violates rules: every violation, each with its place.",
        Detail(["body", "name"], "name is required.", "missing"),
    ),
    429: (
        "The key has spent its rate limit: try again after `retry-after` seconds.",
        Detail([], "Over the limit of 60,000 fields per minute for a key.", "rate_limited"),
    ),
    500: (
        "An unexpected error, under whose id the cause is logged.",
        Detail([], "Unexpected error; its id is 0123456789abcdef.", "internal_server_error"),
    ),
    503: (
        "The database does not answer in time: try again.",
        Detail(
            [], "The database is not available at the moment; try again.", "service_unavailable"
        ),
    ),
}
"""The meaning of each status, and an example."""

_ALWAYS = (400, 401, 403, 405, 421, 422, 429, 500, 503)
_WITH_BODY, _WITH_ID = (409, 413, 415), (404,)


def error_responses() -> dict[str, JsonSchema]:
    """All error responses by name."""
    return {
        _response_name(status, is_v3): _error(status, is_v3=is_v3)
        for status in _ERRORS
        for is_v3 in (False, True)
    }


def errors_of(operation: SgpOperation) -> dict[str, JsonSchema]:
    """The error responses of an operation by status."""
    statuses = [
        *_ALWAYS,
        *(_WITH_BODY if operation.takes_body else ()),
        *(_WITH_ID if "{" in operation.path else ()),
    ]
    return {
        str(status): {"$ref": f"#/components/responses/{_response_name(status, operation.is_v3)}"}
        for status in sorted(statuses)
    }


def _response_name(status: int, is_v3: bool) -> str:
    return f"Error{status}{'V3' if is_v3 else ''}"


def _error(status: int, *, is_v3: bool) -> JsonSchema:
    text, detail = _ERRORS[status]
    names = ["x-request-id", *(["retry-after"] if status == 429 else [])]
    names += ["x-should-retry"] if status == 409 else []
    shown = json.loads(error_body([detail], as_text=is_v3))
    return {
        "description": text,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": content({"$ref": REF + ("ErrorV3" if is_v3 else "Error")}, shown),
    }
