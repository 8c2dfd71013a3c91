"""Domain object <-> document. A document has the object's own shape, with `_id` for `id`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from app.domain.errors import Unreadable
from app.domain.unknown_value import converted

T = TypeVar("T")


def to_document(value: Any) -> dict[str, Any]:
    """The document of an object that has an `id`."""
    document: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(datetime,))
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
