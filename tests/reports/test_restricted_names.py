"""Variables that Launch keeps for itself: with one of them, an endpoint is never built."""

from typing import Any

import pytest

from app.domain.launch.restricted_names import RESTRICTED, RESTRICTED_NAMES
from tests.builders import a_parameter, an_input
from tests.conftest import Caller
from tests.reports.reported import BUNDLE, bundle, case, created, errors_of, planned, told

NAMES = ["DD_SERVICE", "S3_BUCKET", "HTTP_PORT", "OMP_THREAD_LIMIT", "AWS_PROFILE"]
PORT = ("INCONSISTENT", BUNDLE + "env.HTTP_PORT")


def with_parameter(**changes: Any) -> Any:
    input = case("01")
    bundle(input)["env"] = {}
    fields = [an_input(a_parameter(**changes))]
    return {**input, "modelCreationParametersSchema": {"parameters": fields}}


async def test_each_name_is_a_warning_and_an_error_of_the_plan(dan: Caller) -> None:
    id, warnings = await created(dan, case("01"))
    plan = await planned(dan, id)

    restricted = [("INVALID", f"{BUNDLE}env.{name}") for name in NAMES]
    assert told(warnings) == [*restricted, PORT]
    assert [each["message"] for each in warnings[:5]] == [f"{name} {RESTRICTED}." for name in NAMES]
    assert "UPDATE_PENDING for ever" in RESTRICTED
    assert told(plan["errors"]) == restricted
    assert told(plan["warnings"]) == [PORT]
    assert plan["createModelBundleRequest"] is plan["createModelEndpointRequest"] is None


@pytest.mark.parametrize("name", sorted(RESTRICTED_NAMES))
async def test_a_creation_parameter_of_such_a_name_is_one(dan: Caller, name: str) -> None:
    id, warnings = await created(dan, with_parameter(name=name))

    assert told(warnings) == [("INVALID", "modelCreationParametersSchema.parameters.0.name")]
    assert warnings[0]["message"] == f"name {name} {RESTRICTED}."
    assert told((await planned(dan, id, parameters={name: "5005"}))["errors"]) == [
        ("INVALID", f"modelCreationParameters.{name}")
    ]
    assert (await planned(dan, id))["errors"] == []  # Without a value, there is no variable.


async def test_its_default_counts_and_hides_no_other_error(dan: Caller) -> None:
    id, _ = await created(dan, with_parameter(name="S3_BUCKET", default="b"))

    assert told((await planned(dan, id, parameters={"X": 1}))["errors"]) == [
        ("UNKNOWN", "modelCreationParameters.X"),
        ("INVALID", "modelCreationParameters.S3_BUCKET"),
    ]


async def test_names_are_compared_as_they_are_written(dan: Caller) -> None:
    input = case("01")
    bundle(input)["env"] = {"s3_bucket": "b", "S3_BUCKET_": "b", "DD": "x"}

    id, warnings = await created(dan, input)

    assert warnings == []
    assert (await planned(dan, id))["errors"] == []


async def test_a_template_without_an_endpoint_and_a_job_may_have_them(dan: Caller) -> None:
    input = case("02")
    input |= {"endpointType": "BATCH"}
    bundle(input)["env"] = {"S3_BUCKET": "b"}
    input["vendorConfiguration"]["fineTuningJobBundleConfig"]["env"] = {"DD_ENV": "x"}

    id, warnings = await created(dan, input)

    assert warnings == []
    assert (await planned(dan, id))["errors"] == []


async def test_a_name_that_no_variable_may_have_is_still_an_error(dan: Caller) -> None:
    input = case("01")
    bundle(input)["env"] = {"S3-BUCKET": "b"}

    assert await errors_of(dan, input) == [("INVALID", BUNDLE + "env.S3-BUCKET")]
