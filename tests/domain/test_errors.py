"""Messages and extensions of errors."""

import logging
from typing import Any

import pytest

from app.domain.errors import (
    BadUserInput,
    Forbidden,
    Invalid,
    RateLimited,
    RequestError,
    Unauthenticated,
    Unavailable,
    UnexpectedError,
    Unreadable,
    UserError,
    UserErrorCode,
)


@pytest.mark.parametrize(
    ("error", "extensions"),
    [
        (Unauthenticated(), {"code": "UNAUTHENTICATED"}),
        (Forbidden(), {"code": "FORBIDDEN"}),
        (BadUserInput("first", "too large"), {"code": "BAD_USER_INPUT", "argument": "first"}),
        (RateLimited("Slower.", 1), {"code": "RATE_LIMITED", "retryable": True}),
        (Unavailable(), {"code": "SERVICE_UNAVAILABLE", "retryable": True}),
        (Unreadable(7, ValueError("why")), {"code": "UNREADABLE", "id": "7"}),
    ],
)
def test_an_error_has_a_code(error: RequestError, extensions: dict[str, Any]) -> None:
    assert error.extensions == extensions
    assert str(error)


def test_a_message_takes_the_place_of_the_default() -> None:
    assert str(Unavailable("Later.")) == "Later."
    assert str(BadUserInput("first", "too large")) == "first: too large"


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-1, 1), (0, 1), (0.2, 1), (1, 1), (1.01, 2), (2, 2), (59.5, 60)]
)
def test_retry_after_is_in_whole_seconds(seconds: float, expected: int) -> None:
    assert RateLimited("Slower.", seconds).retry_after == expected


def test_an_invalid_input_has_every_error() -> None:
    errors = [
        UserError(code=UserErrorCode.INVALID, message=f"{name}.", path=(name,)) for name in "ab"
    ]

    assert Invalid(iter(errors)).errors == tuple(errors)
    assert str(Invalid(errors)) == "a.; b."


def test_an_unexpected_error_is_logged_under_the_id_that_the_caller_gets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cause = ValueError("secret")

    with caplog.at_level(logging.ERROR):
        error = UnexpectedError(cause)

    (record,) = caplog.records
    assert error.extensions == {"code": "INTERNAL_SERVER_ERROR", "id": error.id}
    assert len(bytes.fromhex(error.id)) == 8
    assert error.id in str(error)
    assert "secret" not in str(error)
    assert error.id in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is cause
