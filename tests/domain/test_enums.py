"""Every table that must cover an enum covers it, so that a new member fails here first."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLEnumType

import app.main  # noqa: F401  With it, every module that declares an error is imported.
from app.domain.access import IdentityType
from app.domain.errors import RequestError, UserErrorCode
from app.domain.filter import value_at
from app.domain.launch.checks import NEEDS, warnings
from app.domain.launch.node_limits import NODES
from app.domain.launch.plan import EndpointNaming, LaunchAutoscaling, plan
from app.domain.model_template import EndpointProtocol, ModelTemplateOrderField, ModelType
from app.domain.pagination import ModelTemplateOrder, OrderDirection
from app.domain.parameters import _JSON_TYPES, KEYWORDS, ParameterSchemaField, ParameterType
from app.domain.vendor_configuration import (
    ForwarderType,
    GpuType,
    ModelEndpointType,
    ModelVendor,
    TrainingDatasetSchemaType,
)
from app.graphql.schema import schema
from app.web.errors import STATUSES
from tests.builders import a_parameter, a_template, seeds, with_parameters

FRONTEND = Path(__file__).parents[2] / "frontend/src"

STORED: dict[type[Enum], dict[str, str]] = {
    ModelEndpointType: {name: name for name in ("SYNC", "ASYNC", "STREAMING", "BATCH")},
    ModelType: {
        name: name
        for name in (
            *("COMPLETION", "CHAT_COMPLETION", "AGENT", "EMBEDDING", "RERANKING", "GENERIC"),
        )
    },
    EndpointProtocol: {name: name for name in ("SGP", "COHERE", "VLLM")},
    ModelVendor: {"LAUNCH": "LAUNCH"},
    GpuType: {
        "NVIDIA_TESLA_T4": "nvidia-tesla-t4",
        "NVIDIA_AMPERE_A10": "nvidia-ampere-a10",
        "NVIDIA_AMPERE_A100": "nvidia-ampere-a100",
        "NVIDIA_AMPERE_A100E": "nvidia-ampere-a100e",
        "NVIDIA_HOPPER_H100": "nvidia-hopper-h100",
        "NVIDIA_HOPPER_H100_1G20GB": "nvidia-hopper-h100-1g20gb",
        "NVIDIA_HOPPER_H100_3G40GB": "nvidia-hopper-h100-3g40gb",
    },
    ForwarderType: {name: name for name in ("DEFAULT", "PASSTHROUGH")},
    TrainingDatasetSchemaType: {name: name for name in ("GENERATION", "RERANKING_QUESTIONS")},
    ParameterType: {"STR": "str", "INT": "int", "FLOAT": "float", "BOOL": "bool"},
    IdentityType: {"USER": "user", "SERVICE_ACCOUNT": "service_account"},
}
"""What documents hold. A member that is renamed or removed makes stored values unknown; one that is
added is unknown to the releases before, and needs its row in each table below."""


@pytest.mark.parametrize("enum", STORED, ids=lambda enum: enum.__name__)
def test_stored_values_stay_what_they_are(enum: type[Enum]) -> None:
    assert {member.name: member.value for member in enum} == STORED[enum]


def test_every_enum_of_a_template_is_listed() -> None:
    found = {
        type_.name
        for type_ in schema._schema.type_map.values()
        if isinstance(type_, GraphQLEnumType) and not type_.name.startswith("__")
    }
    not_stored: set[type[Enum]] = {UserErrorCode, ModelTemplateOrderField, OrderDirection}

    assert found == {enum.__name__ for enum in {*STORED, *not_stored}}


def test_every_gpu_has_the_limits_of_its_hardware() -> None:
    assert NODES.keys() == {None, *GpuType}


@pytest.mark.parametrize("gpu_type", [None, *GpuType])
def test_a_template_with_any_gpu_can_be_validated(gpu_type: GpuType | None) -> None:
    gpus = {"gpus": 0 if gpu_type is None else 1, "gpu_type": gpu_type and gpu_type.value}
    template = a_template(vendor_configuration={"endpoint_config": gpus})

    assert warnings(template) == []


def test_every_endpoint_type_has_needs() -> None:
    assert NEEDS.keys() == {*ModelEndpointType}


LAUNCHS = {"SYNC": "sync", "ASYNC": "async", "STREAMING": "streaming", "BATCH": None}
"""The endpoint types of Launch's API; it has no endpoint for BATCH."""


@pytest.mark.parametrize("kind", ModelEndpointType)
def test_every_endpoint_type_has_launchs_name(kind: ModelEndpointType) -> None:
    workers = {"endpoint_config": {"min_workers": 1, "per_worker": 1}}
    bundle = {"bundle_config": {"streaming_command": ["/serve"]}}
    template = a_template(endpoint_type=kind.value, vendor_configuration={**workers, **bundle})
    naming = EndpointNaming(name="m", labels={"team": "t", "product": "p"})

    request = plan(template, naming, {}, LaunchAutoscaling()).create_model_endpoint_request

    assert (request and request["endpoint_type"]) == LAUNCHS[kind.name]


def test_every_parameter_type_is_one_of_json_schema() -> None:
    assert _JSON_TYPES.keys() == {*ParameterType}


def test_every_keyword_says_which_parameter_types_it_narrows() -> None:
    sgps_own = ("name", "type", "description", "required")
    without_keywords = {ParameterType.BOOL}
    narrowed = {name: types for name, types in KEYWORDS.items() if len(types) < len(ParameterType)}

    for_forms = ("secret", "title", "advanced")

    assert [*sgps_own, *KEYWORDS, *for_forms] == [*ParameterSchemaField.__struct_fields__]
    assert KEYWORDS["default"] == KEYWORDS["enum"] == {*ParameterType}
    assert set().union(*narrowed.values()) == {*ParameterType} - without_keywords


VALUES = {"STR": ("x", "x"), "INT": (3.0, "3"), "FLOAT": (0.5, "0.5"), "BOOL": (True, "true")}
"""A value of each parameter type, and its text in an environment."""


@pytest.mark.parametrize("type_", ParameterType)
def test_every_parameter_type_becomes_a_variable(type_: ParameterType) -> None:
    template = a_template(**with_parameters(a_parameter(type=type_.value)))
    naming = EndpointNaming(name="m", labels={"team": "t", "product": "p"})
    value, text = VALUES[type_.name]

    assert plan(template, naming, {"P": value}, LaunchAutoscaling()).env == {"P": text}


def test_the_pages_know_every_parameter_type() -> None:
    (union,) = (
        found[1]
        for file in FRONTEND.rglob("types.ts")
        if (found := re.search(r"interface Parameter \{[^}]*?type: ([^;]*);", file.read_text()))
    )

    assert {*re.findall(r"['\"](\w+)['\"]", union)} == {*ParameterType.__members__}


@pytest.mark.parametrize("enum", [ModelType, ModelEndpointType, EndpointProtocol, ModelVendor])
def test_the_seeds_show_every_kind_of_template(enum: type[Enum]) -> None:
    texts = {text for wire in seeds() for text in re.findall(r'"(\w+)"', json.dumps(wire))}

    assert texts | {"LAUNCH"} >= {member.value for member in enum}


def test_every_code_of_a_user_error_has_a_description_of_its_own() -> None:
    # Two equal descriptions would make one code an alias of the other.
    members = UserErrorCode.__members__

    assert len({*members.values()}) == len(members)
    assert all(code.description.endswith(".") for code in members.values())


def request_errors(cls: type[RequestError]) -> Iterator[type[RequestError]]:
    for below in cls.__subclasses__():
        yield below
        yield from request_errors(below)


def test_every_code_of_a_request_error_has_a_status() -> None:
    codes = {error.code for error in request_errors(RequestError)}
    of_400 = {"BAD_USER_INPUT", "BAD_REQUEST", "QUERY_TOO_COMPLEX"}

    assert codes - of_400 == STATUSES.keys()


@pytest.mark.parametrize("field", ModelTemplateOrderField)
@pytest.mark.parametrize("direction", OrderDirection)
def test_every_order_reads_its_own_cursors(
    field: ModelTemplateOrderField, direction: OrderDirection
) -> None:
    template = a_template()
    order = ModelTemplateOrder(field=field, direction=direction)
    value: Any = value_at(template, (field.value,))

    position = order.position("after", order.cursor(template))

    assert isinstance(value, str | datetime)
    assert position is not None
    assert (position.value, position.id) == (value, template.id)
