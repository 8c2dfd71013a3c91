"""updateModelTemplate, deleteModelTemplate, and a template's history."""

from typing import Any

import pytest

from tests.builders import (
    a_fragment,
    a_parameter,
    a_viewer,
    a_wire_template,
    an_input,
    seeds,
    with_parameters,
)
from tests.conftest import Caller, Login

UPDATE = f"""
mutation($input: UpdateModelTemplateInput!) {{
  updateModelTemplate(input: $input) {{
    modelTemplate {{ ...Everything }}
    errors {{ code path }}
  }}
}} {a_fragment()}"""
DELETE = """
mutation($input: DeleteModelTemplateInput!) {
  deleteModelTemplate(input: $input) { deletedId errors { code path } }
}"""
READ = f"query($id: ID!) {{ modelTemplate(id: $id) {{ ...Everything }} }} {a_fragment()}"
HISTORY = """
query($id: ID!, $first: Int = 20, $after: String) {
  modelTemplate(id: $id) {
    revision
    revisions(first: $first, after: $after) {
      edges { cursor node { revision } }
      nodes { id templateId name revision }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      totalCount
    }
  }
}"""
BUNDLE = ["vendorConfiguration", "bundleConfig"]
JOB = ["vendorConfiguration", "fineTuningJobBundleConfig"]


async def stored(caller: Caller, **changes: Any) -> Any:
    """A new template, as it reads."""
    payload = await caller.create(an_input(a_wire_template(**changes)))
    return await read(caller, payload["modelTemplate"]["id"])


async def read(caller: Caller, id: str) -> Any:
    return (await caller.ask(READ, id=id))["modelTemplate"]


async def updated(caller: Caller, id: str, **changes: Any) -> Any:
    return (await caller.ask(UPDATE, input={"id": id, **changes}))["updateModelTemplate"]


async def history(caller: Caller, id: str, **variables: Any) -> Any:
    return (await caller.ask(HISTORY, id=id, **variables))["modelTemplate"]


def without_stamps(template: Any) -> Any:
    return {k: v for k, v in template.items() if k not in ("revision", "updatedAt")}


async def test_a_patch_keeps_absent_fields(ann: Caller) -> None:
    wire = next(wire for wire in seeds() if wire["name"] == "lora-completion-fine-tunable")
    before = await stored(ann, **{**wire, "account_id": "a1"})
    vendor = {
        "bundleConfig": {"tag": "2", "env": {"ONLY": "this"}},
        "endpointConfig": {"maxWorkers": 9},
        "fineTuningJobBundleConfig": {"resources": {"cpus": 41}},
    }

    payload = await updated(ann, before["id"], description="new", vendorConfiguration=vendor)

    expected = await read(ann, before["id"])
    assert payload == {"modelTemplate": expected, "errors": []}
    assert (expected["revision"], expected["createdAt"]) == (2, before["createdAt"])
    assert expected["updatedAt"] >= before["updatedAt"]
    before["description"] = "new"
    before["vendorConfiguration"]["bundleConfig"] |= {
        "tag": "2",
        "env": {"ONLY": "this"},
        "imageReference": expected["vendorConfiguration"]["bundleConfig"]["imageReference"],
    }
    before["vendorConfiguration"]["endpointConfig"]["maxWorkers"] = 9
    before["vendorConfiguration"]["fineTuningJobBundleConfig"]["resources"]["cpus"] = 41
    assert without_stamps(expected) == without_stamps(before)


async def test_null_clears_an_optional_field(ann: Caller) -> None:
    image = {"registry": "r", "image": "i", "tag": "t"}
    vendor = {"fine_tuning_job_bundle_config": image, "bundle_config": {"streaming_command": []}}
    template = await stored(
        ann,
        description="d",
        endpoint_protocol="SGP",
        vendor_configuration=vendor,
        **with_parameters(a_parameter()),
    )

    payload = await updated(
        ann,
        template["id"],
        description=None,
        endpointProtocol=None,
        modelCreationParametersSchema=None,
        vendorConfiguration={
            "bundleConfig": {"streamingCommand": None, "streamingPredictRoute": None},
            "endpointConfig": {"endpointType": None},
            "fineTuningJobBundleConfig": None,
        },
    )

    after = payload["modelTemplate"]
    assert payload["errors"] == []
    assert after["description"] is after["endpointProtocol"] is None
    assert after["modelCreationParametersSchema"] is None
    assert after["vendorConfiguration"]["fineTuningJobBundleConfig"] is None
    assert after["vendorConfiguration"]["bundleConfig"]["streamingCommand"] is None
    assert after["vendorConfiguration"]["bundleConfig"]["streamingPredictRoute"] is None
    assert after["vendorConfiguration"]["endpointConfig"]["endpointType"] == "ASYNC"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": None}, ["name"]),
        ({"labels": None}, ["labels"]),
        ({"endpointType": None}, ["endpointType"]),
        ({"archived": None}, ["archived"]),
        ({"vendorConfiguration": None}, ["vendorConfiguration"]),
        ({"vendorConfiguration": {"bundleConfig": None}}, BUNDLE),
        ({"vendorConfiguration": {"bundleConfig": {"tag": None}}}, [*BUNDLE, "tag"]),
        ({"vendorConfiguration": {"bundleConfig": {"env": None}}}, [*BUNDLE, "env"]),
        ({"vendorConfiguration": {"bundleConfig": {"routes": None}}}, [*BUNDLE, "routes"]),
        (
            {"vendorConfiguration": {"endpointConfig": {"cpus": None}}},
            ["vendorConfiguration", "endpointConfig", "cpus"],
        ),
    ],
)
async def test_null_is_invalid_for_a_required_field(
    ann: Caller, changes: dict[str, Any], path: list[str]
) -> None:
    template = await stored(ann)

    payload = await updated(ann, template["id"], **changes)

    assert payload == {"modelTemplate": None, "errors": [{"code": "REQUIRED", "path": path}]}
    assert await read(ann, template["id"]) == template


async def test_all_violations_of_a_patch_are_reported_at_once(ann: Caller) -> None:
    template = await stored(ann)

    payload = await updated(ann, template["id"], archived=None, name=None, description="\0")

    assert {(e["code"], *e["path"]) for e in payload["errors"]} == {
        ("REQUIRED", "archived"),
        ("REQUIRED", "name"),
        ("INVALID", "description"),
    }


async def test_a_merged_template_obeys_the_rules_of_a_new_one(ann: Caller) -> None:
    template = await stored(ann)
    vendor = {
        "bundleConfig": {"tag": "a b", "env": {"A-B": ""}},
        "endpointConfig": {"minWorkers": 2, "gpus": 1},
        "fineTuningJobBundleConfig": {"tag": "1"},
    }

    payload = await updated(ann, template["id"], name=" ", vendorConfiguration=vendor)
    complete = await updated(
        ann,
        template["id"],
        name=" ",
        vendorConfiguration={**vendor, "fineTuningJobBundleConfig": None},
    )

    found = {(e["code"], *e["path"]) for e in complete["errors"]}
    assert found == {
        ("REQUIRED", "name"),
        ("INVALID", *BUNDLE, "tag"),
        ("INVALID", *BUNDLE, "env", "A-B"),
        ("INCONSISTENT", "vendorConfiguration", "endpointConfig", "minWorkers"),
        ("INCONSISTENT", "vendorConfiguration", "endpointConfig", "gpuType"),
    }
    missing = {("REQUIRED", *JOB, "registry"), ("REQUIRED", *JOB, "image")}
    assert {(e["code"], *e["path"]) for e in payload["errors"]} == found | missing
    assert await read(ann, template["id"]) == template


async def test_a_new_object_starts_with_defaults(ann: Caller) -> None:
    template = await stored(ann)
    job = {"registry": "r", "image": "i", "tag": "t", "resources": {"gpus": 0}}

    payload = await updated(
        ann, template["id"], vendorConfiguration={"fineTuningJobBundleConfig": job}
    )

    made = payload["modelTemplate"]["vendorConfiguration"]["fineTuningJobBundleConfig"]
    assert made["mountLocation"] == "/workspace/launch_specific/config.json"
    assert made["resources"]["memory"] == "8Gi"


async def test_a_patch_that_changes_nothing_makes_no_revision(ann: Caller) -> None:
    template = await stored(ann, description="d")

    nothing: list[dict[str, Any]]
    nothing = [{}, {"description": "d"}, {"archived": False}, {"vendorConfiguration": {}}]
    for changes in nothing:
        payload = await updated(ann, template["id"], **changes)
        assert payload == {"modelTemplate": template, "errors": []}
    assert (await history(ann, template["id"]))["revisions"]["totalCount"] == 0


async def test_archiving_can_be_undone(ann: Caller) -> None:
    template = await stored(ann)

    archived = (await updated(ann, template["id"], archived=True))["modelTemplate"]
    again = (await updated(ann, template["id"], archived=True))["modelTemplate"]
    back = (await updated(ann, template["id"], archived=False))["modelTemplate"]

    assert archived["archivedAt"] == archived["updatedAt"]
    assert again == archived
    assert (back["archivedAt"], back["revision"]) == (None, 3)


async def test_a_stale_revision_is_an_error(ann: Caller) -> None:
    template = await stored(ann)
    await updated(ann, template["id"], expectedRevision=1, description="mine")

    stale = await updated(ann, template["id"], expectedRevision=1, description="yours")
    gone = (await ann.ask(DELETE, input={"id": template["id"], "expectedRevision": 1}))[
        "deleteModelTemplate"
    ]

    error = [{"code": "STALE", "path": ["expectedRevision"]}]
    assert stale == {"modelTemplate": None, "errors": error}
    assert gone == {"deletedId": None, "errors": error}
    assert (await read(ann, template["id"]))["description"] == "mine"


async def test_a_name_that_is_already_used_is_an_error(ann: Caller) -> None:
    await stored(ann, name="taken")
    template = await stored(ann)

    payload = await updated(ann, template["id"], name="taken")

    assert payload["errors"] == [{"code": "DUPLICATE", "path": ["name"]}]
    assert await read(ann, template["id"]) == template


async def test_an_inaccessible_template_is_not_found(login: Login) -> None:
    ann, bob = await login(a_viewer(a1="write")), await login(a_viewer(a2="write"))
    reader = await login(a_viewer(a1="read"))
    template = await stored(ann)
    not_found = [{"code": "NOT_FOUND", "path": ["id"]}]

    for id in (template["id"], "unknown", "\0", ""):
        assert (await updated(bob, id, name="x"))["errors"] == not_found
        answer = await bob.ask(DELETE, input={"id": id})
        assert answer["deleteModelTemplate"] == {"deletedId": None, "errors": not_found}
    for query in (UPDATE, DELETE):
        answer = (await reader.post(query, input={"id": template["id"]})).json()
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await read(ann, template["id"]) == template


async def test_history_is_read_page_by_page(ann: Caller) -> None:
    template = await stored(ann)
    for number in range(2, 7):
        await updated(ann, template["id"], description=f"state {number}")

    whole = await history(ann, template["id"])
    first = await history(ann, template["id"], first=2)
    cursor = first["revisions"]["pageInfo"]["endCursor"]
    rest = await history(ann, template["id"], first=3, after=cursor)

    def numbers(template: Any) -> list[int]:
        return [node["revision"] for node in template["revisions"]["nodes"]]

    assert whole["revision"] == 6
    assert (numbers(whole), numbers(first), numbers(rest)) == ([5, 4, 3, 2, 1], [5, 4], [3, 2, 1])
    assert whole["revisions"]["totalCount"] == 5
    assert first["revisions"]["pageInfo"]["hasNextPage"] is True
    assert first["revisions"]["pageInfo"]["hasPreviousPage"] is False
    assert rest["revisions"]["pageInfo"]["hasNextPage"] is False
    assert rest["revisions"]["pageInfo"]["hasPreviousPage"] is True
    for argument, value in (("first", 0), ("first", 101), ("after", "x"), ("after", "W10")):
        answer = (await ann.post(HISTORY, id=template["id"], **{argument: value})).json()
        assert answer["errors"][0]["extensions"]["argument"] == argument


async def test_a_revision_never_changes(ann: Caller) -> None:
    before = await stored(ann, endpoint_type="SYNC", description="first")
    await updated(
        ann,
        before["id"],
        description="second",
        vendorConfiguration={"endpointConfig": {"minWorkers": 1}},
    )
    query = f"""query($id: ID!, $node: ID!, $revision: Int!) {{
      modelTemplate(id: $id) {{ revisionAt(revision: $revision) {{ ...Everything }} }}
      node(id: $node) {{ __typename id ... on ModelTemplateSpec {{
        revision description warnings {{ path }}
        launchPlan(name: "m", labels: {{team: "t", product: "p"}}) {{ errors {{ path }} }}
      }} }}
    }} {a_fragment(of="ModelTemplateRevision")}"""

    async def at(revision: int, node: str) -> Any:
        return await ann.ask(query, id=before["id"], revision=revision, node=node)

    first = await at(1, f"{before['id']}:1")
    revision = first["modelTemplate"]["revisionAt"]
    shared = revision.keys() & before.keys() - {"id"}
    assert {name: revision[name] for name in shared} == {name: before[name] for name in shared}
    assert revision["templateId"] == before["id"]
    assert first["node"] == {
        "__typename": "ModelTemplateRevision",
        "id": revision["id"],
        "revision": 1,
        "description": "first",
        "warnings": [{"path": ["vendorConfiguration", "endpointConfig", "minWorkers"]}],
        "launchPlan": {
            "errors": [{"path": ["vendorConfiguration", "endpointConfig", "minWorkers"]}]
        },
    }
    for number in (2, 3, 0, -1, 2**31 - 1):
        none = await at(number, f"{before['id']}:{number}")
        assert none == {"modelTemplate": {"revisionAt": None}, "node": None}


async def test_a_deleted_template_is_gone_with_its_history(login: Login) -> None:
    ann, bob = await login(), await login(a_viewer(a2="write"))
    template = await stored(ann, request_id="r")
    await updated(ann, template["id"], description="x")
    nodes = "query($a: ID!, $b: ID!) { a: node(id: $a) { id } b: node(id: $b) { id } }"
    ids = {"a": template["id"], "b": f"{template['id']}:1"}
    assert await bob.ask(nodes, **ids) == {"a": None, "b": None}
    assert (await ann.ask(nodes, **ids))["b"] == {"id": ids["b"]}

    deleted = (await ann.ask(DELETE, input={"id": template["id"]}))["deleteModelTemplate"]
    again = (await ann.ask(DELETE, input={"id": template["id"]}))["deleteModelTemplate"]

    assert deleted == {"deletedId": template["id"], "errors": []}
    assert again["errors"] == [{"code": "NOT_FOUND", "path": ["id"]}]
    assert await ann.ask(nodes, **ids) == {"a": None, "b": None}
    late = await ann.create(an_input(a_wire_template(request_id="r")))
    assert [(e["code"], e["path"]) for e in late["errors"]] == [("DUPLICATE", ["requestId"])]
    reborn = await stored(ann, request_id="s")
    assert (reborn["revision"], reborn["id"] == template["id"]) == (1, False)
