"""Other callers wait little, and the server's memory is bounded, while made-up keys come in."""

import threading
import time

import httpx
import pytest

from app.domain.api_key import new_key
from tests.web.bystander import SMALL, served

pytestmark = [pytest.mark.slow, pytest.mark.alone]

SECONDS, CONNECTIONS = 3.0, 8


def test_made_up_keys_do_not_delay_other_callers(mongod_uri: str) -> None:
    statuses: set[int] = set()

    def try_keys(url: str) -> None:
        ends = time.monotonic() + SECONDS
        with httpx.Client(verify=False, timeout=60) as http:
            while time.monotonic() < ends:
                answer = http.post(url, json=SMALL, headers={"x-api-key": new_key()})
                statuses.add(answer.status_code)

    with served(mongod_uri, "bystander_keys") as server, server.watched() as waits:
        threads = [threading.Thread(target=try_keys, args=[server.url]) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert statuses == {401}
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350
