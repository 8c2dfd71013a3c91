"""Numbers of templates by value, of which facets are made."""

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct


class Counted(Struct, frozen=True, kw_only=True):
    """The facets to count in one scope: fields, and labels, all or only those of one name."""

    fields: Collection[str] = ()
    labels: bool = False
    label: str | None = None


class Tally(Struct, frozen=True, kw_only=True):
    """The numbers of templates in one scope: all, by the values of each field as they are stored,
    and by label, of which rare ones may be missing."""

    total: int = 0
    fields: Mapping[str, Mapping[Any, int]] = {}
    labels: Mapping[tuple[str, str], int] = {}
    is_complete: bool = True
