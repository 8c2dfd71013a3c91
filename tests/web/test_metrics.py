"""The metrics of a process, as Prometheus' own parser reads them."""

import asyncio
import time
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from app.domain.request_facts import RequestFacts
from app.main import create_app
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from app.web.metrics import Metrics
from app.web.operation_names import MAX_NAMES, OTHER, OperationNames
from tests.builders import a_wire_template, an_input
from tests.conftest import Caller, logging_in

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(metrics: Metrics) -> Samples:
    """The value of each series, by its name without the prefix, and its labels."""
    metrics.sample()
    text = generate_latest(metrics.registry).decode()
    return {
        (
            sample.name.removeprefix("model_templates_"),
            frozenset(sample.labels.items()),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def series(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def operations(found: Samples) -> set[str]:
    """The values of the label `operation`."""
    return {value for _, labels in found for name, value in labels if name == "operation"}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("1.2.3")


@pytest.fixture
def app(mongomock: Database, metrics: Metrics) -> Starlette:
    return create_app(Settings(), mongomock, metrics=metrics)


async def test_requests_are_counted_by_operation_type_and_code(
    ann: Caller, metrics: Metrics
) -> None:
    await ann.post("query Me { viewer { identityId } }")
    await ann.post("query Me { viewer { identityId } }")
    await ann.post("{ viewer { identityId } }")
    await ann.post("query Broken { nothing }")
    for _ in range(2):
        await ann.create(an_input(a_wire_template()))
    await ann.http.post("/graphql", headers={"x-api-key": "mt_"})
    await ann.http.get("/healthz")

    found = samples(metrics)
    assert {
        labels: value for (name, labels), value in found.items() if name == "requests_total"
    } == {
        frozenset({"operation": o, "type": t, "code": c}.items()): value
        for o, t, c, value in (
            ("Me", "query", "OK", 2),
            ("", "query", "OK", 1),
            ("", "", "GRAPHQL_VALIDATION_FAILED", 1),
            ("", "mutation", "OK", 1),
            ("", "mutation", "DUPLICATE", 1),
            ("", "", "UNAUTHENTICATED", 1),
        )
    }
    errors = {
        code: n
        for (name, labels), n in found.items()
        if name == "errors_total"
        for _, code in labels
    }
    assert errors == {
        "GRAPHQL_VALIDATION_FAILED": 1,
        "DUPLICATE": 1,
        "UNAUTHENTICATED": 1,
        "INTERNAL_SERVER_ERROR": 0,
        "SERVICE_UNAVAILABLE": 0,
        "UNREADABLE": 0,
    }
    assert found[series("operation_seconds_count", operation="Me", type="query")] == 2
    assert found[series("stage_operations_total", stage="execute")] == 5
    assert found[series("stage_operations_total", stage="parse")] == 6
    assert found[series("requests_under_way")] == 0
    assert found[series("build_info", version="1.2.3")] == 1


async def test_what_the_process_counts_and_holds_is_read(ann: Caller, metrics: Metrics) -> None:
    before = samples(metrics)
    await ann.post("query Me { viewer { identityId } }")
    await ann.post("query Me { viewer { identityId } }")
    await ann.post("{" + "a: viewer { identityId } " * 40 + "}")
    after = samples(metrics)

    def grown(name: str, **labels: str) -> float:
        return after[series(name, **labels)] - before.get(series(name, **labels), 0)

    assert grown("cache_lookups_total", cache="documents", result="hit") == 1
    assert grown("cache_lookups_total", cache="documents", result="miss") == 2
    assert grown("cache_lookups_total", cache="keys", result="hit") == 2
    assert grown("limits_hit_total", limit="number of aliases") == 1
    assert grown("cpu_seconds_total") > 0
    assert after[series("cache_entries", cache="documents")] == 2
    assert after[series("cache_entries", cache="keys")] == 1
    assert after[series("answer_memory_bytes")] == 0
    assert after[series("pool_waiting", pool="database_read")] == 0
    assert after[series("memory_bytes")] > 10_000_000


@pytest.mark.slow
async def test_many_operation_names_make_few_labels(ann: Caller, metrics: Metrics) -> None:
    for number in range(10_000):
        facts = RequestFacts(id="x", operation=f"Q{number}", type="query", seconds=0.1)
        metrics.begun()
        metrics.ended(facts, "/graphql", 1, 0.1)
    for number in range(200):
        await ann.post(f"query R{number} {{ viewer {{ identityId }} }}")
    await ann.post("query Q3 { viewer { identityId } }")

    found = samples(metrics)
    assert operations(found) == {*(f"Q{number}" for number in range(MAX_NAMES)), OTHER}
    assert len(operations(found)) <= 100
    labels = {"type": "query", "code": "OK"}
    assert found[series("requests_total", operation="Q3", **labels)] == 2
    assert found[series("requests_total", operation=OTHER, **labels)] == 10_200 - MAX_NAMES
    assert len(found) < 3_000


def test_processes_agree_on_the_names(tmp_path: Path) -> None:
    file = tmp_path / "names"
    ours, theirs = OperationNames(file), OperationNames(file)

    labels = [
        names.label(f"{owner}{n}")
        for n in range(50)
        for owner, names in (("a", ours), ("b", theirs))
    ]

    assert len({*labels}) == MAX_NAMES + 1
    assert ours.label("b0") == "b0"
    assert theirs.label("a0") == "a0"
    assert ours.label("new") == theirs.label("new") == OTHER


@pytest.mark.parametrize(
    ("name", "label"), [(None, ""), ("", ""), ("a" * 80, "a" * 80), ("a" * 81, OTHER)]
)
def test_a_long_name_is_folded(name: str | None, label: str) -> None:
    assert OperationNames().label(name) == label


@pytest.mark.slow
async def test_the_database_is_up_or_not_known(mongod: Database) -> None:
    metrics = Metrics("1.2.3")
    app = create_app(Settings(), mongod, metrics=metrics)
    ann = await logging_in(app, ApiKeyStore(mongod))()
    await ann.post("{ modelTemplates { totalCount } }")

    deadline = time.monotonic() + 10
    while series("database_up") not in (found := samples(metrics)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert found[series("database_up")] == 1
    assert found[series("stage_operations_total", stage="database")] == 1
    assert found[series("pool_calls_total", pool="database_read")] > 0
