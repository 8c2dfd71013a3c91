"""The tests of the API run on both ways of execution."""

import pytest
from starlette.applications import Starlette

from app.settings import Settings
from app.storage.driver import Database
from tests.conftest import an_app


@pytest.fixture(params=[True, False], ids=["compiled", "interpreted"])
def app(request: pytest.FixtureRequest, mongomock: Database) -> Starlette:
    """A server over a database in memory, with and without plans."""
    return an_app(mongomock, Settings(compiled=request.param))
