"""The JSON of templates in lists, kept for the next list with the same selection.

A list reads the versions of its templates, which are a few small fields, and then only the
templates whose version is not kept: what is kept is always checked against the database. Where few
are kept of late, it reads the templates at once.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from operator import attrgetter
from typing import Any

from cachetools import LRUCache
from msgspec import Raw

from app.domain.access import Id
from app.domain.cpu_time import pause
from app.domain.json_text import to_json
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField
from app.domain.pagination import Listing

MAX_BYTES = 32 * 1024 * 1024
"""Memory for all fragments."""

OVERHEAD = 450
"""Bytes that a fragment takes beside its JSON: measured."""

FEW = 0.3
"""The share of the templates of a list that are to be kept: if there are fewer, it takes longer to
read versions first."""

RECENT = 8
"""The lists that this share is an average of."""

Key = tuple[int, str, int, Any]
Fill = Callable[[Listing], Awaitable[None]]


def size(json: Raw) -> int:
    """The bytes that a fragment takes."""
    return len(json) + OVERHEAD


_kept: LRUCache[Key, Raw] = LRUCache(MAX_BYTES, size)
_selections = count()
_changed_at = attrgetter(ModelTemplateOrderField.UPDATED_AT.value)


def _of(key: Key) -> Raw | None:
    if key in _kept:  # A miss would take four times as long with `get`, or with an exception.
        return _kept[key]
    return None


class Fragment:
    """A version of a template, with the JSON of a selection."""

    __slots__ = ("json", "version")

    def __init__(self, version: ModelTemplate, json: Raw) -> None:
        self.version = version
        self.json = json

    def __getattr__(self, name: str) -> Any:
        """The fields of the version."""
        return getattr(self.version, name)


class Fragments:
    """The fragments of one selection of templates: a rendering of a part of them, with its source
    for people."""

    def __init__(
        self, part: type[ModelTemplate], render: Callable[[ModelTemplate], Any], source: str
    ) -> None:
        self.part = part
        self.source = source
        self._render = render
        self._selection = next(_selections)
        self._kept_share = 1.0

    def reads(self, versions: type[ModelTemplate]) -> tuple[type[ModelTemplate], Fill]:
        """The part of templates to read for a list, and the function that fills it."""
        return self.part if self._kept_share < FEW else versions, self.fill

    async def fill(self, listing: Listing) -> None:
        """Puts fragments in place of the versions in a list, without those of templates that are
        deleted meanwhile; or templates, if one cannot be rendered. Raises Unavailable, or
        Unreadable if there is nothing else on the page and more follows."""
        kept = {version.id: _of(self._key(version)) for version in listing.templates}
        for template in await self._missing(listing, kept):
            await pause()
            key = self._key(template)
            try:
                kept[template.id] = json = Raw(to_json(self._render(template)))
            except Exception:  # A value that graphql-core answers with an error.
                return await self.complete(listing)
            with suppress(ValueError):  # Larger than all that is kept.
                _kept[key] = json
        filled = ((each, kept[each.id]) for each in listing.templates)
        fragments: Any = [Fragment(each, json) for each, json in filled if json is not None]
        listing.put(fragments)

    async def _missing(
        self, listing: Listing, kept: Mapping[Id, Raw | None]
    ) -> Sequence[ModelTemplate]:
        """The templates that are not kept."""
        missing = [id for id, json in kept.items() if json is None]
        if kept:
            self._kept_share += (1 - len(missing) / len(kept) - self._kept_share) / RECENT
        if not missing:
            return ()
        if isinstance(listing.templates[0], self.part):
            return [each for each in listing.templates if kept[each.id] is None]
        return await listing.fetch(missing, self.part)

    async def complete(self, listing: Listing) -> None:
        """Puts templates in place of the versions or fragments in a list. Raises Unavailable."""
        ids = [each.id for each in listing.templates]
        found = {each.id: each for each in await listing.fetch(ids, self.part)}
        listing.put([found[id] for id in ids if id in found])

    def _key(self, version: ModelTemplate) -> Key:
        return self._selection, version.id, version.revision, _changed_at(version)


def kept_fragments() -> int:
    """The number of fragments that are kept."""
    return len(_kept)


def forget_fragments() -> None:
    """Drops all fragments, after templates have changed without a new revision."""
    _kept.clear()
