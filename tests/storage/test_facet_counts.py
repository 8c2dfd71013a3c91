"""Facets on both stores: their numbers are those of the lists that a choice of a value leads to."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from app.domain.access import AccountAccess, Id, IdentityType, Viewer
from app.domain.facets import MAX_LABELS, ModelTemplateFacets
from app.domain.filter import FILTERED, ModelTemplateFilter, is_facet
from app.domain.model_template import ModelTemplate, ModelType
from app.domain.naming import camel
from app.domain.reader import ModelTemplateReader
from app.domain.repository import Scope
from app.storage import facet_counts, lists
from app.storage.driver import Database
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository, stored
from tests.builders import a_template
from tests.storage.test_lists import a_mixed_filter, is_admitted, stock

ACCOUNTS = ["a0", "a1", "a2"]


def a_reader_of(*accounts: str) -> Viewer:
    return Viewer(
        identity_id=Id("ann"),
        identity_type=IdentityType.USER,
        accounts=tuple(AccountAccess(account_id=Id(a), can_write=False) for a in accounts),
    )


async def facets_of(
    store: Database, accounts: list[str], filter: ModelTemplateFilter
) -> ModelTemplateFacets:
    reader = ModelTemplateReader(MongoModelTemplateRepository(store))
    return await reader.facets(a_reader_of(*accounts), filter)


def completeness(facets: ModelTemplateFacets) -> set[bool]:
    return {*(facet.is_complete for facet in facets.fields), facets.labels.is_complete}


def a_filter(**conditions: Any) -> ModelTemplateFilter:
    return ModelTemplateFilter(**conditions)


def fields_in(facets: ModelTemplateFacets) -> dict[str, dict[str, int]]:
    return {
        facet.field: {value.value: value.count for value in facet.values} for facet in facets.fields
    }


def labels_in(facets: ModelTemplateFacets) -> dict[tuple[str, str], int]:
    return {(each.name, each.value): each.count for each in facets.labels.values}


def choices(accounts: list[str]) -> Iterator[tuple[str, str, Any]]:
    """Each field that is a facet, with each of its values as an answer and as a filter has it."""
    for name, (_, kind) in FILTERED.items():
        if is_facet(kind):
            for member in kind:
                yield name, member.name, [member]
    for account in sorted(accounts):
        yield "account_id", account, account


@pytest.mark.parametrize(
    ("most", "filters"),
    [
        pytest.param(lists.MAX_ACCOUNTS, 40, marks=pytest.mark.slow),
        pytest.param(2, 10, marks=pytest.mark.slow),
        (2, 3),  # The first of those ten.
    ],
)
async def test_a_number_is_the_total_count_of_the_list_with_that_value(
    store: Database, most: int, filters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_ACCOUNTS", most)  # Two: parts are merged here.
    made = await stock(store, 90)
    pairs = {pair for template in made for pair in template.labels.items()}
    random_, counted = random.Random(5), 0
    for _ in range(filters):
        filter = a_mixed_filter(random_)
        accounts = random_.sample(ACCOUNTS, random_.randint(1, 3))
        if random_.random() < 0.2:
            filter = replace(filter, account_id=Id(random_.choice(ACCOUNTS)))

        def total(
            filter: ModelTemplateFilter, accounts: list[str] = accounts, **changes: Any
        ) -> int:
            changed = replace(filter, **changes)
            return sum(
                template.account_id in accounts
                and changed.account_id in (None, template.account_id)
                and is_admitted(template, changed)
                for template in made
            )

        facets = await facets_of(store, accounts, filter)

        expected: dict[str, dict[str, int]] = {}
        for name, value, condition in choices(accounts):
            number = total(filter, **{name: condition})
            expected.setdefault(camel(name), {})[value] = number
        asked = filter.labels or {}
        by_label = {
            pair: total(filter, labels={**asked, pair[0]: pair[1]})
            for pair in {*pairs, *asked.items()}
        }
        assert fields_in(facets) == expected, filter
        assert labels_in(facets) == {
            pair: n for pair, n in by_label.items() if n or pair in asked.items()
        }, filter
        assert completeness(facets) == {True}
        counted += sum(sum(numbers.values()) for numbers in expected.values())
    assert counted > 20 * filters


async def test_they_agree_with_the_lists_of_the_same_store(store: Database) -> None:
    await stock(store, 60, seed=7)
    repository = MongoModelTemplateRepository(store)
    filter = a_filter(model_type=[ModelType.AGENT], labels={"team": "chat"})

    facets = await facets_of(store, ACCOUNTS, filter)

    for (name, value), count in labels_in(facets).items():
        changed = replace(filter, labels={"team": "chat", name: value})
        scope = Scope(accounts=frozenset(ACCOUNTS), filter=changed)
        assert await repository.list(scope).count() == count
    for member in ModelType:
        scope = Scope(accounts=frozenset(ACCOUNTS), filter=replace(filter, model_type=[member]))
        number = fields_in(facets)["modelType"][member.name]
        assert await repository.list(scope).count() == number


async def test_names_of_labels_may_have_any_character(store: Database) -> None:
    labels = {"x.io/team": "a=b", "$where": "1", "k=v": "", "K": "{k: v}"}
    await store[TEMPLATES].insert_one(stored(a_template(labels=labels)))

    facets = await facets_of(store, ["a1"], ModelTemplateFilter(labels={"$where": "1"}))

    assert labels_in(facets) == dict.fromkeys(labels.items(), 1)


async def test_the_most_common_labels_come_first_and_chosen_ones_are_kept(store: Database) -> None:
    made = [
        a_template(name=f"t{n}", labels={"run": f"{n:03}", "team": "x" if n % 3 else "y"})
        for n in range(MAX_LABELS + 10)
    ]
    await store[TEMPLATES].insert_many([stored(template) for template in made])

    whole = await facets_of(store, ["a1"], ModelTemplateFilter())
    chosen = await facets_of(store, ["a1"], ModelTemplateFilter(labels={"run": "059"}))

    assert len(labels_in(whole)) == MAX_LABELS
    assert [*labels_in(whole).items()][:3] == [
        (("team", "x"), 40),
        (("team", "y"), 20),
        (("run", "000"), 1),
    ]
    assert len(labels_in(chosen)) == 1 + MAX_LABELS + 1
    assert [*labels_in(chosen)][-2:] == [("run", "059"), ("team", "x")]
    assert {*labels_in(chosen).values()} == {1}


async def test_of_a_very_long_list_a_part_is_counted(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facet_counts, "MAX_COUNTED", 10)
    monkeypatch.setattr(lists, "FEW", 0)
    types = [ModelType.AGENT, ModelType.EMBEDDING]

    def named(number: int) -> ModelTemplate:
        kind = types[number >= 10]
        return a_template(
            name=f"t{number}", model_type=kind.value, labels={"even": str(number % 2)}
        )

    await store[TEMPLATES].insert_many([stored(named(number)) for number in range(11)])

    whole = await facets_of(store, ["a1"], ModelTemplateFilter())
    rare = await facets_of(store, ["a1"], a_filter(model_type=[ModelType.EMBEDDING]))
    enough = await facets_of(store, ["a1"], a_filter(model_type=[ModelType.AGENT]))

    assert completeness(whole) == {False}
    assert 10 <= sum(fields_in(whole)["modelType"].values()) <= 11
    # Without its own condition, the facet counts the whole list.
    assert {f.field: f.is_complete for f in rare.fields} == {
        **{camel(name): True for name, (_, kind) in FILTERED.items() if is_facet(kind)},
        "modelType": False,
        "accountId": True,
    }
    assert labels_in(rare) == {("even", "0"): 1}
    assert enough.labels.is_complete
    assert labels_in(enough) == {("even", "0"): 5, ("even", "1"): 5}


@pytest.mark.parametrize("search", ["🤖", "--"])
async def test_a_search_without_words_has_facets_without_templates(
    store: Database, search: str
) -> None:
    await store[TEMPLATES].insert_one(stored(a_template(labels={"team": "x"})))

    facets = await facets_of(store, ["a1"], ModelTemplateFilter(search=search))

    assert {n for numbers in fields_in(facets).values() for n in numbers.values()} == {0}
    assert facets.labels.values == ()


async def test_a_template_that_cannot_be_read_is_not_counted(store: Database) -> None:
    document = stored(a_template(labels={"team": "x"}))
    document |= {"labels": "x", "listing": {"version": 2, "archived": False, "terms": ["@"]}}
    document["model_type"] = ["AGENT"]
    await store[TEMPLATES].insert_one(document, bypass_document_validation=True)
    good = a_template(name="good", model_type="AGENT", labels={"team": "y"})
    await store[TEMPLATES].insert_one(stored(good))

    facets = await facets_of(store, ["a1"], ModelTemplateFilter())

    assert fields_in(facets)["modelType"]["AGENT"] == 1
    assert labels_in(facets) == {("team", "y"): 1}
