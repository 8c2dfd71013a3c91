"""Plans within limits: what an operation may take of memory, and what all of them leave behind."""

import asyncio
import gc
import json
import tracemalloc
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import pytest
from cachetools import LRUCache
from msgspec import Struct

from app.domain.parts import CACHED, is_part
from app.domain.service import ModelTemplateService
from app.graphql import document_cache, fragments, plan_cache
from app.graphql.compile.rendering import LONGEST_KEY
from app.graphql.execute import Executor
from app.graphql.limits.limits import Limits
from app.graphql.operation import Operation
from app.graphql.schema import schema
from app.graphql.types import Context
from app.storage.collections import TEMPLATES
from app.storage.driver import Database
from app.storage.templates import MongoModelTemplateRepository, stored
from tests.builders import (
    a_parameter,
    a_template,
    a_viewer,
    a_wire_template,
    an_input,
    with_parameters,
)
from tests.graphql.test_limits import numbered

MIB = 1024 * 1024
WAYS = pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "interpreted"])
CREATE = """mutation($input: CreateModelTemplateInput!, $other: CreateModelTemplateInput!) {
  a: createModelTemplate(input: $input) { modelTemplate { description } }
  b: createModelTemplate(input: $other) { modelTemplate { description } }
}"""
ENV = "{ modelTemplates { nodes { vendorConfiguration { bundleConfig { env } } modelType } } }"


class Server:
    """The execution of operations on a database."""

    def __init__(self, database: Database, *, compiled: bool = True, **limits: Any) -> None:
        self.database = database
        self.executor = Executor(schema, Limits(**limits), compiled=compiled)
        self._service = ModelTemplateService(MongoModelTemplateRepository(database))

    async def store(self, *, then: dict[str, Any] | None = None, **changes: Any) -> str:
        document = stored(a_template(**changes))
        templates = self.database[TEMPLATES]
        await templates.insert_one(document, bypass_document_validation=True)
        if then:
            await templates.update_one({"_id": document["_id"]}, {"$set": then})
        return str(document["_id"])

    async def ask(self, query: str, **variables: Any) -> Any:
        asked = Operation(query=query, variables=variables)
        context = Context(service=self._service, viewer=a_viewer())
        answer = await self.executor.answer(asked, context, read_only=False)
        return json.loads(answer.content)


def with_env(size: int) -> dict[str, Any]:
    return {"vendor_configuration": {"bundle_config": {"env": {"E": "e" * size}}}}


@WAYS
async def test_no_mutation_follows_an_answer_that_is_too_large(
    mongomock: Database, compiled: bool
) -> None:
    server = Server(mongomock, compiled=compiled, answer_bytes=80_000)
    given = {name: camelled(name, "\x01" * 15_000) for name in ("input", "other")}

    answer = await server.ask(CREATE, **given)

    (error,) = answer["errors"]
    assert (answer["data"], error["path"][0]) == (None, "a")
    assert "stopped at this field; its mutations up to here were carried out" in error["message"]
    names = await mongomock[TEMPLATES].distinct("name")
    assert names == ["input"]


def camelled(name: str, description: str) -> dict[str, Any]:
    config = a_wire_template()["vendor_configuration"]["bundle_config"]
    return {
        "accountId": "a1",
        "name": name,
        "description": description,
        "endpointType": "ASYNC",
        "modelType": "GENERIC",
        "vendorConfiguration": {"bundleConfig": config},
    }


@WAYS
async def test_the_entries_of_a_page_are_charged_once(mongomock: Database, compiled: bool) -> None:
    server = Server(mongomock, compiled=compiled, answer_bytes=MIB)
    for number in range(3):
        await server.store(name=f"t{number}", **with_env(130_000))

    assert "errors" not in await server.ask(ENV)


@WAYS
async def test_what_graphql_core_completes_is_charged_once(
    mongomock: Database, compiled: bool
) -> None:
    server = Server(mongomock, compiled=compiled, answer_bytes=MIB)
    await server.store(name="oldest", then={"model_type": "VIDEO"})
    for number in range(3):
        await server.store(name=f"t{number}", **with_env(130_000))

    answer = await server.ask(ENV)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNKNOWN_VALUE"]
    assert len(answer["data"]["modelTemplates"]["nodes"]) == 4


@WAYS
async def test_one_template_is_charged_however_little_of_it_is_asked_for(
    store: Database, compiled: bool
) -> None:
    server = Server(store, compiled=compiled, answer_bytes=MIB)
    id = await server.store(**with_env(200_000))
    fields = (
        f'a#: modelTemplate(id: "{id}") {{ vendorConfiguration {{ bundleConfig {{ tag }} }} }} '
    )

    few = await server.ask(f"{{ {numbered(4, fields)} }}")
    many = await server.ask(f"{{ {numbered(8, fields)} }}")

    assert "errors" not in few
    assert many["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


@WAYS
async def test_long_aliases_of_many_objects_do_not_take_memory(
    mongomock: Database, compiled: bool
) -> None:
    server = Server(mongomock, compiled=compiled)
    parameters = with_parameters(*(a_parameter(name=f"P{n}") for n in range(1_000)))
    id = await server.store(**parameters)
    fields = "modelCreationParametersSchema { parameters { %s: name } }"
    query = f'{{ modelTemplate(id: "{id}") {{ {fields} }} }}'
    await server.ask(query % "a")
    tracemalloc.start()

    short = await server.ask(query % ("a" * LONGEST_KEY))
    answer = await server.ask(query % ("a" * 90_000))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "errors" not in short
    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert peak < 30 * MIB


FIELDS = [
    *("name", "description", "labels", "endpointType", "modelType", "endpointProtocol"),
    *("revision", "id", "accountId", "createdAt", "createdByUserId", "updatedAt"),
    *("createdByIdentityType", "updatedByUserId", "archivedAt"),
]


def texts() -> Iterator[str]:
    """Ever new operations, with ever new selections."""
    for number in count(1):
        mixed = number * 7_919 % 2 ** len(FIELDS)
        chosen = [name for place, name in enumerate(FIELDS) if mixed >> place & 1] or ["id"]
        inner = "vendorConfiguration { endpointConfig { gpuType } }"
        yield (
            f"query Q{number}($old: Boolean) {{ modelTemplates(filter: {{archived: $old}}) {{ "
            f"nodes {{ {' '.join(chosen)} {inner} }} }} }}"
        )


def objects() -> int:
    """The number of objects in memory that can contain others."""
    gc.collect()
    return len(gc.get_objects())


@pytest.mark.slow
async def test_ever_new_operations_do_not_grow_the_process(
    mongomock: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_cache, "MAX_BYTES", 2 * MIB)  # So that the caches are full soon.
    monkeypatch.setattr(document_cache, "CACHE_SIZE", 50_000)
    monkeypatch.setattr(fragments, "_kept", LRUCache(50_000, fragments.size))
    server = Server(mongomock)
    gpu = {"vendor_configuration.endpoint_config.gpu_type": "nvidia-newest"}
    await server.store(then=gpu)
    queries = texts()

    async def after(operations: int) -> int:
        for query in islice(queries, operations):
            assert (await server.ask(query))["data"]
            await asyncio.sleep(0)  # The loop forgets the timers that were not needed.
        return objects()

    full, later = await after(600), await after(600)

    assert later < full * 1.05  # Each operation has some 150 objects, and a plan of its own.
    parts = [cls for cls in Struct.__subclasses__() if is_part(cls)]
    assert len(parts) < 4 * CACHED


@pytest.mark.slow
async def test_ever_new_templates_do_not_grow_the_process(mongomock: Database) -> None:
    server = Server(mongomock)
    query = "query($id: ID!) { modelTemplate(id: $id) { name labels } }"

    async def after(templates: int) -> int:
        for number in range(templates):
            id = await server.store(name=f"t{number}", labels={"k": "v" * 60})
            assert (await server.ask(query, id=id))["data"]["modelTemplate"]
            await mongomock[TEMPLATES].delete_many({})
            await asyncio.sleep(0)
        return objects()

    warm, later = await after(300), await after(500)

    assert later < warm + 2_000  # Each template has some 10 objects.


@WAYS
async def test_when_an_answer_is_too_large_nothing_goes_on(
    mongomock: Database, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    server, ended = Server(mongomock, compiled=compiled, answer_bytes=50_000), list[str]()
    large = await server.store(description="x" * 60_000)

    async def list_for_ever(*_: Any, **__: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("list")

    monkeypatch.setattr(ModelTemplateService, "list", list_for_ever)
    query = "{ modelTemplates { totalCount } modelTemplate(id: %s) { description } }"
    answer = await server.ask(query % json.dumps(large))

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["QUERY_TOO_COMPLEX"]
    assert ended == ["list"]


@WAYS
async def test_what_a_mutation_before_an_error_answers_is_charged_once(
    mongomock: Database, compiled: bool
) -> None:
    server = Server(mongomock, compiled=compiled, answer_bytes=9_000)
    first = an_input(a_wire_template(name="a", description="x" * 4_000))
    forbidden = {**an_input(a_wire_template(name="b")), "accountId": "other"}

    answer = await server.ask(CREATE, input=first, other=forbidden)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
