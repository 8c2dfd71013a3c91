"""Every hostile request has a time bound, and leaves a server that works."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.web.conftest import Listening
from tests.web.raw import a_post, exchange

SECONDS = 2.0
"""The longest that the server may take for one of these requests."""


@pytest.fixture(autouse=True)
def within_the_time(request: pytest.FixtureRequest, server: Listening) -> Iterator[None]:
    """Every hostile request has a time bound, and leaves a server that works."""
    begun = time.monotonic()
    yield
    marker = request.node.get_closest_marker("within")
    assert time.monotonic() - begun < (marker.args[0] if marker else SECONDS)
    # Not with httpx, which takes longer for a request than the server.
    asked = a_post(json.dumps({"query": "{ __typename }"}).encode(), key=server.ann)
    status, _, answer = exchange(server.port, [asked])
    assert (status, answer) == (200, {"data": {"__typename": "Query"}})
