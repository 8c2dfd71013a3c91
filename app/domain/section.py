"""What an object is to a patch."""

from typing import Any

from msgspec import Struct


class Section(Struct, frozen=True, kw_only=True):
    """A part of a template that a patch merges into, field by field."""


class Changes(dict[str, Any]):
    """What a client changes of one section: values by field; of a section in it, changes again."""
