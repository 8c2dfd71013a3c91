"""What Launch would be asked to do with a template, and what it would refuse.

The requests are those of Launch's public API (llm-engine's model engine, read in 2026). Nothing is
sent. The same template and arguments give the same requests, to the byte.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from app.domain.constraint import user_error
from app.domain.errors import UserError, UserErrorCode
from app.domain.model_template import (
    GpuType,
    LabelValue,
    LaunchEndpointConfig,
    LaunchResources,
    ModelEndpointType,
    ModelTemplateSpec,
)
from app.domain.parameters import ParameterSchema
from app.domain.quantity import quantity
from app.domain.rules import problems
from app.domain.text import camel, described, form, is_storable

REQUIRED, INVALID = UserErrorCode.REQUIRED, UserErrorCode.INVALID
OUT_OF_RANGE, INCONSISTENT = UserErrorCode.OUT_OF_RANGE, UserErrorCode.INCONSISTENT

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


class LaunchAutoscaling(Struct, frozen=True, kw_only=True):
    """Overrides of a template's workers, as a model deployment may set them."""

    min_workers: int | None = None
    max_workers: int | None = None
    per_worker: int | None = None


class LaunchPlan(Struct, frozen=True, kw_only=True):
    """A rendered template. The requests are null when errors is not empty."""

    env: Annotated[
        dict[str, str] | None,
        described("The template's environment with the creation parameters laid over it."),
    ] = None
    create_model_bundle_request: Annotated[
        Any | None, described("Body for POST /v2/model-bundles.")
    ] = None
    create_model_endpoint_request: Annotated[
        Any | None,
        described("Body for POST /v1/model-endpoints, without model_bundle_id. Null for BATCH."),
    ] = None
    create_docker_image_batch_job_bundle_request: Annotated[
        Any | None,
        described(
            "Body for POST /v1/docker-image-batch-job-bundles. Null without a fine tuning bundle."
        ),
    ] = None
    errors: tuple[UserError, ...] = ()
    warnings: tuple[UserError, ...] = ()


class EndpointNaming(Struct, frozen=True, kw_only=True):
    """What Launch is to call a model endpoint."""

    name: Annotated[
        str,
        form(
            "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?",
            "letters, digits and -, alphanumeric at both ends",
        ),
        described("Name of the model endpoint.", maxLength=63),
    ]
    labels: Annotated[dict[str, LabelValue], described("Launch requires team and product.")] = {}


def warnings(spec: ModelTemplateSpec) -> list[UserError]:
    """What Launch would refuse, or take only with a deployment override, as the template stands."""
    return [*_endpoint_refusals(spec), *_job_refusals(spec), *_oddities(spec)]


def plan(
    spec: ModelTemplateSpec,
    naming: EndpointNaming,
    parameters: Any,
    autoscaling: LaunchAutoscaling,
) -> LaunchPlan:
    """The requests that would make a model of the template, or every reason against it."""
    overrides = {name: n for name, n in asdict(autoscaling).items() if n is not None}
    vendor = spec.vendor_configuration
    endpoint = replace(vendor.endpoint_config, **overrides)
    spec = replace(spec, vendor_configuration=replace(vendor, endpoint_config=endpoint))
    schema = spec.model_creation_parameters_schema or ParameterSchema(parameters=[])
    given = schema.validate({} if parameters is None else parameters)
    bindings: Mapping[str, Any] = given.bindings or {}

    refusals, unmet = [*_endpoint_refusals(spec)], [*_oddities(spec)]
    if not _has_endpoint(spec):
        refusals, unmet = [], [*refusals, *unmet]
    found = [
        *problems(naming),
        *_label_errors(naming.labels),
        *(_below(("modelCreationParameters",), error) for error in given.errors),
        *_text_errors(bindings),
        *(_at_override(error, overrides) for error in _worker_errors(endpoint)),
        *(_at_override(error, overrides) for error in refusals),
        *_job_refusals(spec),
    ]
    if found:
        errors = {error.path: error for error in reversed(found)}  # The first of each path.
        return LaunchPlan(errors=tuple(reversed(errors.values())), warnings=tuple(unmet))
    env = {**vendor.bundle_config.env, **{name: _text(bindings[name]) for name in bindings}}
    return LaunchPlan(
        env=env,
        create_model_bundle_request=_model_bundle(spec, naming, env),
        create_model_endpoint_request=_model_endpoint(spec, naming),
        create_docker_image_batch_job_bundle_request=_batch_job_bundle(spec, naming),
        warnings=tuple(unmet),
    )


def _has_endpoint(spec: ModelTemplateSpec) -> bool:
    return BATCH not in (spec.endpoint_type, _endpoint_type(spec))


def _endpoint_type(spec: ModelTemplateSpec) -> ModelEndpointType:
    return spec.vendor_configuration.endpoint_config.endpoint_type or spec.endpoint_type


# What Launch refuses


def _endpoint_refusals(spec: ModelTemplateSpec) -> Iterator[UserError]:
    bundle = spec.vendor_configuration.bundle_config
    endpoint = spec.vendor_configuration.endpoint_config
    kind = _endpoint_type(spec)
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
    yield from _resource_refusals(endpoint, ENDPOINT)


def _job_refusals(spec: ModelTemplateSpec) -> Iterator[UserError]:
    if (job := spec.vendor_configuration.fine_tuning_job_bundle_config) is not None:
        yield from _resource_refusals(job.resources, (*JOB, "resources"))


def _resource_refusals(resources: LaunchResources, path: Path) -> Iterator[UserError]:
    node = NODES[resources.gpu_type]
    hardware = resources.gpu_type.value if resources.gpu_type else "a node without GPUs"
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


def _oddities(spec: ModelTemplateSpec) -> Iterator[UserError]:
    if (kind := _endpoint_type(spec)) is not spec.endpoint_type:
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


# What is wrong with the arguments


def _label_errors(labels: Mapping[str, str]) -> Iterator[UserError]:
    for name in ("team", "product"):
        if name not in labels:
            yield user_error(REQUIRED, ("labels", name), "is a label that Launch requires")
    for name in ("user_id", "endpoint_name"):
        if name in labels:
            yield user_error(INVALID, ("labels", name), "is a label that Launch sets itself")


def _text_errors(bindings: Mapping[str, Any]) -> Iterator[UserError]:
    for name, value in bindings.items():
        if isinstance(value, str) and not is_storable(value):
            path = ("modelCreationParameters", name)
            yield user_error(INVALID, path, "must have no NUL and no lone surrogate")


def _worker_errors(endpoint: LaunchEndpointConfig) -> Iterator[UserError]:
    return (_below(ENDPOINT, error) for error in problems(endpoint))


def _below(path: Path, error: UserError) -> UserError:
    return replace(error, path=(*path, *error.path))


def _at_override(error: UserError, overrides: Mapping[str, int]) -> UserError:
    """An error of a template's workers points at the override that caused it."""
    *parents, name = error.path
    overridden = {camel(override) for override in overrides}
    if tuple(parents) != ENDPOINT:
        return error
    if name not in overridden and error.code is INCONSISTENT:
        name = "maxWorkers"  # It is below the template's minWorkers.
    return replace(error, path=("autoscaling", name)) if name in overridden else error


# Launch's requests


def _model_bundle(
    spec: ModelTemplateSpec, naming: EndpointNaming, env: Mapping[str, str]
) -> dict[str, Any]:
    bundle = spec.vendor_configuration.bundle_config
    return {
        "name": naming.name,
        "schema_location": "TBA",
        "metadata": {},
        "flavor": {
            "flavor": "streaming_enhanced_runnable_image",
            "repository": f"{bundle.registry}/{bundle.image}",
            "tag": bundle.tag,
            "command": bundle.command,
            "streaming_command": bundle.streaming_command or [],
            "predict_route": bundle.predict_route,
            "healthcheck_route": bundle.healthcheck_route,
            # Launch takes no null here; absent is its own default.
            **_unless_none("streaming_predict_route", bundle.streaming_predict_route),
            "env": env,
            "protocol": "http",
            "readiness_initial_delay_seconds": bundle.readiness_initial_delay_seconds,
        },
    }


def _model_endpoint(spec: ModelTemplateSpec, naming: EndpointNaming) -> dict[str, Any] | None:
    if not _has_endpoint(spec):
        return None
    endpoint = spec.vendor_configuration.endpoint_config
    return {
        "name": naming.name,
        "endpoint_type": _endpoint_type(spec).value.lower(),
        **_resources(endpoint),
        "min_workers": endpoint.min_workers,
        "max_workers": endpoint.max_workers,
        "per_worker": endpoint.per_worker,
        "high_priority": endpoint.high_priority,
        "labels": naming.labels,
        "metadata": {},
    }


def _batch_job_bundle(spec: ModelTemplateSpec, naming: EndpointNaming) -> dict[str, Any] | None:
    if (job := spec.vendor_configuration.fine_tuning_job_bundle_config) is None:
        return None
    return {
        "name": f"{naming.name}-ft",
        "image_repository": f"{job.registry}/{job.image}",
        "image_tag": job.tag,
        "command": job.command,
        "env": job.env,
        "mount_location": job.mount_location,
        "resource_requests": _resources(job.resources),
    }


def _resources(resources: LaunchResources) -> dict[str, Any]:
    return {
        "cpus": resources.cpus,
        "gpus": resources.gpus,
        **_unless_none("gpu_type", resources.gpu_type and resources.gpu_type.value),
        "memory": resources.memory,
        "storage": resources.storage,
    }


def _unless_none(key: str, value: Any) -> dict[str, Any]:
    return {} if value is None else {key: value}


def _text(value: Any) -> str:
    """A parameter as an environment variable: text as it is, anything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value)
