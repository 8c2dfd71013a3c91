"""The requests that would deploy a template with Launch, or the errors that prevent them.

The requests are those of Launch's public API (llm-engine's model engine, read in 2026). Nothing is
sent. The same template and arguments give byte-identical requests.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from app.domain.errors import UserError, UserErrorCode
from app.domain.formats import MAX_ARGUMENT, LabelKey, LabelValue
from app.domain.launch.checks import (
    accepted_warnings,
    endpoint_type,
    endpoint_warnings,
    has_endpoint,
)
from app.domain.launch.cluster import USUAL, LaunchCluster
from app.domain.launch.container import Environment
from app.domain.launch.labels import label_errors, yaml_warnings
from app.domain.launch.paths import ENDPOINT, Path
from app.domain.launch.request_parts import repository_and_tag, where_set
from app.domain.launch.restricted_names import RESTRICTED, RESTRICTED_NAMES
from app.domain.launch.sgp_model import sgp_model
from app.domain.markers import described, matching
from app.domain.model_template import ModelTemplateSpec
from app.domain.naming import camel
from app.domain.parameters import ParameterSchema
from app.domain.storable import is_storable
from app.domain.unknown_value import unknown_value_errors
from app.domain.validation.json_schema import UNSTORABLE_TEXT, user_error
from app.domain.validation.rules import one_a_path, violations
from app.domain.vendor_configuration import LaunchEndpointConfig, LaunchResources

REQUIRED, INVALID = UserErrorCode.REQUIRED, UserErrorCode.INVALID
OUT_OF_RANGE = UserErrorCode.OUT_OF_RANGE
INCONSISTENT = UserErrorCode.INCONSISTENT
PARAMETERS: Path = ("modelCreationParameters",)


class LaunchAutoscaling(Struct, frozen=True, kw_only=True):
    """Worker settings of one deployment, which override those of the template."""

    min_workers: int | None = None
    max_workers: int | None = None
    per_worker: int | None = None


class LaunchPlan(Struct, frozen=True, kw_only=True):
    """The requests that would deploy a template with Launch. They are null if there are errors."""

    env: Annotated[
        dict[str, str] | None,
        described("The template's environment, overridden by the creation parameters."),
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
            "Body for POST /v1/docker-image-batch-job-bundles. Null without a fine-tuning job."
        ),
    ] = None
    create_sgp_model_request: Annotated[
        Any | None,
        described(
            "Body for POST /v5/models of SGP, instead of the requests for Launch. Null for BATCH."
        ),
    ] = None
    errors: tuple[UserError, ...] = ()
    warnings: tuple[UserError, ...] = ()


class EndpointNaming(Struct, frozen=True, kw_only=True):
    """The name and labels of a model endpoint in Launch."""

    name: Annotated[
        str,
        matching(
            "[A-Za-z0-9](?:[-_.A-Za-z0-9]*[A-Za-z0-9])?",
            "letters, digits, -, _ and ., alphanumeric at both ends",
        ),
        described("Name of the model endpoint.", maxLength=63),
    ]
    labels: Annotated[
        dict[LabelKey, LabelValue], described("Launch requires team and product.")
    ] = {}


def plan(
    spec: ModelTemplateSpec,
    naming: EndpointNaming,
    parameters: Any,
    autoscaling: LaunchAutoscaling,
    cluster: LaunchCluster = USUAL,
) -> LaunchPlan:
    """The requests that would create a model from the template, or every error that prevents it."""
    overrides = {name: n for name, n in asdict(autoscaling).items() if n is not None}
    vendor = spec.vendor_configuration
    endpoint = replace(vendor.endpoint_config, **overrides)
    spec = replace(spec, vendor_configuration=replace(vendor, endpoint_config=endpoint))
    schema = spec.model_creation_parameters_schema or ParameterSchema(parameters=[])
    validation = schema.validate({} if parameters is None else parameters)
    bindings: Mapping[str, Any] = validation.bindings or {}
    texts = {name: _text(value) for name, value in bindings.items()}
    env = {**vendor.bundle_config.env, **texts}

    endpoint_errors = [*endpoint_warnings(spec, cluster)]
    paths = {name: (*PARAMETERS, name) for name in bindings}
    environment = Environment(values=env, parameters=paths)
    warnings = [*accepted_warnings(spec, cluster, environment)]
    if has_endpoint(spec):
        endpoint_errors += _restricted_errors(schema, parameters)
        warnings += yaml_warnings(naming.name, naming.labels)
    else:
        endpoint_errors, warnings = [], [*endpoint_errors, *warnings]
    warnings = [_at_override(warning, overrides) for warning in warnings]
    errors = one_a_path(
        [
            *unknown_value_errors(spec, ModelTemplateSpec),
            *violations(naming),
            *label_errors(naming.labels),
            *(_below(PARAMETERS, error) for error in validation.errors),
            *_text_errors(bindings),
            *(_at_override(error, overrides) for error in _worker_errors(endpoint)),
            *(_at_override(error, overrides) for error in endpoint_errors),
        ]
    )
    if errors:
        return LaunchPlan(errors=tuple(errors), warnings=tuple(warnings))
    bundle, model = _model_bundle(spec, naming, texts), _model_endpoint(spec, naming)
    return LaunchPlan(
        env=bundle["flavor"]["env"],
        create_model_bundle_request=bundle,
        create_model_endpoint_request=model,
        create_sgp_model_request=sgp_model(spec, bundle, model),
        create_docker_image_batch_job_bundle_request=_batch_job_bundle(spec, naming),
        warnings=tuple(warnings),
    )


# Errors of the arguments


def _text_errors(bindings: Mapping[str, Any]) -> Iterator[UserError]:
    for name, value in bindings.items():
        if isinstance(value, str) and not is_storable(value):
            yield user_error(INVALID, (*PARAMETERS, name), UNSTORABLE_TEXT)
        elif isinstance(value, str) and len(f"{name}={value}".encode()) > MAX_ARGUMENT:
            most = MAX_ARGUMENT - len(f"{name}=")
            predicate = (
                f"must be at most {most:,} bytes in UTF-8: Linux starts no container with more"
            )
            yield user_error(OUT_OF_RANGE, (*PARAMETERS, name), predicate)


def _restricted_errors(schema: ParameterSchema, given: Any) -> Iterator[UserError]:
    """Errors about parameters with a value, which would be variables that Launch refuses."""
    values = given if isinstance(given, Mapping) else {}
    for field in schema.parameters:
        if field.name in RESTRICTED_NAMES:
            value = values.get(field.name)
            if value is not None or field.default is not None:
                yield user_error(INVALID, (*PARAMETERS, field.name), RESTRICTED)


def _worker_errors(endpoint: LaunchEndpointConfig) -> Iterator[UserError]:
    return (_below(ENDPOINT, error) for error in violations(endpoint))


def _below(path: Path, error: UserError) -> UserError:
    return replace(error, path=(*path, *error.path))


def _at_override(error: UserError, overrides: Mapping[str, int]) -> UserError:
    """The error, with the path of the override that caused it, if one did."""
    *parents, name = error.path
    overridden = {camel(override) for override in overrides}
    if tuple(parents) != ENDPOINT:
        return error
    if name not in overridden and error.code is INCONSISTENT:
        name = "maxWorkers"  # It is below the template's minWorkers.
    return replace(error, path=("autoscaling", name)) if name in overridden else error


# Launch's requests


def _model_bundle(
    spec: ModelTemplateSpec, naming: EndpointNaming, parameters: Mapping[str, str]
) -> dict[str, Any]:
    bundle = spec.vendor_configuration.bundle_config
    repository, tag = repository_and_tag(f"{bundle.registry}/{bundle.image}", bundle)
    newer = where_set(bundle)
    if "worker_env" in newer:  # The further nodes run the same model.
        newer["worker_env"] = {**newer["worker_env"], **parameters}
    return {
        "name": naming.name,
        "schema_location": "TBA",
        "metadata": {},
        "flavor": {
            "flavor": "streaming_enhanced_runnable_image",
            "repository": repository,
            "tag": tag,
            "command": bundle.command,
            "streaming_command": bundle.streaming_command or [],
            "predict_route": bundle.predict_route,
            "healthcheck_route": bundle.healthcheck_route,
            # Launch rejects null here, and has a default for an absent route.
            **_unless_none("streaming_predict_route", bundle.streaming_predict_route),
            "env": {**bundle.env, **parameters},
            "protocol": "http",
            "readiness_initial_delay_seconds": bundle.readiness_initial_delay_seconds,
            **newer,
        },
    }


def _model_endpoint(spec: ModelTemplateSpec, naming: EndpointNaming) -> dict[str, Any] | None:
    if not has_endpoint(spec):
        return None
    endpoint = spec.vendor_configuration.endpoint_config
    return {
        "name": naming.name,
        "endpoint_type": endpoint_type(spec).value.lower(),
        **_resources(endpoint),
        "min_workers": endpoint.min_workers,
        "max_workers": endpoint.most_workers(),
        "per_worker": endpoint.per_worker,
        "high_priority": endpoint.high_priority,
        "labels": naming.labels,
        "metadata": {},
        **where_set(endpoint),
    }


def _batch_job_bundle(spec: ModelTemplateSpec, naming: EndpointNaming) -> dict[str, Any] | None:
    if (job := spec.vendor_configuration.fine_tuning_job_bundle_config) is None:
        return None
    # Launch puts its own registry before the image.
    repository, tag = repository_and_tag(job.image, job)
    return {
        "name": f"{naming.name}-ft",
        "image_repository": repository,
        "image_tag": tag,
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
    """The value of an environment variable: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
