"""Traces, as a collector of OpenTelemetry gets them from a server."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from app.web.operation_names import MAX_NAMES
from tests.builders import a_wire_template, an_input
from tests.program import ROOT
from tests.server.collector import Collector, Span, collecting
from tests.server.running import Server

pytestmark = pytest.mark.slow

MARK = "s3cret"
"""Part of every value that must not be in a span."""

CALLER = "00f067aa0ba902b7"
"""The id of the caller's span."""

LIST = "query Names($text: String) { modelTemplates(filter: {search: $text}) { totalCount } }"
CREATE = """mutation Create($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { modelTemplate { id } errors { code } }
}"""
BUNDLE = {"registry": MARK, "image": MARK, "tag": MARK, "env": {"A": MARK}}
TEMPLATE = an_input(
    a_wire_template(account_id="demo", name=MARK, vendor_configuration={"bundle_config": BUNDLE})
)
STAGES = {"wait", "parse", "plan", "execute", "encode"}


class Run(NamedTuple):
    """The exports and the log of a server that has ended."""

    collector: Collector
    key: str
    lines: list[dict[str, Any]]

    def of(self, number: int) -> list[Span]:
        return self.collector.of(trace(number))


def trace(number: int) -> str:
    return f"4bf92f3577b34da6a3ce929d0e0e{number:04x}"


def traceparent(number: int, *, sampled: bool = True) -> dict[str, str]:
    return {"traceparent": f"00-{trace(number)}-{CALLER}-0{sampled:d}"}


class TracedServer(Server):
    """A server with a database of its own, and callers that send MARK in headers."""

    def __init__(self, directory: Path, uri: str, workers: int, **variables: str) -> None:
        name = {"MODEL_TEMPLATES_MONGODB_DATABASE": f"traced_{directory.name}"}
        super().__init__(directory, uri, workers, **name, LOG_LEVEL="debug", **variables)

    def workers(self) -> list[int]:
        """The ids of the processes that answer, if they are several."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children.split()}
        return [pid for pid, command in commands.items() if b"spawn_main" in command]

    def post(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
        headers = {"cookie": MARK, "user-agent": MARK, **(headers or {})}
        return super().post(query, headers, **variables)


@pytest.fixture(scope="module")
def run(mongod_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Requests with the traces 0 to 5 to two processes, which export their spans when they end."""
    with collecting() as collector:
        server = TracedServer(
            tmp_path_factory.mktemp("traced"),
            mongod_uri,
            workers=2,
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OTEL_EXPORTER_OTLP_HEADERS=f"authorization={MARK}",
            OTEL_RESOURCE_ATTRIBUTES="deployment.environment=test",
            OTEL_BSP_SCHEDULE_DELAY="60000",
            OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST=".*",
        )
        try:
            requested = traceparent(0) | {"x-request-id": "from-the-proxy"}
            assert server.post(LIST, requested, text=MARK)["data"]
            created = [server.post(CREATE, traceparent(n), input=TEMPLATE) for n in (1, 2)]
            codes = [each["data"]["createModelTemplate"]["errors"] for each in created]
            assert codes == [[], [{"code": "DUPLICATE"}]]
            assert server.post(f'{{ a(b: "{MARK}") }}', traceparent(3))["errors"]
            query = {"query": "{ viewer { identityId } }", "variables": f'{{"a": "{MARK}"}}'}
            headers = {"x-api-key": server.key, **traceparent(4)}
            httpx.get(server.url, params=query, headers=headers, verify=False).raise_for_status()
            server.post(LIST, traceparent(5, sampled=False))
            for path in ("/healthz", "/readyz"):
                httpx.get(server.url.replace("/graphql", path), verify=False)
            for worker in server.workers():  # The other one answers.
                os.kill(worker, signal.SIGSTOP)
                server.post(LIST)
                os.kill(worker, signal.SIGCONT)
            assert collector.bodies == []
        finally:
            server.end()
        yield Run(collector, server.key, server.lines("access"))


def test_a_request_is_one_trace_below_the_span_of_its_caller(run: Run) -> None:
    spans = run.of(0)
    by_id = {span.id: span for span in spans}
    (request,) = (span for span in spans if span.kind == "SERVER")
    parents = {(span.name, by_id[span.parent].name) for span in spans if span is not request}

    assert request.name == "query Names"
    assert request.parent == CALLER
    assert request.failure is None
    expected = {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Names",
        "model_templates.request_id": "from-the-proxy",
        "http.route": "/graphql",
        "http.method": "POST",
        "http.status_code": 200,
    }
    assert expected.items() <= request.attributes.items()
    assert {(stage, "query Names") for stage in STAGES} | {("database", "execute")} <= parents
    commands = [span for span in spans if span.kind == "CLIENT"]
    assert commands
    assert {by_id[span.parent].name for span in commands} == {"database"}
    assert {span.attributes["db.system"] for span in commands} == {"mongodb"}
    assert {"model_templates"} <= {
        span.attributes.get("db.mongodb.collection") for span in commands
    }
    assert {span.attributes["db.statement"] for span in commands} <= {"find", "aggregate"}


def test_the_line_of_a_request_has_the_id_of_its_trace(run: Run) -> None:
    traced = {line["trace_id"]: line for line in run.lines if line["path"] == "/graphql"}
    (first,) = (span for span in run.of(0) if span.kind == "SERVER")

    assert traced[trace(0)]["request_id"] == "from-the-proxy"
    assert traced[trace(0)]["operation"] == "Names"
    assert {trace(number) for number in range(6)} <= traced.keys()
    assert first.trace == trace(0)
    assert all("trace_id" not in line for line in run.lines if line["path"] != "/graphql")


def test_spans_say_what_happened(run: Run) -> None:
    requests = {n: next((s for s in run.of(n) if s.kind == "SERVER"), None) for n in range(6)}
    said = {
        number: (span.name, span.attributes.get("error.type"), span.failure)
        for number, span in requests.items()
        if span is not None
    }

    assert said == {
        0: ("query Names", None, None),
        1: ("mutation Create", None, None),
        2: ("mutation Create", "DUPLICATE", None),
        3: ("POST /graphql", "GRAPHQL_VALIDATION_FAILED", None),
        4: ("query", None, None),
    }
    assert {"database"} <= {span.name for span in run.of(1)}


def test_no_value_of_a_caller_is_exported(run: Run) -> None:
    exported = b"".join(run.collector.bodies)

    assert len(run.collector.spans) > 60
    assert b"query Names" in exported
    assert MARK.encode() not in exported
    assert run.key[3:].encode() not in exported
    assert run.key[:11].encode() not in exported
    assert b"viewer {" not in exported


def test_each_process_exports_its_own_and_only_requests(run: Run) -> None:
    spans = run.collector.spans
    instances = {span.resource["service.instance.id"] for span in spans}
    named = {
        (span.resource["service.name"], span.resource["deployment.environment"]) for span in spans
    }
    roots = [span for span in spans if not span.parent]

    assert named == {("model-templates", "test")}
    assert len(instances) == len({s.resource["service.instance.id"] for s in roots}) == 2
    assert Counter(span.name for span in roots) == {"query Names": 2}
    assert {span.kind for span in roots} == {"SERVER"}


def test_failures_are_named_without_their_messages_and_names_are_few(mongod_uri: str) -> None:
    with collecting() as collector:
        environment = {"PATH": os.environ["PATH"], "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        command = [sys.executable, "-m", "tests.server.traced_failures", mongod_uri]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)

        named = Counter(span.name for span in collector.spans if span.name.startswith("query"))
        find, request = sorted(
            (span for span in collector.spans if span.name not in named), key=lambda span: span.kind
        )
        exported = b"".join(collector.bodies).lower()

    assert named == {
        **{f"query Q{number}": 1 for number in range(MAX_NAMES)},
        "query": 100 - MAX_NAMES,
    }
    assert (find.name, find.failure, find.parent) == ("traced.find", "BadValue", request.id)
    assert (request.name, request.failure) == ("HTTP", "ValueError")
    assert len(request.attributes["http.target"]) == 200
    assert MARK.encode() not in exported


def test_a_collector_that_hangs_holds_up_nothing(mongod_uri: str, tmp_path: Path) -> None:
    with socket.socket() as hanging:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen()
        url = f"http://127.0.0.1:{hanging.getsockname()[1]}/v1/traces"
        server = TracedServer(tmp_path, mongod_uri, 1, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=url)

        assert server.post(LIST, traceparent(0))["data"]

        assert server.end() < 10


def test_nothing_of_it_is_imported_while_it_is_off(mongod_uri: str, tmp_path: Path) -> None:
    server = TracedServer(
        tmp_path,
        mongod_uri,
        workers=1,
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
        PYTHONPROFILEIMPORTTIME="1",
    )
    answer = server.post(LIST, traceparent(0))
    server.end()

    assert answer["data"]
    assert re.search(r"\| +starlette.applications\n", server.output())
    assert not re.search(r"\| +opentelemetry\b", server.output())
    assert all("trace_id" not in line for line in server.lines("access"))
    assert [line["message"] for line in server.lines("app.server.run")] == [
        "Traces are off: OTEL_EXPORTER_OTLP_PROTOCOL has to be http/protobuf"
    ]
