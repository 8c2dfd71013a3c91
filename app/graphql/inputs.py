"""Fast coercion of the values of variables, in one step from JSON to domain objects.

It takes only what is certainly right, and raises Unproven for everything else, which graphql-core
coerces or explains, in ten times the time.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    Undefined,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)

from app.graphql.derive import Built, builder
from app.graphql.unknown_enum_values import names_of

Coerce = Callable[[Any], Any]


class Unproven(Exception):
    """A value that may be wrong, or right in a form that needs conversion."""


def coercer(type_: GraphQLInputType) -> Coerce:
    """The function that coerces values of variables of a type. It raises Unproven."""
    coerce = _coercer(type_)
    inner: Any = type_.of_type if is_non_null_type(type_) else type_
    if is_list_type(inner):
        return _unproven  # No variable is, and objects in it would need wrapping.
    if not is_input_object_type(inner):
        return coerce

    def built(value: Any) -> Any:
        return None if value is None and inner is type_ else Built(coerce(value))

    return built


def _coercer(type_: GraphQLInputType) -> Coerce:
    if is_non_null_type(type_):
        return _not_null(type_.of_type)
    coerce = _not_null(type_)
    return lambda value: None if value is None else coerce(value)


def _not_null(type_: Any) -> Coerce:
    return _list(_coercer(type_.of_type)) if is_list_type(type_) else _named(type_)


@cache
def _named(type_: Any) -> Coerce:
    """The function of a type that the schema names; other types are made for each operation."""
    if is_input_object_type(type_):
        return _object(type_)
    if is_enum_type(type_):
        return _member({name: member for member, name in names_of(type_).items()})  # type: ignore[arg-type]
    return _SCALARS.get(type_.name) or _parsed(type_.coerce_input_value)


def _object(type_: GraphQLInputObjectType) -> Coerce:
    fields = {
        name: (
            field.extensions["strawberry-definition"].python_name,
            _as_it_is(field.type),
            _coercer(field.type),
        )
        for name, field in type_.fields.items()
    }
    required = {
        name
        for name, field in type_.fields.items()
        if is_non_null_type(field.type) and field.default_value is Undefined
    }
    build = builder(type_.extensions["strawberry-definition"].origin)

    def coerce(value: Any) -> Any:
        if type(value) is not dict or not required <= value.keys():
            raise Unproven
        given = {}
        for key, member in value.items():
            if (field := fields.get(key)) is None:
                raise Unproven
            name, plain, inner = field
            given[name] = member if type(member) is plain else inner(member)
        return build(given)

    return coerce


def _as_it_is(type_: GraphQLInputType) -> type | None:
    """The Python type whose values are taken as they are."""
    inner: Any = type_.of_type if is_non_null_type(type_) else type_
    return _PLAIN.get(getattr(inner, "name", ""))


def _list(coerce: Coerce) -> Coerce:
    def coerce_list(value: Any) -> Any:
        if type(value) is not list:
            raise Unproven
        return [coerce(member) for member in value]

    return coerce_list


def _member(members: dict[str, Any]) -> Coerce:
    def coerce(value: Any) -> Any:
        if type(value) is not str or value not in members:
            raise Unproven
        return members[value]

    return coerce


def _parsed(parse: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            raise Unproven
        try:
            return parse(value)
        except GraphQLError:
            raise Unproven from None

    return coerce


def _unproven(_: Any) -> Any:
    raise Unproven


def _text(value: Any) -> Any:
    if type(value) is str:
        return value
    raise Unproven


def _boolean(value: Any) -> Any:
    if type(value) is bool:
        return value
    raise Unproven


def _int(value: Any) -> Any:
    if type(value) is int and -(2**31) <= value < 2**31:
        return value
    raise Unproven


def _float(value: Any) -> Any:
    if type(value) in (float, int) and abs(value) <= 2**53:  # Which NaN is not.
        return float(value)
    raise Unproven


_PLAIN: dict[str, type] = {"ID": str, "String": str, "Boolean": bool}

_SCALARS: dict[str, Coerce] = {
    "ID": _text,
    "String": _text,
    "Boolean": _boolean,
    "Int": _int,
    "Float": _float,
}
