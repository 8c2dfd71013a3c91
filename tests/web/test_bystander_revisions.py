"""Other callers wait little, and disk and memory are bounded, while one caller changes a large
template again and again."""

import asyncio
from typing import Any

import pytest

from app.storage.collections import REVISIONS, TEMPLATES
from app.storage.driver import connect
from app.storage.measure import measured
from tests.builders import a_wire_template, an_input
from tests.databases import close_soon
from tests.web.bystander import Served, served

pytestmark = [pytest.mark.slow, pytest.mark.alone]

TOGGLES = 200
CREATE = """mutation($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { modelTemplate { id } errors { message } }
}"""
TOGGLE = """mutation($id: ID!, $archived: Boolean!) {
  updateModelTemplate(input: {id: $id, archived: $archived}) { errors { code } }
}"""
SIZE = 240_000


def the_largest() -> Any:
    env = {f"E{number}": "x" * 30_000 for number in range(SIZE // 30_000)}
    return an_input(a_wire_template(vendor_configuration={"bundle_config": {"env": env}}))


def toggled(server: Served) -> list[str]:
    """The error codes of 200 changes."""
    made = server.attack(CREATE, input=the_largest()).json()["data"]["createModelTemplate"]
    id = made["modelTemplate"]["id"]
    codes = []
    for number in range(TOGGLES):
        answer = server.attack(TOGGLE, id=id, archived=number % 2 == 0).json()
        codes += [error["code"] for error in answer["data"]["updateModelTemplate"]["errors"]]
    return codes


def stored(uri: str, name: str) -> tuple[int, int]:
    """The number of earlier revisions, and the bytes of everything."""

    async def sizes() -> tuple[int, int]:
        database = connect(uri, name)
        revisions, size = await measured(database[REVISIONS], {})
        total = size + (await measured(database[TEMPLATES], {}))[1]
        close_soon(database)
        return revisions, total

    return asyncio.run(sizes())


@pytest.mark.parametrize(
    ("limit", "rejected", "kept"),
    [
        ({"MODEL_TEMPLATES_MAX_REVISIONS_PER_TEMPLATE": "20"}, 0, 20),
        # Every second toggle asks for the state that the template is left in, and changes nothing.
        ({"MODEL_TEMPLATES_MAX_BYTES_PER_ACCOUNT": "5000000"}, (TOGGLES - 19 + 1) // 2, 19),
    ],
)
def test_revisions_of_a_large_template_are_bounded(
    mongod_uri: str, limit: dict[str, str], rejected: int, kept: int
) -> None:
    name = f"bystander_revisions_{kept}"
    with served(mongod_uri, name, None, **limit) as server:
        with server.watched() as waits:
            codes = toggled(server)
        revisions, size = stored(mongod_uri, name)

    assert codes == ["QUOTA_EXCEEDED"] * rejected
    assert revisions == kept
    assert size < (kept + 1) * (SIZE + 5_000) <= 5_200_000
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350
