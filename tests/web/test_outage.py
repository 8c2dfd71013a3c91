"""A database that dies or stops responding, as a caller of a listening server sees it."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests.builders import NAMED, a_wire_template, an_input
from tests.mongod import Mongod
from tests.web.conftest import Listening, listening
from tests.web.raw import exchange, head

pytestmark = pytest.mark.slow

UNAVAILABLE = {"code": "SERVICE_UNAVAILABLE", "retryable": True}
LIST = "{ modelTemplates { totalCount nodes { name revision revisions { nodes { revision } } } } }"
CREATE = """mutation($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { modelTemplate { id revision } errors { message } }
}"""
UPDATE = """mutation($id: ID!) {
  updateModelTemplate(input: {id: $id, description: "changed", expectedRevision: 1}) {
    modelTemplate { revision } errors { code }
  }
}"""


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    mongod = Mongod(tmp_path_factory.mktemp("outage"))
    mongod.start()
    try:
        yield mongod
    finally:
        mongod.kill()


@pytest.fixture
def server(mongod: Mongod) -> Iterator[Listening]:
    """Its database works before and after the test."""
    settings = Settings(port=0, mongodb_uri=mongod.uri)
    with listening(mongod.uri, "outage", settings) as server:
        yield server


def ask(server: Listening, query: str, **variables: Any) -> tuple[httpx.Response, float]:
    """The response, and the seconds that it took."""
    begun = time.monotonic()
    body = {"query": query, "variables": variables}
    # Loading certificates, which plain HTTP does not need, takes 20 ms; forty callers are a second.
    headers = {"x-api-key": server.ann}
    answer = httpx.post(server.url, json=body, headers=headers, timeout=20, verify=False)
    return answer, time.monotonic() - begun


def recovered(server: Listening, query: str, **variables: Any) -> Any:
    """The data, once the server has recovered: within five seconds."""
    deadline = time.monotonic() + 5
    while "errors" in (body := ask(server, query, **variables)[0].json()):
        assert time.monotonic() < deadline, body
    return body["data"]


def assert_unavailable(answer: Any) -> None:
    assert answer["errors"]
    assert all(error["extensions"] == UNAVAILABLE | NAMED for error in answer["errors"])
    assert answer.get("data") is None


@pytest.mark.parametrize("is_known", [False, True], ids=["at the key", "at the operation"])
@pytest.mark.parametrize("way", ["killed", "silenced"])
def test_an_outage_is_reported_in_time_and_the_server_recovers(
    mongod: Mongod, server: Listening, way: str, is_known: bool
) -> None:
    if is_known:
        ask(server, LIST)  # Its key is remembered for some seconds.
    mongod.kill() if way == "killed" else mongod.silence()
    try:
        during = [ask(server, LIST) for _ in range(2)]
        ready = httpx.get(server.url.replace("graphql", "readyz"), timeout=20)
    finally:
        mongod.start() if way == "killed" else mongod.wake()

    for answer, seconds in during:
        assert seconds < 5
        assert_unavailable(answer.json())
    assert during[0][0].status_code == (200 if is_known else 503)
    assert (ready.status_code, ready.elapsed.total_seconds() < 2.5) == (503, True)
    assert recovered(server, LIST)["modelTemplates"]["totalCount"] == 0


def test_a_silent_database_after_authentication_is_reported_in_time(
    mongod: Mongod, server: Listening
) -> None:
    body = json.dumps({"query": LIST}).encode()
    lines = ["content-type: application/json", f"content-length: {len(body)}"]
    times = []

    def parts() -> Iterator[bytes]:
        yield head(*lines, key=server.ann)
        time.sleep(1)  # The key is looked up as soon as the headers are there.
        mongod.silence()
        times.append(time.monotonic())
        yield body

    try:
        status, _, answer = exchange(server.port, parts(), seconds=20)
    finally:
        mongod.wake()

    assert time.monotonic() - times[0] < 5
    assert status == 200  # Only what came after the key could not be done.
    assert_unavailable(answer)
    assert recovered(server, LIST)["modelTemplates"]["totalCount"] == 0


def test_a_create_can_be_retried_after_a_silent_database(mongod: Mongod, server: Listening) -> None:
    ask(server, LIST)
    input = {**an_input(a_wire_template()), "requestId": "once"}
    mongod.silence()
    try:
        answer, seconds = ask(server, CREATE, input=input)
    finally:
        mongod.wake()

    assert seconds < 5
    assert_unavailable(answer.json())
    again = recovered(server, CREATE, input=input)["createModelTemplate"]
    found = recovered(server, LIST)["modelTemplates"]
    assert (again["errors"], again["modelTemplate"]["revision"]) == ([], 1)
    assert (found["totalCount"], found["nodes"][0]["revisions"]["nodes"]) == (1, [])


@pytest.mark.parametrize("way", ["killed", "silenced"])
def test_an_update_during_an_outage_is_atomic(mongod: Mongod, server: Listening, way: str) -> None:
    made = recovered(server, CREATE, input=an_input(a_wire_template()))
    id = made["createModelTemplate"]["modelTemplate"]["id"]
    mongod.kill() if way == "killed" else mongod.silence()
    try:
        answer, seconds = ask(server, UPDATE, id=id)
    finally:
        mongod.start() if way == "killed" else mongod.wake()

    assert seconds < 5
    assert_unavailable(answer.json())
    again = recovered(server, UPDATE, id=id)["updateModelTemplate"]
    (template,) = recovered(server, LIST)["modelTemplates"]["nodes"]
    assert again == {"modelTemplate": {"revision": 2}, "errors": []}
    assert (template["revision"], template["revisions"]["nodes"]) == (2, [{"revision": 1}])


@pytest.mark.alone
def test_a_silent_database_blocks_no_connection(mongod: Mongod, server: Listening) -> None:
    """With more callers than the driver has threads, all get an error, and the server recovers."""
    ask(server, LIST)
    mongod.silence()
    try:
        with ThreadPoolExecutor(40) as callers:
            answers = [*callers.map(lambda _: ask(server, LIST), range(40))]
    finally:
        mongod.wake()

    for answer, seconds in answers:
        assert seconds < 5.5  # A shared machine starts forty callers slowly.
        assert_unavailable(answer.json())
    assert recovered(server, LIST)["modelTemplates"]["totalCount"] == 0
