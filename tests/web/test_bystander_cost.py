"""Other callers wait little, and the server's memory is bounded, while one key sends as much work
as it may, over many connections at a time."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import httpx
import pytest

from app.domain.api_key import new_key
from app.domain.model_template import ModelType
from app.domain.vendor_configuration import ModelEndpointType
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import connect
from app.storage.templates import TEMPLATES, stored
from tests.builders import (
    a_parameter,
    a_template,
    a_viewer,
    a_wire_template,
    an_input,
    with_parameters,
)
from tests.databases import close_soon
from tests.web.bystander import SMALL, Served, served

pytestmark = [pytest.mark.slow, pytest.mark.alone]

ACCOUNTS, TEMPLATES_OF_EACH = 300, 30
CONNECTIONS, SECONDS = 40, 2
DATABASE = "bystander_cost"

FACETS = f"modelType: [{' '.join(ModelType.__members__)}], endpointType: [ASYNC, SYNC, STREAMING]"
COUNTED = f"modelTemplates(filter: {{ {FACETS} }}) {{ totalCount nodes {{ id }} }}"
WORDS = f'search: "{" ".join("abcdefghijklmnop")}"'
VALIDATE = """query($input: CreateModelTemplateInput!) {
  validateModelTemplate(input: $input) { valid errors { message path } warnings { message } }
}"""

Attack = Callable[[], str]
"""Makes the body of a request: quickly, because the bystander waits for this process, too."""

numbers = count()


def always(query: str, **variables: Any) -> Attack:
    body = json.dumps({"query": query, "variables": variables})
    return lambda: body


def lists(number: int, field: str) -> Attack:
    return always(f"{{ {' '.join(f'a{n}: {field}' for n in range(number))} }}")


def inputs(**changes: Any) -> Attack:
    return always(VALIDATE, input={**an_input(a_wire_template(account_id="a0")), **changes})


MANY = with_parameters(*(a_parameter(name=f"P{number}") for number in range(8_000)))


def a_document() -> str:
    """A new one each time, so that it is validated each time."""
    fields = "identityId " * 270
    queries = " ".join(f"query Q{n} {{ viewer {{ {fields} }} }}" for n in range(6))
    return json.dumps({"query": f"{queries} # {next(numbers)}"})


ATTACKS: dict[str, Attack] = {
    "18 lists with counts": lists(18, COUNTED),  # Rejected.
    "2 lists with counts": lists(2, COUNTED),
    "a search for 16 words": lists(1, f"modelTemplates(filter: {{ {WORDS} }}) {{ totalCount }}"),
    "18 lists of 100": lists(18, "modelTemplates(first: 100) { nodes { id name labels } }"),
    "facets": lists(
        1, f"modelTemplateFacets(filter: {{ {FACETS} }}) {{ labels {{ isComplete }} }}"
    ),
    "launch plans of 60": lists(
        1, 'modelTemplates(first: 60) { nodes { launchPlan(name: "a") { env errors { code } } } }'
    ),
    "20 lists of accounts": lists(20, "viewer { accounts { accountId canWrite } }"),
    "inputs of 600 KB": inputs(**an_input(MANY)),
    "an input of 90,000 values": inputs(labels={f"k{n}": "" for n in range(45_000)}),
    "documents": a_document,
}


@pytest.fixture(scope="module")
def server(mongod_uri: str) -> Iterator[Served]:
    viewer = a_viewer(**{f"a{number}": "write" for number in range(ACCOUNTS)})
    with served(mongod_uri, DATABASE, viewer, MODEL_TEMPLATES_RATE_LIMIT="none") as server:
        asyncio.run(_filled(mongod_uri))
        yield server


async def _filled(uri: str) -> None:
    types, endpoints = [*ModelType], [*ModelEndpointType]
    database = connect(uri, DATABASE)
    for number in range(TEMPLATES_OF_EACH):
        changes = {
            "name": f"b{number} model for documents",
            "description": f"answers questions, generates {number} images, lists knowledge",
            "model_type": types[number % len(types)].value,
            "endpoint_type": endpoints[number % len(endpoints)].value,
        }
        await database[TEMPLATES].insert_many(
            [stored(a_template(account_id=f"a{n}", **changes)) for n in range(ACCOUNTS)]
        )
    close_soon(database)


@contextmanager
def attacked(server: Served, attack: Attack) -> Iterator[set[int]]:
    """One key sends attacks, as fast as they are answered, for some seconds and at least until the
    end of the block. Yields the statuses of the answers, which are complete after the block."""
    ends, statuses = time.monotonic() + SECONDS, set[int]()

    headers = {"x-api-key": server.attacker, "content-type": "application/json"}

    def keep_on(_: int) -> None:
        with httpx.Client(headers=headers, timeout=60, verify=False) as http:
            while time.monotonic() < ends:
                statuses.add(http.post(server.url, content=attack()).status_code)

    with ThreadPoolExecutor(CONNECTIONS) as connections:
        attacking = connections.map(keep_on, range(CONNECTIONS))
        yield statuses
        list(attacking)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_work_of_one_key_does_not_delay_other_callers(server: Served, attack: Attack) -> None:
    with server.watched() as waits, attacked(server, attack) as statuses:
        pass

    assert 200 in statuses
    assert statuses <= {200, 429, 503}
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350


def test_keys_are_looked_up_and_probes_answered_meanwhile(server: Served, mongod_uri: str) -> None:
    keys = [new_key() for _ in range(8)]
    asyncio.run(_stored(mongod_uri, keys))

    def let_in(key: str) -> tuple[int, float]:
        begun = time.monotonic()
        answer = httpx.post(
            server.url, json=SMALL, headers={"x-api-key": key}, timeout=60, verify=False
        )
        return answer.status_code, time.monotonic() - begun

    with attacked(server, ATTACKS["2 lists with counts"]), ThreadPoolExecutor(8) as callers:
        time.sleep(0.5)
        answers = [*callers.map(let_in, keys)]
        ready = httpx.get(server.url.replace("graphql", "readyz"), timeout=60, verify=False)

    assert {status for status, _ in answers} == {200}
    assert max(seconds for _, seconds in answers) < 3
    assert (ready.status_code, ready.elapsed.total_seconds() < 2) == (200, True)


async def _stored(uri: str, keys: list[str]) -> None:
    database = connect(uri, DATABASE)
    for key in keys:
        await ApiKeyStore(database).add(key, a_viewer(b1="read"))
    close_soon(database)
