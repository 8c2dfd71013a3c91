"""The limits and defaults of a template's fields, which are part of the contract."""

from collections.abc import Iterator
from typing import Any

import msgspec

from app.domain import errors, filter, pagination
from app.domain.launch.plan import EndpointNaming
from app.domain.model_template import CreateModelTemplate
from app.domain.validation.json_schema import json_schema
from tests.builders import MINIMAL, a_create_command, a_parameter, with_parameters

LIMITS = {"minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength"}
LIMITS |= {"maxBytes", "maxProperties"}


def limits(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, int]]]:
    """The limits in a schema, by the path of the field."""
    if here := {key: value for key, value in schema.items() if key in LIMITS}:
        yield path[1:], here
    for branch in schema.get("anyOf", ()):
        yield from limits(branch, path)
    for name, below in schema.get("properties", {}).items():
        yield from limits(below, f"{path}.{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(below := schema.get(keyword), dict):
            yield from limits(below, f"{path}.*")


def below(path: str, **found: dict[str, int]) -> dict[str, dict[str, int]]:
    return {f"{path}.{name.replace('__', '.')}": limit for name, limit in found.items()}


CONTAINER = {
    "registry": {"maxLength": 255},
    "image": {"maxLength": 255},
    "command": {"maxItems": 256},
    "command__*": {"maxBytes": 131_071},
    "env": {"maxProperties": 256},
    "env__*": {"maxBytes": 32_768},
}
RESOURCES = {
    "cpus": {"minimum": 1},
    "memory": {"maxLength": 64},
    "storage": {"maxLength": 64},
    "gpus": {"minimum": 0},
}
PARAMETERS = {
    "parameters": {"maxItems": 200},
    "parameters__*__name": {"maxLength": 128},
    "parameters__*__description": {"maxLength": 4_000},
    "parameters__*__enum": {"minItems": 1, "maxItems": 1_000},
    "parameters__*__min_length": {"minimum": 0},
    "parameters__*__max_length": {"minimum": 0},
    "parameters__*__pattern": {"maxLength": 512},
    "parameters__*__title": {"maxLength": 200},
}
ROUTES = {
    **{name: {"maxItems": 64} for name in ("routes", "extra_routes")},
    **{f"{name}__*": {"maxLength": 2_048} for name in ("routes", "extra_routes")},
}


def test_each_field_has_its_limits() -> None:
    assert dict(limits(json_schema(CreateModelTemplate))) == {
        "name": {"maxLength": 1_000},
        "description": {"maxLength": 20_000},
        "labels": {"maxProperties": 64},
        "request_id": {"minLength": 1, "maxLength": 255},
        **below(
            "vendor_configuration.bundle_config",
            **CONTAINER,
            streaming_command={"maxItems": 256},
            **{"streaming_command__*": {"maxBytes": 131_071}},
            readiness_initial_delay_seconds={"minimum": 0, "maximum": 86_400},
            healthcheck_route={"maxLength": 2_048},
            predict_route={"maxLength": 2_048},
            streaming_predict_route={"maxLength": 2_048},
            **ROUTES,
            worker_command={"maxItems": 256},
            **{"worker_command__*": {"maxBytes": 131_071}},
            worker_env={"maxProperties": 256},
            **{"worker_env__*": {"maxBytes": 32_768}},
        ),
        **below(
            "vendor_configuration.endpoint_config",
            **RESOURCES,
            min_workers={"minimum": 0},
            max_workers={"minimum": 0},
            per_worker={"minimum": 1},
            forwarder_max_concurrency={"minimum": 1, "maximum": 20},
            task_expires_seconds={"minimum": 1, "maximum": 2_147_483_647},
            queue_message_timeout_seconds={"minimum": 1, "maximum": 43_200},
            nodes_per_worker={"minimum": 1},
        ),
        **below(
            "vendor_configuration.fine_tuning_job_bundle_config",
            **CONTAINER,
            mount_location={"maxLength": 4_096},
            **{f"resources__{name}": limit for name, limit in RESOURCES.items()},
        ),
        **below("model_creation_parameters_schema", **PARAMETERS),
        **below("model_request_parameters_schema", **PARAMETERS),
    }
    assert dict(limits(json_schema(EndpointNaming))) == {"name": {"maxLength": 63}}


def test_an_input_has_limits_as_a_whole() -> None:
    assert errors.MAX_VIOLATIONS == 250
    assert (filter.MAX_SEARCH, filter.MAX_WORDS, filter.MAX_LABELS) == (1_000, 16, 64)
    assert (filter.MAX_INDEXED_WORDS, filter.MAX_WORD_LENGTH) == (128, 255)
    assert (pagination.DEFAULT_SIZE, pagination.MAX_SIZE) == (20, 100)


def test_what_an_input_leaves_out_has_sgps_default() -> None:
    job = {"registry": "docker.io", "image": "acme/tune", "tag": "1"}
    resources = {"cpus": 3, "memory": "8Gi", "storage": "16Gi", "gpus": 0, "gpu_type": None}
    command = a_create_command(vendor_configuration={"fine_tuning_job_bundle_config": job})

    assert msgspec.to_builtins(command) == {
        **MINIMAL,
        "request_id": None,
        "description": None,
        "labels": {},
        "endpoint_protocol": None,
        "vendor_configuration": {
            "vendor": "LAUNCH",
            "bundle_config": {
                "registry": "docker.io",
                "image": "library/echo-model",
                "tag": "0.1.0",
                "digest": None,
                "command": ["/serve"],
                "streaming_command": None,
                "env": {},
                "readiness_initial_delay_seconds": 120,
                "healthcheck_route": "/readyz",
                "predict_route": "/predict",
                "streaming_predict_route": "/generate_streaming",
                "routes": [],
                "extra_routes": [],
                "forwarder_type": "DEFAULT",
                "worker_command": None,
                "worker_env": None,
            },
            "endpoint_config": {
                **resources,
                "endpoint_type": None,
                "keeps_endpoint_type": False,
                "min_workers": 0,
                "max_workers": None,
                "per_worker": 10,
                "high_priority": False,
                "forwarder_max_concurrency": None,
                "task_expires_seconds": None,
                "queue_message_timeout_seconds": None,
                "public_inference": False,
                "nodes_per_worker": 1,
            },
            "fine_tuning_job_bundle_config": {
                **job,
                "digest": None,
                "command": [],
                "env": {},
                "mount_location": "/workspace/launch_specific/config.json",
                "training_dataset_schema_type": None,
                "resources": resources,
            },
        },
        "model_creation_parameters_schema": None,
        "model_request_parameters_schema": None,
    }


def test_a_parameter_has_no_keyword_by_default() -> None:
    schema = a_create_command(**with_parameters(a_parameter())).model_creation_parameters_schema

    assert schema is not None
    assert schema.parameters[0].keywords() == {}
