"""Warnings about fields that a template sets and Launch does not use. It accepts and ignores them,
so none is a reason against a plan.

Which of Launch's containers takes which field was read in llm-engine's charts in 2026: the HTTP
forwarder runs beside SYNC and STREAMING endpoints, another one beside ASYNC endpoints.
"""

from collections.abc import Iterator

from msgspec import Struct

from app.domain.errors import UserError, UserErrorCode
from app.domain.launch.request_parts import where_set
from app.domain.model_template import ModelTemplateSpec
from app.domain.naming import camel
from app.domain.unknown_value import is_unknown
from app.domain.validation.json_schema import user_error
from app.domain.vendor_configuration import ModelEndpointType

INCONSISTENT = UserErrorCode.INCONSISTENT
VENDOR = "vendorConfiguration"
SYNC, ASYNC = ModelEndpointType.SYNC, ModelEndpointType.ASYNC
STREAMING = ModelEndpointType.STREAMING

USED_BY = {
    "routes": (SYNC, STREAMING),
    "extra_routes": (SYNC, STREAMING),
    "forwarder_type": (STREAMING,),
    "forwarder_max_concurrency": (SYNC, STREAMING),
    "task_expires_seconds": (ASYNC,),
    "queue_message_timeout_seconds": (ASYNC,),
}
"""The endpoint types for which Launch uses a field. It uses all others for every type."""

ONLY_SEVERAL = "has no effect while nodesPerWorker is 1"


def unused_field_warnings(spec: ModelTemplateSpec, kind: ModelEndpointType) -> Iterator[UserError]:
    """The fields that have no effect for the endpoint type, for a single node, or for a job."""
    vendor = spec.vendor_configuration
    bundle, endpoint = vendor.bundle_config, vendor.endpoint_config
    sections: tuple[tuple[str, Struct], ...]
    sections = ("bundleConfig", bundle), ("endpointConfig", endpoint)
    for section, config in sections:
        for name in () if is_unknown(kind) else where_set(config):
            if kind not in (users := USED_BY.get(name, (kind,))):
                others = " and ".join(other.name for other in users)
                predicate = f"has no effect for {kind.name} endpoints, only for {others}"
                yield user_error(INCONSISTENT, (VENDOR, section, camel(name)), predicate)
    for name in ("worker_command", "worker_env"):
        if getattr(bundle, name) is not None and endpoint.nodes_per_worker == 1:
            yield user_error(INCONSISTENT, (VENDOR, "bundleConfig", camel(name)), ONLY_SEVERAL)
    yield from _overridden_on_workers(spec)
    if (job := vendor.fine_tuning_job_bundle_config) and job.digest is not None:
        yield user_error(
            INCONSISTENT,
            (VENDOR, "fineTuningJobBundleConfig", "digest"),
            "keeps Launch from starting jobs, unless its cluster is on premises: it looks for "
            "their images by tag",
        )


def _overridden_on_workers(spec: ModelTemplateSpec) -> Iterator[UserError]:
    bundle, schema = spec.vendor_configuration.bundle_config, spec.model_creation_parameters_schema
    for position, parameter in enumerate(schema.parameters if schema else ()):
        if parameter.name in (bundle.worker_env or {}) and parameter.name not in bundle.env:
            path = ("modelCreationParametersSchema", "parameters", str(position), "name")
            yield user_error(
                INCONSISTENT,
                path,
                f"is also set in bundleConfig.workerEnv, and overrides it there: {parameter.name}",
            )
