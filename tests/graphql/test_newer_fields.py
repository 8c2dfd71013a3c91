"""Newer fields through the API: read back, set and unset by patches, compared, found and imported.

Templates and clients that do not use them see no difference."""

from typing import Any

import pytest

from app.storage.codec import to_document
from app.storage.driver import Database
from app.storage.templates import TEMPLATES
from app.storage.terms import VERSION, listing
from app.transfer import record, wire
from tests.builders import (
    NEWER_FIELDS,
    a_fragment,
    a_parameter,
    a_record,
    a_template,
    a_wire_template,
    an_input,
    with_parameters,
)
from tests.conftest import Caller

READ = f"query($id: ID!) {{ modelTemplate(id: $id) {{ ...Everything }} }} {a_fragment()}"
UPDATE = f"""mutation($input: UpdateModelTemplateInput!) {{
  updateModelTemplate(input: $input) {{
    modelTemplate {{ ...Everything }} errors {{ code path }}
  }}
}} {a_fragment()}"""
HISTORY = f"""query($id: ID!) {{ modelTemplate(id: $id) {{
  revisionAt(revision: 1) {{ ...Earlier }}
}} }} {a_fragment("Earlier", "ModelTemplateRevision")}"""
SEARCH = "query($text: String) { modelTemplates(filter: {search: $text}) { nodes { name } } }"

PLAIN = {"fine_tuning_job_bundle_config": {"registry": "r.io", "image": "i", "tag": "1"}}
"""A vendor configuration without newer fields, but with every object that can have them."""

NEWER = {
    *("digest", "routes", "extra_routes", "forwarder_type", "worker_command", "worker_env"),
    *("forwarder_max_concurrency", "task_expires_seconds", "queue_message_timeout_seconds"),
    *("public_inference", "nodes_per_worker", "title", "advanced", "secret"),
}


def names(value: Any) -> set[str]:
    """The names of all fields in a document or line."""
    if isinstance(value, list):
        return set().union(*map(names, value))
    if not isinstance(value, dict):
        return set()
    return value.keys() | set().union(*map(names, value.values()))


async def created(caller: Caller, **changes: Any) -> str:
    made = await caller.create(an_input(a_wire_template(**changes)))
    assert made["errors"] == []
    return str(made["modelTemplate"]["id"])


async def read(caller: Caller, id: str) -> Any:
    return (await caller.ask(READ, id=id))["modelTemplate"]


async def updated(caller: Caller, id: str, **vendor: Any) -> Any:
    given = {"id": id, "vendorConfiguration": vendor}
    return (await caller.ask(UPDATE, input=given))["updateModelTemplate"]


def contains(answer: Any, given: Any) -> bool:
    if isinstance(given, dict):
        return all(contains(answer[key], value) for key, value in given.items())
    if isinstance(given, list) and given and isinstance(given[0], dict):
        return all(map(contains, answer, given))
    return bool(answer == given)


async def test_every_field_reads_back(ann: Caller) -> None:
    found = await read(ann, await created(ann, **NEWER_FIELDS))

    assert contains(found, an_input(a_wire_template(**NEWER_FIELDS)))
    assert found["vendorConfiguration"]["bundleConfig"]["imageReference"] == (
        f"docker.io/library/echo-model:0.1.0@sha256:{'9f' * 32}"
    )


async def test_a_patch_without_them_leaves_them_alone(ann: Caller) -> None:
    id = await created(ann, **NEWER_FIELDS)
    before = await read(ann, id)

    payload = await updated(ann, id, bundleConfig={"healthcheckRoute": "/ok"})

    after = payload["modelTemplate"]
    assert payload["errors"] == []
    before["vendorConfiguration"]["bundleConfig"]["healthcheckRoute"] = "/ok"
    assert after["vendorConfiguration"] == before["vendorConfiguration"]
    assert after["modelCreationParametersSchema"] == before["modelCreationParametersSchema"]


UNSET = {
    "bundleConfig": {
        **{"digest": None, "routes": [], "extraRoutes": [], "forwarderType": "DEFAULT"},
        **{"workerCommand": None, "workerEnv": None},
    },
    "endpointConfig": {
        **{"forwarderMaxConcurrency": None, "taskExpiresSeconds": None},
        **{"queueMessageTimeoutSeconds": None, "publicInference": False, "nodesPerWorker": 1},
    },
    "fineTuningJobBundleConfig": {"digest": None},
}


async def test_patches_set_and_unset_them(ann: Caller, store: Database) -> None:
    whole: Any = an_input(a_wire_template(**NEWER_FIELDS))
    id = await created(ann, vendor_configuration=PLAIN, endpoint_type="STREAMING")
    before = await store[TEMPLATES].find_one({"_id": id}, {"vendor_configuration": 1})

    config = {k: v for k, v in whole["vendorConfiguration"].items() if k != "vendor"}
    set_ = await updated(ann, id, **config)
    (earlier,) = (await ann.ask(HISTORY, id=id))["modelTemplate"].values()
    unset = await updated(ann, id, **UNSET)
    changed_back = {"streamingCommand": None}
    hardware = {"gpus": 0, "gpuType": None, "minWorkers": 0, "perWorker": 10}
    image = {"registry": "r.io", "image": "i", "tag": "1"}
    await updated(
        ann,
        id,
        bundleConfig=changed_back,
        endpointConfig=hardware,
        fineTuningJobBundleConfig=image,
    )

    assert set_["errors"] == unset["errors"] == []
    assert contains(set_["modelTemplate"]["vendorConfiguration"], config)
    assert contains(unset["modelTemplate"]["vendorConfiguration"], UNSET)
    assert contains(earlier["vendorConfiguration"], UNSET)
    assert await store[TEMPLATES].find_one({"_id": id}, {"vendor_configuration": 1}) == before


async def test_several_nodes_are_judged_after_a_patch(ann: Caller) -> None:
    id = await created(ann, **NEWER_FIELDS)

    payload = await updated(ann, id, bundleConfig={"workerEnv": None})

    path = ["vendorConfiguration", "bundleConfig", "workerEnv"]
    assert payload == {"modelTemplate": None, "errors": [{"code": "INCONSISTENT", "path": path}]}


async def test_an_image_is_found_by_its_whole_reference(ann: Caller) -> None:
    await created(ann, name="pinned", **NEWER_FIELDS)
    await created(ann, name="plain")

    async def found(text: str) -> list[str]:
        return [
            node["name"] for node in (await ann.ask(SEARCH, text=text))["modelTemplates"]["nodes"]
        ]

    reference = "docker.io/library/echo-model:0.1.0"
    assert await found(f"{reference}@sha256:{'9f' * 32}") == ["pinned"]
    assert await found("9f" * 5) == ["pinned"]
    assert sorted(await found(reference)) == ["pinned", "plain"]


@pytest.mark.parametrize("changes", [{}, with_parameters(a_parameter())])
def test_what_does_not_use_them_is_stored_and_exported_as_before(changes: dict[str, Any]) -> None:
    template = a_template(vendor_configuration=PLAIN, **changes)
    line, _ = record.parse(record.write(a_record("new", vendor_configuration=PLAIN, **changes)))

    assert names(to_document(template)) & NEWER == set()
    assert names(line) & NEWER == set()
    assert listing(template)["version"] == VERSION == 2


def test_a_line_and_a_file_have_what_is_set() -> None:
    written = record.write(a_record("new", **NEWER_FIELDS))
    line, _ = record.parse(written)

    assert names(to_document(a_template(**NEWER_FIELDS))) >= NEWER
    assert names(line) >= NEWER
    assert line["vendor_configuration"]["bundle_config"]["forwarder_type"] == "PASSTHROUGH"
    command = wire.read({k: v for k, v in line.items() if k != "revisions"})
    assert command.vendor_configuration == a_template(**NEWER_FIELDS).vendor_configuration
