"""Writes that come too late, or again, and what the server rejects."""

import pytest

from app.settings import Settings
from tests.apply.applied import Asked, Repository, outcomes
from tests.builders import a_wire_template


async def test_what_someone_else_has_changed_is_not_overwritten(repository: Repository) -> None:
    repository.write(echo={}, gone={}, other={}, pruned={})
    await repository.apply()
    repository.write(
        echo={"description": "Mine."},
        gone={"description": "Mine."},
        other={"description": "Mine."},
        new={},
        pruned=None,
    )
    plan = await repository.plan(prune=True)
    await repository.changed("echo", description="Theirs.")
    await repository.deleted("gone")
    theirs = a_wire_template(name="new", description="Theirs.")
    created = Repository(repository.directory / "theirs", repository.database)
    created.directory.mkdir()
    created.write_yaml("new.yaml", theirs)
    await created.apply()

    results = await repository.carry_out(plan)

    assert outcomes(results) == {
        "echo": "stale",
        "gone": "stale",
        "new": "stale",
        "other": "updated",
    }
    assert [result.errors for result in results if result.errors] == [
        ({"code": "STALE", "message": CHANGED, "path": ["expectedRevision"]},),
        ({"code": "NOT_FOUND", "message": CHANGED, "path": ["id"]},),
        ({"code": "DUPLICATE", "message": TAKEN, "path": ["name"]},),
    ]
    stored = await repository.stored()
    assert stored["echo"].description == stored["new"].description == "Theirs."
    # Because of the errors.
    assert not stored["pruned"].is_archived()


CHANGED = "has changed since the plan was made, and was not overwritten; apply again to see how"
TAKEN = "was created by someone else since the plan was made; apply again to see the differences"


async def test_two_runs_at_the_same_time_are_as_good_as_one(repository: Repository) -> None:
    repository.write(changed={}, pruned={})
    await repository.apply()
    repository.write(created={}, changed={"description": "New."}, pruned=None)
    plans = [await repository.plan(prune=True) for _ in range(2)]

    first, second = [outcomes(await repository.carry_out(plan)) for plan in plans]

    assert first == second == {"created": "created", "changed": "updated", "pruned": "archived"}
    stored = await repository.stored()
    revisions = {name: template.revision for name, template in stored.items()}
    assert revisions == {"created": 1, "changed": 2, "pruned": 2}


async def test_a_lost_answer_is_no_failure(repository: Repository) -> None:
    """The client then sends the same again."""
    repository.write(echo={})
    plan = await repository.plan()
    assert outcomes(await repository.carry_out(plan)) == {"echo": "created"}
    assert outcomes(await repository.carry_out(plan)) == {"echo": "created"}

    assert (await repository.stored())["echo"].revision == 1


@pytest.mark.parametrize("fate", ["renamed", "deleted", "renamed and changed"])
async def test_the_same_file_is_created_again(repository: Repository, fate: str) -> None:
    """Its requestId was used for a template that is not there any more."""
    repository.write(echo={})
    await repository.apply()
    if fate == "deleted":
        await repository.deleted("echo")
    else:
        await repository.changed("echo", name="renamed")
    if fate == "renamed and changed":
        await repository.changed("renamed", description="Theirs.")

    again = await repository.apply()

    assert again == {"echo": "created"}
    assert {*await repository.stored()} - {"renamed"} == {"echo"}


async def test_violations_that_only_the_server_sees_are_reported(repository: Repository) -> None:
    repository.write(small={}, large={"description": "x" * 5_000})
    repository.api = Asked(repository.database, Settings(max_template_bytes=1_000))

    results = await repository.carry_out(await repository.plan())

    assert outcomes(results) == {"large": "refused", "small": "created"}
    (errors,) = (result.errors for result in results if result.errors)
    assert [(error["code"], error["path"]) for error in errors] == [("OUT_OF_RANGE", [])]
