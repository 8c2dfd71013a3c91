"""Amounts of memory, registries, mounts and workers that Launch takes otherwise than meant."""

from typing import Any

import pytest

from app.storage.driver import Database
from tests.conftest import Caller
from tests.reports.reported import (
    BUNDLE,
    ENDPOINT,
    JOB,
    a_server,
    bundle,
    case,
    created,
    errors_of,
    planned,
    told,
)


def with_endpoint(**changes: Any) -> Any:
    input = case("13")
    input["vendorConfiguration"]["endpointConfig"] = {"minWorkers": 1, **changes}
    return input


def with_registry(registry: str) -> Any:
    input = case("14")
    bundle(input)["registry"] = registry
    return input


def with_mount(location: str) -> Any:
    input = case("16")
    input["vendorConfiguration"]["fineTuningJobBundleConfig"]["mountLocation"] = location
    return input


async def test_the_reports_are_errors(dan: Caller) -> None:
    assert await errors_of(dan, case("13")) == [("OUT_OF_RANGE", ENDPOINT + "memory")]
    assert await errors_of(dan, case("15")) == [("OUT_OF_RANGE", BUNDLE + "registry")]
    assert await errors_of(dan, case("16")) == [("INVALID", JOB + "mountLocation")]


@pytest.mark.parametrize("amount", ["0.5", "0", "0.0Gi", "0.0009k", "0.9999999999999999999999"])
@pytest.mark.parametrize("name", ["memory", "storage"])
async def test_less_than_a_byte_is_an_error(dan: Caller, name: str, amount: str) -> None:
    payload = await dan.create(with_endpoint(**{name: amount}))

    assert payload["errors"] == [
        {
            "code": "OUT_OF_RANGE",
            "path": ["vendorConfiguration", "endpointConfig", name],
            "message": f"{name} must be at least 1 byte, rounded down: write a unit, as in 8Gi.",
        }
    ]


@pytest.mark.parametrize("amount", ["1", "1.9", "0.001k", "8", "512", "16383Ki", "15.9Mi"])
async def test_little_memory_is_a_warning(dan: Caller, amount: str) -> None:
    id, warnings = await created(dan, with_endpoint(memory=amount))
    plan = await planned(dan, id)

    assert told(warnings) == [("OUT_OF_RANGE", ENDPOINT + "memory")]
    assert warnings[0]["message"] == (
        "memory is below 16Mi, too little for a container to start, which would be killed again "
        "and again. A number without a unit is in bytes: write a unit, such as 8Gi."
    )
    assert (plan["errors"], plan["warnings"]) == ([], warnings)


@pytest.mark.parametrize("changes", [{"memory": "16Mi"}, {"storage": "1"}, {"memory": "17M"}])
async def test_enough_memory_is_none(dan: Caller, changes: dict[str, str]) -> None:
    assert (await created(dan, with_endpoint(**changes)))[1] == []


@pytest.mark.parametrize("registry", ["vllm", "team/models", "a-b", "Localhost", "localhost-x/a"])
async def test_a_registry_without_a_host_is_a_warning(dan: Caller, registry: str) -> None:
    id, warnings = await created(dan, with_registry(registry))
    plan = await planned(dan, id)

    assert told(warnings) == [("INVALID", BUNDLE + "registry")]
    assert warnings[0]["message"] == (
        "registry is not a host, which has a dot, a port or is localhost: Launch looks for the "
        f"image {registry}/vllm-openai in its own registry. Write the host before it, such as "
        "docker.io."
    )
    assert (plan["errors"], plan["warnings"]) == ([], warnings)


@pytest.mark.parametrize(
    "registry",
    ["docker.io", "localhost", "localhost/a", "r:5000/a", "r:65535", "[::1]:5000/a", "10.0.0.1:80"],
)
async def test_a_host_is_none(dan: Caller, registry: str) -> None:
    assert (await created(dan, with_registry(registry)))[1] == []


@pytest.mark.parametrize(
    "registry",
    ["r.example:65536", "r.example:0", "r.example:100000/a", "[::1]:99999", "r:" + 200 * "9"],
)
async def test_ports_end_at_65535(dan: Caller, registry: str) -> None:
    payload = await dan.create(with_registry(registry))

    assert told(payload["errors"]) == [("OUT_OF_RANGE", BUNDLE + "registry")]
    assert payload["errors"][0]["message"] == "registry must have a port from 1 to 65535."


async def test_a_port_of_any_length_is_an_error_of_its_field(dan: Caller) -> None:
    payload = await dan.create(with_registry("r.example:" + 5_000 * "9"))

    assert told(payload["errors"]) == [("OUT_OF_RANGE", BUNDLE + "registry")]


@pytest.mark.parametrize(
    "location", ["/x", "//x", "/./x", "/a/../x", "/a/..//x", "/../x", "/a/b/../../x", "///a/.././x"]
)
async def test_nothing_is_mounted_over_the_root(dan: Caller, location: str) -> None:
    payload = await dan.create(with_mount(location))

    assert told(payload["errors"]) == [("INVALID", JOB + "mountLocation")]
    assert payload["errors"][0]["message"] == (
        "mountLocation must be in a folder other than /: Launch mounts that folder in the "
        "container, and would hide all its files. Write a path such as /workspace/config.json."
    )


@pytest.mark.parametrize("location", ["/", "/a/", "/a/b/", "/a/.", "/a/b/..", "//", "/.."])
async def test_a_folder_is_no_file(dan: Caller, location: str) -> None:
    payload = await dan.create(with_mount(location))

    assert told(payload["errors"]) == [("INVALID", JOB + "mountLocation")]
    assert "must be the path of a file" in payload["errors"][0]["message"]


@pytest.mark.parametrize("location", ["/a/x", "/a//x", "//a/x", "/a/../b/x", "/a/.x", "/a/..x"])
async def test_a_file_in_a_folder_is_accepted(dan: Caller, location: str) -> None:
    assert (await created(dan, with_mount(location)))[1] == []


@pytest.mark.parametrize("kind", ["SYNC", "ASYNC"])
async def test_a_worker_gets_20_requests_at_a_time(dan: Caller, kind: str) -> None:
    id, warnings = await created(dan, with_endpoint(perWorker=21) | {"endpointType": kind})
    plan = await planned(dan, id, autoscaling={"perWorker": 32})
    fine = await planned(dan, id, autoscaling={"perWorker": 20})

    assert told(warnings) == [("OUT_OF_RANGE", ENDPOINT + "perWorker")]
    assert told(plan["warnings"]) == [("OUT_OF_RANGE", "autoscaling.perWorker")]
    assert plan["warnings"][0]["message"] == (
        "perWorker is 32, but Launch gives a worker at most 20 requests at a time and would add "
        "workers too late, or never: set it to 20 or less."
    )
    assert plan["errors"] == fine["warnings"] == fine["errors"] == []


@pytest.mark.parametrize("kind", ["SYNC", "STREAMING"])
async def test_a_cluster_with_prometheus_scales_from_zero(mongomock: Database, kind: str) -> None:
    input = with_endpoint(minWorkers=0, perWorker=1) | {"endpointType": kind}
    bundle(input)["streamingCommand"] = ["serve"]
    usual = await a_server(mongomock)
    scaling = await a_server(mongomock, launch_scale_from_zero=True)

    id, warnings = await created(usual, input)
    _, none = await created(scaling, input | {"name": "other"})

    refused = [("OUT_OF_RANGE", ENDPOINT + "minWorkers")]
    assert (told(warnings), none) == (refused, [])
    assert told((await planned(usual, id))["errors"]) == refused
    plan = await planned(scaling, id)
    assert plan["errors"] == plan["warnings"] == []
    assert plan["createModelEndpointRequest"]["min_workers"] == 0


async def test_a_search_without_words_finds_nothing(dan: Caller) -> None:
    await created(dan, case("02"))
    query = "query($text: String) { modelTemplates(filter: {search: $text}) { totalCount } }"

    counts = [
        (await dan.ask(query, text=text))["modelTemplates"]["totalCount"]
        for text in ("🤖", "--", "😀 !", " ", "", None)
    ]

    assert counts == [0, 0, 0, 1, 1, 1]
