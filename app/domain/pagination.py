"""Pages of lists, and the cursors that hold them together.

A cursor names the position of one entry in one order; it stays valid when entries come and go.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Protocol

import msgspec
from msgspec import Struct

from app.domain.errors import BadUserInput, Unreadable
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField, ModelTemplateRevision
from app.domain.storable import is_storable

DEFAULT_SIZE = 20
MAX_SIZE = 100
REVISIONS = "revisions"
"""The order of a template's history: newest first."""


class Cursor(Struct, frozen=True, array_like=True):
    """An order, what the entry has in the field that it is by, and the entry's id."""

    order: str
    value: str
    id: str

    def encode(self) -> str:
        """The opaque text that clients hold."""
        return urlsafe_b64encode(msgspec.json.encode(self)).rstrip(b"=").decode()

    @classmethod
    def decode(cls, argument: str, text: str, order: str) -> "Cursor":
        """Raises BadUserInput, naming the argument, when the text is not a cursor of ours."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            cursor = msgspec.json.decode(urlsafe_b64decode(padded), type=cls)
        except (ValueError, msgspec.MsgspecError):
            raise BadUserInput(argument, "not a cursor of this list") from None
        if cursor.order != order:
            raise BadUserInput(argument, "a cursor of another order")
        if not is_storable(cursor.value + cursor.id):
            raise BadUserInput(argument, "not a cursor of this list")
        return cursor

    @classmethod
    def of_revision(cls, revision: ModelTemplateRevision) -> "Cursor":
        """Where a revision is in its history."""
        return cls(REVISIONS, str(revision.revision), revision.id)

    def revision(self, argument: str) -> int:
        """The number of the revision that the cursor is at. Raises BadUserInput."""
        if (parsed := ModelTemplateRevision.parse_id(self.id)) is None:
            raise BadUserInput(argument, "not a cursor of this list")
        return parsed[1]


class Position(Struct, frozen=True, kw_only=True):
    """Where a template is in an order: ids decide between equal values."""

    value: str | datetime
    id: str


class OrderDirection(Enum):
    """Which way a list goes."""

    ASC = "ASC"
    DESC = "DESC"


class ModelTemplateOrder(Struct, frozen=True, kw_only=True):
    """What a list is ordered by, and which way."""

    field: ModelTemplateOrderField = ModelTemplateOrderField.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC

    @property
    def _name(self) -> str:
        return f"{self.field.name} {self.direction.name}"

    def cursor(self, template: ModelTemplate) -> str:
        """The place of a template in this order."""
        value = getattr(template, self.field.value)
        text = value.isoformat() if isinstance(value, datetime) else value
        return Cursor(self._name, text, template.id).encode()

    def position(self, argument: str, cursor: str | None) -> Position | None:
        """The place that a cursor names. Raises BadUserInput, naming the argument."""
        if cursor is None:
            return None
        decoded = Cursor.decode(argument, cursor, self._name)
        value: str | datetime = decoded.value
        if self.field is not ModelTemplateOrderField.NAME:
            try:
                value = datetime.fromisoformat(decoded.value).astimezone(UTC)
            except (ValueError, OverflowError):
                raise BadUserInput(argument, "not a cursor of this list") from None
        return Position(value=value, id=decoded.id)


class Window(Struct, frozen=True, kw_only=True):
    """Which part of a list: `size` entries between two places, from its beginning or its end."""

    order: ModelTemplateOrder
    size: int
    after: Position | None = None
    before: Position | None = None
    from_end: bool = False


class Page(Struct, frozen=True, kw_only=True):
    """What stands in a window, in the list's order; `has_more` if its size cut something off.
    Documents that cannot be read are left out of the templates."""

    templates: Sequence[ModelTemplate]
    has_more: bool
    unreadable: Sequence[Unreadable] = ()


class ModelTemplateList(Protocol):
    """One list of templates, planned once however often it is read. Every method may raise
    Unavailable."""

    async def read(self, window: Window) -> Page:
        """The templates in a window."""

    async def exists(self, order: ModelTemplateOrder, place: Position, *, ahead: bool) -> bool:
        """Whether the list has a template at a place, or ahead of it (else behind it)."""

    async def count(self) -> int:
        """The number of templates in the whole list."""


class Listing:
    """A page of templates, and what few callers ask about the list around it."""

    def __init__(self, list: ModelTemplateList, window: Window, page: Page) -> None:
        self._list = list
        self._window = window
        self._has_more = page.has_more
        self.order = window.order
        self.templates = page.templates
        self.unreadable = page.unreadable

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

    async def _exists(self, place: Position | None, *, ahead: bool) -> bool:
        return place is not None and await self._list.exists(self.order, place, ahead=ahead)

    async def total_count(self) -> int:
        """The number of templates in the whole list."""
        return await self._list.count()


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
