"""The caller whose inputs are reported."""

import pytest

from app.storage.driver import Database
from tests.conftest import Caller
from tests.reports.reported import a_server


@pytest.fixture
async def dan(mongomock: Database) -> Caller:
    """A caller with write access to the account demo."""
    return await a_server(mongomock)
