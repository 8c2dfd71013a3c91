"""The model template: its fields, with their descriptions and constraints.

GraphQL's types and inputs, the JSON Schema for validation, the stored document and the collection's
validator are all derived from these classes. The configuration of Launch is in
`vendor_configuration`, parameters are in `parameters`, rules between fields in `validation/rules`.
GraphQL shows the name of an enum member; MongoDB and Launch have its value.
"""

import re
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Self

from msgspec import UNSET, Meta, Struct, UnsetType, field, to_builtins
from msgspec.structs import replace

from app.domain.access import Id, Identity, IdentityType
from app.domain.formats import AccountId, LabelKey, LabelValue, Name
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
    """The task of the model, which determines the shape of its requests and responses."""

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
    """The fields of a template that clients set."""

    name: Annotated[
        Name,
        described("Name of the template, unique in the account.", maxLength=1_000),
        FILTERABLE,
        SEARCHABLE,
    ]
    description: Annotated[
        Annotated[str, limited(maxLength=20_000)] | None,
        described("Markdown text that helps people choose a template."),
        SEARCHABLE_LAST,
    ] = None
    labels: Annotated[
        dict[LabelKey, LabelValue],
        described("Key/value pairs to find and group templates by.", maxProperties=64),
        SEARCHABLE_LATER,
    ] = {}
    endpoint_type: Annotated[ModelEndpointType, FILTERABLE]
    model_type: Annotated[
        ModelType,
        limited(
            unsupported={
                "BUNDLE": "must not be BUNDLE: SGP uses it to show model bundles of Launch in its "
                "interface, and no model can be created from it"
            }
        ),
        FILTERABLE,
    ]
    endpoint_protocol: Annotated[EndpointProtocol | None, FILTERABLE] = None
    vendor_configuration: Annotated[
        LaunchVendorConfiguration, described("How Launch deploys the model.")
    ]
    model_creation_parameters_schema: Annotated[
        ParameterSchema | None,
        described("Parameters that may be set when a model is created from the template."),
    ] = None
    model_request_parameters_schema: Annotated[
        ParameterSchema | None,
        described(
            "Parameters that a caller may send with each request to such a model, "
            "as model_request_parameters."
        ),
    ] = None

    def completed(self, *, is_stored: bool = False) -> Self:
        """The same fields with values that an input may omit filled in. They are as they are given,
        or, if `is_stored`, as another server has stored them."""
        configuration = self.vendor_configuration
        return replace(
            self,
            vendor_configuration=configuration.completed(self.endpoint_type, is_stored=is_stored),
            model_creation_parameters_schema=_completed(self.model_creation_parameters_schema),
            model_request_parameters_schema=_completed(self.model_request_parameters_schema),
        )

    def as_given(self) -> Self:
        """Completed fields as they were given: without what is inherited from others."""
        configuration = self.vendor_configuration.as_given(self.endpoint_type)
        return replace(self, vendor_configuration=configuration)

    def as_shown(self) -> Self:
        """Completed fields as the API shows them: without marks that only documents have."""
        return replace(self, vendor_configuration=self.vendor_configuration.as_shown())

    def has_patterns(self) -> bool:
        """Whether validation may take milliseconds: see `off_loop`."""
        schemas = (self.model_creation_parameters_schema, self.model_request_parameters_schema)
        return any(schema.has_patterns() for schema in schemas if schema is not None)


class CreateModelTemplate(ModelTemplateSpec, frozen=True, kw_only=True):
    """The command to create a template."""

    account_id: Annotated[AccountId, described("The account that owns the template.")]
    request_id: Annotated[
        Annotated[Id, limited(minLength=1, maxLength=255)] | None,
        described(
            "Idempotency key: a second call in the account with the same requestId and the same "
            "input returns the template that the first one created."
        ),
    ] = None


class UpdateModelTemplate(Struct, frozen=True, kw_only=True):
    """Changes to one template. Absent fields keep their values, null clears an optional field,
    objects are merged, lists and maps are replaced."""

    id: Id
    expected_revision: Annotated[
        int | None, described("Fail with STALE unless this is the current revision.")
    ] = None
    archived: Annotated[
        bool | UnsetType | None, described("True archives the template, false restores it.")
    ] = UNSET
    changes: Annotated[Changes, Meta(extra={"changes_of": ModelTemplateSpec})] = field(
        default_factory=Changes
    )


class DeleteModelTemplate(Struct, frozen=True, kw_only=True):
    """The command to delete a template with its history."""

    id: Id
    expected_revision: Annotated[
        int | None, described("Fail with STALE unless this is the current revision.")
    ] = None


class ModelTemplateState(ModelTemplateSpec, frozen=True, kw_only=True):
    """A state of a template: the current one or an earlier revision."""

    revision: Annotated[int, described("Starts at 1 and grows by 1 with each change.")] = 1


class ModelTemplate(ModelTemplateState, frozen=True, kw_only=True):
    """A reusable description of how to run one kind of model: a container, its resources, and the
    parameters that users may set."""

    id: Annotated[
        Id, matching(r"[A-Za-z0-9_.-]{1,64}", "1 to 64 letters, digits, _, . and -"), SEARCHABLE
    ]
    account_id: Annotated[AccountId, described("The account that owns the template.")]
    created_at: Instant
    created_by_user_id: Annotated[Id, FILTERABLE]
    created_by_identity_type: IdentityType
    updated_at: Annotated[Instant, described("When the template was last changed.")]
    updated_by_user_id: Annotated[Id, described("Who last changed the template.")]
    archived_at: Annotated[
        Instant | None, described("When the template was archived; null if it is not.")
    ] = None

    @classmethod
    def create(
        cls, command: CreateModelTemplate, *, id: str, identity: Identity, at: datetime
    ) -> Self:
        """The first state of a new template."""
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
        """`values`, in wire form, with the fields that the server sets where they are missing."""
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
        """Whether the template is archived."""
        return self.archived_at is not None

    def is_result_of(self, command: CreateModelTemplate, identity: Identity) -> bool:
        """Whether the identity may have created the template with this command."""
        has_same_fields = _spec(self) == _spec(command.completed())
        return has_same_fields and self.created_by_user_id == identity.identity_id

    def changed(
        self,
        spec: ModelTemplateSpec,
        *,
        archived: bool | UnsetType,
        identity: Identity,
        at: datetime,
    ) -> "ModelTemplate":
        """The next state, one revision later, with completed fields; the same object if nothing
        changes. Its time is `at`, or just after that of this state if `at` is not later, as clocks
        differ."""
        at = max(at, self.updated_at + timedelta(milliseconds=1))
        archived_at = self.archived_at
        if archived is not UNSET and archived is not self.is_archived():
            archived_at = at if archived else None
        changed = replace(self, **_spec(spec), archived_at=archived_at)
        if changed == self:
            return self
        return replace(
            changed,
            revision=self.revision + 1,
            updated_at=at,
            updated_by_user_id=identity.identity_id,
        )


class ModelTemplateVersion(Struct, frozen=True, kw_only=True):
    """The part of a template that tells whose it is, and which state is current."""

    id: Id
    account_id: Id
    revision: int


class ModelTemplateSummary(ModelTemplateVersion, frozen=True, kw_only=True):
    """The part of a template that tells which one it is, also to people."""

    name: str


class ModelTemplateOrderField(Enum):
    """The field that a list is ordered by; ids break ties."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    NAME = "name"


class ModelTemplateRevision(ModelTemplateState, frozen=True, kw_only=True):
    """An earlier state of a template. It is immutable."""

    id: Annotated[
        Id,
        described("Differs from the template's id, so that client caches keep the two apart."),
    ]
    template_id: Id
    updated_at: Annotated[Instant, described("When the template changed to this state.")]
    updated_by_user_id: Annotated[Id, described("Who changed the template to this state.")]

    @classmethod
    def of(cls, template: ModelTemplate) -> Self:
        """The revision that keeps the current state of a template."""
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
        """Template id and revision number; None if the id is not a revision's."""
        template_id, separator, revision = id.rpartition(":")
        if not separator or not re.fullmatch("[1-9][0-9]{0,9}", revision):
            return None
        return template_id, int(revision)


def _completed(schema: ParameterSchema | None) -> ParameterSchema | None:
    return None if schema is None else schema.completed()


def _spec(spec: ModelTemplateSpec) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in ModelTemplateSpec.__struct_fields__}
