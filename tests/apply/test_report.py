"""Plans and results as text and as JSON."""

import json
import os

import pytest

from app.cli.apply.differences import Difference
from app.cli.apply.report import as_json, failure_lines, line, plan_lines
from app.cli.apply.sources import OWNER_LABEL
from app.settings import Settings
from tests.apply.applied import Asked, Repository
from tests.builders import a_wire_template


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (1, 2.5, "1 → 2.5"),
        (None, "a\n\u202eb", r'(none) → "a\n\u202eb"'),
        ("x" * 200, "x" * 200 + "y", "…" + "x" * 20 + '" → …' + "x" * 20 + 'y"'),
        ("y", "x" * 100, '"y" → "' + "x" * 79 + "…"),
        (["a"], ["a", "b"], '["a"] → ["a","b"]'),
    ],
)
def test_values_are_shown_on_one_line_from_where_they_differ(
    old: object, new: object, shown: str
) -> None:
    assert line(Difference(path=("a", "b"), old=old, new=new)) == f"a.b: {shown}"


def test_a_secret_is_not_shown() -> None:
    difference = Difference(path=("env", "TOKEN"), old="s1", new="s2", is_secret=True)

    assert line(difference) == "env.TOKEN: (a secret, not shown)"


async def test_the_json_has_everything_but_secrets(repository: Repository) -> None:
    bundle = {"bundle_config": {"env": {"HF_TOKEN": "hf_1"}}}
    repository.write(echo={"vendor_configuration": bundle}, same={}, pruned={})
    await repository.apply()
    bundle = {"bundle_config": {"env": {"HF_TOKEN": "hf_2"}}}
    repository.write(echo={"vendor_configuration": bundle, "labels": {"a": "b"}}, pruned=None)
    repository.write(large={"description": "x" * 2_000})
    repository.api = Asked(repository.database, Settings(max_template_bytes=2_000))
    plan = await repository.plan(prune=True)
    results = await repository.carry_out(plan)
    stored = await repository.stored()

    made = as_json(repository.read(), plan, results, "interrupted")

    assert "hf_" not in made
    report = json.loads(made)
    (warning,) = report.pop("warnings")
    assert "HF_TOKEN looks like a secret" in warning["message"]
    assert report == {
        "errors": [],
        "plan": [
            {
                "action": "update",
                "account_id": "a1",
                "name": "echo",
                "file": f"{repository.directory}/echo.json",
                "id": stored["echo"].id,
                "revision": 1,
                "changes": [
                    {"path": ["labels", "a"], "old": None, "new": "b"},
                    {
                        "path": ["vendor_configuration", "bundle_config", "env", "HF_TOKEN"],
                        "hidden": True,
                    },
                ],
            },
            {
                "action": "create",
                "account_id": "a1",
                "name": "large",
                "file": f"{repository.directory}/large.json",
                "id": None,
                "revision": None,
                "changes": [],
            },
            {
                "action": "archive",
                "account_id": "a1",
                "name": "pruned",
                "file": None,
                "id": stored["pruned"].id,
                "revision": 1,
                "changes": [{"path": ["archived"], "old": False, "new": True}],
            },
            {
                "action": "unchanged",
                "account_id": "a1",
                "name": "same",
                "file": f"{repository.directory}/same.json",
                "id": stored["same"].id,
                "revision": 1,
                "changes": [],
            },
        ],
        "results": [
            {
                "outcome": "updated",
                "account_id": "a1",
                "name": "echo",
                "id": stored["echo"].id,
                "revision": 2,
                "errors": [],
            },
            {
                "outcome": "refused",
                "account_id": "a1",
                "name": "large",
                "id": None,
                "revision": None,
                "errors": [
                    {
                        "code": "OUT_OF_RANGE",
                        "message": results[1].errors[0]["message"],
                        "path": [],
                    }
                ],
            },
            {
                "outcome": "unchanged",
                "account_id": "a1",
                "name": "same",
                "id": stored["same"].id,
                "revision": 1,
                "errors": [],
            },
        ],
        "stopped": "interrupted",
    }
    (failure,) = failure_lines(results)
    assert failure.startswith("a1/large: ")
    assert failure.endswith(" [OUT_OF_RANGE]")


def test_without_a_plan_there_are_errors_only(repository: Repository) -> None:
    (repository.directory / "a.yaml").write_text("#\n")

    report = json.loads(as_json(repository.read()))

    file = f"{repository.directory}/a.yaml"
    assert report == {
        "errors": [{"file": file, "line": None, "message": "contains no template"}],
        "warnings": [],
        "plan": None,
        "results": None,
        "stopped": None,
    }


async def test_a_label_of_another_owner_is_shown_as_a_change(repository: Repository) -> None:
    repository.write(echo={})
    await repository.apply(owner="theirs")

    plan = await repository.plan()

    assert [*plan_lines(plan, shows_unchanged=True)] == [
        f"~ a1/echo ({repository.directory}/echo.json)",
        f'    labels.{OWNER_LABEL}: "theirs" → "apply"',
        "Plan: 0 to create, 1 to update, 0 to archive, 0 unchanged.",
    ]


async def test_a_path_that_is_not_utf_8_is_escaped(repository: Repository) -> None:
    (repository.directory / os.fsdecode(b"a\xff.json")).write_text(json.dumps(a_wire_template()))
    planned = json.loads(as_json(repository.read(), await repository.plan()))
    (repository.directory / os.fsdecode(b"b\xff.json")).write_text("{}")
    refused = json.loads(as_json(repository.read()))

    assert [step["file"] for step in planned["plan"]] == [rf"{repository.directory}/a\udcff.json"]
    assert {error["file"] for error in refused["errors"]} == {
        rf"{repository.directory}/b\udcff.json"
    }
