"""Mistakes in variables hide no violation of the input that can be told without them."""

import copy
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from graphql import GraphQLNonNull, coerce_input_value, get_nullable_type, is_list_type
from hypothesis import given
from hypothesis import strategies as st

from app.domain.validation.json_schema import schema_violations
from app.domain.validation.rules import rule_violations
from app.graphql.derive import Built
from app.graphql.execute import Executor
from app.graphql.input_violations import input_errors
from app.graphql.inputs import coercer
from app.graphql.limits.limits import Limits
from app.graphql.operation import Operation, Prepared
from app.graphql.schema import schema
from tests.builders import NAMED, a_parameter, a_wire_template, an_input, seeds, with_parameters
from tests.conftest import Caller

CORE = schema._schema
INPUT: Any = CORE.get_type("CreateModelTemplateInput")
CREATE = """mutation($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { errors { path } } }"""
VALIDATE = "query($input: CreateModelTemplateInput!) { validateModelTemplate(input: $input) "
VALIDATE += "{ valid } }"
UPDATE = """mutation($input: UpdateModelTemplateInput!) {
  updateModelTemplate(input: $input) { errors { path } } }"""
FULL = a_wire_template(
    description="It reads.",
    labels={"team": "ml"},
    request_id="r1",
    vendor_configuration={
        "endpoint_config": {"cpus": 2, "gpus": 1, "gpu_type": "nvidia-tesla-t4", "max_workers": 3},
        "fine_tuning_job_bundle_config": {
            "registry": "docker.io", "image": "a/b", "tag": "1", "resources": {"memory": "1Gi"},
        },
    },
    **with_parameters(
        a_parameter(name="A", type="int", minimum=0.5, maximum=3, default=1),
        a_parameter(name="B", min_length=1, max_length=5, pattern="^a", enum=["ab", "ac"]),
    ),
)  # fmt: skip
INPUTS = [an_input({"account_id": "a1", **wire}) for wire in (FULL, FULL, *seeds())]
WRONG = {"no": ["such", "thing"]}
"""It is of no type but JSON, and of a list's as its only entry."""

EDITS = ["", " ", "a b", "x" * 300, "0", "A", "[", "\0", 0, -1, 2, 99_999_999, 1.5, None, True]


def places(value: Any, type_: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """The paths of the values in an input, with their types."""
    type_ = get_nullable_type(type_)
    if path:
        yield path, type_
    if isinstance(value, dict) and hasattr(type_, "fields"):
        for name, member in value.items():
            yield from places(member, type_.fields[name].type, (*path, name))
    elif isinstance(value, list) and is_list_type(type_):
        for position, member in enumerate(value):
            yield from places(member, type_.of_type, (*path, position))


def put(value: Any, path: tuple[Any, ...], new: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = copy.deepcopy(new)


def is_inside(path: tuple[Any, ...], parents: Any) -> bool:
    return any(path[:length] in parents for length in range(len(path) + 1))


def texts(path: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(map(str, path))


def all_violations(value: Any) -> tuple[set[Any], set[Any]]:
    """The violations of the schema and of rules between fields, by path and message."""
    command = coercer(GraphQLNonNull(INPUT))(value)
    assert isinstance(command, Built)
    found = schema_violations(type(command.value), msgspec.to_builtins(command.value))
    by_rules = rule_violations(command.value)
    return {(e.path, e.message) for e in found}, {(e.path, e.message) for e in by_rules}


def told(value: Any) -> list[tuple[tuple[str, ...], str]]:
    executor = Executor(schema, Limits())
    asked = Operation(query=CREATE, variables={"input": value})
    prepared = executor.prepare(asked, read_only=False)
    assert isinstance(prepared, Prepared)
    errors = input_errors(CORE, prepared)
    return [(tuple((error.extensions or {})["path"]), error.message) for error in errors]


@given(st.data())
def test_what_is_told_is_true_and_all_that_fields_alone_violate(data: st.DataObject) -> None:
    value = copy.deepcopy(data.draw(st.sampled_from(INPUTS)))
    for _ in range(data.draw(st.integers(0, 4))):
        path, type_ = data.draw(st.sampled_from([*places(value, INPUT)]))
        edited = copy.deepcopy(value)
        put(edited, path, data.draw(st.sampled_from(EDITS)))
        if isinstance(coerce_input_value(edited, INPUT), dict):
            value = edited
    try:
        by_schema, by_rules = all_violations(value)
    except Exception:
        return  # It has to be coerced by graphql-core first, as a value in place of a list has.
    mistaken, mistakes = copy.deepcopy(value), set[tuple[str, ...]]()
    for _ in range(data.draw(st.integers(1, 3))):
        path, type_ = data.draw(st.sampled_from([*places(value, INPUT)]))
        if is_inside(texts(path), mistakes) or is_list_type(type_):
            continue
        if isinstance(coerce_input_value(WRONG, type_), dict):
            continue  # JSON may be anything.
        put(mistaken, path, WRONG)
        mistakes.add(texts(path))
    answered = told(mistaken)

    assert not [path for path, _ in answered if is_inside(path, mistakes)]
    assert {*answered} <= by_schema | by_rules
    if len(answered) < 20:
        certain = {path for path, _ in by_schema if not is_inside(path, mistakes)}
        assert certain <= {path for path, _ in answered}


ENDPOINT = ("vendorConfiguration", "endpointConfig")


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ({"cpus": "four", "gpus": 1}, {"gpuType"}),
        ({"gpus": "one", "gpuType": "NVIDIA_TESLA_T4"}, set()),
        ({"gpus": "one", "memory": "0", "perWorker": 0}, {"memory", "perWorker"}),
        ({"memory": 5, "storage": "0"}, {"storage"}),
        ({"minWorkers": 5, "maxWorkers": "x"}, set()),
        ({"minWorkers": "x", "maxWorkers": 0}, set()),
        ({"minWorkers": 5, "maxWorkers": 1, "highPriority": "yes"}, {"minWorkers"}),
        ({"gpuType": "NO_SUCH", "gpus": 0}, set()),
        ({"no": 1, "gpus": -1}, {"gpus"}),
    ],
)
async def test_a_rule_between_fields_needs_what_it_depends_on(
    ann: Caller, endpoint: Any, expected: set[str]
) -> None:
    template = an_input(a_wire_template())
    template["vendorConfiguration"]["endpointConfig"] = endpoint

    for query in (CREATE, VALIDATE):
        errors = (await ann.post(query, input=template)).json()["errors"]

        assert "has invalid value" in errors[0]["message"]
        paths = [error["extensions"]["path"] for error in errors[1:]]
        assert sorted(paths) == sorted([*ENDPOINT, name] for name in expected)


async def test_an_update_tells_what_its_changes_violate(ann: Caller) -> None:
    created = (await ann.create(an_input(a_wire_template())))["modelTemplate"]
    changes = {
        "id": created["id"],
        "name": "",
        "labels": None,
        "archived": None,
        "endpointType": "NO_SUCH",
        "vendorConfiguration": {"bundleConfig": {"tag": "a b"}, "endpointConfig": {"gpus": 1}},
    }

    answer = (await ann.post(UPDATE, input=changes)).json()
    revision = await ann.ask("query($id: ID!) { modelTemplate(id: $id) { revision } }", **created)

    told = [
        (error["extensions"]["path"], error["extensions"]["violation"], error["message"])
        for error in answer["errors"][1:]
    ]
    assert answer.keys() == {"errors"}
    assert told == [
        (["archived"], "REQUIRED", "archived must not be null."),
        (["labels"], "REQUIRED", "labels is required."),
        (
            ["vendorConfiguration", "bundleConfig", "tag"],
            "INVALID",
            "tag must be an image tag: at most 128 letters, digits, _, . and -, without a digest.",
        ),
        (["name"], "REQUIRED", "name must not be blank."),
    ]
    assert revision == {"modelTemplate": {"revision": 1}}


INLINE = """mutation($cpus: Int = 1, $tag: String!, $type: ModelType!, $more: Boolean = true) {
  a: createModelTemplate(input: {
    accountId: "a1", name: "", endpointType: ASYNC, modelType: $type,
    vendorConfiguration: {
      bundleConfig: {registry: "docker.io", image: "a/b", tag: $tag},
      endpointConfig: {cpus: $cpus, gpuType: NVIDIA_TESLA_T4}
    }
  }) { errors { path } }
  ... on Mutation @include(if: $more) { ...Again }
}
fragment Again on Mutation {
  b: createModelTemplate(input: {
    accountId: "a1", name: "b", endpointType: ASYNC, modelType: $type, labels: {_: $tag},
    vendorConfiguration: {bundleConfig: {registry: "docker.io", image: "a b", tag: "1"}}
  }) { errors { path } }
}"""


async def test_inputs_with_variables_inside_are_told_as_well(ann: Caller) -> None:
    errors = (await ann.post(INLINE, tag="a b", type="NO_SUCH")).json()["errors"]

    assert "Variable '$type' has invalid value" in errors[0]["message"]
    paths = [".".join(error["extensions"]["path"]) for error in errors[1:]]
    assert paths == [
        "vendorConfiguration.bundleConfig.tag",
        "name",
        "vendorConfiguration.endpointConfig.gpuType",
        "labels._",
        "vendorConfiguration.bundleConfig.image",
    ]


@pytest.mark.parametrize("more", [False, None, "yes"])
async def test_a_skipped_input_is_none(ann: Caller, more: Any) -> None:
    errors = (await ann.post(INLINE, tag="a b", type="NO_SUCH", more=more)).json()["errors"]

    paths = [error["extensions"]["path"] for error in errors if "path" in error["extensions"]]
    assert len(paths) == 3
    assert ["labels", "_"] not in paths


async def test_the_errors_are_bounded(ann: Caller) -> None:
    template = an_input(a_wire_template(labels={f"a b{n}": "" for n in range(60)}, name=""))
    template["endpointType"] = 5

    errors = (await ann.post(CREATE, input=template)).json()["errors"]

    assert len(errors) == 20
    assert errors[1]["extensions"] == {
        "code": "BAD_USER_INPUT",
        "argument": "input",
        "path": ["labels", "a b0"],
        "violation": "INVALID",
        **NAMED,
    }


@pytest.mark.parametrize("input", [None, 5, "x", [], [{}], {}, {"vendorConfiguration": [[]]}])
async def test_an_input_of_no_kind_is_only_its_own_errors(ann: Caller, input: Any) -> None:
    for query in (CREATE, VALIDATE, UPDATE):
        answer = await ann.post(query, input=input)

        messages = [error["message"] for error in answer.json()["errors"]]
        assert all("has invalid value" in message for message in messages), messages
