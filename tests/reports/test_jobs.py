"""Fine-tuning jobs: they get a whole node, and their image from Launch's own registry."""

from typing import Any

import pytest

from app.storage.driver import Database
from tests.conftest import Caller
from tests.reports.reported import JOB, a_server, case, created, planned, told

PREFIX = "registry.example.com/team"
REQUEST = "createDockerImageBatchJobBundleRequest"


def a_job(**changes: Any) -> Any:
    input = case("02")
    job = input["vendorConfiguration"]["fineTuningJobBundleConfig"]
    job |= changes
    return input


async def test_a_job_may_use_the_whole_node(dan: Caller) -> None:
    id, warnings = await created(dan, case("02"))
    plan = await planned(dan, id)

    assert warnings == plan["warnings"] == plan["errors"] == []
    assert plan[REQUEST]["resource_requests"] == {
        **{"cpus": 7, "gpus": 0, "memory": "30Gi", "storage": "640Gi"}
    }


@pytest.mark.parametrize(
    ("name", "value", "most"),
    [("cpus", 8, "7"), ("memory", "31Gi", "30Gi"), ("storage", "641Gi", "640Gi")],
)
async def test_more_than_a_node_is_a_warning_that_leaves_the_plan_alone(
    dan: Caller, name: str, value: Any, most: str
) -> None:
    id, warnings = await created(dan, a_job(resources={name: value}))
    plan = await planned(dan, id)

    assert told(warnings) == [("OUT_OF_RANGE", f"{JOB}resources.{name}")]
    assert warnings[0]["message"] == (
        f"{name} must be at most {most} on nodes without GPUs, or Launch refuses every job that it "
        "is asked to run."
    )
    assert plan["warnings"] == warnings
    assert plan["errors"] == []
    assert plan["createModelBundleRequest"]["name"] == "x"
    assert plan["createModelEndpointRequest"]["endpoint_type"] == "sync"
    assert plan[REQUEST]["resource_requests"][name] == value


async def test_the_plan_asks_for_the_bare_path(dan: Caller) -> None:
    id, warnings = await created(dan, a_job(registry="registry.example.com:5000/team"))

    assert warnings == []  # What Launch puts before it is not known.
    assert (await planned(dan, id))[REQUEST]["image_repository"] == "acme/ft"


async def test_another_registry_than_the_prefix_is_a_warning(mongomock: Database) -> None:
    dan = await a_server(mongomock, launch_image_prefix=PREFIX)

    id, warnings = await created(dan, case("02"))
    _, same = await created(dan, a_job(registry=PREFIX) | {"name": "same"})
    plan = await planned(dan, id)

    assert same == []
    assert told(warnings) == [("INCONSISTENT", JOB + "registry")]
    assert warnings[0]["message"] == (
        f"registry is not {PREFIX}, which Launch puts before the image of every job: it would run "
        f"{PREFIX}/acme/ft. Copy the image there, and set the registry to {PREFIX}."
    )
    assert (plan["errors"], plan["warnings"]) == ([], warnings)
    assert plan[REQUEST]["image_repository"] == "acme/ft"


async def test_a_registry_without_a_host_is_a_warning(dan: Caller) -> None:
    _, warnings = await created(dan, a_job(registry="team"))

    assert told(warnings) == [("INVALID", JOB + "registry")]
    assert "it would run acme/ft from there" in warnings[0]["message"]
