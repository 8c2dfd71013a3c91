"""Stored templates are read in bulk, from accounts of any size."""

import pytest

from app.cli.apply import existing
from app.cli.context import CommandError
from app.graphql.limits.limits import Limits
from tests.apply.applied import Asked, Repository


async def test_in_a_large_account_names_are_looked_up(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(existing, "MAX_ENTRIES", 2)
    monkeypatch.setattr(existing, "MAX_ENTRIES_A_NAME", 0)
    names = [f"t{number}" for number in range(5)]
    repository.write(**{name: {} for name in names})
    await repository.apply()
    repository.api.operations.clear()

    again = await repository.apply()

    assert again == dict.fromkeys(names, "unchanged")
    assert repository.api.operations == ["Viewer", "Existing", "Named", "Named"]


async def test_long_lists_are_read_page_by_page(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(existing, "PAGE_SIZE", 2)
    names = [f"t{number}" for number in range(5)]
    repository.write(**{name: {} for name in names})
    await repository.apply()
    repository.api.operations.clear()

    again = await repository.apply(prune=True)

    assert again == dict.fromkeys(names, "unchanged")
    assert repository.api.operations == ["Viewer", *["Existing"] * 6]


async def test_pages_that_are_too_large_are_halved(repository: Repository) -> None:
    names = [f"t{number}" for number in range(40)]
    repository.write(**{name: {"description": "x" * 20_000} for name in names})
    repository.api = Asked(repository.database, limits=Limits(answer_bytes=300_000))
    await repository.apply()
    repository.api.operations.clear()

    again = await repository.apply()

    assert again == dict.fromkeys(sorted(names), "unchanged")
    # Pages of 100, 50, 25 and 12 are too large.
    assert repository.api.operations == ["Viewer", *["Existing"] * (4 + 7)]


async def test_a_template_that_cannot_be_read_is_in_the_way_of_no_other(
    repository: Repository,
) -> None:
    repository.write(echo={}, damaged={})
    await repository.apply()
    templates = repository.database["model_templates"]
    await templates.update_one({"name": "damaged"}, {"$set": {"model_type": "LATER"}})
    repository.write(damaged=None)

    assert await repository.apply() == {"echo": "unchanged"}


async def test_what_is_no_text_is_not_looked_up(repository: Repository) -> None:
    with pytest.raises(CommandError, match=r"^nothing was sent: "):
        await repository.api.execute("{ viewer { identityId } }", {"name": "\udcff"})
