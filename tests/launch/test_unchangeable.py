"""What Launch cannot change, and what somebody else has made or changed."""

import pytest

from app.launch.provenance import KEY
from tests.launch.conftest import Launching, Templates
from tests.launch.fake_records import MISSING_TAG

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        (
            {"vendorConfiguration": {"endpointConfig": {"endpointType": "SYNC"}}},
            "endpoint_type (async to sync)",
        ),
        (
            {"vendorConfiguration": {"endpointConfig": {"gpus": 0, "gpuType": None}}},
            "gpu_type (nvidia-tesla-t4, which it would have to remove)",
        ),
    ],
)
def test_what_launch_cannot_change_is_said_before_anything_is_written(
    templates: Templates, launching: Launching, patch: dict[str, object], said: str
) -> None:
    resources = {"gpus": 1, "gpu_type": "nvidia-tesla-t4", "min_workers": 1}
    id = templates.create(vendor_configuration={"endpoint_config": resources})
    launching.launch(id)
    templates.update(id, **patch)
    launching.fake.forget()

    refused = launching.launch(id)
    unwritten = launching.fake.writes()
    replaced = launching.launch(id, "--replace")

    assert (refused.exit_code, unwritten) == (1, [])
    assert f"Launch cannot change {said} of the endpoint embed. Nothing was wr" in refused.stderr
    assert "--replace to delete the endpoint and create it anew" in refused.stderr
    assert replaced.exit_code == 0
    assert launching.fake.writes() == ["DELETE endpoint", "POST endpoint"]


def test_a_replaced_endpoint_is_put_back(templates: Templates, launching: Launching) -> None:
    id = templates.create(vendor_configuration={"endpoint_config": {"min_workers": 1}})
    launching.launch(id)
    (before,) = launching.fake.named("embed")
    templates.update(
        id,
        vendorConfiguration={
            "bundleConfig": {"tag": MISSING_TAG},
            "endpointConfig": {"endpointType": "SYNC"},
        },
    )
    launching.fake.forget()

    result = launching.launch(id, "--replace", "--rollback")

    (after,) = launching.fake.named("embed")
    assert result.exit_code == 1
    assert "Rolled back to revision 1 of the template" in result.stderr
    assert (after.metadata, after.status) == (before.metadata, "READY")
    assert after.bundle is before.bundle
    assert after.endpoint_type == "async"


def test_a_label_cannot_be_removed(templates: Templates, launching: Launching) -> None:
    id = templates.create()
    launching.launch(id, "--label", "tier=1")
    launching.fake.forget()

    result = launching.launch(id)

    again = launching.launch(id)

    assert (result.exit_code, again.exit_code) == (0, 0)
    assert "Note: Launch keeps the labels tier: a change cannot remove labels." in result.stdout
    assert launching.fake.writes() == ["PUT endpoint"]


def test_an_endpoint_of_others_is_left_alone(templates: Templates, launching: Launching) -> None:
    id, other = templates.create(), templates.create()
    launching.launch(other)
    (endpoint,) = launching.fake.named("embed")
    endpoint.metadata = {"made by": "hand", **endpoint.metadata}
    launching.fake.forget()

    of_template = launching.launch(id)
    endpoint.metadata = {"made by": "hand"}
    launching.fake.forget()
    by_hand = launching.launch(id)
    without_way_back = launching.launch(id, "--adopt", "--rollback")
    unwritten = launching.fake.writes()
    adopted = launching.launch(id, "--adopt")
    launching.fake.forget()
    again = launching.launch(id)

    refused = (of_template, by_hand, without_way_back)
    assert [each.exit_code for each in (*refused, adopted, again)] == [1, 1, 1, 0, 0]
    assert (
        f"was launched from the template a1/echo-{templates.count} ({other})" in refused[0].stderr
    )
    assert "was not launched from a template. Nothing was written." in by_hand.stderr
    assert "--rollback could not put it back" in without_way_back.stderr
    assert (unwritten, launching.fake.writes()) == ([], [])
    assert endpoint.metadata["made by"] == "hand"
    assert endpoint.metadata[KEY]["template_id"] == id


def test_a_change_by_others_is_noted_and_undone_if_asked(
    templates: Templates, launching: Launching
) -> None:
    id = templates.create()
    launching.launch(id)
    (endpoint,) = launching.fake.named("embed")
    assert endpoint.infra
    endpoint.infra["max_workers"] = 9
    launching.fake.forget()

    noted = launching.launch(id)
    unwritten = launching.fake.writes()
    undone = launching.launch(id, "--reapply")

    assert (noted.exit_code, unwritten, undone.exit_code) == (0, [], 0)
    assert "Launch reports max_workers 9 instead of 1: if somebody" in noted.stdout
    assert launching.fake.writes() == ["PUT endpoint"]
    assert endpoint.infra["max_workers"] == 1


def test_an_endpoint_of_a_template_just_like_it_is_adopted(
    templates: Templates, launching: Launching
) -> None:
    id, other = templates.create(), templates.create()
    launching.launch(other)
    launching.fake.forget()

    result = launching.launch(id, "--adopt", "--rollback")

    (endpoint,) = launching.fake.named("embed")
    assert (result.exit_code, launching.fake.writes()) == (0, ["PUT endpoint"])
    assert f"    template: {other} -> {id}\nPUT " in result.stdout
    assert endpoint.metadata[KEY]["template_id"] == id


def test_metadata_of_another_release_is_written_again(
    templates: Templates, launching: Launching
) -> None:
    id = templates.create()
    launching.launch(id)
    (endpoint,) = launching.fake.named("embed")
    endpoint.metadata[KEY]["request_digest"] = "of other keys"
    launching.fake.forget()

    result = launching.launch(id)
    again = launching.launch(id)

    assert (result.exit_code, again.exit_code) == (0, 0)
    assert launching.fake.writes() == ["PUT endpoint"]
