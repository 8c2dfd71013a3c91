"""The vendor configuration of a model template, which is that of Launch.

See `model_template` for how the fields are used. Rules between them are in `validation/rules`.
"""

from enum import Enum
from typing import Annotated, Self

from msgspec import Meta, field
from msgspec.structs import replace

from app.domain.formats import (
    Command,
    Digest,
    Environment,
    FilePath,
    Image,
    Quantity,
    Registry,
    Route,
    Routes,
    Tag,
)
from app.domain.markers import (
    FILTERABLE,
    INTERNAL,
    OMITTED_BY_DEFAULT,
    SEARCHABLE,
    Mergeable,
    described,
    limited,
)


class ModelEndpointType(Enum):
    """How callers reach a model that is created from the template."""

    SYNC = "SYNC"
    ASYNC = "ASYNC"
    STREAMING = "STREAMING"
    BATCH = "BATCH"


class ModelVendor(Enum):
    """The service that deploys the model."""

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


class ForwarderType(Enum):
    """How Launch's forwarder, which runs beside the container, passes on requests to the routes."""

    DEFAULT = "DEFAULT"
    PASSTHROUGH = "PASSTHROUGH"


class TrainingDatasetSchemaType(Enum):
    """The format of the training data of a fine-tuning job."""

    GENERATION = "GENERATION"
    RERANKING_QUESTIONS = "RERANKING_QUESTIONS"


class ContainerImage(Mergeable, frozen=True, kw_only=True):
    """A container image in a registry."""

    registry: Annotated[Registry, SEARCHABLE]
    image: Annotated[Image, SEARCHABLE]
    tag: Annotated[Tag, SEARCHABLE]
    digest: Annotated[
        Digest | None,
        described("Digest of the image, such as sha256:9f86…: pins it, whatever the tag names."),
        SEARCHABLE,
        OMITTED_BY_DEFAULT,
    ] = None

    @property
    def image_reference(self) -> str:
        """The image reference, as registry/image:tag or registry/image:tag@digest."""
        pin = "" if self.digest is None else f"@{self.digest}"
        return f"{self.registry}/{self.image}:{self.tag}{pin}"


class LaunchBundleConfig(ContainerImage, frozen=True, kw_only=True):
    """The container that serves the model: its image, commands, environment and routes."""

    command: Command = []
    streaming_command: Command | None = None
    env: Environment = {}
    readiness_initial_delay_seconds: Annotated[
        int,
        described("Seconds before the first health check.", minimum=0, maximum=86_400),
    ] = 120
    healthcheck_route: Annotated[Route, described("Responds with 200 when ready.")] = "/readyz"
    predict_route: Annotated[Route, described("Path for requests.")] = "/predict"
    streaming_predict_route: Annotated[
        Route | None, described("Path for requests whose response is streamed.")
    ] = "/generate_streaming"
    routes: Annotated[
        Routes,
        described("Further paths for requests, such as /v1/chat/completions."),
        OMITTED_BY_DEFAULT,
    ] = []
    extra_routes: Annotated[
        Routes,
        described("Like routes, which replaced it in Launch."),
        OMITTED_BY_DEFAULT,
    ] = []
    forwarder_type: Annotated[
        ForwarderType,
        described(
            "PASSTHROUGH passes on any method and body to the routes unchanged; DEFAULT takes "
            "Launch's own requests, by POST."
        ),
        OMITTED_BY_DEFAULT,
    ] = ForwarderType.DEFAULT
    worker_command: Annotated[
        Command | None,
        described(
            "Program and arguments that start the container on the further nodes of a worker. "
            "Required when nodesPerWorker is above 1."
        ),
        OMITTED_BY_DEFAULT,
    ] = None
    worker_env: Annotated[
        Environment | None,
        described(
            "Environment variables of the container on the further nodes of a worker. "
            "Required when nodesPerWorker is above 1; it may be empty."
        ),
        OMITTED_BY_DEFAULT,
    ] = None


class LaunchResources(Mergeable, frozen=True, kw_only=True):
    """The resources of one container."""

    cpus: Annotated[int, described("CPU cores.", minimum=1)] = 3
    memory: Annotated[Quantity, described("Memory, a Kubernetes quantity.")] = "8Gi"
    storage: Annotated[Quantity, described("Ephemeral storage, a Kubernetes quantity.")] = "16Gi"
    gpus: Annotated[int, described("Number of GPUs.", minimum=0)] = 0
    gpu_type: Annotated[GpuType | None, described("Required when gpus is above 0."), FILTERABLE] = (
        None
    )


class LaunchEndpointConfig(LaunchResources, frozen=True, kw_only=True):
    """The resources of each worker, and the number of workers."""

    endpoint_type: Annotated[
        ModelEndpointType | None,
        Meta(
            description="The template's endpointType if absent, and then it changes with it.",
            # An input may omit it, but stored templates always have it.
            extra={"always_answered": True},
        ),
    ] = None
    keeps_endpoint_type: Annotated[bool, INTERNAL] = False
    """The endpoint type was given, although it is the template's own. Another one than the
    template's was given in any case; the same one without this mark was inherited."""
    min_workers: Annotated[int, described("Minimum number of workers.", minimum=0)] = 0
    max_workers: Annotated[
        Annotated[int, limited(minimum=0)] | None,
        Meta(
            description="Maximum number of workers. The greater of 1 and minWorkers if absent.",
            extra={"always_answered": True, "former_default": 1},
        ),
    ] = None
    per_worker: Annotated[
        int, described("Target number of concurrent requests for each worker.", minimum=1)
    ] = 10
    high_priority: Annotated[bool, described("Whether it may preempt pods of lower priority.")] = (
        False
    )
    forwarder_max_concurrency: Annotated[
        Annotated[int, limited(minimum=1, maximum=20)] | None,
        described(
            "Maximum number of requests that Launch's forwarder has in progress; null for "
            "Launch's own limit.",
        ),
        OMITTED_BY_DEFAULT,
    ] = None
    task_expires_seconds: Annotated[
        Annotated[int, limited(minimum=1, maximum=2**31 - 1)] | None,
        described(
            "Seconds that a request to an ASYNC endpoint may wait before it expires; null for "
            "Launch's own limit, a day.",
        ),
        OMITTED_BY_DEFAULT,
    ] = None
    queue_message_timeout_seconds: Annotated[
        Annotated[int, limited(minimum=1, maximum=43_200)] | None,
        described(
            "Seconds that a worker of an ASYNC endpoint has for a request before the queue gives "
            "it to another worker; null for Launch's own limit.",
        ),
        OMITTED_BY_DEFAULT,
    ] = None
    public_inference: Annotated[
        bool,
        described("Whether everyone who can use Launch may send requests, not the owner only."),
        OMITTED_BY_DEFAULT,
    ] = False
    nodes_per_worker: Annotated[
        int,
        described(
            "Number of nodes that each worker runs on, each with these resources. Above 1 only "
            "for STREAMING, with a GPU, and with workerCommand and workerEnv.",
            minimum=1,
        ),
        OMITTED_BY_DEFAULT,
    ] = 1

    def most_workers(self) -> int:
        """`max_workers`, or its default."""
        return max(1, self.min_workers) if self.max_workers is None else self.max_workers

    def inherits_type(self, endpoint_type: ModelEndpointType) -> bool:
        """Whether the endpoint's type follows that of the template, which is `endpoint_type`."""
        own = self.endpoint_type
        return own is None or (own is endpoint_type and not self.keeps_endpoint_type)

    def completed(self, endpoint_type: ModelEndpointType, *, is_stored: bool = False) -> Self:
        """The same endpoint with what it inherits and its defaults filled in. It is as it was
        given, or, if `is_stored`, completed before: then the template's type may be a copy."""
        own = self.endpoint_type
        return replace(
            self,
            endpoint_type=endpoint_type if own is None else own,
            keeps_endpoint_type=own is endpoint_type
            and (self.keeps_endpoint_type or not is_stored),
            max_workers=self.most_workers(),
        )

    def as_given(self, endpoint_type: ModelEndpointType) -> Self:
        """The completed endpoint as it was given: without the type if it was inherited."""
        own = None if self.inherits_type(endpoint_type) else self.endpoint_type
        return replace(self, endpoint_type=own, keeps_endpoint_type=False)


class LaunchFineTuningJobBundleConfig(ContainerImage, frozen=True, kw_only=True):
    """The batch job that fine-tunes a model of the template."""

    command: Command = []
    env: Environment = {}
    mount_location: Annotated[
        FilePath,
        described("Path at which the job's configuration is mounted.", maxLength=4_096),
    ] = "/workspace/launch_specific/config.json"
    training_dataset_schema_type: Annotated[
        TrainingDatasetSchemaType | None, described("Format of the training data.")
    ] = None
    resources: Annotated[LaunchResources, described("Resources of the job's pod.")] = field(
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
        described("The job that fine-tunes the model; null if it cannot be fine-tuned."),
    ] = None

    def completed(self, endpoint_type: ModelEndpointType, *, is_stored: bool = False) -> Self:
        """The same configuration, with what the endpoint inherits filled in: see there."""
        endpoint = self.endpoint_config.completed(endpoint_type, is_stored=is_stored)
        return replace(self, endpoint_config=endpoint)

    def as_given(self, endpoint_type: ModelEndpointType) -> Self:
        """The completed configuration as it was given."""
        return replace(self, endpoint_config=self.endpoint_config.as_given(endpoint_type))

    def as_shown(self) -> Self:
        """The configuration as the API shows it, which is not whether a type was given."""
        endpoint = replace(self.endpoint_config, keeps_endpoint_type=False)
        return replace(self, endpoint_config=endpoint)
