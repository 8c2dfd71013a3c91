"""Other callers wait little, and the server's memory is bounded, while one key asks for the
warnings about documents of an older release, which have a great many variables."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.storage.driver import connect
from app.storage.templates import TEMPLATES, stored
from tests.builders import a_template
from tests.databases import close_soon
from tests.web.bystander import served

pytestmark = [pytest.mark.slow, pytest.mark.alone]

NAME = "bystander_warnings"
ALIASES, OPERATIONS = 29, 4
PLAN = 'launchPlan(name: "a") { errors { code } }'
WARNINGS = " ".join(f"a{number}: warnings {{ code }}" for number in range(ALIASES))
SCHEMAS = " ".join(
    f"a{number}: modelCreationParametersSchema {{ jsonSchema }}" for number in range(ALIASES)
)


async def filled(uri: str, variables: int, parameters: int) -> None:
    document = stored(a_template())
    parameter = {"type": "STR", "description": "", "required": False}
    env = {f"E{number}": "" for number in range(variables)}
    document["vendor_configuration"]["bundle_config"]["env"] = env
    document["model_creation_parameters_schema"] = {
        "parameters": [{**parameter, "name": f"P{number}"} for number in range(parameters)]
    }
    database = connect(uri, NAME)
    await database[TEMPLATES].insert_many(
        [{**document, "_id": f"t{number}", "name": f"t{number}"} for number in range(5)],
        bypass_document_validation=True,
    )
    close_soon(database)


@pytest.mark.parametrize(
    ("fields", "variables", "parameters"),
    [(WARNINGS, 17_000, 0), (PLAN, 17_000, 0), (SCHEMAS, 0, 1_100)],
    ids=["warnings", "plan", "schemas"],
)
def test_warnings_do_not_delay_other_callers(
    mongod_uri: str, fields: str, variables: int, parameters: int
) -> None:
    query = f"{{ modelTemplates(first: 5) {{ nodes {{ {fields} }} }} }}"
    with served(mongod_uri, NAME, MODEL_TEMPLATES_RATE_LIMIT="none") as server:
        asyncio.run(filled(mongod_uri, variables, parameters))
        with server.watched() as waits, ThreadPoolExecutor(OPERATIONS) as callers:
            answers = list(callers.map(server.attack, [query] * OPERATIONS))

    assert ["errors" in answer.json() for answer in answers] == [False] * OPERATIONS
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350
