"""Errors: values in a mutation's payload, and exceptions.

    DomainError
    |- Invalid                the input violates rules: `errors` in a mutation's payload
    `- RequestError           the whole request is rejected: a top-level GraphQL error
       |- Unauthenticated     no valid key
       |- Forbidden           the key may not do this
       |- BadUserInput        an argument with an invalid value
       |- TooComplex          the operation is too much work; ask for less at once
       |- RateLimited         too many requests; retry later
       |- Unavailable         the database does not respond; retry
       |- Unreadable          a stored document cannot be decoded
       `- UnexpectedError     a bug

Raise one where the cause is known. HTTP statuses are assigned in `web`.
"""

import logging
from collections.abc import Iterable
from enum import Enum
from math import ceil
from secrets import token_hex
from typing import Annotated, Any, Self

from msgspec import Meta, Struct

log = logging.getLogger(__name__)


class UserErrorCode(Enum):
    """Why an input was rejected."""

    description: str

    def __new__(cls, description: str) -> Self:
        code = object.__new__(cls)
        code._value_ = description
        code.description = description
        return code

    REQUIRED = "The field is required and is missing or blank."
    INVALID = "The value does not have the type or format of the field."
    OUT_OF_RANGE = "The value is outside the permitted range."
    DUPLICATE = (
        "An entry is repeated, the name is already used in the account, "
        "or the requestId was already used for a different input or for a template that was "
        "deleted since."
    )
    UNKNOWN = "The field or parameter does not exist."
    INCONSISTENT = "The value contradicts another field."
    NOT_FOUND = "The object that the input refers to does not exist."
    STALE = "The object has changed since the expected revision."
    QUOTA_EXCEEDED = "The account may not store as much, or as many templates."
    EXPOSED = "The value seems to be a secret, which everyone who can read the template can see."


MAX_VIOLATIONS = 250
"""Violations after which validation stops: an input of 1 MB could have 100,000 of them."""


class UserError(Struct, frozen=True, kw_only=True):
    """An error or warning about an input, which the caller can fix."""

    code: UserErrorCode
    message: Annotated[str, Meta(description="A human-readable sentence.")]
    path: Annotated[
        tuple[str, ...],
        Meta(
            description="Path to the value in the input, outermost name first, in this schema's "
            "names; list indexes are decimal strings. Empty for the whole input."
        ),
    ]


class DomainError(Exception):
    """The base class of the errors that this service raises deliberately."""


class Invalid(DomainError):
    """The input violates rules. `errors` lists the violations, at least one; validation stops at
    MAX_VIOLATIONS."""

    def __init__(self, errors: Iterable[UserError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(error.message for error in self.errors))


class RequestError(DomainError):
    """The whole request is rejected; `code` is part of the error's extensions."""

    code: str
    default_message: str

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.default_message)

    @property
    def extensions(self) -> dict[str, Any]:
        """The `extensions` of the GraphQL error."""
        return {"code": self.code}


class Unauthenticated(RequestError):
    """The API key is missing or invalid; one message for both, so that callers cannot probe for
    keys."""

    code = "UNAUTHENTICATED"
    default_message = "A valid API key is required in the x-api-key header."


class Forbidden(RequestError):
    """The key does not permit the action; the message is the same if the account does not exist."""

    code = "FORBIDDEN"
    default_message = "The API key does not permit this on that account."


class BadUserInput(RequestError):
    """An argument has an invalid value; `argument` is its name in the schema."""

    code = "BAD_USER_INPUT"

    def __init__(self, argument: str, message: str) -> None:
        self.argument = argument
        super().__init__(f"{argument}: {message}")

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "argument": self.argument}


class TooComplex(RequestError):
    """The operation is more work than one may be, which shows only while it is executed."""

    code = "QUERY_TOO_COMPLEX"


class RateLimited(RequestError):
    """Too many requests; `retry_after` is in whole seconds, at least 1."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = max(ceil(retry_after), 1)

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "retryable": True}


class Unavailable(RequestError):
    """The database did not respond in time."""

    code = "SERVICE_UNAVAILABLE"
    default_message = "The database is not available at the moment; try again."

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "retryable": True}


class Unreadable(RequestError):
    """A stored document cannot be decoded; `id` is the document's. The cause is logged."""

    code = "UNREADABLE"

    def __init__(self, id: Any, cause: Exception) -> None:
        super().__init__(f"The stored document {id} cannot be read.")
        self.id = str(id)
        log.error("Unreadable document %s: %s", id, cause, extra={"id": self.id})

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "id": self.id}


class UnexpectedError(RequestError):
    """A bug. The caller gets an id, under which the cause is logged."""

    code = "INTERNAL_SERVER_ERROR"

    def __init__(self, cause: BaseException) -> None:
        self.id = token_hex(8)
        super().__init__(f"Unexpected error; its id is {self.id}.")
        log.error("Unexpected error %s", self.id, exc_info=cause, extra={"id": self.id})

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "id": self.id}
