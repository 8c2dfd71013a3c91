"""Filters of lists: conditions on fields that are marked FILTERABLE, and words of SEARCHABLE ones.

The markers stand at the fields, in `model_template` and `vendor_configuration`. Only objects that
every template has are looked into, not optional ones.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from functools import reduce
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct, defstruct
from msgspec.structs import fields

from app.domain.access import Id
from app.domain.errors import BadUserInput
from app.domain.markers import (
    FILTERABLE,
    SEARCHABLE,
    SEARCHABLE_LAST,
    SEARCHABLE_LATER,
    Mergeable,
    described,
)
from app.domain.model_template import Instant, ModelTemplate

MAX_SEARCH, MAX_WORDS, MAX_LABELS = 1_000, 16, 64
"""Of one filter: characters of `search`, words in it, labels."""

MAX_INDEXED_WORDS, MAX_WORD_LENGTH = 128, 255
"""A search finds this many distinct words of a template, each by its first characters. Name,
image and id come first, then labels: what is cut is usually the end of a long description."""

_WORD = re.compile(r"[^\W_]+")

Path = tuple[str, ...]
"""Attribute names from a template to a field."""


def words(text: str) -> dict[str, None]:
    """The distinct words of a text in order: runs of letters and digits, caseless."""
    found = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return dict.fromkeys(word[:MAX_WORD_LENGTH] for word in found)


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


def _marked(cls: type[Struct], mark: Meta, way: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Paths of the marked fields, with the types of their values."""
    hints = get_type_hints(cls, include_extras=True)
    for field in fields(cls):
        hint, path = hints[field.name], (*way, field.name)
        plain = _plain(hint)
        if mark in getattr(hint, "__metadata__", ()):
            yield path, plain if isinstance(plain, type) else _plain((*get_args(plain), plain)[0])
        elif isinstance(plain, type) and issubclass(plain, Mergeable):
            yield from _marked(plain, mark, path)


def _plain(hint: Any) -> Any:
    return _plain(get_args(hint)[0]) if get_origin(hint) is Annotated else hint


FILTERED = {path[-1]: (path, kind) for path, kind in _marked(ModelTemplate, FILTERABLE)}
"""Path and type of each filterable field, by its name in filters."""

SEARCHED = [
    path
    for mark in (SEARCHABLE, SEARCHABLE_LATER, SEARCHABLE_LAST)
    for path, _ in _marked(ModelTemplate, mark)
]


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
    """Conditions that must all hold. A list admits any of its members."""

    account_id: Annotated[Id | None, described("The account that owns the template.")] = None
    search: Annotated[
        str | None,
        described(
            "Each word is a prefix, in any case, of a word of the name, image reference, labels, "
            "description or id."
        ),
    ] = None
    labels: Annotated[dict[str, str] | None, described("Pairs that the labels must include.")] = (
        None
    )
    created_after: Annotated[Instant | None, described("Later than this.")] = None
    created_before: Annotated[Instant | None, described("Earlier than this.")] = None
    archived: Annotated[
        bool | None,
        described("False for templates in use, true for archived ones, null for both."),
    ] = False

    def checked(self) -> "ModelTemplateFilter":
        """Itself. Raises BadUserInput when it has more conditions than a list can combine."""
        search = self.search or ""
        if len(search) > MAX_SEARCH:  # First, for NFKC can make it 18 times as long.
            raise BadUserInput("filter", f"search takes at most {MAX_SEARCH:,} characters")
        if len(words(search)) > MAX_WORDS:
            raise BadUserInput("filter", f"search takes at most {MAX_WORDS} words")
        if len(self.labels or {}) > MAX_LABELS:
            raise BadUserInput("filter", f"labels takes at most {MAX_LABELS} pairs")
        return self

    def finds_nothing(self) -> bool:
        """Whether `search` is not blank and yet has no word."""
        return bool(self.search and self.search.strip() and not words(self.search))
