"""The request that would create a model in SGP from a template: SGP's version 5 has no templates,
but its models are deployed with Launch, too."""

from collections.abc import Mapping
from typing import Any

from app.domain.model_template import ModelTemplateSpec

_IMAGE = ("command", "streaming_command", "predict_route", "streaming_predict_route")
"""Fields of SGP's image with the names of Launch's bundle; None and empty lists are left
out."""

_INFRASTRUCTURE = (
    *("endpoint_type", "cpus", "memory", "storage", "gpus", "gpu_type"),
    *("min_workers", "max_workers", "per_worker", "high_priority", "public_inference", "labels"),
)
"""Fields of SGP's infrastructure with the names of Launch's endpoint."""


def sgp_model(
    spec: ModelTemplateSpec,
    bundle: Mapping[str, Any],
    endpoint: Mapping[str, Any] | None,
) -> dict[str, Any] | None:
    """The body for POST /v5/models that does what the requests for Launch would; None without an
    endpoint, and for one whose workers have several nodes, which SGP cannot deploy."""
    if endpoint is None or endpoint.get("nodes_per_worker", 1) > 1:
        return None
    flavor: Mapping[str, Any] = bundle["flavor"]
    registry = spec.vendor_configuration.bundle_config.registry
    requests = spec.model_request_parameters_schema
    return {
        "name": endpoint["name"],
        "model_vendor": "launch",
        "model_type": "generic",
        "on_conflict": "error",
        "model_metadata": {},
        "vendor_configuration": {
            "model_image": {
                "registry": registry,
                "repository": flavor["repository"].removeprefix(f"{registry}/"),
                "tag": flavor["tag"],
                **{name: flavor[name] for name in _IMAGE if flavor.get(name) or name == "command"},
                "healthcheck_route": flavor["healthcheck_route"],
                "env_vars": flavor["env"],
                "readiness_delay": flavor["readiness_initial_delay_seconds"],
                **({} if requests is None else {"request_schema": requests.json_schema}),
            },
            "model_infra": {name: endpoint[name] for name in _INFRASTRUCTURE if name in endpoint},
        },
    }
