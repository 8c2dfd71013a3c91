"""The report of `benchmarks/peers`, and its data in both schemas."""

from typing import Any

import pytest

from benchmarks.peers.check import unwrapped
from benchmarks.peers.data import (
    Document,
    Schema,
    account,
    answer,
    created_at,
    new_account,
    new_input,
    our_document,
    template_id,
)
from benchmarks.peers.load import Slice
from benchmarks.peers.measure import Measurements
from benchmarks.peers.processes import Memory
from benchmarks.peers.report import fastest, markdown, ratio, series
from benchmarks.peers.servers import MERCURIUS, STRAWBERRY, YOGA
from benchmarks.peers.workloads import WORKLOADS, newest


def a_slice(rate: int, median_ms: float = 1.0) -> Slice:
    """A slice of 2 s."""
    return Slice(requests=2 * rate, seconds=2.0, bytes=0, median_ms=median_ms, p99_ms=9.0, errors=0)


def slices(*rates: int) -> list[Slice]:
    return [a_slice(rate) for rate in rates]


MEASURED = Measurements(
    slices={
        "W1": {
            "mercurius": slices(100, 200, 50),
            "mercurius-dataloader": slices(125, 250, 75),
            "yoga-jit": slices(50, 150, 25),
            "floor": slices(1_000, 2_000, 400),
            "ours": slices(250, 500, 100),
            "ours-4": slices(200, 500, 125),
        },
        "W3-cold": {
            "mercurius": slices(10, 10, 10),
            "yoga-jit": slices(20, 20, 20),
            "ours": slices(30, 15, 20),
        },
    },
    alone={"W1": {"mercurius": [a_slice(1, 0.5), a_slice(1, 0.7)], "ours": [a_slice(1, 0.25)]}},
    memory={
        "mercurius": Memory(100.4, 130.0),
        "mercurius-dataloader": Memory(110.0, 140.0),
        "yoga-jit": Memory(90.0, 120.0),
        "floor": Memory(30.0, 40.0),
        "ours": Memory(50.6, 70.0),
        "ours-4": Memory(200.0, 280.0),
    },
)

REPORT = """\
# The server beside others

Some facts.

Requests per second, and the ratio to Mercurius as first written:

|  | W1 | W3-cold |
| --- | ---: | ---: |
| Mercurius | 100 (1.00) | 10 (1.00) |
| Mercurius, DataLoader and projections | 125 (1.25) |  |
| Yoga with graphql-jit | 50 (0.50) | 20 (2.00) |
| uvicorn and Starlette, constant body | 1,000 (10.00) |  |
| Model Templates | 250 (2.50) | 20 (2.00) |
| Model Templates, 4 workers on 2 cores | 200 (2.50) |  |

Model Templates in one process, as a ratio to others:

|  | W1 | W3-cold |
| --- | ---: | ---: |
| the fastest peer as first written | 2.50 (Mercurius) | 1.00 (Yoga with graphql-jit) |
| Mercurius, DataLoader and projections | 2.00 |  |
| the floor: uvicorn and Starlette, constant body | 0.25 |  |
| 4 workers on 2 cores | 1.00 |  |

Median latency in milliseconds with a single connection, and the memory of the process (of all \
processes) after the run, in MiB:

|  | W1 | PSS | RSS |
| --- | ---: | ---: | ---: |
| Mercurius | 0.60 | 100 | 130 |
| Mercurius, DataLoader and projections |  | 110 | 140 |
| Yoga with graphql-jit |  | 90 | 120 |
| uvicorn and Starlette, constant body |  | 30 | 40 |
| Model Templates | 0.25 | 51 | 70 |
| Model Templates, 4 workers on 2 cores |  | 200 | 280 |
"""


def test_the_report_has_medians_ratios_latencies_and_memory() -> None:
    assert markdown(MEASURED, "Some facts.") == REPORT


def test_a_ratio_is_the_median_of_the_ratios_in_each_cycle() -> None:
    """The machine became ten times slower after the first cycle."""
    assert ratio(slices(1_000, 300, 200), to=slices(1_000, 100, 100)) == 2.0


def test_the_fastest_of_some_servers_has_the_highest_median() -> None:
    by_server = {"mercurius": slices(1, 9, 9), "yoga-jit": slices(8, 8, 99)}

    assert fastest(by_server, [MERCURIUS, YOGA, STRAWBERRY]) is MERCURIUS
    assert fastest(by_server, [STRAWBERRY]) is None


def test_the_chart_shows_ratios_to_mercurius() -> None:
    assert series(MEASURED) == {
        "title": "Requests per second, relative to Mercurius",
        "groups": ["W1, by id", "W3-cold, cold cache"],
        "series": {
            "Mercurius": [1.0, 1.0],
            "Mercurius, DataLoader and projections": [1.25, None],
            "Yoga with graphql-jit": [0.5, 2.0],
            "uvicorn and Starlette, constant body": [10.0, None],
            "Model Templates": [2.5, 2.0],
            "Model Templates, 4 workers on 2 cores": [2.5, None],
        },
    }


def test_without_mercurius_the_chart_shows_ratios_to_the_first_server() -> None:
    measured = Measurements(
        slices={"W2": {"yoga-jit": slices(4), "ours": slices(8)}},
        memory={"yoga-jit": Memory(1.0, 1.0), "ours": Memory(1.0, 1.0)},
    )

    assert series(measured) == {
        "title": "Requests per second, relative to Yoga with graphql-jit",
        "groups": ["W2, short list"],
        "series": {"Yoga with graphql-jit": [1.0], "Model Templates": [2.0]},
    }


def leaves(value: Any) -> int:
    if isinstance(value, dict | list):
        members = value.values() if isinstance(value, dict) else value
        return sum(map(leaves, members))
    return 1


def test_both_schemas_show_the_same_template() -> None:
    """It streams, and has all values that a template of the data set may have."""
    peers, ours = answer(2, Schema.PEERS), answer(2, Schema.OURS)

    assert leaves(peers) == 95
    variables = peers["vendorConfiguration"]["bundleConfig"]["env"]
    assert ours["vendorConfiguration"]["bundleConfig"]["env"] == {
        variable["name"]: variable["value"] for variable in variables
    }
    assert leaves(ours) == 95 - len(variables)
    assert ours["vendorConfiguration"]["endpointConfig"]["gpuType"] == "NVIDIA_AMPERE_A10"


def test_our_documents_are_those_that_the_server_stores() -> None:
    stored = our_document(7)

    assert stored["_id"] == template_id(7)
    assert stored["created_at"] == stored["updated_at"] == created_at(7)
    assert stored["listing"]["terms"]


@pytest.mark.parametrize("schema", Schema)
def test_every_request_is_for_an_account_and_lists_have_their_length(schema: Schema) -> None:
    sizes = {"W2": 50, "W3": 100, "W3-cold": 100}
    for workload in WORKLOADS:
        requests = workload.requests(schema)
        assert {sent.account for sent in requests} <= {
            *map(account, range(100)),
            *map(new_account, range(10)),
        }
        if workload.name in sizes:
            assert len(requests[-1].expected()) == sizes[workload.name]


def test_the_newest_of_an_account_come_first() -> None:
    assert newest(3, 3) == [99_903, 99_803, 99_703]
    assert newest(3, 3, before=created_at(303)) == [203, 103, 3]


def test_an_input_has_what_its_schema_takes() -> None:
    ours, peers = (new_input(3, "a-name", schema) for schema in (Schema.OURS, Schema.PEERS))

    assert ours["accountId"] == peers["accountId"] == new_account(3)
    assert ours["name"] == peers["name"] == "a-name"
    assert {*peers} - {*ours} == {"createdByUserId"}


@pytest.mark.parametrize(
    ("schema", "body", "value"),
    [
        (Schema.PEERS, {"data": {"modelTemplates": [1]}}, [1]),
        (Schema.OURS, {"data": {"modelTemplates": {"nodes": [1]}}}, [1]),
        (Schema.OURS, {"data": {"modelTemplate": {"id": "a"}}}, {"id": "a"}),
        (Schema.OURS, {"data": {"modelTemplate": None}}, None),
        (
            Schema.OURS,
            {"data": {"createModelTemplate": {"modelTemplate": {"id": "a"}, "errors": []}}},
            {"id": "a"},
        ),
        (
            Schema.OURS,
            {"data": {"createModelTemplate": {"modelTemplate": None, "errors": [{"code": "X"}]}}},
            {"modelTemplate": None, "errors": [{"code": "X"}]},
        ),
        (Schema.OURS, {"data": None, "errors": [1]}, {"data": None, "errors": [1]}),
    ],
)
def test_answers_are_unwrapped_unless_they_have_errors(
    schema: Schema, body: Document, value: Any
) -> None:
    assert unwrapped(body, schema) == value
