"""The dashboard and the alerts, as a real Prometheus evaluates them."""

import json
import math
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
import yaml

from tests.builders import a_wire_template, an_input
from tests.program import ROOT
from tests.server.running import MeasuredServer, free_port, until
from tests.web.raw import exchange

pytestmark = pytest.mark.slow

RULES_FILE = ROOT / "deploy/prometheus-rules.yaml"
RULES = yaml.safe_load(RULES_FILE.read_text())["groups"][0]["rules"]
CASES_FILE = Path(__file__).with_name("alerts.yaml")
CASES = yaml.safe_load(CASES_FILE.read_text())
DASHBOARD = json.loads((ROOT / "deploy/grafana-dashboard.json").read_text())
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
VARIABLES = {"$job": "model-templates", "$__rate_interval": "10s"}
"""The values that Grafana puts in the place of its variables."""

SCRAPES = 3

LIST = "query List { modelTemplates { totalCount } }"
CREATE = """mutation Create($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { errors { code } }
}"""
WRONG = "query Wrong { nothing }"
TOO_MUCH = "query Much {" + " a: viewer { identityId }" * 31 + "}"


def program(name: str) -> str:
    """The path of a program of Debian's package `prometheus`."""
    if (path := shutil.which(name)) is not None:
        return path
    if os.environ.get("CI"):
        pytest.fail(f"{name} is not installed")
    pytest.skip(f"needs {name}, of the package prometheus")


class Prometheus:
    """A Prometheus, asked over HTTP."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str, **parameters: str) -> Any:
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=parameters, verify=False).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def values(self, query: str) -> list[float]:
        """The value of each series that a query returns now."""
        return [float(series["value"][1]) for series in self.get("query", query=query)["result"]]

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/-/ready", verify=False).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def scraping(port: int, directory: Path) -> Iterator[Prometheus]:
    """A Prometheus that has our alert rules, and scrapes a port once a second."""
    path = program("prometheus")
    targets = [{"targets": [f"127.0.0.1:{port}"]}]
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES_FILE)],
        "scrape_configs": [{"job_name": "model-templates", "static_configs": targets}],
    }
    (directory / "prometheus.yml").write_text(yaml.safe_dump(config))
    prometheus = Prometheus(own := free_port())
    command = [
        *(path, f"--config.file={directory}/prometheus.yml", "--log.level=error"),
        *(f"--storage.tsdb.path={directory}/data", f"--web.listen-address=127.0.0.1:{own}"),
    ]
    with subprocess.Popen(command) as process:
        try:
            until(prometheus.is_ready)
            yield prometheus
        finally:
            process.terminate()


@contextmanager
def load(server: MeasuredServer) -> Iterator[None]:
    """Callers, until the end of the block, who read, write, make mistakes and hit limits."""
    ended = Event()

    def work() -> None:
        for number in count():
            template = an_input(a_wire_template(account_id="demo", name=f"t{number}"))
            server.post(LIST)
            server.post(CREATE, input=template)
            for wrong in (WRONG, TOO_MUCH):
                assert "errors" in server.post(wrong)
            assert exchange(server.port, [b"nonsense\r\n\r\n"])[0] == 400
            if ended.wait(0.05):
                return

    worker = Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        ended.set()
        worker.join()


@pytest.fixture(scope="module")
def prometheus(mongod_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that has scraped a server a few times, while it had work."""
    directory = tmp_path_factory.mktemp("prometheus")
    program("prometheus")
    database = {"MODEL_TEMPLATES_MONGODB_DATABASE": "scraped"}
    server = MeasuredServer(directory, mongod_uri, workers=1, **database)
    try:
        with scraping(server.metrics_port, directory) as found:
            # A counter with labels begins with its first event.
            with load(server):
                until(lambda: server.has("connections_rejected_total"))
                until(lambda: server.has("outdated_terms"))
                scraped = f"count_over_time(model_templates_database_up[1m]) > {SCRAPES}"
                until(lambda: bool(found.values(scraped)))
            yield found
    finally:
        server.end()


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_of_the_dashboard_returns_numbers(prometheus: Prometheus, query: str) -> None:
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    assert "$" not in query

    values = prometheus.values(query)

    assert values
    assert not all(math.isnan(value) for value in values)


def test_the_variables_of_the_dashboard_have_values(prometheus: Prometheus) -> None:
    (job,) = (each for each in DASHBOARD["templating"]["list"] if each["type"] == "query")

    assert job["query"] == "label_values(model_templates_build_info, job)"
    assert prometheus.get("label/job/values", **{"match[]": "model_templates_build_info"}) == [
        "model-templates"
    ]


def test_prometheus_evaluates_the_alerts(prometheus: Prometheus) -> None:
    (group,) = prometheus.get("rules")["groups"]

    assert [rule["name"] for rule in group["rules"]] == [rule["alert"] for rule in RULES]
    assert {(rule["health"], rule.get("lastError")) for rule in group["rules"]} == {("ok", None)}
    # The server has met neither an outage nor an error of its own.
    assert {rule["name"] for rule in group["rules"] if rule["state"] == "firing"} == set()


def test_the_alerts_are_valid() -> None:
    checked = subprocess.run(
        [program("promtool"), "check", "rules", RULES_FILE], capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"SUCCESS: {len(RULES)} rules found" in checked.stdout


def test_each_alert_fires_when_it_should_and_only_then() -> None:
    tested = subprocess.run(
        [program("promtool"), "test", "rules", CASES_FILE], capture_output=True, text=True
    )

    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("alert", [rule["alert"] for rule in RULES])
def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(alert: str) -> None:
    expected = [
        bool(case["exp_alerts"])
        for group in CASES["tests"]
        for case in group["alert_rule_test"]
        if case["alertname"] == alert
    ]

    assert {*expected} == {True, False}
