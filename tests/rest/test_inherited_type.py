"""Whether the type of an endpoint was given is stored, but is no field of the API."""

from typing import Any

import pytest

from tests.builders import a_wire_template
from tests.rest.conftest import V3, V4, Sgp

HIDDEN = "keeps_endpoint_type"


def endpoint(**fields: Any) -> dict[str, Any]:
    return {"vendor_configuration": {"endpoint_config": fields}}


async def types(sgp: Sgp, id: str, **patch: Any) -> tuple[str, str]:
    """The types of a template and of its endpoint after a patch, as a read answers them."""
    response = await sgp.http.patch(f"{V3}/{id}", json=patch)
    assert response.status_code == 200, response.text
    read = await sgp.http.get(f"{V4}/{id}")
    assert read.json() == response.json()
    assert HIDDEN not in read.text
    endpoint = read.json()["vendor_configuration"]["endpoint_config"]
    return read.json()["endpoint_type"], endpoint["endpoint_type"]


async def test_an_inherited_type_follows_that_of_the_template(sgp: Sgp) -> None:
    id = (await sgp.created(endpoint_type="ASYNC", **endpoint(cpus=2)))["id"]

    assert await types(sgp, id, endpoint_type="SYNC") == ("SYNC", "SYNC")
    assert await types(sgp, id, **endpoint(endpoint_type="SYNC")) == ("SYNC", "SYNC")
    assert await types(sgp, id, endpoint_type="ASYNC") == ("ASYNC", "SYNC")
    assert await types(sgp, id, **endpoint(endpoint_type=None)) == ("ASYNC", "ASYNC")
    assert await types(sgp, id, endpoint_type="SYNC") == ("SYNC", "SYNC")


async def test_a_given_type_stays(sgp: Sgp) -> None:
    id = (await sgp.created(endpoint_type="ASYNC", **endpoint(endpoint_type="ASYNC")))["id"]

    assert await types(sgp, id, endpoint_type="SYNC") == ("SYNC", "ASYNC")


@pytest.mark.parametrize("name", [HIDDEN, "keepsEndpointType"])
async def test_the_stored_mark_is_an_unknown_field(sgp: Sgp, name: str) -> None:
    id = (await sgp.created())["id"]
    body = a_wire_template(name="other", **endpoint(**{name: True}))

    created = await sgp.refused("POST", V4, json=body)
    patched = await sgp.text("PATCH", f"{V3}/{id}", json=endpoint(**{name: True}))

    loc = ["body", "vendor_configuration", "endpoint_config", name]
    assert [(each["loc"], each["type"]) for each in created] == [(loc, "extra_forbidden")]
    assert name in patched


@pytest.mark.parametrize("first", [{}, {"endpoint_type": "ASYNC"}], ids=["inherited", "given"])
async def test_a_create_is_repeated_whether_its_type_is_given_or_not(
    sgp: Sgp, first: dict[str, Any]
) -> None:
    body = a_wire_template(name="same", endpoint_type="ASYNC", **endpoint(cpus=1, **first))
    created = await sgp.http.post(V4, json=body)

    again = await sgp.http.post(V4, json=body, headers={"x-stainless-retry-count": "1"})

    assert (again.status_code, again.json()) == (200, created.json())


@pytest.mark.parametrize(
    "id", ["%00", "%ED%A0%80", "%FF", "a" * 5000, "%2e%2e%2fv4", " ", "%F0%9F%98%80", "{}"]
)
async def test_odd_ids_are_not_found(sgp: Sgp, id: str) -> None:
    for method in ("GET", "DELETE"):
        (found,) = await sgp.refused(method, f"{V4}/{id}", 404)
        assert found["type"] == "not_found"
