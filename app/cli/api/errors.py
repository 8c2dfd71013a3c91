"""The errors of operations that commands send."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.cli.context import UNREACHABLE, CommandError
from app.domain.characters import escaped

REFUSED_CODES = {"UNAUTHENTICATED", "FORBIDDEN"}

NOT_TEXT = "nothing was sent: an argument or a variable is not UTF-8 text"

TEMPORARY_CODES = {"RATE_LIMITED", "SERVICE_UNAVAILABLE"}
"""Codes of errors that may be over if the operation is repeated."""


class Unreachable(CommandError):
    """The server does not answer, or what answers is no server of model templates."""

    exit_status = UNREACHABLE


class KeyRefused(CommandError):
    """The server refuses the API key, or does not permit its owner what the operation does."""

    exit_status = UNREACHABLE


class OperationFailed(CommandError):
    """The answer has GraphQL errors. `code` is that of the first."""

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        self.code = code_of(errors)
        super().__init__("; ".join(map(_text, errors)))


def encoded(query: str, variables: Mapping[str, Any]) -> bytes:
    """An operation as JSON. Raises CommandError for bytes of a command line that are no text."""
    try:
        return msgspec.json.encode({"query": query, "variables": variables})
    except UnicodeEncodeError:
        raise CommandError(NOT_TEXT) from None


def failure(errors: Sequence[Mapping[str, Any]]) -> CommandError:
    """The exception for an answer with these errors, of which there is at least one."""
    if (code := code_of(errors)) in REFUSED_CODES:
        return KeyRefused(_text(errors[0]))
    return Unreachable(_text(errors[0])) if code in TEMPORARY_CODES else OperationFailed(errors)


def code_of(errors: Sequence[Mapping[str, Any]]) -> str | None:
    """The code of the first error that has one."""
    codes = ((error.get("extensions") or {}).get("code") for error in errors)
    return next((code for code in codes if isinstance(code, str)), None)


def _text(error: Mapping[str, Any]) -> str:
    path = ".".join(map(str, error.get("path") or ()))
    message = str(error.get("message") or "an error without a message")
    return escaped(f"{path}: {message}" if path else message)
