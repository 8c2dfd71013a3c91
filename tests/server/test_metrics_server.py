"""A server with two processes, as Prometheus, Grafana and the reader of its log see it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from app.web.metrics import COUNTERS, LEVELS
from tests.mongod import Mongod
from tests.program import ROOT
from tests.web.raw import exchange

pytestmark = pytest.mark.slow

DEPLOY = ROOT / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
RULES = yaml.safe_load((DEPLOY / "prometheus-rules.yaml").read_text())["groups"][0]["rules"]
OPERATE = (ROOT / "docs/operate.md").read_text()
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]

SELECTOR = re.compile(r"(model_templates_\w+|\bup\b)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|=|!=)"([^"]*)"')
GROUPING = re.compile(r"\bby \(([^)]*)\)")

LIST = "query List { modelTemplates { totalCount } }"
TOO_MUCH = "query Much {" + " a: viewer { identityId }" * 31 + "}"
SENT = 20

Series = list[tuple[str, dict[str, str], float]]


class Server:
    """A server in two processes, with a database of its own. What it writes goes to a file."""

    def __init__(self, directory: Path, mongod: Mongod) -> None:
        self.directory = directory
        self.output = directory / "output"
        self.port, self.metrics_port = free_port(), free_port()
        self._environment = {
            "PATH": os.environ["PATH"],
            "TMPDIR": str(directory),
            "MONGODB_URI": f"{mongod.uri}&heartbeatFrequencyMS=500",
            "MODEL_TEMPLATES_DATA_DIR": str(directory),
            "MODEL_TEMPLATES_METRICS_ADDRESS": f"127.0.0.1:{self.metrics_port}",
            "MODEL_TEMPLATES_LOG_FORMAT": "json",
        }
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "--port", str(self.port), "--workers", "2"],
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        until(lambda: "Development key" in self.output.read_text())
        self.key = re.findall(r"Development key +(\S+)", self.output.read_text())[0]

    def post(self, query: str) -> Any:
        """One answer, of one of the processes."""
        url, headers = f"http://127.0.0.1:{self.port}/graphql", {"x-api-key": self.key}
        return httpx.post(url, json={"query": query}, headers=headers, verify=False).json()

    def scraped(self) -> Series:
        """All series, with the labels that Prometheus adds."""
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        text = httpx.get(url, verify=False).raise_for_status().text
        added = {"job": "model-templates", "instance": f"127.0.0.1:{self.metrics_port}"}
        return [
            (sample.name, {**sample.labels, **added}, sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        ]

    def value(self, name: str, **labels: str) -> float:
        """The sum of the series with these labels."""
        return sum(
            value
            for found, has, value in self.scraped()
            if found == f"model_templates_{name}" and labels.items() <= has.items()
        )

    def workers(self) -> list[int]:
        """The ids of the processes whose memory is reported."""
        return sorted(
            int(labels["pid"])
            for name, labels, _ in self.scraped()
            if name == "model_templates_memory_bytes"
        )

    def lines(self, logger: str) -> list[dict[str, Any]]:
        """What one logger has written."""
        lines = [line for line in self.output.read_text().splitlines() if line.startswith("{")]
        return [entry for entry in map(json.loads, lines) if entry["logger"] == logger]

    def metrics_directories(self) -> list[Path]:
        return [*self.directory.glob("model-templates-metrics-*")]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has answered SENT lists, rejected what it should, and lost and found its
    database."""
    directory = tmp_path_factory.mktemp("metrics")
    (directory / "db").mkdir()
    mongod = Mongod(directory / "db")
    mongod.start()
    server = Server(directory, mongod)
    try:
        for _ in range(SENT):
            assert "errors" not in server.post(LIST)
        assert "errors" in server.post(TOO_MUCH)
        assert exchange(server.port, [b"nonsense\r\n\r\n"])[0] == 400
        until(lambda: bool(server.value("outdated_terms") == 0 and has(server, "outdated_terms")))
        mongod.kill()
        until(lambda: server.value("database_up") == 0)
        assert "errors" in server.post(LIST)
        mongod.start()
        until(lambda: server.value("database_up") == 1)
        until(lambda: len(server.lines("app.storage.database_state")) == 2)
        yield server
    finally:
        server.process.terminate()
        server.process.wait(30)
        mongod.kill()


def has(server: Server, name: str) -> bool:
    return any(found == f"model_templates_{name}" for found, _, _ in server.scraped())


def test_processes_are_added_up(server: Server) -> None:
    done = {"operation": "List", "type": "query", "code": "OK"}

    assert server.value("requests_total", **done) == SENT
    assert server.value("operation_seconds_count", operation="List") >= SENT
    assert server.value("requests_total", code="SERVICE_UNAVAILABLE") >= 1
    assert server.value("limits_hit_total", limit="number of aliases") == 1
    assert server.value("connections_rejected_total", status="400") == 1
    assert server.value("stage_operations_total", stage="database") >= SENT
    assert server.value("database_up") == 1
    assert len(server.workers()) == 2


def test_the_log_says_once_that_the_database_is_gone_and_once_that_it_is_back(
    server: Server,
) -> None:
    lines = server.lines("app.storage.database_state")

    assert [line["level"] for line in lines] == ["WARNING", "INFO"]
    assert "is gone" in lines[0]["message"]
    assert "is back" in lines[1]["message"]


def test_each_request_is_one_line(server: Server) -> None:
    lines = [line for line in server.lines("access") if line.get("operation") == "List"]

    assert len([line for line in lines if "code" not in line]) == SENT
    assert len({line["request_id"] for line in lines}) == len(lines)
    assert server.lines("uvicorn.access") == []


def matches(selector: re.Match[str], labels: dict[str, str]) -> bool:
    """Whether a series has the labels that a selector asks for."""
    tests = MATCHER.findall((selector[2] or "").replace("$job", ".*"))
    assert len(tests) == (selector[2] or "").count('="') + (selector[2] or "").count('~"')
    return all(
        bool(re.fullmatch(wanted, labels.get(name, "")))
        if operator == "=~"
        else (labels.get(name, "") == wanted) is (operator == "=")
        for name, operator, wanted in tests
    )


def assert_found(query: str, series: Series) -> None:
    """Each metric that a query names has series with the labels that it asks for."""
    selectors = [each for each in SELECTOR.finditer(query) if each[1] != "up"]  # Prometheus' own.
    grouping = {name.strip() for names in GROUPING.findall(query) for name in names.split(",")}
    for selector in selectors:
        found = [labels for name, labels, _ in series if name == selector[1]]
        found = [labels for labels in found if matches(selector, labels)]
        assert found, selector[0]
        assert all(grouping <= labels.keys() for labels in found), query


@pytest.mark.parametrize("query", QUERIES)
def test_the_queries_of_the_dashboard_find_series(server: Server, query: str) -> None:
    assert "model_templates_" in query
    assert_found(query, server.scraped())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_finds_series_and_is_documented(server: Server, rule: Any) -> None:
    assert_found(rule["expr"], server.scraped())
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"]["summary"]
    assert f"`{rule['alert']}`" in OPERATE


def test_the_dashboard_shows_every_metric() -> None:
    shown = {selector[1] for query in QUERIES for selector in SELECTOR.finditer(query)}

    ours = {f"model_templates_{name}_total" for name in COUNTERS}
    ours |= {f"model_templates_{name}" for name in LEVELS}
    assert ours <= shown


def test_a_killed_process_is_counted_no_more_and_its_requests_still_are(server: Server) -> None:
    before, killed = server.value("requests_total"), server.workers()[0]

    os.kill(killed, signal.SIGKILL)
    until(lambda: len(server.workers()) == 2 and killed not in server.workers())

    assert server.value("requests_total") == before
    (directory,) = server.metrics_directories()
    assert [*directory.glob(f"gauge_live*_{killed}.db")] == []


def test_the_address_may_be_taken(environment: dict[str, str], mongod_uri: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        result = subprocess.run(
            [sys.executable, "-m", "app", "--port", "0"],
            cwd=ROOT,
            env={
                **environment,
                "MONGODB_URI": mongod_uri,
                "MODEL_TEMPLATES_METRICS_ADDRESS": address,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert result.returncode == 1
    assert f"Error: cannot serve metrics on {address}: Address already in use" in result.stderr


def test_the_files_are_removed_at_the_end(server: Server) -> None:
    """The last test, because it ends the server."""
    assert len(server.metrics_directories()) == 1

    server.process.terminate()

    assert server.process.wait(30) == 0
    assert server.metrics_directories() == []
