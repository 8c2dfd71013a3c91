"""The model template: THE list of its fields, with their descriptions and simple constraints.

GraphQL's types and inputs, the JSON Schema that input is checked against, the stored document and
the collection's validator are all made from the classes below. Rules between fields are in `rules`.
An enum member's name is what GraphQL shows; its value is what MongoDB and Launch hold.
"""

import re
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Self

from msgspec import UNSET, Meta, Struct, UnsetType, field
from msgspec.structs import replace

from app.domain.access import Id, Identity, IdentityType
from app.domain.parameters import ParameterSchema
from app.domain.text import described, form, limited


class ModelEndpointType(Enum):
    """How callers reach a model that is made from the template."""

    SYNC = "SYNC"
    ASYNC = "ASYNC"
    STREAMING = "STREAMING"
    BATCH = "BATCH"


class ModelType(Enum):
    """What the model does; it fixes the request and response shape."""

    COMPLETION = "COMPLETION"
    CHAT_COMPLETION = "CHAT_COMPLETION"
    AGENT = "AGENT"
    EMBEDDING = "EMBEDDING"
    RERANKING = "RERANKING"
    GENERIC = "GENERIC"


class EndpointProtocol(Enum):
    """The calling convention that the Launch model endpoint expects."""

    SGP = "SGP"
    COHERE = "COHERE"
    VLLM = "VLLM"


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


# OCI reference syntax, after the grammar of the distribution project's reference package.
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)"
_PATH = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
Registry = Annotated[
    str,
    form(
        rf"(?:{_HOST}(?:\.{_HOST})*|\[[0-9A-Fa-f:]+\])(?::[0-9]{{1,5}})?(?:/{_PATH})*",
        "a registry's host, with an optional port and path, without a scheme",
    ),
    described("Host of the container registry: docker.io.", maxLength=255),
]
Image = Annotated[
    str,
    form(rf"{_PATH}(?:/{_PATH})*", "an image's path in lower case, such as vllm/vllm-openai"),
    described("Path of the image in the registry: vllm/vllm-openai.", maxLength=255),
]
Tag = Annotated[
    str,
    form(
        "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}",
        "an image tag: at most 128 letters, digits, _, . and -, without a digest",
    ),
    described("Tag of the image: v0.11.0."),
]
Command = Annotated[
    list[Annotated[str, limited(maxBytes=8 * 1024)]],
    described("Program and arguments that start the container.", maxItems=256),
]
EnvironmentName = Annotated[
    str, form("[A-Za-z_][A-Za-z0-9_]*", "letters, digits and _, not beginning with a digit")
]
Environment = Annotated[
    dict[EnvironmentName, Annotated[str, limited(maxBytes=32 * 1024)]],
    described("Environment variables of the container.", maxProperties=256),
]
Route = Annotated[
    str, form(r"/\S*", "a path that begins with / and has no white space"), limited(maxLength=2_048)
]
Quantity = Annotated[
    str,
    form(
        r"[0-9]+(?:\.[0-9]+)?(?:k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?",
        "a Kubernetes quantity, such as 8Gi",
    ),
    limited(maxLength=64),
]
_LABEL = r"[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?"
_DNS = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
LabelKey = Annotated[
    str,
    form(
        rf"(?:(?=.{{1,253}}/){_DNS}(?:\.{_DNS})*/)?{_LABEL}",
        "at most 63 letters, digits, -, _ and ., alphanumeric at both ends, "
        "after an optional prefix/",
    ),
]
LabelValue = Annotated[
    str,
    form(
        rf"(?:{_LABEL})?",
        "empty, or at most 63 letters, digits, -, _ and ., alphanumeric at both ends",
    ),
]
Instant = Annotated[datetime, Meta(tz=True)]


class Changes(dict[str, Any]):
    """What a client changes of one section: values by field; of a section in it, changes again."""


class Section(Struct, frozen=True, kw_only=True):
    """A part of a template that a patch merges into, field by field."""


class ContainerImage(Section, frozen=True, kw_only=True):
    """An image in a registry."""

    registry: Registry
    image: Image
    tag: Tag

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


class LaunchResources(Section, frozen=True, kw_only=True):
    """What one container gets on its node."""

    cpus: Annotated[int, described("CPU cores.", minimum=1)] = 3
    memory: Annotated[Quantity, described("A Kubernetes quantity.")] = "8Gi"
    storage: Annotated[Quantity, described("Ephemeral storage, a Kubernetes quantity.")] = "16Gi"
    gpus: Annotated[int, described("Number of GPUs.", minimum=0)] = 0
    gpu_type: Annotated[GpuType | None, described("Needed when gpus is above 0.")] = None


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
        form(r"/[^\x00-\x1f\x7f]*", "an absolute path"),
        described("Where the job finds its configuration.", maxLength=4_096),
    ] = "/workspace/launch_specific/config.json"
    training_dataset_schema_type: Annotated[
        TrainingDatasetSchemaType | None, described("What the job trains on.")
    ] = None
    resources: Annotated[LaunchResources, described("What the job's pod gets.")] = field(
        default_factory=LaunchResources
    )


class LaunchVendorConfiguration(Section, frozen=True, kw_only=True):
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


class ModelTemplateSpec(Section, frozen=True, kw_only=True):
    """What a client may set: what a template says at one moment."""

    name: Annotated[
        str,
        form(r"[^\x00-\x1f\x7f-\x9f]*", "free of control characters"),
        described("Unique in the account."),
    ]
    description: Annotated[
        Annotated[str, limited(maxLength=20_000)] | None,
        described("Markdown for people who choose a template."),
    ] = None
    labels: Annotated[
        dict[LabelKey, LabelValue],
        described("Free key/value pairs to find and group templates by.", maxProperties=64),
    ] = {}
    endpoint_type: ModelEndpointType
    model_type: ModelType
    endpoint_protocol: EndpointProtocol | None = None
    vendor_configuration: Annotated[
        LaunchVendorConfiguration, described("What Launch needs to deploy it.")
    ]
    model_creation_parameters_schema: Annotated[
        ParameterSchema | None,
        described("Parameters that may be set when a model is made from the template."),
    ] = None
    model_request_parameters_schema: Annotated[
        ParameterSchema | None,
        described(
            "Parameters that a caller may send with each request to such a model, "
            "as model_request_parameters."
        ),
    ] = None

    def completed(self) -> Self:
        """With everything filled in that an input may leave out."""
        vendor = self.vendor_configuration
        endpoint = vendor.endpoint_config
        if endpoint.endpoint_type is not None:
            return self
        endpoint = replace(endpoint, endpoint_type=self.endpoint_type)
        return replace(self, vendor_configuration=replace(vendor, endpoint_config=endpoint))


class CreateModelTemplate(ModelTemplateSpec, frozen=True, kw_only=True):
    """The command to create a template."""

    account_id: Annotated[Id, described("The account that owns the template.")]
    request_id: Annotated[
        Annotated[Id, limited(minLength=1, maxLength=255)] | None,
        described(
            "Makes the call safe to repeat: a second call of the account with the same "
            "requestId and the same input answers with the template that the first one made."
        ),
    ] = None


class UpdateModelTemplate(Struct, frozen=True, kw_only=True):
    """Changes to one template. An absent field stays, null clears an optional one, objects merge,
    lists and maps are replaced."""

    id: Id
    expected_revision: Annotated[
        int | None, described("Refuse with STALE unless this is still the current revision.")
    ] = None
    archived: Annotated[
        bool | UnsetType | None, described("Whether the template is withdrawn from new use.")
    ] = UNSET
    changes: Annotated[Changes, Meta(extra={"changes_of": ModelTemplateSpec})] = field(
        default_factory=Changes
    )


class DeleteModelTemplate(Struct, frozen=True, kw_only=True):
    """One template, to be deleted with its history."""

    id: Id
    expected_revision: Annotated[
        int | None, described("Refuse with STALE unless this is still the current revision.")
    ] = None


class ModelTemplateState(ModelTemplateSpec, frozen=True, kw_only=True):
    """What a template says at one moment: its current state, or one of its earlier revisions."""

    revision: Annotated[int, described("Starts at 1, grows by one with each change.")] = 1


class ModelTemplate(ModelTemplateState, frozen=True, kw_only=True):
    """A reusable description of how to run one kind of model: a container, its resources, and the
    parameters left open."""

    id: Id
    account_id: Annotated[Id, described("The account that owns the template.")]
    created_at: Instant
    created_by_user_id: Id
    created_by_identity_type: IdentityType
    updated_at: Annotated[Instant, described("When the current state began.")]
    updated_by_user_id: Annotated[Id, described("Who made it so.")]
    archived_at: Annotated[
        Instant | None, described("Set while the template is withdrawn from new use.")
    ] = None

    @classmethod
    def create(
        cls, command: CreateModelTemplate, *, id: str, identity: Identity, at: datetime
    ) -> Self:
        """The first state of a template."""
        return cls(
            **_spec(command.completed()),
            id=Id(id),
            account_id=command.account_id,
            created_at=at,
            created_by_user_id=identity.identity_id,
            created_by_identity_type=identity.identity_type,
            updated_at=at,
            updated_by_user_id=identity.identity_id,
        )

    def changed(
        self,
        spec: ModelTemplateSpec,
        *,
        archived: bool | UnsetType,
        identity: Identity,
        at: datetime,
    ) -> "ModelTemplate":
        """The next state; this very one when nothing changes."""
        archived_at = self.archived_at
        if archived is not UNSET and archived is not (archived_at is not None):
            archived_at = at if archived else None
        same = replace(self, **_spec(spec.completed()), archived_at=archived_at)
        if same == self:
            return self
        return replace(
            same,
            revision=self.revision + 1,
            updated_at=at,
            updated_by_user_id=identity.identity_id,
        )


class ModelTemplateRevision(ModelTemplateState, frozen=True, kw_only=True):
    """A template as it was before a later change. It never changes."""

    id: Annotated[
        Id,
        described("Differs from the template's own id, so that client caches keep the two apart."),
    ]
    template_id: Id
    updated_at: Annotated[Instant, described("When this state began.")]
    updated_by_user_id: Annotated[Id, described("Who made it so.")]

    @classmethod
    def of(cls, template: ModelTemplate) -> Self:
        """The current state of a template, as it will be remembered."""
        return cls(
            **_spec(template),
            id=cls.id_of(template.id, template.revision),
            template_id=template.id,
            revision=template.revision,
            updated_at=template.updated_at,
            updated_by_user_id=template.updated_by_user_id,
        )

    @staticmethod
    def id_of(template_id: str, revision: int) -> Id:
        """The id of one revision of a template."""
        return Id(f"{template_id}:{revision}")

    @staticmethod
    def parse_id(id: str) -> tuple[str, int] | None:
        """Template and revision that an id is of; None when it is not one of a revision."""
        template_id, separator, revision = id.rpartition(":")
        if not separator or not re.fullmatch("[1-9][0-9]{0,9}", revision):
            return None
        return template_id, int(revision)


def _spec(spec: ModelTemplateSpec) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in ModelTemplateSpec.__struct_fields__}
