"""Enum values that a newer release has stored and this one does not know.

Such a value becomes a member of its enum that the enum does not declare. Its `value`, `name`, hash
and encoded form are the stored text, so that nothing is lost when it is stored again. Only its own
field has an error, never the object around it: `unknown_value_errors` lists them.
"""

from collections.abc import Iterator
from enum import Enum
from functools import lru_cache, reduce
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
Path = tuple[str | int, ...]
"""A path in a document: keys of objects, indexes of lists."""

MAX_CLASSES = 100
"""Classes whose fields with enums are remembered. There is one for each part of a template that an
operation asks for."""

_interned = WeakValueDictionary[tuple[type[Enum], str], Enum]()
"""Members that compare equal are identical, like declared ones."""


def unknown_member(cls: type[E], value: str) -> E:
    """A member that the enum does not declare; the same object for the same value."""
    member = _interned.get((cls, value))
    if member is None:
        member = object.__new__(cls)
        member._name_ = member._value_ = value
        member = _interned.setdefault((cls, value), member)
    return member  # type: ignore[return-value]


def is_unknown(member: Enum) -> bool:
    """Whether the member is not declared by its enum."""
    return type(member)._member_map_.get(member._name_) is not member


def not_known(value: Any) -> str:
    """The predicate of an error about an unknown value."""
    return f"has a value that this release does not know: {value}"


def unknown_value_errors(value: Struct, cls: type[Struct]) -> list[UserError]:
    """An INVALID error for each unknown value of the object, in the fields that `cls` has too and
    in the objects inside them."""
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
    """Like `msgspec.convert`, but with unknown members where it would reject an enum's value; it
    takes longer then, and changes `values`. Raises msgspec.ValidationError."""
    try:
        return msgspec.convert(values, cls)
    except msgspec.ValidationError:
        paths = [*_unknown_paths(inspect.type_info(cls), values, ())]
        if not paths:
            raise
    unknown = [_replaced(values, path, enum) for path, enum in paths]
    result = msgspec.convert(values, cls)
    for (path, _), member in zip(paths, unknown, strict=True):
        _put(result, path, member)
    return result


def _unknown_paths(kind: inspect.Type, value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Path and enum of each string that is not a value of its enum."""
    match kind:
        case inspect.Metadata(type=inner):
            yield from _unknown_paths(inner, value, path)
        case inspect.UnionType(types=alternatives):
            for alternative in alternatives:
                yield from _unknown_paths(alternative, value, path)
        case inspect.EnumType(cls=enum):
            if isinstance(value, str) and value not in enum._value2member_map_:
                yield path, enum
        case inspect.StructType(cls=cls):
            if isinstance(value, dict):
                for name, inner in _enum_fields(cls).items():
                    yield from _unknown_paths(inner, value.get(name), (*path, name))
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            if isinstance(value, list):
                for position, member in enumerate(value):
                    yield from _unknown_paths(item, member, (*path, position))


@lru_cache(MAX_CLASSES)
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


def _replaced(values: Any, path: Path, enum: type[Enum]) -> Enum:
    """The unknown member for the string at the path, which is replaced by a known value."""
    *parents, last = path
    parent = reduce(lambda part, key: part[key], parents, values)
    member = unknown_member(enum, parent[last])
    parent[last] = next(iter(enum)).value
    return member


def _put(root: Any, path: Path, member: Enum) -> None:
    *parents, last = path
    parent = reduce(
        lambda part, key: getattr(part, key) if isinstance(key, str) else part[key], parents, root
    )
    if isinstance(last, str):
        force_setattr(parent, last, member)
    else:
        parent[last] = member
