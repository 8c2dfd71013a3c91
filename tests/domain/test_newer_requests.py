"""Newer fields of Launch: warnings about those without effect, and the exact requests."""

from copy import deepcopy
from typing import Any

import msgspec
import pytest

from app.domain.launch.checks import warnings
from app.domain.launch.plan import EndpointNaming, LaunchAutoscaling, LaunchPlan, plan
from app.domain.model_template import ModelTemplate
from tests.builders import NEWER_FIELDS, a_parameter, a_template, with_parameters
from tests.domain.test_newer_fields import BUNDLE, JOB, PARAMETER, bundle, codes, several


def a_plan(template: ModelTemplate, **parameters: Any) -> LaunchPlan:
    naming = EndpointNaming(name="m", labels={"team": "t", "product": "p"})
    return plan(template, naming, parameters, LaunchAutoscaling())


UNUSED: list[tuple[str, dict[str, Any], set[str]]] = [
    ("bundleConfig", {"routes": ["/a"]}, {"ASYNC", "BATCH"}),
    ("bundleConfig", {"extra_routes": ["/a"]}, {"ASYNC", "BATCH"}),
    ("bundleConfig", {"forwarder_type": "PASSTHROUGH"}, {"ASYNC", "BATCH", "SYNC"}),
    ("endpointConfig", {"forwarder_max_concurrency": 5}, {"ASYNC", "BATCH"}),
    ("endpointConfig", {"task_expires_seconds": 5}, {"BATCH", "SYNC", "STREAMING"}),
    ("endpointConfig", {"queue_message_timeout_seconds": 5}, {"BATCH", "SYNC", "STREAMING"}),
    ("endpointConfig", {"public_inference": True}, set()),
    ("bundleConfig", {"digest": f"sha256:{'a' * 64}"}, set()),
]


@pytest.mark.parametrize(("section", "change", "kinds"), UNUSED)
def test_a_field_without_effect_is_a_warning_and_no_error_of_the_plan(
    section: str, change: dict[str, Any], kinds: set[str]
) -> None:
    ready = {"min_workers": 1, "per_worker": 1}
    vendor: dict[str, Any] = {
        "bundle_config": {"streaming_command": ["/serve"]},
        "endpoint_config": ready,
    }
    vendor["bundle_config" if section == "bundleConfig" else "endpoint_config"] |= change
    for kind in ("SYNC", "ASYNC", "STREAMING", "BATCH"):
        template = a_template(endpoint_type=kind, vendor_configuration=deepcopy(vendor))

        found, rendered = warnings(template), a_plan(template)

        assert (rendered.errors, list(rendered.warnings)) == ((), found)
        assert {error.code.name for error in found} <= {"INCONSISTENT"}
        assert {error.path[1] for error in found} == ({section} if kind in kinds else set())


def test_a_warning_says_which_endpoints_use_the_field() -> None:
    (found,) = warnings(a_template(**bundle(routes=["/a"])))

    assert found.path == (*BUNDLE, "routes")
    assert found.message == (
        "routes has no effect for ASYNC endpoints, only for SYNC and STREAMING."
    )


def test_settings_of_further_nodes_have_no_effect_on_one() -> None:
    found = warnings(a_template(**bundle(worker_command=[], worker_env={})))

    assert codes(found) == [
        ("INCONSISTENT", (*BUNDLE, "workerCommand")),
        ("INCONSISTENT", (*BUNDLE, "workerEnv")),
    ]


def test_a_secret_of_further_nodes_is_exposed_too() -> None:
    followers = {**several(), **with_parameters(a_parameter(name="A"))}
    followers["vendor_configuration"]["bundle_config"] = {
        "streaming_command": ["/serve"],
        "worker_command": [],
        "worker_env": {"HF_TOKEN": "hf_1a2B3c4D5e", "A": "1"},
    }
    followers["vendor_configuration"]["endpoint_config"] |= {"min_workers": 1, "per_worker": 1}

    found = warnings(a_template(**followers))

    assert codes(found) == [
        ("INCONSISTENT", (*PARAMETER, "name")),
        ("EXPOSED", (*BUNDLE, "workerEnv", "HF_TOKEN")),
    ]
    assert found[0].message == (
        "name is also set in bundleConfig.workerEnv, and overrides it there: A."
    )


def test_a_digest_of_a_job_is_a_warning() -> None:
    job = {"registry": "r.io", "image": "i", "tag": "1", "digest": f"sha256:{'a' * 64}"}
    template = a_template(vendor_configuration={"fine_tuning_job_bundle_config": job})

    found, rendered = warnings(template), a_plan(template)

    assert codes(found) == [("INCONSISTENT", (*JOB, "digest"))]
    assert (rendered.errors, list(rendered.warnings)) == ((), found)


# The requests


def test_the_requests_have_launchs_names_for_what_is_set() -> None:
    rendered = a_plan(a_template(**NEWER_FIELDS), P="s3://weights")

    assert rendered.errors == ()
    assert rendered.env == {"P": "s3://weights"}
    assert rendered.create_model_bundle_request == {
        "name": "m",
        "schema_location": "TBA",
        "metadata": {},
        "flavor": {
            "flavor": "streaming_enhanced_runnable_image",
            "repository": "docker.io/library/echo-model@sha256",
            "tag": "9f" * 32,
            "command": ["/serve"],
            "streaming_command": ["/serve"],
            "predict_route": "/predict",
            "healthcheck_route": "/readyz",
            "streaming_predict_route": "/generate_streaming",
            "env": {"P": "s3://weights"},
            "protocol": "http",
            "readiness_initial_delay_seconds": 120,
            "routes": ["/v1/chat/completions", "/mcp"],
            "extra_routes": ["/v1/models"],
            "forwarder_type": "passthrough",
            "worker_command": ["/serve", "--follow"],
            "worker_env": {"ROLE": "follower", "P": "s3://weights"},
        },
    }
    assert rendered.create_model_endpoint_request == {
        "name": "m",
        "endpoint_type": "streaming",
        "cpus": 3,
        "gpus": 8,
        "gpu_type": "nvidia-hopper-h100",
        "memory": "8Gi",
        "storage": "16Gi",
        "min_workers": 1,
        "max_workers": 1,
        "per_worker": 1,
        "high_priority": False,
        "labels": {"team": "t", "product": "p"},
        "metadata": {},
        "forwarder_max_concurrency": 20,
        "task_expires_seconds": 3_600,
        "queue_message_timeout_seconds": 43_200,
        "public_inference": True,
        "nodes_per_worker": 2,
    }
    assert rendered.create_docker_image_batch_job_bundle_request == {
        "name": "m-ft",
        "image_repository": "acme/tune@sha256",
        "image_tag": "0a" * 32,
        "command": [],
        "env": {},
        "mount_location": "/workspace/launch_specific/config.json",
        "resource_requests": {"cpus": 3, "gpus": 0, "memory": "8Gi", "storage": "16Gi"},
    }


def test_defaults_that_are_written_out_change_no_byte_of_a_plan() -> None:
    out = a_template(
        vendor_configuration={
            "bundle_config": {
                **{"digest": None, "routes": [], "extra_routes": [], "forwarder_type": "DEFAULT"},
                **{"worker_command": None, "worker_env": None},
            },
            "endpoint_config": {
                **{"forwarder_max_concurrency": None, "task_expires_seconds": None},
                **{"queue_message_timeout_seconds": None, "public_inference": False},
                "nodes_per_worker": 1,
            },
        }
    )

    written, plain = (msgspec.json.encode(a_plan(each)) for each in (out, a_template()))

    assert written == plain
    assert b"null" not in plain.partition(b'"create_model_bundle_request"')[2].partition(b"}")[0]


def test_parameters_override_the_environment_of_further_nodes() -> None:
    template = a_template(
        **{
            **NEWER_FIELDS,
            **with_parameters(a_parameter(name="ROLE", type="int"), a_parameter(name="NONE")),
        }
    )

    bundle: Any = a_plan(template, ROLE=2).create_model_bundle_request

    assert bundle["flavor"]["env"] == {"ROLE": "2"}
    assert bundle["flavor"]["worker_env"] == {"ROLE": "2"}
