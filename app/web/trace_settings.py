"""The environment variables of OpenTelemetry (`OTEL_*`) that say whether traces are exported; its
SDK reads the others.

As OpenTelemetry demands, a wrong one never keeps a server from working. Its packages are imported
only if traces are exported.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.web.tracing import Tracing

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
EXPORTER, DISABLED = "OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED"
OTLP, NONE, PROTOCOL = "otlp", "none", "http/protobuf"

PACKAGES = ("sdk", "exporter.otlp.proto.http", "instrumentation.asgi", "instrumentation.pymongo")
"""The packages of the extra, without the prefix `opentelemetry`."""


def tracing_for(environment: Mapping[str, str], version: str) -> "Tracing | None":
    """The traces of this process, if they are exported. To be called once, and before the database
    is connected."""
    if not _names_exporter(environment) or reason_off(environment) is not None:
        return None
    from app.web.tracing import Tracing

    return Tracing(version)


def reason_off(environment: Mapping[str, str]) -> str | None:
    """Why traces are not exported although the environment names an exporter; None if they are, or
    nobody wants them."""
    if not _names_exporter(environment):
        return None
    if _value(environment, EXPORTER) not in ("", OTLP):
        return f"{EXPORTER} has to be {OTLP} or {NONE}"
    for name in PROTOCOLS:  # The first one that is set counts.
        if value := _value(environment, name):
            if value != PROTOCOL:
                return f"{name} has to be {PROTOCOL}"
            break
    return None if _is_installed() else "the extra `opentelemetry` is not installed"


def _names_exporter(environment: Mapping[str, str]) -> bool:
    if _value(environment, DISABLED) == "true":
        return False
    exporter = _value(environment, EXPORTER)
    return exporter != NONE if exporter else any(_value(environment, name) for name in ENDPOINTS)


def _value(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name, "").strip().lower()


def _is_installed() -> bool:
    try:
        return all(find_spec(f"opentelemetry.{package}") for package in PACKAGES)
    except ModuleNotFoundError:  # Not even the package that contains it.
        return False
