"""The errors of an answer: each has a code, and none reveals internals."""

import re
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

from app.domain.errors import RequestError, UnexpectedError
from app.domain.request_facts import current_facts

MAX_ERRORS = 20
"""Errors in one answer."""

MAX_MESSAGE = 500
"""Characters. graphql-core quotes the values that it rejects in full."""

REQUEST_ID = "xRequestId"
"""The extension with the id of the HTTP request: its header x-request-id. (`requestId` is what the
input of a mutation has.)"""

_SUGGESTION = re.compile(r"[.,;]? did you mean .*", re.IGNORECASE | re.DOTALL)
"""A suggestion that graphql-core appends to a message in spite of `hide_suggestions`."""


class ReadOnly(RequestError):
    """The request contains a mutation but allows only queries, being a GET."""

    code = "BAD_REQUEST"
    default_message = "A mutation must be sent by POST."


def shown(errors: Sequence[GraphQLError], code: str = "BAD_USER_INPUT") -> dict[str, Any]:
    """The `errors` entry of an answer, with at most MAX_ERRORS; empty if there are none. Errors
    without a code get `code`."""
    return {"errors": [_shown(error, code) for error in errors[:MAX_ERRORS]]} if errors else {}


def naming_request(body: dict[str, Any]) -> dict[str, Any]:
    """The body of an answer with the id of the request in each error. Records the first code."""
    if not (errors := body.get("errors")):
        return body
    facts = current_facts()
    facts.fail(_extensions(errors[0]).get("code", ""))
    named = [
        {**error, "extensions": {**_extensions(error), REQUEST_ID: facts.id}} for error in errors
    ]
    return {**body, "errors": named} if facts.id else body


def _extensions(error: dict[str, Any]) -> dict[str, Any]:
    extensions: dict[str, Any] = error.get("extensions", {})
    return extensions


def _shown(error: GraphQLError, code: str) -> dict[str, Any]:
    """Masks unexpected errors: the caller gets an id, under which the error is logged."""
    cause, message, extensions = error.original_error, error.message, error.extensions or {}
    if cause is not None and not isinstance(cause, GraphQLError | RequestError):
        masked = UnexpectedError(cause)
        message, extensions = str(masked), masked.extensions
    message = _SUGGESTION.sub(".", message)
    if len(message) > MAX_MESSAGE:
        message = f"{message[: MAX_MESSAGE - 1]}…"
    return {**error.formatted, "message": message, "extensions": {"code": code, **extensions}}
