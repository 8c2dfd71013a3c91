"""Enum members for undeclared values, and the fields in which they can occur."""

import copy
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from app.domain.model_template import ModelTemplate, ModelType
from app.domain.naming import camel
from app.domain.unknown_value import converted, is_unknown, unknown_member, unknown_value_errors
from app.domain.validation.json_schema import json_schema
from app.domain.vendor_configuration import GpuType
from tests.builders import a_template
from tests.newer_release import EVERYWHERE, WHOLE


def test_a_member_is_its_text() -> None:
    member = unknown_member(ModelType, "VIDEO")

    assert (member.value, member.name, is_unknown(member)) == ("VIDEO", "VIDEO", True)
    assert isinstance(member, ModelType)
    assert member not in [*ModelType]
    assert {member, unknown_member(ModelType, "VIDEO"), copy.deepcopy(member)} == {member}
    assert member != unknown_member(ModelType, "AUDIO")
    assert (msgspec.json.encode(member), msgspec.to_builtins(member)) == (b'"VIDEO"', "VIDEO")


def test_the_name_of_a_declared_member_is_no_value() -> None:
    member = unknown_member(GpuType, "NVIDIA_TESLA_T4")

    assert is_unknown(member)
    assert not is_unknown(GpuType.NVIDIA_TESLA_T4)


def test_every_field_with_an_enum_may_have_an_unknown_value() -> None:
    def enums(schema: dict[str, Any], place: str = "") -> Iterator[str]:
        if "enum" in schema:
            yield place[1:]
        for branch in schema.get("anyOf", ()):
            yield from enums(branch, place)
        for name, below in schema.get("properties", {}).items():
            yield from enums(below, f"{place}.{name}")
        if "items" in schema:
            yield from enums(schema["items"], f"{place}.*")

    tested = {
        ".".join("*" if part.isdecimal() else part for part in place.split("."))
        for place in EVERYWHERE
    }

    assert {*enums(json_schema(ModelTemplate))} == tested


def test_known_values_are_converted_unchanged() -> None:
    template = a_template()
    values = msgspec.to_builtins(template)

    assert converted(values, ModelTemplate) == template
    assert unknown_value_errors(template, ModelTemplate) == []


@pytest.mark.parametrize("value", [1, None, ["GENERIC"], {"a": 1}])
def test_a_value_that_is_not_a_string_is_unreadable(value: Any) -> None:
    values = msgspec.to_builtins(a_template()) | {"model_type": value, "endpoint_protocol": "TGI"}

    with pytest.raises(msgspec.ValidationError, match="model_type"):
        converted(values, ModelTemplate)


def put(values: Any, place: str, value: str) -> None:
    *way, last = (int(part) if part.isdecimal() else part for part in place.split("."))
    for part in way:
        values = values[part]
    values[last] = value


@pytest.mark.parametrize(("place", "value"), EVERYWHERE.items())
def test_an_unknown_value_costs_its_own_field(place: str, value: str) -> None:
    template = a_template(**WHOLE)
    values = msgspec.to_builtins(template)
    put(values, place, value)
    expected = copy.deepcopy(values)

    made = converted(values, ModelTemplate)

    (error,) = unknown_value_errors(made, ModelTemplate)
    assert (error.code.name, error.path) == ("INVALID", tuple(map(camel, place.split("."))))
    assert value in error.message
    assert msgspec.to_builtins(made) == expected
    assert unknown_value_errors(template, ModelTemplate) == []


def test_every_field_can_have_one_at_once() -> None:
    values = msgspec.to_builtins(a_template(**WHOLE))
    for place, value in EVERYWHERE.items():
        put(values, place, value)
    expected = copy.deepcopy(values)

    made = converted(values, ModelTemplate)

    assert msgspec.to_builtins(made) == expected
    assert len(unknown_value_errors(made, ModelTemplate)) == len(EVERYWHERE)
