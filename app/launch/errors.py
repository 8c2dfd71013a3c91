"""Errors of launching: expected ones, each with a message that says what is so in Launch."""

from app.domain.errors import DomainError


class LaunchError(DomainError):
    """Launch is not in the state that was asked for."""


class LaunchUnreachable(LaunchError):
    """Launch does not answer, or refuses the API key."""


class RequestRejected(LaunchError):
    """Launch has rejected a request, with this status and detail; nothing was written."""

    def __init__(self, request: str, status: int, detail: str) -> None:
        self.status = status
        self.detail = detail
        super().__init__(f"Launch rejects {request} (status {status}): {detail}")


class OutcomeUnknown(LaunchError):
    """Nobody knows whether a write was done: its answer was lost, or has a status of 500 or more.

    `status` is None if there was no answer."""

    def __init__(self, request: str, status: int | None, detail: str) -> None:
        self.status = status
        self.detail = detail
        answer = "no answer" if status is None else f"status {status}"
        super().__init__(f"Launch did not complete {request} ({answer}): {detail}")


class CannotChange(LaunchError):
    """An endpoint in Launch cannot become the one that was asked for, or only with an option."""


class BuildFailed(LaunchError):
    """The endpoint is there, but its build failed, or somebody else changed or deleted it."""


class NotReadyInTime(LaunchError):
    """The endpoint is there, but was not ready before the deadline."""
