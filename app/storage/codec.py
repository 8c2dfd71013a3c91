"""Domain object <-> document. A document has the object's own shape, with `_id` for `id`."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from app.domain.errors import Unreadable
from app.domain.unknown_value import converted

T = TypeVar("T")


def to_document(value: Struct) -> dict[str, Any]:
    """The document of an object that has an `id`. Nulls that are defaults are left out: reading
    gives them back, and they would be a third of the document."""
    document: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(datetime,))
    _drop_default_nulls(value, document)
    return {"_id": document.pop("id"), **document}


def from_document(document: dict[str, Any], cls: type[T]) -> T:
    """The object of a document that `to_document` made, in this release or another one: keys that
    the class does not have are ignored, and unknown values of an enum are kept. Raises
    Unreadable."""
    document["id"] = document.pop("_id")
    try:
        return converted(document, cls)
    except msgspec.ValidationError as error:
        raise Unreadable(document["id"], error) from error


def readable(documents: Iterable[dict[str, Any]], cls: type[T]) -> tuple[list[T], list[Unreadable]]:
    """The objects of those documents that can be read, and an error for each of the others."""
    objects, errors = [], []
    for document in documents:
        try:
            objects.append(from_document(document, cls))
        except Unreadable as error:
            errors.append(error)
    return objects, errors


def _drop_default_nulls(value: Any, document: Any) -> None:
    if isinstance(value, Struct):
        for name in value.__struct_fields__:
            member = getattr(value, name)
            if member is None:
                if name in _null_by_default(type(value)):
                    del document[name]
            elif isinstance(member, Struct | list | tuple):
                _drop_default_nulls(member, document[name])
    else:
        for member, part in zip(value, document, strict=True):
            if isinstance(member, Struct):
                _drop_default_nulls(member, part)


@cache
def _null_by_default(cls: type[Struct]) -> frozenset[str]:
    return frozenset(field.name for field in fields(cls) if field.default is None)
