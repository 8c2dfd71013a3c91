"""Pages of templates by number, as SGP's clients ask for them."""

from typing import Any

import pytest

from app.domain.pagination import MAX_NUMBERED_ACCOUNTS
from app.main import create_app
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from app.storage.lists import MAX_ACCOUNTS, STATE_INDEX
from app.storage.templates import TEMPLATES, stored
from tests.builders import a_template, a_viewer
from tests.conftest import Login, logging_in
from tests.rest.conftest import V3, V4, Sgp, detail, the_ids


@pytest.fixture
async def store_sgp(store: Database) -> Sgp:
    """A client of a server on each store in turn."""
    return Sgp(await logging_in(create_app(Settings(), store), ApiKeyStore(store))())


async def stock(database: Database, count: int, **fields: Any) -> None:
    """Stores templates of the account a1 at once."""
    made = [a_template(name=f"t{number}", **fields) for number in range(count)]
    await database[TEMPLATES].insert_many([stored(template) for template in made])


async def test_pages_have_each_template_once_oldest_first(store_sgp: Sgp) -> None:
    made = [(await store_sgp.created(name=f"t{number}"))["id"] for number in range(7)]

    pages = [await store_sgp.http.get(V4, params={"page": n, "limit": 3}) for n in (1, 2, 3, 4)]

    assert [the_ids(page) for page in pages] == [made[:3], made[3:6], made[6:], []]
    for number, page in enumerate(pages, start=1):
        body = page.json()
        assert {name: body[name] for name in body if name != "items"} == {
            "total_item_count": 7,
            "current_page": number,
            "items_per_page": 3,
        }


async def test_a_new_template_shifts_no_page(store_sgp: Sgp) -> None:
    for number in range(5):
        await store_sgp.created(name=f"t{number}")
    before = the_ids(await store_sgp.http.get(V4, params={"limit": 4}))

    newest = (await store_sgp.created(name="new"))["id"]

    assert the_ids(await store_sgp.http.get(V4, params={"limit": 4})) == before
    assert the_ids(await store_sgp.http.get(V4, params={"limit": 4, "page": 2}))[-1] == newest


async def test_a_page_without_parameters_has_at_most_a_hundred_templates(
    sgp: Sgp, mongomock: Database
) -> None:
    await stock(mongomock, 101)

    first = (await sgp.http.get(V4)).json()

    assert (len(first["items"]), first["total_item_count"]) == (100, 101)
    assert (first["current_page"], first["items_per_page"]) == (1, 100)
    assert len((await sgp.http.get(V3)).json()) == 101


@pytest.mark.parametrize("page", [2, 100, 999_999_999])
async def test_past_the_end_is_an_empty_page_with_the_asked_number(sgp: Sgp, page: int) -> None:
    await sgp.created()

    response = await sgp.http.get(V4, params={"page": page, "limit": 10_000})

    assert response.json() == {
        "items": [],
        "total_item_count": 1,
        "current_page": page,
        "items_per_page": 10_000,
    }


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("page=0", [("page", "page must be at least 1.", "bad_user_input")]),
        ("page=-999999999", [("page", "page must be at least 1.", "bad_user_input")]),
        ("limit=0", [("limit", "limit must be from 1 to 10,000.", "bad_user_input")]),
        ("limit=10001", [("limit", "limit must be from 1 to 10,000.", "bad_user_input")]),
        ("limit=1e3", [("limit", "limit must be an integer.", "invalid")]),
        ("limit=", [("limit", "limit must be an integer.", "invalid")]),
        ("page=9999999999", [("page", "page must have at most 9 digits.", "out_of_range")]),
        (
            "limt=5&page=1&page=2",
            [
                ("limt", "limt is not a parameter of this operation.", "extra_forbidden"),
                ("page", "page is given twice.", "duplicate"),
            ],
        ),
    ],
)
async def test_a_wrong_parameter_is_named(
    sgp: Sgp, parameters: str, expected: list[tuple[str, str, str]]
) -> None:
    details = await sgp.refused("GET", f"{V4}?{parameters}")

    assert details == [detail(type, msg, "query", name) for name, msg, type in expected]


async def test_a_query_string_that_is_not_utf_8_is_refused(sgp: Sgp) -> None:
    details = await sgp.refused("GET", f"{V4}?account_id=%ff")

    assert details == [detail("invalid", "The query string is not URL-encoded UTF-8.", "query")]


async def test_the_list_of_v3_takes_no_page(sgp: Sgp) -> None:
    text = await sgp.text("GET", f"{V3}?page=1")

    assert text == "page is not a parameter of this operation."


async def test_a_list_has_the_accounts_of_the_key_or_one_of_them(sgp: Sgp, login: Login) -> None:
    both = Sgp(await login(a_viewer(a1="write", a2="write")))
    mine = (await sgp.created())["id"]
    other = (await both.created(account_id="a2"))["id"]

    assert the_ids(await both.http.get(V4)) == [mine, other]
    assert the_ids(await both.http.get(V4, params={"account_id": "a2"})) == [other]
    selected = {"x-selected-account-id": "a1"}
    assert the_ids(await both.http.get(V4, headers=selected)) == [mine]
    assert the_ids(await both.http.get(V4, headers=selected, params={"account_id": "a2"})) == []
    assert the_ids(await sgp.http.get(V4, params={"account_id": "a2"})) == []


async def test_a_key_for_many_accounts_has_to_name_one(login: Login) -> None:
    accounts = {f"a{number}": "write" for number in range(MAX_NUMBERED_ACCOUNTS + 1)}
    sgp = Sgp(await login(a_viewer(**accounts)))
    await sgp.created()

    details = await sgp.refused("GET", V4)

    message = "account_id is required with a key for over 200 accounts."
    assert details == [detail("bad_user_input", message, "query", "account_id")]
    assert len(the_ids(await sgp.http.get(V4, params={"account_id": "a1"}))) == 1
    assert MAX_NUMBERED_ACCOUNTS == MAX_ACCOUNTS


@pytest.fixture
async def large(mongomock: Database) -> Sgp:
    """A client of a server whose answers may have a million bytes, with larger lists."""
    settings = Settings(max_answer_bytes=1_000_000)
    sgp = Sgp(await logging_in(create_app(settings, mongomock), ApiKeyStore(mongomock))())
    await stock(mongomock, 120, description="x" * 10_000)
    return sgp


async def test_a_page_that_is_too_large_says_which_limit_fits(large: Sgp) -> None:
    (found,) = await large.refused("GET", f"{V4}?limit=10000")

    assert found["loc"] == ["query", "limit"]
    assert found["type"] == "too_large"
    fits = int(found["msg"].rpartition("limit=")[2].rstrip("."))
    assert found["msg"] == (
        f"The templates take more than 1,000,000 bytes. There is room for limit={fits}."
    )
    assert len(the_ids(await large.http.get(V4, params={"limit": fits}))) == fits


async def test_a_list_of_v3_that_is_too_large_says_where_to_get_pages(large: Sgp) -> None:
    text = await large.text("GET", V3)

    assert text == (
        "The templates take more than 1,000,000 bytes. "
        "Ask for them by page, with GET /v4/model-templates."
    )


async def test_an_unreadable_template_is_left_out_of_its_page(
    sgp: Sgp, mongomock: Database
) -> None:
    made = [(await sgp.created(name=f"t{number}"))["id"] for number in range(3)]
    await mongomock[TEMPLATES].update_one({"_id": made[1]}, {"$set": {"name": 5}})

    page = await sgp.http.get(V4, params={"limit": 2})

    assert the_ids(page) == made[:1]
    # An empty page would be the end for a client that asks for one page after the other.
    (found,) = await sgp.refused("GET", f"{V4}?limit=1&page=2", 500)
    assert found["type"] == "unreadable"


async def test_skipping_reads_an_index_only(mongod: Database) -> None:
    sgp = Sgp(await logging_in(create_app(Settings(), mongod), ApiKeyStore(mongod))())
    for number in range(20):
        await sgp.created(name=f"t{number}")
    await mongod.command({"profile": 2})

    found = the_ids(await sgp.http.get(V4, params={"page": 4, "limit": 5}))

    await mongod.command({"profile": 0})
    profile: list[dict[str, Any]] = [
        each
        async for each in mongod["system.profile"].find({"command.find": TEMPLATES})
        if "skip" in each["command"]
    ]
    ((examined, hint),) = [(each["docsExamined"], each["command"]["hint"]) for each in profile]
    assert (examined, hint) == (0, STATE_INDEX)
    assert len(found) == 5
