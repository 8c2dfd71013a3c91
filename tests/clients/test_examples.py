"""The examples run as documented, and retry when the server asks for it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.builders import a_wire_template, an_input
from tests.clients.expected import ENDPOINT
from tests.clients.project import ROOT, installed, run
from tests.web.conftest import Listening

EXAMPLES = ROOT / "examples"
RETRYABLE_ERRORS = [
    (429, {"retry-after": "0"}, '{"errors":[{"message":"","extensions":{"code":"RATE_LIMITED"}}]}'),
    (
        503,
        {},
        '{"errors":[{"message":"","extensions":{"code":"SERVICE_UNAVAILABLE","retryable":true}}]}',
    ),
]
"""Responses of a busy server before it processes the request."""


def create(server: Listening, name: str) -> None:
    query = """mutation($input: CreateModelTemplateInput!) {
      createModelTemplate(input: $input) { modelTemplate { id } } }"""
    variables = {"input": an_input(a_wire_template(name=name))}
    answer = server.post({"query": query, "variables": variables}).json()
    assert answer["data"]["createModelTemplate"]["modelTemplate"]


@contextmanager
def busy(server: Listening) -> Iterator[tuple[str, list[int]]]:
    """A proxy that rejects the first requests as a busy server would, and the statuses it sent."""
    statuses: list[int] = []

    class Gate(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if len(statuses) < len(RETRYABLE_ERRORS):
                status, headers, text = RETRYABLE_ERRORS[len(statuses)]
                content = text.encode()
            else:
                kept = {name: self.headers[name] for name in ("content-type", "x-api-key")}
                answer = httpx.post(server.url, content=body, headers=kept)
                status, headers, content = answer.status_code, {}, answer.content
            statuses.append(status)
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Gate) as gate:
        thread = Thread(target=gate.serve_forever, args=[0.05])
        thread.start()
        try:
            yield f"http://127.0.0.1:{gate.server_port}/graphql", statuses
        finally:
            gate.shutdown()
            thread.join()


def test_the_python_example_puts_a_template_and_puts_it_again(server: Listening) -> None:
    def example(tag: str, url: str = server.url) -> list[str]:
        environment: dict[str, Any] = {
            "MODEL_TEMPLATES_URL": url,
            "KEY": server.ann,
            "ACCOUNT": "a1",
            "TAG": tag,
        }
        return run(EXAMPLES / "python", sys.executable, "templates.py", **environment).splitlines()

    names = ["three", "two", "one"]
    for name in reversed(names):
        create(server, name)
    labels = {"team": "search", "product": "semantic-search"}
    plan = str({"name": "search-embedder", **ENDPOINT, "labels": labels, "metadata": {}})
    listed = [f"- {name}" for name in ["sentence-embedding", *names]]

    with busy(server) as (url, statuses):
        first = example("1.0.0", url)
    again, changed = example("1.0.0"), example("1.0.1")
    with pytest.raises(AssertionError, match=r"vendorConfiguration\.bundleConfig\.tag: tag must"):
        example("a b")

    assert statuses == [429, 503, 200, 200, 200, 200]
    assert first == again == ["sentence-embedding is at revision 1", *listed, plan]
    assert changed == ["sentence-embedding is at revision 2", *listed, plan]


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The TypeScript example, installed from its own lock file and built."""
    root = tmp_path_factory.mktemp("repository")
    (root / "schema.graphql").write_text((ROOT / "schema.graphql").read_text())
    project = installed(EXAMPLES / "typescript", root / "examples/typescript")
    run(project, "npm", "run", "build")
    return project


def test_the_typescript_example_creates_and_lists_and_plans(
    example: Path, server: Listening
) -> None:
    def start(tag: str, url: str) -> str:
        environment: dict[str, Any] = {
            "MODEL_TEMPLATES_URL": url,
            "KEY": server.ann,
            "ACCOUNT": "a1",
            "TAG": tag,
        }
        return run(example, "npm", "start", "--silent", **environment)

    for name in ("one", "two"):
        create(server, name)
    with busy(server) as (url, statuses):
        printed = start("1.0.0", url)
    rejected = start("a b", server.url)

    assert statuses == [429, 503, 200, 200, 200, 200]
    assert printed == "- page-reader\n- two\n- one\n" + PLANNED
    assert rejected == (
        "vendorConfiguration.bundleConfig.tag: tag must be an image tag: at most 128 letters, "
        "digits, _, . and -, without a digest.\n- page-reader\n- two\n- one\n"
    )


PLANNED = """{
  name: 'page-reader',
  endpoint_type: 'async',
  cpus: 3,
  gpus: 0,
  memory: '8Gi',
  storage: '16Gi',
  min_workers: 0,
  max_workers: 1,
  per_worker: 10,
  high_priority: false,
  labels: { team: 'documents', product: 'archive' },
  metadata: {}
}
"""
