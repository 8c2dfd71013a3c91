"""Other callers wait little, and the server's memory is bounded, while one caller asks for all that
it can of templates which an older release has stored: up to a megabyte each."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from app.domain.model_template import ModelTemplateRevision
from app.storage.codec import to_document
from app.storage.collections import REVISIONS
from app.storage.driver import connect
from app.storage.templates import TEMPLATES, stored
from tests.builders import a_fragment, a_parameter, a_template, with_parameters
from tests.databases import close_soon
from tests.graphql.test_limits import numbered
from tests.web.bystander import Served, served
from tests.web.raw import a_post

pytestmark = [pytest.mark.slow, pytest.mark.alone]

NAME = "bystander_answers"
TOO_COMPLEX, UNAVAILABLE = "QUERY_TOO_COMPLEX", "SERVICE_UNAVAILABLE"

KINDS: dict[str, dict[str, Any]] = {
    "env": {
        "vendor_configuration": {
            "bundle_config": {"env": {f"E{n}": "x" * 30_000 for n in range(32)}}
        }
    },
    "today": {
        "vendor_configuration": {
            "bundle_config": {"env": {f"E{n}": "x" * 30_000 for n in range(8)}}
        }
    },
    "parameters": with_parameters(
        *(a_parameter(name=f"P{n}", description="d" * 100) for n in range(4_500))
    ),
    "enums": with_parameters(
        *(a_parameter(name=f"P{n}", type="int", enum=[*range(1_000)]) for n in range(70))
    ),
    "wide": {"description": "x" * 950_000 + "😀"},
    "escaped": {"description": "\x01" * 950_000},
}
"""Templates of 950 KB, and of 240 KB, as those of today may have. Wide text takes four times as
much memory as storage, escaped text six times as much as JSON."""

ENV = "vendorConfiguration { bundleConfig { env } }"
SCHEMA = "modelCreationParametersSchema { jsonSchema }"
PLAN = """launchPlan(name: "n", labels: {team: "t", product: "p"}) {
  env createModelBundleRequest errors { message path } warnings { message }
}"""
HISTORY = f"revisions(first: 100) {{ nodes {{ {ENV} }} }}"


def a_page(size: int, fields: str) -> str:
    return f"{{ modelTemplates(first: {size}) {{ nodes {{ {fields} }} }} }}"


LARGE = a_page(7, ENV)
PAGES = f"{{ {numbered(20, 'r#: modelTemplates(first: 100) { totalCount } ')} }}"

ATTACKS = {
    "whole": ("env", a_page(50, "...Everything") + a_fragment()),
    "names": ("env", a_page(15, "name")),
    "pages": ("env", PAGES),
    "aliases": ("env", a_page(1, numbered(20, f"a#: {ENV} "))),
    "large": ("env", LARGE),
    "plans": ("env", a_page(4, f"{PLAN} b: {PLAN}")),
    "revisions": ("env", a_page(20, HISTORY)),
    "schemas": ("parameters", a_page(8, SCHEMA)),
    "warnings": ("parameters", a_page(5, "warnings { message path }")),
    "enums": ("enums", a_page(8, SCHEMA)),
    "wide": ("wide", a_page(16, "description")),
    "escaped": ("escaped", a_page(5, "description")),
}
"""The templates and the query of each attack."""


def store(uri: str, kind: str, count: int, revisions: int = 0) -> None:
    """Stores templates of a kind as an older release could."""

    async def insert() -> None:
        database = connect(uri, NAME)
        for number in range(count):
            template = a_template(name=f"{kind} {number}", **KINDS[kind])
            current = replace(template, revision=revisions + 1)
            earlier = (replace(template, revision=n) for n in range(1, revisions + 1))
            history = [to_document(ModelTemplateRevision.of(state)) for state in earlier]
            await database[TEMPLATES].insert_one(stored(current), bypass_document_validation=True)
            for document in history:
                await database[REVISIONS].insert_one(document, bypass_document_validation=True)
        close_soon(database)

    asyncio.run(insert())


def ask(server: Served, query: str, times: int) -> list[tuple[int, str | None]]:
    """Status and error code of each of several answers to the attacker at the same time."""

    def code(answer: httpx.Response) -> str | None:
        errors = answer.json().get("errors")
        return errors and str(errors[0]["extensions"]["code"])

    with ThreadPoolExecutor(times) as threads:
        answers = [*threads.map(server.attack, [query] * times)]
    return [(answer.status_code, code(answer)) for answer in answers]


@pytest.fixture
def server(mongod_uri: str) -> Iterator[Served]:
    with served(mongod_uri, NAME) as server:
        yield server


@pytest.mark.parametrize("attack", ATTACKS)
def test_large_answers_do_not_delay_other_callers(
    server: Served, mongod_uri: str, attack: str
) -> None:
    kind, query = ATTACKS[attack]
    store(mongod_uri, kind, 20, revisions=3 if attack == "revisions" else 0)

    with server.watched() as waits:
        outcomes = ask(server, query, times=5)

    is_fine = {"names", "pages", "large", "warnings"}  # Of "pages", only small fields are read.
    assert {*outcomes} <= {(200, None if attack in is_fine else TOO_COMPLEX), (503, UNAVAILABLE)}
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350


def test_templates_of_today_do_not_either(server: Served, mongod_uri: str) -> None:
    store(mongod_uri, "today", 100)

    with server.watched() as waits:
        outcomes = [
            *ask(server, a_page(30, ENV), times=8),
            *ask(server, a_page(60, "name"), times=8),
        ]

    assert {*outcomes} <= {(200, None), (503, UNAVAILABLE)}
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350


def unread(server: Served, query: str, count: int) -> ExitStack:
    """Connections whose answers the client does not read, until the stack is closed."""
    asked = a_post(json.dumps({"query": query}).encode(), key=server.attacker)
    stack = ExitStack()
    for _ in range(count):
        connection = stack.enter_context(socket.socket())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(asked)
    return stack


def test_the_memory_of_large_answers_is_given_back(server: Served, mongod_uri: str) -> None:
    store(mongod_uri, "env", 20)
    store(mongod_uri, "parameters", 8)
    ask(server, a_page(1, "name"), times=5)
    before = server.memory_mib()

    with server.watched() as waits:
        with unread(server, LARGE, 6):
            time.sleep(2)
            ask(server, "{ viewer { identityId } }", times=5)
        ask(server, PAGES, times=5)
        ask(server, a_page(5, SCHEMA), times=5)
        with unread(server, LARGE, 20):
            time.sleep(2)
        deadline = time.monotonic() + 30
        while server.memory_mib() > before + 50 and time.monotonic() < deadline:
            time.sleep(0.2)

    assert server.memory_mib() < before + 50
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350


def test_documents_without_terms_are_migrated_within_the_memory(
    server: Served, mongod_uri: str
) -> None:
    """As an older release leaves them; the server looks for them every ten seconds."""
    store(mongod_uri, "env", 60)

    async def forget_terms() -> None:
        database = connect(mongod_uri, NAME)
        await database[TEMPLATES].update_many({}, {"$unset": {"listing": ""}})
        close_soon(database)

    asyncio.run(forget_terms())

    query = '{ modelTemplates(first: 1, filter: {search: "env"}) { totalCount } }'
    with server.watched() as waits:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = server.attack(query).json()["data"]["modelTemplates"]["totalCount"]
            if found == 60:
                break
            time.sleep(0.5)

    assert found == 60
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350
