"""The rules for workers that run on several nodes. Launch refuses to make any other endpoint of
several nodes, whatever a deployment overrides."""

from collections.abc import Iterator

from app.domain.errors import UserErrorCode
from app.domain.model_template import ModelTemplateSpec
from app.domain.vendor_configuration import ModelEndpointType

BUNDLE = ("vendor_configuration", "bundle_config")
ENDPOINT = ("vendor_configuration", "endpoint_config")
SEVERAL = "when nodesPerWorker is above 1"


def multiple_node_violations(
    spec: ModelTemplateSpec,
) -> Iterator[tuple[UserErrorCode, tuple[str, ...], str]]:
    """Violations by a template for several nodes that lacks what they need (see `rules`)."""
    bundle = spec.vendor_configuration.bundle_config
    endpoint = spec.vendor_configuration.endpoint_config
    if endpoint.nodes_per_worker <= 1:
        return
    kind = endpoint.endpoint_type or spec.endpoint_type
    if kind is not ModelEndpointType.STREAMING:
        predicate = f"must be 1 for {kind.name} endpoints: only STREAMING ones can have several"
        yield UserErrorCode.INCONSISTENT, (*ENDPOINT, "nodes_per_worker"), predicate
    if endpoint.gpus < 1:
        yield UserErrorCode.INCONSISTENT, (*ENDPOINT, "gpus"), f"must be at least 1 {SEVERAL}"
    for name in ("worker_command", "worker_env"):
        if getattr(bundle, name) is None:
            yield UserErrorCode.INCONSISTENT, (*BUNDLE, name), f"is required {SEVERAL}"
