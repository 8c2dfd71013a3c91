"""Annotations of fields: descriptions, limits, and markers for filters and search.

Limits are JSON Schema keywords, because input is validated against that schema. msgspec's own
constraints would be checked again whenever a stored document is loaded, and a document that was
once accepted must stay readable. Three keywords are custom: `errorMessage` completes the sentence
"<field> ...", `maxBytes` counts bytes of UTF-8, and `unsupported` has values that are not accepted
although one may expect it, with sentences like that of `errorMessage`.
"""

from typing import Any

from msgspec import Meta, Struct

FILTERABLE = Meta(extra={"filterable": True})
"""Lists can be filtered by the field's value."""

SEARCHABLE = Meta(extra={"search_rank": 0})
"""`search` finds templates by the words of the field."""

SEARCHABLE_LATER = Meta(extra={"search_rank": 1})
"""Like SEARCHABLE, for maps: their words are indexed after those of other fields."""

SEARCHABLE_LAST = Meta(extra={"search_rank": 2})
"""Like SEARCHABLE, for long texts: their words are indexed after all others."""


OMITTED_BY_DEFAULT = Meta(extra={"omitted_by_default": True})
"""Stored documents and exports omit the field while it has its default. For fields that a later
release adds: what does not use them stays the same to the byte, and earlier releases read it."""


INTERNAL = Meta(extra={"internal": True, "omitted_by_default": True})
"""Only stored documents and exports have the field, while it differs from its default: no input or
answer of the API does."""


def described(text: str, **limits: Any) -> Meta:
    """The description of a field, and its limits as JSON Schema keywords."""
    return Meta(description=text, extra_json_schema=limits)


def limited(**limits: Any) -> Meta:
    """Limits of a value, as JSON Schema keywords."""
    return Meta(extra_json_schema=limits)


def matching(pattern: str, explanation: str) -> Meta:
    """A pattern that the whole text must match, without a trailing newline. `explanation` completes
    the sentence "<field> must be ..."."""
    return limited(pattern=rf"^(?:{pattern})$(?!\n)", errorMessage=f"must be {explanation}")


class Mergeable(Struct, frozen=True, kw_only=True):
    """An object that a patch changes field by field; any other value is replaced as a whole."""


class Changes(dict[str, Any]):
    """A patch of one Mergeable: new values by field name, nested Changes for nested objects."""
