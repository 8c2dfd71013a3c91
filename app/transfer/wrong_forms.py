"""Files that are something else than templates, which get one message."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from app.domain.errors import MAX_VIOLATIONS
from app.domain.model_template import CreateModelTemplate
from app.domain.validation.json_schema import json_schema
from app.domain.validation.known_names import field_meant
from app.transfer.file_documents import Document

EXAMINED, MAX_BYTES = 20, 32_000_000
"""Values, and their bytes, that are looked at before a file is taken for one without templates."""

MAX_SHOWN = 5
NAMING = frozenset({"account_id", "name"})
"""Required fields that other things have, too."""

KINDS = {
    "openapi": "an OpenAPI description",
    "swagger": "an OpenAPI description",
    "apiVersion": "a Kubernetes manifest",
    "detail": "an error answer of SGP",
    "errors": "a GraphQL answer",
    "data": "a GraphQL answer",
}
"""Other things by a key that tells them."""


class UnreadableFile(ValueError):
    """A file that cannot be parsed as a whole, or that holds no templates."""


def with_templates(documents: Iterator[Document]) -> Iterator[Document]:
    """The documents. Raises UnreadableFile if the first ones show that the file is something else:
    no errors of single fields, of each of its lines, are worth reading then."""
    examined, reasons, size = list[Document](), list[str](), 0
    for document in documents:
        examined.append(document)
        size += document.size
        if (reason := _why_no_template(document)) is None:
            break
        reasons.append(reason)
        if len(examined) == EXAMINED or size > MAX_BYTES:
            break
    if reasons and len(reasons) == len(examined):
        is_other = isinstance(examined[0].value, dict | str)
        if len(examined) > 1:
            raise UnreadableFile(
                f"none of its templates can be read; the first, on line "
                f"{examined[0].place.line():,}, {reasons[0]}"
            )
        if is_other:
            raise UnreadableFile(f"it {reasons[0]}")
    return chain(examined, documents)


def _why_no_template(document: Document) -> str | None:
    """A predicate: why a document is not even a wrong template; None if it may be one."""
    if document.is_broken:
        return None
    if document.unreadable is not None:
        return document.unreadable.message.removeprefix("The input ").removesuffix(".")
    if isinstance(document.value, dict):
        return None if document.repeated else _why_other(document.value)
    return "is plain text, not a template" if isinstance(document.value, str) else "is no object"


def _why_other(value: dict[Any, Any]) -> str | None:
    schema = json_schema(CreateModelTemplate)
    keys = [key for key in map(str, value)]
    meant = {field_meant(key, schema["properties"]) for key in keys[:MAX_VIOLATIONS]}
    is_named_only = not meant & ({*schema["required"]} - NAMING)
    if not keys or not is_named_only or None not in meant:
        return None
    kind = next((KINDS[key] for key in keys if key in KINDS), None)
    if kind is not None:
        return f"is {kind}, not a template"
    shown = ", ".join(keys[:MAX_SHOWN]) + (", …" if len(keys) > MAX_SHOWN else "")
    return f"has no field that a template needs, but others: {shown}"
