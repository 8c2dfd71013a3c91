"""A page of a list, and the cursors that hold it together.

A cursor names the position of one template in one order; it stays valid when templates come and go.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Struct

from app.domain.access import Id
from app.domain.errors import BadUserInput
from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.domain.text import described

DEFAULT_SIZE = 20
MAX_SIZE = 100


class Cursor(Struct, frozen=True, array_like=True):
    """The order that the list is in, and the id of the template."""

    order: str
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
        return cursor

    def revision(self) -> int:
        """The number of a revision that the cursor is at."""
        parsed = ModelTemplateRevision.parse_id(self.id)
        return parsed[1] if parsed else 0


NEWEST_FIRST = "newest first"
REVISIONS = "revisions"


class ModelTemplateFilter(Struct, frozen=True, kw_only=True):
    """Conditions that must all hold."""

    account_id: Annotated[Id | None, described("The account that owns the template.")] = None
    archived: Annotated[
        bool | None,
        described("False for templates in use, true for withdrawn ones, null for both."),
    ] = False


class Page(Struct, frozen=True, kw_only=True):
    """Some templates of a list, in its order."""

    templates: Sequence[ModelTemplate]
    has_next_page: bool
