"""Domain object <-> document. A document has the object's own shape, with `_id` for `id`."""

from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import fields

T = TypeVar("T")


def to_document(value: Struct) -> dict[str, Any]:
    """The document of an object that has an `id`. Nulls that are defaults are left out: reading
    gives them back, and they would be a third of the document."""
    document: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(datetime,))
    _drop_default_nulls(value, document)
    return {"_id": document.pop("id"), **document}


def from_document(document: dict[str, Any], cls: type[T]) -> T:
    """The object of a document that `to_document` made; other keys are ignored."""
    document["id"] = document.pop("_id")
    return msgspec.convert(document, cls)


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
