"""The Launch that the settings name."""

from base64 import b64encode

from app.cli.context import UNREACHABLE, CommandError
from app.launch.errors import LaunchError, LaunchUnreachable, NotReadyInTime, OutcomeUnknown
from app.launch.launch_client import LaunchClient
from app.launch.pace import Pace
from app.launch.redaction import Redactor
from app.settings import SettingError, Settings, variable

TIMED_OUT = 4
"""Exit status: the endpoint was not ready before the deadline."""


class LaunchFailed(CommandError):
    """An error of Launch, with the exit status of the command."""

    def __init__(self, message: str, exit_status: int) -> None:
        self.exit_status = exit_status
        super().__init__(message)


def failed(error: LaunchError, redactor: Redactor, *more: str) -> LaunchFailed:
    """The error that ends the command; `more` says what is there now."""
    return LaunchFailed(redactor.text("\n".join([str(error), *more])), _status(error))


def _status(error: LaunchError) -> int:
    match error:
        case LaunchUnreachable():
            return UNREACHABLE
        case NotReadyInTime():
            return TIMED_OUT
        case OutcomeUnknown(status=status) if status != 500:
            return UNREACHABLE
    return 1


def key_forms(settings: Settings) -> list[str]:
    """The API key of Launch as it may stand in a message that repeats a request."""
    if settings.launch_api_key is None:
        return []
    key = settings.launch_api_key.reveal()
    return [key, b64encode(f"{key}:".encode()).decode()]


def launch_client(settings: Settings, pace: Pace, redactor: Redactor) -> LaunchClient:
    """A client of the configured Launch. Raises SettingError."""
    check(settings)
    assert settings.launch_api_key is not None  # noqa: S101
    return LaunchClient(settings.launch_url, settings.launch_api_key.reveal(), pace, redactor)


def check(settings: Settings) -> None:
    """Raises SettingError if a setting is missing."""
    for name in ("launch_url", "launch_api_key"):
        if not getattr(settings, name):
            raise SettingError(f"{variable(name)} is needed to talk to Launch")
