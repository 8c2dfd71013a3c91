"""The model template: the list of its fields, with their descriptions and simple constraints.

What configures Launch is in `vendor_configuration`, what is left open in `parameters`. GraphQL's
types and inputs, the JSON Schema that input is checked against, the stored document and the
collection's validator are all made from these classes. Rules between fields are in `rules`.
An enum member's name is what GraphQL shows; its value is what MongoDB and Launch hold.
"""

import re
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Self

from msgspec import UNSET, Meta, Struct, UnsetType, field, to_builtins
from msgspec.structs import replace

from app.domain.access import Id, Identity, IdentityType
from app.domain.formats import LabelKey, LabelValue
from app.domain.markers import (
    FILTERABLE,
    SEARCHABLE,
    SEARCHABLE_LAST,
    SEARCHABLE_LATER,
    Changes,
    Mergeable,
    described,
    limited,
    matching,
)
from app.domain.parameters import ParameterSchema
from app.domain.vendor_configuration import LaunchVendorConfiguration, ModelEndpointType


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


Instant = Annotated[datetime, Meta(tz=True)]


class ModelTemplateSpec(Mergeable, frozen=True, kw_only=True):
    """What a client may set: what a template says at one moment."""

    name: Annotated[
        str,
        matching(r"[^\x00-\x1f\x7f-\x9f]*", "free of control characters"),
        described("Unique in the account.", maxLength=1_000),
        FILTERABLE,
        SEARCHABLE,
    ]
    description: Annotated[
        Annotated[str, limited(maxLength=20_000)] | None,
        described("Markdown for people who choose a template."),
        SEARCHABLE_LAST,
    ] = None
    labels: Annotated[
        dict[LabelKey, LabelValue],
        described("Free key/value pairs to find and group templates by.", maxProperties=64),
        SEARCHABLE_LATER,
    ] = {}
    endpoint_type: Annotated[ModelEndpointType, FILTERABLE]
    model_type: Annotated[ModelType, FILTERABLE]
    endpoint_protocol: Annotated[EndpointProtocol | None, FILTERABLE] = None
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
        configuration = self.vendor_configuration.completed(self.endpoint_type)
        return replace(self, vendor_configuration=configuration)


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

    id: Annotated[
        Id, matching(r"[A-Za-z0-9_.-]{1,64}", "1 to 64 letters, digits, _, . and -"), SEARCHABLE
    ]
    account_id: Annotated[Id, described("The account that owns the template.")]
    created_at: Instant
    created_by_user_id: Annotated[Id, FILTERABLE]
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

    @staticmethod
    def with_defaults(
        values: dict[str, Any], *, id: str, identity: Identity, at: datetime
    ) -> dict[str, Any]:
        """Values in wire form; what the server adds to a template is filled in where it lacks."""
        added = {
            "id": id,
            "created_at": at,
            "created_by_user_id": identity.identity_id,
            "created_by_identity_type": identity.identity_type,
        }
        first = {**to_builtins(added), **values}
        latest = {
            "updated_at": first["created_at"],
            "updated_by_user_id": first["created_by_user_id"],
        }
        return {**latest, **first}

    def is_archived(self) -> bool:
        """Whether it is kept from new use."""
        return self.archived_at is not None

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
        if archived is not UNSET and archived is not self.is_archived():
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


class ModelTemplateVersion(Struct, frozen=True, kw_only=True):
    """The part of a template that tells whose it is, and which state is current."""

    id: Id
    account_id: Id
    revision: int


class ModelTemplateOrderField(Enum):
    """What a list is ordered by; ids decide between equals."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    NAME = "name"


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
