"""Enum values that a newer release has stored and this one does not know.

Such a value becomes a member of its enum that the enum does not declare. Its `value`, `name`, hash
and encoded form are the stored text, so that nothing is lost on the way through. It costs its own
field, never the object around it: `unknown_value_errors` names each one.
"""

from collections.abc import Iterator
from enum import Enum
from functools import cache, reduce
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import msgspec
from msgspec import Struct, inspect
from msgspec.structs import force_setattr

from app.domain.errors import UserError, UserErrorCode
from app.domain.naming import camel
from app.domain.validation.json_schema import user_error

E = TypeVar("E", bound=Enum)
T = TypeVar("T")
Place = tuple[str | int, ...]
"""The way through a document: keys of objects, positions in lists."""

_interned = WeakValueDictionary[tuple[type[Enum], str], Enum]()
"""Equal members are identical, as declared ones are."""


def unknown_member(cls: type[E], value: str) -> E:
    """A member of the enum that it does not declare; the same object for the same value."""
    member = _interned.get((cls, value))
    if member is None:
        member = object.__new__(cls)
        member._name_ = member._value_ = value
        member = _interned.setdefault((cls, value), member)
    return member  # type: ignore[return-value]


def is_unknown(member: Enum) -> bool:
    """Whether the enum of the member does not declare it."""
    return type(member)._member_map_.get(member._name_) is not member


def not_known(value: Any) -> str:
    """The predicate of a field with such a value."""
    return f"has a value that this release does not know: {value}"


def unknown_value_errors(value: Struct, cls: type[Struct]) -> list[UserError]:
    """INVALID for each unknown value in those fields of the object that the class has, and in the
    objects inside them."""
    return [
        user_error(UserErrorCode.INVALID, path, not_known(member.value))
        for name in _enum_fields(cls)
        for path, member in _unknown_members(getattr(value, name), (camel(name),))
    ]


def _unknown_members(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Enum]]:
    if isinstance(value, Enum):
        if is_unknown(value):
            yield path, value
    elif isinstance(value, Struct):
        for name in _enum_fields(type(value)):
            yield from _unknown_members(getattr(value, name), (*path, camel(name)))
    elif isinstance(value, list | tuple):
        for position, member in enumerate(value):
            yield from _unknown_members(member, (*path, str(position)))


def converted(values: dict[str, Any], cls: type[T]) -> T:
    """What `msgspec.convert` makes of stored values, with unknown members where it would refuse
    the text of an enum. Only then does it take longer, and the values are changed. Raises
    msgspec.ValidationError."""
    try:
        return msgspec.convert(values, cls)
    except msgspec.ValidationError:
        places = [*_unknown_places(inspect.type_info(cls), values, ())]
        if not places:
            raise
    unknown = [_replaced(values, place, enum) for place, enum in places]
    made = msgspec.convert(values, cls)
    for (place, _), member in zip(places, unknown, strict=True):
        _put(made, place, member)
    return made


def _unknown_places(kind: inspect.Type, value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """Where in a document the text of an enum is none of its values, and the enum."""
    match kind:
        case inspect.Metadata(type=inner):
            yield from _unknown_places(inner, value, place)
        case inspect.UnionType(types=alternatives):
            for alternative in alternatives:
                yield from _unknown_places(alternative, value, place)
        case inspect.EnumType(cls=enum):
            if isinstance(value, str) and value not in enum._value2member_map_:
                yield place, enum
        case inspect.StructType(cls=cls):
            if isinstance(value, dict):
                for name, inner in _enum_fields(cls).items():
                    yield from _unknown_places(inner, value.get(name), (*place, name))
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            if isinstance(value, list):
                for position, member in enumerate(value):
                    yield from _unknown_places(item, member, (*place, position))


@cache
def _enum_fields(cls: type[Struct]) -> dict[str, inspect.Type]:
    """The fields that hold a member of an enum, or an object or list that has one inside."""
    kind = inspect.type_info(cls)
    assert isinstance(kind, inspect.StructType)  # noqa: S101
    return {field.name: field.type for field in kind.fields if _has_enum(field.type)}


def _has_enum(kind: inspect.Type) -> bool:
    match kind:
        case inspect.Metadata(type=inner):
            return _has_enum(inner)
        case inspect.UnionType(types=alternatives):
            return any(map(_has_enum, alternatives))
        case inspect.StructType(cls=cls):
            return bool(_enum_fields(cls))
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return _has_enum(item)
    return isinstance(kind, inspect.EnumType)


def _replaced(values: Any, place: Place, enum: type[Enum]) -> Enum:
    """The unknown member for the text at a place; a known value replaces the text."""
    *way, last = place
    parent = reduce(lambda part, key: part[key], way, values)
    member = unknown_member(enum, parent[last])
    parent[last] = next(iter(enum)).value
    return member


def _put(made: Any, place: Place, member: Enum) -> None:
    *way, last = place
    parent = reduce(lambda p, key: getattr(p, key) if isinstance(key, str) else p[key], way, made)
    if isinstance(last, str):
        force_setattr(parent, last, member)
    else:
        parent[last] = member
