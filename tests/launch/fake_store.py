"""The endpoints and bundles of the Launch of tests, and its caches."""

import copy
import time
from collections.abc import Callable
from typing import Any

from tests.launch.fake_records import (
    CACHED,
    NEEDED,
    SCALE,
    STATE,
    Endpoint,
    Failure,
    asked,
    check_labels,
    check_scale,
    require,
    timestamp,
)

NO_INFRA = "Endpoint infra state not found, try again later."
EXISTS = "The specified model endpoint already exists."
UNHANDLED = {"error": "Internal error occurred. Our team has been notified.", "request_id": "r"}


class FakeStore:
    """What Launch's database has, what each of its processes has cached, and its rules. With
    `has_broker` off, builds are not begun; with `can_delete` off, nothing is deleted."""

    def __init__(self, processes: int) -> None:
        self.endpoints: dict[str, Endpoint] = {}
        self.bundles: list[dict[str, Any]] = []
        self.job_bundles: list[dict[str, Any]] = []
        self.has_broker = True
        self.can_delete = True
        self._caches: list[dict[Any, tuple[float, Any]]] = [{} for _ in range(processes)]
        self._cache = self._caches[0]
        self._serial = 0

    def named(self, name: str) -> list[Endpoint]:
        return [each for each in self.endpoints.values() if each.name == name]

    # Bundles

    def create_bundle(self, body: Any) -> str:
        require(body, "name", "schema_location", "flavor")
        flavor = {"routes": [], "extra_routes": [], "forwarder_type": "default", **body["flavor"]}
        flavor.setdefault("streaming_predict_route", "/stream")
        bundle = {
            "id": self._id("bun"),
            "name": body["name"],
            "metadata": body.get("metadata") or {},
            "created_at": timestamp(time.time()),
            "model_artifact_ids": [],
            "schema_location": body["schema_location"],
            "flavor": flavor,
        }
        self.bundles.append(bundle)
        return str(bundle["id"])

    def create_job_bundle(self, body: Any) -> str:
        require(body, "name", "image_repository", "image_tag", "command")
        resources = body.get("resource_requests") or {}
        texts = {
            key: str(resources[key]) for key in ("cpus", "memory", "storage") if key in resources
        }
        self.job_bundles.append(
            {
                "id": self._id("batch"),
                "created_at": timestamp(time.time()),
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

    def list(self, name: str | None, order: str | None) -> list[Endpoint]:
        def read() -> list[Endpoint]:
            found = [*self.endpoints.values()] if name is None else self.named(name)
            return copy.deepcopy(found)

        listed: list[Endpoint] = self._cached((name, order), read)
        return listed

    def record(self, id: str) -> Endpoint:
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

    def create(self, body: Any) -> Any:
        require(body, *NEEDED, "model_bundle_id")
        check_scale(body, body["endpoint_type"])
        check_labels(body["labels"])
        bundle = self._bundle(body["model_bundle_id"])
        if self.list(body["name"], None):
            raise Failure(400, EXISTS)
        if self.named(body["name"]):
            raise Failure(500, UNHANDLED)
        endpoint = Endpoint(
            id=self._id("end"),
            name=body["name"],
            endpoint_type=body["endpoint_type"],
            bundle=bundle,
            metadata=copy.deepcopy(body["metadata"]),
            asked=asked(body),
            is_queued=self.has_broker,
        )
        self.endpoints[endpoint.id] = endpoint
        if not self.has_broker:
            raise Failure(503, "Message broker temporarily unavailable. Please retry.")
        return {"endpoint_creation_task_id": self._id("task")}

    def change(self, id: str, body: Any) -> Any:
        if id not in self.endpoints:
            raise Failure(404, "The specified model endpoint or model bundle was not found.")
        endpoint = self.endpoints[id]
        if body.get("labels") is not None:
            check_labels(body["labels"])
        bundle = self._bundle(body["model_bundle_id"]) if body.get("model_bundle_id") else None
        if endpoint.infra is None:
            raise Failure(500, NO_INFRA)
        given = {key: value for key, value in asked(body).items() if value is not None}
        if given.get("gpus") == 0 and endpoint.infra.get("gpu_type"):
            raise Failure(400, "gpus=0, but gpu_type is set")
        check_scale(body, endpoint.endpoint_type)
        endpoint.deployments_replaced += bundle is not endpoint.bundle
        labels = {**endpoint.infra["labels"], **(body.get("labels") or {})}
        endpoint.asked = {**endpoint.infra, **given, "labels": labels}
        endpoint.bundle = bundle or endpoint.bundle
        if body.get("metadata") is not None:
            endpoint.metadata = copy.deepcopy(body["metadata"])
        endpoint.status, endpoint.is_queued = "UPDATE_PENDING", self.has_broker
        endpoint.requested = endpoint.updated = time.time()
        self._cache[id] = (time.time(), copy.deepcopy(endpoint))
        if not self.has_broker:
            raise Failure(503, "Message broker temporarily unavailable. Please retry.")
        return {"endpoint_creation_task_id": self._id("task")}

    def delete(self, id: str) -> Any:
        if id not in self.endpoints:
            raise Failure(404, f"Model Endpoint {id}  was not found.")
        if not self.can_delete:
            self.endpoints[id].status = "UPDATE_FAILED"
            self.endpoints[id].is_queued = False
            raise Failure(500, "deletion of endpoint failed, compute resources still exist.")
        del self.endpoints[id]
        self._cache.pop(id, None)
        return {"deleted": True}

    def shown(self, record: Endpoint) -> dict[str, Any]:
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
            "created_at": timestamp(record.requested),
            "last_updated_at": timestamp(record.updated),
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
