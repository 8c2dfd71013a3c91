"""Large documents, which older releases stored, are charged before they are read."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from app.domain.access import Id
from app.domain.answer_budget import (
    AnswerBudget,
    AnswerTooLarge,
    Unlimited,
    answer_budget,
    charged,
)
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField, ModelTemplateRevision
from app.domain.pagination import ModelTemplateOrder, OrderDirection, Window
from app.domain.repository import Scope
from app.storage import documents, lists
from app.storage.codec import to_document
from app.storage.collections import REVISIONS
from app.storage.driver import Database
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository, stored
from tests.builders import a_template

MEGABYTE = 1_000_000
SIZES = [20, 300_000, 40, MEGABYTE, 17_000, 300_000, 9_000]
"""Characters of descriptions: some are larger than a batch, some make a batch together."""


async def templates(store: Database, sizes: Sequence[int] = SIZES) -> list[ModelTemplate]:
    """Templates in two accounts, by name."""
    made = [
        a_template(name=f"t{number}", description="x" * size, account_id=f"a{number % 2}")
        for number, size in enumerate(sizes)
    ]
    for template in made:
        await store[TEMPLATES].insert_one(stored(template), bypass_document_validation=True)
    return made


async def read(store: Database, order: ModelTemplateOrder, size: int = 10) -> list[ModelTemplate]:
    scope = Scope(accounts=frozenset({"a0", "a1"}))
    listed = MongoModelTemplateRepository(store).list(scope)
    return [*(await listed.read(Window(order=order, size=size))).templates]


def a_budget(limit: int) -> AnswerBudget:
    return AnswerBudget(limit, Unlimited())


@pytest.mark.parametrize("accounts_in_a_command", [1, 200])
@pytest.mark.parametrize("by", ModelTemplateOrderField)
async def test_a_page_has_large_and_small_templates_in_order(
    store: Database,
    by: ModelTemplateOrderField,
    accounts_in_a_command: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lists, "MAX_ACCOUNTS", accounts_in_a_command)
    made = await templates(store)
    order = ModelTemplateOrder(field=by, direction=OrderDirection.ASC)

    with answer_budget(a_budget(10 * MEGABYTE)):
        found = await read(store, order)
        used = charged()

    assert found == sorted(made, key=lambda t: (getattr(t, by.value), t.id))
    assert sum(SIZES) < used < sum(SIZES) + 50_000
    assert await read(store, order, 4) == found[:4]


async def test_a_page_beyond_the_budget_is_not_read(mongod: Database) -> None:
    await templates(mongod, [MEGABYTE] * 5)
    await mongod.command("profile", 2)
    budget = a_budget(4 * MEGABYTE)

    with answer_budget(budget), pytest.raises(AnswerTooLarge):
        await read(mongod, ModelTemplateOrder())

    await mongod.command("profile", 0)
    profiled = await mongod["system.profile"].find({"ns": f"{mongod.name}.{TEMPLATES}"}).to_list()
    assert 0 < sum(command["responseLength"] for command in profiled) < 10_000


@pytest.mark.parametrize("size", [10, MEGABYTE])
async def test_single_documents_and_revisions_are_charged(store: Database, size: int) -> None:
    (template,) = await templates(store, [size])
    current = replace(template, revision=4)
    await store[TEMPLATES].update_one({"_id": template.id}, {"$set": {"revision": 4}})
    earlier = [ModelTemplateRevision.of(replace(template, revision=n)) for n in (3, 2, 1)]
    await store[REVISIONS].insert_many(
        [*map(to_document, earlier)], bypass_document_validation=True
    )
    repository = MongoModelTemplateRepository(store)

    with answer_budget(a_budget(10 * MEGABYTE)):
        assert await repository.find(template.id, {"a0"}) == current
        assert await repository.find(template.id, {"a1"}) is None
        one = charged()
        assert await repository.revision(template.id, 2) == earlier[1]
        assert await repository.revision(template.id, 9) is None
        assert await repository.revisions(template.id, limit=2, below=4) == earlier[:2]
        four = charged()

    assert size < one < size + 10_000
    assert 4 * size < four < 4 * size + 40_000
    with answer_budget(a_budget(size)), pytest.raises(AnswerTooLarge):
        await repository.find(template.id, {"a0"})


async def test_text_that_takes_more_memory_than_storage_is_charged_so(mongod: Database) -> None:
    template = a_template(description="x" * MEGABYTE + "😀", id=Id("t"))
    await mongod[TEMPLATES].insert_one(stored(template), bypass_document_validation=True)

    with answer_budget(a_budget(10 * MEGABYTE)):
        await MongoModelTemplateRepository(mongod).find(template.id, {"a1"})

        assert 4 * MEGABYTE < charged() < 4.1 * MEGABYTE


async def test_a_template_that_is_deleted_meanwhile_is_missing(mongod: Database) -> None:
    made = await templates(mongod, [10, 100_000, 100_000])
    fields = documents.own_fields(mongod[TEMPLATES], "account_id")
    found = documents.unwrapped(await mongod[TEMPLATES].find({}, fields).sort("name").to_list())
    await mongod[TEMPLATES].delete_one({"_id": made[1].id})

    whole = await documents.completed(mongod[TEMPLATES], "account_id", found)

    assert [document["name"] for document in whole] == ["t0", "t2"]
