"""Settings, read once at start from the environment and a .env file."""

import os
import re
from collections.abc import Mapping
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import FieldInfo, fields

from app.environment.variables import EnvFileError, env_file, unknown, without_links
from app.environment.wording import shown, wanted
from app.graphql.limits.limits import Limits

PREFIX = "MODEL_TEMPLATES_"
PLAIN_NAMES = {
    "mongodb_uri": "MONGODB_URI",
    "port": "PORT",
    "workers": "WEB_CONCURRENCY",
    "log_level": "LOG_LEVEL",
    "launch_url": "LAUNCH_URL",
    "launch_api_key": "LAUNCH_API_KEY",
}
"""Conventional variable names that also work; the prefixed name takes precedence."""

LAUNCHS = ("launch_url", "launch_api_key")
"""Settings of commands that talk to Launch. Their plain names may be another program's variables,
so that other commands do not mind what they hold."""

OPTIONS = {"server_url": "--server"}
"""Options of commands that are not named like the setting that they override."""

OTHER_VARIABLES = {f"{PREFIX}URL", f"{PREFIX}BUNDLE"}
"""Variables of the examples and of the build, which may stand beside those of settings."""


class Choice(Enum):
    """A setting with a few allowed words, case-insensitive."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return next((member for member in cls if member.value == str(value).lower()), None)


BOOLEANS = {"on": "true", "yes": "true", "off": "false", "no": "false"}
SWITCHES = {"introspection", "compiled", "launch_scale_from_zero"}

Count = Annotated[int, Meta(ge=0, le=1_000_000)]

Quota = Annotated[int, Meta(ge=0, le=2**53)]
"""The most that is stored; 0 for no limit."""

_SERVER = r"^(https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~%/-]*)?)?\Z"

_ORIGIN = r"https?://[a-z0-9.:\[\]-]+"
_ORIGINS = rf"^(\s*{_ORIGIN}\s*(,\s*{_ORIGIN}\s*)*)?\Z"

_HOST = r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]{2,45}\]"
_HOSTS = rf"^(\s*({_HOST})\s*(,\s*({_HOST})\s*)*)?\Z"

_RATE = r"^([1-9][0-9]{0,8}/(second|minute|hour|day)|none|off)\Z"
_METRICS = rf"^(({_HOST}):[0-9]{{1,5}})?\Z"
_URI = r"^mongodb(\+srv)?://[^/]"
_DATABASE = r"""^[^\s.$/\\"\x00]+\Z"""
_AUDIT_LOG = r"^(off|stdout|stderr|[^\x00-\x1f]*/[^\x00-\x1f]*)\Z"
_IMAGE_PREFIX = r"^([A-Za-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._-]+)*)?\Z"
FORMATS = {
    "mongodb_uri": "mongodb://USER:PASSWORD@HOST:27017, or mongodb+srv://",
    "mongodb_database": 'a name of 1 to 63 characters, without spaces and . $ / \\ "',
    "cors_origins": "https://a.example,http://localhost:3000, without paths",
    "allowed_hosts": "a.example,*.b.example,[::1], without ports",
    "rate_limit": "60000/minute, in fields; also second, hour or day; or none",
    "metrics_address": "127.0.0.1:9464, [::1]:9464 or metrics.example:9464",
    "launch_image_prefix": "registry.example.com or registry.example.com/team, without a scheme",
    "server_url": "https://templates.example, without user, password and query",
    "api_key": "1 to 255 visible ASCII characters, as `keys create` prints it",
    "launch_url": "https://launch.example, without user, password and query",
    "launch_api_key": "1 to 255 visible ASCII characters",
    "audit_log": "off, stdout, stderr, or a path such as /var/log/model-templates/audit.ndjson",
}
SECRET_ENDINGS = {
    "_uri": "not a valid MongoDB URI",
    "_url": "the value is not valid",
    "_key": "the value is not valid",
}
"""Ends of the names of settings that hold secrets, with a message that does not show them."""

UNLIMITED, PRODUCTION_RATE = "none", "60000/minute"


class Environment(Choice):
    """Where the server runs. Development conveniences would be vulnerabilities in production."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Playground(Choice):
    """Whether the playground is enabled, and where browsers load it from."""

    ON = "on"
    OFF = "off"
    CDN = "cdn"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        words = {"true": "on", "yes": "on", "1": "on", "false": "off", "no": "off", "0": "off"}
        word = str(value).lower()
        return super()._missing_(words.get(word, word))


class LogLevel(Choice):
    """The lowest severity of logged messages."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(Choice):
    """The format of log messages."""

    PRETTY = "pretty"
    JSON = "json"


class Secret:
    """A text that is shown nowhere: not by print, in tracebacks, or by `config show`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not re.fullmatch(r"[!-~]{1,255}", text):
            raise ValueError("Expected a key for an HTTP header")
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "***"


LIMITS = Limits()


class SettingError(ValueError):
    """Invalid settings; the message names the environment variable of each."""


class Settings(Struct, frozen=True, kw_only=True):
    """All settings. The variable of a field is `MODEL_TEMPLATES_` and its name in capitals."""

    mongodb_uri: Annotated[str, Meta(pattern=_URI)] | None = None
    mongodb_database: Annotated[str, Meta(min_length=1, max_length=63, pattern=_DATABASE)] = (
        "model_templates"
    )
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8000
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    data_dir: Path | None = None
    environment: Environment = Environment.DEVELOPMENT
    playground: Playground | None = None
    introspection: bool = True
    compiled: bool = True
    max_body_bytes: Annotated[int, Meta(ge=1_000)] = 1_000_000
    max_template_bytes: Annotated[int, Meta(ge=1_000, le=15_000_000)] = 262_144
    max_answer_bytes: Annotated[int, Meta(ge=1_000_000)] = LIMITS.answer_bytes
    max_depth: Count = LIMITS.depth
    max_aliases: Count = LIMITS.aliases
    max_directives: Count = LIMITS.directives
    max_tokens: Count = LIMITS.tokens
    max_root_fields: Count = LIMITS.root_fields
    max_mutations: Count = LIMITS.mutations
    max_templates_per_account: Quota = 1_000_000
    max_revisions_per_template: Quota = 1_000
    max_bytes_per_account: Quota = 10 * 1024**3
    allowed_hosts: Annotated[str, Meta(pattern=_HOSTS)] = ""
    cors_origins: Annotated[str, Meta(pattern=_ORIGINS)] = ""
    request_timeout_seconds: Annotated[float, Meta(gt=0, le=3_600)] = 15.0
    keep_alive_seconds: Annotated[int, Meta(ge=1, le=3_600)] = 75
    rate_limit: Annotated[str, Meta(pattern=_RATE)] | None = None
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat | None = None
    metrics_address: Annotated[str, Meta(pattern=_METRICS)] = ""
    slow_operation_seconds: Annotated[float, Meta(ge=0, le=3_600)] = 1.0
    audit_log: Annotated[str, Meta(pattern=_AUDIT_LOG)] = "off"
    launch_scale_from_zero: bool = False
    launch_image_prefix: Annotated[str, Meta(pattern=_IMAGE_PREFIX)] = ""
    server_url: Annotated[str, Meta(pattern=_SERVER)] = ""
    api_key: Secret | None = None
    launch_url: Annotated[str, Meta(pattern=_SERVER)] = ""
    launch_api_key: Secret | None = None

    @property
    def in_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    @property
    def data_directory(self) -> Path:
        """The directory of the embedded database and the development key, by default in the user's
        data directory."""
        if self.data_dir is not None:
            return self.data_dir
        from platformdirs import user_data_path  # Slow to import, and few commands need it.

        return user_data_path("model-templates")

    @property
    def has_playground(self) -> bool:
        """Whether pages are served. In production, only if they are switched on, and the hosts are
        named under which they may be seen."""
        if self.playground is None:
            return self.in_development
        return self.playground is not Playground.OFF and not self.lacks_page_hosts

    @property
    def lacks_page_hosts(self) -> bool:
        """Whether pages are switched on in production, but no host is named to serve them under."""
        is_on = self.playground not in (None, Playground.OFF)
        return is_on and not self.in_development and not self.hosts

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that `allowed_hosts` names."""
        return tuple(self.allowed_hosts.replace(",", " ").split())

    @property
    def key_rate(self) -> str | None:
        """The rate limit of a key, by default in production only; None for no limit."""
        if self.rate_limit is None:
            return None if self.in_development else PRODUCTION_RATE
        return None if self.rate_limit in (UNLIMITED, "off") else self.rate_limit

    @property
    def hands_out_key(self) -> bool:
        """Whether pages get the development key: only if no other machine can reach the server."""
        return self.in_development and self.on_loopback and self.has_playground

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins whose pages may call the server, without a final slash, as browsers send."""
        return tuple(self.cors_origins.replace(",", " ").split())

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


def load(overrides: Mapping[str, object] | None = None, *, launches: bool = False) -> Settings:
    """The settings of this process; `overrides` by field name win. Raises SettingError, which names
    all invalid ones, and unknown variables with the prefix. Plain names of LAUNCHS are only checked
    for a command that `launches`."""
    environment = _environment()
    values, errors = dict[str, Any](), list[str]()
    for setting in fields(Settings):
        given = (overrides or {}).get(setting.name)
        source = OPTIONS.get(setting.name, f"--{setting.name}")
        if given is None:
            given = _lookup(setting.name, environment)
            source = _variable_in_use(setting.name, environment)
        if given in (None, ""):
            continue
        try:
            values[setting.name] = _converted(given, setting)
        except msgspec.ValidationError:
            if setting.name in LAUNCHS and source == PLAIN_NAMES[setting.name] and not launches:
                continue
            errors.append(f"{source}: {_misfit(setting, given)}")
    given_names = {n: v for n, v in environment.items() if n not in OTHER_VARIABLES}
    errors += unknown(given_names, PREFIX, map(variable, Settings.__struct_fields__))
    if len(errors) > 1:
        raise SettingError("\n  ".join([f"{len(errors)} settings are wrong:", *errors]))
    if errors:
        raise SettingError(errors[0])
    return Settings(**values)


def sources() -> dict[str, str]:
    """The source of each setting by field name, as text. Raises SettingError."""
    environment = _environment()

    def source(name: str) -> str:
        if _lookup(name, environment) in (None, ""):
            return "default"
        used = _variable_in_use(name, environment)
        place = "environment" if used in os.environ else ".env"
        return place if used == variable(name) else f"{place}, {used}"

    return {setting.name: source(setting.name) for setting in fields(Settings)}


def _environment() -> dict[str, str | None]:
    try:
        return without_links({**env_file(), **os.environ}, PREFIX)
    except EnvFileError as error:
        raise SettingError(str(error)) from None


def _variable_in_use(name: str, environment: Mapping[str, str | None]) -> str:
    """The variable that sets a field; the prefixed name takes precedence."""
    prefixed = variable(name)
    return prefixed if environment.get(prefixed) is not None else PLAIN_NAMES.get(name, prefixed)


def _lookup(name: str, environment: Mapping[str, str | None]) -> str | None:
    value = environment.get(_variable_in_use(name, environment))
    return BOOLEANS.get(value.lower(), value) if value and name in SWITCHES else value


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def _converted(given: object, setting: FieldInfo) -> Any:
    return msgspec.convert(given, setting.type, strict=False, dec_hook=_decode)


def _misfit(setting: FieldInfo, given: object) -> str:
    """A message about an invalid value: what it is, and what is wanted."""
    ending = f"_{setting.name.rpartition('_')[2]}"
    reason = SECRET_ENDINGS.get(ending) or f"{shown(given)} is not valid"
    if setting.name in FORMATS:
        return f"{reason}; the format is {FORMATS[setting.name]}"
    return f"{reason}; {wanted(setting.type)}"


def _decode(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value)).expanduser()
    if kind is Secret:
        return Secret(str(value))
    raise NotImplementedError(kind)
