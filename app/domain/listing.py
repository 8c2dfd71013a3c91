"""What a list answers: a page of it, and what is asked for now and then about the whole."""

from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.domain.pagination import Page, Position, Window
from app.domain.repository import ModelTemplateRepository, Scope


class Listing:
    """A page of templates, and what is only asked for now and then about the list that it is of."""

    def __init__(
        self, repository: ModelTemplateRepository, scope: Scope, window: Window, page: Page
    ) -> None:
        self._repository = repository
        self._scope = scope
        self._window = window
        self._has_more = page.has_more
        self.order = window.order
        self.templates = page.templates
        self.unreadable = page.unreadable

    async def has_next_page(self) -> bool:
        """Whether there is a template behind the last of this page."""
        window = self._window
        if self._has_more and not window.from_end:
            return True
        return await self._exists(window.before, ahead=True)

    async def has_previous_page(self) -> bool:
        """Whether there is a template before the first of this page."""
        window = self._window
        if self._has_more and window.from_end:
            return True
        return await self._exists(window.after, ahead=False)

    async def _exists(self, place: Position | None, *, ahead: bool) -> bool:
        if place is None:
            return False
        return await self._repository.exists(self._scope, self.order, place, ahead=ahead)

    async def total_count(self) -> int:
        """How many templates the whole list has."""
        return await self._repository.count(self._scope)


class History:
    """A page of a template's earlier states, newest first. Their numbers have no gaps."""

    def __init__(self, template: ModelTemplate, revisions: list[ModelTemplateRevision]) -> None:
        self._template = template
        self.revisions = revisions

    async def has_next_page(self) -> bool:
        """Whether there is a state before the last of this page."""
        return bool(self.revisions) and self.revisions[-1].revision > 1

    async def has_previous_page(self) -> bool:
        """Whether there is a state between the current one and the first of this page."""
        newest = self._template.revision - 1
        return bool(self.revisions) and self.revisions[0].revision < newest

    async def total_count(self) -> int:
        """How many earlier states there are."""
        return self._template.revision - 1
