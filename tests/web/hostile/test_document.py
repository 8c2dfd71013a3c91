"""Documents designed to stall the server, sent over HTTP."""

import json

import pytest

from tests.graphql.test_hostile import HOSTILE
from tests.web.conftest import Listening
from tests.web.raw import a_post, exchange

ACCEPT = "accept: application/graphql-response+json"


@pytest.mark.parametrize(("query", "code"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    ("accept", "status"), [([], 200), ([ACCEPT], 400)], ids=["json", "graphql"]
)
def test_a_hostile_document_is_rejected(
    server: Listening, query: str, code: str, accept: list[str], status: int
) -> None:
    body = json.dumps({"query": query}).encode()

    found, _, answer = exchange(server.port, [a_post(body, *accept, key=server.ann)])

    assert found == status
    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
