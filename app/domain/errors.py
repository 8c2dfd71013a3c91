"""What can go wrong, as values and as exceptions.

    DomainError
    |- Invalid                the input breaks rules: becomes `errors` in a mutation's payload
    `- RequestError           the request as a whole is refused: a top-level GraphQL error
       |- Unauthenticated     no valid key
       |- Forbidden           the key may not do this
       |- BadUserInput        an argument outside what the API takes
       |- RateLimited         too many requests; worth a retry later
       |- Unavailable         the database does not answer; worth a retry
       |- Unreadable          a stored document is damaged
       `- UnexpectedError     a bug

Raise one where the fact is known. HTTP statuses do not live here.
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
    """Why an input was refused."""

    description: str

    def __new__(cls, description: str) -> Self:
        code = object.__new__(cls)
        code._value_ = description
        code.description = description
        return code

    REQUIRED = "The field is needed and is missing or blank."
    INVALID = "The value is not of the form that the field takes."
    OUT_OF_RANGE = "The value is outside the permitted range."
    DUPLICATE = (
        "Two entries that must differ are equal, the name is taken, "
        "or the requestId was used for another input."
    )
    UNKNOWN = "The name is not declared."
    INCONSISTENT = "The value contradicts another field."
    NOT_FOUND = "The thing that the input refers to does not exist."
    STALE = "Someone changed it since the revision that the caller saw."


MAX_VIOLATIONS = 250
"""Of one input. More help nobody, and an input of a megabyte can have as many as it has members."""


class UserError(Struct, frozen=True, kw_only=True):
    """A problem that the caller can fix."""

    code: UserErrorCode
    message: Annotated[str, Meta(description="One sentence for people.")]
    path: Annotated[
        tuple[str, ...],
        Meta(
            description="Where in the input, outermost first, in this schema's names; list "
            "positions are decimal strings. Empty when the whole input is meant."
        ),
    ]


class DomainError(Exception):
    """The root of everything that this service raises on purpose."""


class Invalid(DomainError):
    """The input breaks rules; `errors` has every one of them (up to MAX_VIOLATIONS in
    an input), at least one."""

    def __init__(self, errors: Iterable[UserError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(error.message for error in self.errors))


class RequestError(DomainError):
    """The request is refused as a whole; `code` goes into the answer's extensions."""

    code: str
    default_message: str

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.default_message)

    @property
    def extensions(self) -> dict[str, Any]:
        """What the GraphQL error carries beside the message."""
        return {"code": self.code}


class Unauthenticated(RequestError):
    """One text for every reason, so that a caller cannot probe for keys."""

    code = "UNAUTHENTICATED"
    default_message = "A valid API key is required in the x-api-key header."


class Forbidden(RequestError):
    """The same for an account that does not exist and for one that the key may not use."""

    code = "FORBIDDEN"
    default_message = "The API key does not permit this on that account."


class BadUserInput(RequestError):
    """`argument` is the argument's name in the schema."""

    code = "BAD_USER_INPUT"

    def __init__(self, argument: str, message: str) -> None:
        self.argument = argument
        super().__init__(f"{argument}: {message}")

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "argument": self.argument}


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
    """The database did not answer in time."""

    code = "SERVICE_UNAVAILABLE"
    default_message = "The database is not available at the moment; try again."

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "retryable": True}


class Unreadable(RequestError):
    """A stored document that is no object of its class; `id` is the document's. The log says what
    is wrong with it."""

    code = "UNREADABLE"

    def __init__(self, id: Any, cause: Exception) -> None:
        super().__init__(f"The stored document {id} cannot be read.")
        self.id = str(id)
        log.error("Unreadable document %s: %s", id, cause, extra={"id": self.id})

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "id": self.id}


class UnexpectedError(RequestError):
    """A bug of ours. The caller gets an id; the cause is logged under it."""

    code = "INTERNAL_SERVER_ERROR"

    def __init__(self, cause: BaseException) -> None:
        self.id = token_hex(8)
        super().__init__(f"Unexpected error; its id is {self.id}.")
        log.error("Unexpected error %s", self.id, exc_info=cause, extra={"id": self.id})

    @property
    def extensions(self) -> dict[str, Any]:
        return {**super().extensions, "id": self.id}
