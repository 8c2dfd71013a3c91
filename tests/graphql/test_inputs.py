"""The fast coercion of inputs agrees with graphql-core and Strawberry, wherever it decides."""

import copy
from typing import Any

import msgspec
import pytest
from graphql import GraphQLNonNull, coerce_input_value
from hypothesis import given
from hypothesis import strategies as st
from strawberry.types.arguments import InputContext

from app.graphql.derive import Built
from app.graphql.inputs import Unproven, coercer
from app.graphql.schema import schema
from tests.builders import (
    NEWER_FIELDS,
    a_parameter,
    a_wire_template,
    an_input,
    seeds,
    with_parameters,
)

CORE = schema._schema
FULL = a_wire_template(
    description="It reads.",
    labels={"team": "ml"},
    **with_parameters(a_parameter(minimum=0.5, default=1, enum=[1, "a", [None]], secret=True)),
)
INPUTS = [
    an_input({"account_id": "a1", **wire})
    for wire in (FULL, a_wire_template(**NEWER_FIELDS), *seeds())
]
CHANGES: dict[str, Any] = {
    "id": "1",
    "archived": None,
    "name": "n",
    "vendorConfiguration": {"endpointConfig": {}},
}
TYPES: dict[str, list[Any]] = {
    "CreateModelTemplateInput": INPUTS,
    "UpdateModelTemplateInput": [CHANGES, {"id": "1", "expectedRevision": 2}],
    "DeleteModelTemplateInput": [{"id": "1", "expectedRevision": None}],
    "ModelTemplateFilter": [
        {"accountId": "a1", "labels": {"a": "b"}, "gpuType": ["NVIDIA_TESLA_T4"], "search": ""},
        {"createdAfter": "2026-01-01T00:00:00Z", "archived": None},
    ],
    "ModelTemplateOrder": [{"field": "NAME", "direction": "ASC"}, {}],
}
NUMBERS = [0, 1, 2**31, -(2**31), 2**63, 1.0, 0.5, float("inf"), True]
OTHERS = [None, "", "x", "SYNC", "1", "2026-01-01T00:00:00Z", [], ["x"], [None], {}, {"x": "y"}]
ODD = st.sampled_from([*NUMBERS, *OTHERS, {"x": 1}])


def _slowly(name: str, value: Any) -> Any:
    """The object that graphql-core and Strawberry make; raises ValueError for a wrong value."""
    type_ = CORE.get_type(name)
    coerced = coerce_input_value(value, GraphQLNonNull(type_))  # type: ignore[arg-type]
    if not isinstance(coerced, dict):
        raise ValueError
    origin = type_.extensions["strawberry-definition"].origin  # type: ignore[union-attr]
    convert = origin.__strawberry_definition__.from_input
    context = InputContext(
        info=None,
        config=schema.config,
        scalar_registry=schema.schema_converter.scalar_registry,
        path=(),
    )
    made = convert(origin, coerced, context)
    return made() if callable(made) else made


def _fast(name: str, value: Any) -> Any:
    coerced = coercer(GraphQLNonNull(CORE.get_type(name)))(value)  # type: ignore[arg-type]
    assert isinstance(coerced, Built)
    return coerced.value


@pytest.mark.parametrize(("name", "values"), TYPES.items())
def test_ordinary_inputs_are_decided_fast(name: str, values: list[Any]) -> None:
    for value in values:
        fast = _fast(name, value)

        assert fast == _slowly(name, value)
        assert msgspec.json.encode(fast) == msgspec.json.encode(_slowly(name, value))


@given(st.data())
def test_both_ways_agree(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*TYPES]))
    value = copy.deepcopy(data.draw(st.sampled_from(TYPES[name])))
    for _ in range(data.draw(st.integers(1, 2))):
        _change(value, data)

    try:
        fast = _fast(name, value)
    except Unproven:
        return

    slow = _slowly(name, value)
    assert fast == slow
    assert repr(fast) == repr(slow)  # 1, 1.0 and True are equal.


def _change(value: dict[str, Any], data: st.DataObject) -> None:
    """Replaces, adds or removes one member at any depth."""
    parent: Any = value
    while True:
        keys = [*parent] if isinstance(parent, dict) else [*range(len(parent))]
        inner = [key for key in keys if isinstance(parent[key], dict | list) and parent[key]]
        if not inner or data.draw(st.booleans()):
            break
        parent = parent[data.draw(st.sampled_from(inner))]
    if not keys:
        return
    key = data.draw(st.sampled_from(keys))
    if isinstance(parent, dict) and data.draw(st.integers(0, 4)) == 0:
        del parent[key]
    else:
        parent[key] = copy.deepcopy(data.draw(ODD))  # What is placed may be changed again.
