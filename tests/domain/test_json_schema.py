"""Simple constraints: the fast path never accepts what the JSON Schema rejects."""

import copy
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid, UserError, UserErrorCode
from app.domain.model_template import (
    CreateModelTemplate,
    ModelTemplate,
    ModelTemplateRevision,
    ModelTemplateSpec,
)
from app.domain.validation import json_schema as module
from app.domain.validation.fast_path import accepts, fast_type
from app.domain.validation.json_schema import (
    is_surely_valid,
    json_schema,
    schema_violations,
    user_error,
)
from app.domain.validation.untyped_input import checked
from app.transfer import wire
from tests.builders import (
    MINIMAL,
    NEWER_FIELDS,
    a_create_command,
    a_parameter,
    a_viewer,
    a_wire_template,
    seeds,
    with_parameters,
)

CLASSES = [ModelTemplateSpec, CreateModelTemplate, ModelTemplate, ModelTemplateRevision]

SPARSE = a_wire_template(
    vendor_configuration={
        "fine_tuning_job_bundle_config": {"registry": "docker.io", "image": "a/tune", "tag": "1"}
    }
)
"""A template that relies on all defaults of the classes."""

WITH_NEWER_FIELDS = a_wire_template(name="newer fields", **NEWER_FIELDS)


def stored(seed: dict[str, Any], cls: type) -> Any:
    """A seed as a class has it, every field written out."""
    made: Any = wire.read({**seed, "account_id": "a1", "request_id": "r1"})
    if cls in (ModelTemplate, ModelTemplateRevision):
        at, identity = datetime.now(UTC), a_viewer().identity()
        made = ModelTemplate.create(made, id="t1", identity=identity, at=at)
    if cls is ModelTemplateRevision:
        made = ModelTemplateRevision.of(made)
    names = {field.encode_name for field in msgspec.structs.fields(cls)}
    return {name: value for name, value in msgspec.to_builtins(made).items() if name in names}


def without_fast_path(cls: type, values: Any, closed: bool) -> list[UserError]:
    """The violations that the JSON Schema alone reports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "accepts", lambda *_: False)
        return [*schema_violations(cls, values, closed=closed)]


def schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema in a schema, itself included."""
    yield node
    parts = [*node.get("properties", {}).values(), *node.get("anyOf", ())]
    for keyword in ("items", "additionalProperties"):
        parts += [node[keyword]] if isinstance(node.get(keyword), dict) else []
    for part in parts:
        yield from schemas(part)


@pytest.mark.parametrize(
    "seed", [*seeds(), SPARSE, WITH_NEWER_FIELDS], ids=lambda seed: seed["name"]
)
@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("cls", CLASSES)
def test_the_fast_path_accepts_a_valid_template(
    cls: type, closed: bool, seed: dict[str, Any]
) -> None:
    """It could not be built if it lacked a keyword, and would be useless if it were too strict."""
    assert accepts(fast_type(json_schema(cls, closed=closed)), stored(seed, cls))


@pytest.mark.parametrize("cls", CLASSES)
def test_an_unsupported_keyword_is_not_ignored(cls: type) -> None:
    schema = copy.deepcopy(json_schema(cls, closed=True))
    for node in schemas(schema):
        node["multipleOf"] = 2
        with pytest.raises(TypeError, match="multipleOf"):
            fast_type(schema)
        del node["multipleOf"]
    fast_type(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"maxLength": 1},
        {"type": "number", "minimum": 0},
        {"type": ["string", "null"]},
        {"type": "string", "enum": ["a"]},
        {"anyOf": [{"type": "string", "maxLength": 1}], "maxLength": 2},
        {"type": "object", "propertyNames": {"multipleOf": 2}},
        {"type": "object", "properties": {}, "required": [], "additionalProperties": {}},
    ],
    ids=str,
)
def test_an_inexpressible_schema_has_no_fast_path(schema: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        fast_type(schema)


BEYOND: dict[str, Callable[[Any], list[Any]]] = {
    "minimum": lambda limit: [limit - 1],
    "maximum": lambda limit: [limit + 1],
    "minLength": lambda limit: ["a" * (limit - 1)],
    "maxLength": lambda limit: ["a" * (limit + 1), "/" * (limit + 1), "1" * (limit + 1)],
    "maxBytes": lambda limit: ["a" * (limit + 1), "\U0001f600" * (limit // 4 + 1)],
    "pattern": lambda _: ["a\n", "/\n", "1\n"],
    "minItems": lambda limit: [[""] * (limit - 1)],
    "maxItems": lambda limit: [[part] * (limit + 1) for part in ("", "/", a_parameter())],
    "maxProperties": lambda limit: [{f"k{n}": "" for n in range(limit + 1)}],
    "enum": lambda members: [members[0] + "\n"],
    "propertyNames": lambda _: [{"a\n": ""}],
}
"""By keyword: values that violate it; some of them violate nothing else."""


@pytest.mark.parametrize("keyword", BEYOND)
def test_the_fast_path_enforces_each_limit(keyword: str) -> None:
    nodes = schemas(json_schema(CreateModelTemplate))
    limited = [node for node in nodes if keyword in node]
    assert limited
    for node in limited:
        unlimited = {key: value for key, value in node.items() if key != keyword}
        broken = BEYOND[keyword](node[keyword])
        assert not any(accepts(fast_type(node), value) for value in broken)
        assert any(accepts(fast_type(unlimited), value) for value in broken)


WILD_TEXT = ["", " ", "a", "A", "a\n", "\n", "a\0", "a\ud800", "é", "\U0001f600", "n" * 1_001]
WILD: list[Any] = [
    *(None, True, False, 0, -1, 1.0, 3.0, 2.5, float("nan"), float("inf"), 86_401),
    *(2**63, -(2**63) - 1, 2**64, 10**400, [], {}, [1], [None], {"a": 1}, {1: "a"}),
    *(datetime(2026, 1, 1, tzinfo=UTC), b"a", ("a",), {"a"}, *WILD_TEXT),
]
WILD_NAMES: list[Any] = ["unknown", "description", "1A", "-k", 1, None, *WILD_TEXT]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a tree."""
    yield path
    if isinstance(value, dict | list):
        for name in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[name], (*path, name))


def altered(draw: st.DrawFn, value: Any) -> Any:
    """A replacement for a value: an arbitrary one, or a slightly different one."""
    others = st.sampled_from(WILD)
    if isinstance(value, str):
        others |= st.sampled_from(WILD_TEXT).map(value.__add__)
        others |= st.sampled_from([65, 129, 256, 513, 20_001]).map(lambda n: value.ljust(n, "a"))
    elif isinstance(value, list):
        others |= st.sampled_from(WILD).map(lambda member: [*value, member])
        others |= st.sampled_from([tuple(value), value + value[:1] * 256])
    elif isinstance(value, dict):
        entry = st.tuples(st.sampled_from(WILD_NAMES), st.sampled_from(WILD))
        others |= entry.map(lambda entry: {**value, entry[0]: entry[1]})
        others |= st.sampled_from([65, 257]).map(
            lambda count: {**value, **{f"k{n}": "" for n in range(count)}}
        )
    elif isinstance(value, int | float):
        others |= st.sampled_from([-value, value + 1, value * 10**6, str(value)])
    return deepcopy(draw(others))  # What is placed may be altered again.


@st.composite
def wild_templates(draw: st.DrawFn, cls: type) -> Any:
    """A template with a few parts dropped or altered."""
    template = stored(draw(st.sampled_from([*seeds(), WITH_NEWER_FIELDS])), cls)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([*places(template)][1:]))
        parent = template
        for part in path[:-1]:
            parent = parent[part]
        if draw(st.integers(0, 3)):
            parent[path[-1]] = altered(draw, parent[path[-1]])
        else:
            del parent[path[-1]]
    return template


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("cls", [CreateModelTemplate, ModelTemplate])
@given(choice=st.data())
def test_the_fast_path_hides_no_violation(cls: type, closed: bool, choice: st.DataObject) -> None:
    values = choice.draw(wild_templates(cls))

    assert [*schema_violations(cls, values, closed=closed)] == without_fast_path(
        cls, values, closed
    )


@given(choice=st.data())
def test_the_fast_path_of_objects_hides_no_violation(choice: st.DataObject) -> None:
    values = choice.draw(wild_templates(CreateModelTemplate))
    try:
        value = msgspec.convert(values, CreateModelTemplate)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return

    found = without_fast_path(CreateModelTemplate, msgspec.to_builtins(value), closed=False)

    assert not found or not is_surely_valid(value)


@pytest.mark.parametrize(
    "seed", [*seeds(), SPARSE, WITH_NEWER_FIELDS], ids=lambda seed: seed["name"]
)
def test_the_fast_path_accepts_a_valid_object(seed: dict[str, Any]) -> None:
    assert is_surely_valid(wire.read({**seed, "account_id": "a1"}))


@pytest.mark.parametrize(
    "value", [2**63, 1e999, float("nan"), "\0", "\ud800", [1], (1,), {1}, b"a"]
)
def test_the_fast_path_accepts_no_object_with_what_parameters_cannot_have(value: Any) -> None:
    parameter = a_parameter(type="str", default=value)

    assert not is_surely_valid(a_create_command(**with_parameters(parameter)))


@pytest.mark.parametrize("cls", [ModelTemplateSpec, CreateModelTemplate])
def test_unknown_fields_are_admitted_unless_closed(cls: type) -> None:
    values = {**stored(SPARSE, cls), "unknown": 1}

    assert [*schema_violations(cls, values)] == []
    (error,) = schema_violations(cls, values, closed=True)
    assert (error.code.name, error.path) == ("UNKNOWN", ("unknown",))
    assert json_schema(cls) == json_schema(cls, closed=False) != json_schema(cls, closed=True)


def test_values_are_made_with_unknown_fields_unless_closed() -> None:
    values = {**MINIMAL, "unknown": 1}

    assert checked(CreateModelTemplate, values).name == "echo"
    with pytest.raises(Invalid):
        checked(CreateModelTemplate, values, closed=True)


PLAIN: list[Any] = [None, True, 2**63 - 1, -(2**63), 1.5, "a", [1, [2]], {"a": {"b": []}}]
NOT_PLAIN: list[Any] = [
    *(2**63, -(2**63) - 1, float("nan"), float("inf"), "\0", "\ud800"),
    *((1,), {1}, b"a", [[2**63]], {"a": ["\0"]}),
]


@pytest.mark.parametrize(
    ("value", "is_accepted"),
    [*((value, True) for value in PLAIN), *((value, False) for value in NOT_PLAIN)],
)
def test_the_fast_path_takes_what_json_has_and_the_database_holds(
    value: Any, is_accepted: bool
) -> None:
    assert accepts(Any, value) is is_accepted


@pytest.mark.parametrize(
    ("number", "told"),
    [
        *((number, []) for number in (2**63 - 1, -(2**63), -(2**62), 0)),
        *((number, ["default"]) for number in (2**63, -(2**63) - 1)),
    ],
)
def test_beside_another_violation_only_numbers_over_64_bits_are_told(
    number: int, told: list[str]
) -> None:
    parameter = a_parameter(type="int", default=number)
    values = {**stored(SPARSE, CreateModelTemplate), **with_parameters(parameter), "name": 1}

    found = schema_violations(CreateModelTemplate, values)

    assert [error.path[-1] for error in found] == ["name", *told]


@pytest.mark.parametrize(
    ("schema", "taken", "refused"),
    [
        ({"type": "string", "maxBytes": 8}, "aa", "a" * 9),
        ({"type": "string", "maxBytes": 8}, "\U0001f600" * 2, "\U0001f600" * 3),
        ({"type": "string", "maxBytes": 8, "maxLength": 1}, "a", "aa"),
        ({"type": "string", "minLength": 1}, "a", ""),
        ({"type": "integer", "minimum": 1, "maximum": 2}, 2, 3),
        ({"type": "array", "items": {}, "minItems": 1, "maxItems": 2}, [1, 2], [1, 2, 3]),
        ({"type": "object", "maxProperties": 1}, {"a": 1}, {"a": 1, "b": 2}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, None, 1),
        ({"enum": ["a", "b"]}, "b", "c"),
    ],
)
def test_a_fast_type_has_the_limits_of_its_schema(
    schema: dict[str, Any], taken: Any, refused: Any
) -> None:
    assert accepts(fast_type(schema), taken)
    assert not accepts(fast_type(schema), refused)


def test_fields_are_open_unless_closed_and_only_required_ones_are_needed() -> None:
    schema = {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a"]}

    assert accepts(fast_type(schema), {"a": 1, "c": 1})
    assert not accepts(fast_type(schema), {"b": 1})
    assert not accepts(fast_type({**schema, "additionalProperties": False}), {"a": 1, "c": 1})
    assert accepts(fast_type({**schema, "additionalProperties": True}), {"a": 1, "c": 1})


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ((), "The input"),
        (("name",), "name"),
        (("a", "command", "0"), "command[0]"),
        (("labels", "k"), "k"),
        (("12",), "12"),
    ],
)
def test_a_message_begins_with_the_field(path: tuple[str, ...], subject: str) -> None:
    error = user_error(UserErrorCode.INVALID, path, "is wrong")

    assert (error.message, error.path) == (f"{subject} is wrong.", path)


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"x\ud800": 1}, ("x\ud800",)),
        ({"model_type": "\ud800"}, ("modelType",)),
        ({"labels": {"\ud800": "x"}}, ("labels", "\ud800")),
        (with_parameters(a_parameter(default=_nested(5_000))), ()),
    ],
)
def test_a_value_that_cannot_be_encoded_is_a_violation(changes: Any, path: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as raised:
        checked(CreateModelTemplate, {**MINIMAL, **changes}, closed=True)

    assert [error.path for error in raised.value.errors] == [path]


def test_values_of_wrong_types_hide_no_other_violation() -> None:
    values = a_wire_template(
        name=" ",
        model_type=5,
        labels={"a": 1},
        vendor_configuration={
            "bundle_config": {"registry": "docker.io:99999", "tag": 1, "env": {"A": 3}},
            "endpoint_config": {"gpus": 1, "memory": "0", "min_workers": 3, "max_workers": 2},
        },
        model_creation_parameters_schema={
            "parameters": [a_parameter(name="A"), a_parameter(name="A", minimum=1), 7]
        },
    )
    del values["endpoint_type"]

    with pytest.raises(Invalid) as invalid:
        checked(CreateModelTemplate, values, closed=True)

    bundle, endpoint = (
        f"vendorConfiguration.{name}." for name in ("bundleConfig", "endpointConfig")
    )
    assert {(error.code.name, ".".join(error.path)) for error in invalid.value.errors} == {
        ("REQUIRED", "endpointType"),
        ("REQUIRED", "name"),
        ("INVALID", "modelType"),
        ("INVALID", "labels.a"),
        ("OUT_OF_RANGE", f"{bundle}registry"),
        ("INVALID", f"{bundle}tag"),
        ("INVALID", f"{bundle}env.A"),
        ("INCONSISTENT", f"{endpoint}gpuType"),
        ("OUT_OF_RANGE", f"{endpoint}memory"),
        ("INCONSISTENT", f"{endpoint}minWorkers"),
        ("DUPLICATE", "modelCreationParametersSchema.parameters.1.name"),
        ("INCONSISTENT", "modelCreationParametersSchema.parameters.1.minimum"),
        ("INVALID", "modelCreationParametersSchema.parameters.2"),
    }


@given(st.data())
def test_any_value_in_any_place_is_accepted_or_invalid(data: st.DataObject) -> None:
    values = copy.deepcopy(WITH_NEWER_FIELDS)
    spots = [*_spots(values)]
    for parent, key in data.draw(st.lists(st.sampled_from(spots), min_size=1, max_size=3)):
        parent[key] = data.draw(st.sampled_from([None, 5, -1, 1.5, True, "x", "", [], [5], {}]))

    with suppress(Invalid):
        checked(CreateModelTemplate, values, closed=True)


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in entries:
        yield value, key
        if isinstance(member, dict | list):
            yield from _spots(member)
