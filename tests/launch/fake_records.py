"""What the Launch of tests keeps and checks."""

import copy
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

CACHED, PENDING, BUILDING = 0.3, 0.05, 0.1
"""Seconds. Launch caches for 15; its builds take minutes."""

MISSING_TAG, HANGING_TAG = "missing", "hanging"
"""Images that are not there, and whose build never begins."""

RESTRICTED = {"S3_BUCKET", "HTTP_PORT", "AWS_PROFILE"}
"""Variables with which Launch's builder fails before it touches the record."""

STATE = ("cpus", "gpus", "memory", "gpu_type", "storage", "nodes_per_worker", "optimize_costs")
SCALE = ("min_workers", "max_workers", "per_worker", "concurrent_requests_per_worker")
NEEDED = ("name", "endpoint_type", "metadata", *STATE[:3], "storage", *SCALE[:3], "labels")


@dataclass
class Endpoint:
    """The record of an endpoint. `infra` is what Kubernetes has, None until it was built."""

    id: str
    name: str
    endpoint_type: str
    bundle: dict[str, Any]
    metadata: dict[str, Any]
    asked: dict[str, Any]
    status: str = "UPDATE_PENDING"
    status_reason: str | None = None
    destination: str = "UNKNOWN"
    infra: dict[str, Any] | None = None
    updated: float = field(default_factory=time.time)
    requested: float = field(default_factory=time.time)
    is_queued: bool = True
    deployments_replaced: int = 0

    @property
    def hangs(self) -> bool:
        flavor = self.bundle["flavor"]
        return (
            not self.is_queued
            or flavor["tag"] == HANGING_TAG
            or bool(RESTRICTED & flavor["env"].keys())
        )


class Failure(Exception):
    """An answer with an error."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.body = body if isinstance(body, dict) else {"detail": body}
        super().__init__(status)


def advance(endpoint: Endpoint) -> None:
    """What the builder has done meanwhile."""
    if endpoint.status not in ("UPDATE_PENDING", "UPDATE_IN_PROGRESS") or endpoint.hangs:
        return
    age = time.time() - endpoint.requested
    if age > PENDING + BUILDING:
        endpoint.updated = endpoint.requested + PENDING + BUILDING
        if endpoint.bundle["flavor"]["tag"] == MISSING_TAG:
            endpoint.status, endpoint.status_reason = "UPDATE_FAILED", "The image does not exist."
        else:
            endpoint.status, endpoint.status_reason = "READY", None
            endpoint.destination = f"launch-endpoint-id-{endpoint.id}"
            endpoint.infra = copy.deepcopy(endpoint.asked)
    elif age > PENDING and endpoint.status == "UPDATE_PENDING":
        endpoint.status, endpoint.updated = "UPDATE_IN_PROGRESS", endpoint.requested + PENDING


def asked(body: Any) -> dict[str, Any]:
    given = {key: body.get(key) for key in (*STATE, *SCALE, "labels", "high_priority")}
    made = {"nodes_per_worker": 1, "optimize_costs": False} if "name" in body else {}
    if "name" in body:
        made["concurrent_requests_per_worker"] = min(body["per_worker"], 20)
    return {**given, **{key: value for key, value in made.items() if given[key] is None}}


def check_scale(body: Any, endpoint_type: str) -> None:
    least = 0 if endpoint_type == "async" else 1
    if body.get("min_workers") is not None and body["min_workers"] < least:
        raise Failure(400, f"Requested min workers {body['min_workers']} too low")


def check_labels(labels: Any) -> None:
    if missing := {"team", "product"} - labels.keys():
        raise Failure(400, f"Missing label '{missing.pop()}' in labels.")


def require(body: Any, *names: str) -> None:
    """FastAPI's answer to a body without required fields repeats the whole body."""
    missing = [
        {"type": "missing", "loc": ["body", name], "msg": "Field required", "input": body}
        for name in names
        if name not in body
    ]
    if missing:
        raise Failure(422, {"detail": missing})


def timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()
