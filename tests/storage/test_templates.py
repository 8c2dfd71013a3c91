"""The contract of the template repository, on mongomock-motor and on a real mongod."""

import asyncio
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplate, ModelTemplateVersion
from app.domain.pagination import ModelTemplateOrder, Position, Window
from app.domain.repository import NotUnique, Scope
from app.storage.driver import Database
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository
from tests.builders import NEWER_FIELDS, a_parameter, a_template, seeds, with_parameters


@pytest.fixture
def repository(store: Database) -> MongoModelTemplateRepository:
    return MongoModelTemplateRepository(store)


async def insert(repository: MongoModelTemplateRepository, **changes: Any) -> ModelTemplate:
    return await repository.insert(a_template(**changes), None)


def of(*accounts: str) -> Scope:
    return Scope(accounts=frozenset(accounts))


def a_window(**changes: Any) -> Window:
    return Window(**{"order": ModelTemplateOrder(), "size": 9, **changes})


EXACT = [
    *seeds(),
    NEWER_FIELDS,
    {},
    {"labels": {"app.kubernetes.io/name": "v", "b": "", "a": "1"}},
    {"description": "é\n✨\ud7ff\U0001f600"},
    with_parameters(
        a_parameter(name="A", type="int", default=2**63 - 1, minimum=-1e300, maximum=1e300),
        a_parameter(name="B", type="float", default=1, enum=[1, 2.5]),
        a_parameter(name="C", type="bool", default=False),
        a_parameter(name="D", default="", enum=["", "x"], min_length=0, max_length=2**31 - 1),
    ),
]


async def test_only_a_secret_is_marked_in_a_document(
    repository: MongoModelTemplateRepository, store: Database
) -> None:
    declared = with_parameters(a_parameter(name="A"), a_parameter(name="B", secret=True))
    template = await insert(repository, **declared)

    document = await store[TEMPLATES].find_one({})

    assert document is not None
    a, b = document["model_creation_parameters_schema"]["parameters"]
    assert ("secret" in a, b["secret"]) == (False, True)
    assert await repository.find(template.id, {"a1"}) == template


@pytest.mark.parametrize("changes", EXACT)
async def test_a_stored_template_is_read_back_exactly(
    repository: MongoModelTemplateRepository, changes: dict[str, Any]
) -> None:
    template = a_template(**{**changes, "account_id": "a1"})

    assert await repository.insert(template, None) == template
    found = await repository.find(template.id, {"a1", "a2"})

    assert found == template
    assert msgspec.json.encode(found) == msgspec.json.encode(template)


async def test_only_the_named_accounts_see_a_template(
    repository: MongoModelTemplateRepository,
) -> None:
    template = await insert(repository)

    assert await repository.find(template.id, {"a2"}) is None
    assert await repository.find(template.id, set()) is None
    assert await repository.find("unknown", {"a1"}) is None
    assert (await repository.list(of("a2")).read(a_window())).templates == []
    assert await repository.list(of("a2")).count() == 0
    place = Position(value=template.id, id=template.id)
    assert not await repository.list(of("a2")).exists(ModelTemplateOrder(), place, ahead=True)


async def test_a_name_is_unique_in_its_account(repository: MongoModelTemplateRepository) -> None:
    await insert(repository)
    await insert(repository, account_id="a2")
    await insert(repository, name="ECHO")

    with pytest.raises(NotUnique) as taken:
        await insert(repository)

    assert (taken.value.name, taken.value.request) == (True, False)
    assert await repository.list(of("a1", "a2")).count() == 3


async def test_a_request_finds_its_template(
    repository: MongoModelTemplateRepository,
) -> None:
    request = IdempotencyRecord(id="r", digest="d")
    first = await repository.insert(a_template(), request)

    assert await repository.insert(a_template(), request) == first
    assert await repository.insert(a_template(name="renamed since"), request) == first
    assert await repository.insert(a_template(account_id="a2"), request) != first
    assert await repository.list(of("a1")).count() == 1


@pytest.mark.parametrize(("name", "name_taken"), [("echo", True), ("other", False)])
async def test_a_request_id_cannot_be_reused_for_another_input(
    repository: MongoModelTemplateRepository, name: str, name_taken: bool
) -> None:
    await repository.insert(a_template(), IdempotencyRecord(id="r", digest="d"))

    with pytest.raises(NotUnique) as taken:
        await repository.insert(a_template(name=name), IdempotencyRecord(id="r", digest="other"))

    assert (taken.value.name, taken.value.request) == (name_taken, True)
    assert await repository.list(of("a1")).count() == 1


async def test_a_list_goes_from_new_to_old(repository: MongoModelTemplateRepository) -> None:
    made = [await insert(repository, name=f"t{n}", account_id=f"a{n % 3}") for n in range(10)]
    seen = [template for template in reversed(made) if template.account_id != "a2"]

    first = await repository.list(of("a0", "a1")).read(a_window(size=4))
    last = first.templates[-1]
    after = Position(value=last.created_at, id=last.id)
    rest = await repository.list(of("a0", "a1")).read(a_window(size=4, after=after))

    assert [*first.templates, *rest.templates] == seen
    assert (first.has_more, rest.has_more) == (True, False)
    assert await repository.list(of("a0", "a1")).count() == 7


async def test_of_many_creates_of_one_name_one_wins(
    repository: MongoModelTemplateRepository,
) -> None:
    outcomes = await asyncio.gather(
        *(insert(repository) for _ in range(200)), return_exceptions=True
    )

    assert sum(isinstance(outcome, ModelTemplate) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, NotUnique) and outcome.name for outcome in outcomes) == 199
    assert await repository.list(of("a1")).count() == 1


async def test_of_many_creates_of_one_request_all_get_the_same(
    repository: MongoModelTemplateRepository,
) -> None:
    request = IdempotencyRecord(id="r", digest="d")

    made = await asyncio.gather(*(repository.insert(a_template(), request) for _ in range(50)))

    assert len({template.id for template in made}) == 1
    assert await repository.list(of("a1")).count() == 1


async def test_an_older_document_is_read_though_rules_have_tightened(
    repository: MongoModelTemplateRepository, store: Database
) -> None:
    template = await insert(repository)
    fields = {"name": "", "labels": {"not allowed": "any more"}, "added_later": 1}
    await store[TEMPLATES].update_one({"_id": template.id}, {"$set": fields})

    found = await repository.find(template.id, {"a1"})

    assert found == replace(template, name="", labels={"not allowed": "any more"})


async def test_a_part_of_a_template_is_read_alone(
    repository: MongoModelTemplateRepository,
) -> None:
    template = await repository.insert(a_template(), None)
    # The rest may be damaged.
    damage: dict[str, Any] = {"$set": {"vendor_configuration": {}}}
    own = {"_id": template.id, "account_id": template.account_id}
    await repository._templates.update_one(own, damage, bypass_document_validation=True)

    part = await repository.find_part(ModelTemplateVersion, template.id, {"a1"})

    assert part == ModelTemplateVersion(id=template.id, account_id=template.account_id, revision=1)
    assert await repository.find_part(ModelTemplateVersion, template.id, {"a2"}) is None
    assert await repository.find_part(ModelTemplateVersion, "unknown", {"a1"}) is None


async def test_an_update_keeps_fields_of_a_newer_release(
    store: Database, repository: MongoModelTemplateRepository
) -> None:
    template = await insert(repository, labels={"a.b": "1"})
    newer = {"flavour": "x", "vendor_configuration.bundle_config.future": "y"}
    await store[TEMPLATES].update_one({"_id": template.id}, {"$set": newer})
    new_tag = {"vendor_configuration": {"bundle_config": {"tag": "2"}}}
    changed = a_template(description="d", labels={"a.b": "2", "$c": "3"}, **new_tag)
    changed = replace(changed, id=template.id, revision=2, created_at=template.created_at)

    assert await repository.replace(template, changed)

    document = await store[TEMPLATES].find_one({"_id": template.id})
    assert document is not None
    assert document["flavour"] == "x"
    assert document["vendor_configuration"]["bundle_config"]["future"] == "y"
    assert await repository.find(template.id, {"a1"}) == changed
    assert await repository.replace(changed, replace(changed, revision=3, description=None))
    assert "description" not in (await store[TEMPLATES].find_one({}) or {})


@pytest.mark.parametrize(("before", "after"), [(1, 1.0), (1.0, 1), (True, 1), (0, False)], ids=repr)
async def test_an_update_tells_equal_values_of_different_types_apart(
    repository: MongoModelTemplateRepository, before: Any, after: Any
) -> None:
    states = [a_template(**with_parameters(a_parameter(default=d))) for d in (before, after)]
    changed = replace(states[1], id=states[0].id, revision=2)
    await repository.insert(states[0], None)

    assert await repository.replace(states[0], changed)

    found = await repository.find(changed.id, {"a1"})
    assert found is not None
    assert found.model_creation_parameters_schema is not None
    (parameter,) = found.model_creation_parameters_schema.parameters
    assert repr(parameter.default) == repr(after)
