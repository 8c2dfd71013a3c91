"""What an object is to a patch, and what a field is to a list."""

from typing import Any

from msgspec import Meta, Struct

FILTERABLE = Meta(extra={"filterable": True})
"""Lists can be narrowed to some values of the field."""

SEARCHABLE = Meta(extra={"searchable": True})
"""The words of the field's text are found by a search."""


class Section(Struct, frozen=True, kw_only=True):
    """A part of a template that a patch merges into, field by field."""


class Changes(dict[str, Any]):
    """What a client changes of one section: values by field; of a section in it, changes again."""
