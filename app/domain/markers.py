"""Markers: what an annotation says of a field besides its type.

Limits are JSON Schema keywords, because input is validated against that schema. msgspec's own
constraints would be checked again whenever a stored document is loaded, and a document that was
once accepted must stay readable. Two keywords are ours: `errorMessage` completes the sentence
"<field> ...", `maxBytes` counts bytes of UTF-8.
"""

from typing import Any

from msgspec import Meta, Struct

FILTERABLE = Meta(extra={"filterable": True})
"""Lists can be filtered by the field's value."""

SEARCHABLE = Meta(extra={"searchable": True})
"""`search` finds the words of the field's text."""

SEARCHABLE_LATER = Meta(extra={"searchable": "later"})
SEARCHABLE_LAST = Meta(extra={"searchable": "last"})
"""The same for long texts: the words of all other fields are indexed before theirs."""


def described(text: str, **limits: Any) -> Meta:
    """What a field is, and its limits."""
    return Meta(description=text, extra_json_schema=limits)


def limited(**limits: Any) -> Meta:
    """Limits of a value."""
    return Meta(extra_json_schema=limits)


def matching(pattern: str, explanation: str) -> Meta:
    """The text as a whole matches `pattern`: a trailing newline is no exception."""
    return limited(pattern=rf"^(?:{pattern})$(?!\n)", errorMessage=f"must be {explanation}")


class Mergeable(Struct, frozen=True, kw_only=True):
    """An object that a patch merges into, field by field; any other value is replaced whole."""


class Changes(dict[str, Any]):
    """A patch of one Mergeable: new values by field name, nested Changes for nested objects."""
