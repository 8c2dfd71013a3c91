"""The tests of the API run on both ways of execution."""

import os
from pathlib import Path

import pytest
from starlette.applications import Starlette

from app.settings import Settings
from app.storage.driver import Database
from tests.conftest import an_app

HERE = Path(__file__).parent

COMPILED, INTERPRETED = True, False


@pytest.fixture(params=[COMPILED, INTERPRETED], ids=["compiled", "interpreted"])
def app(request: pytest.FixtureRequest, mongomock: Database) -> Starlette:
    """A server over a database in memory, with and without plans."""
    return an_app(mongomock, Settings(compiled=request.param))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the quick cases of each test, only the first is interpreted in scripts/test. The others
    are marked slow, because together they take a tenth of its time. On a real database, which CI
    asks for, all are quick."""
    if "TEST_DATABASE" in os.environ:
        return
    seen = set[str]()
    for item in items:
        params = item.callspec.params if hasattr(item, "callspec") else {}
        if params.get("app") is INTERPRETED and item.path.parent == HERE:
            test, _, _ = item.nodeid.partition("[")
            if test in seen:
                item.add_marker(pytest.mark.slow)
            elif not item.get_closest_marker("slow"):
                seen.add(test)
