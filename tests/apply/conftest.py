"""A directory of files, and a database."""

from pathlib import Path

import pytest

from app.storage.driver import Database
from tests.apply.applied import Repository


@pytest.fixture
def repository(tmp_path: Path, mongomock: Database) -> Repository:
    return Repository(tmp_path, mongomock)
