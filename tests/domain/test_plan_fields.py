"""Every field of a vendor configuration is in the requests to Launch, or omitted on purpose."""

from copy import deepcopy
from typing import Any

import pytest
from msgspec import Struct

from app.domain.launch.plan import EndpointNaming, LaunchAutoscaling, plan
from app.domain.vendor_configuration import (
    LaunchBundleConfig,
    LaunchEndpointConfig,
    LaunchFineTuningJobBundleConfig,
    LaunchResources,
)
from tests.builders import a_template

NAMING = EndpointNaming(name="m", labels={"team": "t", "product": "p"})

SECTIONS: dict[type[Struct], tuple[str, ...]] = {
    LaunchBundleConfig: ("bundle_config",),
    LaunchEndpointConfig: ("endpoint_config",),
    LaunchFineTuningJobBundleConfig: ("fine_tuning_job_bundle_config",),
    LaunchResources: ("fine_tuning_job_bundle_config", "resources"),
}
"""The path of each class in a vendor configuration."""

WHOLE: dict[str, Any] = {
    "endpoint_config": {
        "gpus": 1,
        "gpu_type": "nvidia-tesla-t4",
        "min_workers": 1,  # SYNC needs one.
        "max_workers": 2,
    },
    "fine_tuning_job_bundle_config": {
        "registry": "docker.io",
        "image": "tune",
        "tag": "1",
        "resources": {"gpus": 1, "gpu_type": "nvidia-tesla-t4"},
    },
}
"""A change of the minimal template: everything is there."""

OTHERS: dict[str, Any] = {
    "registry": "ghcr.io",
    "image": "other/image",
    "tag": "other",
    "command": ["other"],
    "streaming_command": ["other"],
    "env": {"OTHER": "1"},
    "readiness_initial_delay_seconds": 7,
    "healthcheck_route": "/other",
    "predict_route": "/other",
    "streaming_predict_route": "/other",
    "digest": "sha256:" + "0" * 64,
    "routes": ["/other"],
    "extra_routes": ["/other"],
    "forwarder_type": "PASSTHROUGH",
    "worker_command": ["other"],
    "worker_env": {"OTHER": "1"},
    "cpus": 7,
    "memory": "7Gi",
    "storage": "7Gi",
    "gpus": 7,
    "gpu_type": "nvidia-hopper-h100",
    "endpoint_type": "SYNC",
    "keeps_endpoint_type": True,
    "min_workers": 2,
    "max_workers": 7,
    "per_worker": 7,
    "high_priority": True,
    "forwarder_max_concurrency": 7,
    "task_expires_seconds": 7,
    "queue_message_timeout_seconds": 7,
    "public_inference": True,
    "nodes_per_worker": 7,
    "mount_location": "/other/config.json",
    "training_dataset_schema_type": "GENERATION",
    "resources": {"cpus": 5},
}
"""A value of each field that differs from the one in WHOLE."""

LEFT_OUT = {
    # SGP chooses what to train on by it; Launch's batch job bundles have no such field.
    (LaunchFineTuningJobBundleConfig, "training_dataset_schema_type"),
    # Launch puts its own registry before the image of a job.
    (LaunchFineTuningJobBundleConfig, "registry"),
    # It tells whether endpoint_type was given, and is only stored.
    (LaunchEndpointConfig, "keeps_endpoint_type"),
}
"""On purpose."""


def requests(section: tuple[str, ...] = (), **change: Any) -> list[Any]:
    vendor = deepcopy(WHOLE)
    place: Any = vendor
    for name in section:
        place = place.setdefault(name, {})
    place |= change
    rendered = plan(a_template(vendor_configuration=vendor), NAMING, {}, LaunchAutoscaling())
    assert rendered.errors == ()
    return [
        rendered.create_model_bundle_request,
        rendered.create_model_endpoint_request,
        rendered.create_docker_image_batch_job_bundle_request,
    ]


FIELDS = [(cls, name) for cls in SECTIONS for name in cls.__struct_fields__]


@pytest.mark.parametrize(("cls", "name"), FIELDS, ids=lambda part: getattr(part, "__name__", part))
def test_a_field_is_in_a_request_or_left_out_on_purpose(cls: type[Struct], name: str) -> None:
    is_in_a_request = requests(SECTIONS[cls], **{name: OTHERS[name]}) != requests()

    assert is_in_a_request == ((cls, name) not in LEFT_OUT)
