"""The bytes that an answer may take, however it comes to need more."""

from collections.abc import Callable
from typing import Any

import pytest

from app.domain.answer_budget import FREE
from app.domain.errors import Unavailable
from app.domain.service import ModelTemplateService
from app.graphql.execute import Executor
from app.graphql.limits.limits import Limits
from app.graphql.operation import Operation
from app.graphql.schema import schema
from app.graphql.types import Context
from app.main import create_app
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository
from tests.builders import (
    NAMED,
    a_fragment,
    a_parameter,
    a_room,
    a_viewer,
    a_wire_template,
    an_input,
    with_parameters,
)
from tests.conftest import Caller, logging_in
from tests.graphql.test_limits import TOO_COMPLEX, numbered

LIMIT = 1_000_000
MESSAGE = (
    "The answer takes more than 1,000,000 bytes, including the stored documents that it is made "
    "of. Request fewer templates or revisions at once (first, last), or fewer fields and aliases."
)
PARAMETERS = with_parameters(
    *(a_parameter(name=f"P{i}", type="int", enum=[*range(200)], description="d") for i in range(60))
)
PLAN = 'launchPlan(name: "n", labels: {team: "t", product: "p"}) { createModelBundleRequest }'
BINDINGS = "validate(bindings: $bindings)"
UPDATE = """updateModelTemplate(input: {id: $id, archived: %s}) {
  modelTemplate { vendorConfiguration { bundleConfig { %s } } }
}"""


@pytest.fixture
async def caller(mongomock: Database) -> Caller:
    """A caller of a server whose answers have at most a megabyte."""
    app = create_app(Settings(max_answer_bytes=LIMIT), mongomock)
    return await logging_in(app, ApiKeyStore(mongomock))()


async def made(caller: Caller, **changes: Any) -> str:
    created = await caller.create(an_input(a_wire_template(**changes)))
    assert created["errors"] == []
    return str(created["modelTemplate"]["id"])


async def too_large(caller: Caller, query: str, **variables: Any) -> Any:
    """The path at which the answer has become too large."""
    answer = (await caller.post(query, **variables)).json()
    (error,) = answer["errors"]
    path = error.pop("path")

    assert answer["data"] is None
    extensions = {"code": TOO_COMPLEX, "limit": LIMIT}
    assert error == {"message": MESSAGE, "extensions": extensions, **error}
    return path


@pytest.mark.in_memory
async def test_documents_are_charged_even_if_little_of_them_is_shown(caller: Caller) -> None:
    for number in range(50):
        await made(caller, name=f"t{number}", description="d" * 20_000)

    listed = await caller.ask("{ modelTemplates(first: 40) { nodes { labels } } }")
    path = await too_large(caller, "{ modelTemplates(first: 50) { nodes { labels } } }")
    three = numbered(3, "r#: modelTemplates { nodes { labels } } ")
    aliases = await too_large(caller, f"{{ {three} }}")
    small = await caller.ask("{ modelTemplates(first: 50) { totalCount nodes { id name } } }")

    assert len(listed["modelTemplates"]["nodes"]) == 40
    assert len(small["modelTemplates"]["nodes"]) == 50  # Nothing else is read.
    assert path == ["modelTemplates"]
    assert aliases in (["r0"], ["r1"], ["r2"])  # They are read at the same time.


@pytest.mark.parametrize(
    ("fields", "times", "name"),
    [
        ("a#: description ", 25, "a20"),
        ("a#: vendorConfiguration { bundleConfig { env } } ", 25, "env"),
        (f"a#: {PLAN} ", 25, "createModelBundleRequest"),
    ],
)
async def test_repeated_fields_are_charged_each_time(
    caller: Caller, fields: str, times: int, name: str
) -> None:
    id = await made(
        caller,
        description="\x01" * 7_500,  # Six bytes each as JSON.
        vendor_configuration={"bundle_config": {"env": {f"E{i}": "e" * 30_000 for i in (1, 2)}}},
    )

    def query(aliases: int) -> str:
        return f"query($id: ID!) {{ modelTemplate(id: $id) {{ {numbered(aliases, fields)} }} }}"

    assert await caller.ask(query(10), id=id)
    assert (await too_large(caller, query(times), id=id))[-1] == name


@pytest.mark.in_memory
@pytest.mark.parametrize(
    "fields",
    [
        lambda n: numbered(n, "a#: jsonSchema "),
        lambda n: numbered(n, "a#: parameters { enum } "),
        lambda n: numbered(n, "a#: parameters { name type description required } "),
        lambda n: numbered(n, "a#: validate(bindings: $bindings) { errors { message path } } "),
        lambda n: f"parameters {{ {numbered(n, 'a' * 3_000 + '#: name ')} }}",
    ],
    ids=["jsonSchema", "enum", "names", "validate", "aliases"],
)
async def test_parameters_are_charged_in_every_form(
    caller: Caller, fields: Callable[[int], str]
) -> None:
    id = await made(caller, **PARAMETERS)
    bindings = {f"Q{i}" * 20: 1 for i in range(240)}
    declared = ", $bindings: JSON!" if "$bindings" in fields(1) else ""

    def query(aliases: int) -> str:
        inner = f"modelCreationParametersSchema {{ {fields(aliases)} }}"
        return f"query($id: ID!{declared}) {{ modelTemplate(id: $id) {{ {inner} }} }}"

    assert await caller.ask(query(1), id=id, bindings=bindings)
    path = await too_large(caller, query(29), id=id, bindings=bindings)
    assert path[:2] == ["modelTemplate", "modelCreationParametersSchema"]


async def test_errors_are_charged(caller: Caller, mongomock: Database) -> None:
    id = await made(caller, **with_parameters(*(a_parameter(name=f"P{i}") for i in range(100))))
    changed = {f"model_creation_parameters_schema.parameters.{i}.type": "x" for i in range(100)}
    await mongomock[TEMPLATES].update_one({"_id": id}, {"$set": changed})

    def query(aliases: int) -> str:
        inner = numbered(aliases, "a#: modelCreationParametersSchema { parameters { type } } ")
        return f"query($id: ID!) {{ modelTemplate(id: $id) {{ {inner} }} }}"

    answer = (await caller.post(query(2), id=id)).json()
    path = await too_large(caller, query(10), id=id)

    assert len(answer["errors"]) == 20
    assert path[2] == "parameters"


async def test_a_mutation_stops_where_the_answer_becomes_too_large(caller: Caller) -> None:
    env = {f"E{i}": "e" * 30_000 for i in range(4)}
    id = await made(caller, vendor_configuration={"bundle_config": {"env": env}})
    large = numbered(9, "a#: env ")
    operations = [UPDATE % ("true", "tag"), UPDATE % ("false", large), UPDATE % ("true", "tag")]
    named = " ".join(f"u{number}: {text}" for number, text in enumerate(operations))

    answer = (await caller.post(f"mutation($id: ID!) {{ {named} }}", id=id)).json()

    (error,) = answer["errors"]
    assert answer["data"] is None
    assert error["path"][0] == "u1"
    assert error["message"] == (
        f"{MESSAGE} The operation stopped at this field; its mutations up to here were carried out."
    )
    stored = await caller.ask("query($id: ID!) { modelTemplate(id: $id) { revision } }", id=id)
    assert stored == {"modelTemplate": {"revision": 3}}


async def test_a_large_list_of_changes_can_be_retried(caller: Caller) -> None:
    """The memory of a mutation's reads is given back, unless they are part of the answer."""
    id = await made(caller, description="d" * 20_000)
    changes = numbered(5, "u#: updateModelTemplate(input: {id: $id, name: #}) { errors { code } } ")
    changes = changes.replace("name: ", 'name: "n').replace("}) {", '"}) {')

    answer = await caller.ask(f"mutation($id: ID!) {{ {changes} }}", id=id)

    assert answer == {f"u{number}": {"errors": []} for number in range(5)}


# Room for answers


@pytest.fixture
async def context(mongomock: Database) -> Context:
    service = ModelTemplateService(MongoModelTemplateRepository(mongomock))
    return Context(service=service, viewer=a_viewer())


@pytest.mark.in_memory
async def test_a_query_without_room_waits_and_begins_again(
    context: Context, caller: Caller, mongomock: Database
) -> None:
    for number in range(5):
        id = await made(caller, name=f"t{number}", description="d" * 20_000)
    await mongomock[TEMPLATES].update_one({"_id": id}, {"$set": {"revision": "damaged"}})
    query = Operation(query=f"{{ modelTemplates {{ nodes {{ ...Everything }} }} }} {a_fragment()}")
    executor, scarce, ample = Executor(schema, Limits()), a_room(0), a_room(10**9)

    waited = await executor.answer(query, context, read_only=True, room=scarce)
    context.errors.clear()
    at_once = await executor.answer(query, context, read_only=True, room=ample)

    assert waited == at_once
    assert waited.content.count(b"UNREADABLE") == 1
    assert scarce.reserved == [Limits().answer_bytes]
    assert (ample.reserved, ample.taken) == ([], [256 * 1024])


async def test_a_mutation_without_room_can_be_retried(context: Context, caller: Caller) -> None:
    id = await made(caller, description="d" * 20_000)
    update = UPDATE % ("true", numbered(3, "a#: env "))
    text = "mutation($id: ID!) { a: " + update.replace("vendor", "x: description vendor", 1) + "}"
    one = Operation(query=text, variables={"id": id})
    many = Operation(
        query=text.replace("x:", numbered(5, "x#: description ")), variables={"id": id}
    )
    executor, none = Executor(schema, Limits()), a_room(0)

    small = await executor.answer(one, context, read_only=False, room=none)
    with pytest.raises(Unavailable, match="some of its mutations may have been carried out") as no:
        await executor.answer(many, context, read_only=False, room=none)

    assert b"errors" not in small.content
    assert no.value.extensions == {"code": "SERVICE_UNAVAILABLE", "retryable": True}
    assert len(small.content) < FREE


async def test_short_texts_that_json_escapes_are_estimated(caller: Caller) -> None:
    command = ["\x01" * 32] * 250
    bundle = {"command": command, "streaming_command": command}
    id = await made(caller, vendor_configuration={"bundle_config": bundle})

    def query(aliases: int) -> str:
        inner = numbered(aliases, "a#: vendorConfiguration { bundleConfig { command } } ")
        return f"query($id: ID!) {{ modelTemplate(id: $id) {{ {inner} }} }}"

    assert await caller.ask(query(10), id=id)
    (error,) = (await caller.post(query(24), id=id)).json()["errors"]
    extensions = {"code": TOO_COMPLEX, "limit": LIMIT, **NAMED}
    assert error == {"message": MESSAGE, "extensions": extensions}


async def test_a_mutation_whose_complete_answer_is_too_large_was_carried_out(
    caller: Caller,
) -> None:
    command = ["\x01" * 32] * 250
    bundle = {"command": command, "streaming_command": command}
    id = await made(caller, vendor_configuration={"bundle_config": bundle})
    update = UPDATE % ("true", numbered(24, "a#: command "))

    answer = await caller.post(f"mutation($id: ID!) {{ {update} }}", id=id)

    (error,) = answer.json()["errors"]
    assert error == {
        "message": f"{MESSAGE} The operation was carried out; only its answer is too large.",
        "extensions": {"code": TOO_COMPLEX, "limit": LIMIT, **NAMED},
    }
    stored = await caller.ask("query($id: ID!) { modelTemplate(id: $id) { archivedAt } }", id=id)
    assert stored["modelTemplate"]["archivedAt"] is not None
