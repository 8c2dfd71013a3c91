"""List filters: conditions on fields marked FILTERABLE, and a search in those marked SEARCHABLE.

The fields are marked where they are defined. Marks inside optional objects have no effect.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from functools import reduce
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Struct, defstruct

from app.domain.access import Id
from app.domain.errors import BadUserInput
from app.domain.fields import Field, Kind, field_map
from app.domain.markers import described
from app.domain.model_template import Instant, ModelTemplate

MAX_SEARCH, MAX_WORDS, MAX_LABELS = 1_000, 16, 64
"""Limits of one filter: characters of `search`, words of `search`, label pairs."""

MAX_INDEXED_WORDS, MAX_WORD_LENGTH = 128, 255
"""Limits of the search index: distinct words of a template, characters of a word. Name, image and
id come first, then labels, so that usually only the end of a long description is cut off."""

_WORD = re.compile(r"[^\W_]+")

Path = tuple[str, ...]
"""Attribute names from a template to a field."""


def words(text: str) -> dict[str, None]:
    """The distinct words of a text in order, case-folded: runs of letters and digits."""
    matches = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return dict.fromkeys(word[:MAX_WORD_LENGTH] for word in matches)


def searchable_words(template: ModelTemplate) -> list[str]:
    """The words that a search finds the template by, at most MAX_INDEXED_WORDS."""
    text = "\n".join(text for path in SEARCHED for text in _texts(value_at(template, path)))
    return [*islice(words(text), MAX_INDEXED_WORDS)]


def value_at(template: ModelTemplate, path: Path) -> Any:
    """The value of a template's field."""
    return reduce(getattr, path, template)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for pair in value.items():
            yield from pair
    elif value is not None:
        yield value


def _always_there(cls: type[Struct], parents: Path = ()) -> Iterator[tuple[Path, Field]]:
    """The fields of a class and of its objects that are not optional, with their paths."""
    for field in field_map(cls).fields:
        path = (*parents, field.name)
        yield path, field
        if field.value_type.kind is Kind.STRUCT and not field.value_type.is_nullable:
            yield from _always_there(field.value_type.python, path)


_FIELDS = [*_always_there(ModelTemplate)]

FILTERED = {
    field.name: (path, field.value_type.python) for path, field in _FIELDS if field.filterable
}
"""Path and type of each filterable field, by its name in filters."""

_RANKED = [(field.search_rank, path) for path, field in _FIELDS if field.search_rank is not None]

SEARCHED = [path for _, path in sorted(_RANKED, key=itemgetter(0))]


def is_facet(kind: Any) -> bool:
    """Whether the field's type is an enum; its filter then takes a list of values."""
    return isinstance(kind, type) and issubclass(kind, Enum)


if TYPE_CHECKING:
    _Values = Struct
else:
    _Values = defstruct(
        "_Values",
        [
            (name, (list[kind] if is_facet(kind) else kind) | None, None)
            for name, (_, kind) in FILTERED.items()
        ],
        frozen=True,
        kw_only=True,
    )


class ModelTemplateFilter(_Values, frozen=True, kw_only=True):
    """Conditions that must all hold. A list of values matches any of them."""

    account_id: Annotated[Id | None, described("The account that owns the template.")] = None
    search: Annotated[
        str | None,
        described(
            "Words or beginnings of words, which must all occur in the name, image reference, "
            "labels, description or id. Case is ignored."
        ),
    ] = None
    labels: Annotated[dict[str, str] | None, described("Pairs that the labels must include.")] = (
        None
    )
    created_after: Annotated[Instant | None, described("Created later than this.")] = None
    created_before: Annotated[Instant | None, described("Created earlier than this.")] = None
    archived: Annotated[
        bool | None,
        described("True for archived templates, false for all others, null for both."),
    ] = False

    def checked(self) -> "ModelTemplateFilter":
        """The filter itself. Raises BadUserInput if it exceeds a limit."""
        search = self.search or ""
        if len(search) > MAX_SEARCH:  # First: `words` may lengthen it 18 times.
            raise BadUserInput("filter", f"search must have at most {MAX_SEARCH:,} characters")
        if len(words(search)) > MAX_WORDS:
            raise BadUserInput("filter", f"search must have at most {MAX_WORDS} words")
        if len(self.labels or {}) > MAX_LABELS:
            raise BadUserInput("filter", f"labels must have at most {MAX_LABELS} pairs")
        return self

    def finds_nothing(self) -> bool:
        """Whether `search` has no words although it is not blank."""
        return bool(self.search and self.search.strip() and not words(self.search))
