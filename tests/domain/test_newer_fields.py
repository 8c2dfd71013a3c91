"""Newer fields of Launch and of parameters: every rule, and values at its edges."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import Struct

from app.domain.errors import Invalid
from app.domain.fields import field_map
from app.domain.model_template import CreateModelTemplate
from app.domain.validation.rules import violations
from app.domain.validation.untyped_input import checked
from tests.builders import (
    NEWER_FIELDS,
    a_create_command,
    a_parameter,
    a_template,
    a_wire_template,
    with_parameters,
)

BUNDLE = ("vendorConfiguration", "bundleConfig")
ENDPOINT = ("vendorConfiguration", "endpointConfig")
JOB = ("vendorConfiguration", "fineTuningJobBundleConfig")
PARAMETER = ("modelCreationParametersSchema", "parameters", "0")
NODES = {"gpus": 1, "gpu_type": "nvidia-tesla-t4", "nodes_per_worker": 2}
FOLLOWERS: dict[str, Any] = {"worker_command": [], "worker_env": {}}

Found = list[tuple[str, tuple[str, ...]]]
Cases = list[tuple[dict[str, Any], Found]]


def bundle(**changes: Any) -> dict[str, Any]:
    return {"vendor_configuration": {"bundle_config": changes}}


def endpoint(kind: str = "STREAMING", **changes: Any) -> dict[str, Any]:
    return {"endpoint_type": kind, "vendor_configuration": {"endpoint_config": changes}}


def several(kind: str = "STREAMING", **changes: Any) -> dict[str, Any]:
    """A change of the minimal template: a worker has two nodes, and what they need."""
    bundle = {name: value for name, value in FOLLOWERS.items() if name not in changes}
    config = {**NODES, **{k: v for k, v in changes.items() if k not in FOLLOWERS}}
    vendor = {"bundle_config": bundle, "endpoint_config": config}
    return {"endpoint_type": kind, "vendor_configuration": vendor}


def codes(errors: Any) -> Found:
    return [(error.code.name, error.path) for error in errors]


def omitted(value: Struct) -> Iterator[tuple[Any, Any]]:
    """Value and default of each field that documents omit by default."""
    for field in field_map(type(value)).fields:
        member = getattr(value, field.name)
        if field.omitted_by_default:
            yield member, field.default
        for inner in member if isinstance(member, list) else [member]:
            if isinstance(inner, Struct):
                yield from omitted(inner)


def test_the_example_has_every_newer_field() -> None:
    with_all, without = a_template(**NEWER_FIELDS), a_template(**with_parameters(a_parameter()))

    assert all(value != default for value, default in omitted(with_all))
    assert all(value == default for value, default in omitted(without))
    assert violations(a_create_command(**NEWER_FIELDS)) == []


def test_a_pin_is_a_digest_of_the_one_form() -> None:
    for digest in (f"sha256:{'a' * 64}", None):
        assert violations(a_create_command(**bundle(digest=digest))) == []


def out_of_range(name: str, api_name: str, *values: int) -> Cases:
    path = (*ENDPOINT, api_name)
    return [(endpoint("ASYNC", **{name: value}), [("OUT_OF_RANGE", path)]) for value in values]


def wrong_digests(*digests: str) -> Cases:
    return [(bundle(digest=digest), [("INVALID", (*BUNDLE, "digest"))]) for digest in digests]


def wrong_titles(code: str, *titles: str) -> Cases:
    path = (*PARAMETER, "title")
    return [(with_parameters(a_parameter(title=title)), [(code, path)]) for title in titles]


INVALID: Cases = [
    *wrong_digests("", "sha256:", f"sha256:{'a' * 63}", f"sha256:{'a' * 65}", "a" * 64),
    *wrong_digests(f"sha256:{'A' * 64}", f"sha256:{'g' * 64}", f"sha512:{'a' * 64}"),
    *wrong_digests(f"sha256:{'a' * 64}\n"),
    (bundle(routes=["v1"]), [("INVALID", (*BUNDLE, "routes", "0"))]),
    (bundle(routes=["/a", "/a b"]), [("INVALID", (*BUNDLE, "routes", "1"))]),
    (bundle(routes=["/" * 2_049]), [("OUT_OF_RANGE", (*BUNDLE, "routes", "0"))]),
    (bundle(routes=["/a"] * 65), [("OUT_OF_RANGE", (*BUNDLE, "routes"))]),
    (bundle(extra_routes=[""]), [("REQUIRED", (*BUNDLE, "extraRoutes", "0"))]),
    (bundle(extra_routes=["/a"] * 65), [("OUT_OF_RANGE", (*BUNDLE, "extraRoutes"))]),
    (bundle(worker_command=["x"] * 257), [("OUT_OF_RANGE", (*BUNDLE, "workerCommand"))]),
    (bundle(worker_command=["\0"]), [("INVALID", (*BUNDLE, "workerCommand", "0"))]),
    (bundle(worker_env={"1A": ""}), [("INVALID", (*BUNDLE, "workerEnv", "1A"))]),
    (
        bundle(worker_env={"A": "x" * 32_769}),
        [("OUT_OF_RANGE", (*BUNDLE, "workerEnv", "A"))],
    ),
    (
        bundle(worker_env={f"A{n}": "" for n in range(257)}),
        [("OUT_OF_RANGE", (*BUNDLE, "workerEnv"))],
    ),
    *out_of_range("forwarder_max_concurrency", "forwarderMaxConcurrency", 0, 21),
    *out_of_range("task_expires_seconds", "taskExpiresSeconds", 0, 2**31),
    *out_of_range("queue_message_timeout_seconds", "queueMessageTimeoutSeconds", 0, 43_201),
    *out_of_range("nodes_per_worker", "nodesPerWorker", 0, -1),
    (several("SYNC"), [("INCONSISTENT", (*ENDPOINT, "nodesPerWorker"))]),
    (several("BATCH"), [("INCONSISTENT", (*ENDPOINT, "nodesPerWorker"))]),
    (several(endpoint_type="ASYNC"), [("INCONSISTENT", (*ENDPOINT, "nodesPerWorker"))]),
    (several(gpus=0, gpu_type=None), [("INCONSISTENT", (*ENDPOINT, "gpus"))]),
    (several(worker_command=None), [("INCONSISTENT", (*BUNDLE, "workerCommand"))]),
    (several(worker_env=None), [("INCONSISTENT", (*BUNDLE, "workerEnv"))]),
    (
        endpoint("ASYNC", nodes_per_worker=2),
        [
            ("INCONSISTENT", (*ENDPOINT, "nodesPerWorker")),
            ("INCONSISTENT", (*ENDPOINT, "gpus")),
            ("INCONSISTENT", (*BUNDLE, "workerCommand")),
            ("INCONSISTENT", (*BUNDLE, "workerEnv")),
        ],
    ),
    *wrong_titles("INVALID", "", " \u2003", "a\nb", "a\n", "a\u202eb"),
    *wrong_titles("OUT_OF_RANGE", "t" * 201),
]


@pytest.mark.parametrize(("changes", "expected"), INVALID)
def test_a_violation_has_its_code_and_path(changes: dict[str, Any], expected: Found) -> None:
    found = violations(a_create_command(**changes))
    with pytest.raises(Invalid) as raised:
        checked(CreateModelTemplate, a_wire_template(**changes), closed=True)

    assert codes(found) == expected
    assert [*raised.value.errors] == found


VALID: list[dict[str, Any]] = [
    several(),
    several(endpoint_type="STREAMING", nodes_per_worker=64),
    several("SYNC", endpoint_type="STREAMING"),
    bundle(routes=["/" + "a" * 2_047] * 64, extra_routes=["/a", "/a"]),
    bundle(worker_command=["x"] * 256, worker_env={"A": "x" * 32_768}),
    endpoint(forwarder_max_concurrency=1),
    endpoint(forwarder_max_concurrency=20),
    endpoint("ASYNC", task_expires_seconds=1, queue_message_timeout_seconds=1),
    endpoint("ASYNC", task_expires_seconds=2**31 - 1, queue_message_timeout_seconds=43_200),
    with_parameters(a_parameter(title="t" * 200, advanced=True, default="d")),
    with_parameters(a_parameter(title=" Größe 模型 ✨ ")),
]


@pytest.mark.parametrize("changes", VALID)
def test_values_at_the_edges_are_accepted(changes: dict[str, Any]) -> None:
    assert violations(a_create_command(**changes)) == []
    assert checked(CreateModelTemplate, a_wire_template(**changes)) == a_create_command(**changes)


def test_a_title_is_no_part_of_a_json_schema() -> None:
    titled = a_parameter(title="Weights", advanced=True)
    schemas = [
        a_template(**with_parameters(made)).model_creation_parameters_schema
        for made in (titled, a_parameter())
    ]

    assert schemas[0] and schemas[1]
    assert schemas[0].json_schema == schemas[1].json_schema
