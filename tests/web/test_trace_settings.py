"""When traces are exported, by the variables of OpenTelemetry."""

import sys

import pytest

from app.web.trace_settings import reason_off, tracing_for

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
OF_TRACES = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_TRACES_EXPORTER": ""},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_SERVICE_NAME": "templates"},
        {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:4318"},
        {**ENDPOINT, "OTEL_SDK_DISABLED": "True"},
        {**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_traces_are_off_unless_an_exporter_is_named(variables: dict[str, str]) -> None:
    assert tracing_for(variables, "1") is None
    assert reason_off(variables) is None


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER has to be otlp or none"),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "otlp,console"}, "OTEL_TRACES_EXPORTER has to be"),
        ({**ENDPOINT, PROTOCOL: "grpc"}, f"{PROTOCOL} has to be http/protobuf"),
        ({**ENDPOINT, OF_TRACES: "http/json", PROTOCOL: "http/protobuf"}, f"{OF_TRACES} has to be"),
    ],
)
def test_what_the_extra_cannot_do_is_a_reason(variables: dict[str, str], reason: str) -> None:
    assert tracing_for(variables, "1") is None
    assert (reason_off(variables) or "").startswith(reason)


@pytest.mark.parametrize(
    "variables",
    [
        ENDPOINT,
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"},
        {"OTEL_TRACES_EXPORTER": "otlp"},
        {**ENDPOINT, "OTEL_TRACES_EXPORTER": "otlp", PROTOCOL: "http/protobuf"},
        {**ENDPOINT, OF_TRACES: "http/protobuf", PROTOCOL: "grpc"},
        {**ENDPOINT, "OTEL_SDK_DISABLED": "false"},
    ],
)
@pytest.mark.parametrize("is_installed", [True, False])
def test_an_exporter_needs_the_extra(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], is_installed: bool
) -> None:
    if not is_installed:
        monkeypatch.setattr(sys, "path", [])
        for name in [name for name in sys.modules if name.split(".")[0] == "opentelemetry"]:
            monkeypatch.delitem(sys.modules, name)

    reason = reason_off(variables)

    assert reason == (None if is_installed else "the extra `opentelemetry` is not installed")
