"""Lists of whole templates are always fresh, although the JSON of each template is kept."""

from typing import Any

import pytest
from msgspec import Raw

from app.domain.errors import Unavailable
from app.domain.pagination import Listing
from app.domain.service import ModelTemplateService
from app.graphql import fragments
from app.storage.driver import Database
from tests.builders import NAMED, a_parameter, a_wire_template, an_input, with_parameters
from tests.conftest import Caller
from tests.newer_release import ENDPOINT, stored

STORED = """
fragment Stored on ModelTemplate {
  id name description labels revision archivedAt endpointType modelType endpointProtocol createdAt
  updatedAt createdByUserId updatedByUserId vendorConfiguration { endpointConfig { cpus gpuType } }
}
"""
LIST = "{ modelTemplates { totalCount nodes { ...Stored } } }" + STORED
MORE = """
 description labels revision archivedAt endpointType modelType endpointProtocol createdAt updatedAt
 createdByUserId updatedByUserId """
EDGES = "{ modelTemplates { edges { cursor node { ...Stored } } pageInfo { endCursor } } }"


async def nodes(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await caller.ask(LIST))["modelTemplates"]["nodes"]
    return found


async def created(caller: Caller, name: str) -> str:
    payload = await caller.create(an_input(a_wire_template(name=name)))
    id: str = payload["modelTemplate"]["id"]
    return id


async def changed(caller: Caller, id: str, **changes: Any) -> None:
    query = """mutation($input: UpdateModelTemplateInput!) {
        updateModelTemplate(input: $input) { errors { message } } }"""
    await caller.ask(query, input={"id": id, **changes})


async def test_a_change_is_seen_at_once(writer: Caller) -> None:
    first, second = await created(writer, "a"), await created(writer, "b")
    assert [node["name"] for node in await nodes(writer)] == ["b", "a"]

    await changed(writer, first, description="new")

    kept, new = await nodes(writer)
    assert (kept["id"], kept["description"], kept["revision"]) == (second, None, 1)
    assert (new["id"], new["description"], new["revision"]) == (first, "new", 2)


async def test_a_list_is_the_same_from_memory(writer: Caller) -> None:
    for name in "abc":
        await created(writer, name)

    before = fragments.kept_fragments()
    lists = [await nodes(writer) for _ in range(3)]

    assert lists[0] == lists[1] == lists[2]
    assert fragments.kept_fragments() == before + 3


async def test_templates_in_memory_are_not_read_again(
    writer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await created(writer, "a")
    await created(writer, "b")
    fetch, fetched = Listing.fetch, []

    async def spy(self: Listing, ids: Any, part: Any) -> Any:
        fetched.append([*ids])
        return await fetch(self, ids, part)

    monkeypatch.setattr(Listing, "fetch", spy)
    await nodes(writer)
    await changed(writer, first, description="new")
    await nodes(writer)
    await nodes(writer)

    assert [len(ids) for ids in fetched] == [2, 1]
    assert fetched[1] == [first]


async def test_a_template_that_is_deleted_in_between_is_missing(
    writer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await created(writer, "a"), await created(writer, "b")
    fetch = Listing.fetch

    async def fetch_late(self: Listing, ids: Any, part: Any) -> Any:
        monkeypatch.undo()
        query = f'mutation {{ deleteModelTemplate(input: {{id: "{first}"}}) {{ deletedId }} }}'
        await writer.ask(query)
        return await fetch(self, ids, part)

    monkeypatch.setattr(Listing, "fetch", fetch_late)

    assert [node["id"] for node in await nodes(writer)] == [second]


async def test_edges_have_their_cursors(writer: Caller) -> None:
    id = await created(writer, "a")

    for _ in range(2):
        page = (await writer.ask(EDGES + STORED))["modelTemplates"]

        (edge,) = page["edges"]
        assert edge["node"]["id"] == id
        assert edge["cursor"] == page["pageInfo"]["endCursor"]


async def test_an_unknown_value_is_an_error_of_its_field(mongomock: Database, ann: Caller) -> None:
    known = await created(ann, "known")
    newer = await stored(mongomock, ann, {f"{ENDPOINT}.gpu_type": "quantum"}, name="newer")

    for _ in range(2):
        answer = (await ann.post(LIST)).json()

        found = answer["data"]["modelTemplates"]["nodes"]
        assert [node["id"] for node in found] == [newer, known]
        assert found[0]["vendorConfiguration"] == {"endpointConfig": {"cpus": 3, "gpuType": None}}
        (error,) = answer["errors"]
        assert error["extensions"] == {"code": "UNKNOWN_VALUE", **NAMED}


@pytest.mark.in_memory
async def test_an_unreadable_template_is_an_error_beside_the_list(
    mongomock: Database, ann: Caller
) -> None:
    sound = await created(ann, "sound")
    damaged = await stored(mongomock, ann, {f"{ENDPOINT}.cpus": "many"}, name="damaged")

    answer = (await ann.post(LIST)).json()

    assert [node["id"] for node in answer["data"]["modelTemplates"]["nodes"]] == [sound]
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "UNREADABLE", "id": damaged, **NAMED}


@pytest.mark.in_memory
async def test_an_unreadable_template_is_one_error_beside_an_unknown_value(
    mongomock: Database, ann: Caller
) -> None:
    damaged = await stored(mongomock, ann, {f"{ENDPOINT}.cpus": "many"}, name="damaged")
    newer = await stored(mongomock, ann, {f"{ENDPOINT}.gpu_type": "quantum"}, name="newer")

    answer = (await ann.post(LIST)).json()

    assert [node["id"] for node in answer["data"]["modelTemplates"]["nodes"]] == [newer]
    codes = [
        (each["extensions"]["code"], each["extensions"].get("id")) for each in answer["errors"]
    ]
    assert codes == [("UNREADABLE", damaged), ("UNKNOWN_VALUE", None)]


@pytest.mark.in_memory
async def test_a_page_of_unreadable_templates_is_an_error_if_more_follow(
    mongomock: Database, ann: Caller
) -> None:
    """There is no cursor with which a client could go on."""
    await created(ann, "sound")
    damaged = await stored(mongomock, ann, {f"{ENDPOINT}.cpus": "many"}, name="damaged")

    answer = (await ann.post(LIST.replace("modelTemplates", "modelTemplates(first: 1)", 1))).json()

    assert answer["data"] is None
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["id"]) == (["modelTemplates"], damaged)


async def test_when_the_database_goes_the_fields_that_need_it_have_an_error(
    writer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list has its JSON in memory, but is completed because of the other field."""
    await created(writer, "a")
    query = LIST.replace("{", '{ me: viewer { identityId } one: modelTemplate(id: "x") { id }', 1)
    before = (await writer.post(query)).json()

    async def fail(*_: Any, **__: Any) -> Any:
        raise Unavailable

    monkeypatch.setattr(ModelTemplateService, "find", fail)
    monkeypatch.setattr(Listing, "fetch", fail)
    answer = await writer.post(query)

    assert "errors" not in before
    assert answer.status_code == 200
    codes = {error["path"][0]: error["extensions"]["code"] for error in answer.json()["errors"]}
    assert codes["one"] == "SERVICE_UNAVAILABLE"
    assert {*codes} <= {"one", "modelTemplates"}


def test_memory_is_bounded() -> None:
    kept = fragments._kept
    for number in range(200):
        kept[-1, str(number), 1, None] = Raw(bytes(200_000))

    assert kept.currsize <= fragments.MAX_BYTES
    assert len(kept) * 200_000 <= fragments.MAX_BYTES


async def test_long_integers_are_answered_as_others(writer: Caller) -> None:
    values = {"default": 2**40, "enum": [1, 2**40]}
    schema = with_parameters(a_parameter(name="n", type="int", **values))
    await writer.create(an_input(a_wire_template(**schema)))
    fields = "parameters { name default enum }"
    computed = f"jsonSchema validate(bindings: {{n: {2**40}}}) {{ valid bindings }}"
    for selection in ("{ " + fields + " }", "{ " + fields + computed + " }"):
        query = "{ modelTemplates { nodes { name modelCreationParametersSchema %s %s } } }"
        for others in ("", MORE, "warnings { code } " + MORE):
            (found,) = (await writer.ask(query % (selection, others)))["modelTemplates"]["nodes"]

            answered = found["modelCreationParametersSchema"]
            assert answered["parameters"] == [{"name": "n", **values}]
            if "jsonSchema" in answered:
                assert answered["jsonSchema"]["properties"]["n"]["default"] == 2**40
                assert answered["validate"] == {"valid": True, "bindings": {"n": 2**40}}


async def test_a_list_is_read_at_once_while_little_of_it_is_kept(
    writer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await created(writer, "a")
    query = f"query L{id.replace('-', '')} {LIST}"  # No test before has kept anything of it.

    async def names() -> list[str]:
        found = (await writer.ask(query))["modelTemplates"]["nodes"]
        return [node["name"] for node in found]

    fetch, fetched = Listing.fetch, []

    async def spy(self: Listing, ids: Any, part: Any) -> Any:
        fetched.append([*ids])
        return await fetch(self, ids, part)

    monkeypatch.setattr(Listing, "fetch", spy)
    for _ in range(3 * fragments.RECENT):
        fragments.forget_fragments()
        assert await names() == ["a"]
    cold = len(fetched)
    for _ in range(3 * fragments.RECENT):
        assert await names() == ["a"]
    fragments.forget_fragments()
    assert await names() == ["a"]

    assert fragments.RECENT < cold < 2 * fragments.RECENT
    assert len(fetched) == cold + 1
