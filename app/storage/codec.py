"""Domain object <-> document. A document has the object's own shape, with `_id` for `id`."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def to_document(value: Any) -> dict[str, Any]:
    """The document of an object that has an `id`."""
    document: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(datetime,))
    return {"_id": document.pop("id"), **document}


def from_document(document: dict[str, Any], cls: type[T]) -> T:
    """The object of a document that `to_document` made; what else stands in it is left alone."""
    document["id"] = document.pop("_id")
    return msgspec.convert(document, cls)
