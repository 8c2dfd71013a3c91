"""Settings: read from the environment and a .env file, once, at start."""

import os
from collections.abc import Mapping
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self

import msgspec
from dotenv import dotenv_values
from msgspec import Meta, Struct, field
from msgspec.structs import fields
from platformdirs import user_data_path

PREFIX = "MODEL_TEMPLATES_"
PLAIN_NAMES = {
    "mongodb_uri": "MONGODB_URI",
    "port": "PORT",
    "workers": "WEB_CONCURRENCY",
    "log_level": "LOG_LEVEL",
}
"""Names without the prefix that work too; the prefixed one wins."""


class Choice(Enum):
    """One of a few words, in any case."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return next((member for member in cls if member.value == str(value).lower()), None)


class Environment(Choice):
    """Where the server runs: what is a convenience in one is a hole in the other."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogLevel(Choice):
    """The least important messages to log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SettingError(ValueError):
    """A setting that cannot be used; the message names its environment variable."""


class Settings(Struct, frozen=True, kw_only=True):
    """One variable each: `MODEL_TEMPLATES_` and the field's name in capitals."""

    mongodb_uri: str | None = None
    mongodb_database: Annotated[str, Meta(min_length=1, max_length=63)] = "model_templates"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8000
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    data_dir: Path = field(default_factory=lambda: user_data_path("model-templates"))
    environment: Environment = Environment.DEVELOPMENT
    playground: bool | None = None
    max_body_bytes: Annotated[int, Meta(ge=1_000)] = 1_000_000
    log_level: LogLevel = LogLevel.INFO

    @property
    def in_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    @property
    def has_playground(self) -> bool:
        """On in development unless said otherwise."""
        return self.in_development if self.playground is None else self.playground

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


def load(overrides: Mapping[str, object] | None = None) -> Settings:
    """The settings of this process; `overrides` by field name win. Raises SettingError."""
    environment = {**dotenv_values(".env"), **os.environ}
    given: dict[str, object] = {
        setting.name: value
        for setting in fields(Settings)
        if (value := _lookup(setting.name, environment)) not in (None, "")
    }
    given |= {name: value for name, value in (overrides or {}).items() if value is not None}
    try:
        return msgspec.convert(given, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        reason, _, name = str(error).partition(" - at `$.")
        raise SettingError(f"{variable(name.rstrip('`'))}: {reason}") from None


def _lookup(name: str, environment: Mapping[str, str | None]) -> str | None:
    value = environment.get(variable(name))
    return environment.get(PLAIN_NAMES.get(name, "")) if value is None else value


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def _decode(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value)).expanduser()
    raise NotImplementedError(kind)
