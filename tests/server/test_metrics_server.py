"""A server with two processes, as Prometheus, Grafana and the reader of its log see it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from app.web.metrics import COUNTERS, LEVELS
from tests.mongod import Mongod
from tests.program import ROOT
from tests.server.running import MeasuredServer, Series, until
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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeasuredServer]:
    """A server that has answered SENT lists, rejected what it should, and lost and found its
    database."""
    directory = tmp_path_factory.mktemp("metrics")
    (directory / "db").mkdir()
    mongod = Mongod(directory / "db")
    mongod.start()
    server = MeasuredServer(directory, mongod.uri, workers=2)
    try:
        for _ in range(SENT):
            assert "errors" not in server.post(LIST)
        assert "errors" in server.post(TOO_MUCH)
        assert exchange(server.port, [b"nonsense\r\n\r\n"])[0] == 400
        until(lambda: bool(server.value("outdated_terms") == 0 and server.has("outdated_terms")))
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


def test_processes_are_added_up(server: MeasuredServer) -> None:
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
    server: MeasuredServer,
) -> None:
    lines = server.lines("app.storage.database_state")

    assert [line["level"] for line in lines] == ["WARNING", "INFO"]
    assert "is gone" in lines[0]["message"]
    assert "is back" in lines[1]["message"]


def test_each_request_is_one_line(server: MeasuredServer) -> None:
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
def test_the_queries_of_the_dashboard_find_series(server: MeasuredServer, query: str) -> None:
    assert "model_templates_" in query
    assert_found(query, server.scraped())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_finds_series_and_is_documented(server: MeasuredServer, rule: Any) -> None:
    assert_found(rule["expr"], server.scraped())
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"]["summary"]
    assert f"`{rule['alert']}`" in OPERATE


def test_the_dashboard_shows_every_metric() -> None:
    shown = {selector[1] for query in QUERIES for selector in SELECTOR.finditer(query)}

    ours = {f"model_templates_{name}_total" for name in COUNTERS}
    ours |= {f"model_templates_{name}" for name in LEVELS}
    assert ours <= shown


def test_a_killed_process_is_counted_no_more_and_its_requests_still_are(
    server: MeasuredServer,
) -> None:
    before, killed = server.value("requests_total"), server.workers()[0]
    timed = server.value("operation_seconds_count"), server.value("operation_seconds_bucket")

    os.kill(killed, signal.SIGKILL)
    until(lambda: len(server.workers()) == 2 and killed not in server.workers())

    assert server.value("requests_total") == before
    (directory,) = server.metrics_directories()
    assert [*directory.glob(f"gauge_live*_{killed}.db")] == []
    assert [*directory.glob(f"*_{killed}.db")] == []
    assert (
        server.value("operation_seconds_count"),
        server.value("operation_seconds_bucket"),
    ) == timed


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


def test_the_files_are_removed_at_the_end(server: MeasuredServer) -> None:
    """The last test, because it ends the server."""
    assert len(server.metrics_directories()) == 1

    server.process.terminate()

    assert server.process.wait(30) == 0
    assert server.metrics_directories() == []
