"""Creating, reading, updating and deleting templates by SGP's routes."""

from typing import Any

import pytest

from app.domain.naming import camel
from tests.builders import a_parameter, a_viewer, a_wire_template, seeds, with_parameters
from tests.conftest import Login
from tests.rest.conftest import V3, V4, Sgp, detail

BUNDLE_CONFIG = "vendor_configuration.bundle_config"
NOT_FOUND = [
    detail("not_found", "No template has this id, or there is no such route.", "path"),
]


def inner(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value[name]
    return value


def with_value(path: str, value: Any) -> dict[str, Any]:
    """Changes that set a value at a path."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return dict(value)


async def test_a_new_template_has_its_defaults_and_what_the_server_sets(sgp: Sgp) -> None:
    made = await sgp.created()

    given = a_wire_template()
    assert {name: made[name] for name in ("account_id", "name", "endpoint_type", "model_type")} == {
        name: given[name] for name in ("account_id", "name", "endpoint_type", "model_type")
    }
    assert made["created_by_user_id"] == "ann"
    assert made["created_by_identity_type"] == "user"
    assert made["created_at"].endswith("Z")
    assert made["revision"] == 1
    assert made["vendor_configuration"]["endpoint_config"] == {
        "cpus": 3,
        "memory": "8Gi",
        "storage": "16Gi",
        "gpus": 0,
        "gpu_type": None,
        "endpoint_type": "ASYNC",
        "min_workers": 0,
        "max_workers": 1,
        "per_worker": 10,
        "high_priority": False,
    }
    assert (await sgp.http.get(f"{V4}/{made['id']}")).json() == made
    assert (await sgp.http.get(f"{V3}/{made['id']}")).json() == made


@pytest.mark.parametrize("wire", seeds(), ids=lambda wire: wire["name"])
async def test_every_field_of_a_seed_is_answered(sgp: Sgp, wire: dict[str, Any]) -> None:
    response = await sgp.http.post(V4, json={**wire, "account_id": "a1"})

    assert contains(response.json(), {**wire, "account_id": "a1"})


def contains(whole: Any, part: Any) -> bool:
    """Whether everything in the part is in the whole."""
    if isinstance(part, dict):
        return all(name in whole and contains(whole[name], part[name]) for name in part)
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(contains, whole, part))
    return bool(whole == part)


@pytest.mark.parametrize(
    ("path", "default"),
    [
        ("labels", {}),
        ("vendor_configuration.vendor", "LAUNCH"),
        (f"{BUNDLE_CONFIG}.command", []),
        (f"{BUNDLE_CONFIG}.env", {}),
        (f"{BUNDLE_CONFIG}.predict_route", "/predict"),
        ("vendor_configuration.endpoint_config.high_priority", False),
        ("vendor_configuration.endpoint_config.endpoint_type", "ASYNC"),
    ],
)
async def test_null_means_the_default_where_a_field_cannot_be_null(
    sgp: Sgp, path: str, default: Any
) -> None:
    made = await sgp.created(**with_value(path, None))

    assert inner(made, path) == default


async def test_null_means_the_default_of_a_whole_object(sgp: Sgp) -> None:
    without = await sgp.created(name="without")

    made = await sgp.created(vendor_configuration={"endpoint_config": None})

    assert made["vendor_configuration"] == without["vendor_configuration"]


async def test_null_is_kept_where_it_says_something(sgp: Sgp) -> None:
    path = f"{BUNDLE_CONFIG}.streaming_predict_route"

    absent = await sgp.created(name="absent")
    null = await sgp.created(name="null", **with_value(path, None))

    assert inner(absent, path) == "/generate_streaming"
    assert inner(null, path) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"naem": "x"},
            detail(
                "extra_forbidden",
                "naem is not a field of this object. Did you mean name?",
                "naem",
            ),
        ),
        (
            {"endpointType": "SYNC"},
            detail(
                "extra_forbidden",
                "endpointType is not a field of this object: write endpoint_type.",
                "endpointType",
            ),
        ),
        (
            {"model_type": "BUNDLE"},
            detail(
                "invalid",
                "model_type must not be BUNDLE: SGP uses it to show model bundles of Launch in its "
                "interface, and no model can be created from it.",
                "model_type",
            ),
        ),
        ({"name": None}, detail("missing", "name is required.", "name")),
        (
            {"vendor_configuration": {"endpoint_config": {"gpus": 1}}},
            detail(
                "inconsistent",
                "gpu_type is required when gpus is above 0.",
                *("vendor_configuration", "endpoint_config", "gpu_type"),
            ),
        ),
        (
            {"vendor_configuration": {"endpoint_config": {"min_workers": 9, "max_workers": 1}}},
            detail(
                "inconsistent",
                "min_workers must not be greater than max_workers (1).",
                *("vendor_configuration", "endpoint_config", "min_workers"),
            ),
        ),
        (
            {"vendor_configuration": {"bundle_config": {"env": {"maxWorkers": 1}}}},
            detail(
                "invalid",
                "maxWorkers must be a string.",
                *("vendor_configuration", "bundle_config", "env", "maxWorkers"),
            ),
        ),
        (
            with_parameters(a_parameter(name="1")),
            detail(
                "invalid",
                "name must be letters, digits and _, not beginning with a digit.",
                *("model_creation_parameters_schema", "parameters", 0, "name"),
            ),
        ),
        (
            with_parameters(a_parameter(), a_parameter()),
            detail(
                "duplicate",
                "name is already used by an earlier parameter: P.",
                *("model_creation_parameters_schema", "parameters", 1, "name"),
            ),
        ),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_violation_names_its_field_as_it_was_sent(
    sgp: Sgp, changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    details = await sgp.refused("POST", V4, json=a_wire_template(**changes))

    assert details == [{**expected, "loc": ["body", *expected["loc"]]}]


async def test_all_violations_are_reported_at_once(sgp: Sgp) -> None:
    endpoint = {"cpus": 0, "gpus": 1, "foo": 1}
    wrong = a_wire_template(
        name=" ", labels={"-": ""}, vendor_configuration={"endpoint_config": endpoint}
    )
    del wrong["account_id"]

    details = await sgp.refused("POST", V4, json=wrong)

    assert {tuple(each["loc"][1:]) for each in details} == {
        ("account_id",),
        ("name",),
        ("labels", "-"),
        ("vendor_configuration", "endpoint_config", "cpus"),
        ("vendor_configuration", "endpoint_config", "gpu_type"),
        ("vendor_configuration", "endpoint_config", "foo"),
    }


async def test_names_in_camel_case_have_one_error_that_says_what_to_write(sgp: Sgp) -> None:
    wire = a_wire_template()
    wire["endpointType"], wire["accountId"] = wire.pop("endpoint_type"), wire.pop("account_id")

    details = await sgp.refused("POST", V4, json=wire)

    assert [(each["type"], each["loc"], each["msg"]) for each in details] == [
        (
            "extra_forbidden",
            ["body", name],
            f"{name} is not a field of this object: write {meant}.",
        )
        for name, meant in (("endpointType", "endpoint_type"), ("accountId", "account_id"))
    ]


async def test_an_integer_with_a_decimal_point_is_that_integer(sgp: Sgp) -> None:
    endpoint = {"cpus": 3.0, "min_workers": 1e2, "max_workers": 2e2}

    created = await sgp.created(vendor_configuration={"endpoint_config": endpoint})

    found = created["vendor_configuration"]["endpoint_config"]
    assert repr([found[name] for name in endpoint]) == "[3, 100, 200]"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1e30, "must fit in a signed 64-bit integer."),
        (2**31, "must be at most 2,147,483,647."),
        (2.0**31, "must be at most 2,147,483,647."),
        (1.5, "must be an integer."),
    ],
)
async def test_an_integer_that_graphql_could_not_answer_is_refused(
    sgp: Sgp, number: float, said: str
) -> None:
    wrong = a_wire_template(vendor_configuration={"endpoint_config": {"min_workers": number}})

    (found,) = await sgp.refused("POST", V4, json=wrong)

    assert found["loc"] == ["body", "vendor_configuration", "endpoint_config", "min_workers"]
    assert found["msg"] == f"min_workers {said}"


async def test_a_template_that_is_too_large_names_its_largest_field(sgp: Sgp) -> None:
    env = {f"A{number}": "x" * 32_000 for number in range(9)}
    wrong = a_wire_template(vendor_configuration={"bundle_config": {"env": env}})

    (found,) = await sgp.refused("POST", V4, json=wrong)

    assert found["loc"] == ["body"]
    assert found["type"] == "out_of_range"
    assert "vendor_configuration.bundle_config.env alone has 288" in found["msg"]


async def test_a_duplicate_name_is_a_conflict_that_need_not_be_retried(sgp: Sgp) -> None:
    await sgp.created()

    response = await sgp.http.post(V4, json=a_wire_template())

    assert response.status_code == 409
    assert response.headers["x-should-retry"] == "false"
    message = "name is already used in this account."
    assert response.json() == {"detail": [detail("duplicate", message, "body", "name")]}


REPEATED = {"x-stainless-retry-count": "1"}


async def test_a_repeated_create_answers_the_template_that_it_created(sgp: Sgp) -> None:
    first = await sgp.created()

    again = await sgp.http.post(V4, json=a_wire_template(), headers=REPEATED)

    assert again.json() == first
    assert len((await sgp.http.get(V3)).json()) == 1


async def test_a_repeated_create_without_a_template_creates_it(sgp: Sgp) -> None:
    made = await sgp.http.post(V4, json=a_wire_template(), headers=REPEATED)

    assert (await sgp.http.get(f"{V4}/{made.json()['id']}")).json() == made.json()


@pytest.mark.parametrize("count", ["0", "", "x", "٣"])
async def test_a_first_create_is_not_taken_for_a_repeated_one(sgp: Sgp, count: str) -> None:
    await sgp.created()

    headers = {b"x-stainless-retry-count": count.encode()}
    response = await sgp.http.post(V4, json=a_wire_template(), headers=headers)

    assert response.status_code == 409


async def test_a_repeated_create_with_another_input_is_a_conflict(sgp: Sgp) -> None:
    await sgp.created(description="another")

    response = await sgp.http.post(V4, json=a_wire_template(), headers=REPEATED)

    assert response.status_code == 409


async def test_a_repeated_create_does_not_answer_what_somebody_else_created(
    sgp: Sgp, login: Login
) -> None:
    await sgp.created()
    bob = a_viewer()
    other = Sgp(await login(type(bob)(**{**fields(bob), "identity_id": "bob"})))

    response = await other.http.post(V4, json=a_wire_template(), headers=REPEATED)

    assert response.status_code == 409


def fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__struct_fields__}


async def test_a_request_id_makes_a_create_idempotent_as_in_graphql(sgp: Sgp) -> None:
    first = await sgp.created(request_id="r1")

    assert await sgp.created(request_id="r1") == first
    other = a_wire_template(request_id="r1", name="other")
    response = await sgp.http.post(V4, json=other)
    assert response.status_code == 409
    assert response.json()["detail"][0]["loc"] == ["body", "request_id"]


async def test_a_patch_sets_the_fields_that_it_has_and_keeps_the_others(sgp: Sgp) -> None:
    made = await sgp.created(
        labels={"team": "a"}, vendor_configuration={"bundle_config": {"env": {"A": "1"}}}
    )
    path = f"{V3}/{made['id']}"

    changes = {
        "name": "renamed",
        "vendor_configuration": {"bundle_config": {"tag": "2", "streaming_predict_route": None}},
    }
    response = await sgp.http.patch(path, json=changes)

    changed = response.json()
    bundle_config = made["vendor_configuration"]["bundle_config"]
    bundle_config |= {"tag": "2", "streaming_predict_route": None}
    assert changed == {
        **made,
        "name": "renamed",
        "revision": 2,
        "updated_at": changed["updated_at"],
    }
    assert (await sgp.http.get(path)).json() == changed


async def test_null_in_a_patch_restores_the_default(sgp: Sgp) -> None:
    endpoint = {"cpus": 5, "max_workers": 7}
    made = await sgp.created(
        labels={"team": "a"}, vendor_configuration={"endpoint_config": endpoint}
    )
    path = f"{V3}/{made['id']}"

    one = await sgp.http.patch(
        path, json=with_value("vendor_configuration.endpoint_config.cpus", None)
    )
    both = await sgp.http.patch(
        path, json={"labels": None, "vendor_configuration": {"endpoint_config": None}}
    )

    assert inner(one.json(), "vendor_configuration.endpoint_config")["cpus"] == 3
    assert inner(one.json(), "vendor_configuration.endpoint_config")["max_workers"] == 7
    assert inner(both.json(), "vendor_configuration.endpoint_config")["max_workers"] == 1
    assert both.json()["labels"] == {}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"endpointType": "SYNC"},
            "endpointType is not a field of this object: write endpoint_type.",
        ),
        (
            {"vendor_configuration": {"bundle_config": {"predictRoute": "/p", "comand": ["x"]}}},
            "vendor_configuration.bundle_config.predictRoute: predictRoute is not a field of this "
            "object: write predict_route. vendor_configuration.bundle_config.comand: comand is not "
            "a field of this object. Did you mean command?",
        ),
    ],
)
async def test_a_patch_with_other_names_says_which_to_write(
    sgp: Sgp, changes: dict[str, Any], said: str
) -> None:
    made = await sgp.created()

    text = await sgp.text("PATCH", f"{V3}/{made['id']}", json=changes)

    assert text == said


async def test_the_violations_of_a_patch_are_one_text(sgp: Sgp) -> None:
    made = await sgp.created()
    wrong = {"model_type": "X", "foo": 1, "vendor_configuration": {"bundle_config": {"bar": 1}}}

    text = await sgp.text("PATCH", f"{V3}/{made['id']}", json=wrong)

    assert "foo is not a field of this object." in text
    assert f"{BUNDLE_CONFIG}.bar: bar is not a field of this object." in text
    assert "model_type must be one of" in text
    assert (await sgp.http.get(f"{V3}/{made['id']}")).json() == made


async def test_deleting_answers_as_sgp_does(sgp: Sgp) -> None:
    made = await sgp.created()

    response = await sgp.http.delete(f"{V4}/{made['id']}")

    assert response.json() == {"success": True, "count": 1}
    assert await sgp.refused("GET", f"{V4}/{made['id']}", 404) == NOT_FOUND
    assert await sgp.refused("DELETE", f"{V4}/{made['id']}", 404) == NOT_FOUND


@pytest.mark.parametrize(
    "path",
    [f"{V4}/none", f"{V4}/a%2Fb", f"{V4}/", f"{V4}/%00", "/v4/none", "/v4/", f"{V4}s", f"{V4}/a/b"],
)
async def test_nothing_is_found_with_the_same_answer_everywhere(sgp: Sgp, path: str) -> None:
    assert await sgp.refused("GET", path, 404) == NOT_FOUND


async def test_templates_of_other_accounts_do_not_exist(sgp: Sgp, login: Login) -> None:
    made = await sgp.created()
    bob = Sgp(await login(a_viewer(b1="write")))

    assert await bob.refused("GET", f"{V4}/{made['id']}", 404) == NOT_FOUND
    assert await bob.refused("DELETE", f"{V4}/{made['id']}", 404) == NOT_FOUND
    await bob.text("PATCH", f"{V3}/{made['id']}", 404, json={"name": "mine"})
    assert (await sgp.http.get(f"{V4}/{made['id']}")).json() == made


async def test_who_only_reads_cannot_write(sgp: Sgp, login: Login) -> None:
    made = await sgp.created()
    reader = Sgp(await login(a_viewer(a1="read")))
    forbidden = [detail("forbidden", "The API key does not permit this on that account.")]

    assert await reader.refused("POST", V4, 403, json=a_wire_template(name="x")) == forbidden
    assert await reader.refused("DELETE", f"{V4}/{made['id']}", 403) == forbidden
    await reader.text("PATCH", f"{V3}/{made['id']}", 403, json={"name": "mine"})
    assert (await reader.http.get(f"{V4}/{made['id']}")).json() == made


async def test_an_archived_template_is_retrieved_but_not_listed(sgp: Sgp) -> None:
    made = await sgp.created()
    archive = """mutation($id: ID!) {
      updateModelTemplate(input: {id: $id, archived: true}) { errors { code } }
    }"""
    await sgp.caller.ask(archive, id=made["id"])

    found = (await sgp.http.get(f"{V4}/{made['id']}")).json()

    assert found["archived_at"] is not None
    assert (await sgp.http.get(V4)).json()["items"] == []
    assert (await sgp.http.get(V3)).json() == []


async def test_both_apis_have_the_same_templates(sgp: Sgp) -> None:
    made = await sgp.created(description="by REST")
    query = "query($id: ID!) { modelTemplate(id: $id) { description revision endpointType } }"

    found = (await sgp.caller.ask(query, id=made["id"]))["modelTemplate"]

    names = ("description", "revision", "endpoint_type")
    assert found == {camel(name): made[name] for name in names}
