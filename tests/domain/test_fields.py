"""The field map, as data."""

import subprocess
import sys
from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from app.domain.access import Id, IdentityType
from app.domain.fields import Field, Kind, ValueType, compact, field_map, value_type
from app.domain.markers import Changes, described
from app.domain.model_template import ModelTemplate, UpdateModelTemplate
from app.domain.vendor_configuration import ContainerImage, LaunchEndpointConfig

TEXT = ValueType(kind=Kind.SCALAR, python=str)


class Inner(Struct, frozen=True, kw_only=True):
    """Some
    object."""

    size: int = 3


class Outer(Struct, frozen=True, kw_only=True):
    """Has one field of each kind."""

    a_text: Annotated[str, described("Said of it.", maxLength=5)]
    inner: Inner = field(default_factory=Inner)
    texts: Annotated[list[Annotated[str, described("Said of a member.")]] | None, Meta()] = []
    switch: bool | UnsetType | None = UNSET
    always: Annotated[int | None, Meta(extra={"always_answered": True})] = None
    fixed: Annotated[str, Meta(extra={"never_changes": True})] = "x"

    @property
    def both_texts(self) -> str:
        """Computed."""
        return self.a_text

    @property
    def _hidden(self) -> str:
        return ""


def test_a_class_is_described_by_its_fields_and_its_public_properties() -> None:
    known = field_map(Outer)
    number = ValueType(kind=Kind.SCALAR, python=int, is_nullable=True)

    assert known.description == "Has one field of each kind."
    assert field_map(Inner).description == "Some object."
    assert {found.name: found for found in known.answered} == {
        "a_text": Field(
            name="a_text",
            api_name="aText",
            value_type=TEXT,
            description="Said of it.",
            is_required=True,
        ),
        "inner": Field(
            name="inner",
            api_name="inner",
            value_type=ValueType(kind=Kind.STRUCT, python=Inner),
            default={},
        ),
        "texts": Field(
            name="texts",
            api_name="texts",
            value_type=ValueType(kind=Kind.LIST, python=list, is_nullable=True, member=TEXT),
            default=[],
        ),
        "switch": Field(
            name="switch",
            api_name="switch",
            value_type=ValueType(kind=Kind.SCALAR, python=bool, is_nullable=True),
        ),
        "always": Field(name="always", api_name="always", value_type=number, always_answered=True),
        "fixed": Field(
            name="fixed", api_name="fixed", value_type=TEXT, default="x", never_changes=True
        ),
        "both_texts": Field(
            name="both_texts",
            api_name="bothTexts",
            value_type=TEXT,
            description="Computed.",
            is_computed=True,
        ),
    }
    assert [found.name for found in known.computed] == ["both_texts"]
    assert [found.name for found in known.changeable] == [
        *("a_text", "inner", "texts", "switch", "always")
    ]


def test_annotations_have_one_of_six_kinds() -> None:
    kinds = {
        hint: value_type(hint).kind
        for hint in (str, datetime, Id, IdentityType, Inner, tuple[str, ...], dict[str, str], Any)
    }

    assert [*kinds.values()] == [
        *(Kind.SCALAR, Kind.SCALAR, Kind.SCALAR, Kind.ENUM),
        *(Kind.STRUCT, Kind.LIST, Kind.MAP, Kind.ANY),
    ]


def test_generated_fields_are_never_null() -> None:
    generated = [found for found in field_map(LaunchEndpointConfig).fields if found.always_answered]

    assert [found.name for found in generated] == ["endpoint_type", "max_workers"]
    assert all(found.value_type.is_nullable for found in generated)
    assert not any(found.answer_type.is_nullable for found in generated)


def test_an_internal_field_is_only_stored_and_exported() -> None:
    known = field_map(LaunchEndpointConfig)
    (internal,) = (found for found in known.stored if found not in known.fields)

    assert (internal.name, internal.internal) == ("keeps_endpoint_type", True)
    assert internal not in (*known.answered, *known.changeable)
    assert compact(LaunchEndpointConfig(keeps_endpoint_type=True))["keeps_endpoint_type"] is True
    assert "keeps_endpoint_type" not in compact(LaunchEndpointConfig())


def test_the_domains_own_fields_are_in_it() -> None:
    changes = next(found for found in field_map(UpdateModelTemplate).fields if found.changes_of)
    names = {found.name: found.api_name for found in field_map(ModelTemplate).answered}

    assert changes.value_type.python is Changes
    assert names["created_by_user_id"] == "createdByUserId"
    assert names.keys() == set(ModelTemplate.__struct_fields__)
    assert [found.name for found in field_map(ContainerImage).computed] == ["image_reference"]


def test_it_is_computed_once() -> None:
    assert field_map(ModelTemplate) is field_map(ModelTemplate)


def test_it_needs_no_graphql_library() -> None:
    code = (
        "import sys, app.domain.fields; "
        "print(sorted({'graphql', 'strawberry'} & {name.split('.')[0] for name in sys.modules}))"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"
