"""Warnings about a template: what Launch would reject, contradictions, and exposed secrets.

The limits and conditions are those of llm-engine's model engine, read in 2026.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from app.domain.cpu_time import LARGE
from app.domain.errors import UserError, UserErrorCode
from app.domain.launch.cluster import USUAL, LaunchCluster
from app.domain.launch.container import Environment, container_warnings, job_container_warnings
from app.domain.launch.exposed_secrets import exposed_secrets
from app.domain.launch.node_limits import FORWARDER, memory_warnings, resource_warnings
from app.domain.launch.paths import BUNDLE, CREATION_PARAMETERS, ENDPOINT, JOB, Path
from app.domain.launch.restricted_names import RESTRICTED, RESTRICTED_NAMES
from app.domain.launch.unused_fields import unused_field_warnings
from app.domain.model_template import ModelTemplateSpec
from app.domain.unknown_value import is_unknown, unknown_value_errors
from app.domain.validation.json_schema import user_error
from app.domain.vendor_configuration import ModelEndpointType

REQUIRED, OUT_OF_RANGE = UserErrorCode.REQUIRED, UserErrorCode.OUT_OF_RANGE
INVALID, INCONSISTENT = UserErrorCode.INVALID, UserErrorCode.INCONSISTENT

SYNC, ASYNC = ModelEndpointType.SYNC, ModelEndpointType.ASYNC
STREAMING, BATCH = ModelEndpointType.STREAMING, ModelEndpointType.BATCH

MAX_WORKERS = 250
MAX_REQUESTS = 20
"""Requests that a worker gets at a time, whatever `perWorker` is."""


class EndpointNeeds(Struct, frozen=True, kw_only=True):
    """The conditions that Launch sets for endpoints of one type."""

    command: bool = False
    min_workers: bool = False
    """At least one worker that always runs."""
    single_requests: bool = False
    """A worker takes one request at a time."""


NEEDS = {
    SYNC: EndpointNeeds(command=True, min_workers=True),
    ASYNC: EndpointNeeds(command=True),
    STREAMING: EndpointNeeds(min_workers=True, single_requests=True),
    BATCH: EndpointNeeds(),
}


def warnings(spec: ModelTemplateSpec, cluster: LaunchCluster = USUAL) -> list[UserError]:
    """Warnings about what Launch would reject, or accept only with the overrides of a deployment,
    about what would not run as it is meant, about contradictions, and about secrets that the
    template exposes."""
    return [
        *unknown_value_errors(spec, ModelTemplateSpec),
        *endpoint_warnings(spec, cluster),
        *_restricted_parameters(spec),
        *accepted_warnings(spec, cluster, default_env(spec)),
    ]


def default_env(spec: ModelTemplateSpec) -> Environment:
    """The environment of an endpoint for which no parameter is given a value."""
    schema = spec.model_creation_parameters_schema
    defaults, paths = dict[str, Any](), dict[str, Path]()
    for position, parameter in enumerate(schema.parameters if schema else ()):
        if parameter.default is not None:
            defaults[parameter.name] = parameter.default
            paths[parameter.name] = (*CREATION_PARAMETERS, str(position), "default")
    values = {**spec.vendor_configuration.bundle_config.env, **defaults}
    return Environment(values=values, parameters=paths)


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


def endpoint_warnings(spec: ModelTemplateSpec, cluster: LaunchCluster) -> Iterator[UserError]:
    bundle = spec.vendor_configuration.bundle_config
    endpoint = spec.vendor_configuration.endpoint_config
    kind = endpoint_type(spec)
    needs = EndpointNeeds() if is_unknown(kind) else NEEDS[kind]
    for_kind = f"for {kind.name} endpoints, or Launch refuses the endpoint"
    if needs.command and not bundle.command:
        predicate = f"must not be empty {for_kind}: set it to the program that serves on port 5005"
        yield user_error(REQUIRED, (*BUNDLE, "command"), predicate)
    for name in bundle.env if has_endpoint(spec) else ():
        if name in RESTRICTED_NAMES:
            yield user_error(INVALID, (*BUNDLE, "env", name), RESTRICTED)
    if needs.min_workers and endpoint.min_workers < 1 and not cluster.scale_from_zero:
        predicate = f"must be at least 1 {for_kind}, unless its cluster has Prometheus: set it to 1"
        yield user_error(OUT_OF_RANGE, (*ENDPOINT, "minWorkers"), predicate)
    if endpoint.most_workers() > MAX_WORKERS:
        predicate = f"must be at most {MAX_WORKERS}, or Launch refuses the endpoint"
        yield user_error(OUT_OF_RANGE, (*ENDPOINT, "maxWorkers"), predicate)
    if needs.single_requests and endpoint.per_worker != 1:
        predicate = f"must be 1 {for_kind}: set it to 1"
        yield user_error(OUT_OF_RANGE, (*ENDPOINT, "perWorker"), predicate)
    yield from resource_warnings(endpoint, ENDPOINT, reserved=FORWARDER)


# What Launch accepts, although it will not work as it is meant


def accepted_warnings(
    spec: ModelTemplateSpec, cluster: LaunchCluster, env: Environment
) -> Iterator[UserError]:
    """Warnings about what Launch accepts, for an endpoint with this environment."""
    vendor, kind = spec.vendor_configuration, endpoint_type(spec)
    per_worker = vendor.endpoint_config.per_worker
    if per_worker > MAX_REQUESTS and not (is_unknown(kind) or NEEDS[kind].single_requests):
        predicate = (
            f"is {per_worker:,}, but Launch gives a worker at most {MAX_REQUESTS} requests at a "
            f"time and would add workers too late, or never: set it to {MAX_REQUESTS} or less"
        )
        yield user_error(OUT_OF_RANGE, (*ENDPOINT, "perWorker"), predicate)
    yield from memory_warnings(vendor.endpoint_config, ENDPOINT)
    yield from container_warnings(spec, kind if has_endpoint(spec) else BATCH, env)
    if (job := vendor.fine_tuning_job_bundle_config) is not None:
        yield from resource_warnings(job.resources, (*JOB, "resources"))
        yield from memory_warnings(job.resources, (*JOB, "resources"))
        yield from job_container_warnings(spec, cluster)
    yield from _contradictions(spec)
    yield from unused_field_warnings(spec, endpoint_type(spec))
    yield from exposed_secrets(spec)


def _restricted_parameters(spec: ModelTemplateSpec) -> Iterator[UserError]:
    for position, name in enumerate(_creation_parameters(spec)):
        if name in RESTRICTED_NAMES and has_endpoint(spec):
            path = (*CREATION_PARAMETERS, str(position), "name")
            yield user_error(INVALID, path, f"{name} {RESTRICTED}")


def _creation_parameters(spec: ModelTemplateSpec) -> list[str]:
    schema = spec.model_creation_parameters_schema
    return [parameter.name for parameter in schema.parameters] if schema else []


def _contradictions(spec: ModelTemplateSpec) -> Iterator[UserError]:
    if (kind := endpoint_type(spec)) is not spec.endpoint_type:
        predicate = (
            f"is {kind.name}, but the template's endpointType is {spec.endpoint_type.name}, so the "
            "endpoint would not be what the template says: set it to null to follow the template's"
        )
        yield user_error(INCONSISTENT, (*ENDPOINT, "endpointType"), predicate)
    for position, name in enumerate(_creation_parameters(spec)):
        if name in spec.vendor_configuration.bundle_config.env:
            yield user_error(
                INCONSISTENT,
                (*CREATION_PARAMETERS, str(position), "name"),
                f"is also set in bundleConfig.env, and overrides it there: remove {name} from env, "
                "and make its value the parameter's default",
            )
