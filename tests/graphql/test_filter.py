"""Filtering and searching lists through the API, field by field of the contract."""

from typing import Any

import pytest

from tests.builders import NAMED, a_viewer, an_input, seeds
from tests.conftest import Caller, Login
from tests.graphql.test_read import LIST, listed, names


@pytest.fixture
async def stocked(login: Login) -> Caller:
    """A caller whose account contains the seeds."""
    ann = await login(a_viewer(a1="write"))
    for wire in seeds():
        payload = await ann.create(an_input({**wire, "account_id": "a1"}))
        assert payload["errors"] == []
    return ann


EMBEDDER, CHAT, LORA, RERANK, AGENT, OCR = (wire["name"] for wire in seeds())


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({"name": CHAT}, [CHAT]),
        ({"name": CHAT.upper()}, []),
        ({"modelType": ["EMBEDDING"]}, [EMBEDDER]),
        ({"modelType": ["EMBEDDING", "AGENT", "EMBEDDING"]}, [AGENT, EMBEDDER]),
        ({"modelType": []}, []),
        ({"modelType": None}, [OCR, AGENT, RERANK, LORA, CHAT, EMBEDDER]),
        ({"endpointType": ["BATCH"]}, [OCR]),
        ({"endpointProtocol": ["VLLM"], "modelType": ["CHAT_COMPLETION"]}, [CHAT]),
        ({"gpuType": ["NVIDIA_HOPPER_H100"]}, [CHAT]),
        ({"search": "vllm"}, [CHAT]),
        ({"search": "  VLLM H1 "}, [CHAT]),
        ({"search": "llm"}, []),
        ({"search": "\0 - "}, []),
        ({"search": " "}, [OCR, AGENT, RERANK, LORA, CHAT, EMBEDDER]),
        ({"labels": {}}, [OCR, AGENT, RERANK, LORA, CHAT, EMBEDDER]),
        ({"labels": {"no-such": "label"}}, []),
        ({"labels": {"\0": "\0"}}, []),
        ({"createdByUserId": "ann"}, [OCR, AGENT, RERANK, LORA, CHAT, EMBEDDER]),
        ({"createdByUserId": "bob"}, []),
        ({"createdByUserId": "\0"}, []),
        ({"createdAfter": "2100-01-01T00:00:00Z"}, []),
        ({"createdBefore": "2020-01-01T00:00:00+02:00"}, []),
        ({"createdAfter": "2020-01-01T00:00:00Z", "search": "ocr"}, [OCR]),
        ({"archived": True}, []),
        ({"accountId": "a2"}, []),
    ],
)
async def test_a_filter_matches(stocked: Caller, filter: Any, found: list[str]) -> None:
    for field in ("CREATED_AT", "UPDATED_AT"):
        connection = await listed(stocked, filter=filter, orderBy={"field": field})
        assert names(connection) == found
        assert connection["totalCount"] == len(found)


async def test_a_label_matches_by_key_and_value(stocked: Caller) -> None:
    wire = next(wire for wire in seeds() if wire.get("labels"))
    key, value = next(iter(wire["labels"].items()))

    assert wire["name"] in names(await listed(stocked, filter={"labels": {key: value}}))
    assert names(await listed(stocked, filter={"labels": {key: value + "x"}})) == []


async def test_time_ranges_exclude_their_bounds(stocked: Caller) -> None:
    query = "{ modelTemplates(last: 1) { nodes { name createdAt } } }"
    (first,) = (await stocked.ask(query))["modelTemplates"]["nodes"]
    at = first["createdAt"]

    later = names(await listed(stocked, filter={"createdAfter": at}))
    earlier = names(await listed(stocked, filter={"createdBefore": at}))
    within = names(await listed(stocked, filter={"createdBefore": at.replace("Z", "001Z")}))

    assert (first["name"] in later, first["name"] in earlier) == (False, False)
    assert first["name"] in within  # A microsecond later.


async def test_pages_of_a_filtered_list_follow_each_other(stocked: Caller) -> None:
    filter = {"createdByUserId": "ann", "archived": None}
    order = {"field": "NAME", "direction": "ASC"}
    found: list[str] = []
    cursor = None
    while True:
        page = await listed(stocked, first=2, after=cursor, filter=filter, orderBy=order)
        found += names(page)
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == sorted([EMBEDDER, CHAT, LORA, RERANK, AGENT, OCR])


@pytest.mark.parametrize(
    ("filter", "named"),
    [
        ({"search": " ".join(f"w{n}" for n in range(17))}, "search"),
        ({"search": "w" * 1_001}, "search"),
        ({"labels": {f"l{n}": "" for n in range(65)}}, "labels"),
    ],
)
async def test_a_filter_over_a_limit_is_an_error(ann: Caller, filter: Any, named: str) -> None:
    (error,) = (await ann.post(LIST, filter=filter)).json()["errors"]

    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "filter", **NAMED}
    assert named in error["message"]


async def test_a_filter_reveals_nothing_of_other_accounts(stocked: Caller, login: Login) -> None:
    bob = await login(a_viewer(a2="write"))

    for filter in ({"name": CHAT}, {"search": "vllm"}, {"accountId": "a1"}, {"archived": None}):
        connection = await listed(bob, filter=filter)
        assert (names(connection), connection["totalCount"]) == ([], 0)


@pytest.mark.parametrize(
    ("at", "later"), [("0001-01-01T00:00:00+23:00", 6), ("9999-12-31T23:59:59-23:00", 0)]
)
async def test_a_time_may_be_outside_of_what_is_stored(
    stocked: Caller, at: str, later: int
) -> None:
    assert len(names(await listed(stocked, filter={"createdAfter": at}))) == later
    assert len(names(await listed(stocked, filter={"createdBefore": at}))) == 6 - later
