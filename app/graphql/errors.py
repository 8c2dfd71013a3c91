"""Errors as an answer shows them: each with a code, and without internals."""

import re
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

from app.domain.errors import RequestError, UnexpectedError

MAX_ERRORS = 20
"""In an answer."""

MAX_MESSAGE = 500
"""Characters: graphql-core repeats values that it refuses, however long they are."""

_SUGGESTION = re.compile(r"[.,;]? did you mean .*", re.IGNORECASE | re.DOTALL)
"""graphql-core keeps most to itself when asked to; a few it always makes, at the end."""


class ReadOnly(RequestError):
    """A mutation where only a query is taken."""

    code = "BAD_REQUEST"
    default_message = "A mutation must be sent by POST."


def shown(errors: Sequence[GraphQLError], code: str = "BAD_USER_INPUT") -> dict[str, Any]:
    """The first errors as an answer has them; nothing when there are none. `code` is for those
    that have no code of their own."""
    return {"errors": [_shown(error, code) for error in errors[:MAX_ERRORS]]} if errors else {}


def _shown(error: GraphQLError, code: str) -> dict[str, Any]:
    """What is unexpected is masked, and the id that the caller gets for it is in the log."""
    cause, message, extensions = error.original_error, error.message, error.extensions or {}
    if cause is not None and not isinstance(cause, GraphQLError | RequestError):
        masked = UnexpectedError(cause)
        message, extensions = str(masked), masked.extensions
    message = _SUGGESTION.sub(".", message)
    if len(message) > MAX_MESSAGE:
        message = f"{message[: MAX_MESSAGE - 1]}…"
    return {**error.formatted, "message": message, "extensions": {"code": code, **extensions}}
