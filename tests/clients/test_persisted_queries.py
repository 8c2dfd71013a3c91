"""Clients with persisted queries fall back to sending the query, which the server has not kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.clients.project import run
from tests.web.conftest import Listening

REJECTED = [["first: must be from 1 to 100", "BAD_USER_INPUT"]]


@pytest.mark.parametrize("client", ["apollo", "urql"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_client_sends_the_query_after_the_hash(
    client: str, method: str, typed: Path, server: Listening
) -> None:
    script = f"built/persisted-{client}.js"
    answers: dict[str, Any] = json.loads(run(typed, "node", script, server.url, server.ann, method))

    sent = answers.pop("sent")
    assert answers == {
        "listed": 0,
        "created": "embedder",
        "rejected": REJECTED,
        "again": ["embedder"],
    }
    again = "GET" if (client, method) == ("urql", "GET") else "POST"
    assert sent[:3] == [f"{method} hash", f"{again} query", "POST query"]
    assert len([each for each in sent if "query" in each]) == 4
