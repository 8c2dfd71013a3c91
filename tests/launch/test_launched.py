"""launched: the endpoints that were launched from templates."""

import json
import re

import pytest

from tests.launch.conftest import Launching, Templates

pytestmark = pytest.mark.slow


def test_endpoints_are_listed_with_the_revisions_that_they_run(
    templates: Templates, launching: Launching
) -> None:
    id, gone = templates.create(), templates.create()
    launching.launch(id)
    launching.run("launch", gone, "--name", "aging", "--yes", *launching.labels)
    launching.run("launch", id, "--name", "by-hand", "--yes", *launching.labels)
    (by_hand,) = launching.fake.named("by-hand")
    by_hand.metadata = {"model_templates": "nothing"}
    templates.update(id, description="Newer.")
    templates.update(id, description="Newest.")
    templates.ask(
        "mutation($i: DeleteModelTemplateInput!) { deleteModelTemplate(input: $i) { deletedId } }",
        i={"id": gone},
    )
    name = f"a1/echo-{templates.count - 1}"
    launching.fake.forget()

    shown = launching.run("launched")
    only = launching.run("launched", "--template", name, "--output", "json")
    by_id = launching.run("launched", "--template", gone, "--output", "json")

    assert [re.split("  +", line) for line in shown.stdout.splitlines()] == [
        ["ENDPOINT", "TEMPLATE", "REVISION", "STATE"],
        ["aging", f"a1/echo-{templates.count}@1", "unknown template", "READY"],
        ["embed", f"{name}@1", "2 behind", "READY"],
    ]
    assert json.loads(only.stdout) == [
        {
            "endpoint": "embed",
            "endpoint_id": "end_2",
            "template": name,
            "template_id": id,
            "revision": 1,
            "current": 3,
            "behind": 2,
            "state": "READY",
            "reason": None,
        }
    ]
    assert [(each["endpoint"], each["behind"]) for each in json.loads(by_id.stdout)] == [
        ("aging", None)
    ]
    assert launching.fake.writes() == []


def test_no_endpoint_is_said(launching: Launching) -> None:
    result = launching.run("launched")
    as_json = launching.run("launched", "--output", "json")

    assert (result.exit_code, result.stdout, as_json.stdout) == (0, "", "[]\n")
    assert result.stderr == "No endpoint was launched from a template.\n"


def test_a_refused_key_is_an_exit_status(launching: Launching) -> None:
    result = launching.run("launched", LAUNCH_API_KEY="wrong-key-of-launch")

    assert (result.exit_code, result.stdout) == (3, "")
    assert "refuses the API key" in result.stderr
