"""A server with an empty database, and a project with what clients generate."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from app.settings import Settings
from tests.clients.project import run
from tests.shared import made_once
from tests.web.conftest import Listening, listening


@pytest.fixture
def server(mongod_uri: str) -> Iterator[Listening]:
    settings = Settings(port=0, mongodb_uri=mongod_uri)
    with listening(mongod_uri, f"clients_{uuid4().hex}", settings) as server:
        yield server


@pytest.fixture(scope="session")
def typed(node: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Node project with what graphql-codegen makes of the operations, compiled strictly."""

    def make(_: Path) -> None:
        run(node, "npx", "graphql-codegen", "--config", "codegen.json")
        run(node, "npx", "tsc", "--project", ".")

    made_once(tmp_path_factory, "typed", make)
    return node
