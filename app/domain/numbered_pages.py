"""Pages of a list by number, oldest first, so that a new template changes no page but the last."""

from collections.abc import AsyncIterator, Sequence

from msgspec import Struct

from app.domain.errors import Unreadable
from app.domain.model_template import ModelTemplate
from app.domain.pagination import ModelTemplateList

DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000
"""Templates on a page."""

PIECE = 50
"""Templates that are read at a time: those of today have room in an answer, however large."""


class NumberedPage(Struct, frozen=True, kw_only=True):
    """The templates at a place in a list, and the number of templates in the whole list."""

    list: ModelTemplateList
    ids: Sequence[str]
    total: int

    async def pieces(self) -> AsyncIterator[Sequence[ModelTemplate]]:
        """The templates in order, piece by piece. Those that are deleted meanwhile are missing, and
        so are unreadable ones. Raises Unavailable, or Unreadable if there is nothing else on the
        page: without a template on it, a client would take it for the end of the list."""
        unreadable, is_empty = list[Unreadable](), True
        for start in range(0, len(self.ids), PIECE):
            ids = self.ids[start : start + PIECE]
            found, errors = await self.list.fetch(ids, ModelTemplate)
            unreadable += errors
            by_id: dict[str, ModelTemplate] = {template.id: template for template in found}
            is_empty = is_empty and not by_id
            yield [by_id[id] for id in ids if id in by_id]
        if is_empty and unreadable:
            raise unreadable[0]
