"""The use cases that read: one method for each query on model templates."""

from functools import partial
from typing import TypeVar

from app.domain.access import Viewer
from app.domain.errors import BadUserInput
from app.domain.facets import ModelTemplateFacets, count_facets
from app.domain.filter import ModelTemplateFilter
from app.domain.model_template import ModelTemplate, ModelTemplateRevision, ModelTemplateVersion
from app.domain.numbered_pages import DEFAULT_LIMIT, MAX_LIMIT, NumberedPage
from app.domain.pagination import (
    DEFAULT_SIZE,
    MAX_NUMBERED_ACCOUNTS,
    MAX_SIZE,
    REVISIONS,
    Cursor,
    History,
    Listing,
    ModelTemplateOrder,
    Window,
)
from app.domain.repository import ModelTemplateRepository, Scope
from app.domain.storable import is_storable

V = TypeVar("V", bound=ModelTemplateVersion | ModelTemplate)


class ModelTemplateReader:
    """Reads model templates, within the accounts that a caller may read."""

    def __init__(self, repository: ModelTemplateRepository) -> None:
        self._repository = repository

    async def find_revision(
        self, template: ModelTemplate | ModelTemplateVersion, revision: int
    ) -> ModelTemplateRevision | None:
        """An earlier state; None if `revision` is the current one or does not exist. Raises
        Unavailable."""
        if not 1 <= revision < template.revision:
            return None
        return await self._repository.revision(template.id, revision)

    async def revision_at(
        self, template: ModelTemplate, revision: int
    ) -> ModelTemplateRevision | None:
        """Like `find_revision`, but raises BadUserInput for a state that is no longer kept."""
        found = await self.find_revision(template, revision)
        if found is None and 1 <= revision < template.revision:
            oldest = await self._oldest_revision(template)
            if revision < oldest:
                raise BadUserInput(
                    "revision", f"{revision} is no longer kept; the history begins with {oldest}"
                )
        return found

    async def list_revisions(
        self, template: ModelTemplate, *, first: int | None = None, after: str | None = None
    ) -> History:
        """A page of earlier states, newest first: at most `first` (1 to 100) after the cursor
        `after`. Raises BadUserInput, naming the argument, or Unavailable."""
        size = _page_size("first", first)
        below = template.revision
        if after is not None:
            below = min(below, Cursor.decode("after", after, REVISIONS).revision("after"))
        revisions = await self._repository.revisions(template.id, limit=size, below=below)
        return History(template, revisions, partial(self._oldest_revision, template))

    async def _oldest_revision(self, template: ModelTemplate) -> int:
        """The number of the oldest state that is kept, which may be the current one."""
        if template.revision == 1:
            return 1
        oldest = await self._repository.oldest_revision(template.id, below=template.revision)
        return template.revision if oldest is None else oldest

    async def find_node(
        self, viewer: Viewer, id: str
    ) -> ModelTemplate | ModelTemplateRevision | None:
        """The template or revision with this id; None as in `find`. Raises Unavailable."""
        if (parsed := ModelTemplateRevision.parse_id(id)) is None:
            return await self.find(viewer, id)
        version = await self._find_part(ModelTemplateVersion, viewer, parsed[0])
        return None if version is None else await self.find_revision(version, parsed[1])

    async def find(
        self, viewer: Viewer, id: str, part: type[ModelTemplate] = ModelTemplate
    ) -> ModelTemplate | None:
        """A template; None if the id is unknown or malformed, or the caller may not read its
        account. With another `part`, a class with some of its fields, only those are read. Raises
        Unavailable."""
        if part is not ModelTemplate:
            return await self._find_part(part, viewer, id)
        if not is_storable(id):
            return None
        return await self._repository.find(id, viewer.readable())

    async def _find_part(self, cls: type[V], viewer: Viewer, id: str) -> V | None:
        if not is_storable(id):
            return None
        return await self._repository.find_part(cls, id, viewer.readable())

    async def list(
        self,
        viewer: Viewer,
        filter: ModelTemplateFilter,
        order: ModelTemplateOrder,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        part: type[ModelTemplate] = ModelTemplate,
    ) -> Listing:
        """A page of templates: the `first` or the `last` ones (1 to 100) between two cursors. An
        account that the caller may not read counts as empty. Raises BadUserInput, naming the
        argument, or Unavailable. For `part`, see `find`; it has the fields by which lists can be
        ordered, if cursors are needed."""
        if first is not None and last is not None:
            raise BadUserInput("last", "cannot be combined with first")
        window = Window(
            order=order,
            size=_page_size("first", first) if last is None else _page_size("last", last),
            after=order.position("after", after),
            before=order.position("before", before),
            from_end=last is not None,
        )
        accounts = viewer.readable()
        if filter.account_id is not None:
            accounts &= {filter.account_id}
        scope = Scope(accounts=accounts, filter=filter.checked())
        templates = self._repository.list(scope)
        return Listing(templates, window, await templates.read(window, part))

    async def facets(self, viewer: Viewer, filter: ModelTemplateFilter) -> ModelTemplateFacets:
        """The facets of the list with this filter. Raises BadUserInput or Unavailable."""
        return await count_facets(self._repository, viewer.readable(), filter.checked())

    async def numbered_page(
        self,
        viewer: Viewer,
        *,
        account_id: str | None = None,
        page: int = 1,
        limit: int = DEFAULT_LIMIT,
    ) -> NumberedPage:
        """A page of the templates that are not archived, oldest first; empty past the end, and for
        an account that the caller may not read. Raises BadUserInput, naming the argument, or
        Unavailable."""
        if page < 1:
            raise BadUserInput("page", "must be at least 1")
        if not 1 <= limit <= MAX_LIMIT:
            raise BadUserInput("limit", f"must be from 1 to {MAX_LIMIT:,}")
        accounts = viewer.readable()
        if account_id is not None:
            accounts &= {account_id}
        if len(accounts) > MAX_NUMBERED_ACCOUNTS:
            raise BadUserInput(
                "account_id", f"is required with a key for over {MAX_NUMBERED_ACCOUNTS} accounts"
            )
        templates = self._repository.list(Scope(accounts=accounts))
        total, skip = await templates.count(), (page - 1) * limit
        ids = await templates.ids(skip, limit) if skip < total else ()
        return NumberedPage(list=templates, ids=ids, total=total)


def _page_size(argument: str, size: int | None) -> int:
    if size is None:
        return DEFAULT_SIZE
    if not 1 <= size <= MAX_SIZE:
        raise BadUserInput(argument, f"must be from 1 to {MAX_SIZE}")
    return size
