"""Other callers wait little, and the server's memory is bounded, while one caller has texts matched
against expensive patterns."""

import asyncio
from random import Random

import pytest

from app.storage.driver import connect
from tests.builders import a_parameter, a_wire_template, an_input, with_parameters
from tests.databases import close_soon
from tests.web.bystander import Served, served

pytestmark = [pytest.mark.slow, pytest.mark.alone]

CREATE = """mutation($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { modelTemplate { id } errors { message } }
}"""
VALIDATE = """query($id: ID!, $values: JSON!) {
  modelTemplate(id: $id) {
    modelCreationParametersSchema { validate(bindings: $values) { valid } }
  }
}"""
TEXT = "".join(Random(1).choices("ab", k=100_000))


def stored(server: Served, uri: str, name: str, pattern: str) -> str:
    """The id of a template with this pattern, which a new template may not have."""
    wire = a_wire_template(**with_parameters(a_parameter()))
    made = server.attack(CREATE, input=an_input(wire)).json()["data"]["createModelTemplate"]
    path = "model_creation_parameters_schema.parameters.0.pattern"

    async def change() -> None:
        database = connect(uri, name)
        await database["model_templates"].update_one({}, {"$set": {path: pattern}})
        close_soon(database)

    asyncio.run(change())
    return str(made["modelTemplate"]["id"])


@pytest.mark.parametrize(
    "pattern", ["a" + "[ab]{1000}" * 28 + "c", "(?:(?:[ab]{9}a){9}[ab]){9}c", r"(?:\pL|\pN){20}c"]
)
def test_expensive_patterns_do_not_delay_other_callers(mongod_uri: str, pattern: str) -> None:
    name = "bystander_patterns"
    with served(mongod_uri, name) as server:
        id = stored(server, mongod_uri, name, pattern)
        with server.watched() as waits:
            answers = [
                server.attack(VALIDATE, id=id, values={"P": TEXT[:length]})
                for length in (30_000, 100_000, 30_000)
            ]

    assert {answer.status_code for answer in answers} == {200}
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350
