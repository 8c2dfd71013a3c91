"""The tests of the API run on both ways of execution."""

import pytest
from starlette.applications import Starlette

from app.main import create_app
from app.settings import Settings
from app.storage.driver import Database


@pytest.fixture(params=[True, False], ids=["compiled", "interpreted"])
def app(request: pytest.FixtureRequest, mongomock: Database) -> Starlette:
    """A server over a database in memory, with and without plans."""
    return create_app(Settings(compiled=request.param), mongomock)
