"""An endpoint type that was not given follows the template's; one that was given stays."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from app.domain.service import new_id, now
from app.storage.driver import Database
from app.storage.templates import TEMPLATES
from app.transfer import record
from app.transfer.export_reader import ModelTemplateExportReader
from app.transfer.import_writer import ModelTemplateImportWriter
from tests.builders import a_wire_template
from tests.conftest import Caller
from tests.reports.reported import a_server, case, planned

TYPED = {"vendor_configuration": {"endpoint_config": {"endpoint_type": "ASYNC"}}}
UPDATE = """
mutation($input: UpdateModelTemplateInput!) {
  updateModelTemplate(input: $input) {
    modelTemplate {
      endpointType revision
      vendorConfiguration { endpointConfig { endpointType maxWorkers } }
    }
    errors { code message path }
  }
}"""
LIST = """
{ modelTemplates { nodes {
  vendorConfiguration { endpointConfig { endpointType maxWorkers } }
  revisions { nodes { vendorConfiguration { endpointConfig { endpointType } } } }
} } }"""


@pytest.fixture(params=[True, False], ids=["compiled", "interpreted"])
async def dan(request: pytest.FixtureRequest, mongomock: Database) -> Caller:
    return await a_server(mongomock, compiled=request.param)


def an_input_with(**endpoint: Any) -> Any:
    input = case("02")
    input["vendorConfiguration"]["endpointConfig"] = {"minWorkers": 1, "perWorker": 1, **endpoint}
    return input


async def made(caller: Caller, **endpoint: Any) -> str:
    payload = await caller.create(an_input_with(**endpoint))
    return str(payload["modelTemplate"]["id"])


async def updated(caller: Caller, id: str, endpoint: Any = None, **changes: Any) -> tuple[str, str]:
    """The template's type and its endpoint's, after an update."""
    if endpoint is not None:
        changes["vendorConfiguration"] = {"endpointConfig": endpoint}
    payload = (await caller.ask(UPDATE, input={"id": id, **changes}))["updateModelTemplate"]
    assert payload["errors"] == []
    return types(payload["modelTemplate"])


def types(template: Any) -> tuple[str, str]:
    endpoint = template["vendorConfiguration"]["endpointConfig"]
    return template["endpointType"], endpoint["endpointType"]


async def test_an_inherited_type_follows_in_answers_and_in_the_plan(dan: Caller) -> None:
    id = await made(dan)

    assert await updated(dan, id, endpointType="ASYNC") == ("ASYNC", "ASYNC")

    plan = await planned(dan, id)
    assert plan["createModelEndpointRequest"]["endpoint_type"] == "async"
    assert plan["warnings"] == plan["errors"] == []
    (node,) = (await dan.ask(LIST))["modelTemplates"]["nodes"]
    assert node["vendorConfiguration"]["endpointConfig"]["endpointType"] == "ASYNC"
    (earlier,) = node["revisions"]["nodes"]
    assert earlier["vendorConfiguration"]["endpointConfig"]["endpointType"] == "SYNC"


@pytest.mark.parametrize("given", ["SYNC", "ASYNC"])
async def test_a_given_type_stays(dan: Caller, given: str) -> None:
    id = await made(dan, endpointType=given)

    assert await updated(dan, id, endpointType="ASYNC") == ("ASYNC", given)
    assert await updated(dan, id, endpointType="STREAMING") == ("STREAMING", given)
    assert await updated(dan, id, endpointType=given) == (given, given)
    assert await updated(dan, id, endpointType="STREAMING") == ("STREAMING", given)

    plan = await planned(dan, id)
    assert plan["createModelEndpointRequest"]["endpoint_type"] == given.lower()
    assert [".".join(each["path"]) for each in plan["warnings"]] == [
        "vendorConfiguration.endpointConfig.endpointType"
    ]


async def test_a_patch_may_give_it_and_take_it_back(dan: Caller) -> None:
    id = await made(dan)

    assert await updated(dan, id, {"endpointType": "SYNC"}) == ("SYNC", "SYNC")
    assert await updated(dan, id, endpointType="ASYNC") == ("ASYNC", "SYNC")
    assert await updated(dan, id, {"endpointType": None}) == ("ASYNC", "ASYNC")
    assert await updated(dan, id, endpointType="STREAMING") == ("STREAMING", "STREAMING")


async def test_both_may_change_in_one_patch(dan: Caller) -> None:
    id = await made(dan)

    both = await updated(dan, id, {"endpointType": "ASYNC"}, endpointType="ASYNC")

    assert both == ("ASYNC", "ASYNC")
    assert await updated(dan, id, endpointType="SYNC") == ("SYNC", "ASYNC")


async def test_a_patch_of_other_fields_changes_nothing_about_it(dan: Caller) -> None:
    inherited, given = await made(dan), None
    payload = await dan.create({**an_input_with(endpointType="SYNC"), "name": "given"})
    given = payload["modelTemplate"]["id"]
    for id, expected in ((inherited, "ASYNC"), (given, "SYNC")):
        await updated(dan, id, {"cpus": 2}, description="x")
        await updated(dan, id, archived=True)
        await updated(dan, id, archived=False)
        assert await updated(dan, id, endpointType="ASYNC") == ("ASYNC", expected)


async def test_a_template_of_an_older_release_follows_where_the_types_are_the_same(
    dan: Caller, mongomock: Database
) -> None:
    same, other = await made(dan, endpointType="SYNC"), new_id()
    config = "vendor_configuration.endpoint_config"
    old: Any = await mongomock[TEMPLATES].find_one({"_id": same})
    assert old["vendor_configuration"]["endpoint_config"].pop("keeps_endpoint_type") is True
    await mongomock[TEMPLATES].replace_one({"_id": same}, old)
    await mongomock[TEMPLATES].insert_one({**old, "_id": other, "name": "other"})
    await mongomock[TEMPLATES].update_one(
        {"_id": other}, {"$set": {f"{config}.endpoint_type": "ASYNC"}}
    )

    unchanged = await dan.ask(UPDATE, input={"id": same, "name": "r"})
    assert unchanged["updateModelTemplate"]["modelTemplate"]["revision"] == 1
    assert await updated(dan, same, endpointType="STREAMING") == ("STREAMING", "STREAMING")
    assert await updated(dan, other, endpointType="ASYNC") == ("ASYNC", "ASYNC")
    assert await updated(dan, other, endpointType="STREAMING") == ("STREAMING", "ASYNC")


async def test_an_inherited_type_is_stored_as_by_the_release_before(
    dan: Caller, mongomock: Database
) -> None:
    await made(dan)

    document: Any = await mongomock[TEMPLATES].find_one({})

    endpoint = document["vendor_configuration"]["endpoint_config"]
    assert (endpoint["endpoint_type"], endpoint["max_workers"]) == ("SYNC", 1)
    assert "keeps_endpoint_type" not in endpoint


@pytest.mark.parametrize(
    ("endpoint", "marked", "after"),
    [({}, False, "ASYNC"), ({"endpointType": "SYNC"}, True, "SYNC")],
)
async def test_an_export_tells_them_apart(
    dan: Caller, mongomock: Database, endpoint: Any, marked: bool, after: str
) -> None:
    id = await made(dan, **endpoint)
    await updated(dan, id, description="x")
    ((exported,),) = [page async for page in ModelTemplateExportReader(mongomock).pages("demo")]
    line = record.write(exported)
    await mongomock[TEMPLATES].delete_many({})

    values = json.loads(line)
    for state in (values, *values["revisions"]):
        config = state["vendor_configuration"]["endpoint_config"]
        assert config["endpoint_type"] == "SYNC"
        assert config.get("keeps_endpoint_type", False) is marked
    read = record.read(record.parse(line)[0], id=id, at=now())
    assert replace(read, template=exported.template) == exported
    assert await ModelTemplateImportWriter(mongomock).add([read]) == [None]
    assert await updated(dan, id, endpointType="ASYNC") == ("ASYNC", after)


async def test_a_type_in_a_file_of_a_team_was_given(dan: Caller, mongomock: Database) -> None:
    wire = a_wire_template(account_id="demo", **TYPED)
    values = {
        "teams": wire,
        "servers": wire | {"name": "copy", "created_at": "2026-01-01T00:00:00Z"},
    }
    ids = dict.fromkeys(values, "")
    for name, line in values.items():
        read = record.read(line, id=new_id(), at=now())
        assert await ModelTemplateImportWriter(mongomock).add([read]) == [None]
        ids[name] = read.template.id

    assert await updated(dan, ids["teams"], endpointType="SYNC") == ("SYNC", "ASYNC")
    assert await updated(dan, ids["servers"], endpointType="SYNC") == ("SYNC", "SYNC")


async def test_no_input_has_the_mark(dan: Caller) -> None:
    answer = await dan.post(
        "mutation($input: CreateModelTemplateInput!) "
        "{ createModelTemplate(input: $input) { errors { path } } }",
        input=an_input_with(keepsEndpointType=True),
    )

    assert "keepsEndpointType" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("endpoint", "most"),
    [
        ({"minWorkers": 0}, 1),
        ({"minWorkers": 1}, 1),
        ({"minWorkers": 3}, 3),
        ({"minWorkers": 3, "maxWorkers": None}, 3),
        ({"minWorkers": 0, "maxWorkers": 0}, 0),
        ({"minWorkers": 2, "maxWorkers": 7}, 7),
    ],
)
async def test_an_absent_maximum_is_at_least_the_minimum(
    dan: Caller, endpoint: Any, most: int
) -> None:
    id = await made(dan, **endpoint)

    (node,) = (await dan.ask(LIST))["modelTemplates"]["nodes"]
    plan = await planned(dan, id, autoscaling={"minWorkers": min(1, most)})

    assert node["vendorConfiguration"]["endpointConfig"]["maxWorkers"] == most
    assert plan["createModelEndpointRequest"] is None or (
        plan["createModelEndpointRequest"]["max_workers"] == most
    )


async def test_a_maximum_is_known_once_it_is_stored(dan: Caller) -> None:
    id = await made(dan, minWorkers=1)
    change: Any = {"endpointConfig": {"minWorkers": 2}}

    payload = (await dan.ask(UPDATE, input={"id": id, "vendorConfiguration": change}))[
        "updateModelTemplate"
    ]
    change["endpointConfig"]["maxWorkers"] = None
    again = (await dan.ask(UPDATE, input={"id": id, "vendorConfiguration": change}))[
        "updateModelTemplate"
    ]

    assert payload["errors"] == [
        {
            "code": "INCONSISTENT",
            "path": ["vendorConfiguration", "endpointConfig", "minWorkers"],
            "message": "minWorkers must not be greater than maxWorkers (1).",
        }
    ]
    config = again["modelTemplate"]["vendorConfiguration"]["endpointConfig"]
    assert config["maxWorkers"] == 2
