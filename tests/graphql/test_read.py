"""Reading templates, lists, pages and the viewer, within the accounts of the caller."""

from typing import Any

import pytest

from tests.builders import NAMED, a_viewer, a_wire_template, an_input
from tests.conftest import Caller, Login

LIST = """
query($first: Int, $after: String, $last: Int, $before: String,
      $filter: ModelTemplateFilter, $orderBy: ModelTemplateOrder) {
  modelTemplates(first: $first, after: $after, last: $last, before: $before,
                 filter: $filter, orderBy: $orderBy) {
    edges { cursor node { name } }
    nodes { name }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
  }
}"""
DELETE = """mutation($id: ID!) {
  deleteModelTemplate(input: {id: $id}) { deletedId errors { path } }
}"""
ONE = "query($id: ID!) { modelTemplate(id: $id) { name } node(id: $id) { __typename id } }"


async def stock(caller: Caller, *names: str, account: str = "a1") -> list[str]:
    """The ids of new templates, in the order of creation."""
    made = [
        await caller.create(an_input(a_wire_template(name=name, account_id=account)))
        for name in names
    ]
    return [payload["modelTemplate"]["id"] for payload in made]


async def listed(caller: Caller, **variables: Any) -> Any:
    return (await caller.ask(LIST, **variables))["modelTemplates"]


def names(connection: Any) -> list[str]:
    return [node["name"] for node in connection["nodes"]]


async def test_a_template_is_found_by_its_id(ann: Caller) -> None:
    (id,) = await stock(ann, "one")

    assert await ann.ask(ONE, id=id) == {
        "modelTemplate": {"name": "one"},
        "node": {"__typename": "ModelTemplate", "id": id},
    }


@pytest.mark.parametrize("id", ["", "1", "\0", "0" * 10_000, "' or 1", "$ne"])
async def test_an_invalid_id_finds_nothing(ann: Caller, id: str) -> None:
    assert await ann.ask(ONE, id=id) == {"modelTemplate": None, "node": None}


async def test_another_accounts_template_is_treated_as_unknown(login: Login) -> None:
    ann, bob = await login(a_viewer(a1="write")), await login(a_viewer(a2="write"))
    (id,) = await stock(ann, "secret")

    existing, unknown = await bob.post(ONE, id=id), await bob.post(ONE, id=id[:-1] + "f")

    assert existing.content == unknown.content
    assert existing.json() == {"data": {"modelTemplate": None, "node": None}}
    assert names(await listed(bob)) == []
    assert names(await listed(bob, filter={"accountId": "a1"})) == []


async def test_lists_are_newest_first_and_count_when_asked(ann: Caller) -> None:
    await stock(ann, "one", "two", "three")

    connection = await listed(ann)

    assert names(connection) == ["three", "two", "one"]
    assert [edge["node"] for edge in connection["edges"]] == connection["nodes"]
    assert connection["totalCount"] == 3
    assert connection["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": connection["edges"][0]["cursor"],
        "endCursor": connection["edges"][-1]["cursor"],
    }


async def test_pages_follow_each_other(ann: Caller) -> None:
    await stock(ann, *"abcde")

    first = await listed(ann, first=2)
    second = await listed(ann, first=2, after=first["pageInfo"]["endCursor"])
    third = await listed(ann, first=2, after=second["pageInfo"]["endCursor"])

    assert [names(page) for page in (first, second, third)] == [["e", "d"], ["c", "b"], ["a"]]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second, third)] == [1, 1, 0]
    assert [page["pageInfo"]["hasPreviousPage"] for page in (first, second, third)] == [0, 1, 1]
    assert [page["totalCount"] for page in (first, second, third)] == [5, 5, 5]


async def test_a_page_does_not_shift_when_templates_are_added(ann: Caller) -> None:
    await stock(ann, "a", "b", "c")
    first = await listed(ann, first=1)

    await stock(ann, "d")

    after = await listed(ann, first=5, after=first["pageInfo"]["endCursor"])
    assert (names(first), names(after)) == (["c"], ["b", "a"])


async def test_an_empty_page_has_no_cursors(ann: Caller) -> None:
    assert (await listed(ann))["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


async def test_the_default_page_size_is_twenty(ann: Caller) -> None:
    await stock(ann, *(f"t{n}" for n in range(21)))

    assert len((await listed(ann))["nodes"]) == 20
    assert len((await listed(ann, first=100))["nodes"]) == 21


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("first", 0), ("first", -1), ("first", 101), ("last", 0), ("last", 101)),
        *(("after", ""), ("after", "x"), ("after", "W10"), ("before", ""), ("before", "x")),
    ],
)
async def test_an_argument_out_of_range_is_named(ann: Caller, argument: str, value: Any) -> None:
    (error,) = (await ann.post(LIST, **{argument: value})).json()["errors"]

    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument, **NAMED}
    assert error["message"].startswith(f"{argument}: ")


async def test_first_and_last_exclude_each_other(ann: Caller) -> None:
    (error,) = (await ann.post(LIST, first=1, last=1)).json()["errors"]

    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "last", **NAMED}


@pytest.mark.parametrize("field", ["CREATED_AT", "UPDATED_AT", "NAME"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_every_order_is_paged_both_ways_during_changes(
    login: Login, field: str, direction: str
) -> None:
    ann = await login(a_viewer(a1="write", a2="write"))
    order = {"field": field, "direction": direction}
    ids = {}
    for number in range(12):  # Names repeat between the accounts: ids decide.
        name, account = f"n{number % 6}", f"a{number // 6 + 1}"
        (ids[name, account],) = await stock(ann, name, account=account)
    update = """mutation($input: UpdateModelTemplateInput!) {
      updateModelTemplate(input: $input) { errors { path } }
    }"""
    for number in (7, 2):
        touched = ids[f"n{number % 6}", f"a{number // 6 + 1}"]
        await ann.ask(update, input={"id": touched, "description": "touched"})
    whole = await listed(ann, orderBy=order, first=100)
    there = [edge["node"]["name"] for edge in whole["edges"]]

    async def pages(size: str, bound: str, end: str, more: str) -> list[Any]:
        found: list[Any] = []
        cursor = None
        for round_ in range(20):
            page = await listed(ann, orderBy=order, **{size: 3, bound: cursor})
            found = [*found, *page["edges"]] if size == "first" else [*page["edges"], *found]
            cursor = page["pageInfo"][end]
            (new,) = await stock(ann, f"n{round_} {size}")  # Others come, and go.
            await ann.ask(DELETE, id=new)
            if not page["pageInfo"][more]:
                return found
        raise AssertionError("no end")

    forwards = await pages("first", "after", "endCursor", "hasNextPage")
    backwards = await pages("last", "before", "startCursor", "hasPreviousPage")

    assert [edge["cursor"] for edge in forwards] == [edge["cursor"] for edge in whole["edges"]]
    assert backwards == forwards
    expected = sorted(there, reverse=direction == "DESC") if field == "NAME" else there
    assert there == expected
    assert len(there) == 12


async def test_a_page_between_two_cursors_knows_both_sides(ann: Caller) -> None:
    await stock(ann, *"abcdefg")
    order = {"field": "NAME", "direction": "ASC"}
    cursors = [edge["cursor"] for edge in (await listed(ann, orderBy=order))["edges"]]

    between = await listed(ann, orderBy=order, after=cursors[1], before=cursors[5])
    last = await listed(ann, orderBy=order, after=cursors[1], before=cursors[5], last=2)

    assert (names(between), names(last)) == (["c", "d", "e"], ["d", "e"])
    for page in (between, last):
        assert page["pageInfo"]["hasNextPage"] is True
        assert page["pageInfo"]["hasPreviousPage"] is True


async def test_a_filter_narrows_to_an_account(login: Login) -> None:
    ann = await login(a_viewer(a1="write", a2="write"))
    await stock(ann, "one")
    await stock(ann, "two", account="a2")

    assert names(await listed(ann)) == ["two", "one"]
    assert names(await listed(ann, filter={"accountId": "a1"})) == ["one"]
    assert names(await listed(ann, filter={})) == ["two", "one"]
    assert names(await listed(ann, filter=None)) == ["two", "one"]


async def test_archived_templates_are_listed_on_request(ann: Caller) -> None:
    _, id, _ = await stock(ann, "one", "two", "three")
    archive = """mutation($id: ID!) {
      updateModelTemplate(input: {id: $id, archived: true}) { errors { path } }
    }"""
    await ann.ask(archive, id=id)

    in_use = await listed(ann)
    first = await listed(ann, first=1)
    after = await listed(ann, after=first["pageInfo"]["endCursor"])
    archived = await listed(ann, filter={"archived": True})
    both = await listed(ann, filter={"archived": None})

    assert (names(in_use), in_use["totalCount"]) == (["three", "one"], 2)
    assert (names(first), names(after)) == (["three"], ["one"])
    assert (names(archived), archived["totalCount"]) == (["two"], 1)
    assert (names(both), both["totalCount"]) == (["three", "two", "one"], 3)


async def test_the_viewer_shows_its_access(login: Login) -> None:
    ann = await login(a_viewer(a1="write", a2="read"))

    assert await ann.ask(
        "{ viewer { identityId identityType accounts { accountId canWrite } } }"
    ) == {
        "viewer": {
            "identityId": "ann",
            "identityType": "USER",
            "accounts": [
                {"accountId": "a1", "canWrite": True},
                {"accountId": "a2", "canWrite": False},
            ],
        }
    }
