"""A check that servers answer rightly, before anything is measured."""

import json
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.peers.data import Document, Schema, answer
from benchmarks.peers.servers import Running
from benchmarks.peers.workloads import CREATES, READS, SERIAL, Sent, Workload

SAMPLES = 12
"""Requests of each workload that are checked."""


def check(running: Running, workloads: list[Workload]) -> dict[str, float]:
    """The mean size of a right answer's body in bytes, by workload. Exits if an answer differs."""
    return {workload.name: _check(running, workload) for workload in workloads}


def _check(running: Running, workload: Workload) -> float:
    schema = running.server.schema
    requests = workload.requests(schema)
    step = len(requests) if running.server.is_constant else len(requests) // SAMPLES
    sizes = []
    for number, sent in enumerate(requests[::step]):
        if workload is CREATES:
            sizes.append(_check_create(running, requests[number], number))
        else:
            body, value = _ask(running, workload, sent)
            _compare(running, workload, value, sent.expected())
            sizes.append(len(body))
    return sum(sizes) / len(sizes)


def _check_create(running: Running, sent: Sent, number: int) -> int:
    """Create a template and read it."""
    text = json.dumps(sent.variables).replace(SERIAL, f"check-{time.time_ns()}")
    sent = Sent(sent.account, json.loads(text))
    body, created = _ask(running, CREATES, sent)
    read = Sent(sent.account, {"id": created["id"]})
    _, found = _ask(running, READS, read)
    expected = {
        **answer(number, running.server.schema),
        **sent.variables["input"],
        "id": created["id"],
        "createdAt": found["createdAt"],
    }
    _compare(running, CREATES, found, expected)
    shown = ("id", "name", "createdAt", "modelType", "endpointType")
    _compare(running, CREATES, created, {name: expected[name] for name in shown})
    return len(body)


def _ask(running: Running, workload: Workload, sent: Sent) -> tuple[bytes, Any]:
    """The body of the answer, and the value of its root field."""
    request = Request(
        f"http://127.0.0.1:{running.port}/graphql",
        json.dumps(workload.body(sent, running.server.schema)).encode(),
        {"content-type": "application/json", "x-api-key": running.key(sent.account)},
    )
    with urlopen(request, timeout=60) as response:  # noqa: S310
        body: bytes = response.read()
    return body, unwrapped(json.loads(body), running.server.schema)


def unwrapped(answer: Document, schema: Schema) -> Any:
    """The value of the root field, without Relay's connection or our payload around it."""
    if answer.get("errors") or not answer.get("data"):
        return answer
    (value,) = answer["data"].values()
    if schema is Schema.PEERS or value is None:
        return value
    if "nodes" in value:
        return value["nodes"]
    return value["modelTemplate"] if value.get("errors") == [] else value


def _compare(running: Running, workload: Workload, value: Any, expected: Any) -> None:
    if (got := _with_times(value)) != (wanted := _with_times(expected)):
        sys.exit(
            f"{running.server.title} answers {workload.name} with\n{str(got)[:2_000]}\n"
            f"instead of\n{str(wanted)[:2_000]}"
        )


def _with_times(value: Any) -> Any:
    """The value with times, to the millisecond, in place of their texts, whose formats differ."""
    if isinstance(value, Mapping):
        return {
            name: _time(each) if name == "createdAt" else _with_times(each)
            for name, each in value.items()
        }
    return [*map(_with_times, value)] if isinstance(value, list) else value


def _time(value: str | datetime) -> datetime:
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return time.replace(microsecond=time.microsecond // 1_000 * 1_000)
