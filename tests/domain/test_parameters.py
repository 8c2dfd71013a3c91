"""Parameters: their JSON Schema, and the values that they accept."""

import math
import time
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.domain.errors import MAX_VIOLATIONS
from app.domain.parameters import (
    ParameterSchema,
    ParameterSchemaField,
    ParameterType,
)
from app.domain.validation.rules import violations
from tests.builders import a_parameter

HUGE = 10**399
"""An integer of 400 digits."""


def a_schema(*parameters: dict[str, Any]) -> ParameterSchema:
    return msgspec.convert({"parameters": list(parameters)}, ParameterSchema)


def codes_and_paths(schema: ParameterSchema, bindings: Any) -> list[tuple[str, str]]:
    """Code and path of every violation."""
    return [(e.code.name, ".".join(e.path)) for e in schema.validate(bindings).errors]


VALID_VALUES: dict[str, list[tuple[Any, Any]]] = {
    "str": [("", ""), ("text", "text"), ("1", "1"), ("é\U0001f600", "é\U0001f600")],
    "int": [(0, 0), (-7, -7), (2**63 - 1, 2**63 - 1), (1.0, 1), (1e3, 1_000), (-0.0, 0)],
    "float": [(1.5, 1.5), (1, 1), (2**63, 2**63), (HUGE, HUGE), (1e308, 1e308), (0.0, 0.0)],
    "bool": [(True, True), (False, False)],
}
NO_NUMBERS: list[Any] = [math.nan, math.inf, -math.inf, [], [1], ["text"], {}, {"a": 1}]
INVALID_VALUES: dict[str, list[Any]] = {
    "str": [0, 1.5, 2**63, HUGE, True, *NO_NUMBERS],
    "int": ["", "1", 1.5, -1e-9, 2**63, HUGE, 1e30, -1e19, True, False, *NO_NUMBERS],
    "float": ["", "1.5", True, False, *NO_NUMBERS],
    "bool": ["true", "", 0, 1, 1.0, 2**63, HUGE, *NO_NUMBERS],
}


@pytest.mark.parametrize(
    ("type_", "value", "bound"), [(t, *pair) for t, pairs in VALID_VALUES.items() for pair in pairs]
)
def test_a_value_of_the_type_is_accepted(type_: str, value: Any, bound: Any) -> None:
    validation = a_schema(a_parameter(type=type_)).validate({"P": value})

    assert validation.valid
    assert validation.errors == ()
    assert repr(validation.bindings) == repr({"P": bound})


@pytest.mark.parametrize(
    ("type_", "value"),
    [(type_, value) for type_, values in INVALID_VALUES.items() for value in values],
)
def test_a_value_of_another_type_is_invalid(type_: str, value: Any) -> None:
    validation = a_schema(a_parameter(type=type_)).validate({"P": value})

    assert (validation.valid, validation.bindings) == (False, None)
    assert [(e.code.name, e.path) for e in validation.errors] == [("INVALID", ("P",))]


@pytest.mark.parametrize("type_", VALID_VALUES)
def test_null_counts_as_absent(type_: str) -> None:
    optional = a_schema(a_parameter(type=type_))
    required = a_schema(a_parameter(type=type_, required=True))

    assert optional.validate({"P": None}).bindings == {}
    assert (
        codes_and_paths(required, {"P": None})
        == codes_and_paths(required, {})
        == [("REQUIRED", "P")]
    )


@pytest.mark.parametrize(
    ("keywords", "value", "code"),
    [
        ({"type": "int", "minimum": 2}, 1, "OUT_OF_RANGE"),
        ({"type": "int", "minimum": 2}, 2, None),
        ({"type": "float", "maximum": 0.5}, 0.6, "OUT_OF_RANGE"),
        ({"type": "float", "maximum": 0.5}, HUGE, "OUT_OF_RANGE"),
        ({"min_length": 2}, "é", "OUT_OF_RANGE"),
        ({"max_length": 2}, "\U0001f600\U0001f600", None),
        ({"max_length": 2}, "abc", "OUT_OF_RANGE"),
        ({"pattern": "^a+$"}, "aaa", None),
        ({"pattern": "^a+$"}, "aaa\n", "INVALID"),
        ({"pattern": "b"}, "abc", None),
        ({"pattern": "b"}, "\ud800", "INVALID"),
        ({"enum": ["a", "b"]}, "b", None),
        ({"enum": ["a", "b"]}, "c", "INVALID"),
        ({"type": "int", "enum": [1, 2]}, 1.0, None),
        ({"type": "bool", "enum": [True]}, False, "INVALID"),
    ],
)
def test_keywords_constrain_a_value(keywords: dict[str, Any], value: Any, code: str | None) -> None:
    schema = a_schema(a_parameter(**keywords))

    assert codes_and_paths(schema, {"P": value}) == ([] if code is None else [(code, "P")])


def test_a_message_does_not_list_many_values() -> None:
    schema = a_schema(a_parameter(enum=[f"{number}" * 100 for number in range(1_000)]))

    (error,) = schema.validate({"P": "x"}).errors

    assert error.message == "P must be one of 1,000 values."


@pytest.mark.parametrize(
    ("count", "shown"),
    [(1, "v0"), (20, ", ".join(f"v{n}" for n in range(20))), (21, "21 values")],
)
def test_a_message_lists_up_to_twenty_values(count: int, shown: str) -> None:
    schema = a_schema(a_parameter(enum=[f"v{n}" for n in range(count)]))

    (error,) = schema.validate({"P": "x"}).errors

    assert error.message == f"P must be one of {shown}."


def test_only_the_first_violation_of_a_value_is_reported() -> None:
    schema = a_schema(
        a_parameter(name="A", max_length=1, pattern="^b", enum=["b"]),
        a_parameter(name="B", min_length=2),
    )

    assert len(codes_and_paths(schema, {"A": "ac", "B": ""})) == 2


def test_all_violations_are_reported_at_once() -> None:
    schema = a_schema(
        a_parameter(name="A", required=True),
        a_parameter(name="B", required=True),
        a_parameter(name="C", type="int", minimum=5),
        a_parameter(name="D", type="bool"),
        a_parameter(name="E", enum=["x"], max_length=2),
    )

    assert sorted(
        codes_and_paths(schema, {"B": None, "C": 1, "D": "yes", "E": "long", "F": 1})
    ) == [
        ("INVALID", "D"),
        ("INVALID", "E"),
        ("OUT_OF_RANGE", "C"),
        ("REQUIRED", "A"),
        ("REQUIRED", "B"),
        ("UNKNOWN", "F"),
    ]


def test_defaults_are_filled_in_and_null_is_absent() -> None:
    schema = a_schema(
        a_parameter(name="A", default="a"),
        a_parameter(name="B", type="bool", default=False),
        a_parameter(name="C"),
        a_parameter(name="D", type="float", default=1),
    )

    assert schema.validate({}).bindings == {"A": "a", "B": False, "D": 1}
    assert schema.validate({"A": None, "C": None}).bindings == {"A": "a", "B": False, "D": 1}
    assert list(schema.validate({"C": "c", "A": "x"}).bindings or ()) == ["A", "B", "C", "D"]


@pytest.mark.parametrize("bindings", [[], "x", 1, True, 1.5])
def test_bindings_are_an_object(bindings: Any) -> None:
    validation = a_schema().validate(bindings)

    assert (validation.valid, validation.bindings) == (False, None)
    assert [(error.code.name, error.path) for error in validation.errors] == [("INVALID", ())]


def test_no_pattern_takes_exponential_time() -> None:
    schema = a_schema(a_parameter(pattern="^(a+)+$"))
    schema.validate({"P": "a"})
    begun = time.process_time()

    assert codes_and_paths(schema, {"P": "a" * 30_000 + "!"}) == [("INVALID", "P")]

    assert time.process_time() - begun < 1  # A backtracking engine would need years.


def test_a_schema_refers_to_nothing_outside() -> None:
    """A client can set keywords' values only, so no $ref reaches the network or the disk."""
    schema = a_schema(a_parameter(name="A", default={"$ref": "file:///etc/passwd"}))

    assert [violation.path for violation in violations(schema)] == [("parameters", "0", "default")]


def test_json_schema_is_that_of_an_object_without_other_keys() -> None:
    schema = a_schema(
        a_parameter(name="A", description="First.", required=True, pattern="^a", min_length=1),
        a_parameter(name="B", type="float", default=0, minimum=-1, maximum=1),
        a_parameter(name="C", type="int", enum=[1, 2]),
    )

    assert schema.json_schema == {
        "type": "object",
        "properties": {
            "A": {"type": "string", "description": "First.", "minLength": 1, "pattern": "^a"},
            "B": {
                "type": "number",
                "description": "",
                "default": 0,
                "minimum": -1,
                "maximum": 1,
            },
            "C": {"type": "integer", "description": "", "enum": [1, 2]},
        },
        "required": ["A"],
        "additionalProperties": False,
    }
    assert a_schema().json_schema["required"] == []


# Properties. JSON has no NaN and no infinity. The patterns mean the same to RE2 and to Python's re.
# Nulls of optional parameters are removed before the plain validator sees them. Defaults do not
# affect whether a value is valid.

SCALARS = st.one_of(
    st.text(max_size=5),
    st.integers(-5, 5),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, 1.0, 2.5, -1.0]),
    st.booleans(),
)
JSON = st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.text(), SCALARS))
NAMES = st.sampled_from(["A", "B", "C"])


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, Any]:
    """A parameter with some keywords of its type."""
    type_ = draw(st.sampled_from([member.value for member in ParameterType]))
    keywords: dict[str, st.SearchStrategy[Any]] = {
        "default": SCALARS,
        "enum": st.lists(SCALARS, min_size=1, max_size=3),
    }
    if type_ == "str":
        sizes = st.integers(0, 5)
        patterns = st.sampled_from(["a", "^[a-z]", "[0-9]+", "^.?x", "[^a]b*"])
        keywords |= {"min_length": sizes, "max_length": sizes, "pattern": patterns}
    elif type_ != "bool":
        bounds = st.floats(-10, 10) | st.integers(-10, 10)
        keywords |= {"minimum": bounds, "maximum": bounds}
    chosen = draw(st.fixed_dictionaries({}, optional=keywords))
    return a_parameter(type=type_, required=draw(st.booleans()), **chosen)


@st.composite
def schemas(draw: st.DrawFn) -> ParameterSchema:
    """A schema that the rules accept."""
    fields = draw(st.dictionaries(NAMES, declarations(), max_size=3))
    kept = [
        {**field, "name": name}
        for name, field in fields.items()
        if not violations(a_schema({**field, "name": name}))
    ]
    return a_schema(*kept)


@given(schemas(), st.dictionaries(NAMES | st.text(max_size=3), JSON | st.none(), max_size=4))
def test_validation_agrees_with_the_json_schema(
    schema: ParameterSchema, bindings: dict[str, Any]
) -> None:
    optional = {field.name for field in schema.parameters if not field.required}
    present = {
        name: value for name, value in bindings.items() if value is not None or name not in optional
    }

    validation = schema.validate(bindings)

    assert validation.valid == Draft202012Validator(schema.json_schema).is_valid(present)
    assert validation.valid == (not validation.errors)


@given(schemas())
def test_json_schema_passes_the_meta_schema(schema: ParameterSchema) -> None:
    Draft202012Validator.check_schema(schema.json_schema)


@given(schemas(), st.dictionaries(NAMES, SCALARS | st.none(), max_size=3))
def test_validating_bindings_again_changes_nothing(
    schema: ParameterSchema, bindings: dict[str, Any]
) -> None:
    invalid = {error.path[0] for error in schema.validate(bindings).errors}
    defaults = {field.name: field.default for field in schema.parameters}
    valid = {name: value for name, value in bindings.items() if name not in invalid}
    validation = schema.validate({**defaults, **valid})
    assume(validation.valid)  # A required parameter may be without any value.

    assert schema.validate(validation.bindings) == validation


@given(declarations())
def test_what_is_surely_valid_is_admitted_by_the_json_schema(declaration: dict[str, Any]) -> None:
    (field,) = a_schema(declaration).parameters
    validator = Draft202012Validator(field.value_schema())
    values = [*(field.enum or ()), *([] if field.default is None else [field.default])]

    if field.is_surely_valid():
        assert all(map(validator.is_valid, values))


@pytest.mark.parametrize(
    ("keywords", "fits"),
    [
        ({}, True),
        ({"pattern": "a"}, True),
        ({"default": "a"}, True),
        ({"default": "a", "pattern": "a"}, False),
        ({"default": 1}, False),
        ({"default": "ab", "min_length": 2, "max_length": 2}, True),
        ({"default": "a", "min_length": 2}, False),
        ({"default": "abc", "max_length": 2}, False),
        ({"type": "bool", "default": False}, True),
        ({"type": "bool", "default": 0}, False),
        ({"type": "int", "default": 2, "minimum": 2, "maximum": 2}, True),
        ({"type": "int", "default": 1, "minimum": 2}, False),
        ({"type": "int", "default": 3, "maximum": 2}, False),
        ({"type": "int", "default": True}, False),
        ({"type": "int", "default": 2**63 - 1}, True),
        ({"type": "int", "default": -(2**63)}, True),
        ({"type": "int", "default": 2**63}, False),
        ({"type": "int", "default": -(2**63) - 1}, False),
        ({"type": "int", "default": 1.0}, False),
        ({"type": "float", "default": 1}, True),
        ({"type": "float", "default": 1.5, "minimum": 1.5, "maximum": 1.5}, True),
        ({"type": "float", "default": math.nan}, False),
        ({"type": "float", "default": math.inf}, False),
        ({"enum": ["a", "b"]}, True),
        ({"enum": ["a", "b"], "default": "b"}, True),
        ({"enum": ["a", "b"], "default": "c"}, False),
        ({"enum": ["b", "c"], "default": "a"}, False),
        ({"enum": ["a", 1], "default": "a"}, False),
        ({"type": "float", "enum": [1, 2], "default": 1.0}, False),
        ({"enum": [f"{n}" for n in range(1_000)]}, True),
        ({"enum": [f"{n}" for n in range(1_001)]}, False),
    ],
)
def test_most_values_need_no_json_schema(keywords: dict[str, Any], fits: bool) -> None:
    (field,) = a_schema(a_parameter(**keywords)).parameters

    assert field.is_surely_valid() is fits


def test_the_number_of_violations_is_limited() -> None:
    errors = a_schema().validate({f"P{n}": 1 for n in range(60_000)}).errors

    assert len(errors) == MAX_VIOLATIONS
    assert errors[-1].path == (f"P{MAX_VIOLATIONS - 1}",)


@pytest.mark.parametrize("keyword", ["default", "enum"])
@pytest.mark.parametrize("kind", ["int", "float"])
def test_an_integer_that_no_database_holds_does_not_surely_fit(keyword: str, kind: str) -> None:
    value: Any = 10**400 if keyword == "default" else [10**400]
    field = msgspec.convert(a_parameter(type=kind, **{keyword: value}), ParameterSchemaField)

    assert not field.is_surely_valid()


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"min_length": 1}, "P must have at least 1 character."),
        ({"min_length": 2}, "P must have at least 2 characters."),
        ({"min_length": 1_000}, "P must have at least 1,000 characters."),
    ],
)
def test_a_message_counts_in_english(keywords: dict[str, Any], message: str) -> None:
    (error,) = a_schema(a_parameter(**keywords)).validate({"P": ""}).errors

    assert error.message == message
