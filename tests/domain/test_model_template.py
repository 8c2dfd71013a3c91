"""The states of a template: the first one, changes and revisions."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from app.domain.access import Id, Identity, IdentityType
from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.domain.vendor_configuration import ModelEndpointType
from tests.builders import a_create_command, a_template, a_viewer

LATER = datetime(2027, 1, 1, tzinfo=UTC)
BOB = Identity(identity_id=Id("bob"), identity_type=IdentityType.SERVICE_ACCOUNT)


def test_the_first_state_has_its_creator() -> None:
    command = a_create_command(endpoint_type="BATCH")

    template = ModelTemplate.create(command, id="t1", identity=BOB, at=LATER)

    assert (template.id, template.account_id, template.revision) == ("t1", "a1", 1)
    assert (template.created_at, template.updated_at, template.archived_at) == (LATER, LATER, None)
    assert (template.created_by_user_id, template.updated_by_user_id) == ("bob", "bob")
    assert template.created_by_identity_type is IdentityType.SERVICE_ACCOUNT
    assert template.vendor_configuration.endpoint_config.endpoint_type is ModelEndpointType.BATCH


def test_an_endpoint_type_of_its_own_is_kept() -> None:
    vendor = {"endpoint_config": {"endpoint_type": "SYNC"}}
    template = a_template(endpoint_type="BATCH", vendor_configuration=vendor)

    assert template.vendor_configuration.endpoint_config.endpoint_type is ModelEndpointType.SYNC


def test_a_change_makes_the_next_state() -> None:
    template = a_template()

    changed = template.changed(
        replace(template, description="d"), archived=UNSET, identity=BOB, at=LATER
    )

    assert changed == replace(
        template, description="d", revision=2, updated_at=LATER, updated_by_user_id="bob"
    )


def test_a_change_without_effect_makes_no_state() -> None:
    template = a_template()
    archived = replace(template, archived_at=LATER)

    assert template.changed(template, archived=UNSET, identity=BOB, at=LATER) is template
    assert template.changed(template, archived=False, identity=BOB, at=LATER) is template
    assert archived.changed(archived, archived=True, identity=BOB, at=LATER) is archived
    assert archived.changed(archived, archived=UNSET, identity=BOB, at=LATER) is archived


def test_archiving_is_a_state_with_a_time() -> None:
    template = a_template()

    archived = template.changed(template, archived=True, identity=BOB, at=LATER)
    back = archived.changed(archived, archived=False, identity=BOB, at=LATER)

    assert (archived.archived_at, archived.revision, archived.is_archived()) == (LATER, 2, True)
    assert (back.archived_at, back.revision, back.is_archived()) == (None, 3, False)


def test_missing_generated_fields_are_added() -> None:
    identity = a_viewer().identity()
    created = {"created_at": "2026-01-01T00:00:00Z", "created_by_user_id": "eve"}

    def filled(values: dict[str, Any]) -> dict[str, Any]:
        return ModelTemplate.with_defaults(values, id="t1", identity=identity, at=LATER)

    assert filled({"name": "n"}) == {
        "name": "n",
        "id": "t1",
        "created_at": "2027-01-01T00:00:00Z",
        "created_by_user_id": "ann",
        "created_by_identity_type": "user",
        "updated_at": "2027-01-01T00:00:00Z",
        "updated_by_user_id": "ann",
    }
    assert filled({"id": "t2", **created}) == {
        **created,
        "id": "t2",
        "created_by_identity_type": "user",
        "updated_at": created["created_at"],
        "updated_by_user_id": "eve",
    }


def test_a_revision_is_the_state_that_a_change_replaces() -> None:
    template = replace(a_template(description="d"), revision=7)

    revision = ModelTemplateRevision.of(template)

    assert revision.id == f"{template.id}:7"
    assert revision.template_id == template.id
    shared = ModelTemplateRevision.__struct_fields__ & msgspec.structs.asdict(template).keys()
    assert all(
        getattr(revision, name) == getattr(template, name) for name in shared if name != "id"
    )


@pytest.mark.parametrize(
    ("id", "parsed"),
    [
        ("t1:1", ("t1", 1)),
        ("a:b:20", ("a:b", 20)),
        (":1", ("", 1)),
        ("t1:9999999999", ("t1", 9_999_999_999)),
        ("t1:10000000000", None),
        ("t1:0", None),
        ("t1:01", None),
        ("t1:-1", None),
        ("t1:", None),
        ("t1", None),
        ("1", None),
        ("t1:1\n", None),
        ("t1:\u0661", None),
    ],
)
def test_an_id_of_a_revision_names_template_and_number(
    id: str, parsed: tuple[str, int] | None
) -> None:
    assert ModelTemplateRevision.parse_id(id) == parsed
