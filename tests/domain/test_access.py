"""Who may read and write where."""

import pytest

from app.domain.errors import Forbidden
from tests.builders import a_viewer


def test_writing_requires_write_access_to_the_account() -> None:
    viewer = a_viewer(a1="write", a2="read")

    viewer.require_write("a1")
    for account in ("a2", "unknown", ""):
        with pytest.raises(Forbidden):
            viewer.require_write(account)


def test_a_caller_can_be_restricted_to_an_accessible_account() -> None:
    viewer = a_viewer(a1="write", a2="read", a3="write")

    assert viewer.readable() == {"a1", "a2", "a3"}
    assert viewer.narrowed_to("a2") == a_viewer(a2="read")
    for account in ("a0", "a4"):
        with pytest.raises(Forbidden):
            viewer.narrowed_to(account)
