"""A stored document that cannot be read causes an error, beside the rest of its list."""

import pytest

from app.storage.driver import Database
from tests.builders import NAMED
from tests.conftest import Caller
from tests.newer_release import ENDPOINT, answered, stored

CPUS = "{ id vendorConfiguration { endpointConfig { cpus } } }"


@pytest.mark.in_memory
async def test_an_unreadable_document_is_an_error_beside_the_list(
    mongomock: Database, ann: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    sound = await stored(mongomock, ann, {}, name="sound")
    damaged = await stored(mongomock, ann, {f"{ENDPOINT}.cpus": "many"}, name="damaged")

    data, (error,) = await answered(ann, f"{{ modelTemplates {{ nodes {CPUS} }} }}")
    one, (one_error,) = await answered(
        ann, f"query($id: ID!) {{ modelTemplate(id: $id) {CPUS} }}", id=damaged
    )
    page, (page_error,) = await answered(ann, f"{{ modelTemplates(first: 1) {{ nodes {CPUS} }} }}")

    (found,) = data["modelTemplates"]["nodes"]
    assert found["id"] == sound
    assert error == {
        "message": f"The stored document {damaged} cannot be read.",
        "path": ["modelTemplates"],
        "extensions": {"code": "UNREADABLE", "id": damaged, **NAMED},
    }
    assert (one, page) == ({"modelTemplate": None}, None)
    assert one_error["message"] == page_error["message"] == error["message"]
    assert f"Unreadable document {damaged}: Expected `int`, got `str`" in caplog.text


@pytest.mark.in_memory
@pytest.mark.parametrize("app", [True], indirect=True)  # graphql-core reads whole documents.
async def test_a_damaged_field_that_is_not_asked_for_does_no_harm(
    mongomock: Database, ann: Caller
) -> None:
    damaged = await stored(mongomock, ann, {f"{ENDPOINT}.cpus": "many"}, name="damaged")

    data, errors = await answered(ann, "{ modelTemplates { nodes { id name } } }")

    assert data == {"modelTemplates": {"nodes": [{"id": damaged, "name": "damaged"}]}}
    assert errors == []
