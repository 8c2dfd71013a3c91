"""Where an input has values, and which values go there: from GraphQL's input types and the JSON
Schema of the domain class beside them, so that no field is named here.
"""

from collections.abc import Iterator
from enum import Enum
from types import NoneType
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_nullable_type,
    is_required_input_field,
)
from hypothesis import strategies as st

from app.domain.fields import field_map
from app.domain.naming import camel
from app.graphql.derive import domain_class
from app.graphql.schema import schema

Place = tuple[tuple[str, ...], GraphQLInputType, dict[str, Any]]
"""A path from the input's root, the type there, and its JSON Schema."""

PLAIN = st.text(max_size=12)
TEXTS = st.one_of(*[PLAIN] * 5, st.text(st.characters(exclude_categories=()), max_size=4))
"""Of every category of Unicode, NUL and lone surrogates among them."""

NUMBERS = st.one_of(
    st.integers(-3, 300),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
BY_SCALAR = {
    "Boolean": st.booleans(),
    "Float": st.integers(-3, 300) | st.floats(allow_nan=False, allow_infinity=False),
    "Int": st.integers(1, 300) | st.integers(-1, 3) | st.integers(-(2**31), 2**31 - 1),
    "JSON": JSON,
}


def input_type(name: str) -> GraphQLInputObjectType:
    found = schema._schema.type_map[name]
    assert isinstance(found, GraphQLInputObjectType)
    return found


def present(json_schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an optional value when it is present."""
    return {**json_schema, **json_schema.get("anyOf", [{}])[0]}


def members(
    type_: GraphQLInputObjectType, json_schema: dict[str, Any]
) -> Iterator[tuple[str, GraphQLInputField, dict[str, Any]]]:
    known = present(json_schema).get("properties", {})
    schemas = {camel(name): member for name, member in known.items()}
    for name, field in type_.fields.items():
        yield name, field, schemas.get(name, {})


def places(
    type_: GraphQLInputObjectType, json_schema: dict[str, Any], path: tuple[str, ...] = ()
) -> Iterator[Place]:
    """Every field of an input, and those of the objects in it."""
    for name, field, member in members(type_, json_schema):
        yield (*path, name), field.type, member
        inner = get_nullable_type(field.type)
        if isinstance(inner, GraphQLInputObjectType):
            yield from places(inner, member, (*path, name))


def values(type_: GraphQLInputType, json_schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Of the shape that GraphQL takes; more often than not they obey the field's own limits."""
    if not isinstance(type_, GraphQLNonNull):
        return st.none() | _values(type_, json_schema)
    return _values(type_.of_type, json_schema)


def _values(type_: Any, json_schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    json_schema = present(json_schema)
    if isinstance(type_, GraphQLList):
        return st.lists(values(type_.of_type, json_schema.get("items", {})), max_size=3)
    if isinstance(type_, GraphQLInputObjectType):
        return _objects(type_, json_schema)
    if isinstance(type_, GraphQLEnumType):
        return st.sampled_from([*type_.values])
    if type_.name == "StringMap":
        keys = _texts(json_schema.get("propertyNames", {}))
        return st.dictionaries(
            keys, _texts(json_schema.get("additionalProperties", {})), max_size=3
        )
    return BY_SCALAR[type_.name] if type_.name in BY_SCALAR else _texts(json_schema)


def _objects(
    type_: GraphQLInputObjectType, json_schema: dict[str, Any]
) -> st.SearchStrategy[dict[str, Any]]:
    required: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for name, field, member in members(type_, json_schema):
        chosen = required if is_required_input_field(field) else optional
        chosen[name] = values(field.type, member)
    return st.fixed_dictionaries(required, optional=optional)


def _texts(json_schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if "pattern" not in json_schema:
        return TEXTS
    sound = st.from_regex(json_schema["pattern"], fullmatch=False).map(lambda text: text[:200])
    return st.one_of(*[sound] * 5, TEXTS)


def completed(type_: Any, value: Any) -> Any:
    """An input with its defaults. Null stands for one that is an object."""
    type_ = get_nullable_type(type_)
    if isinstance(value, Enum):
        return value.name
    value = _in_list(type_, value)
    if isinstance(value, list) and isinstance(type_, GraphQLList):
        return [completed(type_.of_type, member) for member in value]
    if value is None or not isinstance(type_, GraphQLInputObjectType):
        return value
    filled_in = _filled_in(type_)
    given = {name: value.get(name, _default(field)) for name, field in type_.fields.items()}
    return {
        name: completed(
            field.type, {} if name in filled_in and given[name] is None else given[name]
        )
        for name, field in type_.fields.items()
    }


def _in_list(type_: Any, value: Any) -> Any:
    """GraphQL takes a single value for a list of it."""
    is_single = isinstance(type_, GraphQLList) and not isinstance(value, list | NoneType)
    return [value] if is_single else value


def _default(field: GraphQLInputField) -> Any:
    return None if field.default_value is Undefined else field.default_value


def _filled_in(type_: GraphQLInputObjectType) -> set[str]:
    """The fields whose default is an object, which the schema does not state."""
    cls = domain_class(type_.extensions["strawberry-definition"].origin)
    return {field.api_name for field in field_map(cls).fields if isinstance(field.default, dict)}


def leads(path: list[str], value: Any, type_: Any) -> bool:
    """Whether there is something in the input at the path, or a field is missing there: of a patch
    also one in a section that it leaves out, for rules between sections."""
    type_ = get_nullable_type(type_)
    value = _in_list(type_, value)
    if not path:
        return True
    first, *rest = path
    fields = type_.fields if isinstance(type_, GraphQLInputObjectType) else {}
    if isinstance(value, list):
        there = first.isdecimal() and int(first) < len(value)
        return there and leads(rest, value[int(first)], getattr(type_, "of_type", None))
    inner = fields[first].type if first in fields else None
    if isinstance(value, dict) and first in value:
        return leads(rest, value[first], inner)
    is_section = str(get_nullable_type(inner)).endswith("Patch") if inner else False
    return first in fields and (not rest or (is_section and leads(rest, {}, inner)))


def is_missing(path: list[str], value: Any) -> bool:
    """Whether there is nothing at the path, null, or nothing but white space."""
    for name in path:
        value = value[int(name)] if isinstance(value, list) else (value or {}).get(name)
    return value is None or (isinstance(value, str) and not value.strip())
