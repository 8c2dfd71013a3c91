"""Pages of lists, and their cursors.

A cursor encodes the position of one entry in one order; it stays valid when entries are added or
deleted.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Protocol

import msgspec
from msgspec import Struct

from app.domain.errors import BadUserInput, Unreadable
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField, ModelTemplateRevision
from app.domain.rfc_3339 import instant
from app.domain.storable import is_storable

DEFAULT_SIZE = 20
MAX_SIZE = 100
"""Entries on a page."""

MAX_NUMBERED_ACCOUNTS = 200
"""Accounts of a list whose pages have numbers: what the database merges in one command."""

REVISIONS = "revisions"
"""The order of a template's history: newest first."""


class Cursor(Struct, frozen=True, array_like=True):
    """A position in a list: the name of the order, the entry's value in the field that it sorts by,
    and the entry's id."""

    order: str
    value: str
    id: str

    def encode(self) -> str:
        """The opaque text that clients get: JSON in URL-safe Base64."""
        return urlsafe_b64encode(msgspec.json.encode(self)).rstrip(b"=").decode()

    @classmethod
    def decode(cls, argument: str, text: str, order: str) -> "Cursor":
        """The cursor of an encoded text. Raises BadUserInput, naming the argument, if the text is
        not a cursor of this order."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            cursor = msgspec.json.decode(urlsafe_b64decode(padded), type=cls)
        except (ValueError, msgspec.MsgspecError):
            raise BadUserInput(argument, "not a cursor of this list") from None
        if cursor.order != order:
            raise BadUserInput(argument, "not a cursor of this order")
        if not is_storable(cursor.value + cursor.id):
            raise BadUserInput(argument, "not a cursor of this list")
        return cursor

    @classmethod
    def of_revision(cls, revision: ModelTemplateRevision) -> "Cursor":
        """The cursor of a revision in its template's history."""
        return cls(REVISIONS, str(revision.revision), revision.id)

    def revision(self, argument: str) -> int:
        """The revision number that the cursor encodes. Raises BadUserInput, naming the argument."""
        if (parsed := ModelTemplateRevision.parse_id(self.id)) is None:
            raise BadUserInput(argument, "not a cursor of this list")
        return parsed[1]


class Position(Struct, frozen=True, kw_only=True):
    """The position of a template in an order; ids break ties."""

    value: str | datetime
    id: str


class OrderDirection(Enum):
    """The direction of a list's order."""

    ASC = "ASC"
    DESC = "DESC"


class ModelTemplateOrder(Struct, frozen=True, kw_only=True):
    """The order of a list: a field and a direction."""

    field: ModelTemplateOrderField = ModelTemplateOrderField.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC

    @property
    def _name(self) -> str:
        return f"{self.field.name} {self.direction.name}"

    def cursor(self, template: ModelTemplate) -> str:
        """The encoded cursor of a template in this order."""
        value = getattr(template, self.field.value)
        text = value.isoformat() if isinstance(value, datetime) else value
        return Cursor(self._name, text, template.id).encode()

    def position(self, argument: str, cursor: str | None) -> Position | None:
        """The position that a cursor encodes. Raises BadUserInput, naming the argument."""
        if cursor is None:
            return None
        decoded = Cursor.decode(argument, cursor, self._name)
        value: str | datetime = decoded.value
        if self.field is not ModelTemplateOrderField.NAME:
            try:
                value = instant(decoded.value)
            except ValueError:
                raise BadUserInput(argument, "not a cursor of this list") from None
        return Position(value=value, id=decoded.id)


class Window(Struct, frozen=True, kw_only=True):
    """A part of a list: the first or the last `size` entries between two positions."""

    order: ModelTemplateOrder
    size: int
    after: Position | None = None
    before: Position | None = None
    from_end: bool = False


class Page(Struct, frozen=True, kw_only=True):
    """The templates in a window, in the list's order. `has_more` says that the window's size cut
    some off; `unreadable` has the errors of documents that cannot be decoded."""

    templates: Sequence[ModelTemplate]
    has_more: bool
    unreadable: Sequence[Unreadable] = ()


class ModelTemplateList(Protocol):
    """A list of templates, whose query is planned once. Every method may raise Unavailable."""

    async def read(self, window: Window, part: type[ModelTemplate] = ModelTemplate) -> Page:
        """The templates in a window, or parts of them: objects of a class with some of their
        fields."""

    async def fetch(
        self, ids: Iterable[str], part: type[ModelTemplate]
    ) -> tuple[Sequence[ModelTemplate], Sequence[Unreadable]]:
        """Templates of the list by their ids, in any order, and errors as in a Page. Deleted ones
        are missing."""

    async def ids(self, skip: int, limit: int) -> Sequence[str]:
        """The ids of at most `limit` templates after the `skip` oldest ones, oldest first, in at
        most MAX_NUMBERED_ACCOUNTS accounts."""

    async def exists(self, order: ModelTemplateOrder, position: Position, *, ahead: bool) -> bool:
        """Whether the list has a template at the position or, if `ahead`, after it, else before
        it."""

    async def count(self) -> int:
        """The number of templates in the whole list."""


class Listing:
    """A page of templates; the rest of the list is queried only on demand."""

    def __init__(self, list: ModelTemplateList, window: Window, page: Page) -> None:
        self._list = list
        self._window = window
        self._has_more = page.has_more
        self.order = window.order
        self.templates = page.templates
        self.unreadable = page.unreadable

    async def fetch(self, ids: Iterable[str], part: type[ModelTemplate]) -> Sequence[ModelTemplate]:
        """Templates of the page by their ids; see ModelTemplateList. Errors of others are added to
        those of the page."""
        templates, unreadable = await self._list.fetch(ids, part)
        known = {error.id for error in self.unreadable}
        new = (error for error in unreadable if error.id not in known)
        self.unreadable = [*self.unreadable, *new]
        return templates

    def put(self, templates: Sequence[ModelTemplate]) -> None:
        """Puts templates, or what stands for them, in place of those of the page. Raises Unreadable
        if all are unreadable and more follow: there is no cursor to continue from."""
        if self.unreadable and not templates and self._has_more:
            raise self.unreadable[0]
        self.templates = templates

    async def has_next_page(self) -> bool:
        """Whether a template follows the last one of this page."""
        window = self._window
        if self._has_more and not window.from_end:
            return True
        return await self._exists(window.before, ahead=True)

    async def has_previous_page(self) -> bool:
        """Whether a template precedes the first one of this page."""
        window = self._window
        if self._has_more and window.from_end:
            return True
        return await self._exists(window.after, ahead=False)

    async def _exists(self, position: Position | None, *, ahead: bool) -> bool:
        return position is not None and await self._list.exists(self.order, position, ahead=ahead)

    async def total_count(self) -> int:
        """The number of templates in the whole list."""
        return await self._list.count()


class History:
    """A page of a template's earlier states, newest first. Revision numbers have no gaps; the
    history begins with the oldest state that is kept."""

    def __init__(
        self,
        template: ModelTemplate,
        revisions: list[ModelTemplateRevision],
        find_oldest: Callable[[], Awaitable[int]],
    ) -> None:
        self._template = template
        self._find_oldest = find_oldest
        self.revisions = revisions

    async def oldest_revision(self) -> int:
        """The number of the oldest state that is kept; that of the current state without others."""
        if self.revisions and self.revisions[-1].revision == 1:
            return 1
        return await self._find_oldest()

    async def has_next_page(self) -> bool:
        """Whether there is a state older than the last one of this page."""
        return bool(self.revisions) and self.revisions[-1].revision > await self.oldest_revision()

    async def has_previous_page(self) -> bool:
        """Whether there is an earlier state newer than the first one of this page."""
        newest = self._template.revision - 1
        return bool(self.revisions) and self.revisions[0].revision < newest

    async def total_count(self) -> int:
        """The number of earlier states that are kept."""
        return self._template.revision - await self.oldest_revision()
