"""A Launch for tests, with what breaks a naive client: cached lists, builds that take their time,
fail or hang, names that are taken, and answers that are lost. It speaks HTTP as llm-engine does,
whose times are scaled down fifty times."""

import base64
import copy
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

KEY = "launch-key-8c1f"

CACHED, PENDING, BUILDING = 0.3, 0.05, 0.1
"""Seconds. Launch caches for 15; its builds take minutes."""

MISSING_TAG, HANGING_TAG = "missing", "hanging"
"""Images that are not there, and whose build never begins."""

RESTRICTED = {"S3_BUCKET", "HTTP_PORT", "AWS_PROFILE"}
"""Variables with which Launch's builder fails before it touches the record."""

RESERVED = "_MODEL_BUNDLE_CHANGED"
NO_INFRA = "Endpoint infra state not found, try again later."
EXISTS = "The specified model endpoint already exists."
UNHANDLED = {"error": "Internal error occurred. Our team has been notified.", "request_id": "r"}

STATE = ("cpus", "gpus", "memory", "gpu_type", "storage", "nodes_per_worker", "optimize_costs")
SCALE = ("min_workers", "max_workers", "per_worker", "concurrent_requests_per_worker")
NEEDED = ("name", "endpoint_type", "metadata", *STATE[:3], "storage", *SCALE[:3], "labels")


@dataclass
class Call:
    """A request, with its answer's status; 0 if the answer was lost."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int = 0

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


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


class FakeLaunch:
    """An ASGI app. `calls` are the requests so far; `hooks` run before and after each of them."""

    def __init__(self, processes: int = 1) -> None:
        self.calls: list[Call] = []
        self.endpoints: dict[str, Endpoint] = {}
        self.bundles: list[dict[str, Any]] = []
        self.job_bundles: list[dict[str, Any]] = []
        self.loses: Callable[[Call], str] = lambda _: ""
        """Says of a call whether it is lost "before" or "after" it was carried out."""
        self.done: Callable[[Call], None] = lambda _: None
        """Called after a call was carried out, before its answer is sent."""
        self.fails: Callable[[Call], Failure | None] = lambda _: None
        """The answer to a call that is not carried out."""
        self.has_broker = True
        self.can_delete = True
        self._caches: list[dict[Any, tuple[float, Any]]] = [{} for _ in range(processes)]
        self._lock = threading.Lock()
        self._serial = 0

    # What tests ask

    def lines(self, *methods: str) -> list[str]:
        """The requests with these methods, without their ids."""
        return [call.line for call in self.calls if call.method in (methods or (call.method,))]

    def writes(self) -> list[str]:
        """The requests that have changed something, each as its method and what it is about."""
        return [
            f"{call.method} {'bundle' if 'bundles' in call.path else 'endpoint'}"
            for call in self.calls
            if call.method != "GET" and call.status == 200
        ]

    def bodies(self, method: str, path: str) -> list[Any]:
        return [c.body for c in self.calls if c.method == method and c.path.startswith(path)]

    def named(self, name: str) -> list[Endpoint]:
        return [each for each in self.endpoints.values() if each.name == name]

    def forget(self) -> None:
        """Forget the calls, and empty the caches as time would."""
        with self._lock:
            self.calls.clear()
            for cache in self._caches:
                cache.clear()

    # HTTP

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        content = await request.body()
        body = json.loads(content) if content else None
        call = Call(request.method, request.url.path, dict(request.query_params), body)
        with self._lock:
            self.calls.append(call)
            number = len(self.calls)
            lost = self.loses(call)
            if lost == "before":
                answer: Response | None = None
            else:
                answer = self._answer(call, request.headers.get("authorization"), number)
                call.status = answer.status_code
                self.done(call)
        if lost or answer is None:
            await _break_off(send)
        else:
            await answer(scope, receive, send)

    def _answer(self, call: Call, authorization: str | None, number: int) -> Response:
        try:
            expected = base64.b64encode(f"{KEY}:".encode()).decode()
            if authorization != f"Basic {expected}":
                raise Failure(401, "Could not authenticate user")
            if (failure := self.fails(call)) is not None:
                raise failure
            self._cache = self._caches[number % len(self._caches)]
            for endpoint in self.endpoints.values():
                _advance(endpoint)
            return JSONResponse(self._routed(call))
        except Failure as failure:
            return JSONResponse(failure.body, status_code=failure.status)

    def _routed(self, call: Call) -> Any:
        match call.method, call.path.strip("/").split("/"):
            case "GET", ["v2", "model-bundles"]:
                named = [b for b in self.bundles if b["name"] == call.query["model_name"]]
                return {"model_bundles": named[::-1]}
            case "POST", ["v2", "model-bundles"]:
                return {"model_bundle_id": self._create_bundle(call.body)}
            case "GET", ["v1", "model-endpoints"]:
                listed = self._list(call.query.get("name"), call.query.get("order_by"))
                return {"model_endpoints": [self._shown(each) for each in listed]}
            case "POST", ["v1", "model-endpoints"]:
                return self._create(call.body)
            case "GET", ["v1", "model-endpoints", id]:
                return self._shown(self._record(id))
            case "PUT", ["v1", "model-endpoints", id]:
                return self._change(id, call.body)
            case "DELETE", ["v1", "model-endpoints", id]:
                return self._delete(id)
            case "GET", ["v1", "docker-image-batch-job-bundles", "latest"]:
                name = call.query["bundle_name"]
                named = [b for b in self.job_bundles if b["name"] == name]
                if not named:
                    raise Failure(
                        404, f"Docker Image Batch Job Bundle with name {name} was not found."
                    )
                return named[-1]
            case "POST", ["v1", "docker-image-batch-job-bundles"]:
                return {"docker_image_batch_job_bundle_id": self._create_job_bundle(call.body)}
            case _, ["v2", "model-bundles", *_]:
                raise Failure(405, "Method Not Allowed")
        raise Failure(404, "Not Found")

    # Bundles

    def _create_bundle(self, body: Any) -> str:
        _require(body, "name", "schema_location", "flavor")
        flavor = {"routes": [], "extra_routes": [], "forwarder_type": "default", **body["flavor"]}
        flavor.setdefault("streaming_predict_route", "/stream")
        bundle = {
            "id": self._id("bun"),
            "name": body["name"],
            "metadata": body.get("metadata") or {},
            "created_at": _time(time.time()),
            "model_artifact_ids": [],
            "schema_location": body["schema_location"],
            "flavor": flavor,
        }
        self.bundles.append(bundle)
        return str(bundle["id"])

    def _create_job_bundle(self, body: Any) -> str:
        _require(body, "name", "image_repository", "image_tag", "command")
        resources = body.get("resource_requests") or {}
        texts = {
            key: str(resources[key]) for key in ("cpus", "memory", "storage") if key in resources
        }
        self.job_bundles.append(
            {
                "id": self._id("batch"),
                "created_at": _time(time.time()),
                "public": False,
                "env": {},
                "mount_location": None,
                "gpu_type": None,
                **{key: value for key, value in body.items() if key != "resource_requests"},
                **resources,
                **texts,
            }
        )
        return str(self.job_bundles[-1]["id"])

    def _bundle(self, id: str) -> dict[str, Any]:
        found = [bundle for bundle in self.bundles if bundle["id"] == id]
        if not found:
            raise Failure(404, "The specified model bundle could not be found.")
        return found[0]

    # Endpoints

    def _list(self, name: str | None, order: str | None) -> list[Endpoint]:
        def read() -> list[Endpoint]:
            found = [*self.endpoints.values()] if name is None else self.named(name)
            return copy.deepcopy(found)

        listed: list[Endpoint] = self._cached((name, order), read)
        return listed

    def _record(self, id: str) -> Endpoint:
        if id not in self.endpoints and id not in self._cache:
            raise Failure(404, f"Model Endpoint {id}  was not found.")
        found: Endpoint = self._cached(id, lambda: copy.deepcopy(self.endpoints[id]))
        return found

    def _cached(self, key: Any, read: Callable[[], Any]) -> Any:
        at, value = self._cache.get(key, (0.0, None))
        if time.time() - at > CACHED:
            if isinstance(key, str) and key not in self.endpoints:
                self._cache.pop(key, None)
                raise Failure(404, f"Model Endpoint {key}  was not found.")
            value = read()
            self._cache[key] = (time.time(), value)
        return value

    def _create(self, body: Any) -> Any:
        _require(body, *NEEDED, "model_bundle_id")
        _check_scale(body, body["endpoint_type"])
        _check_labels(body["labels"])
        bundle = self._bundle(body["model_bundle_id"])
        if self._list(body["name"], None):
            raise Failure(400, EXISTS)
        if self.named(body["name"]):
            raise Failure(500, UNHANDLED)
        endpoint = Endpoint(
            id=self._id("end"),
            name=body["name"],
            endpoint_type=body["endpoint_type"],
            bundle=bundle,
            metadata=copy.deepcopy(body["metadata"]),
            asked=_asked(body),
            is_queued=self.has_broker,
        )
        self.endpoints[endpoint.id] = endpoint
        if not self.has_broker:
            raise Failure(503, "Message broker temporarily unavailable. Please retry.")
        return {"endpoint_creation_task_id": self._id("task")}

    def _change(self, id: str, body: Any) -> Any:
        if id not in self.endpoints:
            raise Failure(404, "The specified model endpoint or model bundle was not found.")
        endpoint = self.endpoints[id]
        if body.get("labels") is not None:
            _check_labels(body["labels"])
        bundle = self._bundle(body["model_bundle_id"]) if body.get("model_bundle_id") else None
        if endpoint.infra is None:
            raise Failure(500, NO_INFRA)
        asked = {key: value for key, value in _asked(body).items() if value is not None}
        if asked.get("gpus") == 0 and endpoint.infra.get("gpu_type"):
            raise Failure(400, "gpus=0, but gpu_type is set")
        _check_scale(body, endpoint.endpoint_type)
        endpoint.deployments_replaced += bundle is not endpoint.bundle
        labels = {**endpoint.infra["labels"], **(body.get("labels") or {})}
        endpoint.asked = {**endpoint.infra, **asked, "labels": labels}
        endpoint.bundle = bundle or endpoint.bundle
        if body.get("metadata") is not None:
            endpoint.metadata = copy.deepcopy(body["metadata"])
        endpoint.status, endpoint.is_queued = "UPDATE_PENDING", self.has_broker
        endpoint.requested = endpoint.updated = time.time()
        self._cache[id] = (time.time(), copy.deepcopy(endpoint))
        if not self.has_broker:
            raise Failure(503, "Message broker temporarily unavailable. Please retry.")
        return {"endpoint_creation_task_id": self._id("task")}

    def _delete(self, id: str) -> Any:
        if id not in self.endpoints:
            raise Failure(404, f"Model Endpoint {id}  was not found.")
        if not self.can_delete:
            self.endpoints[id].status = "UPDATE_FAILED"
            self.endpoints[id].is_queued = False
            raise Failure(500, "deletion of endpoint failed, compute resources still exist.")
        del self.endpoints[id]
        self._cache.pop(id, None)
        return {"deleted": True}

    def _shown(self, record: Endpoint) -> dict[str, Any]:
        """An answer: the record may be from a cache, what Kubernetes has is not."""
        current = self.endpoints.get(record.id)
        infra = current.infra if current else None
        shown = infra or {}
        return {
            "id": record.id,
            "name": record.name,
            "endpoint_type": record.endpoint_type,
            "destination": record.destination,
            "deployment_name": f"launch-endpoint-id-{record.id}" if infra else None,
            "metadata": record.metadata,
            "bundle_name": record.bundle["name"],
            "status": record.status,
            "status_reason": record.status_reason,
            "post_inference_hooks": [],
            "labels": shown.get("labels"),
            "created_by": "team",
            "created_at": _time(record.requested),
            "last_updated_at": _time(record.updated),
            "deployment_state": infra
            and {
                **{key: infra.get(key) for key in SCALE},
                "available_workers": infra["min_workers"],
                "unavailable_workers": 0,
            },
            "resource_state": infra and {key: infra.get(key) for key in STATE},
            "num_queued_items": 0 if infra else None,
            "public_inference": False,
        }

    def _id(self, kind: str) -> str:
        self._serial += 1
        return f"{kind}_{self._serial}"


def _advance(endpoint: Endpoint) -> None:
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


def _asked(body: Any) -> dict[str, Any]:
    given = {key: body.get(key) for key in (*STATE, *SCALE, "labels", "high_priority")}
    made = {"nodes_per_worker": 1, "optimize_costs": False} if "name" in body else {}
    if "name" in body:
        made["concurrent_requests_per_worker"] = min(body["per_worker"], 20)
    return {**given, **{key: value for key, value in made.items() if given[key] is None}}


def _check_scale(body: Any, endpoint_type: str) -> None:
    least = 0 if endpoint_type == "async" else 1
    if body.get("min_workers") is not None and body["min_workers"] < least:
        raise Failure(400, f"Requested min workers {body['min_workers']} too low")


def _check_labels(labels: Any) -> None:
    if missing := {"team", "product"} - labels.keys():
        raise Failure(400, f"Missing label '{missing.pop()}' in labels.")


def _require(body: Any, *names: str) -> None:
    """FastAPI's answer to a body without required fields repeats the whole body."""
    missing = [
        {"type": "missing", "loc": ["body", name], "msg": "Field required", "input": body}
        for name in names
        if name not in body
    ]
    if missing:
        raise Failure(422, {"detail": missing})


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


async def _break_off(send: Send) -> None:
    """Begins an answer, so that uvicorn closes the connection when it does not end."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    raise ConnectionAbortedError
