"""Whatever a file gives or leaves to defaults, applying it again writes nothing."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.apply.applied import Repository
from tests.builders import a_parameter, a_wire_template, with_parameters
from tests.program import ROOT
from tests.reports.reported import CASES

SEEDS = sorted((ROOT / "seeds").glob("*.json"))
REAL = sorted(CASES.glob("real-*.yaml"))


def endpoint(**fields: Any) -> dict[str, Any]:
    return {"vendor_configuration": {"endpoint_config": fields}}


def bundle(**fields: Any) -> dict[str, Any]:
    return {"vendor_configuration": {"bundle_config": fields}}


FORMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "labels-empty": {"labels": {}},
    "type-inherited": endpoint(cpus=2),
    "type-given": endpoint(endpoint_type="ASYNC"),
    "other-type": {"endpoint_type": "SYNC", **endpoint(endpoint_type="ASYNC", min_workers=1)},
    "many-workers": endpoint(min_workers=3),
    "no-streaming-route": bundle(streaming_predict_route=None),
    "pinned": bundle(digest="sha256:" + "a" * 64, routes=["/v1/x"], forwarder_type="PASSTHROUGH"),
    "nodes": {
        "endpoint_type": "STREAMING",
        "vendor_configuration": {
            "bundle_config": {
                "streaming_command": ["s"],
                "worker_command": ["w"],
                "worker_env": {"A": "1"},
            },
            "endpoint_config": {
                "nodes_per_worker": 2,
                "gpus": 1,
                "gpu_type": "nvidia-ampere-a10",
                "min_workers": 1,
                "per_worker": 1,
            },
        },
    },
    "queue": endpoint(
        task_expires_seconds=5, queue_message_timeout_seconds=7, forwarder_max_concurrency=3
    ),
    "parameters": with_parameters(
        a_parameter(name="A", type="float", default=1, title="A", advanced=True),
        a_parameter(name="B", type="int", enum=[1, 2], secret=True),
    ),
    "job": {
        "vendor_configuration": {
            "fine_tuning_job_bundle_config": {"registry": "r.io", "image": "j", "tag": "1"}
        }
    },
}


async def test_forms_are_written_once(repository: Repository) -> None:
    repository.write(**FORMS)

    first = await repository.apply()
    revisions = {name: each.revision for name, each in (await repository.stored()).items()}
    again = await repository.apply()

    assert first == dict.fromkeys(FORMS, "created")
    assert again == dict.fromkeys(FORMS, "unchanged")
    assert revisions == dict.fromkeys(FORMS, 1)


@pytest.mark.parametrize("file", [*SEEDS, *REAL], ids=lambda file: file.name)
async def test_seeds_and_real_files_are_written_once(repository: Repository, file: Path) -> None:
    shutil.copy(file, repository.directory)

    first = await repository.apply(account="a1")
    again = await repository.apply(account="a1")

    assert (set(first.values()), set(again.values())) == ({"created"}, {"unchanged"})


@pytest.mark.parametrize("given", [{}, {"endpoint_type": "ASYNC"}], ids=["inherited", "given"])
async def test_a_type_follows_the_file(repository: Repository, given: dict[str, Any]) -> None:
    repository.write(one=endpoint(cpus=2, **given))
    await repository.apply()
    file = repository.directory / "one.json"
    changed = a_wire_template(name="one", endpoint_type="SYNC", **endpoint(cpus=2, min_workers=1))
    file.write_text(json.dumps(changed))

    outcomes = [await repository.apply(), await repository.apply()]

    (stored,) = (await repository.stored()).values()
    assert outcomes == [{"one": "updated"}, {"one": "unchanged"}]
    shown = stored.as_shown().vendor_configuration.endpoint_config.endpoint_type
    assert shown is stored.endpoint_type


async def test_a_type_that_was_stored_as_given_follows_a_file_without_one(
    repository: Repository,
) -> None:
    repository.write(one=endpoint(endpoint_type="ASYNC"))
    await repository.apply()
    repository.write(one={})
    same = await repository.apply()
    repository.write(one={"endpoint_type": "SYNC", **endpoint(min_workers=1)})

    outcomes = [await repository.apply(), await repository.apply()]

    assert same == {"one": "unchanged"}
    assert outcomes == [{"one": "updated"}, {"one": "unchanged"}]


async def test_a_type_that_was_inherited_is_kept_by_a_file_that_gives_it(
    repository: Repository,
) -> None:
    repository.write(one={})
    await repository.apply()
    repository.write(one={"endpoint_type": "SYNC", **endpoint(endpoint_type="ASYNC")})

    outcomes = [await repository.apply(), await repository.apply()]

    assert outcomes == [{"one": "updated"}, {"one": "unchanged"}]
