"""Valid keys while somebody tries made-up ones, on a listening server over a real mongod."""

import asyncio
import os
import time
from collections import Counter

import httpx
import pytest

from app.domain.api_key import new_key
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import connect
from tests.builders import a_viewer
from tests.databases import close_soon
from tests.web.conftest import listening

SECONDS = float(os.environ.get("FLOOD_SECONDS", "3"))
"""How long made-up keys come."""
KEYS_A_SECOND = 100
VALID_KEYS = 8
LET_IN_SECONDS = 1.0
BODY = {"query": "{ viewer { identityId } }"}


async def status(http: httpx.AsyncClient, url: str, key: str) -> tuple[int, float]:
    """The status of a request with the key, and the seconds that it took."""
    begun = time.monotonic()
    answer = await http.post(url, json=BODY, headers={"x-api-key": key})
    return answer.status_code, time.monotonic() - begun


@pytest.mark.slow
@pytest.mark.alone
async def test_made_up_keys_do_not_keep_valid_ones_out(mongod_uri: str) -> None:
    name, keys = "made_up_keys", [new_key() for _ in range(VALID_KEYS)]
    with listening(mongod_uri, name, Settings(port=0, mongodb_uri=mongod_uri)) as server:
        database = connect(mongod_uri, name)
        for key in keys:
            await ApiKeyStore(database).add(key, a_viewer())
        close_soon(database)
        client = httpx.AsyncClient(verify=False, timeout=20)
        async with client as http, asyncio.TaskGroup() as tasks:
            tried: list[asyncio.Task[tuple[int, float]]] = []
            let_in: list[asyncio.Task[tuple[int, float]]] = []
            count, begun = int(SECONDS * KEYS_A_SECOND), time.monotonic()
            for number in range(count):
                await asyncio.sleep(begun + number / KEYS_A_SECOND - time.monotonic())
                tried.append(tasks.create_task(status(http, server.url, new_key())))
                # Spread over the whole time, the last one at its end.
                if (number + 1) * VALID_KEYS // count > len(let_in):
                    key = keys[len(let_in)]
                    let_in.append(tasks.create_task(status(http, server.url, key)))

    assert Counter(task.result()[0] for task in tried) == {401: count}
    assert [task.result()[0] for task in let_in] == [200] * VALID_KEYS
    assert max(task.result()[1] for task in let_in) < LET_IN_SECONDS
