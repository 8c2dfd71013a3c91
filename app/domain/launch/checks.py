"""What Launch would refuse of a template, and what is odd about it.

Limits and conditions are those of llm-engine's model engine, read in 2026.
"""

from collections.abc import Iterator

from msgspec import Struct

from app.domain.errors import UserError, UserErrorCode
from app.domain.model_template import ModelTemplateSpec
from app.domain.quantity import quantity
from app.domain.unknown_value import is_unknown, unknown_value_errors
from app.domain.validation.json_schema import user_error
from app.domain.vendor_configuration import GpuType, LaunchResources, ModelEndpointType

REQUIRED, OUT_OF_RANGE = UserErrorCode.REQUIRED, UserErrorCode.OUT_OF_RANGE
INCONSISTENT = UserErrorCode.INCONSISTENT

Path = tuple[str, ...]
VENDOR: Path = ("vendorConfiguration",)
BUNDLE: Path = (*VENDOR, "bundleConfig")
ENDPOINT: Path = (*VENDOR, "endpointConfig")
JOB: Path = (*VENDOR, "fineTuningJobBundleConfig")

SYNC, ASYNC = ModelEndpointType.SYNC, ModelEndpointType.ASYNC
STREAMING, BATCH = ModelEndpointType.STREAMING, ModelEndpointType.BATCH

MAX_WORKERS = 250


class NodeLimits(Struct, frozen=True):
    """What a whole node of some hardware has; Launch keeps a share of it for its forwarder."""

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


def warnings(spec: ModelTemplateSpec) -> list[UserError]:
    """What Launch would refuse, or take only with a deployment override, as the template stands."""
    return [
        *unknown_value_errors(spec, ModelTemplateSpec),
        *endpoint_warnings(spec),
        *job_warnings(spec),
        *consistency_warnings(spec),
    ]


def has_endpoint(spec: ModelTemplateSpec) -> bool:
    return BATCH not in (spec.endpoint_type, endpoint_type(spec))


def endpoint_type(spec: ModelTemplateSpec) -> ModelEndpointType:
    return spec.vendor_configuration.endpoint_config.endpoint_type or spec.endpoint_type


# What Launch refuses


def endpoint_warnings(spec: ModelTemplateSpec) -> Iterator[UserError]:
    bundle = spec.vendor_configuration.bundle_config
    endpoint = spec.vendor_configuration.endpoint_config
    kind = endpoint_type(spec)
    of_kind = f"for an endpoint of the type {kind.name}"
    if kind in (SYNC, ASYNC) and not bundle.command:
        yield user_error(REQUIRED, (*BUNDLE, "command"), f"must not be empty {of_kind}")
    if kind is STREAMING and not bundle.streaming_command:
        path = (*BUNDLE, "streamingCommand")
        yield user_error(REQUIRED, path, f"must be set and not be empty {of_kind}")
    if kind in (SYNC, STREAMING) and endpoint.min_workers < 1:
        predicate = f"must be at least 1 {of_kind}, unless Launch's cluster has Prometheus: set 1"
        yield user_error(OUT_OF_RANGE, (*ENDPOINT, "minWorkers"), predicate)
    if endpoint.max_workers > MAX_WORKERS:
        predicate = f"must be at most {MAX_WORKERS}: set {MAX_WORKERS} or less"
        yield user_error(OUT_OF_RANGE, (*ENDPOINT, "maxWorkers"), predicate)
    if kind is STREAMING and endpoint.per_worker != 1:
        predicate = f"must be 1 {of_kind}: set 1"
        yield user_error(OUT_OF_RANGE, (*ENDPOINT, "perWorker"), predicate)
    yield from _resource_warnings(endpoint, ENDPOINT)


def job_warnings(spec: ModelTemplateSpec) -> Iterator[UserError]:
    if (job := spec.vendor_configuration.fine_tuning_job_bundle_config) is not None:
        yield from _resource_warnings(job.resources, (*JOB, "resources"))


def _resource_warnings(resources: LaunchResources, path: Path) -> Iterator[UserError]:
    gpu_type = resources.gpu_type
    if gpu_type is not None and is_unknown(gpu_type):
        return  # Told already; the limits of its hardware are as unknown.
    node = NODES[gpu_type]
    hardware = gpu_type.value if gpu_type else "a node without GPUs"
    most = node.cpus - FORWARDER.cpus
    if resources.cpus > most:
        yield user_error(
            OUT_OF_RANGE,
            (*path, "cpus"),
            f"must be at most {most} on {hardware}: it has {node.cpus}, "
            f"Launch keeps {FORWARDER.cpus}",
        )
    for name in ("memory", "storage"):
        limit, share = getattr(node, name), getattr(FORWARDER, name)
        room = quantity(limit) - quantity(share)
        if quantity(getattr(resources, name)) > room:
            yield user_error(
                OUT_OF_RANGE,
                (*path, name),
                f"must be at most {room // 2**30:.0f}Gi on {hardware}: it has {limit}, "
                f"Launch keeps {share}",
            )


# What is odd, and yet taken


def consistency_warnings(spec: ModelTemplateSpec) -> Iterator[UserError]:
    if (kind := endpoint_type(spec)) is not spec.endpoint_type:
        predicate = f"is {kind.name}, but the template's own is {spec.endpoint_type.name}"
        yield user_error(INCONSISTENT, (*ENDPOINT, "endpointType"), predicate)
    schema = spec.model_creation_parameters_schema
    for position, parameter in enumerate(schema.parameters if schema else ()):
        if parameter.name in spec.vendor_configuration.bundle_config.env:
            yield user_error(
                INCONSISTENT,
                ("modelCreationParametersSchema", "parameters", str(position), "name"),
                f"stands in bundleConfig.env too, and overrides it: {parameter.name}",
            )
