"""The vendor's part of a model template, which configures Launch: fields, and nothing else.

See `model_template` for how fields are written. Rules between them are in `rules`.
"""

from enum import Enum
from typing import Annotated, Self

from msgspec import Meta, field
from msgspec.structs import replace

from app.domain.formats import Command, Environment, Image, Quantity, Registry, Route, Tag
from app.domain.markers import FILTERABLE, SEARCHABLE, Mergeable, described, matching


class ModelEndpointType(Enum):
    """How callers reach a model that is made from the template."""

    SYNC = "SYNC"
    ASYNC = "ASYNC"
    STREAMING = "STREAMING"
    BATCH = "BATCH"


class ModelVendor(Enum):
    """Who deploys the model."""

    LAUNCH = "LAUNCH"


class GpuType(Enum):
    """GPUs that Launch schedules."""

    NVIDIA_TESLA_T4 = "nvidia-tesla-t4"
    NVIDIA_AMPERE_A10 = "nvidia-ampere-a10"
    NVIDIA_AMPERE_A100 = "nvidia-ampere-a100"
    NVIDIA_AMPERE_A100E = "nvidia-ampere-a100e"
    NVIDIA_HOPPER_H100 = "nvidia-hopper-h100"
    NVIDIA_HOPPER_H100_1G20GB = "nvidia-hopper-h100-1g20gb"
    NVIDIA_HOPPER_H100_3G40GB = "nvidia-hopper-h100-3g40gb"


class TrainingDatasetSchemaType(Enum):
    """The form of the data that a fine-tuning job reads."""

    GENERATION = "GENERATION"
    RERANKING_QUESTIONS = "RERANKING_QUESTIONS"


class ContainerImage(Mergeable, frozen=True, kw_only=True):
    """An image in a registry."""

    registry: Annotated[Registry, SEARCHABLE]
    image: Annotated[Image, SEARCHABLE]
    tag: Annotated[Tag, SEARCHABLE]

    @property
    def image_reference(self) -> str:
        """registry/image:tag."""
        return f"{self.registry}/{self.image}:{self.tag}"


class LaunchBundleConfig(ContainerImage, frozen=True, kw_only=True):
    """Where the model's code comes from and how it is started."""

    command: Command = []
    streaming_command: Command | None = None
    env: Environment = {}
    readiness_initial_delay_seconds: Annotated[
        int,
        described("Seconds until the first check of the health route.", minimum=0, maximum=86_400),
    ] = 120
    healthcheck_route: Annotated[Route, described("Answers 200 once it can serve.")] = "/readyz"
    predict_route: Annotated[Route, described("Takes a request, gives an answer.")] = "/predict"
    streaming_predict_route: Annotated[
        Route | None, described("Takes a request, streams the answer.")
    ] = "/generate_streaming"


class LaunchResources(Mergeable, frozen=True, kw_only=True):
    """What one container gets on its node."""

    cpus: Annotated[int, described("CPU cores.", minimum=1)] = 3
    memory: Annotated[Quantity, described("A Kubernetes quantity.")] = "8Gi"
    storage: Annotated[Quantity, described("Ephemeral storage, a Kubernetes quantity.")] = "16Gi"
    gpus: Annotated[int, described("Number of GPUs.", minimum=0)] = 0
    gpu_type: Annotated[GpuType | None, described("Needed when gpus is above 0."), FILTERABLE] = (
        None
    )


class LaunchEndpointConfig(LaunchResources, frozen=True, kw_only=True):
    """What each worker gets, and how many workers run."""

    endpoint_type: Annotated[
        ModelEndpointType | None,
        Meta(
            description="The template's own when absent.",
            # An input may leave it out; what is stored always has it.
            extra={"always_answered": True},
        ),
    ] = None
    min_workers: Annotated[int, described("Workers that always run.", minimum=0)] = 0
    max_workers: Annotated[int, described("Workers at the most.", minimum=0)] = 1
    per_worker: Annotated[
        int, described("Concurrent requests that one worker is to take.", minimum=1)
    ] = 10
    high_priority: Annotated[bool, described("Whether it may push out pods of lower priority.")] = (
        False
    )


class LaunchFineTuningJobBundleConfig(ContainerImage, frozen=True, kw_only=True):
    """The batch job that fine-tunes a model of the template."""

    command: Command = []
    env: Environment = {}
    mount_location: Annotated[
        str,
        matching(r"/[^\x00-\x1f\x7f]*", "an absolute path"),
        described("Where the job finds its configuration.", maxLength=4_096),
    ] = "/workspace/launch_specific/config.json"
    training_dataset_schema_type: Annotated[
        TrainingDatasetSchemaType | None, described("What the job trains on.")
    ] = None
    resources: Annotated[LaunchResources, described("What the job's pod gets.")] = field(
        default_factory=LaunchResources
    )


class LaunchVendorConfiguration(Mergeable, frozen=True, kw_only=True):
    """Configuration for launching a model with the Launch service, which deploys models on
    Kubernetes."""

    vendor: Annotated[ModelVendor, Meta(extra={"never_changes": True})] = ModelVendor.LAUNCH
    bundle_config: Annotated[LaunchBundleConfig, described("The container that serves the model.")]
    endpoint_config: Annotated[
        LaunchEndpointConfig, described("The endpoint that the container runs behind.")
    ] = field(default_factory=LaunchEndpointConfig)
    fine_tuning_job_bundle_config: Annotated[
        LaunchFineTuningJobBundleConfig | None,
        described("The job that fine-tunes the model, if it can be."),
    ] = None

    def completed(self, endpoint_type: ModelEndpointType) -> Self:
        """With the endpoint's type filled in if an input left it out."""
        if self.endpoint_config.endpoint_type is not None:
            return self
        endpoint = replace(self.endpoint_config, endpoint_type=endpoint_type)
        return replace(self, endpoint_config=endpoint)
