"""A stored document that cannot be read causes an error, beside the rest of its list."""

import pytest

from app.storage.driver import Database
from tests.builders import NAMED
from tests.conftest import Caller
from tests.newer_release import ENDPOINT, answered, stored


@pytest.mark.in_memory
async def test_an_unreadable_document_is_an_error_beside_the_list(
    mongomock: Database, ann: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    sound = await stored(mongomock, ann, {}, name="sound")
    damaged = await stored(mongomock, ann, {f"{ENDPOINT}.cpus": "many"}, name="damaged")

    data, (error,) = await answered(ann, "{ modelTemplates { nodes { id } } }")
    one, (one_error,) = await answered(
        ann, "query($id: ID!) { modelTemplate(id: $id) { name } }", id=damaged
    )
    page, (page_error,) = await answered(ann, "{ modelTemplates(first: 1) { nodes { id } } }")

    assert data == {"modelTemplates": {"nodes": [{"id": sound}]}}
    assert error == {
        "message": f"The stored document {damaged} cannot be read.",
        "path": ["modelTemplates"],
        "extensions": {"code": "UNREADABLE", "id": damaged, **NAMED},
    }
    assert (one, page) == ({"modelTemplate": None}, None)
    assert one_error["message"] == page_error["message"] == error["message"]
    assert f"Unreadable document {damaged}: Expected `int`, got `str`" in caplog.text
