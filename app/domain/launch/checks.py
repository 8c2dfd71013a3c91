"""Warnings about a template: what Launch would reject, contradictions, and exposed secrets.

The limits and conditions are those of llm-engine's model engine, read in 2026.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from app.domain.cpu_time import LARGE
from app.domain.errors import UserError, UserErrorCode
from app.domain.launch.secret_names import seems_secret
from app.domain.launch.unused_fields import unused_field_warnings
from app.domain.model_template import ModelTemplateSpec
from app.domain.quantity import quantity
from app.domain.unknown_value import is_unknown, unknown_value_errors
from app.domain.validation.json_schema import user_error
from app.domain.vendor_configuration import GpuType, LaunchResources, ModelEndpointType

REQUIRED, OUT_OF_RANGE = UserErrorCode.REQUIRED, UserErrorCode.OUT_OF_RANGE
INCONSISTENT, EXPOSED = UserErrorCode.INCONSISTENT, UserErrorCode.EXPOSED

READABLE_ENV = (
    "looks like a secret, which everyone who can read the template can see: remove it from env"
)
READABLE_DEFAULT = "must not be set for a secret: everyone who can read the template can see it"

Path = tuple[str, ...]
VENDOR: Path = ("vendorConfiguration",)
BUNDLE: Path = (*VENDOR, "bundleConfig")
ENDPOINT: Path = (*VENDOR, "endpointConfig")
JOB: Path = (*VENDOR, "fineTuningJobBundleConfig")

SYNC, ASYNC = ModelEndpointType.SYNC, ModelEndpointType.ASYNC
STREAMING, BATCH = ModelEndpointType.STREAMING, ModelEndpointType.BATCH

MAX_WORKERS = 250


class NodeLimits(Struct, frozen=True):
    """The resources of a whole node, of which Launch reserves a share for its forwarder: CPU cores,
    and Kubernetes quantities of memory and storage."""

    cpus: int
    memory: str
    storage: str = "640Gi"


NODES = {
    None: NodeLimits(7, "30Gi"),
    GpuType.NVIDIA_TESLA_T4: NodeLimits(63, "250Gi"),
    GpuType.NVIDIA_AMPERE_A10: NodeLimits(63, "250Gi"),
    GpuType.NVIDIA_AMPERE_A100: NodeLimits(95, "1000Gi"),
    GpuType.NVIDIA_AMPERE_A100E: NodeLimits(95, "1000Gi"),
    GpuType.NVIDIA_HOPPER_H100: NodeLimits(191, "2000Gi", "1300Gi"),
    GpuType.NVIDIA_HOPPER_H100_1G20GB: NodeLimits(47, "500Gi"),
    GpuType.NVIDIA_HOPPER_H100_3G40GB: NodeLimits(95, "1000Gi"),
}
FORWARDER = NodeLimits(1, "2Gi", "1G")


class EndpointNeeds(Struct, frozen=True, kw_only=True):
    """The conditions that Launch sets for endpoints of one type."""

    command: bool = False
    streaming_command: bool = False
    min_workers: bool = False
    """At least one worker that always runs."""
    single_requests: bool = False
    """A worker takes one request at a time."""


NEEDS = {
    SYNC: EndpointNeeds(command=True, min_workers=True),
    ASYNC: EndpointNeeds(command=True),
    STREAMING: EndpointNeeds(streaming_command=True, min_workers=True, single_requests=True),
    BATCH: EndpointNeeds(),
}


def warnings(spec: ModelTemplateSpec) -> list[UserError]:
    """Warnings about what Launch would reject, or accept only with the overrides of a deployment,
    about contradictions, and about secrets that the template exposes."""
    return [
        *unknown_value_errors(spec, ModelTemplateSpec),
        *endpoint_warnings(spec),
        *job_warnings(spec),
        *consistency_warnings(spec),
    ]


def is_large_spec(spec: ModelTemplateSpec) -> bool:
    """Whether these checks may take milliseconds (see `off_loop`), because a template of an older
    database has a great many variables and parameters."""
    vendor = spec.vendor_configuration
    job = vendor.fine_tuning_job_bundle_config
    schemas = (spec.model_creation_parameters_schema, spec.model_request_parameters_schema)
    parameters = sum(len(schema.parameters) for schema in schemas if schema)
    maps = vendor.bundle_config.env, vendor.bundle_config.worker_env or {}, job.env if job else {}
    return sum(map(len, maps)) + parameters > LARGE


def has_endpoint(spec: ModelTemplateSpec) -> bool:
    return BATCH not in (spec.endpoint_type, endpoint_type(spec))


def endpoint_type(spec: ModelTemplateSpec) -> ModelEndpointType:
    return spec.vendor_configuration.endpoint_config.endpoint_type or spec.endpoint_type


# What Launch rejects


def endpoint_warnings(spec: ModelTemplateSpec) -> Iterator[UserError]:
    bundle = spec.vendor_configuration.bundle_config
    endpoint = spec.vendor_configuration.endpoint_config
    kind = endpoint_type(spec)
    needs = EndpointNeeds() if is_unknown(kind) else NEEDS[kind]
    for_kind = f"for {kind.name} endpoints"
    if needs.command and not bundle.command:
        yield user_error(REQUIRED, (*BUNDLE, "command"), f"must not be empty {for_kind}")
    if needs.streaming_command and not bundle.streaming_command:
        path = (*BUNDLE, "streamingCommand")
        yield user_error(REQUIRED, path, f"is required {for_kind} and must not be empty")
    if needs.min_workers and endpoint.min_workers < 1:
        unless = "unless the Launch cluster has Prometheus"
        predicate = f"must be at least 1 {for_kind}, {unless}: set it to 1"
        yield user_error(OUT_OF_RANGE, (*ENDPOINT, "minWorkers"), predicate)
    if endpoint.max_workers > MAX_WORKERS:
        predicate = f"must be at most {MAX_WORKERS}"
        yield user_error(OUT_OF_RANGE, (*ENDPOINT, "maxWorkers"), predicate)
    if needs.single_requests and endpoint.per_worker != 1:
        predicate = f"must be 1 {for_kind}: set it to 1"
        yield user_error(OUT_OF_RANGE, (*ENDPOINT, "perWorker"), predicate)
    yield from _resource_warnings(endpoint, ENDPOINT)


def job_warnings(spec: ModelTemplateSpec) -> Iterator[UserError]:
    if (job := spec.vendor_configuration.fine_tuning_job_bundle_config) is not None:
        yield from _resource_warnings(job.resources, (*JOB, "resources"))


def _resource_warnings(resources: LaunchResources, path: Path) -> Iterator[UserError]:
    gpu_type = resources.gpu_type
    if gpu_type is not None and is_unknown(gpu_type):
        return  # Its limits are unknown, too.
    node = NODES[gpu_type]
    hardware = gpu_type.value if gpu_type else "nodes without GPUs"
    most = node.cpus - FORWARDER.cpus
    if resources.cpus > most:
        yield user_error(
            OUT_OF_RANGE,
            (*path, "cpus"),
            f"must be at most {most} on {hardware}: Launch reserves {FORWARDER.cpus} "
            f"of a node's {node.cpus}",
        )
    for name in ("memory", "storage"):
        limit, share = getattr(node, name), getattr(FORWARDER, name)
        free = quantity(limit) - quantity(share)
        if quantity(getattr(resources, name)) > free:
            yield user_error(
                OUT_OF_RANGE,
                (*path, name),
                f"must be at most {free // 2**30:.0f}Gi on {hardware}: Launch reserves {share} "
                f"of a node's {limit}",
            )


# Contradictions and exposed secrets, which Launch accepts


def consistency_warnings(spec: ModelTemplateSpec) -> Iterator[UserError]:
    yield from _contradictions(spec)
    yield from unused_field_warnings(spec, endpoint_type(spec))
    yield from _exposed_secrets(spec)


def _contradictions(spec: ModelTemplateSpec) -> Iterator[UserError]:
    if (kind := endpoint_type(spec)) is not spec.endpoint_type:
        predicate = f"is {kind.name}, but the template's endpointType is {spec.endpoint_type.name}"
        yield user_error(INCONSISTENT, (*ENDPOINT, "endpointType"), predicate)
    schema = spec.model_creation_parameters_schema
    for position, parameter in enumerate(schema.parameters if schema else ()):
        if parameter.name in spec.vendor_configuration.bundle_config.env:
            yield user_error(
                INCONSISTENT,
                ("modelCreationParametersSchema", "parameters", str(position), "name"),
                f"is also set in bundleConfig.env, and overrides it there: {parameter.name}",
            )


def _exposed_secrets(spec: ModelTemplateSpec) -> Iterator[UserError]:
    """Values that every reader of the template, and of its history, can see. Messages name the
    variable only."""
    bundle = spec.vendor_configuration.bundle_config
    job = spec.vendor_configuration.fine_tuning_job_bundle_config
    for field, env in (("env", bundle.env), ("workerEnv", bundle.worker_env or {})):
        for name in _secrets(env):
            advice = f"declare a creation parameter {name} with secret: true instead"
            yield user_error(EXPOSED, (*BUNDLE, field, name), f"{READABLE_ENV}, and {advice}")
    for name in _secrets(job.env if job else {}):
        advice = "let the job read it from a secret store instead"
        yield user_error(EXPOSED, (*JOB, "env", name), f"{READABLE_ENV}, and {advice}")
    for field, schema in (
        ("modelCreationParametersSchema", spec.model_creation_parameters_schema),
        ("modelRequestParametersSchema", spec.model_request_parameters_schema),
    ):
        for position, parameter in enumerate(schema.parameters if schema else ()):
            if parameter.secret and parameter.default is not None:
                path = (field, "parameters", str(position), "default")
                yield user_error(EXPOSED, path, f"{READABLE_DEFAULT}: {parameter.name}")


def _secrets(env: Mapping[str, str]) -> Iterator[str]:
    return (name for name, value in env.items() if seems_secret(name, value))
