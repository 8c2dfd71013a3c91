"""Lists on both stores: what filters admit, merged parts, and how a real MongoDB reads them."""

import random
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from app.domain.filter import ModelTemplateFilter
from app.domain.model_template import EndpointProtocol, ModelTemplate, ModelType
from app.domain.pagination import ModelTemplateOrder, Window
from app.domain.repository import Scope
from app.domain.vendor_configuration import GpuType, ModelEndpointType
from app.storage import listing
from app.storage.driver import Database
from app.storage.plan import ORDERS, example_filters, explain
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository, stored
from app.storage.token import PREFIX_LENGTH, conditions, tokens
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


def is_admitted(template: ModelTemplate, filter: ModelTemplateFilter) -> bool:
    """The contract's own words, without any index."""
    asked: Any = filter
    configuration = template.vendor_configuration
    text = " ".join(
        (
            template.name,
            configuration.bundle_config.image,
            template.description or "",
            *(f"{key} {value}" for key, value in template.labels.items()),
        )
    )
    there = re.split(r"[\W_]+", text.lower())
    searched = (asked.search or "").lower().split()
    facets = {
        "model_type": template.model_type,
        "endpoint_type": template.endpoint_type,
        "endpoint_protocol": template.endpoint_protocol,
        "gpu_type": configuration.endpoint_config.gpu_type,
    }
    return (
        all(any(word.startswith(begun) for word in there) for begun in searched)
        and all(
            getattr(asked, name) is None or value in getattr(asked, name)
            for name, value in facets.items()
        )
        and asked.name in (None, template.name)
        and asked.created_by_user_id in (None, template.created_by_user_id)
        and (asked.labels or {}).items() <= template.labels.items()
        and (asked.created_after is None or template.created_at > asked.created_after)
        and (asked.created_before is None or template.created_at < asked.created_before)
        and asked.archived in (None, template.archived_at is not None)
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


@pytest.mark.parametrize("runs", [listing.MAX_RUNS, 3])
async def test_a_filter_admits_what_the_contract_says(
    store: Database, runs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_RUNS", runs)  # A few: parts are merged here.
    repository = MongoModelTemplateRepository(store)
    made = await stock(store, 90)
    random_, found = random.Random(2), 0
    for number in range(120):
        filter, order = a_mixed_filter(random_), ORDERS[number % len(ORDERS)]
        accounts = frozenset(random_.sample(["a0", "a1", "a2"], random_.randint(1, 3)))
        scope = Scope(accounts=accounts, filter=filter)
        expected = in_order(
            [t for t in made if t.account_id in accounts and is_admitted(t, filter)], order
        )

        whole = await repository.list(scope, Window(order=order, size=100))
        end = await repository.list(scope, Window(order=order, size=3, from_end=True))

        assert list(whole.templates) == expected, (filter, order)
        assert list(end.templates) == expected[-3:]
        assert end.has_more == (len(expected) > 3)
        assert await repository.count(scope) == len(expected)
        if expected:
            middle = expected[len(expected) // 2]
            place = order.position("after", order.cursor(middle))
            rest = await repository.list(scope, Window(order=order, size=100, after=place))
            assert list(rest.templates) == expected[len(expected) // 2 + 1 :]
            assert place is not None
            assert await repository.exists(scope, order, place, ahead=True)
            found += 1
    assert found > 40  # Most lists had something in them.


async def test_a_changed_template_is_listed_by_what_it_is_now(store: Database) -> None:
    repository = MongoModelTemplateRepository(store)
    before = await repository.insert(a_template(name="old", labels={"team": "x"}), None)
    after = replace(before, name="new", labels={}, archived_at=before.created_at, revision=2)

    assert await repository.replace(before, after)

    async def names(**conditions: Any) -> list[str]:
        filter = ModelTemplateFilter(**conditions)
        scope = Scope(accounts=frozenset({"a1"}), filter=filter)
        page = await repository.list(scope, Window(order=ModelTemplateOrder(), size=9))
        return [template.name for template in page.templates]

    assert await names(search="old", archived=None) == []
    assert await names(labels={"team": "x"}, archived=None) == []
    assert await names() == []
    assert await names(search="ne", archived=True) == ["new"]


async def test_every_list_is_read_in_order_from_an_index(mongod: Database) -> None:
    """At most three keys a template, and one a run: an account times a token."""
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
    assert len(filters) >= 18

    for accounts in ([like.account_id], ["a0", "a1", "a2"]):
        for order in ORDERS:
            for what, filter in filters.items():
                scope = Scope(accounts=frozenset(accounts), filter=filter)
                plan = await explain(mongod, scope, order, size=5)
                assert plan.is_sound, (what, order, plan)
                assert plan.indexes == {source.index for source in listing.sources(order.field)}
                if what != "search, two words":
                    assert plan.is_bounded, (what, order, plan)
                assert plan.returned or what == "archived"


async def test_a_template_of_few_words_is_an_example_too(mongod: Database) -> None:
    template = a_template(name="---", vendor_configuration={"bundle_config": {"image": "7/7"}})
    await mongod[TEMPLATES].insert_one(stored(template))

    for filter in example_filters(template).values():
        scope = Scope(accounts=frozenset({"a1"}), filter=filter)
        assert (await explain(mongod, scope, ModelTemplateOrder())).is_sound


async def test_of_several_conditions_the_one_that_fewest_meet_is_looked_up(
    mongod: Database,
) -> None:
    rare = [a_template(name=f"needle {n}", labels={"team": "x"}) for n in range(3)]
    many = [a_template(name=f"hay {n}", labels={"team": "x"}) for n in range(300)]
    await mongod[TEMPLATES].insert_many([stored(template) for template in (*rare, *many)])

    for filter in (
        ModelTemplateFilter(search="needle", labels={"team": "x"}),
        ModelTemplateFilter(search="echo needle"),
    ):
        plan = await explain(
            mongod, Scope(accounts=frozenset({"a1"}), filter=filter), ModelTemplateOrder()
        )
        assert (plan.returned, plan.keys) == (3, 3)


async def test_a_filter_of_many_conditions_is_a_few_commands(mongod: Database) -> None:
    labels = {f"label{number}": "x" for number in range(60)}
    await mongod[TEMPLATES].insert_one(stored(a_template(labels=labels)))
    scope = Scope(accounts=frozenset({"a1"}), filter=ModelTemplateFilter(labels=labels))
    await mongod.command({"profile": 2})

    window = Window(order=ModelTemplateOrder(), size=5)
    page = await MongoModelTemplateRepository(mongod).list(scope, window)

    assert len(page.templates) == 1
    commands = await mongod["system.profile"].count_documents({"ns": f"{mongod.name}.{TEMPLATES}"})
    assert 1 < commands < 20


def test_a_long_word_is_not_a_token_for_each_of_its_letters() -> None:
    tokens = stored(a_template(name="x" * 200))["listing"]["tokens"]

    begun = [token for token in tokens if token.startswith("+word:x")]
    assert sorted(map(len, begun)) == [*range(7, 7 + PREFIX_LENGTH), 206]


def test_a_time_is_made_up_of_units_that_do_not_overlap() -> None:
    random_ = random.Random(4)
    today = datetime.now(UTC).date()
    most = 0
    for _ in range(2_000):
        after, before = a_time(random_, until=today)
        units = created_units(after, before, room=100)
        most = max(most, len(units))
        for day in (after, before, after + (before - after) * random_.random()):
            assert len(units & units_of(day)) == 1
        for day in (after - timedelta(1), before + timedelta(1)):
            assert not units & units_of(day) or not date(2020, 1, 1) < day <= today
    assert most < 40


def test_a_time_that_is_looked_up_for_many_accounts_is_made_up_of_few_units() -> None:
    random_ = random.Random(5)
    today = datetime.now(UTC).date()
    for _ in range(2_000):
        after, before = a_time(random_, until=today)
        units = created_units(after, before, room=1)
        beyond = before - after + timedelta(2)
        assert len(units) <= 13
        for day in (after, before, after + (before - after) * random_.random()):
            assert len(units & units_of(day)) == 1
        for day in (after - beyond, before + beyond):
            assert not units & units_of(day) or not date(2020, 1, 1) < day <= today


def test_what_was_made_on_a_day_to_come_is_in_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    today = datetime.now(UTC).date()
    written = units_of(today + timedelta(1_000))

    monkeypatch.setattr("app.storage.token._today", lambda: today + timedelta(2_000))

    assert created_units(today + timedelta(990), today + timedelta(1_010), room=9) & written


def a_time(random_: random.Random, *, until: date) -> tuple[date, date]:
    after = date(2019, 1, 1) + timedelta(random_.randrange((until - date(2019, 1, 1)).days))
    return after, min(after + timedelta(int(random_.random() ** 6 * 5_000)), until)


def created_units(after: date, before: date, *, room: int) -> set[str]:
    filter = ModelTemplateFilter(created_after=midnight(after), created_before=midnight(before))
    (condition,) = conditions(filter, by_creation=False, room=room)
    return {*condition.tokens}


def units_of(day: date) -> set[str]:
    found = tokens(replace(a_template(), created_at=midnight(day)))
    return {token[1:] for token in found if token[1:].startswith("created:")}


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
