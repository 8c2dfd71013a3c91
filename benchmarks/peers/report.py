"""The report of a run: medians, ratios by cycle, and their tables."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.peers.load import Slice
from benchmarks.peers.measure import Measurements
from benchmarks.peers.servers import DATALOADER, FLOOR, MERCURIUS, OURS, OURS_4, SERVERS, Server
from benchmarks.peers.workloads import WORKLOADS

TITLES = {server.name: server.title for server in SERVERS}
SHORT = {workload.name: workload.short for workload in WORKLOADS}


def rate(slices: Sequence[Slice]) -> float:
    """The median of the requests per second."""
    return median(each.rate for each in slices)


def ratio(slices: Sequence[Slice], to: Sequence[Slice]) -> float:
    """The median of the ratios of rates, each within one cycle."""
    return median(a.rate / b.rate for a, b in zip(slices, to, strict=True))


def fastest(by_server: dict[str, list[Slice]], servers: Sequence[Server]) -> Server | None:
    """The server with the highest median rate, None if none of them was measured."""
    measured = [server for server in servers if server.name in by_server]
    return max(measured, key=lambda server: rate(by_server[server.name]), default=None)


def ratios(measurements: Measurements, to: Server) -> dict[str, dict[str, float]]:
    """The ratios to one server, by the names of the server and the workload."""
    found: dict[str, dict[str, float]] = {}
    for workload, by_server in measurements.slices.items():
        if to.name in by_server:
            for name, slices in by_server.items():
                found.setdefault(name, {})[workload] = ratio(slices, by_server[to.name])
    return found


def markdown(measurements: Measurements, facts: str) -> str:
    """The tables, after a text about the run."""
    return "\n".join(
        [
            "# The server beside others",
            "",
            facts,
            "",
            "Requests per second, and the ratio to Mercurius as first written:",
            "",
            *_rates(measurements),
            "",
            "Model Templates in one process, as a ratio to others:",
            "",
            *_ours(measurements),
            "",
            "Median latency in milliseconds with a single connection, and the memory of the "
            "process (of all processes) after the run, in MiB:",
            "",
            *_latencies(measurements),
            "",
        ]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _rates(measurements: Measurements) -> list[str]:
    to_mercurius = ratios(measurements, MERCURIUS)

    def cell(name: str, workload: str) -> str:
        if (slices := measurements.slices[workload].get(name)) is None:
            return ""
        shown = to_mercurius.get(name, {}).get(workload)
        return f"{rate(slices):,.0f}" + ("" if shown is None else f" ({shown:.2f})")

    workloads = [*measurements.slices]
    rows = [
        [TITLES[name], *(cell(name, workload) for workload in workloads)]
        for name in measurements.memory
    ]
    return _table(["", *workloads], rows)


def _ours(measurements: Measurements) -> list[str]:
    """A row for each thing that the server is compared to."""
    workloads = [*measurements.slices]
    first_written = [server for server in SERVERS if server.is_first_written]
    rows = []
    for title, others in (
        ("the fastest peer as first written", first_written),
        (DATALOADER.title, [DATALOADER]),
        (f"the floor: {FLOOR.title}", [FLOOR]),
        ("4 workers on 2 cores", [OURS_4]),
    ):
        cells = [_our_ratio(measurements.slices[workload], others) for workload in workloads]
        rows.append([title, *cells])
    return _table(["", *workloads], rows)


def _our_ratio(by_server: dict[str, list[Slice]], others: Sequence[Server]) -> str:
    other = fastest(by_server, others)
    if other is None or OURS.name not in by_server:
        return ""
    found = f"{ratio(by_server[OURS.name], by_server[other.name]):.2f}"
    return found if len(others) == 1 else f"{found} ({other.title})"


def _latencies(measurements: Measurements) -> list[str]:
    def cell(name: str, workload: str) -> str:
        slices = measurements.alone[workload].get(name)
        return "" if slices is None else f"{median(each.median_ms for each in slices):.2f}"

    workloads = [*measurements.alone]
    rows = [
        [
            TITLES[name],
            *(cell(name, workload) for workload in workloads),
            f"{memory.pss:.0f}",
            f"{memory.rss:.0f}",
        ]
        for name, memory in measurements.memory.items()
    ]
    return _table(["", *workloads, "PSS", "RSS"], rows)


def series(measurements: Measurements) -> dict[str, Any]:
    """The data of the chart: ratios to Mercurius, or to the first server if it was left out."""
    reference = MERCURIUS if MERCURIUS.name in measurements.memory else _first(measurements)
    groups = [*measurements.slices]
    found = ratios(measurements, reference)
    return {
        "title": f"Requests per second, relative to {reference.title}",
        "groups": [f"{group}, {SHORT[group]}" for group in groups],
        "series": {
            TITLES[name]: [found[name].get(group) for group in groups]
            for name in measurements.memory
            if name in found
        },
    }


def _first(measurements: Measurements) -> Server:
    return next(server for server in SERVERS if server.name in measurements.memory)
