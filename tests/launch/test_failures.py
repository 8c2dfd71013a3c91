"""Builds that fail or hang, a Launch that does not answer, and what cannot be changed."""

import pytest

from tests.launch.conftest import LABELS, Launching, Templates
from tests.launch.fake_launch import Call
from tests.launch.fake_records import HANGING_TAG, MISSING_TAG, Failure
from tests.launch.fake_store import EXISTS, UNHANDLED

pytestmark = pytest.mark.slow

SOON = ("--timeout", "0.6")


def bundle(**fields: object) -> dict[str, object]:
    """Changes of a template's bundle."""
    return {"vendor_configuration": {"bundle_config": fields}}


def test_a_failed_build_is_explained_and_mended(templates: Templates, launching: Launching) -> None:
    id = templates.create(**bundle(tag=MISSING_TAG))

    failed = launching.launch(id)
    launching.fake.forget()
    again = launching.launch(id)
    writes_again = launching.fake.writes()
    templates.set_tag(id, "0.2.0")
    launching.fake.forget()
    mended = launching.launch(id)

    assert [each.exit_code for each in (failed, again, mended)] == [1, 1, 0]
    reason = "The build failed: embed (end_2) is UPDATE_FAILED (The image does not exist.)."
    assert reason in failed.stderr
    assert "What was written stays; --rollback would put back what was there" in failed.stderr
    assert writes_again == ["DELETE endpoint", "POST endpoint"]
    assert launching.fake.writes() == ["POST bundle", "DELETE endpoint", "POST endpoint"]
    assert "-/+ embed" in mended.stdout
    assert len(launching.fake.named("embed")) == 1


def test_a_new_endpoint_that_fails_is_rolled_back(
    templates: Templates, launching: Launching
) -> None:
    result = launching.launch(templates.create(**bundle(tag=MISSING_TAG)), "--rollback")

    assert result.exit_code == 1
    assert "Rolled back: the new endpoint embed (end_2) was deleted." in result.stderr
    assert launching.fake.endpoints == {}


def test_a_failed_change_is_rolled_back(templates: Templates, launching: Launching) -> None:
    id = templates.create()
    launching.launch(id, "--max-workers", "3")
    (endpoint,) = launching.fake.named("embed")
    before = endpoint.metadata
    templates.set_tag(id, MISSING_TAG)
    launching.fake.forget()

    failed = launching.launch(id, "--rollback", "--max-workers", "5")

    assert failed.exit_code == 1
    assert "Rolled back to revision 1 of the template: embed (end_2) is READY." in failed.stderr
    assert launching.fake.writes() == ["POST bundle", "PUT endpoint", "PUT endpoint"]
    assert (endpoint.bundle["flavor"]["tag"], endpoint.metadata) == ("0.1.0", before)
    assert endpoint.infra
    assert endpoint.infra["max_workers"] == 3


def test_a_failed_change_is_sent_again(templates: Templates, launching: Launching) -> None:
    id = templates.create()
    launching.launch(id)
    templates.set_tag(id, MISSING_TAG)
    failed = launching.launch(id)
    launching.fake.forget()
    (endpoint,) = launching.fake.named("embed")
    endpoint.bundle["flavor"]["tag"] = "there now"

    again = launching.launch(id)

    assert (failed.exit_code, again.exit_code) == (1, 0)
    assert launching.fake.writes() == ["PUT endpoint"]
    assert "is changed, because of: its last build failed" in again.stdout


def test_a_build_that_hangs_ends_at_the_deadline(
    templates: Templates, launching: Launching
) -> None:
    id = templates.create(**bundle(tag=HANGING_TAG))

    late = launching.launch(id, *SOON)
    waiting = launching.launch(id, *SOON)
    templates.set_tag(id, "0.2.0")
    launching.fake.forget()
    changed = launching.launch(id, *SOON)
    unwritten = launching.fake.writes()
    replaced = launching.launch(id, "--replace")

    assert [each.exit_code for each in (late, waiting, changed, replaced)] == [4, 4, 4, 0]
    assert "Not ready after 1 seconds: embed (end_2) is UPDATE_PENDING. To go" in late.stderr
    assert "Launch's builder is not running or does not accept the request" in late.stderr
    assert "before its first build ends" in changed.stderr
    assert unwritten == []
    assert launching.fake.writes() == ["POST bundle", "DELETE endpoint", "POST endpoint"]


def test_an_endpoint_that_nobody_will_build_is_deleted_again(
    templates: Templates, launching: Launching
) -> None:
    id = templates.create()
    launching.fake.has_broker = False

    refused = launching.launch(id)
    launching.fake.has_broker = True
    again = launching.launch(id)

    assert (refused.exit_code, again.exit_code) == (3, 0)
    assert "could not begin the build: Message broker temporarily unavailable" in refused.stderr
    assert "The endpoint was deleted again; its bundle stays." in refused.stderr
    assert launching.fake.writes() == ["POST bundle", "DELETE endpoint", "POST endpoint"]


def test_a_lost_build_of_a_change_is_sent_again(templates: Templates, launching: Launching) -> None:
    id = templates.create()
    launching.launch(id)
    launching.fake.has_broker = False
    refused = launching.launch(id, "--max-workers", "2")
    launching.fake.has_broker = True
    early = launching.launch(id, "--max-workers", "2", *SOON)
    (endpoint,) = launching.fake.named("embed")
    endpoint.updated -= 10
    launching.fake.forget()

    later = launching.launch(id, "--max-workers", "2")

    assert [each.exit_code for each in (refused, early, later)] == [3, 4, 0]
    assert "is changed, because of: its build has not begun" in later.stdout
    assert launching.fake.writes() == ["PUT endpoint"]


def test_a_refused_key_is_an_exit_status(templates: Templates, launching: Launching) -> None:
    id = templates.create()

    launch = launching.launch(id, LAUNCH_API_KEY="wrong-key-of-launch")
    server = launching.launch(id, MODEL_TEMPLATES_API_KEY="wrong-key-of-templates")

    assert (launch.exit_code, server.exit_code) == (3, 3)
    assert "refuses the API key: Could not authenticate user" in launch.stderr
    assert "refuses the key in MODEL_TEMPLATES_API_KEY" in server.stderr
    assert "wrong-key" not in launch.output + server.output


def test_a_launch_that_is_not_reached_is_an_exit_status(
    templates: Templates, launching: Launching
) -> None:
    result = launching.launch(templates.create(), LAUNCH_URL="http://127.0.0.1:9")
    other = launching.launch(templates.create(), LAUNCH_URL=templates.url)

    assert (result.exit_code, other.exit_code) == (3, 3)
    assert "http://127.0.0.1:9 is not reached: " in result.stderr
    assert "status 404" in other.stderr


def test_reads_are_repeated(templates: Templates, launching: Launching) -> None:
    failures = iter([500, 503, 502])

    def fail(call: Call) -> Failure | None:
        status = next(failures, None) if call.method == "GET" else None
        return Failure(status, UNHANDLED) if status else None

    launching.fake.fails = fail

    assert launching.launch(templates.create()).exit_code == 0


def test_a_launch_that_fails_for_good_is_an_exit_status(
    templates: Templates, launching: Launching
) -> None:
    launching.fake.fails = lambda call: Failure(500, UNHANDLED) if call.method == "POST" else None

    result = launching.launch(templates.create())

    assert result.exit_code == 1
    assert "did not complete POST /v2/model-bundles (status 500): Internal error" in result.stderr
    assert launching.fake.writes() == []


def test_what_launch_rejects_is_said(templates: Templates, launching: Launching) -> None:
    launching.fake.fails = lambda call: (
        Failure(400, "Invalid team") if call.line == "POST /v1/model-endpoints" else None
    )

    result = launching.launch(templates.create())

    assert result.exit_code == 1
    assert "rejects POST /v1/model-endpoints (status 400): Invalid team" in result.stderr
    assert result.stderr.endswith("\nWhat is there now: no endpoint of this name.\n")
    assert launching.fake.writes() == ["POST bundle"]


def test_a_name_is_refused_for_a_while_after_a_deletion(
    templates: Templates, launching: Launching
) -> None:
    id, refusals = templates.create(), iter([Failure(400, EXISTS)] * 2)
    launching.fake.fails = lambda call: (
        next(refusals, None) if call.line == "POST /v1/model-endpoints" else None
    )

    result = launching.launch(id)

    statuses = [c.status for c in launching.fake.calls if c.line == "POST /v1/model-endpoints"]
    assert (result.exit_code, statuses) == (0, [400, 400, 200])
    assert launching.fake.writes() == ["POST bundle", "POST endpoint"]


def test_an_endpoint_that_launch_does_not_delete_stays(
    templates: Templates, launching: Launching
) -> None:
    id = templates.create(**bundle(tag=MISSING_TAG))
    launching.launch(id)
    launching.fake.can_delete = False

    result = launching.launch(id)

    assert result.exit_code == 1
    assert "deletion of endpoint failed, compute resources still exist." in result.stderr
    assert len(launching.fake.named("embed")) == 1


def test_labels_of_kubernetes_are_needed(templates: Templates, launching: Launching) -> None:
    launching.labels = LABELS[:2]

    result = launching.launch(templates.create())

    assert (result.exit_code, launching.fake.calls) == (1, [])
    assert "--label product: Launch requires the label product." in result.stderr
