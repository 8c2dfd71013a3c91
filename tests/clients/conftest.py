"""A server with an empty database."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from app.settings import Settings
from tests.web.conftest import Listening, listening


@pytest.fixture
def server(mongod_uri: str) -> Iterator[Listening]:
    settings = Settings(port=0, mongodb_uri=mongod_uri)
    with listening(mongod_uri, f"clients_{uuid4().hex}", settings) as server:
        yield server
