"""Conversion of domain objects to MongoDB documents of the same shape (`_id` for `id`) and back."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, defstruct
from msgspec.structs import fields

from app.domain.errors import Unreadable
from app.domain.fields import Kind, ValueType, field_map
from app.domain.parts import default_of
from app.domain.unknown_value import converted

T = TypeVar("T")


def to_document(value: Struct) -> dict[str, Any]:
    """The document of an object that has an `id`.

    Fields that are null by default are omitted when null: reading restores them, and they would
    make up a third of the document. So are other fields that are omitted by default.
    """
    stored = msgspec.convert(value, _stored(type(value)), from_attributes=True)
    document: dict[str, Any] = msgspec.to_builtins(stored, builtin_types=(datetime,))
    return {"_id": document.pop("id"), **document}


def from_document(document: dict[str, Any], cls: type[T]) -> T:
    """The object of a document that this or another release wrote. Raises Unreadable.

    Keys that the class lacks are ignored, and unknown enum values are kept.
    """
    document["id"] = document.pop("_id")
    try:
        return converted(document, cls)
    except msgspec.ValidationError as error:
        raise Unreadable(document["id"], error) from error


def readable(documents: Iterable[dict[str, Any]], cls: type[T]) -> tuple[list[T], list[Unreadable]]:
    """The objects of the readable documents, and one error for each unreadable document."""
    objects, errors = [], []
    for document in documents:
        try:
            objects.append(from_document(document, cls))
        except Unreadable as error:
            errors.append(error)
    return objects, errors


def update_of(before: Struct, after: Struct) -> dict[str, dict[str, Any]]:
    """MongoDB's update from one state of an object to another, of the same class: only what differs
    is set, so that fields of a newer release, which this one does not know, are kept."""
    sets: dict[str, Any] = {}
    unsets: dict[str, Any] = {}
    _collect(type(after), to_document(before), to_document(after), "", sets, unsets)
    return {name: each for name, each in (("$set", sets), ("$unset", unsets)) if each}


def _collect(
    cls: type[Struct],
    before: dict[str, Any],
    after: dict[str, Any],
    path: str,
    sets: dict[str, Any],
    unsets: dict[str, Any],
) -> None:
    for field in field_map(cls).stored:
        name, kind = field.name, field.value_type.kind
        old, new = before.get(name), after.get(name)
        if kind is Kind.STRUCT and isinstance(old, dict) and isinstance(new, dict):
            _collect(field.value_type.python, old, new, f"{path}{name}.", sets, unsets)
        elif repr(old) == repr(new):  # 1, 1.0 and True are equal.
            continue
        elif name in after:
            sets[path + name] = new
        else:
            unsets[path + name] = ""


@cache
def _stored(cls: type[Struct]) -> type[Struct]:
    """A class with the same fields, of which msgspec leaves out those that documents omit."""
    members = list[Any]()
    for info, field in zip(fields(cls), field_map(cls).stored, strict=True):
        is_omitted = info.default is None or field.omitted_by_default
        default = default_of(info) if is_omitted else ()
        members.append((field.name, _type(field.value_type), *default))
    return defstruct(cls.__name__, members, kw_only=True, omit_defaults=True)


def _type(value: ValueType) -> Any:
    match value.kind:
        case Kind.STRUCT:
            kind: Any = _stored(value.python)
        case Kind.LIST if value.member is not None:
            of: Any = _type(value.member)
            kind = list[of] if value.python is list else tuple[of, ...]
        case _:
            return Any  # Taken as it is.
    return kind | None if value.is_nullable else kind
