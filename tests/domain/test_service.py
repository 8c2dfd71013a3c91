"""The use cases, on a store in memory."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.domain.access import Id
from app.domain.errors import BadUserInput, Forbidden, Invalid, Unavailable
from app.domain.filter import ModelTemplateFilter
from app.domain.markers import Changes
from app.domain.model_template import (
    DeleteModelTemplate,
    ModelTemplate,
    ModelTemplateOrderField,
    ModelTemplateRevision,
    UpdateModelTemplate,
)
from app.domain.pagination import ModelTemplateOrder, OrderDirection
from app.domain.service import UPDATE_TRIES, ModelTemplateService, new_id, now
from app.storage.driver import Database
from app.storage.templates import MongoModelTemplateRepository
from tests.builders import a_create_command, a_viewer

ANN = a_viewer(a1="write", a2="read")
BY_NAME = ModelTemplateOrder(field=ModelTemplateOrderField.NAME, direction=OrderDirection.ASC)


@pytest.fixture
def service(mongomock: Database) -> ModelTemplateService:
    return ModelTemplateService(MongoModelTemplateRepository(mongomock))


def a_change(template: ModelTemplate, at: int | None = None, **values: Any) -> UpdateModelTemplate:
    return UpdateModelTemplate(id=template.id, expected_revision=at, changes=Changes(values))


def codes_and_paths(invalid: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(error.code.name, ".".join(error.path)) for error in invalid.value.errors]


def test_ids_sort_by_time_and_times_are_in_utc() -> None:
    ids = [new_id() for _ in range(100)]

    assert ids == sorted(ids)
    assert {UUID(id).version for id in ids} == {7}
    assert now().tzinfo is UTC
    assert now().microsecond % 1_000 == 0
    assert abs((datetime.now(UTC) - now()).total_seconds()) < 5


async def test_clock_and_ids_can_be_given(mongomock: Database) -> None:
    at = datetime(2027, 1, 1, tzinfo=UTC)
    service = ModelTemplateService(
        MongoModelTemplateRepository(mongomock), clock=lambda: at, new_id=lambda: "t1"
    )

    template = await service.create(ANN, a_create_command())

    assert (template.id, template.created_at) == ("t1", at)
    assert await service.find(ANN, "t1") == template


async def test_validating_returns_the_errors_of_a_create(service: ModelTemplateService) -> None:
    sound = await service.validate(ANN, a_create_command())
    await service.create(ANN, a_create_command())
    taken = await service.validate(ANN, a_create_command())

    assert (sound.valid, sound.errors, sound.warnings) == (True, (), ())
    assert (taken.valid, [error.path for error in taken.errors]) == (False, [("name",)])
    with pytest.raises(Forbidden):
        await service.validate(ANN, a_create_command(account_id="a2"))


async def test_duplicate_name_and_request_are_both_reported(service: ModelTemplateService) -> None:
    await service.create(ANN, a_create_command(name="one", request_id="r1"))
    await service.create(ANN, a_create_command(name="two"))

    with pytest.raises(Invalid) as name:
        await service.create(ANN, a_create_command(name="two"))
    with pytest.raises(Invalid) as request:
        await service.create(ANN, a_create_command(name="three", request_id="r1"))

    assert codes_and_paths(name) == [("DUPLICATE", "name")]
    assert codes_and_paths(request) == [("DUPLICATE", "requestId")]


async def test_an_inaccessible_template_is_not_found_by_any_use_case(
    service: ModelTemplateService,
) -> None:
    template = await service.create(ANN, a_create_command())
    stranger = a_viewer(b1="write")
    reader = a_viewer(a1="read")

    for id in (template.id, f"{template.id}:1"):
        assert await service.find_node(stranger, id) is None
    assert await service.find(ANN, "a\0b") is None
    for viewer, id in ((stranger, template.id), (ANN, Id("unknown"))):
        with pytest.raises(Invalid) as unknown:
            await service.delete(viewer, DeleteModelTemplate(id=id))
        assert codes_and_paths(unknown) == [("NOT_FOUND", "id")]
    with pytest.raises(Forbidden):
        await service.update(reader, a_change(template, description="d"))
    with pytest.raises(Forbidden):
        await service.delete(reader, DeleteModelTemplate(id=template.id))


async def test_a_node_is_a_template_or_one_of_its_revisions(service: ModelTemplateService) -> None:
    template = await service.create(ANN, a_create_command())
    changed = await service.update(ANN, a_change(template, description="d"))

    revision = ModelTemplateRevision.of(template)
    assert await service.find_node(ANN, template.id) == changed
    assert await service.find_node(ANN, f"{template.id}:1") == revision
    assert await service.find_node(ANN, f"{template.id}:2") is None
    assert await service.find_revision(changed, 1) == revision
    for number in (-1, 0, 2, 3):
        assert await service.find_revision(changed, number) is None


async def test_a_change_may_expect_a_revision(service: ModelTemplateService) -> None:
    template = await service.create(ANN, a_create_command())

    changed = await service.update(ANN, a_change(template, at=1, description="d"))
    for revision in (0, 1, 3):
        with pytest.raises(Invalid) as stale:
            await service.update(ANN, a_change(template, at=revision, description="e"))
        assert codes_and_paths(stale) == [("STALE", "expectedRevision")]
        with pytest.raises(Invalid) as stale:
            await service.delete(
                ANN, DeleteModelTemplate(id=template.id, expected_revision=revision)
            )
        assert codes_and_paths(stale) == [("STALE", "expectedRevision")]

    assert await service.update(ANN, a_change(template, at=2, description="d")) == changed
    assert await service.delete(ANN, DeleteModelTemplate(id=template.id)) == template.id
    assert await service.find(ANN, template.id) is None


async def test_a_change_that_always_conflicts_fails(mongomock: Database) -> None:
    tries: list[str] = []

    class Busy(MongoModelTemplateRepository):
        async def replace(self, current: ModelTemplate, changed: ModelTemplate) -> bool:
            tries.append("replace")
            return False

        async def delete(self, id: str, account_id: str, revision: int | None) -> bool:
            tries.append("delete")
            return False

    service = ModelTemplateService(Busy(mongomock))
    template = await service.create(ANN, a_create_command())

    with pytest.raises(Unavailable, match="Too many"):
        await service.update(ANN, a_change(template, description="d"))
    with pytest.raises(Unavailable, match="Too many"):
        await service.delete(ANN, DeleteModelTemplate(id=template.id))

    assert tries == ["replace"] * UPDATE_TRIES + ["delete"] * UPDATE_TRIES
    assert UPDATE_TRIES == 200


async def test_a_page_of_revisions_has_a_size(service: ModelTemplateService) -> None:
    template = await service.create(ANN, a_create_command())
    for number in range(25):
        template = await service.update(ANN, a_change(template, description=f"{number}"))

    for first, count in ((None, 20), (1, 1), (100, 25)):
        history = await service.list_revisions(template, first=first)
        assert [state.revision for state in history.revisions] == [*range(25, 25 - count, -1)]
    for first in (-1, 0, 101):
        with pytest.raises(BadUserInput, match="first: must be from 1 to 100"):
            await service.list_revisions(template, first=first)


async def test_a_page_of_a_list_has_a_size_and_page_info(
    service: ModelTemplateService,
) -> None:
    for number in range(25):
        await service.create(ANN, a_create_command(name=f"t{number:02}"))

    async def page(**window: Any) -> tuple[list[str], bool, bool]:
        found = await service.list(ANN, ModelTemplateFilter(), BY_NAME, **window)
        assert await found.total_count() == 25
        names = [template.name for template in found.templates]
        return names, await found.has_previous_page(), await found.has_next_page()

    names = [f"t{number:02}" for number in range(25)]
    cursors = {
        template.name: BY_NAME.cursor(template)
        for template in (
            await service.list(ANN, ModelTemplateFilter(), BY_NAME, first=100)
        ).templates
    }
    assert await page() == (names[:20], False, True)
    assert await page(first=1) == (names[:1], False, True)
    assert await page(first=100) == (names, False, False)
    assert await page(first=25) == (names, False, False)
    assert await page(last=1) == (names[-1:], True, False)
    assert await page(last=24) == (names[1:], True, False)
    assert await page(first=3, after=cursors["t02"]) == (names[3:6], True, True)
    assert await page(after=cursors["t20"]) == (names[21:], True, False)
    assert await page(last=3, before=cursors["t20"]) == (names[17:20], True, True)
    assert await page(before=cursors["t03"]) == (names[:3], False, True)
    assert await page(last=3, before=cursors["t03"]) == (names[:3], False, True)
    assert await page(after=cursors["t24"]) == ([], True, False)


async def test_a_cursor_outlives_its_template(service: ModelTemplateService) -> None:
    made = [await service.create(ANN, a_create_command(name=f"t{n}")) for n in range(5)]
    begin, end = BY_NAME.cursor(made[0]), BY_NAME.cursor(made[4])
    for gone in (made[0], made[4]):
        await service.delete(ANN, DeleteModelTemplate(id=gone.id))

    forwards = await service.list(ANN, ModelTemplateFilter(), BY_NAME, first=2, after=begin)
    backwards = await service.list(ANN, ModelTemplateFilter(), BY_NAME, last=2, before=end)

    assert [template.name for template in forwards.templates] == ["t1", "t2"]
    assert (await forwards.has_previous_page(), await forwards.has_next_page()) == (False, True)
    assert [template.name for template in backwards.templates] == ["t2", "t3"]
    assert (await backwards.has_previous_page(), await backwards.has_next_page()) == (True, False)


@pytest.mark.parametrize(
    ("window", "argument"),
    [
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"last": 0}, "last"),
        ({"last": 101}, "last"),
        ({"first": 1, "last": 1}, "last"),
        ({"after": "x"}, "after"),
        ({"before": "x"}, "before"),
    ],
)
async def test_an_invalid_list_argument_is_named(
    service: ModelTemplateService, window: dict[str, Any], argument: str
) -> None:
    with pytest.raises(BadUserInput) as raised:
        await service.list(ANN, ModelTemplateFilter(), BY_NAME, **window)

    assert raised.value.argument == argument


async def test_a_list_contains_only_accessible_accounts(
    service: ModelTemplateService,
) -> None:
    both = a_viewer(a1="write", a2="write")
    for account in ("a1", "a2"):
        await service.create(both, a_create_command(account_id=account, name=account))

    async def names(filter: ModelTemplateFilter, **accounts: str) -> list[str]:
        page = await service.list(a_viewer(**accounts), filter, BY_NAME)
        return [template.name for template in page.templates]

    assert await names(ModelTemplateFilter(), a1="read", a2="read") == ["a1", "a2"]
    assert await names(ModelTemplateFilter(), a2="read") == ["a2"]
    assert await names(ModelTemplateFilter(account_id=Id("a1")), a1="read", a2="read") == ["a1"]
    assert await names(ModelTemplateFilter(account_id=Id("a1")), a2="read") == []
    with pytest.raises(BadUserInput):
        await names(ModelTemplateFilter(search="s" * 1_001), a1="read")
