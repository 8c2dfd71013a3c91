"""Lists on both stores: filters, merged results, and the query plans of a real MongoDB."""

import random
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from app.domain.access import Id
from app.domain.filter import MAX_INDEXED_WORDS, MAX_WORD_LENGTH, ModelTemplateFilter
from app.domain.model_template import EndpointProtocol, ModelTemplate, ModelType
from app.domain.pagination import ModelTemplateOrder, Window
from app.domain.repository import Scope
from app.domain.vendor_configuration import GpuType, ModelEndpointType
from app.storage import lists
from app.storage.driver import Database
from app.storage.explain import ORDERS, explain
from app.storage.status import example_filters
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository, stored
from app.storage.terms import TERMS_INDEX
from tests.builders import a_template, seeds

START = datetime(2023, 12, 30, 23, 59, 59, 998_000, tzinfo=UTC)
WORDS = ["embed", "Embedding", "chat", "CHATTY", "a", "ab", "internationalisation", "international"]


def a_mixed_template(random_: random.Random, number: int) -> ModelTemplate:
    choose = random_.choice
    gpu = choose([None, *GpuType][:4])
    made = a_template(
        name=f"{choose(WORDS)} {choose(WORDS)}-{number}",
        description=choose([None, choose(WORDS), f"{choose(WORDS)}: {choose(WORDS)}"]),
        labels={key: choose(WORDS) for key in ("team", "x.io/team", "A") if random_.random() < 0.5},
        account_id=f"a{number % 3}",
        endpoint_type=choose([*ModelEndpointType]).value,
        model_type=choose([*ModelType][:3]).value,
        endpoint_protocol=choose([None, "SGP", "VLLM"]),
        vendor_configuration={
            "endpoint_config": {
                "gpus": 0 if gpu is None else 1,
                "gpu_type": None if gpu is None else gpu.value,
            }
        },
    )
    created = START + timedelta(milliseconds=random_.choice([1, 40, 86_400_000]) * number)
    updated = created + timedelta(days=random_.choice([0, 0, 1, 400]))
    archived = updated if random_.random() < 0.2 else None
    return replace(
        made,
        created_at=created,
        updated_at=updated,
        archived_at=archived,
        created_by_user_id=f"user{number % 2}",
    )


def a_mixed_filter(random_: random.Random) -> ModelTemplateFilter:
    """Few conditions at once, so that many lists have something in them."""
    some = random_.choice
    when = START + timedelta(days=random_.randrange(-2, 40), milliseconds=random_.randrange(5))
    conditions: dict[str, Any] = {
        "search": some(["emb", "EMBEDDING", "a", "chat emb", "internationalis", "internationally"]),
        "model_type": random_.sample([*ModelType][:3], random_.randrange(3)),
        "endpoint_type": random_.sample([*ModelEndpointType], 2),
        "endpoint_protocol": [EndpointProtocol.VLLM],
        "gpu_type": [*GpuType][:2],
        "labels": some([{"team": "chat"}, {"x.io/team": "embed", "A": "a"}, {}, {"A": "\0"}]),
        "created_by_user_id": some(["user0", "user1", "nobody", ""]),
        "created_after": when,
        "created_before": when + timedelta(days=random_.randrange(60), microseconds=1),
        "name": f"{some(WORDS)} {some(WORDS)}-{random_.randrange(60)}",
    }
    chosen = random_.sample([*conditions], some([1, 1, 1, 2, 2, 3]))
    archived = some([False, False, True, None])
    return ModelTemplateFilter(**{name: conditions[name] for name in chosen}, archived=archived)


@cache
def words_of(text: str) -> list[str]:
    return re.split(r"[\W_]+", text.lower())


def is_admitted(template: ModelTemplate, filter: ModelTemplateFilter) -> bool:
    """Whether a filter matches, computed from the contract without any index."""
    asked: Any = filter
    configuration = template.vendor_configuration
    text = " ".join(
        (
            template.name,
            configuration.bundle_config.image_reference,
            template.id,
            template.description or "",
            *(f"{key} {value}" for key, value in template.labels.items()),
        )
    )
    there = words_of(text)
    searched = (asked.search or "").lower().split()
    facets = {
        "model_type": template.model_type,
        "endpoint_type": template.endpoint_type,
        "endpoint_protocol": template.endpoint_protocol,
        "gpu_type": configuration.endpoint_config.gpu_type,
    }
    return (
        all(
            getattr(asked, name) is None or value in getattr(asked, name)
            for name, value in facets.items()
        )
        and asked.name in (None, template.name)
        and asked.created_by_user_id in (None, template.created_by_user_id)
        and (asked.labels or {}).items() <= template.labels.items()
        and (asked.created_after is None or template.created_at > asked.created_after)
        and (asked.created_before is None or template.created_at < asked.created_before)
        and asked.archived in (None, template.archived_at is not None)
        and all(any(word.startswith(begun) for word in there) for begun in searched)
    )


async def stock(database: Database, count: int, *, seed: int = 1) -> list[ModelTemplate]:
    random_ = random.Random(seed)
    made = [a_mixed_template(random_, number) for number in range(count)]
    await database[TEMPLATES].insert_many([stored(template) for template in made])
    return made


def in_order(templates: list[ModelTemplate], order: ModelTemplateOrder) -> list[ModelTemplate]:
    return sorted(
        templates,
        key=lambda template: (getattr(template, order.field.value), template.id),
        reverse=order.direction.name == "DESC",
    )


@pytest.mark.parametrize(
    ("most", "filters"),
    [
        pytest.param(lists.MAX_ACCOUNTS, 120, marks=pytest.mark.slow),
        pytest.param(2, 120, marks=pytest.mark.slow),
        (2, 8),  # The first of those 120.
    ],
)
async def test_filters_match_the_contract(
    store: Database, most: int, filters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_ACCOUNTS", most)  # Two: parts are merged here.
    repository = MongoModelTemplateRepository(store)
    made = await stock(store, 90)
    random_, found = random.Random(2), 0
    for number in range(filters):
        filter, order = a_mixed_filter(random_), ORDERS[number % len(ORDERS)]
        accounts = frozenset(random_.sample(["a0", "a1", "a2"], random_.randint(1, 3)))
        scope = Scope(accounts=accounts, filter=filter)
        expected = in_order(
            [t for t in made if t.account_id in accounts and is_admitted(t, filter)], order
        )

        whole = await repository.list(scope).read(Window(order=order, size=100))
        end = await repository.list(scope).read(Window(order=order, size=3, from_end=True))

        assert list(whole.templates) == expected, (filter, order)
        assert list(end.templates) == expected[-3:]
        assert end.has_more == (len(expected) > 3)
        assert await repository.list(scope).count() == len(expected)
        if expected:
            middle = expected[len(expected) // 2]
            place = order.position("after", order.cursor(middle))
            rest = await repository.list(scope).read(Window(order=order, size=100, after=place))
            assert list(rest.templates) == expected[len(expected) // 2 + 1 :]
            assert place is not None
            assert await repository.list(scope).exists(order, place, ahead=True)
            found += 1
    assert found > filters // 3  # Most lists had something in them.


async def test_an_updated_template_is_listed_by_its_new_values(store: Database) -> None:
    repository = MongoModelTemplateRepository(store)
    before = await repository.insert(a_template(name="old", labels={"team": "x"}), None)
    after = replace(before, name="new", labels={}, archived_at=before.created_at, revision=2)

    assert await repository.replace(before, after)

    async def names(**conditions: Any) -> list[str]:
        filter = ModelTemplateFilter(**conditions)
        scope = Scope(accounts=frozenset({"a1"}), filter=filter)
        page = await repository.list(scope).read(Window(order=ModelTemplateOrder(), size=9))
        return [template.name for template in page.templates]

    assert await names(search="old", archived=None) == []
    assert await names(labels={"team": "x"}, archived=None) == []
    assert await names() == []
    assert await names(search="ne", archived=True) == ["new"]


async def test_at_most_eight_conditions_are_counted(
    mongod: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "FEW", 0)  # No condition is met by so few.
    labels = {f"label{number}": "x" for number in range(60)}
    await mongod[TEMPLATES].insert_one(stored(a_template(labels=labels)))
    scope = Scope(accounts=frozenset({"a1"}), filter=ModelTemplateFilter(labels=labels))
    await mongod.command({"profile": 2})

    page = await MongoModelTemplateRepository(mongod).list(scope).read(a_window())

    assert len(page.templates) == 1
    commands = await mongod["system.profile"].count_documents({"ns": f"{mongod.name}.{TEMPLATES}"})
    assert commands == lists.MAX_COUNTED + 1


async def test_equal_names_of_several_accounts_are_ordered_by_id(store: Database) -> None:
    made = [a_template(name="same", account_id=f"a{number}") for number in range(6)]
    random.Random(1).shuffle(made)
    await store[TEMPLATES].insert_many([stored(template) for template in made])
    scope = Scope(accounts=frozenset(template.account_id for template in made))
    found = MongoModelTemplateRepository(store).list(scope)

    for order in ORDERS[-2:]:
        seen: list[ModelTemplate] = []
        after = None
        while len(seen) < len(made):
            page = await found.read(Window(order=order, size=1, after=after))
            seen += page.templates
            after = order.position("after", order.cursor(seen[-1]))
        assert seen == in_order(made, order)


@pytest.mark.slow
async def test_no_list_scans_the_collection(mongod: Database) -> None:
    random_ = random.Random(3)
    made = []
    for number in range(600):
        wire = {**random_.choice(seeds()), "account_id": f"a{number % 3}"}
        template = a_template(**{**wire, "name": f"{wire['name']}-{number:03}"})
        at = START + timedelta(days=number)
        made.append(replace(template, created_at=at, updated_at=at))
    await mongod[TEMPLATES].insert_many([stored(template) for template in made])
    like = next(t for t in made[300:] if t.name.startswith("vllm"))
    filters = example_filters(like, span=timedelta(days=70))
    assert len(filters) >= 20

    for accounts in ([like.account_id], ["a0", "a1", "a2"]):
        for order in ORDERS:
            for what, filter in filters.items():
                scope = Scope(accounts=frozenset(accounts), filter=filter)
                plan = await explain(mongod, scope, order, size=5)
                assert plan.is_sound, (what, order, plan)
                assert "IXSCAN" in plan.stages
                assert plan.returned or what == "archived"


@pytest.mark.parametrize("accounts", [1, 3])
async def test_a_small_list_of_a_large_account_reads_few_documents(
    mongod: Database, accounts: int
) -> None:
    """The order's index where most match, the terms where few do; either way, of 2,000."""
    rare = [a_template(name=f"needle {n}", account_id=f"a{n}") for n in range(3)]
    many = [a_template(name=f"hay {n}", account_id=f"a{n % 3}") for n in range(2_000)]
    await mongod[TEMPLATES].insert_many([stored(template) for template in (*rare, *many)])
    owners = frozenset(f"a{number}" for number in range(accounts))

    for search, most in (("needle", 3), ("echo", 9), ("echo needle", 3), ("needle docker", 3)):
        for order in ORDERS:
            scope = Scope(accounts=owners, filter=ModelTemplateFilter(search=search))
            plan = await explain(mongod, scope, order, size=5)
            assert plan.documents <= most, (search, order, plan)


async def test_a_template_with_few_words_can_be_the_example(mongod: Database) -> None:
    template = a_template(name="---", vendor_configuration={"bundle_config": {"image": "7/7"}})
    await mongod[TEMPLATES].insert_one(stored(template))

    for filter in example_filters(template).values():
        scope = Scope(accounts=frozenset({"a1"}), filter=filter)
        assert (await explain(mongod, scope, ModelTemplateOrder())).is_sound


async def test_a_list_is_planned_once_and_takes_few_commands(mongod: Database) -> None:
    labels = {f"label{number}": "x" for number in range(60)}
    await mongod[TEMPLATES].insert_one(stored(a_template(labels=labels)))
    accounts = frozenset({"a1", *(f"b{number}" for number in range(lists.MAX_ACCOUNTS))})
    scope = Scope(accounts=accounts, filter=ModelTemplateFilter(labels=labels))
    found = MongoModelTemplateRepository(mongod).list(scope)
    await mongod.command({"profile": 2})

    async def commands() -> int:
        return await mongod["system.profile"].count_documents({"ns": f"{mongod.name}.{TEMPLATES}"})

    page = await found.read(Window(order=ModelTemplateOrder(), size=5))
    assert len(page.templates) == 1
    parts = 2
    counted = 1  # Few meet the first condition.
    assert await commands() == counted + parts
    assert await found.count() == 1
    assert await commands() == counted + 2 * parts


@pytest.mark.parametrize(
    "search",
    [
        *("docker.io", "ghcr.io/acme/reader:v1", "GHCR.IO", "acme reader", "v1", "read"),
        *(
            "01a21059-7f8a-712d-bdf0-37451a4b1fa7",
            "01A21059-7f8",
            "37451a",
            "team blue",
            "whitepaper",
        ),
    ],
)
async def test_a_search_finds_the_words_of_a_template(store: Database, search: str) -> None:
    image = {"registry": "ghcr.io", "image": "acme/reader", "tag": "v1"}
    if search == "docker.io":
        image["registry"] = "docker.io"
    template = a_template(
        name="whitepaper",
        labels={"team": "blue"},
        vendor_configuration={"bundle_config": image},
    )
    template = replace(template, id=Id("01a21059-7f8a-712d-bdf0-37451a4b1fa7"))
    other = a_template(name="other", vendor_configuration={"bundle_config": {"tag": "2"}})
    await store[TEMPLATES].insert_many([stored(template), stored(replace(other, id=Id("b")))])
    scope = Scope(accounts=frozenset({"a1"}), filter=ModelTemplateFilter(search=search))

    page = await MongoModelTemplateRepository(store).list(scope).read(a_window())

    assert template in page.templates
    assert len(page.templates) == (2 if search == "docker.io" else 1)


@pytest.mark.parametrize("search", ["🤖", "-", "\0 - ", " _ ", "..."])
async def test_a_search_without_words_finds_nothing(store: Database, search: str) -> None:
    await store[TEMPLATES].insert_one(stored(a_template()))
    filter = ModelTemplateFilter(search=search)
    found = MongoModelTemplateRepository(store).list(
        Scope(accounts=frozenset({"a1"}), filter=filter)
    )

    assert (await found.read(a_window())).templates == []
    assert await found.count() == 0


@pytest.mark.parametrize("search", [None, "", "  ", "\t\n"])
async def test_a_blank_search_is_no_condition(store: Database, search: str | None) -> None:
    await store[TEMPLATES].insert_one(stored(a_template()))
    filter = ModelTemplateFilter(search=search)
    found = MongoModelTemplateRepository(store).list(
        Scope(accounts=frozenset({"a1"}), filter=filter)
    )

    assert len((await found.read(a_window())).templates) == 1


def test_name_labels_and_image_are_indexed_before_a_long_description() -> None:
    prose = " ".join(f"prose{number}" for number in range(500))
    template = a_template(name="n" * 300, description=prose, labels={"team": "blue"})

    terms = stored(template)["listing"]["terms"]

    found = [term for term in terms if not term.startswith("@")]
    assert len(found) == MAX_INDEXED_WORDS
    assert found[0] == "n" * MAX_WORD_LENGTH
    assert {"team", "blue", "docker", "io", "echo", *template.id.split("-")} <= {*found[:16]}
    assert sum(word.startswith("prose") for word in found) > 100
    assert {"@", "@label:team=blue", "@model_type=GENERIC"} <= {*terms}


def a_window(size: int = 9) -> Window:
    return Window(order=ModelTemplateOrder(), size=size)


async def test_a_count_of_a_few_among_many_reads_few(mongod: Database) -> None:
    old = [a_template(name=f"old {n}", labels={"age": "old"}) for n in range(lists.FEW + 50)]
    made = [replace(t, created_at=START) for t in old]
    made += [a_template(name=f"new {n}") for n in range(3_000)]
    await mongod[TEMPLATES].insert_many([stored(template) for template in made])
    filter = ModelTemplateFilter(labels={"age": "old"})
    found = MongoModelTemplateRepository(mongod).list(
        Scope(accounts=frozenset({"a1"}), filter=filter)
    )
    await mongod.command({"profile": 2})

    assert await found.count() == len(old)

    profiles = await mongod["system.profile"].find({"op": "command"}).to_list(None)
    assert sum(profile["docsExamined"] for profile in profiles) == 0


async def test_lists_do_without_the_index_of_terms(mongod: Database) -> None:
    await mongod[TEMPLATES].insert_one(stored(a_template(labels={"team": "blue"})))
    await mongod[TEMPLATES].drop_index(TERMS_INDEX)
    filter = ModelTemplateFilter(search="echo docker", labels={"team": "blue"})
    found = MongoModelTemplateRepository(mongod).list(
        Scope(accounts=frozenset({"a1"}), filter=filter)
    )

    assert len((await found.read(a_window())).templates) == 1
    assert await found.count() == 1


async def test_labels_leave_room_for_the_image_and_the_id(store: Database) -> None:
    labels = {f"app{number}.io/name{number}": f"v{number}" for number in range(64)}
    template = a_template(labels=labels)
    await store[TEMPLATES].insert_one(stored(template))

    for search in ("docker.io", "echo model", template.id, template.id[:13], template.id[24:]):
        scope = Scope(accounts=frozenset({"a1"}), filter=ModelTemplateFilter(search=search))
        page = await MongoModelTemplateRepository(store).list(scope).read(a_window())
        assert page.templates == [template], search


@pytest.mark.parametrize("microsecond", [0, 1, 999_000, 999_999])
async def test_times_at_the_end_of_the_calendar_are_compared(
    store: Database, microsecond: int
) -> None:
    await store[TEMPLATES].insert_one(stored(a_template()))
    last = datetime(9999, 12, 31, 23, 59, 59, microsecond, tzinfo=UTC)
    scope = Scope(accounts=frozenset({"a1"}), filter=ModelTemplateFilter(created_before=last))

    assert await MongoModelTemplateRepository(store).list(scope).count() == 1
